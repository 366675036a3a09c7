"""Reads BuildKit's progress messages (moby.buildkit.v1.StatusResponse) from their protobuf bytes.

Only the few fields the studio shows are read, so no protobuf package and no generated code is needed. Field numbers
are those of BuildKit's api/services/control/control.proto. Pure; whatever cannot be read is left out, never raised.
"""

import base64
import binascii
from collections.abc import Iterator
from dataclasses import dataclass

STREAMS = {1: "stdout", 2: "stderr"}
VARINT, FIXED64, LENGTH_DELIMITED, FIXED32 = 0, 1, 2, 5
MAX_VARINT_BYTES = 10


@dataclass(frozen=True, slots=True)
class Vertex:
    """One node of BuildKit's graph as it now stands. Times are seconds since the epoch."""

    key: str
    name: str
    cached: bool
    started: float | None
    completed: float | None
    error: str


@dataclass(frozen=True, slots=True)
class Log:
    """Bytes a vertex printed, cut anywhere, also in the middle of a character."""

    vertex: str
    stream: str
    data: bytes
    time: float


class _Damaged(ValueError):
    """The bytes are no protobuf message."""


def read_trace(text: object) -> list[Vertex | Log]:
    """Decode the base64 text of one `moby.buildkit.trace` message: vertices first, then logs, in their order."""
    if not isinstance(text, str):
        return []
    try:
        fields = list(_fields(base64.b64decode(text, validate=True)))
    except (binascii.Error, ValueError):
        return []
    messages = [(number, value) for number, value in fields if isinstance(value, bytes)]
    vertices = [_vertex(value) for number, value in messages if number == 1]
    logs = [_log(value) for number, value in messages if number == 3]
    return [event for event in (*vertices, *logs) if event is not None]


def _vertex(data: bytes) -> Vertex | None:
    values = _message(data)
    key = _text(values.get(1))
    if not key:
        return None
    return Vertex(
        key=key,
        name=_text(values.get(3)),
        cached=bool(values.get(4)),
        started=_timestamp(values.get(5)),
        completed=_timestamp(values.get(6)),
        error=_text(values.get(7)),
    )


def _log(data: bytes) -> Log | None:
    values = _message(data)
    key, printed, stream = _text(values.get(1)), values.get(4), values.get(3)
    if not key or not isinstance(printed, bytes):
        return None
    name = STREAMS.get(stream, "stdout") if isinstance(stream, int) else "stdout"
    return Log(key, name, printed, _timestamp(values.get(2)) or 0.0)


def _message(data: bytes) -> dict[int, int | bytes]:
    """Field number -> value, the last one where a field is repeated; {} for damaged bytes."""
    try:
        return dict(_fields(data))
    except _Damaged:
        return {}


def _fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    position = 0
    while position < len(data):
        key, position = _varint(data, position)
        number, wire_type = key >> 3, key & 7
        if wire_type == VARINT:
            value, position = _varint(data, position)
            yield number, value
            continue
        length, position = _length(data, position, wire_type)
        if position + length > len(data):
            raise _Damaged("a field ends after the message")
        yield number, data[position : position + length]
        position += length


def _length(data: bytes, position: int, wire_type: int) -> tuple[int, int]:
    if wire_type == LENGTH_DELIMITED:
        return _varint(data, position)
    if wire_type in (FIXED32, FIXED64):
        return (4 if wire_type == FIXED32 else 8), position
    raise _Damaged(f"wire type {wire_type} is not used in these messages")


def _varint(data: bytes, position: int) -> tuple[int, int]:
    value = 0
    for index, byte in enumerate(data[position : position + MAX_VARINT_BYTES]):
        value |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:
            return value, position + index + 1
    raise _Damaged("a number does not end")


def _text(value: int | bytes | None) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else ""


def _timestamp(value: int | bytes | None) -> float | None:
    """google.protobuf.Timestamp -> seconds since the epoch; None where the field is missing."""
    if not isinstance(value, bytes):
        return None
    parts = _message(value)
    seconds, nanos = parts.get(1, 0), parts.get(2, 0)
    if not isinstance(seconds, int) or not isinstance(nanos, int):
        return None
    return seconds + nanos / 1e9

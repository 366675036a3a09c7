"""BuildKit's progress messages, written here byte by byte as protobuf's wire format says."""

import base64

from hypothesis import given
from hypothesis import strategies as st

from environments.engine.trace import Log, Vertex, read_trace


def varint(value: int) -> bytes:
    head = bytes([value & 0x7F | 0x80]) if value > 0x7F else bytes([value])
    return head if value <= 0x7F else head + varint(value >> 7)


def number(field: int, value: int) -> bytes:
    return varint(field << 3) + varint(value)


def block(field: int, value: bytes) -> bytes:
    return varint(field << 3 | 2) + varint(len(value)) + value


def message(*parts: bytes) -> str:
    return base64.b64encode(b"".join(parts)).decode()


def vertex(*parts: bytes) -> bytes:
    return block(1, b"".join(parts))


def test_a_vertex_is_read_with_its_times() -> None:
    started = number(1, 1_700_000_000) + number(2, 250_000_000)
    text = message(
        vertex(
            block(1, b"sha256:aa"),
            block(2, b"sha256:input"),
            block(3, "[2/2] RUN échо".encode()),
            number(4, 1),
            block(5, started),
            block(6, number(1, 1_700_000_001)),
            block(7, b"exit code: 3"),
        )
    )
    expected = Vertex("sha256:aa", "[2/2] RUN échо", True, 1_700_000_000.25, 1_700_000_001.0, "exit code: 3")
    assert read_trace(text) == [expected]


def test_a_vertex_that_has_not_begun_has_no_times() -> None:
    assert read_trace(message(vertex(block(1, b"k")))) == [Vertex("k", "", False, None, None, "")]


def test_printed_bytes_are_left_as_they_are() -> None:
    log = block(1, b"k") + block(2, number(1, 5)) + number(3, 2) + block(4, b"\xff\x00 half \xc3")
    assert read_trace(message(block(3, log))) == [Log("k", "stderr", b"\xff\x00 half \xc3", 5.0)]


def test_progress_counters_and_unknown_fields_are_passed_over() -> None:
    fixed = varint(9 << 3 | 1) + b"12345678" + varint(10 << 3 | 5) + b"1234"
    text = message(block(2, block(1, b"layer")), fixed, vertex(block(1, b"k"), block(15, b"new")))
    assert [event.key for event in read_trace(text)] == ["k"]


def test_one_damaged_vertex_does_not_hide_the_next() -> None:
    damaged = block(1, b"\x0a\xff")
    assert [event.key for event in read_trace(message(damaged, vertex(block(1, b"k"))))] == ["k"]


def test_what_is_no_text_is_no_message() -> None:
    assert [read_trace(value) for value in (None, 7, {}, "not base64!", "é")] == [[]] * 5


@given(st.binary(max_size=300))
def test_no_bytes_make_the_reader_fail(data: bytes) -> None:
    read_trace(base64.b64encode(data).decode())


@given(st.binary(max_size=60), st.integers(0, 200))
def test_a_message_cut_off_anywhere_does_not_make_the_reader_fail(name: bytes, end: int) -> None:
    whole = vertex(block(1, b"key"), block(3, name), block(5, number(1, 1)))
    assert len(read_trace(base64.b64encode(whole[:end]).decode())) <= 1

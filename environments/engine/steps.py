"""Keeps the steps of one build while BuildKit tells of them, and decodes what they print. Pure."""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from environments.engine.protocol import Output, Step
from environments.engine.trace import Log, Vertex

NAME_LENGTH = 500
NUL, REPLACEMENT = "\x00", "\ufffd"

_POSITION = re.compile(r"^\[(?!internal\])[^\]]*\]\s*")
_KINDS = {"FROM": "pull", "RUN": "run", "COPY": "copy", "ADD": "copy", "exporting": "export", "pushing": "export"}
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\s]+")
_Decoders = dict[tuple[str, str], codecs.IncrementalDecoder]


def kind_of(name: str) -> str:
    """One of "pull", "run", "copy", "export", "internal", told by the step's name."""
    first = _POSITION.sub("", name).partition(" ")[0]
    return _KINDS.get(first, "internal")


@dataclass(slots=True)
class Steps:
    """The steps seen so far, by key, and one text decoder for each step's stream (bytes are cut anywhere)."""

    known: dict[str, Step] = field(default_factory=dict)
    _decoders: _Decoders = field(default_factory=dict)

    def take(self, event: Vertex | Log) -> Iterator[Step | Output]:
        """Yield the step if something of it is new, or the text that is complete by now."""
        if isinstance(event, Vertex):
            step = _step(event)
            if self.known.get(step.key) != step:
                self.known[step.key] = step
                yield step
            return
        text = self._decoder(event.vertex, event.stream).decode(event.data)
        yield from _output(event.vertex, event.stream, text, event.time)

    def rest(self, time: float) -> Iterator[Output]:
        """Yield what is left of characters that were never completed. `time`: seconds since the epoch."""
        for (key, stream), decoder in self._decoders.items():
            yield from _output(key, stream, decoder.decode(b"", final=True), time)

    def _decoder(self, key: str, stream: str) -> codecs.IncrementalDecoder:
        if (key, stream) not in self._decoders:
            self._decoders[key, stream] = codecs.getincrementaldecoder("utf-8")("replace")
        return self._decoders[key, stream]


def _step(vertex: Vertex) -> Step:
    name = _UNPRINTABLE.sub(" ", vertex.name).strip()[:NAME_LENGTH]
    return Step(
        key=vertex.key,
        name=name,
        kind=kind_of(name),
        cached=vertex.cached,
        started=vertex.started,
        completed=vertex.completed,
        error=vertex.error,
    )


def _output(key: str, stream: str, text: str, time: float) -> Iterator[Output]:
    if text:
        yield Output(step=key, stream=stream, text=text.replace(NUL, REPLACEMENT), time=time)

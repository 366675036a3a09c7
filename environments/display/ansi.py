"""What a terminal would show, as safe HTML. Pure. Colours are an allow list; all else is dropped or made visible."""

import re
from collections.abc import Iterable
from html import escape

TOKEN = re.compile(
    r"\x1b\[(?P<sgr>[0-9;]*)m"  # select graphic rendition: the only escape that means something here
    r"|\x1b\[[0-?]*[ -/]*[@-~]"  # any other control sequence
    r"|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)"  # a string such as a title or a hyperlink, up to its end
    r"|\x1b[ -/]*[0-~]?"  # what is left of escapes
    r"|[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]"
    r"|(?P<bidi>[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069])"
)
ERASURE = re.compile(r"\x1b\[[12]K")  # of the whole line, or of what stands before
UNPLAIN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
STYLES = {1, 2, 3, 4}
COLOURS = {*range(30, 38), *range(90, 98)}
ENDS = {22: {1, 2}, 23: {3}, 24: {4}, 39: COLOURS}
EXTENDED = {38, 48, 58}  # a colour of 256 or of 16 million follows


def render(text: str) -> str:
    """Return HTML of escaped text and `<span class="a1 a31">`, nothing else. Colours last across lines."""
    codes: frozenset[int] = frozenset()
    lines = []
    for line in text.split("\n"):
        html, codes = _render_line(last_state(line), codes)
        lines.append(html)
    return "\n".join(lines)


def last_state(line: str) -> str:
    """Return what a progress line showed last: what follows its last carriage return, or erasure, with any text."""
    line = ERASURE.split(line)[-1]
    return next((part for part in reversed(line.split("\r")) if part), "")


def plain(text: str) -> str:
    """Return the lines of text as render() shows them, without colours and without markup."""
    return "\n".join(map(_plain_line, text.split("\n"))) if UNPLAIN.search(text) else text


def _plain_line(line: str) -> str:
    return TOKEN.sub(lambda match: _made_visible(match["bidi"]), last_state(line)) if UNPLAIN.search(line) else line


def _made_visible(control: str | None) -> str:
    return f"⟨U+{ord(control):04X}⟩" if control else ""


def _render_line(line: str, codes: frozenset[int]) -> tuple[str, frozenset[int]]:
    pieces, start = [], 0
    for match in TOKEN.finditer(line):
        pieces.append(_span(line[start : match.start()], codes))
        start = match.end()
        if match["bidi"]:
            pieces.append(_span(_made_visible(match["bidi"]), codes))
        elif match["sgr"] is not None:
            codes = _after(codes, match["sgr"])
    pieces.append(_span(line[start:], codes))
    return "".join(pieces), codes


def _span(text: str, codes: frozenset[int]) -> str:
    if not text or not codes:
        return escape(text)
    return f'<span class="{" ".join(f"a{code}" for code in sorted(codes))}">{escape(text)}</span>'


def _after(codes: frozenset[int], parameters: str) -> frozenset[int]:
    """Return the styles in force after one SGR sequence."""
    for code in _flat([int(number[:4] or 0) for number in parameters.split(";")[:32]]):
        if code == 0:
            codes = frozenset()
        elif code in COLOURS:
            codes = codes - COLOURS | {code}
        elif code in STYLES:
            codes |= {code}
        else:
            codes -= ENDS.get(code, set())
    return codes


def _flat(numbers: list[int]) -> Iterable[int]:
    """Turn `38;5;n` of the first 16 colours into their plain codes and skip the parameters of all others."""
    numbers = numbers[::-1]
    while numbers:
        code = numbers.pop()
        if code not in EXTENDED:
            yield code
            continue
        mode = numbers.pop() if numbers else 0
        colour = numbers[-1] if numbers else 255
        del numbers[len(numbers) - {5: 1, 2: 3}.get(mode, 0) :]
        if code == 38 and mode == 5 and colour < 16:
            yield colour + (30 if colour < 8 else 82)

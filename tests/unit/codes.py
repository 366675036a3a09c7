"""Every code of a problem that the source can give, found by reading the source."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2] / "environments"
# Where problems are made. The catalogue itself is what they are compared with.
PLACES = (
    "definitions",
    "hints",
    "api",
    "forms",
    "services",
    "uploads.py",
    "contexts.py",
    "copied.py",
    "dockerignore.py",
    "hadolint.py",
)
# Functions that make problems, and which of their arguments is the code.
MAKERS = {
    "Problem": 0,
    "refuse": 0,
    "tell": 0,
    "error": 1,
    "_error": 1,
    "_refusal": 1,
    "refusal": 2,
    "kind": 0,
    "of_error": 0,
}
CODE = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
ANY = "[a-z0-9-]+"


def used_codes() -> dict[str, str]:
    """{regular expression of a code: the file it stands in}; `dockerfile-{name}` matches any name."""
    return dict(found for path in _files() for found in _codes_of(path))


def _files() -> Iterator[Path]:
    for place in PLACES:
        path = ROOT / place
        yield from sorted(path.rglob("*.py")) if path.is_dir() else [path]


def _codes_of(path: Path) -> Iterator[tuple[str, str]]:
    if path.parent.name == "catalogue":
        return
    for node in ast.walk(ast.parse(path.read_text())):
        code = _of_call(node) if isinstance(node, ast.Call) else _of_complaint(node)
        if code:
            yield code, str(path.relative_to(ROOT.parent))


def _of_call(node: ast.Call) -> str:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    place = MAKERS.get(name)
    return _as_code(node.args[place]) if place is not None and place < len(node.args) else ""


def _of_complaint(node: ast.AST) -> str:
    """A tuple (code, sentence, remedy)."""
    if not isinstance(node, ast.Tuple) or len(node.elts) != 3:
        return ""
    code, sentence, _ = node.elts
    is_sentence = not isinstance(sentence, ast.Constant) or " " in str(sentence.value)
    return _as_code(code) if is_sentence and isinstance(code, ast.Constant) else ""


def _as_code(node: ast.AST) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and CODE.fullmatch(node.value):
        return re.escape(node.value)
    if isinstance(node, ast.JoinedStr):
        parts = [re.escape(part.value) if isinstance(part, ast.Constant) else ANY for part in node.values]
        text = "".join(parts)
        return text if re.fullmatch(r"[a-z0-9\[\]+\\-]+", text) and len(parts) > 1 else ""
    return ""

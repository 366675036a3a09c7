"""One hostile text or archive, and what must become of it."""

from dataclasses import dataclass
from typing import Any

CONDA, PIP, ENVIRONMENT = "conda", "pip", "environment"
DOCKERFILE, IGNORE, ZIP = "Dockerfile", ".dockerignore", "zip"


@dataclass(frozen=True, slots=True)
class Entry:
    """`code` and `line` are those of the first problem it is refused for; without a code it is read, and `reads` says
    to what (see reading.view). `kind` is one of the constants above.
    """

    name: str
    kind: str
    data: str | bytes
    code: str = ""
    line: int | None = None
    reads: Any = None

    def __str__(self) -> str:
        return f"{self.kind}: {self.name}"

    @property
    def content(self) -> bytes:
        """As it lies in a file; a lone surrogate is then no UTF-8."""
        return self.data if isinstance(self.data, bytes) else self.data.encode("utf-8", "surrogatepass")

    @property
    def is_text(self) -> bool:
        """Whether a person could type it: it is UTF-8."""
        try:
            self.content.decode()
        except UnicodeDecodeError:
            return False
        return self.kind != ZIP

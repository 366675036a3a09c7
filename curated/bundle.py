"""The catalogue that comes with the studio, as it lies on disk."""

from functools import cache
from pathlib import Path

from curated.catalog import Entry, read_catalogue

DEFINITIONS = Path(__file__).parent / "definitions"


@cache
def bundled_entries() -> tuple[Entry, ...]:
    """Read the folders under `definitions/`, once per process. Raises DefinitionError."""
    return read_catalogue({folder.name: _read(folder) for folder in DEFINITIONS.iterdir() if folder.is_dir()})


def _read(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}

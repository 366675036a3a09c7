"""Programs that builds are lent. They run inside images, and know nothing of us."""

from pathlib import Path

SCRIPTS = tuple(Path(__file__).parent / name for name in ("conda.py", "lock.sh"))

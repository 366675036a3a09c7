"""`python -m benchmarks NAME ...` runs benchmarks.NAME against a studio of its own."""

import subprocess
import sys

from benchmarks.ground import studio


def main() -> int:
    name, *arguments = sys.argv[1:]
    with studio() as variables:
        return subprocess.run([sys.executable, "-m", f"benchmarks.{name}", *arguments], env=variables).returncode


if __name__ == "__main__":
    sys.exit(main())

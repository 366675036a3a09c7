"""What pages cost the server beside an empty one, at two sizes of data, on SQLite and PostgreSQL.

Each run has a web server of its own, with one process, on a database that `manage.py seed` filled; what is measured
there is in page_measures. Needs no engine.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.ground import web_server
from studio.launch.debian import Tools
from studio.launch.postgresql import postgresql
from studio.launch.testing import postgresql_programs

SIZES = {"environments": 2_000, "versions": 10_000, "packages": 600_000}
LARGER = 10
MOST_GROWTH = 1.5
UNIT = "empty page"
LIMITS = {"list": 8, "list as JSON": 3, "version": 6, "package search": 10, "compare": 20}
TOOLS = Path(os.environ.get("STUDIO_DATA_DIR", "var"), "tools/postgresql").resolve()


def main() -> None:
    """Print a table for each database."""
    options = _options()
    for database in options.databases:
        with _server(database) as url:
            measured = measure(url, options.scale)
        larger = {}
        if not options.small:
            with _server(database) as url:
                larger = measure(url, options.scale * LARGER)
        _print(database, options.scale, measured, larger)


def measure(url: str, scale: float) -> dict[str, dict[str, float]]:
    """{page: what page_measures says of it} with so many times SIZES of data."""
    with web_server(url) as variables:
        sizes = [f"--{name}={round(count * scale)}" for name, count in SIZES.items()]
        subprocess.run([sys.executable, "manage.py", "seed", *sizes], env=variables, check=True)
        words = [sys.executable, "-m", "benchmarks.page_measures"]
        return dict(json.loads(subprocess.run(words, env=variables, check=True, stdout=subprocess.PIPE).stdout))


@contextmanager
def _server(database: str) -> Iterator[str]:
    """The address of an empty PostgreSQL, "" for SQLite."""
    if database == "sqlite":
        yield ""
        return
    tools = Tools(TOOLS, os.environ)
    with postgresql(postgresql_programs(tools), tools) as url:
        yield url


def _print(
    database: str, scale: float, measured: dict[str, dict[str, float]], larger: dict[str, dict[str, float]]
) -> None:
    sizes = ", ".join(f"{round(count * scale):,} {name}" for name, count in SIZES.items())
    print(
        f"\n{database}: {sizes}; the last columns are with {LARGER} times as much"
        if larger
        else f"\n{database}: {sizes}"
    )
    heads = (
        "CPU ms",
        "ratio",
        "limit",
        "1: req/s",
        "p50 ms",
        "p95 ms",
        "8: req/s",
        "p50 ms",
        "p95 ms",
        "CPU ms",
        "growth",
    )
    print(f"{'':16}" + "".join(f"{head:>9}" for head in (heads if larger else heads[:-2])))
    for name, found in measured.items():
        ratio, limit = found["cpu"] / measured[UNIT]["cpu"], LIMITS.get(name)
        row = f"{name:16}{found['cpu']:9.1f}{ratio:8.1f}×" + (f"{limit:8}×" if limit else " " * 9)
        for clients in (1, 8):
            row += "".join(f"{found[f'{key}{clients}']:9.1f}" for key in ("rate", "p50_", "p95_"))
        if larger:
            growth = larger[name]["cpu"] / found["cpu"]
            row += f"{larger[name]['cpu']:9.1f}{growth:8.2f}×" + (" *" if growth > MOST_GROWTH else "")
        print(row + (" over its limit" if limit and ratio > limit else ""), flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1, help="times the usual amount of data")
    parser.add_argument("--small", action="store_true", help="leave out the run with ten times the data")
    parser.add_argument("--databases", nargs="+", choices=("sqlite", "postgresql"), default=["sqlite", "postgresql"])
    return parser.parse_args()


if __name__ == "__main__":
    main()

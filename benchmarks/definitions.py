"""How long reading, lint, digest and rendering take for files of 10, 100 and 1,000 lines.

Prints medians in milliseconds beside `yaml.safe_load` of the same text in the same run; `growth` is from 100 lines to
1,000, where 10 is linear. Nothing here needs an engine, a database or a network.
"""

import gc
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import yaml

from environments.definitions.asked import conda_packages, pip_requirements
from environments.definitions.conda import parse_conda
from environments.definitions.digest import definition_digest
from environments.definitions.dockerfile import check_dockerfile, rewrite_dockerfile
from environments.definitions.model import Context, Definition, Kind
from environments.definitions.parse import parse_environment
from environments.definitions.render import Site, render
from environments.definitions.requirements import parse_requirements
from environments.definitions.rules import lint

LINES = (10, 100, 1_000)
REPEATS = {10: 200, 100: 60, 1_000: 15}
IMAGE = "python:3.11-slim"
SPECS = ("numpy{n}=1.26", "scipy{n}>=1.2,<2", "conda-forge::pandas{n}=2.1=py311_0", "blas{n}")
REQUIREMENTS = ("numpy{n}==1.26.4", "pandas{n}[parquet]>=2,<3", "tomli{n}>=2 ; python_version < '3.11'", "rich{n}")
RUN = (
    "RUN apt-get update \\",
    "    && apt-get install -y package{n} \\",
    "    # why it is needed",
    "    && make target{n}",
)


@dataclass(frozen=True)
class Case:
    """One kind of file. `write` makes a text of so many lines, `read` returns what is read and the text to lint."""

    name: str
    write: Callable[[int], str]
    read: Callable[[str], tuple[Definition, str]]
    render: Callable[[Definition, str], object]
    is_yaml: bool = True


def conda_text(lines: int, indent: str = "") -> str:
    """Half conda packages, half pip requirements."""
    packages = (lines - 6) // 2
    rows = ["name: bench", "channels:", "  - conda-forge", "dependencies:", "  - pip"]
    rows += [f"  - {SPECS[n % len(SPECS)].format(n=n)}" for n in range(packages)]
    rows.append("  - pip:")
    rows += [f"      - {REQUIREMENTS[n % len(REQUIREMENTS)].format(n=n)}" for n in range(lines - len(rows))]
    return "".join(f"{indent}{row}\n" for row in rows)


def requirements_text(lines: int) -> str:
    return "".join(f"{REQUIREMENTS[n % len(REQUIREMENTS)].format(n=n)}\n" for n in range(lines))


def environment_text(lines: int, inline: str = "") -> str:
    head = f"name: bench\nimage: {IMAGE}\ntags: {{team: vision}}\nconda_file:{inline}\n"
    return head + conda_text(max(lines - 4, 7), "  ")


def dockerfile_text(lines: int) -> str:
    rows = (RUN[n % len(RUN)].format(n=n) for n in range(lines // len(RUN) * len(RUN) - len(RUN)))
    return f"FROM {IMAGE}\n" + "".join(f"{row}\n" for row in rows) + "USER app\n"


def read_conda(text: str) -> tuple[Definition, str]:
    return Definition(Kind.CONDA, IMAGE, conda=parse_conda(text)), text


def read_requirements(text: str) -> tuple[Definition, str]:
    return Definition(Kind.PIP, IMAGE, requirements=parse_requirements(text)), text


def read_environment(text: str) -> tuple[Definition, str]:
    document = parse_environment(text)
    return document.definition, document.text


def read_dockerfile(text: str) -> tuple[Definition, str]:
    check_dockerfile(text)
    return Definition(Kind.CONTEXT, context=Context("0" * 64)), text


def render_packages(definition: Definition, _: str) -> object:
    """With the lines themselves in the place of locks, as the preview of a form does."""
    locks = {"conda": "\n".join(conda_packages(definition)), "pip": "\n".join(pip_requirements(definition))}
    return render(definition, base=IMAGE, locks=locks, site=Site())


CASES = (
    Case("conda file", conda_text, read_conda, render_packages),
    Case("environment, inline mapping", environment_text, read_environment, render_packages),
    Case("environment, inline text", partial(environment_text, inline=" |"), read_environment, render_packages),
    Case("requirements", requirements_text, read_requirements, render_packages, is_yaml=False),
    Case(
        "Dockerfile",
        dockerfile_text,
        read_dockerfile,
        lambda _, text: rewrite_dockerfile(text, cache_prefix="cache"),
        is_yaml=False,
    ),
)


def measure(case: Case, lines: int) -> dict[str, float]:
    """{step: median milliseconds} of one kind of file at one length."""
    text = case.write(lines)
    definition, read_text = case.read(text)
    steps: dict[str, Callable[[], object]] = {
        "parse": lambda: case.read(text),
        "lint": lambda: lint(definition, read_text),
        "digest": lambda: definition_digest(definition),
        "render": lambda: case.render(definition, text),
    }
    if case.is_yaml:
        steps["safe_load"] = lambda: yaml.safe_load(text)
    return {name: _median(step, REPEATS[lines]) for name, step in steps.items()}


def _median(step: Callable[[], object], repeats: int) -> float:
    step()
    gc.collect()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1_000


def main() -> None:
    """Print one row per kind and length, and how each kind grows."""
    columns = ("parse", "lint", "digest", "render", "total", "safe_load", "ratio", "growth")
    print(f"{'milliseconds, medians':28} {'lines':>6} " + " ".join(f"{column:>9}" for column in columns))
    for case in CASES:
        before = 0.0
        for lines in LINES:
            found = measure(case, lines)
            base = found.pop("safe_load", 0.0)
            total = sum(found.values())
            row = {**found, "total": total, "safe_load": base}
            cells = [f"{row[column]:9.3f}" if row.get(column) else " " * 9 for column in columns[:6]]
            cells.append(f"{total / base:8.2f}×" if base else " " * 9)
            cells.append(f"{total / before:8.1f}×" if lines == LINES[-1] else " " * 9)
            print(f"{case.name:28} {lines:6} " + " ".join(cells).rstrip())
            before = total


if __name__ == "__main__":
    main()

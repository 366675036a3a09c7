"""Builds beside what people do without the studio, in one run: medians in seconds, and ratios.

The classic builder with `pip install -r`; `docker build` of the very context the studio renders, on an engine of its
own in the same state; the studio, from the request to `succeeded`, and the parts of that. Then many small builds at
once, beside the bare engine. Each round has a workspace of its own, whose caches nobody has used: nothing is deleted,
which would slow down what follows, see settle().
"""

import argparse
import io
import statistics
import tarfile
import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

import requests
from docker import APIClient

import benchmarks.with_django  # noqa: F401 - before everything that reads settings
from benchmarks.ground import bare_engine, copy_image, settle
from benchmarks.through_the_studio import Studio

BASE = "python:3.11-slim"
SMALL_BASE = "debian:bookworm-slim"
ASKED = ["numpy", "pandas", "scikit-learn", "scipy", "matplotlib", "pyarrow", "lightgbm", "mlflow-skinny"]
ADDED = "humanize"
CASES = {"cold": ASKED, "one line edited": [*ASKED, ADDED], "unchanged": [*ASKED, ADDED]}
CLASSIC = f"FROM {BASE}\nCOPY requirements.txt /\nRUN pip install --no-cache-dir -r /requirements.txt\n"
PARTS = ("queue", "base", "probe", "lock", "render", "engine", "packages")
SMALL_BUILDS, AT_ONCE = 60, 2
WAYS = ("classic + pip", "docker build", "studio")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", choices=["packages", "small"], help="one half of the benchmark")
    asked = parser.parse_args()
    through = Studio()
    if asked.only != "small":
        with bare_engine() as bare:
            _packages(through, bare, asked.rounds)
    if asked.only != "packages":
        _small(through)


def _packages(through: Studio, bare: APIClient, rounds: int) -> None:
    for name in (BASE, through.tools_image()):
        copy_image(through.client, bare, name)
    seconds: dict[tuple[str, str], list[float]] = defaultdict(list)
    parts: dict[tuple[str, str], list[float]] = defaultdict(list)
    for number in range(rounds):
        contexts = {}
        settle()
        workspace = through.new_workspace(f"bench-{number}")
        for case, packages in CASES.items():
            name = "other" if case == "unchanged" else "train"
            took, build = through.publish_and_build(workspace, name, packages, BASE)
            through.wait_for_check(build)
            seconds[case, "studio"].append(took)
            for part, value in through.parts_of(build).items():
                parts[case, part].append(value)
            contexts[case] = through.context_of(build, BASE)
        for case, context in contexts.items():
            seconds[case, "docker build"].append(_timed(_api_build, bare, context))
        for case, packages in CASES.items():
            context = _tar({"Dockerfile": CLASSIC, "requirements.txt": "\n".join(packages)})
            is_cached = case == "unchanged"
            if not is_cached:
                settle()
            seconds[case, "classic + pip"].append(_timed(_classic_build, bare, context, is_cached))
        _print_packages(seconds, parts, number + 1)


def _print_packages(seconds, parts, rounds: int) -> None:
    median = {key: statistics.median(values) for key, values in seconds.items()}
    print(f"\nseconds, medians of {rounds} rounds   {'  '.join(f'{way:>13}' for way in WAYS)}   classic/studio")
    for case in CASES:
        values = "  ".join(f"{median[case, way]:13.2f}" for way in WAYS)
        print(f"{case:<33} {values}   {median[case, 'classic + pip'] / median[case, 'studio']:13.1f}×")
    print(f"\nof the studio's {'  '.join(f'{part:>9}' for part in PARTS)}      rest   engine/docker build")
    for case in CASES:
        found = {part: statistics.median(parts[case, part] or [0]) for part in PARTS}
        rest = median[case, "studio"] - sum(found.values())
        ratio = f"{found['engine'] / median[case, 'docker build']:.2f}" if found["engine"] else "no engine call"
        print(f"{case:<15} {'  '.join(f'{found[part]:9.3f}' for part in PARTS)} {rest:9.3f}   {ratio:>15}", flush=True)


def _small(through: Studio) -> None:
    """SMALL_BUILDS builds queued at once, by the studio's workers and by the bare engine, AT_ONCE of them at a time."""
    client, run = through.client, uuid.uuid4()  # none of these builds is to be found in the engine's cache
    copy = [_small_context(f"bare {run} {number}") for number in range(SMALL_BUILDS)]
    _api_build(client, _small_context("the first of all"))

    def by_hand() -> None:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(lambda context: _api_build(client, context), copy))

    rates = {
        "studio": SMALL_BUILDS / through.build_all([_small_files(f"studio {run} {n}") for n in range(SMALL_BUILDS)]),
        "bare engine": SMALL_BUILDS / _timed(by_hand),
    }
    print(f"\n{SMALL_BUILDS} small builds at once, {AT_ONCE} at a time: builds per minute")
    for way, rate in rates.items():
        print(f"{way:<15} {60 * rate:6.0f}")
    print(f"studio/bare     {rates['studio'] / rates['bare engine']:6.0%}", flush=True)


def _small_files(content: str) -> dict[str, str]:
    return {"Dockerfile": f"FROM {SMALL_BASE}\nCOPY marker /\nRUN true\n", "marker": content}


def _small_context(content: str) -> bytes:
    return _tar(_small_files(content))


def _timed(work: Callable[..., object], *arguments: object) -> float:
    began = time.monotonic()
    work(*arguments)
    return time.monotonic() - began


def _classic_build(client: APIClient, context: bytes, is_cached: bool) -> None:
    options = {"custom_context": True, "rm": True, "nocache": not is_cached, "decode": True, "tag": "classic"}
    for line in client.build(fileobj=io.BytesIO(context), **options):
        if "error" in line:
            raise SystemExit(f"The classic build failed: {line['error']}")


def _api_build(client: APIClient, context: bytes) -> None:
    """What `docker build` asks of the engine, without the time that program takes to start."""
    parameters = {"version": "2", "dockerfile": "Dockerfile"}
    headers = {"Content-Type": "application/x-tar"}
    answer = requests.Session.post(client, client._url("/build"), data=context, params=parameters, headers=headers)
    answer.raise_for_status()
    if '"error"' in answer.text:
        raise SystemExit(f"A build failed: {answer.text[-500:]}")


def _tar(files: Mapping[str, str]) -> bytes:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(text.encode())
            tar.addfile(member, io.BytesIO(text.encode()))
    return archive.getvalue()


if __name__ == "__main__":
    main()

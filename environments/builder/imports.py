"""Runs inside a container of a finished image, under its Python (3.8 or newer), to import what was asked for.

Takes seconds and then `manager:name` of each package. Prints one line of JSON: for each package {"name", "manager",
"modules", "error"}; no modules means there is nothing to import, an error is the last line of what Python said.
Each is imported in a process of its own, so that one that crashes, hangs or ends Python hides no other.
"""

import glob
import importlib
import importlib.metadata
import json
import os
import re
import select
import signal
import sys
import tempfile
import time
import traceback

MOST_MODULES = 20
FIRST_TRY = 1 / 6  # of the time is for each package; those that take longer share what the others left
TOO_LONG = "not imported in time"
NOT_TRIED = "not tried: the imports before it took all the time"
ENDINGS = re.compile(r"(\.py|\.so|\.abi3\.so|\.cpython-[^/]*\.so)$")
EDITABLE = re.compile(r"_\w*editable")  # modules that a build backend writes to find an editable project's own
# Folders that some wheels leave beside their modules by mistake.
BY_MISTAKE = {"test", "tests", "doc", "docs", "example", "examples", "benchmark", "benchmarks", "scripts", "setup"}


def normalized(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def files_of_pip(name):
    """Paths below site-packages of a distribution's files; None if there is no such distribution."""
    for found in importlib.metadata.distributions():
        if normalized(found.metadata["Name"] or "") == normalized(name):
            files = [str(file) for file in found.files or []]
            named = (found.read_text("top_level.txt") or "").split()
            told = [f"{module}/__init__.py" for module in named]
            return told if any(EDITABLE.match(file) for file in files) else files or told
    return None


def files_of_conda(name):
    """The same for a conda package, from the record of its files."""
    for path in glob.glob(os.path.join(sys.prefix, "conda-meta", glob.escape(name) + "-*.json")):
        with open(path, encoding="utf-8") as file:
            record = json.load(file)
        if record.get("name") == name:
            below = [file.partition("site-packages/") for file in record.get("files", [])]
            return [inner for _, found, inner in below if found]
    return None


def modules_in(files, name):
    """What to import for files: the package named like the distribution if there is one, else every topmost one."""
    found = set()
    for file in files:
        folder, _, last = file.rpartition("/")
        if not ENDINGS.search(last) or (folder and last.endswith(".so") and ENDINGS.search(last)[0] == ".so"):
            continue
        own = ENDINGS.sub("", last)
        found.add(tuple(folder.split("/")) if own == "__init__" else (*filter(None, folder.split("/")), own))
    named = {parts for parts in found if all(part.isidentifier() for part in parts)}
    good = {parts for parts in named if not EDITABLE.match(parts[0])}
    packages = {parts for parts in good if "/".join((*parts, "__init__.py")) in set(files)}
    tops = {parts for parts in good if len(parts) == 1} | packages or good
    highest = {parts for parts in tops if not any(parts[:length] in tops for length in range(1, len(parts)))}
    public = {parts for parts in highest if not parts[0].startswith("_")} or highest
    meant = {parts for parts in public if parts[0] not in BY_MISTAKE} or public
    same = {parts for parts in meant if normalized(".".join(parts)) == normalized(name)}
    return sorted(".".join(parts) for parts in same or meant)[:MOST_MODULES]


def import_all(modules):
    """Runs in the child: the last line of what went wrong, "" if all could be imported."""
    for module in modules:
        try:
            importlib.import_module(module)
        except BaseException as error:
            lines = "".join(traceback.format_exception_only(type(error), error)).strip().splitlines()
            return lines[-1] if lines else type(error).__name__
    return ""


def tried(modules, seconds):
    """import_all in a process of its own, for at most so many seconds."""
    reading, writing = os.pipe()
    with tempfile.TemporaryFile() as printed:
        child = os.fork()
        if child == 0:
            for number in (1, 2):
                os.dup2(printed.fileno(), number)
            os.write(writing, json.dumps(import_all(modules)[:2000]).encode())
            os._exit(0)
        os.close(writing)
        in_time = select.select([reading], [], [], max(seconds, 0))[0]
        answer = os.read(reading, 65536) if in_time else b""
        os.kill(child, signal.SIGKILL)
        status = os.waitpid(child, 0)[1]
        os.close(reading)
        if answer:
            return json.loads(answer.decode())
        if not in_time:
            return TOO_LONG
        printed.seek(0)
        lines = printed.read().decode("utf-8", "replace").strip().splitlines()
    if os.WIFSIGNALED(status):
        return f"Python was ended by {signal.Signals(os.WTERMSIG(status)).name}"
    return lines[-1][:2000] if lines else "Python ended while importing"


def looked_up(package):
    """What is to be told of `manager:name`, before anything is imported."""
    manager, _, name = package.partition(":")
    files = files_of_conda(name) if manager == "conda" else files_of_pip(name)
    error = "this Python does not find it" if files is None else ""
    return {"name": name, "manager": manager, "modules": modules_in(files or [], name), "error": error}


def import_each(results, until, patience):
    """Import the modules of each, for so many seconds at most, as long as there is time."""
    for result in results:
        left = until - time.monotonic()
        if left > 0:
            result["error"] = tried(result["modules"], min(left, patience))
        elif not result["error"]:
            result["error"] = NOT_TRIED


def main(seconds, wanted):
    until = time.monotonic() + seconds
    results = [looked_up(package) for package in wanted]
    import_each([result for result in results if result["modules"]], until, seconds * FIRST_TRY)
    slow = [result for result in results if result["error"] == TOO_LONG]
    import_each(slow, until, (until - time.monotonic()) / max(len(slow), 1))
    print(json.dumps(results), flush=True)


if __name__ == "__main__":
    main(float(sys.argv[1]), sys.argv[2:])

"""Runs inside a container of an image being looked at, under whatever Python is there: 2.7 and anything newer.

Prints one line of JSON: version, executable, glibc, and [name, version, installer] of each installed distribution.
It reads their metadata as files, since importlib.metadata came with Python 3.8 and pip may be missing.
"""

import json
import os
import sys


def headers(path):
    """The `Name: value` lines at the top of a metadata file, by lower-case name."""
    found = {}
    with open(path, "rb") as file:
        text = file.read(65536).decode("utf-8", "replace")
    for line in text.split("\n"):
        if not line.strip():
            break
        name, _, value = line.partition(":")
        found.setdefault(name.strip().lower(), value.strip())
    return found


def installer(folder):
    path = os.path.join(folder, "INSTALLER")
    if not os.path.isfile(path):
        return ""
    with open(path, "rb") as file:
        return file.read(100).decode("utf-8", "replace").strip()


def metadata(folder, entry):
    """Path of the metadata file of one entry of a folder on sys.path, or None."""
    path = os.path.join(folder, entry)
    choices = {".dist-info": [os.path.join(path, "METADATA")], ".egg-info": [os.path.join(path, "PKG-INFO"), path]}
    files = choices.get(os.path.splitext(entry)[1], [])
    return next((file for file in files if os.path.isfile(file)), None)


def distributions():
    """Each distribution once: of two with one name, the one Python would import."""
    found = {}
    for folder in sys.path:
        if not os.path.isdir(folder):
            continue
        for entry in sorted(os.listdir(folder)):
            path = metadata(folder, entry)
            values = headers(path) if path else {}
            name, version = values.get("name"), values.get("version")
            if name and version:
                key = name.lower().replace("_", "-").replace(".", "-")
                found.setdefault(key, [name, version, installer(os.path.dirname(path))])
    return [found[key] for key in sorted(found)]


def glibc():
    """As "2.36"; "" where the C library is another one."""
    try:
        return (os.confstr("CS_GNU_LIBC_VERSION") or "").partition(" ")[2]
    except ValueError:
        return ""


def report():
    version = ".".join([str(part) for part in sys.version_info[:3]])
    return {"python": version, "executable": sys.executable, "glibc": glibc(), "packages": distributions()}


if __name__ == "__main__":
    print(json.dumps(report()))

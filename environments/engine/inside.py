"""Runs inside a container of an image being looked at, under whatever Python is there: 2.7 and anything newer.

Prints one line of JSON: version, executable, glibc, what markers of requirements compare with, and of each installed
distribution [name, version, installer, [requirement, ...], where it came from].
It reads their metadata as files, since importlib.metadata came with Python 3.8 and pip may be missing.
"""

import json
import os
import sys

HEADER_BYTES = 262144


def headers(path):
    """The `Name: value` lines at the top of a metadata file: a list of values by lower-case name.

    A line that begins with a blank goes on with the one before, even if nothing follows: licenses are written so.
    """
    found = {}
    with open(path, "rb") as file:
        text = file.read(HEADER_BYTES).decode("utf-8", "replace")
    for line in text.split("\n"):
        if not line.rstrip("\r"):
            break
        if line[0] in " \t":
            continue
        name, _, value = line.partition(":")
        found.setdefault(name.strip().lower(), []).append(value.strip())
    return found


def beside(folder, name):
    """The text of a small file of a distribution's folder; "" if there is none."""
    path = os.path.join(folder, name)
    if not os.path.isfile(path):
        return ""
    with open(path, "rb") as file:
        return file.read(10000).decode("utf-8", "replace").strip()


def metadata(folder, entry):
    """Path of the metadata file of one entry of a folder on sys.path, or None."""
    path = os.path.join(folder, entry)
    choices = {".dist-info": [os.path.join(path, "METADATA")], ".egg-info": [os.path.join(path, "PKG-INFO"), path]}
    files = choices.get(os.path.splitext(entry)[1], [])
    return next((file for file in files if os.path.isfile(file)), None)


def distribution(path):
    """The list that stands for one distribution, None if its metadata names none."""
    values = headers(path)
    if not (values.get("name") and values.get("version")):
        return None
    folder = os.path.dirname(path)
    whose = [values["name"][0], values["version"][0], beside(folder, "INSTALLER")[:100]]
    whose.extend([values.get("requires-dist", []), beside(folder, "direct_url.json")])
    return whose


def distributions():
    """Each distribution once: of two with one name, the one Python would import."""
    found = {}
    for folder in sys.path:
        if not os.path.isdir(folder):
            continue
        for entry in sorted(os.listdir(folder)):
            path = metadata(folder, entry)
            values = distribution(path) if path else None
            if values:
                key = values[0].lower().replace("_", "-").replace(".", "-")
                found.setdefault(key, values)
    return [found[key] for key in sorted(found)]


def glibc():
    """As "2.36"; "" where the C library is another one."""
    try:
        return (os.confstr("CS_GNU_LIBC_VERSION") or "").partition(" ")[2]
    except ValueError:
        return ""


def markers(version):
    """What the markers of requirements compare with; see the specification of dependency specifiers."""
    system, _, release, build, machine = os.uname()
    name = sys.implementation.name if hasattr(sys, "implementation") else "cpython"
    return {
        "implementation_name": name,
        "implementation_version": version,
        "os_name": os.name,
        "platform_machine": machine,
        "platform_python_implementation": {"cpython": "CPython", "pypy": "PyPy"}.get(name, name),
        "platform_release": release,
        "platform_system": system,
        "platform_version": build,
        "python_full_version": version,
        "python_version": ".".join(version.split(".")[:2]),
        "sys_platform": sys.platform,
    }


def report():
    version = ".".join([str(part) for part in sys.version_info[:3]])
    found = {"python": version, "executable": sys.executable, "glibc": glibc(), "packages": distributions()}
    found["markers"] = markers(version)
    return found


if __name__ == "__main__":
    print(json.dumps(report()))

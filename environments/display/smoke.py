"""What a smoke test found, in words."""

import json
import re
from dataclasses import dataclass, field

# The Debian (and Ubuntu) package that brings a library which wheels take for granted.
LIBRARIES = {
    "libGL.so": "libgl1",
    "libEGL.so": "libegl1",
    "libGLU.so": "libglu1-mesa",
    "libgomp.so": "libgomp1",
    "libglib-2.0.so": "libglib2.0-0",
    "libgthread-2.0.so": "libglib2.0-0",
    "libgobject-2.0.so": "libglib2.0-0",
    "libSM.so": "libsm6",
    "libICE.so": "libice6",
    "libX11.so": "libx11-6",
    "libXext.so": "libxext6",
    "libXrender.so": "libxrender1",
    "libxcb.so": "libxcb1",
    "libstdc++.so": "libstdc++6",
    "libgcc_s.so": "libgcc-s1",
    "libgfortran.so": "libgfortran5",
    "libquadmath.so": "libquadmath0",
    "libopenblas.so": "libopenblas0",
    "liblapack.so": "liblapack3",
    "libblas.so": "libblas3",
    "libpq.so": "libpq5",
    "libmariadb.so": "libmariadb3",
    "libodbc.so": "unixodbc",
    "libsndfile.so": "libsndfile1",
    "libportaudio.so": "libportaudio2",
    "libmagic.so": "libmagic1",
    "libexpat.so": "libexpat1",
    "libxml2.so": "libxml2",
    "libxslt.so": "libxslt1.1",
    "libgeos_c.so": "libgeos-c1v5",
    "libspatialindex.so": "libspatialindex6",
    "libcairo.so": "libcairo2",
    "libpango-1.0.so": "libpango-1.0-0",
    "libpangocairo-1.0.so": "libpangocairo-1.0-0",
    "libgdk_pixbuf-2.0.so": "libgdk-pixbuf-2.0-0",
    "libgraphviz.so": "graphviz",
    "libtbb.so": "libtbb12",
    "libnuma.so": "libnuma1",
    "libusb-1.0.so": "libusb-1.0-0",
    "libcrypt.so": "libcrypt1",
    "libffi.so": "libffi8",
    "libsqlite3.so": "libsqlite3-0",
    "libgssapi_krb5.so": "libgssapi-krb5-2",
    "libopenmpi.so": "libopenmpi3",
    "libmpi.so": "libopenmpi3",
    "libhdf5.so": "libhdf5-103-1",
    "libtk8.6.so": "libtk8.6",
    "libtcl8.6.so": "libtcl8.6",
}
UNDECIDED = ("not imported in time", "not tried: the imports before it took all the time")  # see builder/imports.py
_LIBRARY = re.compile(r"\b(lib[\w.+-]*?\.so)(\.[\d.]+)?: cannot open shared object file")
_MODULE = re.compile(r"No module named '([^']+)'")


@dataclass(frozen=True, slots=True)
class Checked:
    """One package: the modules that were imported, or the last line of what Python said and what to do about it."""

    name: str
    modules: list[str]
    error: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Findings:
    """What a smoke test found. `problem` is why there are no findings, or all that an older one printed.

    Imports that took longer than the test, in `undecided`, say nothing against the image: a busy machine is slow.
    """

    failed: list[Checked] = field(default_factory=list)
    undecided: list[Checked] = field(default_factory=list)
    imported: list[Checked] = field(default_factory=list)
    nothing: list[Checked] = field(default_factory=list)
    problem: str = ""


def findings(output: str) -> Findings:
    """Read what Build.check_output holds."""
    try:
        value = json.loads(output) if output else {"packages": []}
        if "problem" in value:
            return Findings(problem=value["problem"])
        checked = [
            Checked(found["name"], found["modules"], found["error"], _remedy(found["error"]))
            for found in value["packages"]
        ]
    except (ValueError, KeyError, TypeError):
        return Findings(problem=output)
    return Findings(
        failed=[found for found in checked if found.error and found.error not in UNDECIDED],
        undecided=[found for found in checked if found.error in UNDECIDED],
        imported=[found for found in checked if found.modules and not found.error],
        nothing=[found for found in checked if not found.modules and not found.error],
    )


def _remedy(error: str) -> str:
    """What to do about an error of an import; "" where nothing is known."""
    if library := _LIBRARY.search(error):
        package = LIBRARIES.get(library[1])
        brings = f"the Debian package {package}" if package else f"the package that brings {library[1]}"
        return f"The base image lacks a library: choose one with {brings}, or install it in a Dockerfile with apt-get."
    if module := _MODULE.search(error):
        return f"It needs the module {module[1]}, which nothing brings: add the package it is from."
    if "this Python does not find it" in error:
        return "It lies where the image's Python does not look: check PATH and PYTHONPATH of the image."
    return ""

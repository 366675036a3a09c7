"""Builds that fail on a real engine, each for a reason of its own, get the hint that is right.

What they print is in tests/hints/failures.txt as well; here the tools print it themselves. One test for each family, as
every one of them makes all its builds first and then compares.
"""

import uuid
from pathlib import Path

import pytest
import uv
from django.conf import settings

from environments.contexts import from_texts
from environments.engine import get_engine
from environments.models import State
from environments.pages.hints import shown_hints
from environments.services import drafts
from environments.services.hints import told_of
from tests.builder.publishing import publish, unchecked
from tests.engine.building import build_of, workspace_of_images

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.engine, pytest.mark.usefixtures("plain_files")]

PYTHON, DEBIAN = "python:3.11-slim", "debian:bookworm-slim"
PACKAGES = "/usr/local/lib/python3.11/dist-packages"
SIX = "printf 'Metadata-Version: 1.0\\nName: six\\nVersion: 1.0\\n'"
ZEROS = 64 * "0"
SIX_HASH = "8abb2f1d86890a2dfb989f9a77cfcfd3e47c2a354b01111771326f8aa26e0254"

# What a RUN does: (code, a part of the line that tells).
PIP = {
    "pip install nmpy": ("build-no-such-package", "satisfies the requirement nmpy"),
    "pip install numpy==99": ("build-no-such-version", "satisfies the requirement numpy==99"),
    "pip install numpy==1.21.6": ("build-other-python", "satisfies the requirement numpy==1.21.6"),
    "pip install requests==2.31.0 urllib3==1.20": ("build-conflict", "Cannot install requests==2.31.0"),
    "pip install 'numpy=>1.26'": ("build-bad-requirement", "Invalid requirement: 'numpy=>1.26'"),
    "pip install ./nowhere/": ("build-path-missing", "File './nowhere/' does not exist"),
    "pip install -r requirements.txt": ("build-no-requirements-file", "'requirements.txt'"),
    "touch /app.whl && pip install /app.whl": ("build-wheel-name", "app.whl is not a valid wheel filename"),
    "touch /a-1.0-cp27-none-any.whl && pip install /a-1.0-cp27-none-any.whl": (
        "build-wheel-platform",
        "not a supported wheel",
    ),
    "touch /a-1.0-py3-none-any.whl && pip install /a-1.0-py3-none-any.whl": ("build-wheel-broken", "is invalid"),
    "mkdir /app && pip install /app": ("build-not-installable", "Directory '/app' is not installable"),
    f"echo 'six==1.16.0 --hash=sha256:{ZEROS}' > /r && pip install -r /r": ("build-hash-mismatch", "DO NOT MATCH"),
    f"printf 'six==1.16.0 --hash=sha256:{SIX_HASH}\\nidna==3.7\\n' > /r && pip install -r /r": (
        "build-hash-missing",
        "Hashes are required",
    ),
    "touch /usr/lib/python3.11/EXTERNALLY-MANAGED && pip install six": ("build-externally-managed", "externally"),
    f"{SIX} > {PACKAGES}/six-1.0.egg-info && pip install six==1.16.0": ("build-cannot-uninstall", "uninstall 'six'"),
    "pip install sklearn==0.0.post12": ("build-renamed", "use 'scikit-learn'"),
    "pip install --no-binary :all: psycopg2==2.9.9": ("build-no-library", "pg_config"),
    "pip install --no-binary psutil psutil==5.9.0": ("build-no-compiler", "gcc"),
    "pip install --retries 0 -i http://127.0.0.1:9/simple six": ("build-empty-index", "requirement six"),
    "pip install git+https://example.invalid/x.git": ("build-no-program", "Cannot find command 'git'"),
}
PROGRAMS = {
    "python -c 'import yaml'": ("build-no-module", "No module named 'yaml'"),
    "python -c 'from os import nothing'": ("build-cannot-import", "cannot import name 'nothing'"),
    "python -c 'import ctypes; ctypes.CDLL(\"libGL.so.1\")'": ("build-no-shared-library", "libGL.so.1"),
    "python -c 'print 1'": ("build-python-syntax", "Missing parentheses"),
    "printf 'caf\\351' > /a && python -X utf8 -c 'open(\"/a\").read()'": ("build-not-utf8", "can't decode byte 0xe9"),
    "python -c 'input()'": ("build-asks", "EOFError"),
    "python train.py": ("build-no-file", "can't open file '//train.py'"),
    "python -c 'bytearray(10**15)'": ("build-memory", "MemoryError"),
    "python -c 'import ctypes; ctypes.string_at(0)'": ("build-crashed", "Segmentation fault"),
    "python -c 'import urllib.request as r; r.urlopen(\"http://x.invalid\")'": ("build-host-unknown", "not known"),
    "python -c 'assert 1 == 2'": ("build-python-error", "AssertionError"),
}
SYSTEM = {
    "conda install numpy": ("build-no-conda", "conda: not found"),
    "yum install -y git": ("build-other-system", "yum: not found"),
    "source /x": ("build-source-in-sh", "source: not found"),
    "['ls', '/']": ("build-single-quotes", "[ls,: not found"),
    "git clone https://example.invalid/x": ("build-no-program", "git: not found"),
    "printf '#!/bin/bash\\r\\n' > /r.sh; chmod +x /r.sh; /r.sh": ("build-script-not-found", "/r.sh: not found"),
    "printf x > /a; /a": ("build-not-executable", "/a: Permission denied"),
    "printf '\\177ELF\\002' > /a; chmod +x /a; /a": ("build-exec-format", "Exec format error"),
    "echo (": ("build-shell-syntax", "Syntax error"),
    "mkdir /etc": ("build-exists", "File exists"),
    "chown app /etc": ("build-unknown-user", "invalid user"),
    "echo x > /r.tgz; tar xzf /r.tgz": ("build-bad-archive", "not in gzip format"),
    "rm -rf /var/lib/apt/lists/*; apt-get install -y curl": ("build-apt-package", "Unable to locate package curl"),
    "timeout 1 sleep 9": ("build-timed-out", ""),
    "apt-get instal -y curl": ("build-wrong-option", "Invalid operation instal"),
    "sed 's/bookworm /nosuch /' -i /etc/apt/sources.list; apt-get update": ("build-apt-source", "Release file"),
}
# Whole Dockerfiles: (code, the line of the Dockerfile it leads to). The log says nothing of these.
DOCKERFILES = {
    "COPY nothing.txt /": ("build-not-in-context", 2),
    "COPY a/nothing.txt /": ("build-not-in-context", 2),
    "COPY --from=nostage /nothing /": ("build-registry", 2),
    "RUN --mont=type=cache true": ("build-unknown-flag", 2),
    "RUN python - <<'E'\nimport os\nE": ("build-unknown-instruction", 3),
    "ENV A": ("build-bad-dockerfile", 0),
    "RUN --mount=type=secret,id=token,required=true true": ("build-needs-secret", 2),
    "USER nobodyhere\nRUN true": ("build-unknown-user", 2),
}
REQUIREMENTS = {
    "six\nnmpy\n": ("build-no-such-package", "nmpy was not found", 2),
    "numpy==99\n": ("build-no-such-version", "no version of numpy==99", 1),
    "tensorflow==2.5.0\n": ("build-other-python", "no wheels with a matching Python", 1),
    "urllib3==1.20\nrequests==2.31.0\n": ("build-conflict", "requests==2.31.0 depends on", 2),
    "--only-binary :all:\ndocopt==0.6.2\n": ("build-no-wheel", "has no usable wheels", 2),
    "x @ git+https://example.invalid/x.git\n": ("build-no-git", "Git executable not found", 0),
}
CONDA = {
    "dependencies: [python=3.11, nmpy]": ("build-no-conda-package", "No candidates were found for nmpy"),
    "dependencies: [python=3.11, click=99]": ("build-no-conda-package", "click 99"),
    "dependencies: [clash-left, clash-right]": ("build-conda-conflict", "cannot be installed"),
    "dependencies: [wants-cuda]": ("build-conda-system", "__cuda >=12"),
}


@pytest.fixture
def vision(client):
    """A workspace of its own; what images it made after all are dropped."""
    with workspace_of_images(client, f"vision-{uuid.uuid4().hex[:8]}") as workspace:
        yield workspace


@pytest.fixture
def failed(vision, engine):
    """The failed build of a Dockerfile."""

    def build(dockerfile):
        files = from_texts({"Dockerfile": f"{dockerfile}\n"})
        return build_of(publish(vision, unchecked(files), files=files), engine)

    return build


def told(build):
    """The code of its hint and the line that tells; its state and its error where there is none."""
    found = told_of(build) if build.state == State.FAILED else []
    return (found[0].code, found[0].text) if found else (build.state, build.error)


def place(build):
    """The line of the definition it leads to, 0 without one."""
    return next((hint.place for hint in shown_hints(build)), 0)


def differing(builds, expected):
    """What was told otherwise than expected: {what was built: what was told}."""
    got = {text: told(build) for text, build in builds.items()}
    return {
        text: got[text]
        for text, (code, part, *_) in expected.items()
        if got[text][0] != code or part not in got[text][1]
    }


@pytest.mark.parametrize(
    ("base", "runs"), [(PYTHON, PIP), (PYTHON, PROGRAMS), (DEBIAN, SYSTEM)], ids=["pip", "programs", "system"]
)
def test_a_step_that_fails_is_explained(failed, base, runs):
    builds = {run: failed(f"FROM {base}\nRUN {run}") for run in runs}
    assert differing(builds, runs) == {}


def test_the_line_of_the_log_is_the_one_that_tells(failed):
    build = failed(f"FROM {PYTHON}\nRUN echo before && pip install nmpy")
    (hint,) = build.hints
    assert hint["values"] == {"name": "nmpy", "near": "numpy"}
    texts = dict(line for piece in build.log.all() for line in piece.numbered())
    assert texts[hint["line"]].startswith("ERROR: Could not find a version that satisfies the requirement nmpy")


def test_only_root_may_install(failed):
    assert told(failed(f"FROM {DEBIAN}\nUSER nobody\nRUN apt-get update"))[0] == "build-not-root"
    assert told(failed(f"FROM {DEBIAN}\nUSER nobody\nRUN mkdir /app"))[0] == "build-no-permission"


def test_a_missing_shell_is_a_missing_program(failed, tiny):
    assert told(failed(f'FROM {tiny}\nRUN ["bash", "-c", "ls"]'))[0] == "build-no-program"


def test_what_is_wrong_with_a_dockerfile_is_explained(failed, tiny):
    builds = {text: failed(f"FROM {tiny}\n{text}") for text in DOCKERFILES}
    assert {text: (told(build)[0], place(build)) for text, build in builds.items()} == DOCKERFILES


def test_an_image_that_cannot_be_had_is_explained(failed):
    assert told(failed("FROM no-such-image-anywhere:1\nRUN true"))[0] == "build-registry"


def test_requirements_that_cannot_be_resolved_are_explained(vision, engine):
    builds = {
        text: build_of(publish(vision, drafts.pip_definition(PYTHON, text), text=text), engine) for text in REQUIREMENTS
    }
    assert differing(builds, REQUIREMENTS) == {}
    assert [place(build) for build in builds.values()] == [line for _, _, line in REQUIREMENTS.values()]


def test_conda_packages_that_cannot_be_solved_are_explained(vision, docker_host, bridge_channels, tmp_path):
    mirrors = tmp_path / "mirrors.toml"
    mirrors.write_text(bridge_channels.mirrors_file())
    engine = get_engine(
        docker_host, uv_path=Path(uv.find_uv_bin()), site_files=settings.INDEXES.files(), mirrors_file=mirrors
    )
    texts = {spec: f"channels: [conda-forge]\n{spec}\n" for spec in CONDA}
    builds = {
        spec: build_of(publish(vision, drafts.conda_definition(DEBIAN, text), text=text), engine)
        for spec, text in texts.items()
    }
    assert differing(builds, CONDA) == {}

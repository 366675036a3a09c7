"""From a definition and its lock to a Dockerfile and the files beside it, the same bytes for the same values.

Packages of pip go into the base image's own Python. Packages of conda are installed in a stage of their own, on an
image that has nothing else to do, and copied into the base: so any base will do, and nothing of the tools stays.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from environments.definitions.asked import conda_packages
from environments.definitions.model import Definition

TEMPLATE_VERSION = "2"  # raised when the template makes other images from the same lock
CONDA_LOCK = "conda.lock"
LOCK_FOLDER = "/lock"  # of locks made in a build; the engine walks all through the folder that it copies from
PIP_LOCK = re.compile(r"(heavy|requirements)(-\d+)?\.lock")  # the layers of a pip lock
PREFIX = "/opt/env"  # of what conda installs
CACHE_NAME = "studio-cache"  # how people see the names of cache mounts, which are secret per workspace
TOOLS = "studio-tools"  # the image with what builds are lent, under the name people see

_ROOT = frozenset({"", "0", "root", "0:0", "root:root"})
_WORD = re.compile(r"[A-Za-z0-9_./:@+\[\]-]+")  # brackets stand around a registry's IPv6 address
BASE_PYTHON = '"$(command -v python3)"'

# The mounts lie on a tmpfs over /run, so that not even their mount points stay in the image.
MOUNTS = """\
RUN --mount=type=tmpfs,target=/run \\
    --mount=type=bind,from={tools},target=/run/studio \\
    --mount=type=cache,id={cache},target=/run/cache \\
"""
_INSTALL_CONDA = """\
    --mount=type=bind,source={lock},target=/run/{lock} \\
    SSL_CERT_FILE=/run/studio/ca.crt python3 /run/studio/conda.py install /run/{lock} {prefix}
"""
_CONDA_STEPS = f"COPY --from=conda {PREFIX} {PREFIX}\nENV PATH={PREFIX}/bin:$PATH CONDA_PREFIX={PREFIX}\n"
# Which Python `python3` means is looked up, in a virtual environment or not: `--system` would pass over those.
_INSTALL_PIP = """\
    --mount=type=bind,source={lock},target=/run/{lock} \\
    TMPDIR=/run SSL_CERT_FILE=/run/studio/ca.crt UV_CONFIG_FILE=/run/studio/uv.toml UV_LINK_MODE=copy \\
    /run/studio/uv pip install --no-progress --python {python} \\
    --no-deps{options} --cache-dir /run/cache -r /run/{lock}
"""


@dataclass(frozen=True, slots=True)
class Site:
    """Names that differ from site to site and are no part of an image: the tools, the caches, the installer's image."""

    tools: str = TOOLS
    caches: Mapping[str, str] = field(default_factory=lambda: {"uv": CACHE_NAME, "conda": CACHE_NAME})
    installer: str = "python:3.11-slim"


@dataclass(frozen=True, slots=True)
class Rendered:
    """A Dockerfile, and the files of its context."""

    dockerfile: str
    files: Mapping[str, bytes]


def render(
    definition: Definition,
    *,
    base: str,
    locks: Mapping[str, str],
    site: Site,
    user: str = "",
    compile_bytecode: bool = False,
) -> Rendered:
    """The Dockerfile that installs locks on a base image: conda's lock as "conda", hashed requirements as "pip".

    Requirements given as "heavy", "pip-2" and so on get layers of their own, in the order given (see
    locking/layers.py). `user` is the base's USER, which is restored. With `compile_bytecode` pip's packages are
    compiled once and for all, rather than when they are imported first. Raises ValueError for a definition with conda
    packages and no lock of them, or for a name no Dockerfile can hold.
    """
    kept = {name: text for name, text in locks.items() if has_packages(text)}
    if conda_packages(definition) and "conda" not in kept:
        raise ValueError("Conda packages need a lock.")
    for word in (base, site.tools, site.installer, *site.caches.values(), user or "root"):
        if not _WORD.fullmatch(word):
            raise ValueError(f"{word!r} cannot be written into a Dockerfile.")
    stage = conda_stage(site) if "conda" in kept else ""
    steps = "".join(
        [_CONDA_STEPS if stage else "", _pip_steps(kept, site, user, compile_bytecode), _variables(definition)]
    )
    files = {lock_file(name): text.encode() for name, text in kept.items()}
    return Rendered(f"{stage}FROM {base}\n{steps}", files)


def lock_file(layer: str) -> str:
    """The name of a layer's file in the context: "pip-2" is in requirements-2.lock."""
    return f"{layer.replace('pip', 'requirements')}.lock"


def conda_stage(site: Site) -> str:
    """The stage `conda`, which holds the environment under PREFIX; the same text wherever it is used, to be cached."""
    mounts = MOUNTS.format(tools=site.tools, cache=site.caches["conda"])
    return f"FROM {site.installer} AS conda\nUSER root\n{mounts}" + _INSTALL_CONDA.format(
        lock=CONDA_LOCK, prefix=PREFIX
    )


def image_key(
    *,
    base_digest: str,
    locks: Mapping[str, str] | None = None,
    context_digest: str = "",
    dockerfile_path: str = "",
    variables: Mapping[str, str] | None = None,
    compile_bytecode: bool = False,
    network: bool = True,
    build_args: Mapping[str, str] | None = None,
    made_anew_by: str = "",
) -> str:
    """The SHA-256, as 64 hexadecimal digits, over everything that decides an image.

    `made_anew_by` names the build whose steps fetch again what they do not pin: no other one leads to that image.
    """
    parts = {
        "template": TEMPLATE_VERSION,
        "base": base_digest,
        "locks": dict(locks or {}),
        "context": context_digest,
        "dockerfile": dockerfile_path,
        "variables": dict(variables or {}),
        "compile_bytecode": compile_bytecode,
    }
    parts |= ({} if network else {"network": False}) | ({"build_args": dict(build_args)} if build_args else {})
    parts |= {"made_anew_by": made_anew_by} if made_anew_by else {}
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def has_packages(lock: str) -> bool:
    """Whether a lock installs anything: a line that is neither blank, a comment nor an option."""
    return any(line.strip() and not line.lstrip().startswith(("#", "-")) for line in lock.splitlines())


def _pip_steps(locks: Mapping[str, str], site: Site, user: str, compile_bytecode: bool) -> str:
    python = f"{PREFIX}/bin/python" if "conda" in locks else f"{BASE_PYTHON} --break-system-packages"
    mounts = MOUNTS.format(tools=site.tools, cache=site.caches["uv"])
    compiled = " --compile-bytecode" if compile_bytecode else ""
    runs = "".join(
        mounts + _INSTALL_PIP.format(lock=lock_file(name), python=python, options=_hashes(text) + compiled)
        for name, text in locks.items()
        if name != "conda"
    )
    return runs if user in _ROOT or not runs else f"USER root\n{runs}USER {user}\n"


def _hashes(lock: str) -> str:
    """A package out of a repository has no hash; all others are checked even then."""
    return "" if " @ git+" in lock else " --require-hashes"


def _variables(definition: Definition) -> str:
    """A conda file's variables, which conda would set when the environment is activated: so not while it is made."""
    variables = definition.conda.variables if definition.conda else {}
    return "".join(f"ENV {name}={_quoted(value)}\n" for name, value in sorted(variables.items()))


def _quoted(value: str) -> str:
    return '"' + re.sub(r'(["\\$])', r"\\\1", value) + '"'

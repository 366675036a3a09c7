"""Stand-in base images for a private engine from which no container registry can be reached.

They are made from Debian's packages, behave like the images whose names they carry, are told apart by the label
`studio.standin`, and are dropped as soon as the real images can be had.
"""

import hashlib
import io
import json
import re
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from environments.engine.client import Address, connected
from environments.engine.mirrors import Mirrors
from environments.engine.protocol import EngineError, EngineUnavailable
from environments.locking.indexes import IndexSettings
from studio.launch.commands import LaunchError, last_lines, run
from studio.launch.debian import Apt, Tools
from studio.launch.site import SLIM_APT, SLIM_DPKG, SUITE, Site, describe_site, pip_configuration

DEBIAN = "debian:bookworm-slim"
PYTHONS = ("python:3.11-slim", "python:3.11", "python:3.11-slim-bookworm")
LABEL = "studio.standin"
RECIPE_LABEL = "studio.standin.recipe"
PROBE_SECONDS = 5
WORK_SECONDS = 600
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
NOT_REACHED = ("dial tcp", "no such host", "connection refused", "timeout", "deadline", "x509", "proxyconnect", "EOF")
LEFT_OUT = (
    "./var/cache/apt/*",
    "./var/lib/apt/lists/*",
    "./var/log/*.log",
    "./usr/share/man/*",
    "./usr/share/locale/*",
)
PATH = "/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin"
BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
PYTHON_RECIPE = """\
FROM {debian}
LABEL {label}=1 {recipe_label}={recipe}
ENV PATH={path} LANG=C.UTF-8 PYTHON_VERSION={version}
ENV SSL_CERT_FILE={bundle} REQUESTS_CA_BUNDLE={bundle} PIP_CERT={bundle}
RUN apt-get update -qq \\
 && apt-get install -qq -y --no-install-recommends python3 python3-pip python3-venv ca-certificates libgomp1 netbase \\
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/cache/ldconfig/aux-cache /var/log/*.log \\
 && rm /usr/lib/python3*/EXTERNALLY-MANAGED \\
 && for name in python python3 python3.11; do ln -s /usr/bin/python3.11 /usr/local/bin/$name; done \\
 && for name in pip pip3; do ln -s /usr/bin/pip3 /usr/local/bin/$name; done
CMD ["python3"]
"""


@dataclass(frozen=True)
class StandIns:
    """The stand-ins of one engine. `workshop` is a folder for work that is gone when a method returns."""

    host: str
    tools: Tools
    workshop: Path

    def refresh(self, indexes: IndexSettings) -> bool:
        """Make the stand-ins unless they are there, made by this very recipe; say whether there was something to do.

        Raises LaunchError, and LookupError where the machine's package sources name no Debian archive.
        """
        recipe = recipe_digest(indexes)
        if all(self._recipe_of(name) == recipe for name in (DEBIAN, *PYTHONS)):
            return False
        shutil.rmtree(self.workshop, ignore_errors=True)
        try:
            apt = Apt(self.workshop / "apt")
            apt.update()
            version = self._make_debian(describe_site(apt, indexes), recipe)
            self._make_python(recipe, version)
        finally:
            shutil.rmtree(self.workshop, ignore_errors=True)
        return True

    def drop(self) -> None:
        """Take the names away from stand-ins, so that the real images are used; other images keep theirs."""
        for name in (*PYTHONS, DEBIAN):
            if self._recipe_of(name):
                with connected(Address(self.host)) as client:
                    client.remove_image(name, force=True)

    def _make_debian(self, site: Site, recipe: str) -> str:
        """Import the smallest Debian and return the version of its Python."""
        root, archive = self.workshop / "root", self.workshop / "root.tar"
        _lay(site.files, root)  # twice: these settings speed up the work, which replaces some of them
        self._bootstrap(root, site.mirror)
        _lay(site.files, root)
        version = re.search(
            r"^Version: ([0-9.]+)", run(["chroot", root, "apt-cache", "show", "python3.11"]), re.MULTILINE
        )
        run(["tar", "-C", root, "--numeric-owner", *(f"--exclude={path}" for path in LEFT_OUT), "-cf", archive, "."])
        changes = [f"LABEL {LABEL}=1", f"LABEL {RECIPE_LABEL}={recipe}", f"ENV PATH={PATH}", 'CMD ["bash"]']
        with connected(Address(self.host), timeout=WORK_SECONDS) as client:
            repository, tag = DEBIAN.split(":")
            client.import_image(src=str(archive), repository=repository, tag=tag, changes=changes)
        return version[1] if version else ""

    def _bootstrap(self, root: Path, mirror: str) -> None:
        """Unpack and configure the packages, with mounts and processes of their own that end with the program."""
        keyring = [f"--keyring={KEYRING}"] if KEYRING.exists() else []
        environment = self.tools.environment() | {"DEBOOTSTRAP_DIR": str(self._debootstrap_library())}
        isolate = ["unshare", "--mount", "--pid", "--fork", "--kill-child"]
        program = self.tools.find("debootstrap") or "debootstrap"
        run([*isolate, program, "--variant=minbase", *keyring, SUITE, root, mirror], env=environment)

    def _make_python(self, recipe: str, version: str) -> None:
        dockerfile = PYTHON_RECIPE.format(
            debian=DEBIAN,
            label=LABEL,
            recipe_label=RECIPE_LABEL,
            recipe=recipe,
            path=PATH,
            version=version,
            bundle=BUNDLE,
        )
        first, *others = PYTHONS
        with connected(Address(self.host), timeout=WORK_SECONDS) as client:
            _end_of_build(client.build(fileobj=io.BytesIO(dockerfile.encode()), tag=first, forcerm=True, decode=True))
            for other in others:
                repository, tag = other.split(":")
                client.tag(first, repository, tag)

    def _recipe_of(self, name: str) -> str | None:
        """Return the recipe a stand-in was made by; None if the name is free or a real image's."""
        with connected(Address(self.host)) as client:
            found = client.images(name)
        return (found[0]["Labels"] or {}).get(RECIPE_LABEL) if found else None

    def _debootstrap_library(self) -> Path:
        unpacked = self.tools.folder / "usr/share/debootstrap"
        return unpacked if unpacked.is_dir() else Path("/usr/share/debootstrap")


def registry_answers(host: str, mirrors: Mirrors) -> bool:
    """Ask the engine for a base image's description at its registry (or mirror); False if nothing can be reached."""
    name = mirrors.image(PYTHONS[0]) or PYTHONS[0]
    try:
        with connected(Address(host), timeout=PROBE_SECONDS) as client:
            client.inspect_distribution(name)
    except EngineUnavailable:
        return False
    except EngineError as error:
        return not any(words in str(error) for words in NOT_REACHED)
    return True


def recipe_digest(indexes: IndexSettings) -> str:
    """Return what a stand-in's label says of how it was made: other steps, certificates or indexes make it anew."""
    bundle = indexes.ca_bundle.read_text() if indexes.ca_bundle else ""
    parts = [PYTHON_RECIPE, LEFT_OUT, SLIM_APT, SLIM_DPKG, bundle, pip_configuration(indexes), indexes.uv_toml()]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _lay(files: Mapping[str, str], root: Path) -> None:
    for path, text in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)


def _end_of_build(events: Iterable[Mapping[str, Any]]) -> None:
    """Read a build to its end. Raises LaunchError with the last lines if it failed."""
    printed = ""
    for event in events:
        printed += event.get("stream", "")
        if "error" in event:
            raise LaunchError(
                f"The stand-in for {PYTHONS[0]} could not be made: {event['error']}\n{last_lines(printed)}"
            )

"""Programs from Debian's packages, unpacked into a folder: nothing is installed, no service is started or enabled."""

import os
import platform
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from studio.launch.commands import LaunchError, run

SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
TRIPLET = f"{platform.machine()}-linux-gnu"
LIBRARIES = (f"usr/lib/{TRIPLET}", f"lib/{TRIPLET}", f"usr/lib/{TRIPLET}/pulseaudio")


@dataclass(frozen=True)
class Tools:
    """A folder below which packages are unpacked as below `/`. Programs of the machine come before those of the folder.

    `environ` is what the environment of programs run through these tools begins with.
    """

    folder: Path
    environ: Mapping[str, str]

    def find(self, program: str) -> Path | None:
        """Return the full path of a program of the machine or, failing that, of this folder."""
        found = shutil.which(program, path=self.environment()["PATH"])
        return Path(found) if found else None

    def lacking(self, programs: Mapping[str, str]) -> list[str]:
        """Return, of a table from program to package, the packages whose program is nowhere to be found."""
        return [package for program, package in programs.items() if self.find(program) is None]

    def environment(self) -> dict[str, str]:
        """Return the variables with which unpacked programs find each other, their libraries and their plug-ins."""
        own_path = _joined(self.folder, "usr/sbin", "usr/bin", "sbin", "bin")
        return dict(self.environ) | {
            "PATH": f"{self.environ.get('PATH', '')}:{SYSTEM_PATH}:{own_path}",
            "LD_LIBRARY_PATH": _joined(self.folder, *LIBRARIES),
            "XTABLES_LIBDIR": f"/usr/lib/{TRIPLET}/xtables:{self.folder}/usr/lib/{TRIPLET}/xtables",
        }

    def unpack(self, packages: Sequence[str]) -> None:
        """Fill the folder anew with packages and all they need that the machine lacks. Raises LaunchError.

        The folder appears only when it is whole, so an interrupted call leaves nothing half done behind.
        """
        partial = self.folder.with_name(f"{self.folder.name}.partial")
        shutil.rmtree(partial, ignore_errors=True)
        apt = Apt(partial / "apt")
        apt.update()
        for archive in apt.download(packages):
            run(["dpkg-deb", "--extract", archive, partial])
        shutil.rmtree(apt.folder)
        shutil.rmtree(self.folder, ignore_errors=True)
        partial.rename(self.folder)


@dataclass(frozen=True)
class Apt:
    """Debian's package client with a folder of its own for lists and archives; sources and keys are the machine's."""

    folder: Path

    def update(self) -> None:
        """Fetch the lists of packages. Raises LaunchError."""
        for name in ("lists", "archives"):
            (self.folder / name / "partial").mkdir(parents=True, exist_ok=True)
        run([*self._command, "update"])

    def download(self, packages: Sequence[str]) -> list[Path]:
        """Fetch the archives of packages and of all they need that is not installed. Raises LaunchError."""
        run([*self._command, "install", "--download-only", "--no-install-recommends", *packages])
        return sorted((self.folder / "archives").glob("*.deb"))

    def sources(self, codename: str) -> dict[str, str]:
        """Return where the machine has Debian's own packages from: suite (`bookworm-security`) -> address."""
        fields = "$(RELEASE) $(REPO_URI)"
        printed = run([*self._command, "indextargets", "--format", fields, "Created-By: Packages", "Origin: Debian"])
        lines = (line.split() for line in printed.splitlines())
        return {suite: uri for suite, uri in lines if suite.startswith(codename) and uri.startswith("http")}

    @property
    def _command(self) -> list[str]:
        options = {
            "Dir::State::lists": self.folder / "lists",
            "Dir::Cache::archives": self.folder / "archives",
            "Dir::Cache::pkgcache": "",
            "Dir::Cache::srcpkgcache": "",
            "APT::Sandbox::User": "root",
            "Debug::NoLocking": "1",
        }
        return ["apt-get", "-qq", "-y", *(f"-o{name}={value}" for name, value in options.items())]


def require_debian_root(need: str, remedy: str) -> None:
    """Raise LaunchError, saying what is needed and how else to get it, unless packages can be unpacked here."""
    if os.geteuid() != 0 or shutil.which("apt-get", path=SYSTEM_PATH) is None:
        raise LaunchError(f"{need} {remedy}")


def _joined(folder: Path, *names: str) -> str:
    return ":".join(str(folder / name) for name in names)

"""What builds are lent for conda: solve and install, on the Python of the installer image.

    conda.py solve REQUEST LOCK       solve the request (JSON, see locking/conda.py) and write the lock
    conda.py install LOCK PREFIX      install a lock, every file checked against its hash

It knows no other file of the studio: where channels are served lies beside it in channels.json.
"""

import asyncio
import json
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rattler import (
    BuildString,
    Channel,
    Client,
    Config,
    Gateway,
    GenericVirtualPackage,
    MatchSpec,
    PackageName,
    PackageRecord,
    RepoDataRecord,
    Version,
    install,
    solve,
)
from rattler.exceptions import (
    GatewayError,
    InstallerError,
    InvalidMatchSpecError,
    InvalidUrlError,
    InvalidVersionError,
    SolverError,
)

HERE = Path(__file__).parent
CACHE = Path(os.environ.get("STUDIO_CONDA_CACHE", "/run/cache"))
# Plain file servers answer so without the headers by which rattler knows its own copy again.
NOT_MODIFIED = "304 Not Modified"
FOR_PEOPLE = (
    GatewayError,
    InstallerError,
    InvalidMatchSpecError,
    InvalidUrlError,
    InvalidVersionError,
    SolverError,
)


def client() -> Client:
    """Reaches channels where the mirrors file says they are served, trusting the authorities of SSL_CERT_FILE."""
    file = HERE / "channels.json"
    served = json.loads(file.read_text()) if file.exists() else {}
    mirrors = {Channel(name).base_url.rstrip("/"): [address] for name, address in served.items()}
    lines = [f"{json.dumps(address)} = {json.dumps(where)}" for address, where in mirrors.items()]
    return Client.from_config(Config.from_toml("\n".join(['tls-root-certs = "native"', "[mirrors]", *lines])))


def virtual_package(text: str) -> GenericVirtualPackage:
    """`__glibc=2.36` or `__archspec=1=x86_64`."""
    name, version, build = [*text.split("="), "0"][:3]
    return GenericVirtualPackage(PackageName(name), Version(version), BuildString(build))


async def solve_request(request: dict[str, Any], cache: Path) -> list[dict[str, Any]]:
    """The lines of a lock, sorted by name. Channel priority is strict, which rattler keeps among the candidates of a
    spec: so each package is asked for by its bare name as well, unless its spec names a channel.
    """
    specs = [MatchSpec(spec) for spec in request["specs"]]
    names = {Channel(name).base_url.rstrip("/"): name for name in request["channels"]}
    records = await solve(
        [Channel(name) for name in request["channels"]],
        [*specs, *(MatchSpec(spec.name.normalized) for spec in specs if not spec.channel)],
        gateway=Gateway(cache_dir=cache, client=client()),
        platforms=[request["platform"], "noarch"],
        virtual_packages=[virtual_package(text) for text in request["virtual_packages"]],
    )
    return sorted((line_of(record, names) for record in records), key=lambda line: line["name"])


def line_of(record: RepoDataRecord, names: dict[str, str]) -> dict[str, Any]:
    address = (record.channel or "").rstrip("/")
    found = {"url": record.url, "fn": record.file_name, "channel": names.get(address, address)}
    return {**json.loads(record.to_json()), **found}


def record_of(line: dict[str, Any], folder: str) -> RepoDataRecord:
    index = Path(folder, "index.json")
    index.write_text(json.dumps(line))
    record = PackageRecord.from_index_json(index, line.get("size"), line.get("sha256"), line.get("md5"))
    return RepoDataRecord(record, line["fn"], line["url"], Channel(line["channel"]).base_url)


def read_lock(path: str) -> list[RepoDataRecord]:
    lines = [json.loads(line) for line in Path(path).read_text().splitlines()]
    with tempfile.TemporaryDirectory() as folder:
        return [record_of(line, folder) for line in lines]


def solved(request_path: str, lock_path: str) -> None:
    request = json.loads(Path(request_path).read_text())
    try:
        lines = asyncio.run(solve_request(request, CACHE / "repodata"))
    except GatewayError as error:
        if NOT_MODIFIED not in str(error):
            raise
        with tempfile.TemporaryDirectory() as empty:
            lines = asyncio.run(solve_request(request, Path(empty)))
    Path(lock_path).parent.mkdir(exist_ok=True)
    Path(lock_path).write_text("".join(f"{json.dumps(line, sort_keys=True)}\n" for line in lines))


def installed(lock_path: str, prefix: str) -> None:
    records = read_lock(lock_path)
    cache = CACHE / "packages"
    asyncio.run(
        install(records, prefix, cache_dir=cache, client=client(), show_progress=False, execute_link_scripts=True)
    )
    print(f"{len(records)} packages installed")


def main(verb: str, *arguments: str) -> None:
    verbs: dict[str, Callable[..., None]] = {"solve": solved, "install": installed}
    status = 0
    try:
        verbs[verb](*arguments)
    except FOR_PEOPLE as error:
        print(f"conda: {error}", file=sys.stderr)
        status = 1
    # Without Python's own way out: once in forty times rattler's threads, still there, crash it (0.28, Python 3.11.2).
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


if __name__ == "__main__":
    main(*sys.argv[1:])

"""Give the studio a container engine: one that already answers, else a private one with the base images it needs."""

from collections.abc import Mapping
from pathlib import Path

from environments.engine import load_mirrors
from environments.engine.mirrors import Mirrors, MirrorsError
from environments.locking.indexes import IndexSettings
from studio.launch.bounds import Bounds
from studio.launch.commands import LaunchError
from studio.launch.finding import find_engine
from studio.launch.private_engine import CACHE_BYTES, PrivateEngine
from studio.launch.processes import Service, Supervisor
from studio.launch.standins import StandIns, registry_answers
from studio.launch.steps import step


def provide_engine(
    supervisor: Supervisor,
    data_dir: Path,
    environ: Mapping[str, str],
    *,
    indexes: IndexSettings,
    mirrors_file: Path | None = None,
    cache_bytes: int = CACHE_BYTES,
    bounds: Bounds | None = None,
) -> dict[str, str]:
    """Find or start an engine and return the variables by which other processes reach it. Raises LaunchError."""
    mirrors = _read(mirrors_file)
    found = find_engine(environ)
    if found:
        print(f"Container engine: {found.host} ({found.source})", flush=True)
        return found.variables()
    engine = PrivateEngine.of(data_dir, environ, bounds, cache_bytes)
    with step("Programs of the private engine"):
        engine.bring_programs()
    with step("Private engine"):
        supervisor.add(Service("engine", engine.start, engine.stop, engine.last_words))
    with step("Base images"):
        remark = _provide_bases(engine, mirrors, indexes)
    print(remark, end="", flush=True)
    return engine.variables()


def _provide_bases(engine: PrivateEngine, mirrors: Mirrors, indexes: IndexSettings) -> str:
    """Make stand-ins if no registry can be reached, drop them if one can; return what a person should know of it."""
    stand_ins = StandIns(engine.names.host, engine.tools, engine.names.engine_dir / "workshop")
    if registry_answers(engine.names.host, mirrors):
        stand_ins.drop()
        return ""
    try:
        stand_ins.refresh(indexes)
    except (LaunchError, LookupError) as error:
        return f"No registry can be reached, and no stand-in base images could be made: {error}\n"
    return "No registry can be reached; stand-in base images made from Debian's packages are used.\n"


def _read(mirrors_file: Path | None) -> Mirrors:
    if mirrors_file is None:
        return Mirrors()
    try:
        return load_mirrors(mirrors_file)
    except MirrorsError as error:
        raise LaunchError(f"STUDIO_MIRRORS names {mirrors_file}, which cannot be used: {error}") from error

"""What a lock that is made on a real engine leaves in the workspace's cache."""

import uuid

from environments.builder.archives import write_tar
from environments.definitions.render import Site
from environments.engine.protocol import BuildRequest, Engine
from environments.locking import pip
from tests.engine.making import build, built_image, printed

BASE = "python:3.11-slim"


def test_while_packages_are_locked_their_wheels_are_fetched_and_what_was_left_behind_goes(engine: Engine) -> None:
    cache = uuid.uuid4().hex
    mount = f"FROM {BASE}\nRUN --mount=type=cache,id={cache},target=/c"
    build(engine, f"{mount} mkdir /c/.tmpOLD /c/.tmpNEW; touch -d '2 days ago' /c/.tmpOLD\n")
    site = Site(tools=engine.tools_image(), caches={"uv": cache})
    dockerfile, files = pip.lock_context(["six"], base=BASE, site=site, nonce=cache)
    texts = {name: (text, 0o644) for name, text in files.items()} | {"Dockerfile": (dockerfile.encode(), 0o644)}
    request = BuildRequest(build_id=cache, context=write_tar(texts), dockerfile_path="Dockerfile")
    image_id = built_image(list(engine.build(request)))
    (lock,) = engine.read_files(image_id, [pip.LOCK_PATH], max_bytes=10_000)
    engine.remove_image(image_id)
    seen = printed(build(engine, f"{mount} ls -A /c /c/archive-v0/*\n")).split()
    assert lock.startswith(b"six==")
    assert "six.py" in seen
    assert ".tmpNEW" in seen
    assert ".tmpOLD" not in seen

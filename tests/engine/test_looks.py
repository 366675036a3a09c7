"""What is read of an image: its packages, its Python, its libc, and files of it."""

import uuid
from pathlib import Path

import pytest
from docker import APIClient

from environments.engine import look
from environments.engine.docker_engine import DockerEngine
from environments.engine.protocol import Engine, Package
from tests.engine.making import build, built_image, last_steps

CA_BUNDLE = Path("/etc/ssl/certs/ca-certificates.crt")


def test_an_image_without_python_tells_what_it_has(engine: Engine, tiny: str) -> None:
    probe = engine.probe(tiny)
    assert (probe.python, probe.python_path, probe.glibc, probe.system) == ("", "", "", "Tiny Linux 1")
    assert (probe.system_id, probe.system_version) == ("tiny", "1.5")


def test_packages_are_read_from_files_where_the_python_cannot_be_asked(engine: Engine, tiny: str) -> None:
    files = {
        "r/bin/python": b"not one".ljust(3_000_000),
        "r/var/lib/dpkg/status.d/base": b"Package: base-files\nVersion: 12\n",
        "r/var/lib/dpkg/status.d/base.md5sums": b"Package: not-one\nVersion: 1\n",
        "r/opt/conda/conda-meta/zlib-1.3-h1.json": b'{"name": "zlib", "version": "1.3", "channel": "main"}',
        "r/opt/conda/conda-meta/broken.json": b"{",
        "r/srv/lib/six-1.dist-info/METADATA": b"Name: six\nVersion: 1.17\n\nName: body\n",
        "r/srv/lib/rich-1.dist-info/METADATA": b"Name: rich\nVersion: 13\n",
        "r/srv/lib/rich-1.dist-info/INSTALLER": b"conda\n",
    }
    image_id = built_image(build(engine, f"FROM {tiny}\nCOPY r /\n", files))
    assert engine.packages(image_id) == [
        Package("conda", "zlib", "1.3", "main"),
        Package("dpkg", "base-files", "12"),
        Package("pip", "six", "1.17"),
    ]


def test_where_a_python_may_lie_off_the_path_all_files_are_read(engine: Engine, tiny: str) -> None:
    files = {"srv/lib/six-1.dist-info/METADATA": b"Name: six\nVersion: 1.17\n"}
    small = built_image(build(engine, f"FROM {tiny}\nCOPY srv /srv\n", files))
    large = built_image(build(engine, f"FROM {tiny}\nCOPY srv /srv\n", files | {"srv/python": bytes(3_000_000)}))
    library = {"srv/python/encodings/__init__.py": b"", "srv/python/more": bytes(3_000_000)}
    name = f"studio-tests-{uuid.uuid4().hex}:1"
    build(engine, f"FROM {tiny}\nCOPY srv /srv\n", library, tags=(name,))
    linked = built_image(build(engine, f"FROM {name}\nCOPY srv /srv\n", files))
    assert engine.packages(tiny) == engine.packages(name) == engine.packages(small) == []
    assert engine.packages(linked) == [Package("pip", "six", "1.17")]
    engine.remove_image(name)
    assert engine.packages(large) == [Package("pip", "six", "1.17")]


def test_a_record_written_again_above_a_known_image_is_read_again(engine: Engine, tiny: str) -> None:
    def image(base: str, version: str) -> str:
        record = f"Package: base-files\nVersion: {version}\n".encode()
        return built_image(build(engine, f"FROM {base}\nCOPY var /var\n", {"var/lib/dpkg/status": record}))

    name = f"studio-tests-{uuid.uuid4().hex}:1"
    below = image(tiny, "12")
    engine.tag(below, name)
    above, plain = image(name, "13"), built_image(build(engine, f"FROM {name}\nCOPY a /a\n", {"a": b"1"}))
    found = [engine.packages(one) for one in (below, above, plain)]
    assert found == [[Package("dpkg", "base-files", version)] for version in ("12", "13", "12")]
    engine.remove_image(name)


def test_a_large_record_is_read_but_not_kept_in_mind(engine: DockerEngine, tiny: str) -> None:
    record = b"Package: base-files\nVersion: 12\nDescription: " + b"x" * look.KEPT_BYTES
    image_id = built_image(build(engine, f"FROM {tiny}\nCOPY var /var\n", {"var/lib/dpkg/status": record}))
    seen = look.look_into(engine.address, image_id)
    assert seen.packages == (Package("dpkg", "base-files", "12"),)
    assert sum(len(content) for _, content in seen.files.values()) < look.KEPT_BYTES


def test_a_libc_that_could_not_be_asked_in_time_is_asked_again(
    engine: Engine, tiny: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {"getconf": b"#!/bin/sh\nsleep 3\necho glibc 2.36\n"}
    dockerfile = f"FROM {tiny}\nCOPY getconf /usr/bin/getconf\nRUN busybox chmod 755 /usr/bin/getconf\n"
    image_id = built_image(build(engine, dockerfile, files))
    with monkeypatch.context() as hasty:
        hasty.setattr(look, "SECONDS", 0.5)
        assert engine.probe(image_id).glibc == ""
    assert engine.probe(image_id).glibc == "2.36"


def test_a_file_is_read_through_links_and_only_up_to_its_limit(engine: Engine, tiny: str) -> None:
    assert engine.read_files(tiny, ["/etc/os-release"], max_bytes=1000)[0].startswith(b"NAME=Tiny")
    with pytest.raises(ValueError, match="more than 10"):
        engine.read_files(tiny, ["/bin/busybox"], max_bytes=10)
    with pytest.raises(FileNotFoundError):
        engine.read_files(tiny, ["/etc"], max_bytes=1000)


@pytest.fixture(scope="module")
def python_image(engine: Engine, client: APIClient) -> str:
    """The smallest Python base with one package installed by the lent uv, from this machine's own package index."""
    base = engine.find_image("python:3.11-slim").reference
    mounts = (
        f"--mount=type=bind,from={engine.tools_image()},source=/uv,target=/tmp/uv",
        "--mount=type=bind,source=certificates,target=/tmp/certificates",
    )
    dockerfile = (
        f"FROM {base}\nRUN {' '.join(mounts)} SSL_CERT_FILE=/tmp/certificates /tmp/uv pip install --system six\n"
    )
    events = build(engine, dockerfile, {"certificates": CA_BUNDLE.read_bytes()})
    assert [step.kind for step in last_steps(events).values()].count("run") == 1
    image_id = built_image(events)
    yield image_id
    client.remove_image(image_id, force=True)


def test_a_python_image_tells_its_python(engine: Engine, python_image: str) -> None:
    probe = engine.probe(python_image)
    assert probe.python.startswith("3.11.")
    assert probe.python_path.startswith("/")
    assert probe.glibc.startswith("2.")
    assert "Debian" in probe.system


def test_packages_of_every_manager_are_found(engine: Engine, python_image: str) -> None:
    packages = engine.packages(python_image)
    assert {package.manager for package in packages} == {"dpkg", "pip"}
    assert [package.name for package in packages if package.name == "six"] == ["six"]
    assert "libc6" in {package.name for package in packages if package.manager == "dpkg"}
    assert packages == sorted(packages, key=lambda package: (package.manager, package.name.lower(), package.version))

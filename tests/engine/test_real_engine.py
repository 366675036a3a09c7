"""What only a real engine can show."""

import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import uv
from docker import APIClient

from environments.engine import builds, look
from environments.engine.client import Address
from environments.engine.docker_engine import DockerEngine
from environments.engine.mirrors import Mirrors
from environments.engine.protocol import (
    BuildCancelled,
    BuildFailed,
    Engine,
    EngineError,
    ImageUnavailable,
    Package,
    Step,
)
from tests.engine.making import build, built_image, last_steps, printed, process_runs, request

CA_BUNDLE = Path("/etc/ssl/certs/ca-certificates.crt")


def mirrored(docker_host: str, served_at: str) -> DockerEngine:
    """An engine that has Docker Hub's images from somewhere else."""
    return DockerEngine(Address(docker_host), Path(uv.find_uv_bin()), Mirrors(images={"docker.io": served_at}))


def a_minute_of_sleep() -> tuple[str, str]:
    """A command nobody else on this machine runs."""
    return "sleep", f"60.{uuid.uuid4().int % 10**9:09}"


def started(event: object) -> bool:
    return isinstance(event, Step) and event.kind == "run" and event.started is not None


def test_the_engine_describes_itself(engine: Engine) -> None:
    info = engine.info()
    assert info.os_type == "linux"
    assert tuple(map(int, info.api_version.split("."))) >= (1, 41)
    assert info.limits == "limits not enforced by this engine"


def test_a_copied_file_and_a_made_one_are_in_the_image_that_runs(engine: Engine, tiny: str) -> None:
    dockerfile = f"FROM {tiny}\nWORKDIR /app\nCOPY greeting .\nRUN echo made > made\nENV WHO=you\n"
    image_id = built_image(build(engine, dockerfile, {"greeting": b"hello\n"}))
    result = engine.run(image_id, ["sh", "-c", "cat greeting made; echo $WHO"], timeout=30)
    assert (result.exit_code, result.output) == (0, "hello\nmade\nyou\n")


def test_an_image_says_what_it_puts_off_to_builds_from_it(engine: Engine, tiny: str) -> None:
    image_id = built_image(build(engine, f"FROM {tiny}\nONBUILD RUN echo first\nONBUILD COPY . /app\n"))
    assert engine.find_image(image_id, pull=False).triggers == ("RUN echo first", "COPY . /app")


def test_a_silent_step_is_gone_after_cancel(engine: Engine, tiny: str) -> None:
    command = a_minute_of_sleep()
    wanted = request(f'FROM {tiny}\nRUN ["{command[0]}", "{command[1]}"]\n')

    def cancel_once_it_runs() -> None:
        deadline = time.monotonic() + 20
        while not process_runs(*command) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert process_runs(*command)
        engine.cancel(wanted.build_id)

    with ThreadPoolExecutor() as pool:
        cancelling = pool.submit(cancel_once_it_runs)
        with pytest.raises(BuildCancelled):
            list(engine.build(wanted))
        cancelling.result()
    deadline = time.monotonic() + 2
    while process_runs(*command) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not process_runs(*command)


def test_a_build_nobody_reads_any_more_stops(engine: Engine, tiny: str) -> None:
    command = a_minute_of_sleep()
    events = engine.build(request(f'FROM {tiny}\nRUN ["{command[0]}", "{command[1]}"]\n'))
    assert any(started(event) for event in events)
    deadline = time.monotonic() + 20
    while not process_runs(*command) and time.monotonic() < deadline:
        time.sleep(0.02)
    events.close()
    deadline = time.monotonic() + 5
    while process_runs(*command) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not process_runs(*command)


def test_cancelling_one_of_two_equal_builds_leaves_the_other_alone(engine: Engine, tiny: str) -> None:
    dockerfile = f"FROM {tiny}\nRUN sleep 3; echo {uuid.uuid4()}\n"
    kept, dropped = request(dockerfile), request(dockerfile)
    with ThreadPoolExecutor() as pool:
        both = [pool.submit(list, engine.build(wanted)) for wanted in (kept, dropped)]
        threading.Event().wait(1.5)
        engine.cancel(dropped.build_id)
        assert built_image(both[0].result())
        with pytest.raises(BuildCancelled):
            both[1].result()


def test_a_failure_after_a_burst_that_the_engine_loses_track_of_is_told(
    engine: Engine, tiny: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(builds, "LOST_ASKED_EVERY", 1)
    began = time.monotonic()
    with pytest.raises(BuildFailed):
        build(engine, f"FROM {tiny}\nRUN : {uuid.uuid4()} && yes | busybox head -c 40000000; sleep 5; exit 3\n")
    assert time.monotonic() - began > 5


def test_odd_bytes_in_a_log_become_readable_text(engine: Engine, tiny: str) -> None:
    command = r"printf 'caf\303'; sleep 0.3; printf '\251 \377 \000 \360\237\220\215\n'; printf '\303'"
    text = printed(build(engine, f"FROM {tiny}\nRUN {command}; true {uuid.uuid4()}\n"))
    assert text == "café \ufffd \ufffd 🐍\n\ufffd"


def test_the_steps_of_stages_built_beside_each_other_name_the_one_that_failed(engine: Engine, tiny: str) -> None:
    dockerfile = f"FROM {tiny} AS slow\nRUN sleep 30\nFROM {tiny}\nRUN exit 4\nCOPY --from=slow /bin /x\n"
    with pytest.raises(EngineError, match=r"RUN exit 4 ended with exit code 4") as failure:
        build(engine, dockerfile)
    assert failure.value.exit_code == 4


def test_a_dockerfile_that_cannot_be_read_names_the_line(engine: Engine, tiny: str) -> None:
    with pytest.raises(EngineError, match=r"Line 2 of the Dockerfile .*unknown instruction: FOO"):
        build(engine, f"FROM {tiny}\nFOO bar\n")


def test_an_address_that_cannot_be_fetched_is_no_missing_image(engine: Engine, tiny: str) -> None:
    with pytest.raises(EngineError, match="build failed") as failure:
        build(engine, f"FROM {tiny}\nADD http://registry.invalid/x /x\n")
    assert not isinstance(failure.value, ImageUnavailable)


def test_layers_have_their_sizes(engine: Engine, tiny: str) -> None:
    dockerfile = f"FROM {tiny}\nENV A=b\nRUN true\nWORKDIR /w\nCOPY big /big\n"
    image = engine.find_image(built_image(build(engine, dockerfile, {"big": b"x" * 12_345})), pull=False)
    assert len(image.layers) == 4
    assert image.layers[-1].size == 12_345
    assert sum(layer.size for layer in image.layers) == image.size
    assert [layer.made_by for layer in image.layers[1:]] == ["RUN true", "WORKDIR /w", "COPY big /big"]


def test_an_image_comes_through_the_mirror_under_the_name_asked_for(
    docker_host: str, client: APIClient, registry: str, tiny: str
) -> None:
    name = f"studio-tests-{uuid.uuid4().hex}"
    served = f"{registry}/hub/library/{name}"
    client.tag(tiny, served, "1")
    assert not [line for line in client.push(served, "1", stream=True, decode=True) if "error" in line]
    client.remove_image(f"{served}:1")
    engine = mirrored(docker_host, f"{registry}/hub")
    image = engine.find_image(f"{name}:1")
    again = engine.find_image(f"{name}:1", pull=False)
    assert (image.reference, image.served_by) == (f"{name}:1", f"{served}:1")
    assert image.repo_digest is not None
    assert image.repo_digest.startswith("sha256:")
    assert (again.image_id, again.served_by, again.repo_digest) == (image.image_id, f"{served}:1", image.repo_digest)
    assert built_image(build(engine, f"FROM {name}:1\nRUN true\n"))


def test_a_registry_without_the_image_is_told_from_one_that_is_not_there(docker_host: str, registry: str) -> None:
    engine = mirrored(docker_host, f"{registry}/hub")
    with pytest.raises(ImageUnavailable, match=rf"nothing-like-it:1 .*no such image \(asked for as {registry}/hub/"):
        engine.find_image("nothing-like-it:1")
    with pytest.raises(ImageUnavailable, match="cannot be reached"):
        engine.find_image("127.0.0.1:1/nothing:1")


def test_a_name_that_is_none_is_not_asked_for(engine: Engine) -> None:
    with pytest.raises(ImageUnavailable, match="not the name of an image"):
        engine.find_image("Not/A name")


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


def test_a_command_runs_without_network_rights_or_a_writable_root(engine: Engine, tiny: str) -> None:
    script = "cat /proc/self/status; ls /sys/class/net; touch /x || echo refused; touch /tmp/x && echo allowed; exit 5"
    result = engine.run(tiny, ["sh", "-c", script], timeout=30)
    assert result.exit_code == 5
    lines = [line.split() for line in result.output.splitlines()]
    assert ["CapEff:", "0000000000000000"] in lines
    assert ["NoNewPrivs:", "1"] in lines
    assert ["lo"] in lines
    assert not any(line and line[0].startswith("eth") for line in lines)
    assert ["refused"] in lines
    assert ["allowed"] in lines


def test_a_volume_of_the_image_is_no_way_to_the_disk(engine: Engine, tiny: str) -> None:
    image_id = built_image(build(engine, f"FROM {tiny}\nVOLUME /data\n"))
    result = engine.run(image_id, ["sh", "-c", "cat /proc/mounts"], timeout=30)
    assert [line.split()[0] for line in result.output.splitlines() if " /data " in line] == ["tmpfs"]


def test_what_a_command_prints_is_kept_to_a_limit(engine: Engine, tiny: str) -> None:
    result = engine.run(tiny, ["sh", "-c", "yes | busybox head -c 3000000; echo end >&2"], timeout=30)
    assert (result.exit_code, len(result.output)) == (0, 64_000)


def test_a_command_the_image_lacks_is_an_answer(engine: Engine, tiny: str) -> None:
    assert engine.run(tiny, ["no-such-program"], timeout=30).exit_code == 127


def test_no_container_is_left_behind(engine: Engine, tiny: str, client: APIClient) -> None:
    engine.packages(tiny)
    engine.probe(tiny)
    with pytest.raises(TimeoutError):
        engine.run(tiny, ["sleep", "60"], timeout=0.2)
    assert client.containers(all=True, filters={"ancestor": tiny}) == []


def test_the_tools_image_made_by_several_at_once_lends_uv_and_leaves_nothing(
    engine: Engine, client: APIClient, tiny: str
) -> None:
    with ThreadPoolExecutor() as pool:
        names = {future.result() for future in [pool.submit(engine.tools_image) for _ in range(3)]}
    (name,) = names
    mount = f"--mount=type=bind,from={name},source=/uv,target=/tmp/uv"
    events = build(engine, f"FROM {tiny}\nRUN {mount} busybox stat -c %s /tmp/uv; true {uuid.uuid4()}\n")
    assert int(printed(events)) == Path(uv.find_uv_bin()).stat().st_size
    assert engine.run(built_image(events), ["ls", "/tmp/uv"], timeout=30).exit_code != 0
    assert len(client.inspect_image(name)["RootFS"]["Layers"]) == 1


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

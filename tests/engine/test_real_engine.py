"""What only a real engine can show."""

import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import uv
from docker import APIClient

from environments.engine import builds
from environments.engine.client import Address
from environments.engine.docker_engine import DockerEngine
from environments.engine.mirrors import Mirrors
from environments.engine.protocol import (
    BuildCancelled,
    BuildFailed,
    Engine,
    EngineError,
    ImageUnavailable,
    Step,
)
from tests.engine.making import build, built_image, printed, process_runs, request
from tests.waiting import wait_for

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
        wait_for(lambda: process_runs(*command), "the step to run", seconds=30)
        engine.cancel(wanted.build_id)

    with ThreadPoolExecutor() as pool:
        cancelling = pool.submit(cancel_once_it_runs)
        with pytest.raises(BuildCancelled):
            list(engine.build(wanted))
        cancelling.result()
    wait_for(lambda: not process_runs(*command), "the step to be gone", seconds=5)


def test_a_build_nobody_reads_any_more_stops(engine: Engine, tiny: str) -> None:
    command = a_minute_of_sleep()
    events = engine.build(request(f'FROM {tiny}\nRUN ["{command[0]}", "{command[1]}"]\n'))
    assert any(started(event) for event in events)
    wait_for(lambda: process_runs(*command), "the step to run", seconds=30)
    events.close()
    wait_for(lambda: not process_runs(*command), "the step to be gone", seconds=5)


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

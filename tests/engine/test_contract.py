"""What every engine promises, asked of the fake one and of a real one: tests elsewhere rely on the fake being true."""

import threading
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from environments.engine import get_engine
from environments.engine.fake import FakeEngine
from environments.engine.protocol import (
    BuildCancelled,
    BuildFailed,
    Built,
    Engine,
    EngineUnavailable,
    ImageUnavailable,
    Output,
    Step,
)
from tests.engine.conftest import Ground
from tests.engine.making import build, built_image, last_steps, printed, request


def unused_name() -> str:
    return f"studio-tests-{uuid.uuid4().hex}:1"


def step_named(events: list, ending: str) -> Step:
    return next(step for name, step in last_steps(events).items() if name.endswith(ending))


def test_a_build_tells_its_steps_and_ends_with_its_image(ground: Ground) -> None:
    events = build(ground.engine, f"FROM {ground.base}\nCOPY a /a\nRUN echo {uuid.uuid4()}\n", {"a": b"1"})
    assert [type(event) for event in events].count(Built) == 1
    assert built_image(events).startswith("sha256:")
    kinds = {step.kind for step in last_steps(events).values()}
    assert {"pull", "copy", "run"} <= kinds


def test_a_finished_step_has_its_times(ground: Ground) -> None:
    events = build(ground.engine, f"FROM {ground.base}\nRUN echo {uuid.uuid4()} timed\n")
    step = step_named(events, "timed")
    assert step.started is not None
    assert step.completed is not None
    assert step.started <= step.completed
    assert step.error == ""


def test_output_says_its_step_and_stream(ground: Ground) -> None:
    mark = uuid.uuid4()
    events = build(ground.engine, f"FROM {ground.base}\nRUN echo out {mark}\nRUN echo err {mark} >&2\n")
    outputs = {(event.stream, event.text.strip()): event for event in events if isinstance(event, Output)}
    assert set(outputs) == {("stdout", f"out {mark}"), ("stderr", f"err {mark}")}
    assert outputs["stdout", f"out {mark}"].step == step_named(events, f"echo out {mark}").key


def test_a_failing_command_names_its_step_and_exit_code(ground: Ground) -> None:
    with pytest.raises(BuildFailed, match="exit code 3") as failure:
        build(ground.engine, f"FROM {ground.base}\nRUN exit 3\n")
    assert failure.value.exit_code == 3
    assert failure.value.step.endswith("RUN exit 3")


def test_a_command_that_was_killed_says_so(ground: Ground) -> None:
    with pytest.raises(BuildFailed, match="out of memory or killed") as failure:
        build(ground.engine, f"FROM {ground.base}\nRUN exit 137\n")
    assert failure.value.exit_code == 137


def test_cancel_ends_a_silent_step(ground: Ground) -> None:
    events = ground.engine.build(request(f"FROM {ground.base}\nRUN sleep 60\n", build_id="silent"))
    assert any(isinstance(event, Step) and event.kind == "run" and event.started for event in events)
    cancelling = threading.Timer(0.5, ground.engine.cancel, ["silent"])
    cancelling.start()
    with pytest.raises(BuildCancelled):
        list(events)
    cancelling.join()


def test_cancelling_a_build_nobody_knows_is_harmless(ground: Ground) -> None:
    ground.engine.cancel(str(uuid.uuid4()))


@pytest.mark.parametrize(
    ("dockerfile", "sentence"),
    [
        ("FROM {base}\nCOPY missing /x\n", "/missing, which is not in the build context"),
        ("", "Dockerfile is empty"),
        ("# nothing\n", "Dockerfile is empty"),
    ],
)
def test_a_wrong_context_fails_with_a_sentence(ground: Ground, dockerfile: str, sentence: str) -> None:
    with pytest.raises(BuildFailed, match=sentence):
        build(ground.engine, dockerfile.format(base=ground.base))


def test_a_context_without_its_dockerfile_fails_with_a_sentence(ground: Ground) -> None:
    wanted = request("FROM scratch\n")
    without = type(wanted)(wanted.build_id, wanted.context, "Other")
    with pytest.raises(BuildFailed, match="holds no Other"):
        list(ground.engine.build(without))


def test_an_image_that_cannot_be_had_is_named_with_the_way_out(ground: Ground) -> None:
    reference = "registry.invalid/team/base:7"
    with pytest.raises(ImageUnavailable, match=r"registry\.invalid/team/base:7 .*STUDIO_MIRRORS"):
        ground.engine.find_image(reference)
    with pytest.raises(ImageUnavailable, match=r"registry\.invalid/team/base:7 .*STUDIO_MIRRORS"):
        build(ground.engine, f"FROM {reference}\n")


def test_tags_and_labels_are_put_on_the_image(ground: Ground) -> None:
    name, second = unused_name(), unused_name()
    image_id = built_image(build(ground.engine, f"FROM {ground.base}\n", tags=(name,), labels={"studio.test": "1"}))
    ground.engine.tag(image_id, second)
    for reference in (name, second, image_id):
        image = ground.engine.find_image(reference, pull=False)
        assert (image.reference, image.image_id, image.labels["studio.test"]) == (reference, image_id, "1")
    ground.engine.remove_image(name)
    with pytest.raises(ImageUnavailable):
        ground.engine.find_image(name, pull=False)
    assert ground.engine.find_image(second, pull=False).image_id == image_id


def test_an_image_asked_for_afresh_is_not_the_one_that_is_here(ground: Ground) -> None:
    name = f"registry.invalid/{unused_name()}"
    image_id = ground.engine.find_image(ground.base, pull=False).image_id
    ground.engine.tag(image_id, name)
    assert ground.engine.find_image(name).image_id == image_id
    with pytest.raises(ImageUnavailable, match="registry cannot be reached"):
        ground.engine.find_image(name, afresh=True)
    ground.engine.remove_image(name)


def test_an_image_is_found_by_its_whole_id_and_never_by_a_part_of_it(ground: Ground) -> None:
    image_id = ground.engine.find_image(ground.base, pull=False).image_id
    assert ground.engine.find_image(image_id, pull=False).image_id == image_id
    for part in (image_id[7:13], image_id[7:], image_id[:15]):
        with pytest.raises(ImageUnavailable):
            ground.engine.find_image(part, pull=False)


def test_removing_a_name_that_is_not_there_is_harmless(ground: Ground) -> None:
    ground.engine.remove_image(unused_name())


def test_the_stock_lists_an_image_with_its_names_and_labels_until_the_last_name_goes(ground: Ground) -> None:
    names = {unused_name(), unused_name()}
    dockerfile = f"FROM {ground.base}\nRUN echo {uuid.uuid4()} > /new\n"
    events = build(ground.engine, dockerfile, tags=tuple(names), labels={"studio.test": "1"})
    image_id = built_image(events)
    (held,) = [image for image in ground.engine.stock().images if image.image_id == image_id]
    assert (set(held.names), held.digests, held.labels["studio.test"]) == (names, (), "1")
    assert 0 < held.own <= held.size
    assert held.created > 0
    assert not held.has_container
    for name in names:
        assert image_id in {image.image_id for image in ground.engine.stock().images}
        ground.engine.remove_image(name)
    assert image_id not in {image.image_id for image in ground.engine.stock().images}


def test_a_build_cache_that_is_small_enough_is_left_alone(ground: Ground) -> None:
    assert ground.engine.stock().cache_bytes >= 0
    assert ground.engine.prune_cache(10**15) == 0


def test_the_second_time_a_step_comes_from_the_cache_unless_that_is_refused(ground: Ground) -> None:
    dockerfile = f"FROM {ground.base}\nRUN echo {uuid.uuid4()} once\n"
    first, second, third = (build(ground.engine, dockerfile, no_cache=no_cache) for no_cache in (False, False, True))
    assert [step_named(events, "once").cached for events in (first, second, third)] == [False, True, False]
    assert "once" not in printed(second)
    assert "once" in printed(third)


def test_a_file_that_is_not_there_is_not_found(ground: Ground) -> None:
    with pytest.raises(FileNotFoundError):
        ground.engine.read_files(ground.base, ["/no/such/file"], max_bytes=10)


def test_a_command_that_takes_too_long_times_out(ground: Ground) -> None:
    with pytest.raises(TimeoutError, match="1 seconds"):
        ground.engine.run(ground.base, ["sleep", "600"], timeout=1)


def test_looking_into_an_image_that_is_not_here_says_so(ground: Ground) -> None:
    for look in (ground.engine.packages, ground.engine.probe):
        with pytest.raises(ImageUnavailable):
            look("sha256:" + "0" * 64)
    with pytest.raises(ImageUnavailable):
        ground.engine.run("sha256:" + "0" * 64, ["true"], timeout=1)


def test_the_tools_image_has_one_name(ground: Ground) -> None:
    name = ground.engine.tools_image()
    assert name == ground.engine.tools_image()
    assert ground.engine.find_image(name, pull=False).labels["studio.tools"] == "1"


METHODS: list[Callable[[Engine], object]] = [
    lambda engine: engine.info(),
    lambda engine: engine.find_image("tiny:1"),
    lambda engine: engine.tools_image(),
    lambda engine: build(engine, "FROM tiny:1\n"),
    lambda engine: engine.cancel("x"),
    lambda engine: engine.tag("sha256:00", "tiny:2"),
    lambda engine: engine.probe("tiny:1"),
    lambda engine: engine.packages("tiny:1"),
    lambda engine: engine.read_files("tiny:1", ["/x"], max_bytes=1),
    lambda engine: engine.run("tiny:1", ["true"], timeout=1),
    lambda engine: engine.remove_image("tiny:1"),
    lambda engine: engine.stock(),
    lambda engine: engine.prune_cache(0),
]


@pytest.mark.parametrize("call", METHODS)
def test_every_method_says_that_no_engine_answers(call: Callable[[Engine], object], tmp_path: Path) -> None:
    nobody = get_engine(f"unix://{tmp_path}/none.sock", uv_path=tmp_path / "uv")
    for engine in (FakeEngine(available=False), nobody):
        with pytest.raises(EngineUnavailable):
            call(engine)

"""What only the fake engine does; what it shares with real ones is in tests/engine/test_contract.py."""

import pytest

from environments.engine.fake import FakeEngine, fake_image
from environments.engine.protocol import BuildCancelled, Built, EngineError, EngineUnavailable, Package
from tests.engine.making import build, built_image, request

SIX = Package("pip", "six", "1.17")
LIBC = Package("dpkg", "libc6", "2.36")


def test_a_build_started_twice_is_noticed() -> None:
    engine = FakeEngine()
    going = engine.build(request("FROM python:3.11-slim\nRUN sleep 60\n", build_id="one"))
    next(going)
    with pytest.raises(EngineError, match="one is going on already"):
        list(engine.build(request("FROM python:3.11-slim\n", build_id="one")))
    assert engine.double_starts == ["one"]
    engine.cancel("one")
    with pytest.raises(BuildCancelled):
        list(going)


def test_a_build_may_start_again_after_its_end() -> None:
    engine = FakeEngine()
    for _ in range(2):
        assert isinstance(build(engine, "FROM python:3.11-slim\n", build_id="one")[-1], Built)
    assert engine.double_starts == []


def test_a_cancel_that_comes_too_early_is_forgotten_as_by_a_real_engine() -> None:
    engine = FakeEngine()
    engine.cancel("one")
    assert built_image(build(engine, "FROM python:3.11-slim\nRUN echo on\n", build_id="one"))


def test_an_image_built_holds_its_bases_packages_and_its_own() -> None:
    engine = FakeEngine(images=[fake_image("base:1", [LIBC])], built_packages=(SIX,))
    image_id = built_image(build(engine, "FROM base:1\nRUN echo x\n", tags=("mine:1",)))
    assert engine.packages("mine:1") == engine.packages(image_id) == [LIBC, SIX]
    assert engine.packages("docker.io/library/base:1") == [LIBC]


def test_equal_builds_make_equal_images_and_others_do_not() -> None:
    engine = FakeEngine()
    texts = ["FROM python:3.11-slim\nRUN echo a\n"] * 2 + ["FROM python:3.11-slim\nRUN echo b\n"]
    first, second, third = (built_image(build(engine, text)) for text in texts)
    assert first == second != third


def test_calls_are_recorded_in_order_even_those_that_fail() -> None:
    engine = FakeEngine(available=False)
    with pytest.raises(EngineUnavailable):
        engine.find_image("python:3.11-slim")
    engine.available = True
    engine.info()
    assert engine.calls == [("find_image", "python:3.11-slim"), ("info", "")]


def test_labels_are_given_with_underscores_for_dots() -> None:
    assert fake_image("x", studio_standin="1").info.is_stand_in

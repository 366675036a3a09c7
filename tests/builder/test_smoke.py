import json
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from environments.builder import smoke
from environments.display.smoke import findings
from environments.engine.fake import FakeEngine
from environments.engine.protocol import EngineError, EngineUnavailable, ImageUnavailable, Package, RunResult
from environments.models import Build, State
from tests.cast import make_build, make_version, make_workspace

pytestmark = pytest.mark.django_db
NUMPY = {"name": "numpy", "manager": "pip", "modules": ["numpy"], "error": ""}


@pytest.fixture
def engine():
    return FakeEngine(built_packages=(Package("pip", "numpy", "2"),))


@pytest.fixture
def done(engine):
    """A build that succeeded, whose image has numpy, which was asked for, and scipy, which was not."""
    version = make_version(make_workspace("vision"), "train", "numpy")
    build = make_build(version, packages=[("pip", "numpy", "2"), ("pip", "scipy", "1"), ("dpkg", "numpy", "3")])
    build.image.packages.filter(name="numpy").update(asked=True)
    build.image.image_id = engine.find_image("python:3.11-slim").image_id
    build.image.save()
    return build


def checked(build, engine, printed, exit_code=0):
    engine.run_result = RunResult(exit_code, printed)
    smoke.check(build.pk, engine)
    build.refresh_from_db()
    return build.checked, json.loads(build.check_output)


def test_what_was_asked_for_is_imported_and_nothing_else(done, engine):
    assert checked(done, engine, f"noise\n{json.dumps([NUMPY])}\n") == (True, {"packages": [NUMPY]})
    (command,) = [argument for method, argument in engine.calls if method == "run"]
    assert command.endswith(" 120 pip:numpy")


def test_a_package_that_cannot_be_imported_is_told(done, engine):
    lacking = NUMPY | {"error": "ImportError: libgomp.so.1\0\ud800: cannot open shared object file"}
    good, found = checked(done, engine, json.dumps([lacking]))
    assert not good
    assert found["packages"][0]["error"] == "ImportError: libgomp.so.1\ufffd?: cannot open shared object file"


@pytest.mark.parametrize(
    ("printed", "exit_code", "problem"),
    [
        ("SyntaxError: invalid syntax", 1, "SyntaxError: invalid syntax"),
        ("", 137, "Python ended without an answer."),
        ("exec: no such file", 127, "The image has no Python that could import anything."),
        ('[{"name": "numpy"}]', 0, '[{"name": "numpy"}]'),
        ("[" * 100_000, 0, "[" * 500),
    ],
)
def test_an_answer_that_is_none_is_a_problem(done, engine, printed, exit_code, problem):
    assert checked(done, engine, printed, exit_code) == (False, {"problem": problem})


def test_a_check_that_takes_too_long_ends(done, engine, monkeypatch):
    def run(*arguments, **options):
        raise TimeoutError

    monkeypatch.setattr(FakeEngine, "run", run)
    assert checked(done, engine, "") == (None, {"problem": "Importing took more than 150 seconds."})


@pytest.mark.parametrize("other", [NUMPY, NUMPY | {"error": "not imported in time"}])
def test_what_was_not_imported_in_time_says_nothing_against_the_image(done, engine, other):
    late = NUMPY | {"name": "mlflow", "error": "not tried: the imports before it took all the time"}
    assert checked(done, engine, json.dumps([late, other]))[0] is None
    assert next(one.name for one in findings(done.check_output).undecided) == "mlflow"
    assert findings(done.check_output).failed == []


def test_one_that_failed_counts_beside_one_that_was_late(done, engine):
    late, failed = NUMPY | {"error": "not imported in time"}, NUMPY | {"error": "ImportError: no"}
    assert checked(done, engine, json.dumps([late, failed]))[0] is False


def test_an_engine_that_is_away_leaves_the_check_to_be_made_again(done, engine):
    engine.available = False
    with pytest.raises(EngineUnavailable):
        smoke.check(done.pk, engine)
    done.refresh_from_db()
    assert done.checked is None


@pytest.mark.parametrize(
    ("error", "problem"),
    [
        (ImageUnavailable("The image is no longer here."), "The image is no longer here."),
        (EngineError("The engine has no room for a container."), "The engine has no room for a container."),
        (RuntimeError("a fault of ours"), smoke.OURS),
    ],
)
def test_where_nothing_was_learned_of_the_image_nothing_is_said_of_it_and_the_next_one_is_checked(
    done, engine, monkeypatch, error, problem
):
    def run(*arguments, **options):
        raise error

    monkeypatch.setattr(FakeEngine, "run", run)
    assert checked(done, engine, "") == (None, {"problem": problem})
    assert smoke.next_unchecked(done.worker) is None
    assert not smoke.is_behind()


@pytest.mark.parametrize("error", [EngineUnavailable("away"), OperationalError("database is locked")])
def test_a_check_that_can_be_made_again_is(done, engine, monkeypatch, error):
    def run(*arguments, **options):
        raise error

    monkeypatch.setattr(FakeEngine, "run", run)
    with pytest.raises(type(error)):
        smoke.check(done.pk, engine)
    assert smoke.next_unchecked(done.worker) == done.pk


def test_a_build_that_took_the_image_over_meanwhile_is_told_as_well(done, engine):
    later = make_build(make_version(done.version.environment.workspace, "later"), image=done.image, reused=done)
    checked(done, engine, json.dumps([NUMPY]))
    later.refresh_from_db()
    done.refresh_from_db()
    assert (later.checked, later.check_output) == (True, done.check_output)


def test_a_check_that_was_lost_is_noticed(done):
    assert not smoke.is_behind()
    done.finished_at = timezone.now() - timedelta(minutes=2)
    done.save()
    make_build(make_version(done.version.environment.workspace, "other"), State.FAILED, finished_at=done.finished_at)
    assert smoke.is_behind()
    assert smoke.next_unchecked(done.worker) == done.pk
    assert smoke.next_unchecked("another worker, with another engine") is None
    Build.objects.filter(pk=done.pk).update(checked=False)
    assert not smoke.is_behind()

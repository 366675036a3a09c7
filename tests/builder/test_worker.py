"""What a worker says of itself."""

import pytest

from environments import tasks
from environments.engine.fake import FakeEngine
from environments.engine.limits import Limits
from environments.models import Worker

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def test_a_worker_says_how_many_builds_it_runs_at_once(settings, monkeypatch):
    settings.STUDIO_WORKERS = 3
    monkeypatch.setattr(tasks, "engine", FakeEngine)
    tasks.beat_worker()
    tasks.beat_worker()
    assert Worker.objects.get().engine == "Fake Engine"
    assert Worker.objects.slots() == 3


@pytest.mark.parametrize("content", ["no toml [", None])
def test_a_mirrors_file_that_breaks_while_a_worker_runs_is_told_as_its_problem(settings, tmp_path, content):
    settings.MIRRORS_FILE = tmp_path / "mirrors.toml"
    if content:
        settings.MIRRORS_FILE.write_text(content)
    tasks.beat_worker()
    worker = Worker.objects.get()
    assert worker.engine == ""
    assert "mirrors file" in worker.capabilities["problem"]


def test_steps_are_held_to_limits_on_an_engine_of_our_own_only(settings):
    settings.ENGINE_CGROUP_PARENT, settings.BUILD_MEMORY, settings.BUILD_PROCESSES = "/studio-1", 2**30, 99
    assert tasks.engine().limits == Limits("/studio-1", 2**30, 99)
    settings.ENGINE_CGROUP_PARENT = ""
    assert tasks.engine().limits is None

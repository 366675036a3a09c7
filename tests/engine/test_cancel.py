"""Cancelling leaves nothing: whatever a build is at, it ends as cancelled and none of it runs on."""

import os
import socket
import threading
import time
import uuid
from contextlib import closing, suppress
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from docker.errors import NotFound

from environments import tasks
from environments.models import Build, State
from environments.services.builds import cancel_build, request_build
from studio.launch.leftovers import members
from tests.builder.publishing import from_dockerfile
from tests.engine.building import workspace_of_images
from tests.engine.making import archive
from tests.waiting import wait_for

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.engine]
CHUNK = 65_536


class SlowRegistry:
    """A way to a registry that lets `most` bytes of each answer through, and a little at a time once it is `awake`."""

    def __init__(self, registry, most):
        host, _, port = registry.partition(":")
        self._registry, self._most = (host, int(port)), most
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self.stalled = set()
        self.left = set()
        self.awake = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self._listener.close()

    def _accept(self):
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        with closing(client), socket.create_connection(self._registry) as registry:
            threading.Thread(target=self._answer, args=(registry, client), daemon=True).start()
            with suppress(OSError):
                while asked := client.recv(CHUNK):
                    registry.sendall(asked)
        self.left.add(client)

    def _answer(self, registry, client):
        passed = 0
        with suppress(OSError):
            while answer := registry.recv(CHUNK):
                client.sendall(answer)
                passed += len(answer)
                if passed >= self._most:
                    self.stalled.add(client)
                    self.awake.wait()
                    time.sleep(0.2)


@pytest.fixture
def vision(client):
    with workspace_of_images(client) as workspace:
        yield workspace


@pytest.fixture
def left_behind(client):
    """left_behind(build): what is there of a build after it has ended, beside what was there before."""
    containers = {container["Id"] for container in client.containers(all=True)}
    groups = set(members(settings.ENGINE_CGROUP_PARENT))

    def look(build):
        images = [tag for image in client.images() for tag in image["RepoTags"] or () if "studio/vision" in tag]
        return [
            *({container["Id"] for container in client.containers(all=True)} - containers),
            *(set(members(settings.ENGINE_CGROUP_PARENT)) - groups),
            *images,
            *build.version.environment.workspace.images.all(),
        ]

    return look


@pytest.fixture
def worker(docker_host):
    """work(): a slot of a worker, which runs what waits."""
    threads = []

    def slot():
        try:
            tasks.run_builds()
        finally:
            connection.close()

    def work():
        threads.append(threading.Thread(target=slot))
        threads[-1].start()

    yield work
    for thread in threads:
        thread.join(timeout=60)
        assert not thread.is_alive()


def cancelled(build):
    """The build, once it has ended; it was told to stop now."""
    cancel_build(build, by=None)

    def ended():
        build.refresh_from_db()
        return not build.is_active

    wait_for(ended, "the end of the build", seconds=60)
    assert (build.state, build.error) == (State.CANCELLED, "")
    return build


def step_runs(build, **which):
    return lambda: build.steps.filter(started_at__isnull=False, completed_at=None, **which).exists()


def runs(marker):
    """Whether some process of this machine names the marker, whatever it is."""
    return any(marker.encode() in _command_line(folder) for folder in Path("/proc").glob("[0-9]*"))


def _command_line(folder):
    with suppress(OSError):
        return (folder / "cmdline").read_bytes()
    return b""


def test_while_it_waits(vision, tiny, worker, left_behind):
    build = request_build(from_dockerfile(vision, f"FROM {tiny}\nRUN true\n"), by=None)
    done = cancelled(build)
    worker()
    assert (done.attempt, left_behind(done)) == (0, [])


def test_in_a_silent_step(vision, tiny, worker, left_behind):
    marker = f"600.{uuid.uuid4().int % 10**12}"
    build = request_build(from_dockerfile(vision, f"FROM {tiny}\nRUN sleep {marker} & sleep {marker}\n"), by=None)
    worker()
    wait_for(lambda: runs(marker), "the silent step", seconds=30)
    done = cancelled(build)
    wait_for(lambda: not runs(marker), "the end of its processes", seconds=5)
    assert left_behind(done) == []


def test_while_its_layers_are_written(vision, tiny, worker, left_behind):
    """The file is as large as `ulimit` lets it become (blocks of 512 bytes): a gigabyte takes a while to write."""
    marker = uuid.uuid4().hex
    command = f"(ulimit -f 2000000; cat /dev/zero > /{marker}) || true"
    build = request_build(from_dockerfile(vision, f"FROM {tiny}\nRUN {command}\n"), by=None)
    worker()
    wait_for(step_runs(build, kind="export"), "the export", seconds=60)
    done = cancelled(build)
    assert not runs(marker)
    assert left_behind(done) == []


def test_while_a_registry_keeps_it_waiting_for_its_base(vision, client, registry, worker, left_behind):
    slow = SlowRegistry(registry, most=CHUNK)
    name = f"tests-{uuid.uuid4().hex}"
    client.import_image_from_data(archive({"noise": os.urandom(2_000_000)}), repository=f"{registry}/{name}", tag="1")
    assert not [line for line in client.push(f"{registry}/{name}", "1", stream=True, decode=True) if "error" in line]
    client.remove_image(f"{registry}/{name}:1")
    with closing(slow):
        build = request_build(from_dockerfile(vision, f"FROM {slow.address}/{name}:1\n"), by=None)
        worker()
        wait_for(lambda: slow.stalled, "the pull", seconds=30)
        done = cancelled(build)
        slow.awake.set()  # the engine notices that nobody wants more when it gets more
        wait_for(lambda: slow.stalled <= slow.left, "the end of the pull", seconds=30)
    assert left_behind(done) == []
    with pytest.raises(NotFound):
        client.inspect_image(f"{slow.address}/{name}:1")


def test_another_build_runs_after_one_was_cancelled(vision, tiny, worker):
    marker = f"600.{uuid.uuid4().int % 10**12}"
    first = request_build(from_dockerfile(vision, f"FROM {tiny}\nRUN sleep {marker}\n", "first"), by=None)
    second = request_build(from_dockerfile(vision, f"FROM {tiny}\nRUN echo {marker}\n", "second"), by=None)
    worker()
    wait_for(lambda: runs(marker), "the silent step", seconds=30)
    cancelled(first)
    wait_for(lambda: Build.objects.get(pk=second.pk).state == State.SUCCEEDED, "the next build", seconds=30)

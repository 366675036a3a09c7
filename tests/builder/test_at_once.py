"""Equal builds that come to the same image at the same moment, each with a connection of its own."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from environments.builder.job import Job
from environments.builder.outcome import made_elsewhere
from environments.builder.pulse import Cancelled, Pulse
from environments.builder.recorder import Recorder
from environments.engine.fake import FakeEngine
from environments.models import Build, State
from tests.cast import make_build, make_version, make_workspace

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]

KEY = "a" * 64
ENGINE = FakeEngine()


def job_of(environment, **fields):
    """A build under way that does not beat; it stops where it would have to wait for another."""
    build = make_build(make_version(make_workspace("vision"), environment, "numpy"), State.RUNNING, **fields)
    pulse = Pulse(build, ENGINE, str(build.pk), time_limit=60, on_beat=lambda: None)
    pulse.reason = Cancelled()
    return Job(build, ENGINE, Recorder(build, mask=str), pulse, str(build.pk))


def test_of_two_that_ask_at_the_same_moment_one_makes_the_image():
    first, second = job_of("first"), job_of("second")
    has_asked = threading.Event()

    def ask_first():
        try:
            with transaction.atomic():
                answer = made_elsewhere(first, KEY)
                has_asked.set()
                time.sleep(0.5)  # what it wrote cannot be seen yet
            return answer
        finally:
            connection.close()

    def ask_second():
        try:
            has_asked.wait()
            return made_elsewhere(second, KEY)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        answers = pool.submit(ask_first), pool.submit(ask_second)
        assert answers[0].result() is None
        with pytest.raises(Cancelled):
            answers[1].result()
    assert list(Build.objects.filter(image_key=KEY)) == [first.build]


def test_who_waits_only_reads():
    job_of("first", image_key=KEY)
    second = job_of("second")
    with CaptureQueriesContext(connection) as queries, pytest.raises(Cancelled):
        made_elsewhere(second, KEY)
    assert not [query["sql"] for query in queries if 'UPDATE "environments_build" SET' in query["sql"]]

"""No page asks the database more than twelve times, however much there is to show."""

from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from curated.bundle import bundled_entries
from curated.sync import publish_catalogue
from environments.management.seeding import COMPARED
from environments.models import ApiToken, Build, Environment, Hold, Member, Role, State, Version, Worker, Workspace
from environments.services.jobs import submit_job
from environments.services.setup import ensure_workspaces
from environments.services.tokens import issue_token
from tests.cast import PASSWORD, add_lines, add_step, make_build, make_lock, make_user, make_version
from tests.locks import PIP
from tests.test_permissions import names_with, parts_of, publish_context, reverse

pytestmark = [pytest.mark.django_db, pytest.mark.database]
MOST = 12
MOST_OF_THE_FRAME = 4
SHORT = {"environments": 4, "versions": 9, "packages": 90, "compared": 10, "workspaces": 2, "people": 2}
LONG = {"environments": 60, "versions": 260, "packages": 3_700, "compared": 400, "workspaces": 8, "people": 9}
NOT_A_PAGE = {
    "healthz",
    "readyz",
    "login",
    "version-take-over",
    "name-check",
    "build-log",
    "version-sbom",
    "build-sbom",
    "authority",
    "package-story",  # of few environments, which addresses() names
}
SITE_ADMINS = ("admin", "retention")  # test_retention.py has those
CODE = "unpinned"


@contextmanager
def counted():
    """The statements that are sent while the block runs."""
    sent = []

    def note(execute, sql, params, many, context):
        sent.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield sent


@pytest.fixture(params=[SHORT, LONG], ids=["short", "long"])
def filled(request, plain_files):
    """The workspace `vision`, as much in it as the sizes say, and as many builds on their way."""
    ensure_workspaces()
    publish_catalogue(bundled_entries())
    call_command("seed", password=PASSWORD, **request.param)
    vision = Workspace.objects.get(slug="vision")
    Worker.objects.create(name="made-up", host="h", engine="an engine", heartbeat_at=timezone.now())
    for number in range(request.param["environments"]):
        build = make_build(make_version(vision, f"busy-{number}"), (State.RUNNING, State.QUEUED)[number % 2])
        add_lines(add_step(build, attempt=1), "a line", "another") if build.attempt else None
    Member.objects.filter(workspace=vision, user__username="person-01").update(role=Role.ADMIN)
    publish_context(vision)
    elsewhere = Version.objects.filter(environment__workspace__slug="curated").first()
    made = make_version(vision, "made-elsewhere", parent=elsewhere)
    make_build(made, packages=[("pip", "six", "1.0")], lock=make_lock(vision, pip=PIP))
    for number in range(request.param["environments"]):
        submit_job(vision, f"job-{number}", made, asked_for="x", properties={}, by=None, may_build=False)
    issue_token(get_user_model().objects.get(username="person-01"), "nightly")
    make_version(Workspace.objects.get(slug="curated"), elsewhere.environment.name, "six")
    return vision


def versions_and_builds():
    """What stands for `version` and `build_id` in the addresses that are visited: one of each state."""
    builds = Build.objects.filter(version__environment__workspace__slug="vision").order_by("-created_at")
    shown = [builds.filter(state=state).first() for state in State]
    first = Environment.objects.filter(workspace__slug="vision").order_by("pk").first().latest()
    made = Version.objects.get(environment__name="made-elsewhere")
    return [build for build in shown if build] + [first.current_build or first.newest_build(), made.current_build]


def addresses():
    for name in names_with("GET", pages_only=True):
        if name in NOT_A_PAGE or name.startswith(SITE_ADMINS):
            continue
        parts = parts_of(name)
        for build in versions_and_builds() if {"env", "build_id"} & set(parts) or name == "compare-any" else [None]:
            yield from _addresses(name, parts, build)
    compared = Environment.objects.get(name__startswith=COMPARED)
    yield reverse("compare", args=["vision", compared.name, "1", "2"])
    yield reverse("version-packages", args=["vision", compared.name, "2"])
    yield reverse("package-story", args=["vision", "made-elsewhere", "six"])
    first = Environment.objects.filter(workspace__slug="vision", image__isnull=False).order_by("pk").first()
    yield reverse("package-story", args=["vision", first.name, first.image.packages.first().name])
    for query in ("?q=numpy", "?q=numpy<2 tag:live", "?page=2", "?kind=conda"):
        yield reverse("environment-list", args=["vision"]) + query


def _addresses(name, parts, build):
    values = {"ws": "vision", "kind": "pip", "code": CODE, "job": "job-1"}
    values["number"] = ApiToken.objects.get().pk
    if build:
        version = build.version
        values |= {"env": version.environment.name, "version": version.name, "build_id": build.pk}
        values |= {"a": version.name, "b": version.name}
    if name.startswith("version-context"):
        values |= {"env": "tool", "version": "1"}
    if name == "curated-environment":
        values |= {"env": "scikit-learn"}
    query = f"?from={build.version}&to={build.version}" if name == "compare-any" and build else ""
    yield reverse(name, kwargs={part: values[part] for part in parts}) + query


def asked_by(client, paths):
    """{path: statements} of the pages; of those that lead on, where they lead to is among the others."""
    found = {}
    for path in paths:
        with counted() as sent:
            answer = client.get(path)
        assert answer.status_code in (200, 302), path
        found[path] = len(sent)
    return found


def test_no_page_needs_more_than_twelve_statements(filled):
    client = Client()
    client.login(username="person-01", password=PASSWORD)
    found = asked_by(client, dict.fromkeys(addresses()))
    assert {path: count for path, count in found.items() if count > MOST} == {}


def test_the_frame_needs_four(filled):
    """Also where a hold, a build that does not stop and a site admin make it say all that it can."""
    Hold.objects.create(kind=Hold.Kind.PAUSED, reason="An upgrade")
    Build.objects.filter(state=State.RUNNING).update(cancel_requested_at=timezone.now() - timedelta(hours=1))
    admin = make_user("root", is_superuser=True)
    Member.objects.create(workspace=filled, user=admin, role=Role.ADMIN)
    client = Client()
    client.force_login(admin)
    with counted() as sent:
        answer = client.get(reverse("problem", args=[CODE]) + "?ws=vision")
    assert "An upgrade" in answer.text
    assert "was to stop and runs on" in answer.text
    assert len(sent) <= MOST_OF_THE_FRAME + 2  # the session and the user come before it

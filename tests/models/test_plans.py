"""Lists are read along an index, however many rows there are: what the database plans, not how long it takes."""

import pytest
from django.db import connection
from django.db.models import Count
from django.utils import timezone

from environments.models import Build, Environment, State, Version
from environments.pages.build_list import NEWEST_FIRST, narrowed
from tests.cast import make_build, make_version

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def plan_of(rows):
    """How rows would be found if there were too many to read all."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
    return rows.explain()


def test_the_newest_builds_of_a_workspace_need_no_sorting(vision):
    plan = plan_of(vision.builds.order_by(*NEWEST_FIRST)[:25])
    assert "builds_of_a_workspace" in plan
    assert "TEMP B-TREE" not in plan


def test_builds_of_a_few_environments_are_found_without_reading_those_of_others(vision):
    make_version(vision, "train")
    plan = plan_of(narrowed(vision, {"env": "rai"}).order_by(*NEWEST_FIRST)[:25])
    assert "version_id" in plan
    assert "builds_of_a_workspace" not in plan


def test_builds_under_way_are_counted_along_an_index(vision):
    version = make_version(vision, "train")
    facts = {"version": version, "workspace": vision, "state": State.CANCELLED, "finished_at": timezone.now()}
    ended = (Build(number=number, **facts) for number in range(1, 2_000))
    Build.objects.bulk_create(ended)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE environments_build")
    assert "builds_by_state" in plan_of(vision.builds.filter(state=State.RUNNING))


def test_what_a_person_did_last_is_found_along_an_index(alice):
    assert "versions_of_a_person" in plan_of(Version.objects.filter(author=alice).order_by("-created_at")[:9])
    assert "builds_of_a_person" in plan_of(Build.objects.filter(requested_by=alice).order_by("-created_at")[:9])


def test_environments_are_counted_along_one_index(vision):
    jobs = (Environment(workspace=vision, name=f"job-{number}", anonymous=number % 10 > 0) for number in range(2_000))
    Environment.objects.bulk_create(jobs)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE environments_environment")  # of two indexes, planners choose by what is known of rows
    found = Environment.objects.listed().to_count().filter(workspace=vision)
    assert "environment_facets" in plan_of(found.order_by().values("workspace").annotate(count=Count("pk")))


def test_a_build_is_in_the_workspace_of_its_version(vision):
    assert make_build(make_version(vision)).workspace == vision

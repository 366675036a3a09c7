"""The command that fills a database: as many rows as asked for, the same each time, none that a page stumbles over."""

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from environments.management.seeding import COMPARED
from environments.models import Build, Environment, Image, ImagePackage, State, Version, Workspace
from environments.models.listing import keep
from environments.services.builds import request_build
from environments.services.setup import ensure_workspaces
from environments.services.versions import publish_version
from tests.cast import PASSWORD, make_draft

pytestmark = [pytest.mark.django_db, pytest.mark.database]
SMALL = {"environments": 12, "versions": 40, "packages": 900, "compared": 80, "workspaces": 2, "people": 3}


@pytest.fixture
def seeded(db):
    ensure_workspaces()
    call_command("seed", password=PASSWORD, **SMALL)
    connection.check_constraints()


def contents():
    """What was made, without dates and accounts."""
    versions = Version.objects.order_by("pk").values_list(
        "environment__name", "name", "definition_digest", "current_build"
    )
    packages = ImagePackage.objects.order_by("image_id", "manager", "name").values_list("image_id", "name", "version")
    return list(versions), list(packages)


def test_there_is_as_much_as_was_asked_for(seeded):
    assert Environment.objects.count() == SMALL["environments"]
    assert Version.objects.count() == Build.objects.count() == SMALL["versions"]
    assert ImagePackage.objects.count() == SMALL["packages"]
    large = Version.objects.filter(environment__name__startswith=COMPARED)
    assert [version.image_built.packages.count() for version in large] == [SMALL["compared"]] * 2


def test_every_image_is_that_of_one_build_and_holds_packages(seeded):
    assert Image.objects.count() == Build.objects.filter(state=State.SUCCEEDED).count()
    assert not Image.objects.filter(packages=None).exists()
    assert not Build.objects.filter(state=State.SUCCEEDED, image=None).exists()


def test_the_same_number_makes_the_same(seeded):
    made = contents()
    call_command("flush", interactive=False)
    connection.check_constraints()
    ensure_workspaces()
    call_command("seed", **SMALL)
    assert contents() == made


def test_what_is_made_afterwards_goes_on_from_there(seeded):
    environment = Environment.objects.filter(archived_at=None).first()
    newest = environment.latest()
    workspace = Workspace.objects.get(pk=environment.workspace_id)
    version, _ = publish_version(workspace, environment.name, make_draft("numpy"), author=None, based_on=newest)
    assert version.name == str(newest.sequence + 1)
    build = request_build(version, by=None)
    assert build.number == workspace.last_build_number + 1


def test_the_rows_are_as_frozen_as_any(seeded):
    with pytest.raises(IntegrityError), transaction.atomic():
        Version.objects.update(text="another")


def test_a_database_in_use_is_left_alone(seeded):
    with pytest.raises(CommandError, match="holds environments"):
        call_command("seed", **SMALL)
    call_command("seed", add=True, **SMALL)
    assert Environment.objects.count() == 2 * SMALL["environments"]


def test_sizes_that_do_not_fit_are_told(db):
    with pytest.raises(CommandError, match="more versions than environments"):
        call_command("seed", **SMALL | {"versions": 12})


def test_the_people_may_sign_in_and_look(seeded, plain_files):
    client = Client()
    assert client.login(username="person-01", password=PASSWORD)
    version = Version.objects.filter(environment__name__startswith=COMPARED).last()
    build = version.current_build
    assert client.get(version.get_absolute_url()).status_code == 200
    assert client.get(build.get_absolute_url()).status_code == 200
    assert (
        client.get(
            reverse("version-lock", args=[build.version.environment.workspace, version.environment.name, version.name])
        ).status_code
        == 200
    )


def test_what_lists_show_is_kept_as_it_is(seeded):
    kept = list(Environment.objects.order_by("pk").values())
    keep(row["id"] for row in kept)
    assert list(Environment.objects.order_by("pk").values()) == kept

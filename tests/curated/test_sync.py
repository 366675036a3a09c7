"""Publishing the catalogue: as often as one likes, new versions only for what changed."""

from dataclasses import replace

import pytest
from django.core.management import call_command
from django.utils import timezone

from curated.bundle import bundled_entries
from curated.sync import publish_catalogue
from environments.models import Build, Environment, Version
from environments.services.setup import ensure_workspaces

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def entries():
    ensure_workspaces()
    return bundled_entries()


def test_every_entry_is_published_once_and_nothing_is_built(entries):
    publish_catalogue(entries)
    assert [created for _, created in publish_catalogue(entries)] == [False] * len(entries)
    assert Version.objects.count() == len(entries)
    assert not Build.objects.exists()


def test_a_changed_definition_becomes_the_next_version(entries):
    publish_catalogue(entries)
    changed = replace(entries[0], definition=replace(entries[0].definition, image="python:3.12-slim"))
    ((version, created),) = publish_catalogue([changed])
    assert created
    assert (version.name, version.parent.name) == ("2", "1")


def test_an_entry_that_was_archived_stays_so_and_the_others_are_published(entries):
    publish_catalogue(entries)
    Environment.objects.filter(name=entries[0].name).update(archived_at=timezone.now())
    changed = replace(entries[0], definition=replace(entries[0].definition, image="python:3.12-slim"))
    assert len(publish_catalogue([changed, *entries[1:]])) == len(entries) - 1
    assert Version.objects.count() == len(entries)


def test_a_changed_description_makes_no_version_and_is_shown(entries):
    publish_catalogue(entries)
    publish_catalogue([replace(entries[0], description="Better said")])
    environment = Environment.objects.get(name=entries[0].name)
    assert environment.description == "Better said"
    assert environment.versions.count() == 1


def test_the_command_says_what_it_published(capsys):
    call_command("publish_curated")
    assert "Published curated/scikit-learn:1" in capsys.readouterr().out
    call_command("publish_curated")
    assert "The catalogue is up to date" in capsys.readouterr().out

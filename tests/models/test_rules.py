"""What the database keeps, whoever writes: constraints and triggers."""

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import DataError, IntegrityError, connection, transaction
from django.utils import timezone

from environments.models import (
    ApiToken,
    AuditEvent,
    Build,
    Environment,
    LogPiece,
    Member,
    Role,
    State,
    Tombstone,
    Version,
    Workspace,
)
from environments.models.triggers import FROZEN_COLUMNS, create_triggers
from environments.services.audit import record
from tests.cast import make_build, make_user, make_version, make_workspace

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def vision():
    return make_workspace("vision")


@pytest.fixture
def version(vision):
    return make_version(vision, "train", "numpy")


def refused(write):
    """Whether the database refused the write."""
    try:
        with transaction.atomic():
            write()
    except (IntegrityError, DataError):
        return True
    return False


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("name", "9"),
        ("sequence", 9),
        ("kind", "image"),
        ("image", "debian:bookworm-slim"),
        ("text", "pandas\n"),
        ("definition", "{}"),
        ("definition_digest", "0" * 64),
        ("created_at", timezone.now()),
    ],
)
def test_a_version_never_changes(version, column, value):
    assert refused(lambda: Version.objects.filter(pk=version.pk).update(**{column: value}))


def test_a_version_may_be_described_and_archived(version):
    Version.objects.filter(pk=version.pk).update(description="new words", tags={"a": "b"}, archived_at=timezone.now())
    version.refresh_from_db()
    assert version.description == "new words"


def test_raw_sql_cannot_change_a_version_either(version):
    def write():
        with connection.cursor() as cursor:
            cursor.execute("UPDATE environments_version SET text = 'evil' WHERE id = %s", [version.pk])

    assert refused(write)


@pytest.mark.django_db(transaction=True)
def test_the_triggers_are_back_after_every_migration():
    call_command("migrate", "environments", "zero", verbosity=0)
    call_command("migrate", verbosity=0)
    vision = make_workspace("vision")
    again = make_version(vision, "train", "numpy")
    assert refused(lambda: Version.objects.filter(pk=again.pk).update(text="evil"))


def test_the_triggers_are_back_after_a_migration_that_failed(version):
    with pytest.raises(CommandError):
        call_command("migrate", "environments", "9999_there_is_no_such", verbosity=0)
    assert refused(lambda: Version.objects.filter(pk=version.pk).update(text="evil"))


def test_every_frozen_column_exists():
    columns_of = {model._meta.db_table: {field.column for field in model._meta.fields} for model in apps.get_models()}
    for table, columns in FROZEN_COLUMNS.items():
        assert set(columns.split()) <= columns_of[table]


def test_creating_the_triggers_twice_is_harmless(version):
    create_triggers(connection)
    create_triggers(connection)
    assert refused(lambda: Version.objects.filter(pk=version.pk).update(text="evil"))


def test_the_audit_trail_is_only_added_to(version):
    record(None, "test", "subject")
    assert refused(lambda: AuditEvent.objects.update(actor="nobody"))
    assert refused(lambda: AuditEvent.objects.all().delete())


def test_a_token_keeps_its_owner_and_hash():
    token = ApiToken.objects.create(user=make_user("alice"), name="ci", hash="0" * 64)
    assert refused(lambda: ApiToken.objects.update(hash="1" * 64))
    ApiToken.objects.filter(pk=token.pk).update(last_used_at=timezone.now())


def test_log_lines_never_change_and_are_numbered_once(version):
    build = make_build(version, State.RUNNING)
    step = build.steps.create(attempt=1, number=1, key="a", name="RUN a", kind="run")
    piece = {"build": build, "step": step, "line_count": 1, "stream": "stdout", "at": timezone.now(), "text": "hello"}
    LogPiece.objects.create(first_line=1, **piece)
    assert refused(lambda: LogPiece.objects.create(first_line=1, **piece))
    assert refused(lambda: LogPiece.objects.update(text="spoofed"))


def test_a_deleted_version_leaves_a_tombstone_and_its_name_is_gone_for_ever(version):
    environment = version.environment
    version.delete()
    assert Tombstone.objects.get().version_name == "1"
    values = {"environment": environment, "sequence": 5, "kind": "pip", "image": "a", "definition": "{}"}
    assert refused(lambda: Version.objects.create(name="1", **values))


def test_a_number_is_not_given_again_after_its_environment_was_deleted(vision, version):
    make_version(vision, "train", "pandas")
    version.environment.delete()
    assert make_version(vision, "train", "numpy").name == "3"


def test_one_active_build_per_version(version):
    make_build(version, State.RUNNING)
    assert refused(lambda: make_build(version, State.QUEUED))
    make_build(version, State.FAILED)


def test_a_build_cannot_succeed_without_an_image(version):
    build = make_build(version, State.RUNNING)
    moved = Build.objects.filter(pk=build.pk)
    assert refused(lambda: moved.update(state=State.SUCCEEDED, finished_at=timezone.now()))


def test_a_build_that_ended_says_when(version):
    build = make_build(version, State.RUNNING)
    assert refused(lambda: Build.objects.filter(pk=build.pk).update(state=State.FAILED))


@pytest.mark.parametrize("slug", ["api", "new", "static", "Vision", "a--b", "-a", "a" * 64, ""])
def test_reserved_and_malformed_slugs_are_refused(slug):
    assert refused(lambda: Workspace.objects.create(slug=slug, title="x"))


@pytest.mark.parametrize("name", ["", ".hidden", "a..b", "ends.", "a/b", "a b", "-a"])
def test_malformed_environment_names_are_refused(vision, name):
    assert refused(lambda: Environment.objects.create(workspace=vision, name=name))


def test_names_are_case_sensitive_and_unique_in_their_workspace(vision):
    Environment.objects.create(workspace=vision, name="train")
    Environment.objects.create(workspace=vision, name="Train")
    Environment.objects.create(workspace=make_workspace("speech"), name="train")
    assert refused(lambda: Environment.objects.create(workspace=vision, name="train"))


def test_one_role_per_user_and_workspace(vision):
    alice = make_user("alice")
    Member.objects.create(workspace=vision, user=alice, role=Role.EDITOR)
    assert refused(lambda: Member.objects.create(workspace=vision, user=alice, role=Role.VIEWER))


def test_a_version_needs_an_image_or_a_context(vision, version):
    values = {"environment": version.environment, "definition": "{}", "definition_digest": "0" * 64}
    assert refused(lambda: Version.objects.create(name="x", sequence=8, kind="pip", image="", **values))
    assert refused(lambda: Version.objects.create(name="y", sequence=9, kind="context", image="a", **values))

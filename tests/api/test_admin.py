"""The raw data under /admin/data/."""

import re

import pytest
from django.apps import apps
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from environments import models
from environments.admin import History, site
from environments.services.jobs import submit_job
from environments.services.tokens import issue_token
from tests.cast import PASSWORD, make_build, make_user, make_version, make_workspace

pytestmark = [pytest.mark.django_db, pytest.mark.database]

TABLES = [model for model in apps.get_app_config("environments").get_models()]
KEPT = [model for model in TABLES if isinstance(site._registry.get(model), History)]
UNCHANGING = {
    *(models.Version, models.Lock, models.Image, models.ImagePackage, models.Build, models.BuildStep),
    *(models.LogPiece, models.AuditEvent, models.Context, models.Tombstone, models.Hold, models.PackageName),
    *(models.Job, models.Code, models.Blob),
}


def label(model):
    return model._meta.model_name


@pytest.fixture
def admin(client):
    client.force_login(make_user("admin", is_superuser=True, is_staff=True))
    return client


@pytest.fixture
def rows(admin):
    """At least one row in most tables."""
    vision = make_workspace("vision", editor=make_user("alice"))
    version = make_version(vision, "train", "numpy")
    build = make_build(version, packages=[("pip", "numpy", "2.1.0")])
    step = models.BuildStep.objects.create(build=build, attempt=1, number=1, key="k", name="[1/1] RUN", kind="run")
    models.LogPiece.objects.create(
        build=build, step=step, first_line=1, line_count=1, stream="stdout", at=timezone.now(), text="hello"
    )
    models.Worker.objects.create(name="w", host="h", heartbeat_at=timezone.now())
    models.Lock.objects.create(workspace=vision, sha256="a" * 64, texts={"pip": "numpy==2.1.0"}, target={})
    models.Context.objects.create(workspace=vision, sha256="b" * 64, size=1, manifest=[], archive="contexts/x.tar")
    models.Hold.objects.create(kind=models.Hold.Kind.PAUSED, reason="the disk is changed")
    models.Blob.objects.create(workspace=vision, upload="a/b", path="a/b/1", sha256="c" * 64, size=1)
    models.Code.objects.create(workspace=vision, name="code-1", version="1", uri="https://x/1")
    submit_job(vision, "job-1", version, asked_for="x", properties={}, by=None, may_build=False)
    models.RuleLevel.objects.create(workspace=vision, code="unpinned", level="block")
    make_version(vision, "gone", "numpy").delete()
    issue_token(make_user("carol"), "nightly")


def test_every_table_is_there():
    assert set(TABLES) == {model for model in site._registry if model._meta.app_label == "environments"}


def test_tables_that_never_change_are_read_only():
    assert set(KEPT) == UNCHANGING


@pytest.mark.parametrize("model", TABLES, ids=label)
def test_a_table_opens_and_so_does_a_row_and_nothing_in_them_is_inline(admin, rows, model):
    listing = admin.get(reverse(f"admin:environments_{label(model)}_changelist"))
    row = model.objects.first()
    assert row is not None
    detail = admin.get(reverse(f"admin:environments_{label(model)}_change", args=[row.pk]))
    found = admin.get(reverse(f"admin:environments_{label(model)}_changelist"), {"q": "1"})
    for response in (listing, detail, found):
        assert response.status_code == 200
        text = response.content.decode()
        assert not re.findall(r"<script(?![^>]*(?:\ssrc=|application/json))[^>]*>", text)
        assert not re.findall(r"<style|\sstyle=|\son[a-z]+=", text)


@pytest.mark.parametrize("model", KEPT, ids=label)
def test_nothing_can_be_added_changed_or_deleted_there(admin, rows, model):
    row = model.objects.first()
    address = f"admin:environments_{label(model)}"
    assert admin.post(reverse(f"{address}_add"), {}).status_code == 403
    assert admin.post(reverse(f"{address}_change", args=[row.pk]), {}).status_code == 403
    assert admin.post(reverse(f"{address}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403
    assert model.objects.filter(pk=row.pk).exists()


def test_an_environment_with_its_versions_is_not_deleted_by_the_way(admin, rows):
    environment = models.Environment.objects.first()
    assert admin.post(reverse("admin:environments_environment_delete", args=[environment.pk])).status_code == 403


def test_the_hash_of_a_token_is_not_shown(admin, rows):
    token = models.ApiToken.objects.get()
    page = admin.get(reverse("admin:environments_apitoken_change", args=[token.pk]))
    assert token.hash not in page.content.decode()


def test_tokens_are_revoked_there(admin, rows):
    token = models.ApiToken.objects.get()
    address = reverse("admin:environments_apitoken_changelist")
    admin.post(address, {"action": "revoke", "_selected_action": [token.pk]})
    token.refresh_from_db()
    assert token.revoked_at
    assert models.AuditEvent.objects.filter(action="token.revoke", actor="admin").exists()


def test_a_role_given_there_is_in_the_audit_trail(admin, rows):
    vision, bob = models.Workspace.objects.get(slug="vision"), make_user("bob")
    sent = {"workspace": vision.pk, "user": bob.pk, "role": "viewer"}
    assert admin.post(reverse("admin:environments_member_add"), sent).status_code == 302
    event = models.AuditEvent.objects.get(action="data.add")
    assert (event.actor, event.detail["table"], event.subject) == ("admin", "member", "bob is viewer of vision")


def test_the_slug_of_a_workspace_stays(admin, rows):
    vision = models.Workspace.objects.get(slug="vision")
    admin.post(reverse("admin:environments_workspace_change", args=[vision.pk]), {"slug": "other", "title": "New"})
    vision.refresh_from_db()
    assert (vision.slug, vision.title) == ("vision", "New")


def test_strangers_sign_in_at_the_studios_own_page_and_come_back(admin):
    stranger = Client()
    asked = reverse("admin:environments_build_changelist")
    address, _ = stranger.get(asked, follow=True).redirect_chain[-1]
    assert address.startswith(reverse("login"))
    response = stranger.post(address, {"username": "admin", "password": PASSWORD}, follow=True)
    assert (response.status_code, response.request["PATH_INFO"]) == (200, asked)


def test_who_is_signed_in_is_not_asked_to_sign_in_again(admin):
    assert admin.get(reverse("admin:login"), follow=True).request["PATH_INFO"] == reverse("admin:index")


def test_staff_is_not_enough():
    stranger = Client()
    stranger.force_login(make_user("dora", is_staff=True))
    assert stranger.get(reverse("admin:index"), follow=True).status_code == 403


@pytest.mark.parametrize("tags", ["[1, 2]", "null", "3", '{"a": ["b"]}'])
def test_tags_of_another_shape_are_refused_there(admin, rows, tags):
    environment = models.Environment.objects.get(name="train")
    address = reverse("admin:environments_environment_change", args=[environment.pk])
    page = admin.post(address, {"tags": tags, "description": ""})
    assert page.status_code == 200
    assert "is no tag" in page.text
    environment.refresh_from_db()
    assert environment.tags == {}


def test_tags_are_changed_there_as_anywhere_and_lists_show_it(admin, rows):
    environment = models.Environment.objects.get(name="train")
    address = reverse("admin:environments_environment_change", args=[environment.pk])
    admin.post(address, {"tags": "framework=pytorch\nteam=vision", "description": "For training"})
    environment.refresh_from_db()
    assert (environment.tags, environment.frameworks) == ({"framework": "pytorch", "team": "vision"}, "PyTorch")
    shown = re.search(r'<textarea name="tags"[^>]*>([^<]*)</textarea>', admin.get(address).text)[1]
    assert set(shown.split()) == {"framework=pytorch", "team=vision"}


def test_what_is_not_typed_there_is_not_written(admin, rows, monkeypatch):
    """A version is published between the reading of the row and its writing."""
    environment = models.Environment.objects.get(name="train")
    read = site._registry[models.Environment].get_object

    def get_object(*args, **kwargs):
        found = read(*args, **kwargs)
        make_version(environment.workspace, "train", "scipy")
        return found

    monkeypatch.setattr(site._registry[models.Environment], "get_object", get_object)
    address = reverse("admin:environments_environment_change", args=[environment.pk])
    assert admin.post(address, {"tags": "", "description": "Changed"}).status_code == 302
    environment.refresh_from_db()
    assert (environment.description, environment.last_number, environment.last_sequence) == ("Changed", 2, 2)

"""Rules of a workspace: who may set them, and what that does in the form and through the API."""

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from environments.definitions.catalogue import CATALOGUE
from environments.definitions.levels import SETTABLE
from environments.models import AuditEvent, RuleLevel, Version
from environments.services.rules import levels_of, set_levels
from tests.api.conftest import caller_for
from tests.cast import make_user, make_version, make_workspace

pytestmark = pytest.mark.django_db

RULES = "/w/vision/rules/"
YAML = "name: train\nimage: python:3.12\nrequirements_file: |\n  numpy\n"
TYPED = {"name": "train", "image": "python:3.12", "text": "numpy\n", "action": "save"}


@pytest.fixture
def boss(vision):
    """An admin of vision."""
    user = make_user("ana")
    make_workspace("vision", admin=user)
    return user


@pytest.fixture
def office(client, boss, plain_files):
    """A browser in which the admin of vision is signed in."""
    client.force_login(boss)
    return client


def new_versions():
    return Version.objects.filter(environment__name="train", environment__workspace__slug="vision")


def test_everyone_in_the_workspace_sees_how_rules_are_set(web, vision, boss):
    set_levels(vision, {"unpinned": "block"}, by=boss)
    page = web.get(RULES).content.decode()
    assert all(CATALOGUE[code].title in page for code in ("unpinned", "image-latest", "hadolint"))
    assert "Only an admin of the workspace can change them." in page
    assert "<select" not in page
    assert "Block saving" in page


def test_only_its_admins_set_rules(web):
    assert web.post(RULES, {"unpinned": "off"}).status_code == 403
    assert not RuleLevel.objects.exists()


def test_an_admin_sets_rules_and_is_told_and_recorded(office, vision, boss):
    answer = office.post(RULES, {"unpinned": "block", "image-latest": "off", "root-user": "warn"}, follow=True)
    assert levels_of(vision) == {"unpinned": "block", "image-latest": "off"}
    assert "2 rules changed: “The base image is “latest””, “A package without a version”" in answer.content.decode()
    events = AuditEvent.objects.filter(action="rule.set", workspace="vision").order_by("subject")
    assert [(event.actor, event.subject, event.detail) for event in events] == [
        ("ana", "image-latest", {"before": "warn", "after": "off"}),
        ("ana", "unpinned", {"before": "warn", "after": "block"}),
    ]


def test_setting_a_rule_back_undoes_it(office, vision):
    office.post(RULES, {"unpinned": "block"})
    office.post(RULES, {"unpinned": "warn"})
    assert levels_of(vision) == {}
    assert not RuleLevel.objects.exists()
    assert "Nothing has changed" in office.post(RULES, {"unpinned": "warn"}, follow=True).content.decode()


def test_errors_and_unknown_codes_cannot_be_set(office, vision):
    assert "yaml-syntax" not in SETTABLE
    office.post(RULES, {"yaml-syntax": "off", "nonsense": "off"})
    assert office.post(RULES, {"unpinned": "nonsense"}).status_code == 422
    assert levels_of(vision) == {}


def test_rules_of_the_catalogue_are_nobodys_to_set(client, admin, plain_files):
    client.force_login(admin)
    assert client.get("/w/curated/rules/").status_code == 200
    assert client.post("/w/curated/rules/", {"unpinned": "off"}).status_code == 403


def test_the_database_keeps_one_known_level_per_rule(vision):
    RuleLevel.objects.create(workspace=vision, code="unpinned", level="off")
    for code, level in (("unpinned", "block"), ("secret", "nonsense")):
        with pytest.raises(IntegrityError), transaction.atomic():
            RuleLevel.objects.create(workspace=vision, code=code, level=level)


def test_a_rule_turned_off_is_not_told_in_that_workspace(web, vision, boss):
    version = make_version(vision, "old", "numpy")
    address = version.get_absolute_url()
    assert "/problems/unpinned/" in web.get(address).content.decode()
    set_levels(vision, {"unpinned": "off"}, by=boss)
    assert "/problems/unpinned/" not in web.get(address).content.decode()
    page = web.post("/w/vision/new/pip/", TYPED | {"action": "check"}).content.decode()
    assert "/problems/unpinned/" not in page
    assert "/problems/image-not-pinned/" in page


def test_a_rule_that_blocks_keeps_a_version_from_being_saved_in_the_form(web, vision, boss):
    set_levels(vision, {"unpinned": "block"}, by=boss)
    page = web.post("/w/vision/new/pip/", TYPED)
    text = page.content.decode()
    assert page.status_code == 422
    assert not new_versions().exists()
    assert "its rule “A package without a version” is set to block" in text
    assert "The rule can be changed by ana." in text
    assert "Line 1" in text
    assert "Blocks saving" in text
    assert [problem.line for problem in page.context["panel"]["problems"] if problem.blocking] == [1]
    assert page.context["form"]["text"].value() == "numpy\n"
    assert web.post("/w/vision/new/pip/", TYPED | {"text": "numpy==2.4.6\n"}).status_code == 303


def test_many_other_problems_do_not_hide_one_that_blocks(web, vision, boss):
    set_levels(vision, {"unpinned": "block"}, by=boss)
    twins = "".join(f"a{number}==1\na{number}==2\n" for number in range(300))
    assert web.post("/w/vision/new/pip/", TYPED | {"text": f"{twins}numpy\n"}).status_code == 422
    assert not new_versions().exists()


def test_the_form_says_beforehand_that_a_rule_blocks(web, vision, boss):
    set_levels(vision, {"unpinned": "block"}, by=boss)
    page = web.post("/w/vision/new/pip/", TYPED | {"action": "check"}).content.decode()
    assert "A rule of the workspace blocks saving." in page
    assert "A new image will be built." not in page


def test_a_rule_that_blocks_keeps_an_edit_from_being_saved(web, vision, boss):
    version = make_version(vision, "train", "numpy==2.4.6")
    set_levels(vision, {"unpinned": "block"}, by=boss)
    address = reverse("version-edit", args=["vision", "train", version.name])
    sent = {"image": version.image, "text": "rich\n", "base": version.name, "action": "save"}
    assert web.post(address, sent).status_code == 422
    assert new_versions().count() == 1


def test_hadolint_as_a_whole_can_block(web, vision, boss):
    set_levels(vision, {"hadolint": "block"}, by=boss)
    sent = {"name": "train", "way": "write", "dockerfile_path": "Dockerfile", "action": "save"}
    page = web.post("/w/vision/new/context/", sent | {"text": "FROM python:3.12\nRUN cd /tmp\nUSER app\n"})
    assert page.status_code == 422
    assert "its rule “A finding of hadolint” is set to block" in page.content.decode()


def test_the_api_refuses_what_a_rule_blocks(alice, vision, boss, plain_files):
    caller = caller_for(alice)
    set_levels(vision, {"unpinned": "block"}, by=boss)
    answer = caller.post_yaml("workspaces/vision/environments", YAML)
    assert answer.status_code == 422
    (problem,) = answer.json()["problems"]
    assert (problem["code"], problem["severity"], problem["blocking"]) == ("unpinned", "hint", True)
    assert problem["line"] == 1
    assert "The rule can be changed by ana." in problem["remedy"]
    assert not new_versions().exists()


def test_a_check_for_a_workspace_goes_by_its_rules(alice, vision, boss, plain_files):
    caller = caller_for(alice)
    set_levels(vision, {"unpinned": "block", "image-not-pinned": "off"}, by=boss)
    everywhere = {found["code"]: found for found in caller.post_yaml("check", YAML).json()["problems"]}
    here = {found["code"]: found for found in caller.post_yaml("check?workspace=vision", YAML).json()["problems"]}
    assert everywhere.keys() == {"unpinned", "image-not-pinned"}
    assert not everywhere["unpinned"]["blocking"]
    assert here.keys() == {"unpinned"}
    assert here["unpinned"]["blocking"]


def test_a_check_for_a_workspace_one_may_not_see_finds_none(charlie, vision):
    assert caller_for(charlie).post_yaml("check?workspace=vision", YAML).status_code == 404


def test_the_api_answers_the_page_and_the_edit_of_a_problem(alice, plain_files):
    text = "name: train\nimage: python:3.12\nconda_file:\n  dependencies:\n    - python: 3.12\n"
    (problem,) = caller_for(alice).post_yaml("check", text).json()["problems"]
    assert problem["docs"].endswith("/problems/conda-mapping/")
    edit = {"line": 5, "column": 7, "end_line": 5, "end_column": 19, "text": "python=3.12"}
    assert problem["fix"] == {"label": "Write python=3.12"} | edit
    (other,) = caller_for(alice).post("check", {"name": "train"}).json()["problems"]
    assert other["fix"] is None

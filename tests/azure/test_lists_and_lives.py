"""Lists as Azure's clients page them, and what becomes of versions: archived, restored, deleted."""

import pytest

from environments.models import Build, Environment, Version
from tests.azure.test_versions import again, error_of, names
from tests.cast import make_build, make_version
from tests.pages.test_statements import counted

pytestmark = [pytest.mark.django_db, pytest.mark.database]
MOST_STATEMENTS = 8


def test_a_list_has_every_environment_page_by_page(alice, monkeypatch):
    monkeypatch.setattr("environments.azure.paging.MOST_ROWS", 2)
    for name in ("img", "auto", "cnd", "inf", "git"):
        alice.save(name)
    page, found = alice.get("environments", "listViewType=ActiveOnly"), []
    while True:
        found.append(names(page))
        if "nextLink" not in page.json():
            break
        assert "listViewType=ActiveOnly" in page.json()["nextLink"]
        page = alice.follow(page.json()["nextLink"])
    assert found == [["auto", "cnd"], ["git", "img"], ["inf"]]


def test_versions_are_listed_the_newest_first_page_by_page(alice, monkeypatch):
    monkeypatch.setattr("environments.azure.paging.MOST_ROWS", 2)
    for number in "12345":
        alice.save(version=number, image=f"a:{number}")
    first = alice.get("environments/img/versions", "listViewType=All&$top=3")
    assert names(first) == ["5", "4"]
    alice.save(version="6", image="a:6")
    second = alice.follow(first.json()["nextLink"])
    assert names(second) == ["3"], "what was made meanwhile shifts nothing, and three were asked for"
    assert "nextLink" not in second.json()
    assert names(alice.get("environments/img/versions", "$orderBy=createdtime asc&$top=1")) == ["1"]


@pytest.mark.parametrize(
    "query",
    ["$top=0", "$skip=%00", "$skip=999999999999999999999", "$top=x", "$orderBy=color", "$skip=x", "listViewType=Some"],
)
def test_a_list_that_nobody_can_make_is_refused(alice, query):
    alice.save()
    assert alice.get("environments/img/versions", query).status_code == 400


def test_a_version_is_archived_and_restored(manager):
    made = manager.save("auto", image="a:1", tags={"k": "v"})
    manager.save("auto", "2", image="a:2")
    answer = manager.put("environments/auto/versions/1", **again(made, isArchived=True))
    assert (answer.status_code, answer.json()["properties"]["isArchived"]) == (200, True)
    lists = {view: names(manager.get("environments/auto/versions", f"listViewType={view}")) for view in VIEWS}
    assert lists == {"ActiveOnly": ["2"], "ArchivedOnly": ["1"], "All": ["2", "1"]}
    assert manager.version("auto", "1").status_code == 200, "jobs go on with what is archived"
    manager.put("environments/auto/versions/1", **again(answer, isArchived=False))
    assert names(manager.get("environments/auto/versions")) == ["2", "1"]
    assert Version.objects.get(name="1").tags == {"k": "v"}


VIEWS = ("ActiveOnly", "ArchivedOnly", "All")


def test_an_environment_is_archived_and_restored(manager):
    manager.save("auto", image="a:1")
    answer = manager.put("environments/auto", tags={}, properties={}, isArchived=True)
    assert (answer.status_code, answer.json()["properties"]["isArchived"]) == (200, True)
    assert answer.json()["properties"]["latestVersion"] == "1"
    assert names(manager.get("environments")) == []
    assert names(manager.get("environments", "listViewType=ArchivedOnly")) == ["auto"]
    assert manager.version("auto").json()["properties"]["isArchived"] is True
    refused = manager.save("auto", "2", image="a:2")
    assert refused.status_code == 409
    assert "archived" in error_of(refused)
    manager.put("environments/auto", tags={}, properties={}, isArchived=False)
    assert names(manager.get("environments")) == ["auto"]


def test_an_editor_archives_nothing(alice):
    made = alice.save()
    answer = alice.put("environments/img/versions/1", **again(made, isArchived=True))
    assert answer.status_code == 403
    assert alice.put("environments/img", isArchived=True).status_code == 403
    assert alice.put("environments/img", isArchived=False, tags={"a": "b"}).json()["properties"]["tags"] == {"a": "b"}


def test_a_version_and_an_environment_are_deleted(manager):
    manager.save()
    manager.save(version="2", image="a:2")
    Build.objects.all().delete()
    assert manager.delete("environments/img/versions/2").status_code == 200
    assert manager.delete("environments/img/versions/2").status_code == 204
    gone = manager.save(version="2", image="a:2")
    assert gone.status_code == 409
    assert "never given again" in error_of(gone)
    assert manager.delete("environments/img").status_code == 200
    assert not Environment.objects.exists()


def test_what_is_being_built_is_not_deleted(manager):
    manager.save()
    answer = manager.delete("environments/img/versions/1")
    assert answer.status_code == 409
    assert "Not ended yet" in error_of(answer)


def test_a_version_and_a_long_list_need_few_statements(alice, vision):
    for number in range(25):
        build = make_build(make_version(vision, "train", f"package-{number}"))
        make_version(vision, f"train-{number}")
        build.version.environment.refresh_from_db()
    for path, rows in (("environments/train/versions/9", 0), ("environments/train/versions", 25), ("environments", 26)):
        with counted() as sent:
            answer = alice.get(path)
        assert answer.status_code == 200
        assert len(answer.json().get("value", ())) == rows
        assert len(sent) <= MOST_STATEMENTS, path

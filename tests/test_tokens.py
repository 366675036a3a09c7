"""Every address for programs with every method, tried with tokens of every scope, and with one of another workspace."""

import pytest
from django.test import Client

from environments.models import Workspace
from environments.models.tokens import Scope
from environments.services.setup import ensure_admin
from environments.services.tokens import issue_token
from tests.test_permissions import (
    ALSO,
    API,
    FORBIDDEN,
    HIDDEN,
    METHODS,
    PASS,
    WALLS,
    address,
    ask,
    every_name,
    world,  # noqa: F401
)

pytestmark = pytest.mark.django_db

READ, WRITE, BUILD, BOTH = {Scope.READ}, {Scope.WRITE}, {Scope.BUILD}, {Scope.READ, Scope.WRITE}
GET, GET_PUT = {"GET": READ}, {"GET": READ, "PUT": WRITE}
WHOLE = {"GET": READ, "PUT": WRITE, "DELETE": WRITE}

# Which scopes it takes. What is not here, is as in WALLS: to look takes READ, and all else WRITE.
TAKES = {
    "api:version-builds": {"POST": BUILD},
    "api:build-cancel": {"POST": BUILD},
    "api:build-retry": {"POST": BUILD},
    "api:check": {"POST": READ},
    **{name: {"GET": BOTH} for name in ("api:environment-deletion", "api:version-deletion")},
    **dict.fromkeys(("azure:workspace", "azure:datastores", "azure:datastore", "azure:environments"), GET),
    **dict.fromkeys(("azure:versions", "azure:jobs", "azure:codes"), GET),
    **dict.fromkeys(("azure:environment", "azure:version"), WHOLE),
    **dict.fromkeys(("azure:job", "azure:code", "azure:blob"), GET_PUT),
    "azure:registry-environment": {"GET": READ, "PUT": BOTH},
    "azure:registry-version": {"GET": READ, "PUT": BOTH},
    **dict.fromkeys(("azure:registry-environments", "azure:registry-versions"), GET),
    **dict.fromkeys(("azure:registry-discovery", "azure:registry-operation"), GET),
    "azure:registry-upload": {"PUT": BOTH},
    "azure:registry-share": {"POST": BOTH},
    "azure:code-upload": {"POST": WRITE},
}
NO_TOKEN_ASKED = {"azure:metadata", "azure:identity"}
NOTHING_THERE = {"api:api-root", "api:nothing", "azure:nothing"}
EVERYWHERE = {"api:openapi", "api:check", "api:search", "api:search-packages", "azure:registry-operation"}
LOCAL = {
    "azure:datastore": {"name": "workspaceblobstore"},
    "azure:job": {"name": "trained"},
    "azure:blob": {"rest": "vision/nothing/here"},
    **{name: {"ws": "shared"} for name in TAKES if name.startswith("azure:registry-")},
}
# Where there is nothing in the world to find or to change.
ABSENT = {("azure:blob", "GET"), ("azure:code", "GET"), ("azure:registry-environment", "PUT")}
ABSENT |= {(f"azure:registry-{noun}", "GET") for noun in ("environment", "versions", "version")}

NAMES = [name for name in every_name() if name.startswith(API) and name not in NO_TOKEN_ASKED | NOTHING_THERE]


def taken(name):
    """{method: scopes} of an address."""
    usual = {method: READ if method == "GET" else WRITE for method in WALLS[name]}
    return TAKES.get(name, usual)


def program(user, *scopes, workspace=None):
    _, secret = issue_token(user, "a test", scopes, workspace=workspace)
    return Client(headers={"authorization": f"Bearer {secret}"}, raise_request_exception=False)


@pytest.fixture
def place(world, monkeypatch):  # noqa: F811
    """place(name): the path of an address, of things that are there."""
    for name, parts in LOCAL.items():
        monkeypatch.setitem(ALSO, name, ALSO.get(name, {}) | parts)
    monkeypatch.setattr("environments.tasks.poke", lambda build_id: None)
    return lambda name: address(name, world)


@pytest.mark.parametrize("name", NAMES)
def test_a_token_does_what_its_scopes_say(world, place, name):  # noqa: F811
    owner, path = world["users"]["workspace admin"], place(name)
    for scopes in ({Scope.READ}, {Scope.WRITE}, {Scope.BUILD}, set(Scope)):
        client = program(owner, *scopes)
        for method in METHODS if scopes == set(Scope) else taken(name):
            met, needed = ask(client, method, path), taken(name).get(method)
            if needed is None:
                assert met != PASS, (scopes, method)
            elif needed <= scopes:
                assert met == (HIDDEN if (name, method) in ABSENT else PASS), (scopes, method)
            else:
                assert met == FORBIDDEN, (scopes, method)


@pytest.mark.parametrize("caller", ["workspace admin", "site admin"])
@pytest.mark.parametrize("name", [name for name in NAMES if name not in EVERYWHERE])
def test_to_a_token_of_another_workspace_nothing_is_there(world, place, name, caller):  # noqa: F811
    client = program(world["users"][caller], *Scope, workspace=Workspace.objects.get(slug="default"))
    for method in taken(name):
        assert ask(client, method, place(name)) == HIDDEN, method


def test_a_token_of_one_workspace_does_there_what_any_does(world, place):  # noqa: F811
    client = program(world["users"]["workspace admin"], *Scope, workspace=Workspace.objects.get(slug="vision"))
    for name in ("api:version", "api:build", "api:build-log", "api:version-builds", "azure:version", "azure:job"):
        for method in taken(name):
            assert ask(client, method, place(name)) == PASS, (name, method)


def test_no_row_is_left_of_an_address_that_is_gone():
    assert set(TAKES) <= set(NAMES)
    assert NAMES
    assert set(every_name()) >= NOTHING_THERE | NO_TOKEN_ASKED


def test_lists_and_searches_tell_nothing_of_another_workspace(world):  # noqa: F811
    admin, default = world["users"]["site admin"], Workspace.objects.get(slug="default")
    everywhere, bound = program(admin, Scope.READ), program(admin, Scope.READ, workspace=default)
    for path in ("search?q=train", "search?q=train:1", "search?q=numpy", "search/packages?q=numpy"):
        assert "train" in (found := everywhere.get(f"/api/v1/{path}").text) or '"numpy"' in found, path
        found = bound.get(f"/api/v1/{path}").text
        assert not any(word in found for word in ("vision", "curated", '"numpy"')), path


def test_a_token_of_the_shared_workspace_edits_it_for_who_edits_any(world):  # noqa: F811
    shared = Workspace.objects.get(slug="shared")
    body = {"name": "serve", "image": "python:3.11-slim"}
    for caller, status in (("editor", 201), ("viewer", 403)):
        client = program(world["users"][caller], *Scope, workspace=shared)
        answer = client.post("/api/v1/workspaces/shared/environments", body, content_type="application/json")
        assert answer.status_code == status, caller


def test_no_page_takes_a_token(world):  # noqa: F811
    ensure_admin("a password")
    client = program(world["users"]["site admin"], *Scope)
    for path in ("/profile/tokens/", "/w/vision/", "/admin/data/"):
        assert client.get(path).status_code == 302
    assert client.post("/profile/tokens/", {"name": "stronger", "scopes": "write", "days": 1}).status_code == 403

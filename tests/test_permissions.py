"""Every address with every method, tried by every kind of caller. A new address, or method, needs a row in WALLS."""

from copy import copy

import pytest
from django.apps import apps
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse
from django.utils import timezone

from environments.contexts import from_texts
from environments.definitions.model import Kind
from environments.models import CURATED, State, Worker
from environments.services.drafts import context_definition, draft
from environments.services.jobs import submit_job
from environments.services.setup import ensure_workspaces
from environments.services.tokens import issue_token
from environments.services.versions import publish_version
from tests.cast import PASSWORD, make_build, make_lock, make_user, make_version, make_workspace

pytestmark = pytest.mark.django_db

CALLERS = ("anonymous", "outsider", "viewer", "editor", "workspace admin", "site admin")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")

# What each caller meets, in the order of CALLERS.
PASS, SIGN_IN, FORBIDDEN, HIDDEN = "passes", "must sign in", "is forbidden", "finds nothing"
OPEN = (PASS,) * 6
SIGNED_IN = (SIGN_IN, PASS, PASS, PASS, PASS, PASS)
VIEW = (SIGN_IN, HIDDEN, PASS, PASS, PASS, PASS)
EDIT = (SIGN_IN, HIDDEN, FORBIDDEN, PASS, PASS, PASS)
MANAGE = (SIGN_IN, HIDDEN, FORBIDDEN, FORBIDDEN, PASS, PASS)
SITE_ADMIN = (SIGN_IN, FORBIDDEN, FORBIDDEN, FORBIDDEN, FORBIDDEN, PASS)
NOTHING = (HIDDEN,) * 6
ONES_OWN = (SIGN_IN, HIDDEN, HIDDEN, PASS, HIDDEN, HIDDEN)  # of the editor
TOKENS_ONLY = dict.fromkeys(METHODS, (SIGN_IN,) * 6)  # whom tests/azure lets in by tokens: no session is looked at

WALLS = {
    "home": {"GET": SIGNED_IN},
    "login": {"GET": OPEN, "POST": OPEN},
    "logout": {"POST": SIGNED_IN},
    "theme": {"POST": OPEN},
    "profile": {"GET": SIGNED_IN, "POST": SIGNED_IN},
    "tokens": {"GET": SIGNED_IN, "POST": SIGNED_IN},
    "token-revoke": {"GET": ONES_OWN, "POST": ONES_OWN},
    "accessibility": {"GET": OPEN},
    "connect": {"GET": SIGNED_IN},
    "authority": {"GET": NOTHING},  # there is none until TLS is served
    "healthz": {"GET": OPEN},
    "readyz": {"GET": OPEN},
    "styleguide": {"GET": SIGNED_IN},
    "retention": {"GET": SITE_ADMIN},
    "retention-tidy": {"GET": SITE_ADMIN, "POST": SITE_ADMIN},
    "problem-list": {"GET": SIGNED_IN},
    "problem": {"GET": SIGNED_IN},
    "rules": {"GET": VIEW, "POST": MANAGE},
    "curated": {"GET": SIGNED_IN, "POST": SITE_ADMIN},
    "curated-environment": {"GET": SIGNED_IN},
    "search": {"GET": SIGNED_IN},
    "compare-any": {"GET": VIEW},
    "compare-choose": {"GET": SIGNED_IN},
    "environment-list": {"GET": VIEW},
    "environment-new": {"GET": EDIT},
    "environment-new-kind": {"GET": EDIT, "POST": EDIT},
    "name-check": {"GET": EDIT},
    "check": {"POST": EDIT},
    "environment": {"GET": VIEW},
    "history": {"GET": VIEW},
    "compare": {"GET": VIEW},
    "package-story": {"GET": VIEW},
    "version": {"GET": VIEW},
    "version-definition": {"GET": VIEW},
    "version-packages": {"GET": VIEW},
    "version-lock": {"GET": VIEW},
    "version-sbom": {"GET": VIEW},
    "version-context": {"GET": VIEW},
    "version-builds": {"GET": VIEW},
    "version-use": {"GET": VIEW},
    "version-edit": {"GET": EDIT, "POST": EDIT},
    "version-take-over": {"GET": EDIT},
    "version-rebuild": {"GET": EDIT, "POST": EDIT},
    "version-activity": {"GET": VIEW},
    "version-export": {"GET": VIEW},
    "version-context-zip": {"GET": VIEW},
    "version-duplicate": {"GET": EDIT},
    "version-details": {"GET": EDIT, "POST": EDIT},
    "version-archive": {"GET": MANAGE, "POST": MANAGE},
    "version-restore": {"POST": MANAGE},
    "version-delete": {"GET": MANAGE, "POST": MANAGE},
    "environment-activity": {"GET": VIEW},
    "environment-duplicate": {"GET": EDIT},
    "environment-details": {"GET": EDIT, "POST": EDIT},
    "environment-archive": {"GET": MANAGE, "POST": MANAGE},
    "environment-restore": {"POST": MANAGE},
    "environment-delete": {"GET": MANAGE, "POST": MANAGE},
    "job-list": {"GET": VIEW},
    "job": {"GET": VIEW},
    "build-list": {"GET": VIEW},
    "queue-pause": {"POST": SITE_ADMIN},
    "queue-resume": {"POST": SITE_ADMIN},
    "build": {"GET": VIEW},
    "build-log": {"GET": VIEW},
    "build-raw": {"GET": VIEW},
    "build-sbom": {"GET": VIEW},
    "build-cancel": {"GET": EDIT, "POST": EDIT},
    "build-retry": {"POST": EDIT},
    "build-promote": {"POST": EDIT},
    "api:openapi": {"GET": SIGNED_IN},
    "api:environments": {"GET": VIEW, "POST": EDIT},
    "api:environment": {"GET": VIEW, "PATCH": EDIT, "DELETE": MANAGE},
    "api:environment-activity": {"GET": VIEW},
    "api:environment-deletion": {"GET": MANAGE},
    "api:version": {"GET": VIEW, "PATCH": EDIT, "DELETE": MANAGE},
    "api:version-activity": {"GET": VIEW},
    "api:version-deletion": {"GET": MANAGE},
    "api:version-export": {"GET": VIEW},
    "api:version-context": {"GET": VIEW},
    "api:version-packages": {"GET": VIEW},
    "api:version-lock": {"GET": VIEW},
    "api:version-sbom": {"GET": VIEW},
    "api:build-sbom": {"GET": VIEW},
    "api:version-builds": {"POST": EDIT},
    "api:compare": {"GET": VIEW},
    "api:compare-any": {"GET": VIEW},
    "api:package-story": {"GET": VIEW},
    "api:build": {"GET": VIEW},
    "api:build-log": {"GET": VIEW},
    "api:build-cancel": {"POST": EDIT},
    "api:build-retry": {"POST": EDIT},
    "api:check": {"POST": SIGNED_IN},
    "api:search": {"GET": SIGNED_IN},
    "api:search-packages": {"GET": SIGNED_IN},
    "api:api-root": dict.fromkeys(METHODS, NOTHING),
    "api:nothing": dict.fromkeys(METHODS, NOTHING),
    "azure:metadata": {"GET": OPEN},
    "azure:identity": {"GET": OPEN},
    **dict.fromkeys(("azure:workspace", "azure:datastores", "azure:datastore", "azure:blob"), TOKENS_ONLY),
    **dict.fromkeys(("azure:environments", "azure:environment", "azure:nothing"), TOKENS_ONLY),
    **dict.fromkeys(("azure:versions", "azure:version", "azure:jobs", "azure:job"), TOKENS_ONLY),
    **{f"azure:registry-{noun}": TOKENS_ONLY for noun in ("upload", "share", "environments", "environment")},
    **{f"azure:registry-{noun}": TOKENS_ONLY for noun in ("versions", "version", "discovery", "operation")},
    **dict.fromkeys(("azure:codes", "azure:code", "azure:code-upload"), TOKENS_ONLY),
    "admin:index": dict.fromkeys(METHODS, SITE_ADMIN),
}
ALSO = {  # values for the parts of an address, where the usual ones do not serve
    "version-context": {"env": "tool"},
    "version-context-zip": {"env": "tool"},
    "api:version-context": {"name": "tool"},
    "curated-environment": {"env": "shared"},
}
PAIR = "?from=vision/train:1&to=vision/train:2"
QUERIES = {"compare-any": PAIR, "api:compare-any": PAIR}
API = ("api:", "azure:")


def names_in(resolver, namespace=""):
    """The name of every address. Django's admin has one wall around all of it: only its index is tried."""
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLPattern):
            yield namespace + (pattern.name or f"unnamed {pattern.pattern}")
        elif pattern.namespace == "admin":
            yield "admin:index"
        else:
            yield from names_in(pattern, f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace)


def every_name():
    return sorted(set(names_in(get_resolver())))


def names_with(method, *, pages_only=False):
    return [name for name, wall in WALLS.items() if method in wall and not (pages_only and name.startswith(API))]


@pytest.fixture
def world(plain_files):
    """{"kwargs": values for every part of an address, "users": {caller: User or None}}."""
    ensure_workspaces()
    users = {caller: make_user(caller.replace(" ", "-")) for caller in CALLERS[1:5]}
    users["site admin"] = make_user("site-admin", is_superuser=True, is_staff=True)
    members = {"viewer": users["viewer"], "editor": users["editor"], "admin": users["workspace admin"]}
    vision = make_workspace("vision", **members)
    lock = make_lock(vision, pip="numpy==2.1.0 --hash=sha256:aa\n")
    build = make_build(make_version(vision, "train", "numpy"), packages=[("pip", "numpy", "2.1.0")], lock=lock)
    make_build(make_version(vision, "train", "scipy"), State.RUNNING)
    publish_context(vision)
    submit_job(vision, "trained", build.version, asked_for="train:1", properties={}, by=None, may_build=False)
    make_version(make_workspace(CURATED), "shared", "numpy")
    Worker.objects.create(name="w", host="h", engine="an engine", heartbeat_at=timezone.now())
    token, _ = issue_token(users["editor"], "nightly")
    kwargs = {
        "number": token.pk,
        "ws": "vision",
        "env": "train",
        "name": "train",
        "version": "1",
        "kind": Kind.PIP.value,
        "build_id": build.pk,
        "a": "1",
        "b": "2",
        "package": "numpy",
        "code": "unpinned",
        "rest": "nothing/here",
        "job": "trained",
        "registry": "shared",
        "operation": "any",
        "sub": "any",
        "group": "any",
    }
    return {"kwargs": kwargs, "users": {"anonymous": None, **users}}


def publish_context(workspace):
    files = from_texts({"Dockerfile": "FROM python:3.11-slim\n"})
    publish_version(workspace, "tool", draft(workspace, context_definition(files), files=files), author=None)


def address(name, world):
    """The path of an address in the world, every part of it filled in."""
    values = world["kwargs"] | ALSO.get(name, {})
    return reverse(name, kwargs={part: values[part] for part in parts_of(name)}) + QUERIES.get(name, "")


def parts_of(name):
    """The names of the variable parts of an address, those of its parents too."""
    namespace, _, last = name.rpartition(":")
    resolver = get_resolver().namespace_dict[namespace][1] if namespace else get_resolver()
    possibilities = resolver.reverse_dict.getlist(last)[0][0]
    return possibilities[0][1]


def log_in(user):
    client = Client(raise_request_exception=False)
    if user:
        client.force_login(user)
    return client


def ask(client, method, path):
    """Ask, take everything back that it did, and return what the caller met."""
    cookies = copy(client.cookies)
    with transaction.atomic():
        response = client.generic(method, path)
        if response.headers.get("Location", "").startswith(reverse("admin:login")):
            response = client.get(response["Location"])
        transaction.set_rollback(True)
    client.cookies = cookies
    return met(response)


def met(response):
    if response.status_code == 401 or response.headers.get("Location", "").startswith(f"{reverse('login')}?next="):
        return SIGN_IN
    special = {403: FORBIDDEN, 404: HIDDEN, 405: "finds the method impossible"}
    if response.status_code >= 500:
        return f"gets {response.status_code}"
    return special.get(response.status_code, PASS)


@pytest.mark.parametrize("name", every_name())
def test_every_address_has_its_wall(world, name):
    walls = WALLS.get(name)
    assert walls is not None, f"{name} has no row in WALLS. Say who may do what there."
    path = address(name, world)
    for place, caller in enumerate(CALLERS):
        client = log_in(world["users"][caller])
        answers = {method: ask(client, method, path) for method in METHODS}
        expected = {method: wall[place] for method, wall in walls.items()}
        assert {method: answers[method] for method in expected} == expected, (caller, path)
        others = [method for method in METHODS if method not in walls and answers[method] == PASS]
        assert not others, f"{path} takes {others} from the {caller}, but WALLS says nothing of that."


def test_no_row_is_left_of_an_address_that_is_gone():
    assert set(WALLS) - set(every_name()) == set()


@pytest.mark.parametrize("name", names_with("POST", pages_only=True))
def test_a_post_without_its_csrf_token_is_refused(world, name):
    client = Client(enforce_csrf_checks=True)
    client.force_login(world["users"]["site admin"])
    assert client.post(address(name, world)).status_code == 403


def row_counts():
    return {model._meta.label: model.objects.count() for model in apps.get_models()}


@pytest.mark.parametrize("name", names_with("GET"))
def test_looking_changes_no_row_counts(world, name):
    client = log_in(world["users"]["site admin"])
    before = row_counts()
    client.get(address(name, world))
    assert row_counts() == before


@pytest.mark.parametrize(
    "elsewhere", ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
def test_nobody_is_led_elsewhere(world, elsewhere):
    client = Client()
    sent = {"username": "viewer", "password": PASSWORD, "next": elsewhere}
    response = client.post(f"{reverse('login')}?next={elsewhere}", sent)
    assert response.status_code == 302
    assert "evil" not in response["Location"]
    assert "javascript" not in response["Location"]
    assert "evil" not in client.post(reverse("theme"), {"theme": "dark", "next": elsewhere})["Location"]


def test_a_build_is_not_found_under_another_workspace(world):
    client = log_in(world["users"]["site admin"])
    build_id = world["kwargs"]["build_id"]
    for name in ("build", "build-log", "build-raw", "build-sbom", "build-cancel"):
        assert client.get(reverse(name, args=["default", build_id])).status_code == 404


def test_a_version_of_ones_own_is_not_compared_with_a_hidden_one(world):
    outsider = world["users"]["outsider"]
    make_version(make_workspace("other", editor=outsider), "mine", "numpy")
    client = log_in(outsider)
    for query in ("from=other/mine:1&to=vision/train:1", "from=vision/train:1&to=other/mine:1"):
        assert client.get(f"{reverse('compare-any')}?{query}").status_code == 404

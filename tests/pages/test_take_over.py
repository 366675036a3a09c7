"""The Dockerfile the studio writes, turned into a build context of one's own."""

import pytest

from environments.builder import run
from environments.contexts import from_texts
from environments.engine.fake import FakeEngine, fake_image
from environments.models import Build, State, Version
from environments.services import drafts
from environments.services.builds import request_build
from environments.services.contexts import context_of
from environments.services.versions import publish_version
from tests.cast import make_build, make_lock, make_version, make_workspace

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("plain_files")]

LOCK = "numpy==2.4.6 --hash=sha256:aa\n"
DIGEST = "sha256:" + "b" * 64


@pytest.fixture
def web(client, alice):
    client.force_login(alice)
    return client


@pytest.fixture
def built(vision):
    version = make_version(vision, "train", "numpy")
    make_build(version, lock=make_lock(vision, pip=LOCK), base_digest=f"docker.io/library/python@{DIGEST}")
    return version


def taken_over(web, version):
    return web.get(f"{version.get_absolute_url()}take-over/")


def test_the_form_begins_as_the_version_was_built(web, built):
    answer = taken_over(web, built)
    assert answer.url == "/w/vision/new/context/?from=vision%2Ftrain%3A1"
    page = web.get(answer.url)
    form = page.context["form"]
    assert form["text"].value().startswith(f"FROM python:3.11-slim@{DIGEST}\nRUN ")
    assert dict(form["extra"].value()) == {"requirements.lock": LOCK}
    assert "recorded as its parent" in page.content.decode()


def test_what_is_saved_is_a_context_with_its_lineage_and_can_be_built(web, built):
    form = web.get(taken_over(web, built).url).context["form"]
    fields = {"name": "own", "from": "vision/train:1", "way": "write", "dockerfile_path": "Dockerfile", "build": "on"}
    fields |= {"text": form["text"].value() + "RUN echo mine\n", "action": "save"}
    fields |= {"extra_name": ["requirements.lock"], "extra_text": [LOCK]}
    assert web.post("/w/vision/new/context/", fields).status_code == 303
    own = Version.objects.get(environment__name="own")
    assert (own.kind, own.parent) == ("context", built)
    engine = FakeEngine(images=[fake_image(f"python:3.11-slim@{DIGEST}")])
    run.run(own.newest_build().pk, engine, worker="worker")
    done = Build.objects.get(version=own)
    assert (done.state, done.error) == (State.SUCCEEDED, "")


def test_without_a_lock_the_first_build_is_asked_for(web, vision):
    version = make_version(vision, "train", "numpy")
    answer = web.get(f"{version.get_absolute_url()}take-over/", follow=True)
    assert answer.redirect_chain[-1][0].endswith("/v/1/definition/")
    assert "Build it once." in answer.content.decode()


def test_an_image_becomes_a_dockerfile_of_one_line(web, vision):
    draft = drafts.draft(vision, drafts.image_definition("python:3.11-slim"))
    version, _ = publish_version(vision, "plain", draft, author=None)
    assert context_of(version).dockerfile() == "FROM python:3.11-slim\n"


def test_a_curated_one_is_taken_over_into_ones_own_workspace(web, built):
    curated = make_version(make_workspace("curated"), "sklearn", "scikit-learn")
    make_build(curated, lock=make_lock(curated.environment.workspace, pip=LOCK))
    assert taken_over(web, curated).url == "/w/vision/new/context/?from=curated%2Fsklearn%3A1"


@pytest.mark.parametrize(
    ("dockerfile", "said"),
    [
        ("FROM python:3.11-slim\nRUN --mount=type=bind,from=studio-tools,target=/t true\n", ""),
        ("FROM studio-tools\nRUN true\n", "Line 1: studio-tools is lent"),
        ("FROM python:3.11-slim\nCOPY --from=studio-tools /uv.toml /\n", "Line 2: studio-tools is lent"),
        ("FROM studio-tools:other\n", "studio-tools:other is a name the studio keeps"),
    ],
)
def test_the_tools_may_be_mounted_and_nothing_else(vision, dockerfile, said):
    files = from_texts({"Dockerfile": dockerfile})
    draft = drafts.draft(vision, drafts.context_definition(files), files=files)
    version, _ = publish_version(vision, "own", draft, author=None)
    queued = request_build(version, by=None)
    run.run(queued.pk, FakeEngine(), worker="worker")
    done = Build.objects.get(pk=queued.pk)
    assert done.state == (State.FAILED if said else State.SUCCEEDED)
    assert done.error.startswith(said)

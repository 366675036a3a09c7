"""Definitions of every kind become images on a real engine: from the services to the packages, nothing played."""

import uuid
from contextlib import suppress
from pathlib import Path

import pytest
import uv
from django.conf import settings
from docker.errors import NotFound

from environments.builder import smoke
from environments.contexts import from_texts
from environments.engine import get_engine
from environments.locking import pip
from environments.models import LogPiece, State
from environments.models.builds import Reason
from environments.services import drafts
from tests.builder.publishing import publish
from tests.engine.building import build_of, printed_by, workspace_of_images

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.engine]
BASE = "python:3.11-slim"
# More packages than a layer that is made anew for every addition: each has a wheel of a few kB and needs nothing.
SMALL = "".join(
    f"{name}\n"
    for name in (
        *("attrs", "certifi", "charset-normalizer", "click", "cloudpickle", "colorama", "cycler", "decorator"),
        *("dill", "filelock", "fsspec", "idna", "iniconfig", "itsdangerous", "joblib", "markupsafe", "packaging"),
        *("pluggy", "ply", "pycparser", "pyparsing", "pytz", "tabulate", "toolz", "typing-extensions", "zipp"),
    )
)


@pytest.fixture
def vision(client):
    """A workspace; the images it made are dropped afterwards."""
    with workspace_of_images(client) as workspace:
        yield workspace


@pytest.fixture
def built(vision, engine):
    def build(definition, name="train", reason=Reason.CREATE, **facts):
        return build_of(publish(vision, definition, name, **facts), engine, reason)

    return build


def test_a_conda_file_with_a_pip_section_becomes_an_image_that_runs(built, engine):
    text = "channels: [conda-forge]\ndependencies:\n  - python=3.11\n  - pip\n  - pip:\n      - six==1.16.0\n"
    done = built(drafts.conda_definition(BASE, text), text=text)
    assert (done.state, done.error) == (State.SUCCEEDED, "")
    assert "1.16.0" in printed_by(engine, done, "python", "-c", "import six; print(six.__version__)")
    assert done.image.packages.get(manager="pip", name="six").version == "1.16.0"
    assert done.image.packages.filter(manager="dpkg", name="libc6").exists()


def test_requirements_become_an_image_with_hashes_in_its_lock(built, engine):
    done = built(drafts.pip_definition(BASE, "numpy\nscikit-learn\n"))
    assert (done.state, done.error) == (State.SUCCEEDED, "")
    assert "--hash=sha256:" in done.lock.texts["pip"]
    asked = done.image.packages.filter(asked=True).values_list("name", flat=True)
    assert {name.lower() for name in asked} == {"numpy", "scikit-learn"}
    smoke.check(done.pk, engine)
    done.refresh_from_db()
    assert done.checked, done.check_output


def test_an_edit_installs_only_what_is_new_and_keeps_the_rest_as_it_was(built, engine):
    first = built(drafts.pip_definition(BASE, "numpy<2\nsix==1.16.0\n" + SMALL))
    second = built(drafts.pip_definition(BASE, "numpy\nsix\nhumanize\n" + SMALL))
    assert (second.state, second.error) == (State.SUCCEEDED, "")
    below, above = ([layer["digest"] for layer in build.image.layers] for build in (first, second))
    assert above[:-1] == below
    earlier, later = (dict(pip.pins(build.lock.texts["pip"])) for build in (first, second))
    assert earlier.items() <= later.items()
    assert later.keys() - earlier.keys() == {"humanize"}
    assert (
        printed_by(engine, second, "python", "-c", "import humanize, numpy, six; print(numpy.__version__)").strip()
        == earlier["numpy"]
    )


def test_compiled_bytecode_is_in_the_image_where_the_workspace_wants_it(vision, built, engine):
    vision.compile_bytecode = True
    vision.save()
    done = built(drafts.pip_definition(BASE, "six==1.16.0\n"))
    command = "import six, importlib.util as util, os; print(os.path.exists(util.cache_from_source(six.__file__)))"
    assert printed_by(engine, done, "python", "-B", "-c", command) == "True\n"


def test_nothing_of_the_tools_stays_in_the_image(built, engine):
    done = built(drafts.pip_definition(BASE, "six==1.16.0\n"))
    assert printed_by(engine, done, "sh", "-c", "ls /run/studio /root/.cache /lock 2>/dev/null; true") == ""


def test_a_package_without_a_wheel_is_built_in_the_sandbox(built, engine):
    done = built(drafts.pip_definition(BASE, "docopt==0.6.2\n"))
    assert (done.state, done.error) == (State.SUCCEEDED, "")
    assert "0.6.2" in printed_by(engine, done, "python", "-c", "import docopt; print(docopt.__version__)")


def test_a_build_context_of_several_files_becomes_an_image(built, engine):
    greeting = f"hello {uuid.uuid4()}"  # new each time: a step out of the engine's cache prints nothing
    files = from_texts(
        {"Dockerfile": f"FROM {BASE}\nCOPY data/a.txt /a.txt\nRUN cat /a.txt\n", "data/a.txt": f"{greeting}\n"}
    )
    done = built(drafts.context_definition(files), files=files)
    assert (done.state, done.error) == (State.SUCCEEDED, "")
    assert printed_by(engine, done, "cat", "/a.txt") == f"{greeting}\n"
    assert any(greeting in piece.text for piece in LogPiece.objects.filter(build=done))


def test_an_existing_image_is_recorded_as_it_is(built, engine):
    done = built(drafts.image_definition(BASE))
    assert (done.state, done.error) == (State.SUCCEEDED, "")
    assert done.image.facts["python"].startswith("3.11")


def test_what_cannot_be_resolved_is_explained_by_the_resolver(built):
    done = built(drafts.pip_definition(BASE, "numpy==99\n"))
    assert done.state == State.FAILED
    assert "numpy==99" in done.error
    last = LogPiece.objects.filter(build=done).order_by("first_line").last()
    assert (last.step.name, done.error.splitlines()[-1] in last.text) == ("Lock 1 package", True)


def test_a_rebuild_from_the_same_lock_gives_the_same_packages(built, client):
    first = built(drafts.pip_definition(BASE, "six==1.16.0\n"))
    client.remove_image(first.image.name, force=True)
    before = list(first.image.packages.values_list("manager", "name", "version"))
    again = built(drafts.pip_definition(BASE, "six==1.16.0\n"), reason=Reason.REBUILD)
    assert (again.state, again.reused, again.lock) == (State.SUCCEEDED, None, first.lock)
    assert list(again.image.packages.values_list("manager", "name", "version")) == before


@pytest.fixture
def served(registry, client, docker_host, tmp_path):
    """An engine whose mirrors file names our own registry for `far.example`; it holds far.example/base."""
    here = f"{registry}/mirrored/base"
    client.tag(BASE, here, tag="latest")
    for line in client.push(here, tag="latest", stream=True, decode=True):
        assert "error" not in line, line
    mirrors = tmp_path / "mirrors.toml"
    mirrors.write_text(f'[images]\n"far.example" = "{registry}/mirrored"\n')
    yield get_engine(
        docker_host, uv_path=Path(uv.find_uv_bin()), site_files=settings.INDEXES.files(), mirrors_file=mirrors
    )
    for name in (f"{here}:latest", "far.example/base:latest"):
        with suppress(NotFound):
            client.remove_image(name, force=True)


def test_a_base_that_a_mirror_serves_is_pulled_measured_and_recorded(vision, served):
    text = "channels: [conda-forge]\ndependencies:\n  - python=3.8\n  - pip=21.2.4\n  - pip:\n      - six\n"
    done = build_of(publish(vision, drafts.conda_definition("far.example/base", text), "far", text=text), served)
    assert done.state == State.FAILED
    assert done.error.startswith("The file asks for Python 3.8, but the base image far.example/base has Python 3.11")
    assert any("served by" in piece.text for piece in LogPiece.objects.filter(build=done))


def test_a_file_for_another_python_ends_with_one_sentence(built):
    text = "dependencies:\n  - python=3.8\n  - pip:\n      - six\n"
    done = built(drafts.conda_definition(BASE, text), text=text)
    assert done.state == State.FAILED
    assert done.error.startswith(f"The file asks for Python 3.8, but the base image {BASE} has Python 3.11")


def test_a_constraint_limits_what_is_installed_and_installs_nothing_itself(built):
    done = built(drafts.pip_definition(BASE, "python-dateutil==2.9.0.post0\n-c six<1.17\n-c numpy<2\n"))
    assert (done.state, done.error) == (State.SUCCEEDED, "")
    assert done.image.packages.get(manager="pip", name="six").version == "1.16.0"
    assert not done.image.packages.filter(name="numpy").exists()

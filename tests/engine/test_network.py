"""Workspaces whose builds run without network, on the real engine."""

import uuid

import pytest

from environments.models import LogPiece, State
from environments.models.builds import Reason
from environments.services import drafts
from tests.builder.publishing import from_dockerfile, publish
from tests.engine.building import build_of, printed_by, workspace_of_images

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.engine]
BASE = "python:3.11-slim"
INTERFACES = "ls /sys/class/net"


@pytest.fixture
def sealed(client, plain_files):
    """A workspace whose builds run without network."""
    with workspace_of_images(client, "sealed") as workspace:
        workspace.network = False
        workspace.save()
        yield workspace


def log_of(build):
    return "\n".join(LogPiece.objects.filter(build=build).values_list("text", flat=True))


def context(*commands):
    return "\n".join([f"FROM {BASE}", f"RUN echo {uuid.uuid4()}", *commands]) + "\n"


def test_the_steps_of_a_context_have_no_network(sealed, engine):
    done = build_of(from_dockerfile(sealed, context(f'RUN echo "there is: $({INTERFACES})"')), engine)
    assert (done.state, done.error) == (State.SUCCEEDED, "")
    assert "there is: lo\n" in f"{log_of(done)}\n"


def test_no_flag_of_a_step_brings_it_back(sealed, engine):
    """Where the engine knows the flag at all; otherwise the Dockerfile cannot be read."""
    done = build_of(from_dockerfile(sealed, context(f'RUN --network=default echo "there is: $({INTERFACES})"')), engine)
    assert done.state == State.FAILED or "there is: lo\n" in f"{log_of(done)}\n"


def test_a_step_that_needs_the_network_is_told_why_there_is_none(sealed, engine):
    fetch = "import urllib.request; urllib.request.urlopen('http://files.example/x')"
    done = build_of(from_dockerfile(sealed, context(f'RUN python3 -c "{fetch}"')), engine)
    assert done.state == State.FAILED
    assert "in this workspace the steps of Dockerfiles reach none" in done.error


def test_packages_are_installed_from_wheels(sealed, engine):
    done = build_of(publish(sealed, drafts.pip_definition(BASE, "six==1.16.0\n")), engine)
    assert (done.state, done.error) == (State.SUCCEEDED, "")
    assert "1.16.0" in printed_by(engine, done, "python3", "-c", "import six; print(six.__version__)")


@pytest.mark.parametrize("text", ["docopt==0.6.2\n", "six==1.16.0\n--no-binary six\n"])
def test_packages_whose_own_code_would_run_are_refused(sealed, engine, text):
    done = build_of(publish(sealed, drafts.pip_definition(BASE, text)), engine)
    assert done.state == State.FAILED
    assert "In this workspace steps of builds are to reach no network" in done.error


def test_a_lock_from_before_is_installed_from_wheels_as_well(sealed, engine):
    sealed.network = True
    sealed.save()
    version = publish(sealed, drafts.pip_definition(BASE, "docopt==0.6.2\n"))
    first = build_of(version, engine)
    assert (first.state, first.error) == (State.SUCCEEDED, "")
    engine.remove_image(first.image.name)
    sealed.network = False
    sealed.save()
    again = build_of(version, engine, Reason.REBUILD)
    assert again.state == State.FAILED
    assert "no usable wheels" in log_of(again)

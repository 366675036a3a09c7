"""What was built, read from real images: who needs whom, what the base brought, what cannot be imported, the SBOM."""

import json
import uuid

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from environments.builder import smoke
from environments.display.smoke import findings
from environments.models import State
from environments.models.images import BASE_IMAGE
from environments.services import drafts
from environments.services.sbom import sbom_text
from tests.builder.publishing import from_dockerfile, publish
from tests.engine.building import build_of, workspace_of_images
from tests.engine.making import build as build_image

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.engine, pytest.mark.usefixtures("plain_files")]
BASE = "python:3.11-slim"


@pytest.fixture
def vision(client):
    with workspace_of_images(client) as workspace:
        yield workspace


@pytest.fixture
def bare_base(engine):
    """Name of a Python base without the library for threads that lightgbm takes for granted."""
    name = f"contents-{uuid.uuid4().hex[:12]}:1"
    build_image(engine, f"FROM {BASE}\nRUN find /usr/lib -name 'libgomp.so*' -delete\n", tags=(name,))
    yield name
    engine.remove_image(name)


def test_of_pip_packages_it_is_known_who_needs_them_and_the_document_is_sound(vision, engine):
    done = build_of(publish(vision, drafts.pip_definition(BASE, "pandas\nuvicorn[standard]\n")), engine)
    assert (done.state, done.error) == (State.SUCCEEDED, "")
    packages = {package.name: package for package in done.image.packages.filter(manager="pip")}
    assert packages["numpy"].required_by == ["pandas"]
    assert packages["click"].required_by == ["uvicorn"]
    assert packages["httptools"].required_by == ["uvicorn"]  # of the extra that was asked for
    assert packages["pandas"].asked
    assert not packages["numpy"].asked
    libc = done.image.packages.get(manager="dpkg", name="libc6")
    assert libc.source == BASE_IMAGE
    assert "libgcc-s1" in libc.required_by
    assert not packages["pandas"].source
    assert done.image.facts["base"]["name"] == BASE
    assert done.image.layers[-1]["made_by"].startswith(("RUN", "COPY"))
    text = sbom_text(done.image, done.lock)
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    needs = {entry["ref"]: entry["dependsOn"] for entry in json.loads(text)["dependencies"]}
    pandas, numpy = (f"pip:{name}@{packages[name].version}" for name in ("pandas", "numpy"))
    assert numpy in needs[pandas]
    assert pandas in needs[f"image:{done.image.image_id}"]


def test_what_a_dockerfile_adds_is_told_from_what_its_base_had(vision, engine):
    dockerfile = f"FROM {BASE} AS other\nRUN true\nFROM {BASE}\nCOPY --from=other /etc/hostname /srv/hostname\n"
    done = build_of(from_dockerfile(vision, f"{dockerfile}RUN pip install --no-cache-dir humanize\n"), engine)
    assert (done.state, done.error) == (State.SUCCEEDED, "")
    added = done.image.packages.exclude(source__endswith=BASE_IMAGE)
    assert [package.name for package in added] == ["humanize"]
    assert done.image.layers[-1]["made_by"] == "RUN pip install --no-cache-dir humanize"


def test_a_library_that_is_missing_is_found_by_importing_and_hides_no_other(vision, engine, bare_base):
    asked = "lightgbm\nscikit-learn\nPyYAML\nPillow\ntypes-requests\nmlflow-skinny\n"
    done = build_of(publish(vision, drafts.pip_definition(bare_base, asked)), engine)
    assert (done.state, done.error) == (State.SUCCEEDED, "")
    smoke.check(done.pk, engine)
    done.refresh_from_db()
    found = findings(done.check_output)
    assert done.checked is False, done.check_output
    (failed,) = found.failed
    assert failed.name == "lightgbm"
    assert "libgomp.so.1" in failed.error
    assert "libgomp1" in failed.remedy
    imported = {package.name.lower(): package.modules for package in found.imported}
    assert imported == {
        "scikit-learn": ["sklearn"],
        "pyyaml": ["yaml"],
        "pillow": ["PIL"],
        "mlflow-skinny": ["mlflow"],
    }
    assert [package.name for package in found.nothing] == ["types-requests"]

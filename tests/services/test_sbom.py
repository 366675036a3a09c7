"""The bill of materials, held against the official schema."""

import json

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from environments.models.images import BASE_IMAGE
from environments.services.sbom import sbom, sbom_text
from tests.cast import make_image, make_lock, make_workspace
from tests.locks import conda_line, sha256_of

pytestmark = pytest.mark.django_db
PIP = f"""numpy==2.1.0 \\
    --hash=sha256:{sha256_of("numpy-a")} \\
    --hash=sha256:{sha256_of("numpy-b")}
Ruamel.Yaml==0.18 --hash=sha256:{sha256_of("yaml")}
other==1 --hash=sha256:{sha256_of("other")}
"""
PACKAGES = [
    ("pip", "numpy", "2.1.0"),
    ("pip", "ruamel.yaml", "0.18"),
    ("pip", "other", "2"),
    ("conda", "zlib", "1.3.1"),
    ("dpkg", "libstdc++6", "1:12.2.0-14"),
]


@pytest.fixture
def image():
    made = make_image(make_workspace("vision"), PACKAGES, key="ab" * 32)
    made.packages.filter(name__in=["ruamel.yaml"]).update(asked=True)
    made.packages.filter(name="numpy").update(required_by=["ruamel.yaml", "gone"])
    made.packages.filter(name="zlib").update(required_by=["numpy"], source="conda-forge")
    made.packages.filter(name="libstdc++6").update(source=BASE_IMAGE)
    return made


@pytest.fixture
def lock(image):
    return make_lock(image.workspace, pip=PIP, conda=conda_line("zlib", "1.3.1", "h4_1", channel="conda-forge"))


def parts(document):
    return {component["bom-ref"]: component for component in document["components"]}


def test_it_is_what_the_official_schema_asks_for(image, lock):
    validator = JsonStrictValidator(SchemaVersion.V1_6)
    for text in (sbom_text(image, lock), sbom_text(image)):
        assert validator.validate_str(text) is None
    bare = make_image(image.workspace)
    bare.facts, bare.repo_digest = {}, f"docker.io/library/x@sha256:{'cd' * 32}"
    assert validator.validate_str(sbom_text(bare)) is None


def test_every_package_has_its_address_among_packages(image, lock):
    purls = {reference: component.get("purl") for reference, component in parts(sbom(image, lock)).items()}
    assert purls == {
        "system": None,
        "pip:numpy@2.1.0": "pkg:pypi/numpy@2.1.0",
        "pip:ruamel.yaml@0.18": "pkg:pypi/ruamel-yaml@0.18",
        "pip:other@2": "pkg:pypi/other@2",
        "conda:zlib@1.3.1": "pkg:conda/zlib@1.3.1?build=h4_1&channel=conda-forge&subdir=linux-64",
        "dpkg:libstdc++6@1:12.2.0-14": "pkg:deb/debian/libstdc%2B%2B6@1:12.2.0-14?distro=debian-12",
    }


@pytest.mark.parametrize(
    ("source", "qualifier"),
    [
        ("git+https://example.com/numpy.git@0a1b", "?vcs_url=git%2Bhttps://example.com/numpy.git%400a1b"),
        (f"git+ssh://example.com/n.git@0a1b, {BASE_IMAGE}", "?vcs_url=git%2Bssh://example.com/n.git%400a1b"),
        ("https://example.com/numpy-2.1.0.tar.gz", "?download_url=https://example.com/numpy-2.1.0.tar.gz"),
        (BASE_IMAGE, ""),
    ],
)
def test_a_package_that_no_index_gave_is_not_taken_for_one_of_the_index(image, source, qualifier):
    image.packages.filter(name="numpy").update(source=source)
    assert parts(sbom(image))["pip:numpy@2.1.0"]["purl"] == f"pkg:pypi/numpy@2.1.0{qualifier}"


def test_the_system_is_told_as_it_calls_itself(image):
    image.facts |= {"system": "Ubuntu 22.04.4 LTS", "system_id": "ubuntu", "system_version": "22.04"}
    found = parts(sbom(image))
    assert found["system"] == {
        "type": "operating-system",
        "bom-ref": "system",
        "name": "ubuntu",
        "version": "22.04",
    }
    purl = found["dpkg:libstdc++6@1:12.2.0-14"]["purl"]
    assert purl == "pkg:deb/ubuntu/libstdc%2B%2B6@1:12.2.0-14?distro=ubuntu-22.04"


def test_of_a_system_recorded_by_its_long_name_alone_the_vendor_is_known(image):
    image.facts = {"system": "Ubuntu 22.04.4 LTS"}
    assert parts(sbom(image))["dpkg:libstdc++6@1:12.2.0-14"]["purl"] == "pkg:deb/ubuntu/libstdc%2B%2B6@1:12.2.0-14"


def test_a_hash_is_told_where_the_lock_leaves_no_choice_and_the_version_is_the_locked_one(image, lock):
    found = parts(sbom(image, lock))
    hashes = {
        reference: [part["content"] for part in component.get("hashes", [])] for reference, component in found.items()
    }
    assert hashes["pip:ruamel.yaml@0.18"] == [sha256_of("yaml")]
    assert hashes["conda:zlib@1.3.1"] == [sha256_of("zlib-1.3.1-h4_1.conda")]
    assert hashes["pip:numpy@2.1.0"] == hashes["pip:other@2"] == []
    (candidates,) = [
        part["value"] for part in found["pip:numpy@2.1.0"]["properties"] if part["name"] == "studio:locked_sha256"
    ]
    assert set(candidates.split()) == {sha256_of("numpy-a"), sha256_of("numpy-b")}


def test_the_needs_lead_from_the_image_to_every_package(image):
    needs = {entry["ref"]: entry["dependsOn"] for entry in sbom(image)["dependencies"]}
    assert needs[f"image:{image.image_id}"] == ["dpkg:libstdc++6@1:12.2.0-14", "pip:other@2", "pip:ruamel.yaml@0.18"]
    assert needs["pip:ruamel.yaml@0.18"] == ["pip:numpy@2.1.0"]
    assert needs["pip:numpy@2.1.0"] == ["conda:zlib@1.3.1"]
    assert needs["conda:zlib@1.3.1"] == []


def test_the_same_image_has_the_same_document(image, lock):
    first, second = (json.loads(sbom_text(image, lock)) for _ in range(2))
    assert first == second
    other = make_image(image.workspace)
    assert sbom(other)["serialNumber"] != first["serialNumber"]
    assert first["metadata"]["timestamp"].startswith(image.created_at.isoformat()[:19])
    assert first["metadata"]["component"]["hashes"] == [{"alg": "SHA-256", "content": "ab" * 32}]

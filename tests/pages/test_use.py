"""How a version is used, what was made from it, and how it grew."""

import pytest

from environments.models import ImagePackage, State
from environments.pages import snippets
from tests.cast import make_build, make_version, make_workspace

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def plain_engine(settings):
    settings.DOCKER_COMMAND = settings.DOCKER_HOST = settings.STUDIO_REGISTRY = ""


@pytest.fixture
def ready(vision):
    version = make_version(vision, "train", "numpy")
    make_build(version, packages=[("pip", "numpy", "2.1.0")])
    return version


def use(web, version, **query):
    return web.get(f"{version.get_absolute_url()}use/", query)


def test_every_way_is_offered_and_names_what_is_pinned(web, ready):
    keys = [choice["url"].removeprefix("?as=") for choice in use(web, ready).context["choices"]]
    assert keys[:4] == ["docker", "prompt", "dockerfile", "compose"]
    assert {"kubernetes", "deployment", "azure", "devcontainer", "github", "gitlab"} <= set(keys)
    for key in keys:
        page = use(web, ready, **{"as": key})
        assert ready.image_built.name in page.context["snippet"].text
        assert "data-copy" in page.text


def test_a_digest_is_used_where_a_registry_knows_it(web, ready, settings):
    settings.STUDIO_REGISTRY = "registry.example"
    ready.image_built.repo_digest = f"registry.example/studio/vision@sha256:{'1' * 64}"
    ready.image_built.save()
    page = use(web, ready, **{"as": "azure"})
    assert f'image="registry.example/studio/vision@sha256:{"1" * 64}"' in page.context["snippet"].text
    assert "docker login registry.example" in page.text
    assert "&& docker push studio/vision/train:latest" in use(web, ready, tag="moving").text.replace("&amp;", "&")


def test_what_has_to_be_done_before_stands_before(web, ready):
    ready.image_built.facts["command"] = ["python3", "/app/score.py"]
    ready.image_built.save()
    page = use(web, ready, **{"as": "azure"}).text
    assert page.index("Push the image") < page.index("client.environments.create_or_update")
    assert f"Azure has to be able to pull registry.example/{ready.image_built.name}" in page
    assert use(web, ready).context["snippet"].text == f"docker run --rm {ready.image_built.name}"


def test_the_moving_tag_is_given_by_hand_and_said_to_be_no_record(web, ready):
    page = use(web, ready, tag="moving", **{"as": "compose"})
    assert "image: studio/vision/train:latest" in page.context["snippet"].text
    assert page.context["naming"] == f"docker tag {ready.image_built.name} studio/vision/train:latest"
    assert "not reproducible" in page.text
    assert all(choice["url"].endswith("&tag=moving") for choice in page.context["choices"])
    assert "not reproducible" not in use(web, ready, **{"as": "compose"}).text


@pytest.mark.parametrize(
    ("name", "version", "expected"),
    [
        ("nvidia-cuda-runtime-cu12", "12.4.127", "12.4"),
        ("cuda-version", "12.6", "12.6"),
        ("cuda-cudart-12-4", "12.4.127-1", "12.4"),
        ("nvidia-ml-py", "13.0", ""),
    ],
)
def test_cuda_is_read_from_the_packages_of_images_recorded_without_it(web, ready, name, version, expected):
    del ready.image_built.facts["cuda"]
    ready.image_built.save()
    ImagePackage.objects.create(image=ready.image_built, manager="pip", name=name, version=version)
    assert snippets.cuda_of(ready.image_built) == expected
    assert ("--gpus all" in use(web, ready).context["snippet"].text) == bool(expected)
    assert ("<dt>CUDA</dt>" in web.get(ready.get_absolute_url()).text) == bool(expected)


def test_cuda_is_a_fact_of_an_image(web, ready):
    ready.image_built.facts["cuda"] = "12.8"
    ready.image_built.save()
    assert "--gpus all" in use(web, ready).context["snippet"].text
    assert "<dt>CUDA</dt><dd>12.8</dd>" in web.get(ready.get_absolute_url()).text


def test_without_an_image_the_way_to_one_is_shown(web, vision):
    version = make_version(vision, "train", "numpy")
    assert f"{version.get_absolute_url()}rebuild/" in use(web, version).text
    build = make_build(version, State.QUEUED)
    page = use(web, version).text
    assert "No image yet" in page
    assert build.get_absolute_url() in page


def test_the_overview_lists_what_was_made_from_a_version_that_one_may_see(web, ready, vision):
    other = make_workspace("other")
    make_version(vision, "mine", "numpy", "scipy", parent=ready)
    make_version(other, "secret", "numpy", "jax", parent=ready)
    page = web.get(ready.get_absolute_url())
    assert [child.environment.name for child in page.context["made_from"]["shown"]] == ["mine"]
    assert "secret" not in page.text
    assert "Made from v1" in page.text


def test_many_made_from_it_are_counted(web, ready, vision):
    for number in range(9):
        make_version(vision, f"mine-{number}", "numpy", f"scipy==1.{number}", parent=ready)
    found = web.get(ready.get_absolute_url()).context["made_from"]
    assert (len(found["shown"]), found["more"]) == (5, 4)


def test_the_overview_says_how_the_image_grew_and_shows_the_last_build(web, ready, vision):
    assert "since <a" not in web.get(ready.get_absolute_url()).text
    second = make_version(vision, "train", "numpy", "scipy", parent=ready)
    make_build(second)
    image = second.image_built
    image.size += 5_000_000
    image.save()
    page = web.get(second.get_absolute_url()).text
    assert f'+5.0 MB since <a href="{ready.get_absolute_url()}">v1</a>' in page
    assert "Last build" in page
    image.size -= 7_000_000
    image.save()
    assert "−2.0 MB since" in web.get(second.get_absolute_url()).text

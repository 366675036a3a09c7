"""Environments and versions."""

import time
from concurrent.futures import ThreadPoolExecutor

from azure.ai.ml import load_environment
from azure.ai.ml.constants import ListViewType
from azure.ai.ml.entities import BuildContext, Environment
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
from driving import ACTIVE, CONDA, ML, WORKSPACE, check, folder, named, raises


@check
def a_workspace_is_found():
    found = ML.workspaces.get(WORKSPACE)
    assert found.name == WORKSPACE
    assert found.location


@check
def an_image_with_a_version_of_its_own():
    made = ML.environments.create_or_update(
        Environment(name=named("img"), version="1", image="python:3.11-slim", tags={"k": "v"}, description="d")
    )
    assert (made.name, made.version, made.image) == (named("img"), "1", "python:3.11-slim")
    assert (made.tags, made.description) == ({"k": "v"}, "d")
    assert made.creation_context.created_at


@check
def the_same_again_changes_tags_only():
    again = ML.environments.create_or_update(
        Environment(name=named("img"), version="1", image="python:3.11-slim", tags={"k": "w"}, description="d2")
    )
    assert (again.version, again.tags, again.description) == ("1", {"k": "w"}, "d2")
    assert len(list(ML.environments.list(named("img")))) == 1


@check
def another_definition_is_a_conflict():
    other = Environment(name=named("img"), version="1", image="python:3.12-slim")
    error = raises(ResourceExistsError, lambda: ML.environments.create_or_update(other), "already exists", "immutable")
    assert error.error.code == "UserError"


@check
def what_is_missing_is_not_found():
    raises(ResourceNotFoundError, lambda: ML.environments.get(named("img"), version="9"), "version '9'")
    raises(ResourceNotFoundError, lambda: ML.environments.get(named("nothing"), version="1"))


@check
def the_latest_label():
    assert ML.environments.get(named("img"), label="latest").version == "1"


@check
def a_conda_file_comes_back_equal():
    made = ML.environments.create_or_update(
        Environment(name=named("conda"), version="1", image="debian:bookworm-slim", conda_file=dict(CONDA))
    )
    assert made.conda_file == CONDA
    assert ML.environments.get(named("conda"), version="1").conda_file == CONDA


@check
def routes_for_serving():
    routes = {f"{name}_route": {"port": 1, "path": f"/{name}"} for name in ("liveness", "readiness", "scoring")}
    text = "\n".join(["name: x", "version: 1", "image: a:b", "os_type: linux", "inference_config:"])
    for name, route in routes.items():
        text += f"\n  {name}:\n    port: {route['port']}\n    path: {route['path']}"
    sent = load_environment(folder({"environment.yml": text.encode()}) / "environment.yml")
    sent.name = named("routes")
    made = ML.environments.create_or_update(sent)
    assert made.inference_config.liveness_route.path == "/liveness"
    assert made.os_type.lower() == "linux"


@check
def versions_by_themselves():
    def save(image):
        return ML.environments.create_or_update(Environment(name=named("auto"), image=image)).version

    assert save("a:1") == "1"
    assert save("a:1") in ("1", "2")  # SDKs before 1.23 ask for the next one always
    last = int(ML.environments.get(named("auto"), label="latest").version)
    assert save("a:2") == str(last + 1)
    assert save("a:3") == str(last + 2)


@check
def two_at_once_never_share_a_version():
    name = named("race")
    ML.environments.create_or_update(Environment(name=name, version="1", image="a:0"))

    def save(number):
        try:
            sent = Environment(name=name, version="2", image=f"a:{number}")
            return ML.environments.create_or_update(sent).image
        except ResourceExistsError:
            return None

    with ThreadPoolExecutor(8) as pool:
        images = [image for image in pool.map(save, range(1, 9)) if image]
    assert len(images) == 1, images
    assert ML.environments.get(name, version="2").image == images[0]


@check
def lists_with_every_view():
    name = named("auto")
    known = {environment.name for environment in ML.environments.list()}
    assert {named("img"), name} <= known
    versions = [row.version for row in ML.environments.list(name)]
    assert versions == sorted(versions, key=int, reverse=True), "the newest first"
    assert [row.version for row in ML.environments.list(name, list_view_type=ListViewType.ARCHIVED_ONLY)] == []


@check
def a_long_list_is_paged():
    name = named("many")
    with ThreadPoolExecutor(4) as pool:
        made = [Environment(name=name, version=str(number), image=f"a:{number}") for number in range(1, 121)]
        list(pool.map(ML.environments.create_or_update, made))
    found = [row.version for row in ML.environments.list(name)]
    assert sorted(found, key=int) == [str(number) for number in range(1, 121)], len(found)


@check
def a_version_is_archived_and_restored():
    name = named("auto")
    ML.environments.archive(name, version="1")
    assert "1" not in [row.version for row in ML.environments.list(name)]
    archived = [row.version for row in ML.environments.list(name, list_view_type=ListViewType.ARCHIVED_ONLY)]
    assert archived == ["1"]
    assert ML.environments.get(name, version="1").image == "a:1"
    ML.environments.restore(name, version="1")
    assert "1" in [row.version for row in ML.environments.list(name)]


@check
def the_latest_is_archived_by_its_label():
    name = named("auto")
    last = ML.environments.get(name, label="latest").version
    ML.environments.archive(name, label="latest")
    assert ML.environments.get(name, label="latest").version != last
    ML.environments.restore(name, version=last)


@check
def an_environment_is_archived_and_restored():
    name = named("img")
    ML.environments.archive(name)
    assert name not in {environment.name for environment in ML.environments.list()}
    everything = ML.environments.list(list_view_type=ListViewType.ARCHIVED_ONLY)
    assert name in {environment.name for environment in everything}
    refused = Environment(name=name, version="2", image="a:2")
    raises(ResourceExistsError, lambda: ML.environments.create_or_update(refused), "archived")
    ML.environments.restore(name)
    assert name in {environment.name for environment in ML.environments.list()}


@check
def get_change_tags_and_save():
    found = ML.environments.get(named("conda"), version="1")
    found.tags = {"stage": "live"}
    assert ML.environments.create_or_update(found).tags == {"stage": "live"}


@check
def properties_say_how_the_build_stands():
    properties = ML.environments.get(named("conda"), version="1").properties
    assert properties["studio.state"] in (*ACTIVE, "succeeded", "failed", "cancelled")
    assert len(properties["studio.definition_digest"]) == 64
    assert properties["studio.url"].endswith(f"/env/{named('conda')}/v/1/")


@check
def what_is_wrong_is_told_at_once():
    began = time.monotonic()
    bad = Environment(name="AzureML-mine", version="1", image="a:1")
    raises(HttpResponseError, lambda: ML.environments.create_or_update(bad), "curated")
    bad = Environment(name=named("bad"), version="-1", image="a:1")
    raises(HttpResponseError, lambda: ML.environments.create_or_update(bad), "version")
    bad = Environment(name=named("bad"), version="1", image="python:3.11", conda_file={"dependencies": [{"a": 1}]})
    raises(HttpResponseError, lambda: ML.environments.create_or_update(bad), "dependency")
    bad = Environment(name=named("git"), version="1", build=BuildContext(path="https://github.com/o/r.git#main:sub"))
    raises(HttpResponseError, lambda: ML.environments.create_or_update(bad), "not fetched from an address")
    assert time.monotonic() - began < 10

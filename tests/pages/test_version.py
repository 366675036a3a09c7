"""The pages of one version."""

import pytest
from django.test import override_settings

from environments.contexts import from_texts
from environments.definitions.digest import canonical
from environments.definitions.model import Definition, Kind
from environments.definitions.parse import parse_environment
from environments.models import Image, ImagePackage, State
from environments.models.builds import Reason
from environments.models.images import BASE_IMAGE
from environments.pages import versions
from environments.services.drafts import context_definition, draft, image_definition
from environments.services.lifecycle import describe
from environments.services.versions import Draft, publish_version
from tests.cast import make_build, make_image, make_lock, make_version, make_workspace

pytestmark = pytest.mark.django_db
PACKAGES = [("pip", "numpy", "2.1.0"), ("pip", "scipy", "1.14"), ("dpkg", "libc6", "2.36")]
TABS = ("", "definition/", "packages/", "lock/", "builds/", "use/")


@pytest.fixture
def ready(vision):
    """Version 1 of vision/train, built, numpy asked for."""
    version = make_version(vision, "train", "numpy")
    make_build(version, packages=PACKAGES, worker="gpu-a")
    ImagePackage.objects.filter(name="libc6").update(source=BASE_IMAGE)
    return version


@pytest.fixture
def context_version(vision, plain_files):
    files = from_texts({"Dockerfile": "FROM python:3.11-slim\nCOPY big.txt /\n", "big.txt": "x" * 300_000})
    definition = context_definition(files)
    return publish_version(vision, "tool", draft(vision, definition, files=files), author=None)[0]


def page(web, version, tab="", **query):
    return web.get(f"{version.get_absolute_url()}{tab}", query)


@pytest.mark.parametrize("tab", TABS)
def test_every_tab_of_a_ready_version_answers(web, ready, tab):
    assert page(web, ready, tab).status_code == 200


@pytest.mark.parametrize("tab", TABS)
def test_every_tab_of_a_version_without_a_build_answers(web, vision, tab):
    assert page(web, make_version(vision, "train"), tab).status_code == 200


@pytest.mark.parametrize(
    "address", ["/w/vision/env/train/v/9/", "/w/vision/env/nope/v/1/", "/w/vision/env/train/v/1/x/"]
)
def test_what_is_not_there_answers_404(web, ready, address):
    assert web.get(address).status_code == 404


def test_the_overview_shows_what_the_image_is(web, ready):
    text = page(web, ready).text
    image = ready.image_built
    for fact in (
        image.name,
        image.image_id,
        ready.definition_digest,
        "123 MB in 1 layer",
        "3.11.2",
        "Debian GNU/Linux 12",
    ):
        assert fact in text
    assert f"build {ready.current_build.number}</a> on gpu-a" in text


def test_a_stand_in_is_called_one(web, ready):
    assert "Stand-in" not in page(web, ready).text
    Image.objects.update(stand_in=True)
    assert "Stand-in, not the real image" in page(web, ready).text


def test_a_reused_image_names_the_build_that_made_it(web, ready, vision):
    other = make_version(vision, "copy", "numpy")
    make_build(other, image=ready.image_built, reused=ready.current_build)
    text = page(web, other).text
    assert f"build {ready.current_build.number} of train v1</a>: the same definition" in text


def test_the_checks_list_what_is_unwise_with_its_line(web, ready):
    text = page(web, ready).text
    assert "has no version" in text
    assert "/definition/#L1" in text


def test_a_version_that_never_was_ready_shows_why_first(web, vision):
    version = make_version(vision, "train")
    build = make_build(
        version, State.FAILED, error="The step RUN x ended with exit code 1.", error_step="RUN x", exit_code=1
    )
    step = build.steps.create(attempt=1, number=1, key="1", name="RUN x", kind="run", error="exit 1")
    build.log.create(
        step=step,
        first_line=1,
        line_count=30,
        stream="stdout",
        at=build.created_at,
        text="\n".join(f"<{n}>" for n in range(1, 31)),
    )
    text = page(web, version).text
    assert text.index("RUN x ended with exit code 1") < text.index('class="tabs"')
    assert "&lt;11&gt;" in text
    assert "&lt;10&gt;" not in text
    assert f"{build.get_absolute_url()}?line=30#L30" in text


def test_a_failed_rebuild_leaves_the_version_ready(web, ready):
    make_build(ready, State.FAILED, error="The registry is gone.")
    text = page(web, ready).text
    assert "keeps the image of build" in text
    assert ready.image_built.name in text


def test_a_parent_that_moved_on_is_told_with_a_comparison(web, vision):
    parent = make_version(vision, "base", "a==1")
    child = make_version(vision, "train", "a==1", "b", parent=parent)
    assert "moved on" not in page(web, child).text
    make_version(vision, "base", "a==2")
    assert "/compare/?from=vision/base%3A1&amp;to=vision/base%3A2" in page(web, child).text


def test_whether_a_parent_moved_on_is_told_to_whom_may_see_it(web, vision):
    secret = make_workspace("secret")
    child = make_version(vision, "train", "a==1", "b", parent=make_version(secret, "base", "a==1"))
    make_version(secret, "base", "a==2")
    assert "moved on" not in page(web, child).text


def test_the_lineage_ends_with_the_version_shown(web, vision):
    first = make_version(vision, "train", "a==1")
    make_version(vision, "train", "a==2")
    assert [entry["version"] for entry in page(web, first).context["lineage"]] == [first]


def test_an_old_version_is_the_one_chosen_though_only_the_newest_are_listed(web, vision, monkeypatch):
    monkeypatch.setattr(versions, "MOST_VERSIONS", 2)
    monkeypatch.setattr(versions, "AROUND", 1)
    made = [make_version(vision, "train") for _ in range(8)]
    answer = page(web, made[2])
    assert [known["name"] for known in answer.context["versions"]] == ["8", "7", "4", "3", "2"]
    assert (answer.context["latest"], answer.context["previous"]) == ("8", "2")
    assert '<option value="3" selected>v3</option>' in answer.text


def test_the_definition_is_shown_as_typed_with_lines_to_link(web, ready):
    answer = page(web, ready, "definition/")
    assert 'id="L1"' in answer.text
    assert page(web, ready, "definition/", download=1).content == b"numpy\n"


def test_a_version_is_given_back_as_the_environment_file_that_would_make_it(web, ready):
    answer = page(web, ready, "definition/", download="environment")
    document = parse_environment(answer.content.decode())
    assert (document.name, document.version, document.text) == (ready.environment.name, ready.name, "numpy\n")
    assert canonical(document.definition) == ready.definition
    assert "environment.yml" in answer["Content-Disposition"]


def test_the_generated_dockerfile_names_no_real_cache(web, ready):
    dockerfile = page(web, ready, "definition/").context["generated"]
    assert "FROM python:3.11-slim" in dockerfile
    assert "id=studio-cache" in dockerfile


def test_the_generated_dockerfile_is_that_of_the_lock_and_gives_the_base_back_its_user(web, ready):
    assert "USER" not in page(web, ready, "definition/").context["generated"]
    ready.current_build.lock = make_lock(ready.environment.workspace, pip="numpy==2.4.6 --hash=sha256:aa\n")
    ready.current_build.save()
    ready.image_built.facts |= {"user": "app"}
    ready.image_built.save()
    assert page(web, ready, "definition/").context["generated"].endswith("USER app\n")


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ({}, ["numpy", "scipy", "libc6"]),
        ({"why": "asked"}, ["numpy"]),
        ({"why": "pulled"}, ["scipy"]),
        ({"why": "base"}, ["libc6"]),
        ({"manager": "dpkg"}, ["libc6"]),
        ({"manager": "dpkg", "why": "asked"}, []),
        ({"manager": "nonsense", "why": "nonsense", "page": "x"}, ["numpy", "scipy", "libc6"]),
        ({"q": "I"}, ["scipy", "libc6"]),
        ({"q": "i", "manager": "pip"}, ["scipy"]),
        ({"q": "\0numpy"}, ["numpy"]),
        ({"q": "zzz"}, []),
    ],
)
def test_packages_can_be_filtered(web, ready, query, shown):
    assert [package.name for package in page(web, ready, "packages/", **query).context["page"]] == shown


def test_packages_of_an_unbuilt_version_are_promised(web, vision):
    assert "after the first successful build" in page(web, make_version(vision, "train"), "packages/").text


def test_what_a_definition_names_is_asked_for_whatever_brought_it(web, ready, vision):
    """Also where the image was made for another version, which named less, or the base image had it."""
    ImagePackage.objects.filter(name="scipy").update(source=BASE_IMAGE)
    both = make_version(vision, "both", "numpy", "SciPy")
    make_build(both, image=ready.image_built, reused=ready.current_build)
    answer = page(web, both, "packages/", why="asked")
    assert [package.name for package in answer.context["page"]] == ["numpy", "scipy"]
    assert "asked for, from the base image" in " ".join(answer.text.split())
    assert [package.name for package in page(web, ready, "packages/", why="asked").context["page"]] == ["numpy"]


def test_typing_in_the_filter_swaps_only_the_list(web, ready):
    answer = web.get(f"{ready.get_absolute_url()}packages/?q=num", headers={"HX-Request": "true"})
    assert "<html" not in answer.text
    assert "scipy" not in answer.text


def test_choosing_a_manager_keeps_what_was_typed_in_the_filter(web, ready):
    answer = web.get(f"{ready.get_absolute_url()}packages/?q=num", headers={"HX-Request": "true"})
    assert 'id="which-manager" aria-label="Which manager" hx-swap-oob="true"' in answer.text
    assert "?q=num&amp;manager=pip" in answer.text


def test_a_package_says_who_needs_it_and_where_it_came_from(web, ready):
    needed = ready.image_built.packages.get(name="scipy")
    needed.required_by = ["a", "<b>", "c", "d", "e"]
    needed.save()
    text = page(web, ready, "packages/").text
    assert 'needed by <a href="?q=a">a</a>, <a href="?q=%3Cb%3E">&lt;b&gt;</a>, <a href="?q=c">c</a>' in text
    assert ">+2</span>" in text
    assert "from the base image" in text


def test_the_files_of_a_context_can_be_read(web, context_version):
    answer = page(web, context_version, "context/")
    assert "COPY" in answer.context["file"].text
    assert "big.txt" in answer.text


def test_a_large_file_of_a_context_is_not_shown(web, context_version):
    assert "too large to show" in page(web, context_version, "context/", file="big.txt").text


@pytest.mark.parametrize("path", ["../../etc/passwd", "/etc/passwd", "nope", "\0"])
def test_only_files_of_the_context_can_be_asked_for(web, context_version, path):
    assert page(web, context_version, "context/", file=path).status_code == 404


def test_a_version_without_a_context_has_no_such_tab(web, ready):
    assert page(web, ready, "context/").status_code == 404
    assert "/context/" not in page(web, ready).text


@pytest.fixture(autouse=True)
def no_command_of_our_own(settings):
    settings.DOCKER_COMMAND = settings.DOCKER_HOST = ""


def test_a_private_engine_comes_with_a_command_of_its_own(settings, web, ready):
    settings.DOCKER_COMMAND = "/data of mine/engine/docker"
    text = page(web, ready, "use/").context["snippet"].text
    assert text.startswith("'/data of mine/engine/docker' run --rm ")


def test_the_run_line_names_an_image_the_engine_knows(web, ready):
    command = f"docker run --rm {ready.image_built.name} python3 --version"
    assert page(web, ready, "use/").context["snippet"].text == command


@pytest.mark.parametrize("host", ["unix:///var/run/docker.sock", ""])
def test_the_usual_socket_needs_no_naming(web, ready, host):
    with override_settings(DOCKER_HOST=host):
        assert page(web, ready, "use/").context["snippet"].text.startswith("docker run ")


def test_a_private_engine_is_named_in_every_command(web, ready):
    with override_settings(DOCKER_HOST="unix:///run/a b/docker.sock"):
        for key in ("docker", "prompt"):
            text = page(web, ready, "use/", **{"as": key}).context["snippet"].text
            assert text.startswith("docker -H 'unix:///run/a b/docker.sock' run ")


def test_an_entrypoint_is_not_given_a_command_it_would_take_as_arguments(web, ready):
    ready.image_built.facts |= {"entrypoint": ["echo"]}
    ready.image_built.save()
    assert page(web, ready, "use/").context["snippet"].text == f"docker run --rm {ready.image_built.name}"
    assert "command:" not in page(web, ready, "use/", **{"as": "compose"}).context["snippet"].text
    prompt = page(web, ready, "use/", **{"as": "prompt"}).context["snippet"].text
    assert prompt.endswith(f"--entrypoint sh {ready.image_built.name}")


def test_rebuilding_offers_the_same_lock_only_if_there_is_one(web, ready, vision):
    def choices():
        return [card["value"] for card in page(web, ready, "rebuild/").context["cards"]]

    assert choices() == ["resolve"]
    build = ready.current_build
    build.lock = vision.locks.create(sha256="0" * 64, texts={"pip": ""}, target={})
    build.save()
    assert choices() == ["same", "resolve"]


def test_rebuilding_leads_to_the_new_build(web, ready):
    answer = web.post(f"{ready.get_absolute_url()}rebuild/", {"choice": "resolve"})
    build = ready.builds.exclude(pk=ready.current_build_id).get()
    assert answer.url == build.get_absolute_url()
    assert (build.reason, build.state) == (Reason.RESOLVE, State.QUEUED)


def test_rebuilding_without_a_choice_is_refused(web, ready):
    assert web.post(f"{ready.get_absolute_url()}rebuild/", {"choice": "same"}).status_code == 422
    assert ready.builds.count() == 1


def test_a_viewer_may_not_rebuild(client, ready, bob, plain_files):
    client.force_login(bob)
    assert client.post(f"{ready.get_absolute_url()}rebuild/", {"choice": "resolve"}).status_code == 403


def test_a_build_resolved_again_shows_its_changes_and_can_be_made_current(web, ready):
    serving = ready.current_build
    newer = make_build(ready, reason=Reason.RESOLVE, packages=[("pip", "numpy", "2.2.0"), *PACKAGES[1:]])
    ready.current_build = serving
    ready.save(update_fields=["current_build"])
    for address in (f"{ready.get_absolute_url()}rebuild/", newer.get_absolute_url()):
        answer = web.get(address)
        assert [change.name for change in answer.context["candidate"]["changes"]] == ["numpy"]
        assert "Make current" in answer.text
    assert web.post(f"{newer.get_absolute_url()}make-current/").url == ready.get_absolute_url()
    ready.refresh_from_db()
    assert ready.current_build == newer
    assert "Make current" not in web.get(newer.get_absolute_url()).text


@pytest.mark.parametrize("is_one_row", [True, False])
def test_of_one_and_the_same_image_nothing_is_offered_to_be_made_current(web, ready, is_one_row):
    serving = ready.current_build
    image = serving.image
    if not is_one_row:
        image = make_image(ready.environment.workspace, PACKAGES)
        image.layers = serving.image.layers
        image.save()
    again = make_build(ready, reason=Reason.RESOLVE, image=image, reused=serving if is_one_row else None)
    ready.current_build = serving
    ready.save(update_fields=["current_build"])
    for address in (f"{ready.get_absolute_url()}rebuild/", again.get_absolute_url()):
        assert "Make current" not in web.get(address).text
    assert "nothing is new" in web.get(again.get_absolute_url()).text


def test_a_rebuild_with_one_way_to_it_offers_no_choice(web, vision, context_version):
    image = publish_version(vision, "image", draft(vision, image_definition("python:3.11-slim")), author=None)[0]
    for version, says in ((image, "Look up the image again"), (context_version, "without the build cache")):
        make_build(version)
        text = page(web, version, "rebuild/").text
        assert says in text
        assert 'type="radio"' not in text


def test_a_parent_of_another_workspace_is_named_with_it_wherever_it_is_told(web, vision):
    parent = make_version(make_workspace("curated"), "scikit", "numpy")
    version = make_version(vision, "scikit", "numpy", "lightgbm", parent=parent)
    build = make_build(version)
    told = f'href="{parent.get_absolute_url()}">curated/scikit v1</a>'
    assert told in web.get(version.get_absolute_url()).text
    assert told in web.get("/w/vision/env/scikit/versions/").text
    assert "since curated/scikit v1" in web.get(build.get_absolute_url()).text


def test_more_of_everything_asks_no_more(queries_of, vision):
    version = make_version(vision, "train", "a==0")
    make_build(version, packages=PACKAGES)
    make_build(make_version(vision, "train", "a==1"), packages=PACKAGES)
    address = f"{version.get_absolute_url().removesuffix('1/')}2/"
    before = [queries_of(f"{address}{tab}") for tab in TABS]
    for number in range(6):
        make_build(version, packages=[("pip", f"p{number}-{n}", "1") for n in range(50)])
    assert [queries_of(f"{address}{tab}") for tab in TABS] == before
    assert max(before) <= 12


def test_an_environment_for_windows_is_shown_as_one(web, vision):
    routes = {"liveness_route": {"port": 5001, "path": "/live"}}
    definition = Definition(kind=Kind.IMAGE, image="a/b:1", os_type="Windows", inference_config=routes)
    version, _ = publish_version(vision, "win", Draft(definition=definition), author=None)
    assert "Windows, which no engine here can build" in web.get(version.get_absolute_url()).content.decode()
    html = web.get(f"{version.get_absolute_url()}definition/").content.decode()
    assert "Windows, which no engine here can build" in html
    assert "<code>:5001/live</code>" in html


def test_the_overview_shows_tags_and_description_of_the_version_and_of_its_environment(web, ready):
    describe(ready.environment, description="trains nightly", tags={"team": "robots"}, by=ready.author)
    describe(ready, tags={"tier": "pure gold"}, by=ready.author)
    text = page(web, ready).text
    assert "trains nightly" in text
    for tag, owner, query in (
        ("team=robots", "train", "tag%3Ateam%3Drobots"),
        ("tier=pure gold", "v1", "%22tag%3Atier%3Dpure%20gold%22"),
    ):
        assert f'href="/w/vision/?q={query}" title="A tag of {owner}: show all that have it">{tag}</a>' in text

"""What a benchmark asks of a running studio, and what it finds of it in the database."""

import time
from collections.abc import Mapping, Sequence
from functools import cached_property

import requests
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from docker import APIClient

from environments import tasks
from environments.builder.archives import PLAIN, write_tar
from environments.builder.recipes import caches_of
from environments.contexts import from_texts
from environments.definitions.digest import from_canonical
from environments.definitions.render import Site, render
from environments.locking.layers import in_layers
from environments.models import Build, State, Workspace
from environments.services.builds import request_build
from environments.services.drafts import context_definition, draft
from environments.services.versions import publish_version

POLL_SECONDS = 0.01
PATIENCE = 600


class Studio:
    """The studio whose settings this process has."""

    def __init__(self):
        self._http = requests.Session()
        self._http.headers["Authorization"] = f"Bearer {settings.STUDIO_ADMIN_TOKEN}"

    @cached_property
    def client(self) -> APIClient:
        """Its engine, from behind."""
        return APIClient(base_url=settings.DOCKER_HOST, version="auto", timeout=1800)

    def tools_image(self) -> str:
        return tasks.engine().tools_image()

    def new_workspace(self, slug: str) -> Workspace:
        return Workspace.objects.create(slug=slug, title=slug)

    def publish_and_build(self, workspace: Workspace, name: str, packages: Sequence[str], image: str):
        """(seconds from the request to `succeeded`, the Build)."""
        document = {"name": name, "image": image, "conda_file": {"dependencies": ["pip", {"pip": list(packages)}]}}
        began = time.monotonic()
        address = f"{settings.STUDIO_URL}/api/v1/workspaces/{workspace.slug}/environments?build=1"
        answer = self._http.post(address, json=document, timeout=60)
        answer.raise_for_status()
        build = self._ended([answer.json()["build"]["id"]])[0]
        return time.monotonic() - began, build

    def wait_for_check(self, build: Build) -> None:
        """Until its image was smoke-tested, so that this takes nothing from what is measured next."""
        _wait(Build.objects.filter(pk=build.pk, checked=None, check_output=""))

    def build_all(self, contexts: Sequence[Mapping[str, str]]) -> float:
        """Seconds from the moment builds of these contexts are all queued until the last has succeeded."""
        workspace = self.new_workspace("many")
        versions = [_published(workspace, f"small-{number}", files) for number, files in enumerate(contexts)]
        with transaction.atomic():
            builds = [request_build(version, by=None) for version in versions]
        began = time.monotonic()
        self._ended([build.pk for build in builds])
        return time.monotonic() - began

    def parts_of(self, build: Build) -> dict[str, float]:
        """Seconds of each part of a build; {} of one that had nothing to do."""
        if build.reused_id:
            return {}
        return build.timings | {"queue": (build.started_at - build.created_at).total_seconds()}

    def context_of(self, build: Build, image: str) -> bytes:
        """The tar the studio sent to its engine, but for the name of the base image."""
        workspace = build.version.environment.workspace
        rendered = render(
            from_canonical(build.version.definition),
            base=image,
            locks=in_layers(build.lock.texts),
            site=Site(tools=self.tools_image(), caches=caches_of(workspace)),
        )
        files = {**rendered.files, "Dockerfile": rendered.dockerfile.encode()}
        return write_tar({path: (content, PLAIN) for path, content in files.items()})

    def _ended(self, build_ids: Sequence[object]) -> list[Build]:
        builds = Build.objects.filter(pk__in=build_ids)
        _wait(builds.active())
        ended = list(builds.select_related("version__environment__workspace", "lock"))
        if failed := [build for build in ended if build.state != State.SUCCEEDED]:
            raise SystemExit(f"{failed[0]} is {failed[0].state}: {failed[0].error}")
        return ended


def _wait(builds: QuerySet[Build]) -> None:
    """Until there are none of these any more."""
    deadline = time.monotonic() + PATIENCE
    while builds.exists():
        if time.monotonic() > deadline:
            raise SystemExit(f"Builds, or the checks of them, did not end within {PATIENCE} seconds.")
        time.sleep(POLL_SECONDS)


def _published(workspace: Workspace, name: str, texts: Mapping[str, str]):
    files = from_texts(dict(texts))
    drafted = draft(workspace, context_definition(files), text=texts["Dockerfile"], files=files)
    return publish_version(workspace, name, drafted, author=None)[0]

"""The people and things tests speak of: alice edits `vision`, bob may look, charlie is an outsider."""

import hashlib
from functools import cache
from itertools import count

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.utils import timezone

from environments.definitions.model import Definition, Kind
from environments.models import Build, Image, ImagePackage, Lock, LogPiece, Member, Role, State, Workspace
from environments.models.images import record_packages
from environments.models.listing import keep
from environments.services.versions import Draft, publish_version

PASSWORD = "a long enough password"
_counter = count(1)


@cache
def _hashed_password():
    """Slow on purpose, so it is worked out once."""
    return make_password(PASSWORD)


def make_user(name, **fields):
    return get_user_model().objects.create(username=name, password=_hashed_password(), **fields)


def make_workspace(slug, **members):
    """make_workspace("vision", editor=alice, viewer=bob)"""
    workspace, _ = Workspace.objects.get_or_create(slug=slug, defaults={"title": slug.title()})
    for role, user in members.items():
        Member.objects.create(workspace=workspace, user=user, role=Role(role))
    return workspace


def make_draft(*requirements, image="python:3.11-slim", **facts):
    """A draft of the pip kind; its text is what a person would have typed."""
    lines = requirements or (f"package-{next(_counter)}",)
    definition = Definition(kind=Kind.PIP, image=image, requirements=tuple(lines))
    return Draft(definition=definition, text="".join(f"{line}\n" for line in lines), **facts)


def make_version(workspace, environment="train", *requirements, author=None, **facts):
    version, _ = publish_version(workspace, environment, make_draft(*requirements, **facts), author=author)
    return version


def make_image(workspace, packages=(), key=None):
    """An Image row with packages given as (manager, name, version)."""
    key = key or hashlib.sha256(f"image {next(_counter)}".encode()).hexdigest()
    image = Image.objects.create(
        workspace=workspace,
        image_key=key,
        name=f"studio/{workspace.slug}:{key[:32]}",
        image_id=f"sha256:{key}",
        size=123_456_789,
        layers=[{"digest": f"sha256:{key}", "size": 123_456_789}],
        facts={
            "python": "3.11.2",
            "cuda": "",
            "glibc": "2.36",
            "system": "Debian GNU/Linux 12",
            "system_id": "debian",
            "system_version": "12",
            "platform": "linux/amd64",
        },
    )
    columns = ("manager", "name", "version")
    record_packages(image, (ImagePackage(image=image, **dict(zip(columns, row, strict=True))) for row in packages))
    return image


def make_lock(workspace, *, target=None, channels=(), **texts):
    """A Lock row of the given parts: pip=..., conda=...."""
    target = target or {"python": "3.11.2", "glibc": "2.36", "platform": "linux/amd64"}
    content = repr((sorted(texts.items()), sorted(target.items()), channels))
    return Lock.objects.create(
        workspace=workspace,
        sha256=hashlib.sha256(content.encode()).hexdigest(),
        texts=texts,
        target=target,
        channels=list(channels),
    )


def make_build(version, state=State.SUCCEEDED, *, packages=(), **fields):
    """A build row in the given state, with an image and current if it succeeded."""
    now = timezone.now()
    workspace = version.environment.workspace
    if state == State.SUCCEEDED and "image" not in fields:
        fields["image"] = make_image(workspace, packages)
    if state not in (State.QUEUED, State.RUNNING):
        fields = {"started_at": now, "finished_at": now, "attempt": 1} | fields
    if state == State.RUNNING:
        fields = {"started_at": now, "heartbeat_at": now, "attempt": 1} | fields
    build = Build.objects.create(version=version, workspace=workspace, number=next(_counter), state=state, **fields)
    if state == State.SUCCEEDED:
        version.current_build = build
        version.save(update_fields=["current_build"])
    keep([version.environment_id])
    return build


def add_step(build, name="RUN x", *, done=False, error="", attempt=None, **fields):
    """The next step of a build; it runs unless it is done or ended in an error."""
    attempt = attempt or build.attempt
    number = build.steps.filter(attempt=attempt).count() + 1
    times = {"started_at": build.started_at, "completed_at": build.started_at if done or error else None}
    values = {
        "attempt": attempt,
        "number": number,
        "key": f"{attempt}.{number}",
        "name": name,
        "kind": "run",
        "error": error,
    }
    return build.steps.create(**(values | times | fields))


def add_lines(step, *lines, at=None, stream="stdout"):
    """What a step printed next, as one piece of the log."""
    build = Build.objects.get(pk=step.build_id)
    LogPiece.objects.create(
        build=build, step=step, first_line=build.line_count + 1, line_count=len(lines), stream=stream,
        at=at or build.created_at, text="\n".join(lines),
    )  # fmt: skip
    Build.objects.filter(pk=build.pk).update(line_count=build.line_count + len(lines))

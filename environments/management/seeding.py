"""Fills a database with made-up environments, versions, builds and packages, in bulk and as its constraints ask."""

import hashlib
from collections import defaultdict
from datetime import timedelta
from itertools import chain, repeat
from random import Random
from uuid import NAMESPACE_OID, uuid5

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone

from environments.definitions.asked import packages_asked
from environments.definitions.digest import canonical, definition_digest
from environments.definitions.frameworks import frameworks_of
from environments.definitions.model import Kind
from environments.display import words
from environments.management import made_up
from environments.management.bulk import Rows, copy_children, count_on
from environments.models import (
    AuditEvent,
    Build,
    BuildStep,
    Environment,
    Image,
    ImagePackage,
    Lock,
    LogPiece,
    Member,
    Role,
    State,
    Version,
    Workspace,
)
from environments.models.images import name_packages
from environments.models.listing import TRACK

TEAMS = ("vision", "language", "forecasting", "ranking", "risk", "speech", "robotics", "search-quality")
TASKS = ("train", "serve", "explore", "evaluate", "batch", "features", "tuning", "notebook")
FIRST_SHARE = 0.7  # of all environments lies in the first workspace, as lists are to be long somewhere
LONGEST_HISTORY = 120
ARCHIVED = 0.03
OLDEST_AGE = 40
STATES = {State.SUCCEEDED: 92, State.FAILED: 6, State.CANCELLED: 2}
STEPS = (("base", "Find the base"), ("lock", "Lock"), ("run", "RUN uv pip install"), ("packages", "Read the packages"))
COMPARED = "many-packages"
DAYS = 300  # over which versions are spread, up to now
TABLES = (Environment, Version, Image, Lock, Build, BuildStep, LogPiece, AuditEvent, ImagePackage)


@transaction.atomic
def seed(sizes, number=1, password=None):
    """Make everything; equal sizes and numbers make equal rows, but for dates, which are counted back from now.

    password: of all people, who cannot sign in without one. Raises TooFew.
    """
    sizes.check()
    _Seeder(sizes, Random(number), password).run()


class _Seeder:
    def __init__(self, sizes, random, password):
        self._sizes, self._random, self._now = sizes, random, timezone.now()
        self._rows = {model: Rows(model) for model in TABLES}
        self._people = _people(sizes.people, password)
        self._workspaces = _workspaces(sizes.workspaces, self._people)
        self._locks = {}
        self._images = defaultdict(list)  # by what is in them

    def run(self):
        histories = self._histories()
        images = sum(states.count(State.SUCCEEDED) for states in histories)
        few, more = divmod(self._sizes.packages - 2 * self._sizes.compared, images)
        counts = chain(repeat(few + 1, more), repeat(few))
        for number, states in enumerate(histories):
            self._environment(number, states, counts)
        self._compared()
        self._packages()
        for rows in self._rows.values():
            rows.flush()
        Workspace.objects.bulk_update(self._workspaces, ["last_build_number"])
        count_on(TABLES)

    def _histories(self):
        """The states of each environment's builds, one a version. The first has many, the others a few."""
        environments, versions = self._sizes.environments - 1, self._sizes.versions - 2
        lengths = [1] * environments
        lengths[0] = min(LONGEST_HISTORY, versions - environments + 1)
        for _ in range(versions - sum(lengths)):
            lengths[self._random.randrange(min(1, environments - 1), environments)] += 1
        histories = [self._random.choices(list(STATES), STATES.values(), k=length) for length in lengths]
        histories[0][-1] = State.SUCCEEDED
        return histories

    def _environment(self, number, states, counts):
        profile, kind = self._random.choice(made_up.PROFILES), made_up.kind_of(number)
        place = 0 if number < FIRST_SHARE * self._sizes.environments else number % len(self._workspaces)
        owner, oldest = self._random.choice(self._people), self._random.randrange(OLDEST_AGE)
        last = self._now - timedelta(minutes=self._random.randrange(DAYS * 24 * 60))
        moments = [last - timedelta(hours=7 * back) for back in reversed(range(len(states)))]
        task, workspace = TASKS[number % len(TASKS)], self._workspaces[place]
        environment = self._new(
            workspace,
            f"{profile}-{task}-{self._rows[Environment].next_id:05d}",
            owner,
            moments,
            description=f"{profile.title()} for {task}, kept by the team of {workspace.slug}.",
            tags={"framework": profile, "stage": ("research", "live")[number % 2]},
            archived_at=last if self._random.random() < ARCHIVED and number else None,
        )
        parent = None
        for age, (moment, state) in enumerate(zip(moments, states, strict=True), oldest):
            contents = (profile, kind, age, next(counts)) if state == State.SUCCEEDED else None
            parent = self._version(environment, made_up.definition(profile, kind, age), moment, state, contents, parent)

    def _compared(self):
        """Two versions whose images hold very many packages."""
        moments = [self._now - timedelta(days=2), self._now - timedelta(days=1)]
        name = f"{COMPARED}-{self._rows[Environment].next_id:05d}"
        environment = self._new(self._workspaces[0], name, self._people[0], moments, description="Two long lists.")
        parent = None
        for age, moment in enumerate(moments):
            definition = made_up.definition("tabular", Kind.PIP, 100 + age)
            contents = (COMPARED, Kind.PIP, age, self._sizes.compared)
            parent = self._version(environment, definition, moment, State.SUCCEEDED, contents, parent)

    def _new(self, workspace, name, owner, moments, **values):
        dates = {"created_at": moments[0], "updated_at": moments[-1]}
        numbers = {"last_number": len(moments), "last_sequence": len(moments)}
        rows = self._rows[Environment]
        return rows.add(workspace=workspace, name=name, created_by=owner, **dates, **numbers, **values)

    def _version(self, environment, defined, moment, state, contents, parent):
        """A version, its build in this state and, of what is in `contents`, the image."""
        definition, text = defined
        sequence, author = parent.sequence + 1 if parent else 1, environment.created_by
        build_id = uuid5(NAMESPACE_OID, f"made-up build of version {self._rows[Version].next_id}")
        version = self._rows[Version].add(
            environment=environment,
            name=str(sequence),
            sequence=sequence,
            kind=definition.kind.value,
            image=definition.image,
            text=text,
            definition=canonical(definition),
            definition_digest=definition_digest(definition),
            created_at=moment,
            message="Newer packages" if parent else "First cut",
            parent=parent,
            author=author,
            tags={"reviewed": "yes"} if sequence % 5 == 0 else {},
            current_build_id=build_id if contents else None,
        )
        detail = {"digest": version.definition_digest}
        told = {"actor": author.username, "workspace": environment.workspace.slug, "subject": str(version)}
        self._rows[AuditEvent].add(at=moment, action="version.create", detail=detail, **told)
        build = self._build(build_id, version, moment, state, contents)
        _list(environment, build, definition, contents)
        return version

    def _build(self, build_id, version, moment, state, contents):
        workspace, seconds = version.environment.workspace, self._random.randrange(20, 400)
        workspace.last_build_number += 1
        started, finished = moment + timedelta(seconds=2), moment + timedelta(seconds=2 + seconds)
        build = self._rows[Build].add(
            pk=build_id,
            version=version,
            workspace=workspace,
            number=workspace.last_build_number,
            state=state,
            attempt=1,
            requested_by=version.author,
            worker="made-up",
            lock=self._lock(workspace, contents) if contents else None,
            image=self._image(workspace, contents) if contents else None,
            base_digest=f"{version.image}@sha256:{version.sequence:064x}",
            error="The step RUN uv pip install ended with exit code 1." if state == State.FAILED else "",
            exit_code=1 if state == State.FAILED else None,
            line_count=len(STEPS),
            created_at=moment,
            started_at=started,
            finished_at=finished,
        )
        self._log(build, started, finished, state)
        return build

    def _log(self, build, started, finished, state):
        """A line in each step; a build that made no image got as far as the step before the last one."""
        steps = STEPS if state == State.SUCCEEDED else STEPS[:-1]
        for number, (key, name) in enumerate(steps, 1):
            error = "exit code 1" if state == State.FAILED and number == len(steps) else ""
            place = {"build": build, "attempt": 1, "number": number, "key": key, "name": name, "kind": key}
            step = self._rows[BuildStep].add(started_at=started, completed_at=finished, error=error, **place)
            text = {"text": error or f"{name}: done", "stream": "stdout", "at": started}
            self._rows[LogPiece].add(build=build, step=step, first_line=number, line_count=1, **text)

    def _lock(self, workspace, contents):
        """A lock per workspace and content, as builds of equal packages share theirs."""
        key = workspace.pk, contents
        if key not in self._locks:
            target = {"python": "3.12.1", "glibc": "2.36", "platform": "linux/amd64"}
            digest = hashlib.sha256(f"{self._rows[Lock].next_id} {contents}".encode()).hexdigest()
            values = {"texts": made_up.lock_texts(_packages_of(contents)), "target": target, "created_at": self._now}
            self._locks[key] = self._rows[Lock].add(workspace=workspace, sha256=digest, **values)
        return self._locks[key]

    def _image(self, workspace, contents):
        number, age = self._rows[Image].next_id, contents[2]
        key = hashlib.sha256(f"made-up image {number}".encode()).hexdigest()
        image = self._rows[Image].add(
            workspace=workspace,
            image_key=key,
            name=f"studio/{workspace.slug}:{key[:32]}",
            image_id=f"sha256:{key}",
            size=200_000_000 + age * 7_000_000,
            layers=made_up.layers(number, age),
            facts=made_up.facts(age),
            engine="made-up",
            created_at=self._now,
        )
        self._images[contents].append(image)
        return image

    def _packages(self):
        """Of images that hold the same, the first gets its rows from here and the others get theirs from it."""
        names = defaultdict(set)
        for contents, images in self._images.items():
            packages = _packages_of(contents)
            for values in packages:
                self._rows[ImagePackage].add(image=images[0], **values)
            for workspace in {image.workspace_id for image in images}:
                names[workspace].update(values["name"] for values in packages)
        for model in (Image, ImagePackage):
            self._rows[model].flush()
        count_on([ImagePackage])
        for first, *others in self._images.values():
            if others:
                copy_children(ImagePackage, "image", first.pk, [image.pk for image in others])
        for workspace, found in names.items():
            name_packages(workspace, found)


def _list(environment, build, definition, contents):
    """Set what lists show of an environment, as models/listing.py would work it out after its newest build."""
    version = build.version
    environment.newest, environment.newest_build, environment.kind = version, build, version.kind
    environment.status = words.version_statuses(build.state, ready=contents is not None)[0]
    environment.track = [*environment.track, environment.status][-TRACK:]
    names = {name for _, name in packages_asked(definition)}
    environment.frameworks = frameworks_of(names, environment.tags | version.tags)
    if contents:
        environment.ready, environment.image, environment.package_count = version, build.image, contents[3]
        environment.python = build.image.facts["python"].rpartition(".")[0]


def _packages_of(contents):
    profile, kind, age, count = contents
    return made_up.many_packages(count, age) if profile == COMPARED else made_up.packages(profile, kind, age, count)


def _people(count, password):
    hashed = make_password(password)  # slow on purpose, so it is worked out once
    users = get_user_model().objects
    names = [f"person-{number:02d}" for number in range(1, count + 1)]
    return [users.get_or_create(username=name, defaults={"password": hashed})[0] for name in names]


def _workspaces(count, people):
    """Workspaces by the names of teams. The first person may edit in each, every other one in one of them."""
    slugs = [TEAMS[number] if number < len(TEAMS) else f"team-{number + 1}" for number in range(count)]
    made = [Workspace.objects.get_or_create(slug=slug, defaults={"title": slug.title()})[0] for slug in slugs]
    for number, person in enumerate(people):
        for place, workspace in enumerate(made):
            role = Role.EDITOR if number == 0 or number % count == place else Role.VIEWER
            if number == 0 or (number - place) % count < 2:
                Member.objects.get_or_create(workspace=workspace, user=person, defaults={"role": role})
    return made

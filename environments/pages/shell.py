"""What base.html shows around every page. Nothing is asked of the database before a template wants it."""

from functools import cached_property

from django.conf import settings
from django.db.models import Exists
from django.utils import timezone

from environments.models import CURATED, Build, Environment, Hold, State, Worker, Workspace
from environments.pages.counting import count_of
from environments.permissions import ROLES_WITH, Right, known_role, with_role

THEMES = ("system", "light", "dark")
NO_WORKER = "No build worker is connected, so builds wait. Nothing is lost: they start when one is back."
PAUSED = "The queue is paused since {since}{by}: {reason}. Builds wait; running ones go on."
DISK_FULL = (
    "Worker {worker} starts no new builds: {reason} Remove images nobody needs or make room in another way; "
    "builds start again by themselves."
)
DOES_NOT_STOP = (
    "Build {number} of {version} was to stop and runs on. Restart the worker {worker}; then it ends as cancelled."
)


class Shell:
    """The frame of one request. For a stranger, and where there is no workspace, its parts are empty."""

    version = settings.VERSION

    def __init__(self, request):
        self._request = request
        self._user = getattr(request, "user", None)

    @cached_property
    def theme(self):
        theme = self._request.COOKIES.get("theme")
        return theme if theme in THEMES else "system"

    @cached_property
    def workspaces(self):
        if self._user is None or not self._user.is_authenticated:
            return []
        return list(with_role(Workspace.objects.visible_to(self._user), self._user))

    @cached_property
    def workspace(self):
        """The workspace the address names (the catalogue's as ?ws=), if the user may see it."""
        match = self._request.resolver_match
        slug = match.kwargs.get("ws", self._request.GET.get("ws")) if match else None
        return next((workspace for workspace in self.workspaces if workspace.slug == slug), None)

    @property
    def role(self):
        return known_role(self._user, self.workspace, self.workspace.own_role) if self.workspace else None

    @property
    def may_edit(self):
        return self.role in ROLES_WITH[Right.EDIT]

    @cached_property
    def _figures(self):
        """What is counted for the frame of a page in a workspace, in one statement."""
        active = Build.objects.active().filter(version__environment__workspace=self.workspace)
        listed = Environment.objects.listed()
        asked = Workspace.objects.filter(pk=self.workspace.pk).values(
            running=count_of(active.filter(state=State.RUNNING)),
            queued=count_of(active.filter(state=State.QUEUED)),
            listed=count_of(listed.filter(workspace=self.workspace)),
            published=count_of(listed.filter(workspace__slug=CURATED)),
            is_held=Exists(Hold.objects.in_force()),
            has_worker=Exists(Worker.objects.alive()),
        )
        return asked.get()

    @property
    def queue(self):
        """{"running", "queued"}: how many builds of the workspace are in each state."""
        return {key: self._figures[key] for key in ("running", "queued")} if self.workspace else {}

    @property
    def counts(self):
        if not self.workspace:
            return {}
        active = sum(self.queue.values()) or None
        return {"environments": self._figures["listed"], "curated": self._figures["published"], "builds": active}

    @cached_property
    def notices(self):
        """What everybody should know now: why builds wait; and site admins, which ones do not stop."""
        if self._user is None or not self._user.is_authenticated:
            return []
        may_be_held = not self.workspace or self._figures["is_held"]
        texts = [_why_held(hold) for hold in Hold.objects.in_force().select_related("by")] if may_be_held else []
        if self.queue.get("queued") and not self._figures["has_worker"]:
            texts.append(NO_WORKER)
        stuck = Build.objects.stuck().for_pages() if self._user.is_superuser else []
        return [{"tone": "warn", "text": text} for text in texts] + [_does_not_stop(build) for build in stuck]


def _why_held(hold):
    if hold.kind == Hold.Kind.DISK:
        return DISK_FULL.format(worker=hold.worker, reason=hold.reason)
    form = "%H:%M UTC" if hold.since.date() == timezone.now().date() else "%d %b %H:%M UTC"
    by = f" by {hold.by.get_full_name() or hold.by.get_username()}" if hold.by else ""
    return PAUSED.format(since=hold.since.strftime(form), by=by, reason=hold.reason.rstrip("."))


def _does_not_stop(build):
    text = DOES_NOT_STOP.format(number=build.number, version=build.version, worker=build.worker)
    return {"tone": "bad", "text": text, "url": build.get_absolute_url(), "action": f"Open build {build.number}"}


def shell(request):
    """Context processor."""
    return {"shell": Shell(request)}

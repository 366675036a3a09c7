"""What base.html shows around every page. Nothing is asked of the database before a template wants it."""

from functools import cached_property

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.utils import timezone

from environments.models import CURATED, Build, Environment, Hold, Member, State, Worker, Workspace
from environments.pages.counting import count_of
from environments.permissions import ROLES_WITH, Right, role_in, workspaces_of

THEMES = ("system", "light", "dark")
DENSITIES = ("normal", "compact")
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

    @property
    def is_compact(self):
        return self._request.COOKIES.get("density") == "compact"

    @property
    def wraps(self):
        """Whether the long lines of logs go on below instead of beyond the edge."""
        return self._request.COOKIES.get("wrap") != "off"

    @property
    def shortcuts_off(self):
        return self._request.COOKIES.get("shortcuts") == "off"

    @cached_property
    def workspaces(self):
        if self._user is None or not self._user.is_authenticated:
            return []
        return workspaces_of(self._user)

    @cached_property
    def workspace(self):
        """The workspace the address names, if the user may see it: in its path, as ?ws= where one came from there,
        or as that of the versions compared, one's own before the curated one."""
        match = self._request.resolver_match
        if match is None:
            return None
        slugs = [match.kwargs["ws"]] if "ws" in match.kwargs else _named_in(self._request.GET)
        visible = {workspace.slug: workspace for workspace in self.workspaces}
        return next((visible[slug] for slug in slugs if slug in visible), None)

    @cached_property
    def role(self):
        return role_in(self._user, self.workspace) if self.workspace else None

    @property
    def may_edit(self):
        return self.role in ROLES_WITH[Right.EDIT]

    @property
    def may_manage(self):
        return self.role in ROLES_WITH[Right.MANAGE]

    @cached_property
    def queue(self):
        """{"running", "queued"}: how many builds of the workspace are in each state."""
        if not self.workspace:
            return {}
        return {"running": self._figures["running"], "queued": self._figures["queued"]}

    @cached_property
    def counts(self):
        if not self.workspace:
            return {}
        counts = {name: self._figures[name] for name in ("environments", "curated", "members")}
        return counts | {"builds": sum(self.queue.values()) or None}

    @cached_property
    def _figures(self):
        """All that the frame counts in a workspace, in one query."""
        listed = Environment.objects.listed().to_count()
        active = Build.objects.filter(workspace=OuterRef("pk"))
        counted = {
            "running": active.filter(state=State.RUNNING),
            "queued": active.filter(state=State.QUEUED),
            "environments": listed.filter(workspace=OuterRef("pk")),
            "curated": listed.filter(workspace__slug=CURATED),
            "members": Member.objects.filter(workspace=OuterRef("pk")),
        }
        asked = {
            "is_held": Exists(Hold.objects.in_force()),
            "has_worker": Exists(Worker.objects.alive()),
            "is_stuck": Exists(Build.objects.stuck()),
        }
        figures = {f"count_{name}": count_of(rows) for name, rows in counted.items()} | asked
        found = Workspace.objects.order_by().values(**figures).get(pk=self.workspace.pk)
        return {name.removeprefix("count_"): value for name, value in found.items()}

    @cached_property
    def notices(self):
        """What everybody should know now: why builds wait; and site admins, which ones do not stop."""
        if self._user is None or not self._user.is_authenticated:
            return []
        known = self._figures if self.workspace else {"is_held": True, "has_worker": True, "is_stuck": True}
        texts = [_why_held(hold) for hold in Hold.objects.in_force().select_related("by")] if known["is_held"] else []
        if self.queue.get("queued") and not known["has_worker"]:
            texts.append(NO_WORKER)
        stuck = Build.objects.stuck().for_pages() if self._user.is_superuser and known["is_stuck"] else []
        return [{"tone": "warn", "text": text} for text in texts] + [_does_not_stop(build) for build in stuck]


def _named_in(query):
    """The slugs of workspaces that the part of an address behind its `?` names, the most telling first."""
    if query.get("ws"):
        return [query["ws"]]
    compared = [query.get(end, "").partition("/")[0] or query.get(f"{end}_ws", "") for end in ("to", "from")]
    return sorted(compared, key=lambda slug: slug == CURATED)


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

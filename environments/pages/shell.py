"""What base.html shows around every page. Nothing is asked of the database before a template wants it."""

from functools import cached_property

from django.conf import settings
from django.db.models import Count, Q

from environments.models import CURATED, Build, Environment, State, Worker, Workspace
from environments.permissions import ROLES_WITH, Right, role_in

THEMES = ("system", "light", "dark")
NO_WORKER = "No build worker is connected, so builds wait. Nothing is lost: they start when one is back."


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
        return list(Workspace.objects.visible_to(self._user))

    @cached_property
    def workspace(self):
        """The workspace the address names (the catalogue's as ?ws=), if the user may see it."""
        match = self._request.resolver_match
        slug = match.kwargs.get("ws", self._request.GET.get("ws")) if match else None
        return next((workspace for workspace in self.workspaces if workspace.slug == slug), None)

    @cached_property
    def role(self):
        return role_in(self._user, self.workspace) if self.workspace else None

    @property
    def may_edit(self):
        return self.role in ROLES_WITH[Right.EDIT]

    @cached_property
    def queue(self):
        """{"running", "queued"}: how many builds of the workspace are in each state."""
        if not self.workspace:
            return {}
        active = Build.objects.active().filter(version__environment__workspace=self.workspace)
        return active.aggregate(
            running=Count("pk", filter=Q(state=State.RUNNING)), queued=Count("pk", filter=Q(state=State.QUEUED))
        )

    @cached_property
    def counts(self):
        if not self.workspace:
            return {}
        here, curated = Q(workspace=self.workspace), Q(workspace__slug=CURATED)
        counts = Environment.objects.listed().aggregate(
            environments=Count("pk", filter=here), curated=Count("pk", filter=curated)
        )
        return counts | {"builds": sum(self.queue.values()) or None}

    @cached_property
    def notices(self):
        """What everybody in the workspace should know now: builds wait, and nobody is there to run them."""
        if not self.queue.get("queued") or Worker.objects.alive().exists():
            return []
        return [{"tone": "warn", "text": NO_WORKER}]


def shell(request):
    """Context processor."""
    return {"shell": Shell(request)}

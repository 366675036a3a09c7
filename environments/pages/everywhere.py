"""Searching everything: `/search/?q=` shows what was found in groups, with `&in=` all of one of them."""

from dataclasses import dataclass

from django.core.paginator import Paginator
from django.db.models import Count, Q, Window
from django.views.decorators.http import require_safe

from environments.models import CURATED
from environments.pages.fragments import asked, render_results
from environments.pages.states import build_rows, with_progress
from environments.services import everywhere
from environments.services.search import TAG_PREFIX, matching_tag

LONGEST = 200
FIRST = 5  # of each group, where all are shown
PER_PAGE = 25
GROUPS = {
    "environments": "Environments",
    "curated": "Curated",
    "versions": "Versions",
    "builds": "Builds",
    "packages": "Packages",
}
EXAMPLES = [
    ("torch", "environments with that in their name, description or tags, and images that hold the package"),
    ("numpy<2", "images that hold such a version of a package, in any version of an environment"),
    ("team=robots", "environments with this tag"),
    ("train:3", "a version of an environment"),
    ("#42", "builds with this number"),
]


@dataclass
class Group:
    """Some things of one sort that were found. `page` is the page of all of them, None where only the first stand."""

    key: str
    rows: list
    count: int
    page: object = None
    holding: object = None

    @property
    def title(self):
        return GROUPS[self.key]


@require_safe
def search(request):
    """What answers `?q=` in every workspace one may see; with `&in=`, one group of it by pages."""
    text = " ".join(asked(request.GET, "q").split())[:LONGEST]
    alone = request.GET.get("in")
    alone = alone if alone in GROUPS else None
    question = everywhere.read(text)
    finding = Finding(request.user, question, alone, request.GET.get("page"))
    groups = [group for key in GROUPS if text and alone in (None, key) and (group := finding.group(key)).rows]
    context = {
        "q": text,
        "unread": "" if groups else everywhere.unread(request.user, question),
        "groups": groups,
        "alone": alone,
        "count": sum(group.count for group in groups),
        "examples": EXAMPLES,
    }
    given = {"q": text, "ws": asked(request.GET, "ws"), "in": alone}  # ws: where one came from
    chosen = {key: value for key, value in given.items() if value}
    return render_results(request, "search/search.html", context, chosen)


class Finding:
    """Asks for one group after the other."""

    def __init__(self, user, question, alone, number):
        self._user, self._question, self._alone, self._number = user, question, alone, number

    def group(self, key):
        return getattr(self, f"_{key}")()

    def _environments(self):
        return self._named("environments", ~Q(workspace__slug=CURATED))

    def _curated(self):
        return self._named("curated", Q(workspace__slug=CURATED))

    def _named(self, key, where):
        group = self._some(key, everywhere.find_environments(self._user, self._question.text).filter(where))
        for environment in group.rows:
            environment.hit = _tag_that_hit(environment, self._question.text)
        return group

    def _versions(self):
        if not self._question.version:
            return Group("versions", [], 0)
        return self._some("versions", everywhere.find_versions(self._user, self._question.version))

    def _builds(self):
        if self._question.build is None:
            return Group("builds", [], 0)
        group = self._some("builds", with_progress(everywhere.find_builds(self._user, self._question.build)))
        group.rows = build_rows(group.rows)
        return group

    def _packages(self):
        if not self._question.package:
            return Group("packages", [], 0)
        holding = everywhere.find_holding(self._user, self._question.package)
        rows = holding.by_environment()
        page = Paginator(rows, PER_PAGE).get_page(self._number) if self._alone else None
        return Group("packages", page.object_list if page else rows[:FIRST], len(rows), page, holding)

    def _some(self, key, found):
        """The first few and how many there are, in one query; or a page of all."""
        if self._alone:
            page = Paginator(found, PER_PAGE).get_page(self._number)
            return Group(key, list(page.object_list), page.paginator.count, page)
        rows = list(found.annotate(total=Window(Count("*")))[:FIRST])
        total = (rows[0]["total"] if isinstance(rows[0], dict) else rows[0].total) if rows else 0
        return Group(key, rows, total)


def _tag_that_hit(environment, text):
    """The tag it was found by, where neither its name nor its description shows why."""
    shown = f"{environment.name} {environment.shown_description}".lower()
    return "" if text.lower() in shown else matching_tag(environment, text.removeprefix(TAG_PREFIX))

"""The list of packages of an image, filtered by name, manager and why each is there."""

from django.core.paginator import Paginator
from django.db.models import Case, Count, Q, When
from django.db.models.functions import Lower

from environments.models.images import BASE_IMAGE
from environments.pages.fragments import asked

PER_PAGE = 200
NEEDERS_SHOWN = 3
_SYSTEM_LAST = Case(When(manager="dpkg", then=1), default=0)
_FROM_BASE = Q(source__endswith=BASE_IMAGE)
WHY = {
    "asked": ("Asked for", Q(asked=True)),
    "pulled": ("Pulled in", Q(asked=False) & ~_FROM_BASE),
    "base": ("From the base", Q(asked=False) & _FROM_BASE),
}


def packages_tab(image, query):
    """What the page of packages needs of an image, from the values of its form: q, manager, why, page."""
    text, manager, why = (asked(query, name) for name in ("q", "manager", "why"))
    every = image.packages.order_by()
    managers = dict(every.values_list("manager").annotate(count=Count("pk")))
    counts = every.aggregate(**{f"{key}_count": Count("pk", filter=condition) for key, (_, condition) in WHY.items()})
    reasons = {key: (word, counts[f"{key}_count"]) for key, (word, _) in WHY.items()}
    of_managers = {name: (name, managers[name]) for name in sorted(managers)}
    manager, why = manager if manager in managers else "", why if why in WHY else ""
    shown = every.filter(*([WHY[why][1]] if why else []), **({"manager": manager} if manager else {}))
    if text:
        shown = shown.filter(name__icontains=text)
    page = Paginator(shown.order_by("-asked", _SYSTEM_LAST, "manager", Lower("name"), "version"), PER_PAGE)
    page = page.get_page(query.get("page"))
    for package in page:
        package.needers = package.required_by[:NEEDERS_SHOWN]
        package.more_needers = len(package.required_by) - len(package.needers)
        package.is_of_base = package.source.endswith(BASE_IMAGE)
    total = sum(managers.values())
    return {
        "q": text,
        "every": total,
        "page": page,
        "filters": [
            _filter(query, "manager", "Which manager", manager, of_managers),
            _filter(query, "why", "Why it is here", why, reasons),
        ],
    }


def _filter(query, name, label, chosen, choices):
    """One row of links, each keeping what else was chosen; those that stand for no package are left out."""
    total = sum(count for _, count in choices.values())
    offered = {"": ("All", total)} | {key: choice for key, choice in choices.items() if choice[1]}
    links = [
        {"word": word, "count": count, "url": _with(query, name, key), "current": key == chosen}
        for key, (word, count) in offered.items()
    ]
    return {"name": name, "label": label, "chosen": chosen, "links": links}


def _with(query, name, value):
    """The query with another value of one name, from the first page."""
    changed = query.copy()
    changed.pop("page", None)
    changed.pop(name, None)
    if value:
        changed[name] = value
    return f"?{changed.urlencode()}"

"""The list of packages of an image, filtered by name, manager and why each is there."""

from collections import Counter

from django.core.paginator import Paginator
from django.db.models import Case, Count, Q, When
from django.db.models.functions import Lower

from environments.definitions.asked import found_as_asked, packages_asked
from environments.definitions.digest import from_canonical
from environments.models.images import BASE_IMAGE
from environments.pages.fragments import asked

PER_PAGE = 200
NEEDERS_SHOWN = 3
_SYSTEM_LAST = Case(When(manager="dpkg", then=1), default=0)
_FROM_BASE = Q(source__endswith=BASE_IMAGE)
WHY = {"asked": "Asked for", "pulled": "Pulled in", "base": "From the base"}


def packages_tab(version, query):
    """What the page of packages needs of a version's image, from the values of its form: q, manager, why, page.

    What the version's own definition names is asked for, also where the image was made for another version.
    """
    text, manager, why = (asked(query, name) for name in ("q", "manager", "why"))
    every = version.image_built.packages.order_by()
    rows = list(every.values_list("pk", "manager", "name"))
    managers = Counter(manager for _, manager, _ in rows)
    named = _named_by(version, rows)
    is_named = Q(pk__in=named)
    reasons_of = {"asked": is_named, "pulled": ~is_named & ~_FROM_BASE, "base": ~is_named & _FROM_BASE}
    counts = every.aggregate(**{f"{key}_count": Count("pk", filter=reason) for key, reason in reasons_of.items()})
    reasons = {key: (word, counts[f"{key}_count"]) for key, word in WHY.items()}
    of_managers = {name: (name, managers[name]) for name in sorted(managers)}
    manager, why = manager if manager in managers else "", why if why in WHY else ""
    shown = every.filter(*([reasons_of[why]] if why else []), **({"manager": manager} if manager else {}))
    if text:
        shown = shown.filter(name__icontains=text)
    named_first = Case(When(is_named, then=0), default=1)
    page = Paginator(shown.order_by(named_first, _SYSTEM_LAST, "manager", Lower("name"), "version"), PER_PAGE)
    page = page.get_page(query.get("page"))
    for package in page:
        package.asked = package.pk in named
        package.needers = package.required_by[:NEEDERS_SHOWN]
        package.more_needers = len(package.required_by) - len(package.needers)
        package.is_of_base = package.source.endswith(BASE_IMAGE)
    total = len(rows)
    return {
        "q": text,
        "every": total,
        "page": page,
        "filters": [
            _filter(query, "manager", "Which manager", manager, of_managers),
            _filter(query, "why", "Why it is here", why, reasons),
        ],
    }


def _named_by(version, rows):
    """The ids of the rows (id, manager, name) that the definition asks for."""
    names = packages_asked(from_canonical(version.definition))
    found = found_as_asked(names, [row[1:] for row in rows])
    return {pk for pk, *key in rows if tuple(key) in found}


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

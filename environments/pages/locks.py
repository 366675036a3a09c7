"""The lock of a version: shown and filtered, handed out as a file, compared with another's."""

from collections import Counter

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.utils.http import content_disposition_header

from environments.definitions.model import Kind
from environments.diffing.changes import diff_packages, package_key
from environments.diffing.locks import diff_channels, diff_locked, diff_targets
from environments.display import words
from environments.locking.exports import Locked, format_of, formats_of
from environments.locking.packages import locked_packages
from environments.models import Build, Lock
from environments.pages.fragments import asked

PER_PAGE = 200
MAY_BE_EMPTY = ("version", "build", "source", "size", "hashes")  # of a LockedPackage: shown where one has it
MOST_DIFFERENCES = 200  # shown of a comparison
MOST_HASHES = 3  # shown of one side of a difference
NEVER_LOCKED = {
    Kind.IMAGE.value: "An image is taken as it is: nothing is resolved, and its digest says which image it is.",
    Kind.CONTEXT.value: "What is installed stands in the Dockerfile of this version; the studio resolves none of it.",
}


def lock_of(version):
    """The Lock that the version's image was built from, None where there is none."""
    return version.current_build.lock if version.current_build else None


def locked(lock):
    """The row as what exports are made of."""
    return Locked(lock.texts, lock.target, lock.channels)


def lock_tab(version, query):
    """What the tab shows; `q` filters by name, `only` by manager."""
    lock = lock_of(version)
    if lock is None:
        return {"lock": None, "why": NEVER_LOCKED.get(version.kind)}
    every = locked_packages(lock.texts)
    text, only = asked(query, "q"), asked(query, "only")
    choices = _choices(every)
    only = only if only in choices else ""
    shown = [
        package for package in every if text.lower() in package.name.lower() and (not only or package.manager == only)
    ]
    return {
        "lock": lock,
        "made_by": _maker(lock),
        "formats": formats_of(lock.texts),
        "q": text,
        "only": only,
        "choices": list(choices.items()),
        "every": len(every),
        "columns": [name for name in MAY_BE_EMPTY if any(getattr(package, name) for package in shown)],
        "page": Paginator(shown, PER_PAGE).get_page(query.get("page")),
    }


def _choices(packages):
    """{value of ?only=: (word, count)}; one choice is none where all packages are of one manager."""
    managers = Counter(package.manager for package in packages)
    if len(managers) < 2:
        return {}
    return {"": ("All", len(packages))} | {manager: (manager, count) for manager, count in sorted(managers.items())}


def _maker(lock):
    """The build that resolved it. Only those of its own workspace count: builds of others may not be seen here."""
    builds = Build.objects.for_pages().filter(lock=lock, version__environment__workspace=lock.workspace_id, reused=None)
    return builds.order_by("created_at").first()


def download(version, key):
    """The lock as a file in one of its formats. Raises Http404 where it cannot be had in that one."""
    lock = lock_of(version)
    known = format_of(lock.texts, key) if lock else None
    if known is None:
        raise Http404
    name = f"{version.environment.name}-{version.name}-{known.file_name}"
    headers = {"Content-Disposition": content_disposition_header(True, name)}
    return HttpResponse(known.write(locked(lock)), content_type=known.content_type, headers=headers)


def compare_locks(before, after, labels):
    """What the comparison of two versions says of their locks: `sentence`, the `digest` they share, `rows`, `count`."""
    ids = [version.current_build and version.current_build.lock_id for version in (before, after)]
    found = Lock.objects.in_bulk([pk for pk in ids if pk])
    old, new = (found.get(pk) for pk in ids)
    if not (old and new):
        return {"sentence": _missing(old, new, labels), "digest": None, "rows": [], "count": None}
    if old.sha256 == new.sha256:
        return {"sentence": "Both were built from the same lock.", "digest": old.sha256, "rows": [], "count": 0}
    packages = [locked_packages(lock.texts) for lock in (old, new)]
    rows = [*_target_rows(old, new), *_package_rows(*packages)]
    return {
        "sentence": _sentence(packages, rows),
        "digest": None,
        "rows": rows[:MOST_DIFFERENCES],
        "count": len(rows),
    }


def _missing(old, new, labels):
    if not (old or new):
        return "Neither version has a lock, so there is none to compare."
    without, other = (labels[0], labels[1]) if new else (labels[1], labels[0])
    return f"{without} has no lock, so there is nothing to compare that of {other} with."


def _target_rows(old, new):
    changes = [*diff_targets(old.target, new.target), diff_channels(old.channels, new.channels)]
    return [
        {"name": change.label, "what": "target", "old": _side([change.old]), "new": _side([change.new])}
        for change in changes
        if change
    ]


def _package_rows(before, after):
    return [
        {
            "name": f"{change.name} {change.version}".strip(),
            "what": f"{change.what}, {change.manager}",
            "old": _side(change.old, is_hash=change.what == "files"),
            "new": _side(change.new, is_hash=change.what == "files"),
        }
        for change in diff_locked(before, after)
    ]


def _side(values, *, is_hash=False):
    """[(whole value, as it is shown), ...] of one side of a difference, cut short."""
    shown = [(value, words.short_digest(value) if is_hash else value) for value in values[:MOST_HASHES] if value]
    more = len(values) - MOST_HASHES
    return [*shown, ("", f"and {more} more")] if more > 0 else shown


def _sentence(packages, rows):
    """How many packages differ by version, which the list of packages shows, and how many only otherwise."""
    changes = Counter(change.kind for change in diff_packages(*packages))
    common = len({package_key(one) for one in packages[0]} & {package_key(one) for one in packages[1]})
    versions = changes.total() - changes["added"] - changes["removed"]
    counts = {"with another version": versions, "added": changes["added"], "removed": changes["removed"]}
    told = [f"{count:,} {what}" for what, count in counts.items() if count] or ["all of the same version"]
    said = f"{words.plural(common, 'package')} in both locks, {', '.join(told)}."
    return f"{said} Beyond versions:" if rows else f"{said} Nothing else differs."

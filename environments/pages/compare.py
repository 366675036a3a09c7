"""Two versions side by side: what was asked for, and what was got."""

import difflib
import re

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from environments.definitions.digest import from_canonical
from environments.diffing.changes import diff_text, package_key
from environments.display import words
from environments.pages.changes import asked_changes, got_changes, image_id_of, other_changes, packages_of, tally
from environments.pages.contextdiff import context_changes
from environments.pages.fragments import asked
from environments.pages.locks import compare_locks
from environments.pages.sources import source_of
from environments.pages.states import newest_builds, version_keys, with_newest_build
from environments.permissions import version_for

REFERENCE = re.compile(r"(?P<ws>[^/:]+)/(?P<env>[^/:]+):(?P<version>[^/:]+)")
UNREAD = "Name two versions to compare, each like workspace/environment:version."
MOST_OPTIONS = 200
SPAN = 12


@require_safe
def compare(request, ws, env, a, b):
    """Two versions of one environment; a version select asks with `?from=` and `?to=`."""
    chosen = [asked(request.GET, "from", a), asked(request.GET, "to", b)]
    before, after = (version_for(request.user, ws, env, name) for name in chosen)
    if chosen != [a, b]:
        return redirect("compare", ws, env, *chosen)
    versions = before.environment.versions.newest_first()
    context = {
        "versions": list(versions.values("name")[:MOST_OPTIONS]),
        "lineage": _lineage(versions, before, after),
        "swap": {"from": b, "to": a},
    }
    return _answer(request, before, after, context)


@require_safe
def compare_any(request):
    """Any two versions one may see: `?from=vision/train:1&to=curated/sklearn:2`."""
    found = [REFERENCE.fullmatch(asked(request.GET, end)) for end in ("from", "to")]
    if not all(found):
        return render(request, "400.html", {"reason": UNREAD}, status=400)
    before, after = (version_for(request.user, *match.group("ws", "env", "version")) for match in found)
    if before.environment_id == after.environment_id:
        environment = before.environment
        return redirect("compare", environment.workspace.slug, environment.name, before.name, after.name)
    return _answer(request, before, after, {})


def _answer(request, before, after, context):
    texts = [source_of(version) for version in (before, after)]
    if "patch" in request.GET:
        return _patch(before, after, texts)
    rows = diff_text(texts[0].text, texts[1].text)
    packages = _packages(before, after)
    asked_only = request.GET.get("only") == "asked"
    shown = [change for change in packages["changes"] if change.asked or not asked_only]
    labels = _labels(before, after)
    context |= packages | {
        "before": before,
        "after": after,
        "labels": labels,
        "lock": compare_locks(before, after, labels),
        "shown": shown,
        "asked_only": asked_only,
        "tally": tally(packages["changes"]).items(),
        "others": other_changes(from_canonical(before.definition), from_canonical(after.definition)),
        "facts": _image_facts(before, after),
        "split": request.GET.get("view") == "split",
        "rows": rows,
        "added": sum(row.kind == "added" for row in rows),
        "removed": sum(row.kind == "removed" for row in rows),
        "source_name": texts[1].name,
        "files": context_changes(before.context, after.context),
        "metadata": _metadata(before, after),
    }
    context["summary"] = _summary(before, after, context)
    return render(request, "compare/compare.html", context)


def _packages(before, after):
    """What is in both images, or, while one is not built, what both definitions ask for."""
    ids = image_id_of(before), image_id_of(after)
    if not all(ids):
        changes = asked_changes(from_canonical(before.definition), from_canonical(after.definition))
        return {"changes": changes, "got": False, "total": None}
    found = packages_of(ids)
    before, after = (found[image_id] for image_id in ids)
    total = len({package_key(package) for package in (*before, *after)})
    return {"changes": got_changes(before, after), "got": True, "total": total}


def _labels(before, after):
    """What to call the two: with the environment where that differs, and the workspace where its name does not."""
    if before.environment_id == after.environment_id:
        return before.label, after.label
    same_name = before.environment.name == after.environment.name
    names = (str(v.environment) if same_name else v.environment.name for v in (before, after))
    return tuple(f"{name} {version.label}" for name, version in zip(names, (before, after), strict=True))


def _lineage(versions, before, after):
    """Labels and states of the versions around the two, oldest first; None if they lie too far apart to be drawn."""
    low, high = sorted((before.sequence, after.sequence))
    if low == high or high - low >= SPAN:
        return None
    around = with_newest_build(versions.filter(sequence__gt=high - SPAN, sequence__lte=high + 1))
    shown = sorted(around, key=lambda version: version.sequence)
    builds = newest_builds(shown)
    states = [version_keys(version, builds.get(version.pk))[0] for version in shown]
    return {"labels": [version.label for version in shown], "states": states}


def _image_facts(before, after):
    """[(fact, before, after)] that differ or matter: base and what the images say of themselves."""
    pairs = [("Base image", before.image, after.image), ("Base digest", *(_base(v) for v in (before, after)))]
    for label, key in (("Python", "python"), ("System", "system"), ("Platform", "platform"), ("Runs as", "user")):
        pairs.append((label, *(_fact(version, key) for version in (before, after))))
    return [(label, old, new) for label, old, new in pairs if old or new]


def _base(version):
    return version.current_build.base_digest if version.current_build else ""


def _fact(version, key):
    return version.image_built.facts.get(key, "") if version.image_built else ""


def _metadata(before, after):
    """[(what, before, after)] that differ and are no part of the definition."""
    rows = [("Description", before.description, after.description)]
    for key in sorted(before.tags.keys() | after.tags.keys()):
        rows.append((f"Tag {key}", before.tags.get(key, ""), after.tags.get(key, "")))
    return [row for row in rows if row[1] != row[2]]


def _summary(before, after, context):
    """One or two sentences that say what the difference comes to."""
    if before == after:
        return "This is one and the same version, so nothing differs."
    old, new = context["labels"]
    sentences = []
    if before.definition_digest == after.definition_digest:
        sentences.append(f"{old} and {new} have the same definition.")
    sentences.append(_package_sentence(context))
    images = before.image_built, after.image_built
    if all(images):
        sentences.append(_size_sentence(*images))
    return " ".join(sentence for sentence in sentences if sentence)


def _package_sentence(context):
    changes = context["changes"]
    if not changes:
        return "The images hold the same packages." if context["got"] else "They ask for the same packages."
    count = f"{len(changes):,} of {context['total']:,} packages" if context["got"] else _asked_for(len(changes))
    sentence = f"{count} {'differs' if len(changes) == 1 else 'differ'}"
    major = sum(change.major for change in changes)
    return f"{sentence}, {major} of them by a major version." if major else f"{sentence}."


def _asked_for(count):
    return f"{words.plural(count, 'package')} asked for"


def _size_sentence(old, new):
    difference = new.size - old.size
    if not difference:
        return f"The size stays {words.size(new.size)}."
    verb = "grows" if difference > 0 else "shrinks"
    return f"The image {verb} by {words.size(abs(difference))} to {words.size(new.size)}."


def _patch(before, after, texts):
    names = [
        f"{side.environment.name}-{side.label}/{text.name}" for side, text in zip((before, after), texts, strict=True)
    ]
    lines = difflib.unified_diff(*(text.text.splitlines(keepends=True) for text in texts), *names)
    name = f"{before.environment.name}-{before.label}-{after.label}.patch"
    headers = {"Content-Disposition": content_disposition_header(True, name)}
    return HttpResponse("".join(lines), content_type="text/x-diff; charset=utf-8", headers=headers)

"""What the comparison of two versions shows, section by section."""

from dataclasses import dataclass

from django.db.models import Q

from environments.definitions.digest import from_canonical
from environments.definitions.model import Kind
from environments.diffing.changes import CONTEXT, diff_text, package_key
from environments.diffing.text import Bounds, patch
from environments.display import words
from environments.display.layers import compared_layers
from environments.models import Version
from environments.pages.changes import asked_changes, got_changes, image_id_of, other_changes, packages_of, tally
from environments.pages.comparison_words import labels_of, notes_of, summary_of
from environments.pages.contextdiff import context_changes, context_patch
from environments.pages.locks import NEVER_LOCKED, compare_locks
from environments.pages.sources import source_of
from environments.pages.states import newest_builds, version_keys, with_newest_build

MOST_OPTIONS = 200  # versions of an environment in a select
MOST_ROWS = 50  # packages shown before one asks for all
ONLY_DIFFERING = {"files", "metadata"}  # sections that would be empty without a difference
SPAN = 12  # versions drawn in a row
UNLISTED = {Kind.IMAGE.value, Kind.CONTEXT.value}  # kinds whose definition has no list of packages
TOLD_VARIABLES = {
    "CUDA_VERSION": "CUDA",
    "NV_CUDNN_VERSION": "cuDNN",
}  # of a base image, told even if they are the same
SHOWN = {
    "": ("All", lambda change: True),
    "asked": ("Asked for", lambda change: change.asked),
    "major": ("Major", lambda change: change.major),
}


@dataclass(frozen=True)
class Fact:
    """A row of two sides; a digest is drawn as one."""

    label: str
    old: str
    new: str
    is_digest: bool = False


@dataclass(frozen=True)
class Section:
    """A section of the page: whether anything in it differs, and how much, if that can be said in a word."""

    key: str
    label: str
    differs: bool
    count: int | str = ""

    @property
    def template(self):
        return f"compare/_{self.key}.html"


def packages_section(before, after, only="", is_whole=False):
    """The packages that differ, of them those to show, and how many there are of each; see `got` of packages_of_both.

    only: a key of SHOWN; is_whole: whether to show all of them at once.
    """
    both = packages_of_both(before, after)
    changes, only = both["changes"], only if only in SHOWN else ""
    shown = list(filter(SHOWN[only][1], changes))
    choices = [
        {"key": key or None, "label": word, "count": sum(map(is_meant, changes)), "current": key == only}
        for key, (word, is_meant) in SHOWN.items()
    ]
    rows = shown if is_whole else shown[:MOST_ROWS]
    environment = after.environment if before.environment_id == after.environment_id else None
    return both | {
        "before": before,
        "after": after,
        "labels": labels_of(before, after),
        "shown": rows,
        "more": len(shown) - len(rows),
        "choices": choices if both["got"] else [],
        "only": only,
        "story": environment,
        "unasked": not both["got"] and {before.kind, after.kind} <= UNLISTED,
    }


def packages_of_both(before, after):
    """{"changes", "got", "total", "same"}: of what is in both images; while one is not built (`got` is False), of what
    both definitions ask for."""
    ids = image_id_of(before), image_id_of(after)
    if not all(ids):
        changes = asked_changes(from_canonical(before.definition), from_canonical(after.definition))
        return {"changes": changes, "got": False, "total": None, "same": None}
    found = packages_of(ids)
    old, new = (found[image_id] for image_id in ids)
    changes = got_changes(old, new) if ids[0] != ids[1] else []
    total = len({package_key(package) for package in (*old, *new)})
    return {"changes": changes, "got": True, "total": total, "same": total - len(changes)}


def compared(before, after, packages):
    """All that the page shows besides `packages`, which packages_section() made."""
    bounds, labels = Bounds(), packages["labels"]
    versions = _versions(before, after)
    is_same_kind = before.kind == after.kind
    texts = [source_of(version) for version in (before, after)]
    rows = diff_text(texts[0].text, texts[1].text, bounds=bounds) if is_same_kind else []
    files = context_changes(before.context, after.context, bounds) if is_same_kind else []
    others = other_changes(from_canonical(before.definition), from_canonical(after.definition))
    base = [fact for fact in _base_facts(before, after) if packages["got"] or (fact.old and fact.new)]
    facts = [*base, *_settings(others, is_same_kind)]
    has_locks = not {before.kind, after.kind} & NEVER_LOCKED.keys()
    images = before.image_built, after.image_built
    context = packages | {
        "one_environment": before.environment_id == after.environment_id,
        "sides": [
            {
                "end": end,
                "version": version,
                "options": [v for v in versions if v.environment_id == version.environment_id],
            }
            for end, version in (("from", before), ("to", after))
        ],
        "lineage": _lineage(versions, before, after),
        "pair": [before, after],
        "notes": notes_of(before, after, labels),
        "tally": tally(packages["changes"]).items(),
        "lock": compare_locks(before, after, labels) if has_locks else None,
        "facts": sorted(facts, key=lambda fact: fact.old == fact.new),  # those that differ first
        "is_same_kind": is_same_kind,
        "rows": rows,
        "too_large": bool(rows) and rows[0].kind == "large",
        "added": sum(row.kind == "added" for row in rows),
        "removed": sum(row.kind == "removed" for row in rows),
        "source_name": texts[1].name,
        "files": [file for file in files if not (rows and file.path == texts[1].path)],
        "layers": compared_layers(*((image.layers, image.facts.get("base", {})) for image in images))
        if all(images)
        else [],
        "grown": images[1].size - images[0].size if all(images) else 0,
        "metadata": _metadata(before, after),
    }
    context["differing"] = sum(fact.old != fact.new for fact in context["facts"])
    return context | {"summary": summary_of(before, after, context)} | _sections(context, images)


def _sections(context, images):
    """{"differing", "same"}: the sections of the page, those where something differs and the others."""
    lock = context["lock"]
    sections = [
        _counted("packages", "Packages", len(context["changes"])),
        _counted("base", "Base and settings", context["differing"]),
    ]
    if lock and (context["got"] or lock["count"] is not None):
        sections.insert(1, _counted("lock", "Lock", lock["count"]))
    if context["is_same_kind"]:
        lines = "too large" if context["too_large"] else f"+{context['added']} −{context['removed']}"
        sections.append(Section("text", "Definition", bool(context["rows"]), lines))
    sections.append(_counted("files", "Context files", len(context["files"])))
    if context["got"]:
        grown = context["grown"]
        size = f"{'+' if grown > 0 else ''}{words.size(grown)}" if grown else ""
        sections.append(Section("image", "Image", images[0] != images[1], size))
    sections.append(_counted("metadata", "Metadata", len(context["metadata"])))
    return {
        "differing_sections": [section for section in sections if section.differs],
        "same_sections": [section for section in sections if not section.differs and section.key not in ONLY_DIFFERING],
    }


def _counted(key, label, count):
    return Section(key, label, bool(count), count)


def patch_of(before, after):
    """The lines of one patch over the definition's text and every text file of the contexts."""
    sides = [(side, f"{side.environment.name}-{side.label}") for side in (before, after)]
    if before.context and after.context:
        yield from context_patch(before.context, after.context, *(name for _, name in sides), bounds=Bounds())
        return
    texts = [source_of(version) for version, _ in sides]
    names = [f"{name}/{text.name}" for (_, name), text in zip(sides, texts, strict=True)]
    yield from patch(texts[0].text, texts[1].text, *names, bounds=Bounds())


def _versions(before, after):
    """The newest versions of both environments and the two themselves, newest first, each once, in one query."""
    wanted = Q(pk__in=[before.pk, after.pk])
    for environment in (before.environment, after.environment):
        wanted |= Q(environment=environment, sequence__gt=environment.last_sequence - MOST_OPTIONS)
    rows = with_newest_build(Version.objects.filter(wanted)).newest_first()
    return list(rows.only("environment_id", "name", "sequence", "archived_at", "current_build_id"))


def _lineage(versions, before, after):
    """Labels and states of the versions around the two, oldest first; None if they lie too far apart to be drawn."""
    low, high = sorted((before.sequence, after.sequence))
    if before.environment_id != after.environment_id or low == high or high - low >= SPAN:
        return None
    shown = [version for version in reversed(versions) if high - SPAN < version.sequence <= high + 1]
    builds = newest_builds(shown)
    states = [version_keys(version, builds.get(version.pk))[0] for version in shown]
    return {"labels": [version.label for version in shown], "states": states}


def _base_facts(before, after):
    """The Facts of the base images, and of what the images say of themselves; those neither side has are left out."""
    old, new = (_facts_of(version) for version in (before, after))
    facts = [Fact(label, old[label], new[label], label == "Digest") for label in old]
    return [fact for fact in (*facts, *_base_variables(before, after)) if fact.old or fact.new]


def _base_variables(before, after):
    """The Facts of environment variables that differ between two base images, and of those that tell its CUDA."""
    old, new = (
        v.image_built.facts.get("base", {}).get("environment", {}) if v.image_built else {} for v in (before, after)
    )
    told = [Fact(label, old.get(name, ""), new.get(name, "")) for name, label in TOLD_VARIABLES.items()]
    if not (old and new):
        return told
    others = sorted((old.keys() | new.keys()) - TOLD_VARIABLES.keys())
    rows = [Fact(f"{name} of the base", old.get(name, ""), new.get(name, "")) for name in others]
    return [*told, *(row for row in rows if row.old != row.new)]


def _facts_of(version):
    built = version.image_built
    facts = built.facts if built else {}
    base = facts.get("base", {})
    own = {
        "Reference": version.image or base.get("name", ""),
        "Digest": (version.current_build.base_digest if built else "") or base.get("digest", ""),
        "Size": words.size(base["size"]) if base.get("size") else "",
        "Layers": str(base["layers"]) if base.get("layers") else "",
        "System": facts.get("system", ""),
        "Platform": facts.get("platform", ""),
        "Python": facts.get("python", ""),
        "glibc": facts.get("glibc", ""),
        "Runs as": (facts.get("user") or "root") if built else "",
        "Entrypoint": " ".join(facts.get("entrypoint") or ()),
        "Command": " ".join(facts.get("command") or ()),
    }
    return own


def _settings(others, is_same_kind):
    """What the definitions ask for besides packages, base image, and contexts that are compared file by file."""
    told = {"Base image", CONTEXT} if is_same_kind else {"Base image"}
    rows = [change for change in others if change.label not in told]
    return [Fact(change.label, change.old, change.new, change.label == CONTEXT) for change in rows]


def _metadata(before, after):
    """[(what, before, after)] that differ and are no part of the definition."""
    rows = [("Description", before.description, after.description)]
    for key in sorted(before.tags.keys() | after.tags.keys()):
        rows.append((f"Tag {key}", before.tags.get(key, ""), after.tags.get(key, "")))
    rows.append(("Lifecycle", *(words.STATUSES[words.lifecycle(_is_archived(v))].word for v in (before, after))))
    return [row for row in rows if row[1] != row[2]]


def _is_archived(version):
    return bool(version.archived_at or version.environment.archived_at)

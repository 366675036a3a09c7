"""What a comparison of two versions comes to, in sentences."""

from environments.definitions.asked import conda_packages, pip_requirements
from environments.definitions.digest import from_canonical
from environments.display import words

NAMES = {"conda": "a conda environment", "pip": "a list of pip requirements", "image": "a ready image"} | {
    "context": "a build context"
}

MOVES = {"updated", "downgraded"}
MOST_MOVES = 2
MOST_FILES = 3


def labels_of(before, after):
    """What to call the two: with the environment where that differs, and the workspace where that does."""
    if before.environment_id == after.environment_id:
        return before.label, after.label
    one_workspace = before.environment.workspace_id == after.environment.workspace_id
    names = (v.environment.name if one_workspace else str(v.environment) for v in (before, after))
    return tuple(f"{name} {version.label}" for name, version in zip(names, (before, after), strict=True))


def notes_of(before, after, labels):
    """[(key of words.STATUSES or "", sentence)]: what is not compared and why, and which of the two is archived."""
    notes = []
    if before.kind != after.kind:
        notes.append(("", _across_kinds(before, after, labels)))
    for version, label in zip((before, after), labels, strict=True):
        if version.archived_at:
            notes.append(("archived", f"{label} is archived: it is kept and can be compared, but lists leave it out."))
        elif version.environment.archived_at:
            notes.append(("archived", f"{label} belongs to an archived environment, which lists leave out."))
    return notes if before != after else notes[:1]


def _across_kinds(before, after, labels):
    kinds = [f"{label} is {NAMES[version.kind]}" for version, label in zip((before, after), labels, strict=True)]
    left_out = ["the texts"]
    if "context" in (before.kind, after.kind):
        left_out.append("the context files")
    if {before.kind, after.kind} & {"image", "context"}:
        left_out.append("the locks")
    return f"{kinds[0]} and {kinds[1]}, so {words.listed(left_out)} cannot be held against each other and are left out."


def summary_of(before, after, context):
    """A few sentences that say what the difference comes to."""
    if before == after:
        return "This is one and the same version, so nothing differs."
    old, new = context["labels"]
    is_equal = before.definition_digest == after.definition_digest
    sentences = [f"{old} and {new} have the same definition."] if is_equal else []
    if not context["got"]:
        sentences.append(_unbuilt(before, after, old, new))
    if is_equal and context["got"] and context["changes"]:
        sentences.append(_drifted(before, context))
    elif not (is_equal and not context["got"]):
        sentences += [_packages(context), _moves(context)]
    sentences += [_lines(context), _files(context)]
    images = before.image_built, after.image_built
    if all(images):
        sentences.append(_size(*images) if images[0] != images[1] else "Both stand for one and the same image.")
    return " ".join(filter(None, sentences))


def _unbuilt(before, after, old, new):
    if not before.current_build and not after.current_build:
        return "Neither version has an image yet, so this compares what the definitions ask for."
    without = new if before.current_build else old
    return f"{without} does not have an image yet, so this compares what the definitions ask for."


def _drifted(version, context):
    """Why two images of one definition hold other packages."""
    definition = from_canonical(version.definition)
    lines = [*conda_packages(definition), *(line for line in pip_requirements(definition) if not line.startswith("-"))]
    loose = sum(not _is_pinned(line) for line in lines)
    count = words.plural(len(context["changes"]), "package")
    if not lines:
        return f"The builds differ in {count}, because nothing in the definition pins what was installed."
    if not loose:
        return f"The builds differ in {count}, because what the packages asked for pull in was not pinned."
    were = f"{words.plural(len(lines), 'package')} asked for {'was' if loose == 1 else 'were'}"
    return f"The builds differ in {count}, because {loose} of {were} not pinned."


def _is_pinned(line):
    """Whether a requirement or match specification allows one version: numpy==2.1.0, numpy=2.1.0=py_0, x @ https://…"""
    return " @ " in line or (line.count("=") >= 2 and not set("<>!~*") & set(line.partition(";")[0]))


def _packages(context):
    changes = context["changes"]
    if context["unasked"]:
        return ""
    if not changes:
        return "The images hold the same packages." if context["got"] else "They ask for the same packages."
    count = f"{len(changes):,} of {context['total']:,} packages" if context["got"] else _asked_for(len(changes))
    sentence = f"{count} {'differs' if len(changes) == 1 else 'differ'}"
    major = sum(change.major for change in changes)
    return f"{sentence}, {major} of them by a major version." if major else f"{sentence}."


def _moves(context):
    """Of the packages asked for the first that moved, and CUDA if the base has another."""
    changes = context["changes"] if context["got"] else []
    moved = [change for change in changes if change.asked and change.kind in MOVES]
    told = [(c.name, c.before, c.after) for c in sorted(moved, key=lambda change: not change.major)[:MOST_MOVES]]
    known = [
        fact for fact in context["facts"] if fact.label == "CUDA" and fact.old and fact.new and fact.old != fact.new
    ]
    told += [(fact.label, fact.old, fact.new) for fact in known]
    parts = [
        f"{name} {'moves ' if place == 0 else ''}from {old} to {new}" for place, (name, old, new) in enumerate(told)
    ]
    return f"{words.listed(parts)}." if parts else ""


def _lines(context):
    """How the text of the definition differs, by its name."""
    if context["too_large"]:
        return f"{context['source_name']} differs in more lines than are shown."
    told = [(context["added"], "gains"), (context["removed"], "loses")]
    parts = [f"{verb} {words.plural(count, 'line')}" for count, verb in told if count]
    return f"{context['source_name']} {words.listed(parts)}." if parts else ""


def _files(context):
    """Which files of the contexts differ."""
    paths = [file.path for file in context["files"]]
    if not paths:
        return ""
    more = len(paths) - MOST_FILES
    named = words.listed([*paths[:MOST_FILES], f"{more} more"] if more > 0 else paths)
    return f"Of the context files {named} {'differs' if len(paths) == 1 else 'differ'}."


def _asked_for(count):
    return f"{words.plural(count, 'requested package')}"


def _size(old, new):
    difference = new.size - old.size
    if not difference:
        return f"The size stays {words.size(new.size)}."
    verb = "grows" if difference > 0 else "shrinks"
    return f"The image {verb} by {words.size(abs(difference))} to {words.size(new.size)}."

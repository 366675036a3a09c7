"""Finds environments of a workspace by terms that must all hold: a name, a tag, or a package of the newest image."""

import re
from dataclasses import dataclass, field

from django.db.models import Q

from environments.models import ImagePackage
from environments.services.search import (
    A_TAG,
    SIGNS,
    TAG_PREFIX,
    NotAQuestion,
    PackageQuestion,
    containing,
    in_tags,
    in_words,
    matching_tag,
    package_names,
    package_versions,
    read_question,
    with_tag_text,
)

MOST_TERMS = 8
MOST_NAMES = 100  # of packages that one term may mean
SHORTEST_PART = 3  # letters that name a package by a part of its name; fewer are a whole name
TOO_MANY = "“{text}” is part of the names of {count:,} packages. Those with the closest names were searched."
_TERM = re.compile(r'"([^"]*)"|(\S+)')
_SPACE_AROUND_SIGNS = re.compile(r"\s*([<>=!~]+)\s*|\s*(,)\s*(?=[<>=!~])")


@dataclass
class Term:
    """One of the words searched for. `question` is set for a package with a condition, `packages` once known."""

    text: str
    only_tags: bool = False
    question: PackageQuestion | None = None
    packages: dict = field(default_factory=dict)  # {name: versions that are meant, None for all}

    def matches(self):
        """The condition on environments that came through with_tag_text()."""
        if self.only_tags:
            return in_tags(self.text)
        held = ImagePackage.objects.filter(self.among_packages())
        words = in_words(self.text)
        return words | Q(image__in=held.values("image")) if self.packages else words

    def among_packages(self):
        whole = [name for name, versions in self.packages.items() if versions is None]
        found = Q(name__in=whole)
        for name, versions in self.packages.items():
            if versions is not None:
                found |= Q(name=name, version__in=versions)
        return found

    def reason(self, environment, packages):
        """Why it is met, "" where the row shows that by itself. packages: [(name, version)] of the environment."""
        shown = environment.name.lower(), environment.shown_description.lower()
        if not self.only_tags and any(self.text.lower() in text for text in shown):
            return ""
        if tag := matching_tag(environment, self.text):
            return f"tag {tag}"
        held = self.closest(packages)
        return "has {} {}".format(*held) if held else ""

    def closest(self, packages):
        """The (name, version) that is meant, one of exactly this name before others; None if there is none."""
        held = [package for package in packages if self._means(*package)]
        return min(held, key=lambda package: package[0].lower() != self.text.lower(), default=None)

    def _means(self, name, version):
        return name in self.packages and (self.packages[name] is None or version in self.packages[name])


class Search:
    """What was typed into the search box, read into terms; `unread` says in sentences what of it could not be.

    workspaces: those whose images may serve the environments that are searched.
    """

    def __init__(self, text, workspaces):
        self.terms, self.unread = [], []
        parts = _parts(text)
        if len(parts) > MOST_TERMS:
            self.unread.append(f"Only the first {MOST_TERMS} words were searched for.")
        for part in parts[:MOST_TERMS]:
            try:
                self.terms.append(_read(part))
            except NotAQuestion as error:
                self.unread.append(f"I could not read “{part}”. {error}")
        self.unread += _look_up([term for term in self.terms if not term.only_tags], workspaces)

    def narrow(self, environments):
        """The environments for which every term holds."""
        for term in self.terms:
            environments = with_tag_text(environments).filter(term.matches())
        return environments

    def reasons(self, environments):
        """{environment id: [why]}, at most one reason a term."""
        if not self.terms:
            return {}
        packages = _packages(self.terms, [environment.image_id for environment in environments])
        return {
            environment.pk: list(
                filter(None, (term.reason(environment, packages.get(environment.image_id, ())) for term in self.terms))
            )
            for environment in environments
        }


def _packages(terms, images):
    """{image id: [(name, version)]} of the packages that any of the terms means."""
    meant, found = Q(), {}
    for term in terms:
        meant |= term.among_packages() if term.packages else Q()
    if meant and images:
        rows = ImagePackage.objects.filter(meant, image__in=filter(None, images)).order_by("name")
        for image, *package in rows.values_list("image", "name", "version"):
            found.setdefault(image, []).append(package)
    return found


def _parts(text):
    joined = _SPACE_AROUND_SIGNS.sub(lambda match: match[1] or match[2], text)
    return list(dict.fromkeys(filter(None, (quoted or plain for quoted, plain in _TERM.findall(joined)))))


def _read(text):
    """A Term. Raises NotAQuestion for a condition that is none."""
    if text.startswith(TAG_PREFIX) and text != TAG_PREFIX:
        return Term(text.removeprefix(TAG_PREFIX), only_tags=True)
    if A_TAG.fullmatch(text):
        return Term(text, only_tags=True)
    return Term(text, question=read_question(text) if SIGNS & set(text) else None)


def _look_up(terms, workspaces):
    """Fill in which packages the terms mean: from the names there are, and the versions of those with a condition.

    Return in sentences for which terms these were too many."""
    terms = [term for term in terms if re.search(r"\w", term.text)]
    questions = [term.question for term in terms if term.question]
    parts, wholes = [], []
    for term in terms:
        if not term.question:
            (wholes if len(term.text) < SHORTEST_PART else parts).append(term.text)
    names = package_names(workspaces, questions, parts, wholes) if terms else []
    pairs = package_versions({name for question in questions for name in question.spellings(names)})
    return [told for term in terms if (told := _mean(term, names, pairs))]


def _mean(term, names, pairs):
    """Fill in the packages of one term; the sentence where they are too many."""
    if term.question:
        for name, version in pairs:
            if term.question.spellings([name]) and term.question.accepts(version):
                term.packages.setdefault(name, set()).add(version)
        return ""
    is_whole = len(term.text) < SHORTEST_PART
    meant = [name for name in containing(term.text, names) if not is_whole or name.lower() == term.text.lower()]
    term.packages = dict.fromkeys(meant[:MOST_NAMES])
    return TOO_MANY.format(text=term.text, count=len(meant)) if len(meant) > MOST_NAMES else ""

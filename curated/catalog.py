"""Reads the data of the catalogue. Pure: files come in as mappings, entries go out."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from environments.definitions.findings import Findings
from environments.definitions.guard import Scalar, Table, read_yaml
from environments.definitions.model import Definition, DefinitionError
from environments.definitions.parse import parse_environment
from environments.definitions.text import decode

ENVIRONMENT = "environment.yml"
CATALOGUE = "catalogue.yml"
ENDS_SOON = timedelta(days=60)

_DATES = ("released", "patches_until", "available_until")
_KEYS = frozenset({"title", "symbol", "use", *_DATES})
_MAX_SYMBOL = 2


@dataclass(frozen=True, slots=True)
class Support:
    """How long an environment is looked after: `patches_until` is the last day of fixes."""

    released: date
    patches_until: date
    available_until: date

    def tone(self, today: date) -> str:
        """ "ok" while patches come, "warn" in the last 60 days, "bad" after."""
        if today > self.patches_until:
            return "bad"
        return "warn" if self.patches_until - today < ENDS_SOON else "ok"


@dataclass(frozen=True, slots=True)
class Entry:
    """One environment of the catalogue; `symbol` is the one or two letters of its tile."""

    name: str
    title: str
    symbol: str
    use: str
    support: Support
    description: str
    tags: Mapping[str, str]
    definition: Definition
    text: str


def read_catalogue(folders: Mapping[str, Mapping[str, bytes]]) -> tuple[Entry, ...]:
    """Read {folder: {file: content}} in the order of the folders' names.

    Raises DefinitionError naming the folder's file and line; a folder must carry its environment's name.
    """
    return tuple(_read_folder(name, folders[name]) for name in sorted(folders))


def _read_folder(name: str, files: Mapping[str, bytes]) -> Entry:
    try:
        return _read_entry(name, files)
    except DefinitionError as error:
        located = (replace(problem, source=f"{name}/{problem.source}") for problem in error.problems)
        raise DefinitionError(*located) from None


def _read_entry(name: str, files: Mapping[str, bytes]) -> Entry:
    findings = Findings(CATALOGUE)
    for file in (ENVIRONMENT, CATALOGUE):
        if file not in files:
            findings.error(None, "curated-file", f"{name} has no {file}.", "Add it.")
    findings.raise_if_any()
    document = parse_environment(decode(files[ENVIRONMENT], ENVIRONMENT), files, curated=True)
    facts = _read_facts(files[CATALOGUE], findings)
    if document.name != name:
        findings.error(None, "curated-name", f"{ENVIRONMENT} is named “{document.name}”.", f"Name it {name}.")
    support = _read_support(facts, findings)
    if not 1 <= len(facts.get("symbol", "")) <= _MAX_SYMBOL:
        findings.error(None, "curated-symbol", "“symbol” has one or two letters.", "Shorten it.")
    findings.raise_if_any()
    return Entry(
        name=name,
        title=facts["title"],
        symbol=facts["symbol"],
        use=facts["use"],
        support=support,
        description=document.description,
        tags=document.tags,
        definition=document.definition,
        text=document.text,
    )


def _read_facts(data: bytes, findings: Findings) -> dict[str, str]:
    """The keys of a catalogue file, each a single value. Raises DefinitionError if one is missing or unknown."""
    root = read_yaml(decode(data, findings.source), findings.source)
    nodes = root.nodes if isinstance(root, Table) else {}
    for key in sorted(_KEYS.symmetric_difference(nodes)):
        findings.error(None, "curated-key", f"“{key}” is {'missing' if key in _KEYS else 'not known here'}.")
    findings.raise_if_any()
    return {key: node.value.strip() for key, node in nodes.items() if isinstance(node, Scalar)}


def _read_support(facts: Mapping[str, str], findings: Findings) -> Support:
    days = [_read_date(key, facts.get(key, ""), findings) for key in _DATES]
    if days != sorted(days):
        findings.error(None, "curated-dates", f"The dates are not in order: {', '.join(_DATES)}.")
    return Support(*days)


def _read_date(key: str, text: str, findings: Findings) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        findings.error(None, "curated-date", f"“{key}” is no date: “{text[:20]}”.", "Write it like 2026-11-30.")
        return date.max

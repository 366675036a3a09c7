"""What a hint says to people."""

from collections.abc import Mapping
from string import Formatter

from environments.definitions.catalogue import CATALOGUE
from environments.hints.kinds import KINDS

# What is told besides, where it is known.
MORE = {
    "near": "Did you mean “{near}”?",
    "package": "The package “{package}” brings it.",
    "lists": "The step runs no apt-get update, which fetches the lists of what there is: add it.",
    "python": "It needs Python {python}.",
}


def sentence_of(code: str, values: Mapping[str, str]) -> str:
    """What happened, with the values of the line that says it; the catalogue's own sentence without them."""
    sentences = [kind.sentence for kind in KINDS if kind.code == code and kind.sentence]
    fitting = next((sentence for sentence in sentences if fields_of(sentence) <= values.keys()), "")
    told = [fitting or CATALOGUE[code].why, *(text for name, text in MORE.items() if name in values)]
    return " ".join(told).format_map(values) if fitting else told[0]


def fields_of(sentence: str) -> set[str]:
    """The names in braces."""
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}

"""Texts on a page, line by line: logs, sources, differences."""

import re

from django import template
from django.utils.html import escape, format_html
from django.utils.safestring import mark_safe
from pygments.lexers import get_lexer_by_name
from pygments.token import Comment, Keyword, Name, Number, String

from environments.diffing.text import side_by_side
from environments.display import ansi as terminal
from environments.display import words

register = template.Library()

SOURCE_CLASSES = ((Comment, "c"), (String, "s"), (Number, "n"), (Keyword, "k"), (Name.Tag, "k"), (Name.Attribute, "k"))
PLAIN = get_lexer_by_name("text", stripnl=False)
LEXERS = {
    "yaml": get_lexer_by_name("yaml", stripnl=False),
    "dockerfile": get_lexer_by_name("docker", stripnl=False),
    "shell": get_lexer_by_name("bash", stripnl=False),
    "python": get_lexer_by_name("python", stripnl=False),
    "json": get_lexer_by_name("json", stripnl=False),
}


@register.filter
def headline(text):
    """The first line of a reason."""
    return str(text).partition("\n")[0]


@register.filter
def beyond_headline(text):
    """What follows the first line of a reason: a resolver's own explanation, with its indentation."""
    return str(text).partition("\n")[2]


@register.filter
def marked(text, part):
    """The text with the first place marked where it holds the part, in any case."""
    found = re.search(re.escape(part), text, re.IGNORECASE) if part else None
    if not found:
        return text
    return format_html("{}<mark>{}</mark>{}", text[: found.start()], found[0], text[found.end() :])


@register.filter
def as_tag_search(tag):
    """What to type into a search box to find `key=value` among tags."""
    return f'"tag:{tag}"' if " " in tag else f"tag:{tag}"


@register.inclusion_tag("components/_diff_split.html")
def split_diff(rows, caption):
    """Rows of diff_text() side by side; components/_diff.html shows them one below the other."""
    return {"pairs": side_by_side(rows), "caption": caption}


@register.simple_tag
def log_lines(lines, elsewhere=""):
    """Lines (n, text, hit, picked) of a log with their anchors; `elsewhere` is the page that has them, if not this one.

    No template: a page of 100,000 lines takes 1 second like this, 8 with one.
    """
    place = f"{escape(elsewhere)}?line=" if elsewhere else ""
    return mark_safe("".join(_log_line(line, place) for line in lines))  # numbers, and what render() has escaped


def _log_line(line, place):
    n = int(line.n)
    name = "" if place else f' id="L{n}"'
    look = " ".join(name for name in ("hit", "picked", "ours") if getattr(line, name))
    look = f' class="{look}"' if look else ""
    at = "" if line.at is None or place else f' data-t="{words.duration(line.at)}"'
    href = f"{place}{n}#L{n}" if place else f"#L{n}"
    text = terminal.render(line.text)
    return f'<li{name}{look}{at}><a href="{href}" aria-label="Line {n}">{n}</a><span>{text}</span></li>'


@register.simple_tag
def found_lines(lines):
    """Lines of the results of a search (log_search.Found): what matches is marked, and leads to the next that does."""
    return mark_safe("".join(map(_found_line, lines)))  # numbers and escaped text


def _found_line(line):
    n = int(line.n)
    number = f'<a href="?line={n}#L{n}" aria-label="Line {n}">{n}</a>'
    text = "".join(f"<mark>{escape(part)}</mark>" if hit else escape(part) for part, hit in line.parts)
    if not line.place:
        return f"<li>{number}<span>{text}</span></li>"
    hops = _hop(line.before, "previous", "↑") + _hop(line.after, "next", "↓")
    return f'<li id="L{n}" class="found" tabindex="-1">{number}<span>{text}</span><span class="hop">{hops}</span></li>'


def _hop(hop, which, arrow):
    if not hop:
        return ""
    href, label = escape(hop.address), f"To the {which} match, line {int(hop.n)}"
    return f'<a href="{href}" aria-label="{label}" data-hop="{which}">{arrow}</a>'


@register.inclusion_tag("components/_source.html")
def source(text, language="text", prefix="L"):
    """A text with numbered, linkable lines, coloured as yaml, dockerfile, shell or plain text."""
    return {"lines": highlight(text, language).split("\n"), "prefix": prefix}


@register.simple_tag
def highlight(text, language="text"):
    """The same colours without line numbers, for a <pre>."""
    tokens = LEXERS.get(language, PLAIN).get_tokens(text.rstrip("\n"))
    return mark_safe("".join(_coloured(kind, value) for kind, value in tokens).rstrip("\n"))  # each part is escaped


def _coloured(kind, value):
    """One token as HTML; a token over several lines is closed and opened again at each end of line."""
    name = next((name for family, name in SOURCE_CLASSES if kind in family), "")
    markup = '<span class="{}">{}</span>' if name else "{1}"
    return "\n".join(format_html(markup, name, line) if line else "" for line in value.split("\n"))


@register.inclusion_tag("components/_code.html")
def code(text, language="text", label="Code", copy=True):
    """A block of code with a copy button; command lines are wrapped, as only all of them is of use."""
    return {"text": text, "html": highlight(text, language), "language": language, "label": label, "copy": copy}

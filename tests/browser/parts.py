"""What htmx asks for, found in the text of a page."""

from html.parser import HTMLParser
from urllib.parse import urljoin


class _Asked(HTMLParser):
    """Gathers the addresses of hx-get or hx-post in the order of the text."""

    def __init__(self, attribute):
        super().__init__()
        self._attribute = attribute
        self.found = []

    def handle_starttag(self, tag, attrs):
        self.found += [value or "" for name, value in attrs if name == self._attribute]


def asked_by(page, address, attribute="hx-get"):
    """The addresses, as a browser at `address` understands them, that htmx asks by GET (or sends to, by hx-post)."""
    reader = _Asked(attribute)
    reader.feed(page)
    return [urljoin(address, value) for value in reader.found]

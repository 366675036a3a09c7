"""Takes secrets out of text before it is stored. Every text a tool or an engine gave goes through here."""

import re

SHORTEST_SECRET = 6  # shorter ones would blank out ordinary words
URL_CREDENTIALS = re.compile(
    r"(?P<scheme>\b[a-z][a-z0-9+.-]{1,15}://)[^\s/@:]{1,200}(?::[^\s/@]{1,500})?@", re.IGNORECASE
)
HIDDEN = "•••"


class Mask:
    """Replaces the given secrets, and user names and passwords in addresses; and NUL, which PostgreSQL cannot store."""

    def __init__(self, secrets=()):
        self._shown = {secret: HIDDEN for secret in secrets if len(secret) >= SHORTEST_SECRET}
        self._compile()

    def show_as(self, text, name):
        """Replace one more text, by the name people know it under."""
        self._shown[text] = name
        self._compile()

    def __call__(self, text):
        text = text.replace("\0", "�")
        if self._known:
            text = self._known.sub(lambda found: self._shown[found[0]], text)
        return URL_CREDENTIALS.sub(rf"\g<scheme>{HIDDEN}@", text)

    def _compile(self):
        longest_first = sorted(self._shown, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None

"""Markup that a page holds hundreds of times, made once."""

from functools import lru_cache

from django.conf import settings
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import mark_safe


def drawn_icon(name, label, classes):
    """An icon of the sprite, named by `label` or, without one, hidden from those who cannot see it."""
    return _icon(settings.STORAGES["staticfiles"]["BACKEND"], name, label, classes)


@lru_cache(maxsize=2_000, typed=True)  # typed: text that is safe and text that is not are not the same
def _icon(storage, name, label, classes):
    """`storage` decides what static() answers."""
    naming = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    href = f"{static('img/sprite.svg')}#i-{name}"
    return format_html('<svg class="i {}" {}><use href="{}"/></svg>', classes, naming, href)

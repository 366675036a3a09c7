"""Icons are drawn once and kept: what was drawn for safe text is never given for text that is not."""

from django.utils.safestring import mark_safe

from environments.templatetags.studio import icon


def test_an_icon_drawn_before_is_as_safe_as_the_first(plain_files):
    assert "<b>fine</b>" in icon("check", label=mark_safe("<b>fine</b>"))
    assert "&lt;b&gt;fine&lt;/b&gt;" in icon("check", label="<b>fine</b>")


def test_icons_follow_where_static_files_are(plain_files, settings):
    kept = icon("check")
    settings.STATIC_URL = "https://files.example/"
    settings.STORAGES = settings.STORAGES | {"staticfiles": {"BACKEND": "django.core.files.storage.FileSystemStorage"}}
    assert icon("check") != kept

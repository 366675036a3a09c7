"""Values as people read them: moments, amounts, versions, names."""

from datetime import UTC

from django import template
from django.utils import timezone
from django.utils.html import format_html

from environments.definitions.catalogue import entry_of
from environments.definitions.fixes import fix_key
from environments.display import smoke, words
from environments.display.gathering import gathered

register = template.Library()
register.filter(gathered)


@register.simple_tag
def when(moment):
    """A moment as relative text, the exact time as its title: in UTC, or in the zone a person has chosen."""
    if moment is None:
        return ""
    told = timezone.localtime(moment)
    moment = moment.astimezone(UTC)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        told.strftime("%Y-%m-%d %H:%M:%S %Z"),
        words.ago((timezone.now() - moment).total_seconds()),
    )


@register.simple_tag
def size(count):
    """Bytes as people read them; a dash where there is no number."""
    return "–" if count is None else words.size(count)


@register.simple_tag
def duration(seconds):
    """Seconds as people read them; nothing where there is no number."""
    return "" if seconds is None else words.duration(seconds)


@register.simple_tag
def version_label(name):
    return words.version_label(str(name))


@register.filter
def seen_from(version, other):
    """What to call a version beside another: with its environment, and its workspace, where they are not the same."""
    if version.environment_id == other.environment_id:
        return version.label
    environment, workspace = version.environment, other.environment.workspace_id
    return f"{environment.name if environment.workspace_id == workspace else environment} {version.label}"


@register.simple_tag
def change(before, after):
    """A new package version, marked from its first component that differs from the one before."""
    if not before or not after:
        return after or "–"
    same, different = words.split_change(before, after)
    return format_html("{}<b>{}</b>", same, different) if different else same


@register.filter
def explained(code):
    """The catalogue's entry for the code of a problem."""
    return entry_of(code)


@register.filter
def edit_key(fix):
    """The name under which a form asks for an edit."""
    return fix_key(fix)


@register.filter
def smoke_findings(output):
    """What a smoke test found, read from Build.check_output."""
    return smoke.findings(output)


@register.filter
def step_name(name):
    return words.step_name(name)


@register.filter
def initials(name):
    return words.initials(str(name))


@register.filter
def person(user):
    """How people call a user; what nobody did, the studio did."""
    return (user.get_full_name() or user.get_username()) if user else "the studio"


@register.filter
def plural(count, noun):
    """{{ 2|plural:"build" }} is 2 builds; {{ 2|plural:"copy,copies" }} is 2 copies."""
    return words.plural(count, *noun.split(","))


@register.filter
def soon(seconds):
    return words.soon(seconds)


@register.filter
def late(position):
    return words.late(position)


@register.filter
def busy(load):
    """How many workers are busy, of a services.queue.Load."""
    return words.busy(load.running, load.slots)


@register.filter
def role_word(role):
    return words.ROLES.get(role, role)

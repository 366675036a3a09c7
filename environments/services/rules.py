"""How strictly a workspace takes each rule."""

from django.db import transaction

from environments.definitions.levels import Level
from environments.models import RuleLevel
from environments.services.audit import record


def levels_of(workspace):
    """{code: level} of the rules that are not taken as the catalogue says."""
    return dict(RuleLevel.objects.filter(workspace=workspace).values_list("code", "level"))


@transaction.atomic
def set_levels(workspace, wanted, *, by):
    """Set {code: level}; what is not named stays. Return the codes that changed; each is in the audit trail."""
    before = levels_of(workspace)
    changed = [code for code, level in wanted.items() if before.get(code, Level.WARN) != level]
    for code in changed:
        level = wanted[code]
        if level == Level.WARN:
            RuleLevel.objects.filter(workspace=workspace, code=code).delete()
        else:
            RuleLevel.objects.update_or_create(workspace=workspace, code=code, defaults={"level": level})
        record(by, "rule.set", code, workspace, before=str(before.get(code, Level.WARN)), after=str(level))
    return sorted(changed)

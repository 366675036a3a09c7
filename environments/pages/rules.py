"""How strictly a workspace takes each rule: everyone in it may look, its admins may change it."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from environments.definitions.catalogue import CATALOGUE
from environments.display.words import plural
from environments.forms.rules import RulesForm
from environments.permissions import CURATED_IS_FILLED, Right, may, workspace_for
from environments.services.rules import levels_of, set_levels

MOST_NAMED = 3


@require_http_methods(["GET", "HEAD", "POST"])
def rules(request, ws):
    is_change = request.method == "POST"
    workspace = workspace_for(request.user, ws, Right.MANAGE if is_change else Right.VIEW)
    if is_change and workspace.is_curated:
        raise PermissionDenied(CURATED_IS_FILLED)
    may_change = may(request.user, Right.MANAGE, workspace) and not workspace.is_curated
    levels = levels_of(workspace)
    form = RulesForm(request.POST if is_change else None, levels=levels, may_change=may_change)
    if is_change and form.is_valid():
        changed = set_levels(workspace, form.wanted, by=request.user)
        messages.success(request, _said(changed))
        return HttpResponseRedirect(request.path, status=303)
    context = {"form": form, "workspace": workspace, "may_change": may_change, "changed": len(levels)}
    return render(request, "rules/rules.html", context, status=422 if form.errors else 200)


def _said(changed):
    if not changed:
        return "Nothing has changed: every rule was set so before."
    names = ", ".join(f"“{CATALOGUE[code].title}”" for code in changed[:MOST_NAMED])
    more = f" and {len(changed) - MOST_NAMED} more" if len(changed) > MOST_NAMED else ""
    return f"{plural(len(changed), 'rule')} changed: {names}{more}. The next check and the next save go by that."

"""Two versions side by side: what was asked for, and what was got; and the page that lets one choose them."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header, urlencode
from django.views.decorators.http import require_safe

from environments.definitions.names import VERSION_ANYWHERE
from environments.pages import comparison
from environments.pages.choosing import Side, chosen_of
from environments.pages.fragments import asked, render_page, vary, wants_part
from environments.permissions import versions_for

UNREAD = "Name two versions to compare, each like workspace/environment:version."
ENDS = ("from", "to")
HOW = ("patch", "only", "view", "rows")  # the two versions are shown


@require_safe
def compare(request, ws, env, a, b):
    """Two versions of one environment; with `?with=workspace/environment:version` the first of them and that one."""
    if other := asked(request.GET, "with"):
        return redirect(_address(f"{ws}/{env}:{a}", other, request))
    return _answer(request, *versions_for(request.user, (ws, env, a), (ws, env, b)))


@require_safe
def compare_any(request):
    """Any two versions one may see: `?from=vision/train:1&to=curated/sklearn:2`."""
    if not any(end in request.GET for end in ENDS):
        return redirect("compare-choose")
    found = [VERSION_ANYWHERE.fullmatch(asked(request.GET, end)) for end in ENDS]
    if not all(found):
        return render(request, "400.html", {"reason": UNREAD}, status=400)
    before, after = versions_for(request.user, *(match.group("ws", "env", "version") for match in found))
    if before.environment_id == after.environment_id:
        environment = before.environment
        place = (environment.workspace.slug, environment.name, before.name, after.name)
        return redirect(reverse("compare", args=place, query=_how(request)))
    return _answer(request, before, after)


@require_safe
def choose(request):
    """Two versions of any workspaces one may see are looked up and chosen; the form leads to their comparison."""
    before, after = (chosen_of(request.GET, end) for end in ENDS)
    if not any(after.values()):
        after["ws"] = before["ws"]
    sides = [Side(request.user, end, chosen) for end, chosen in zip(ENDS, (before, after), strict=True)]
    is_asked = "go" in request.GET and not wants_part(request)  # htmx sends the button along once it has the focus
    if is_asked and all(side.version for side in sides):
        return redirect(_address(*(side.reference for side in sides), request))
    context = {"sides": sides, "is_unready": is_asked}
    response = render_page(request, "compare/choose.html", "sides", context)
    if wants_part(request):
        given = {name: value for side in sides for name, value in side.given()}
        response["HX-Replace-Url"] = f"{request.path}?{urlencode(given)}"
    return response


def _address(before, after, request):
    return reverse("compare-any", query={"from": before, "to": after} | _how(request))


def _how(request):
    return {name: request.GET[name] for name in HOW if name in request.GET}


def _answer(request, before, after):
    if "patch" in request.GET:
        return _patch(before, after)
    only, is_whole = asked(request.GET, "only"), asked(request.GET, "rows") == "all"
    packages = comparison.packages_section(before, after, only, is_whole)
    if wants_part(request):
        return vary(render(request, "compare/_packages.html", packages))
    context = comparison.compared(before, after, packages) | {"split": asked(request.GET, "view") == "split"}
    return vary(render(request, "compare/compare.html", context))


def _patch(before, after):
    name = f"{before.environment.name}-{before.label}-{after.label}.patch"
    headers = {"Content-Disposition": content_disposition_header(True, name)}
    lines = comparison.patch_of(before, after)
    return HttpResponse("".join(lines), content_type="text/x-diff; charset=utf-8", headers=headers)

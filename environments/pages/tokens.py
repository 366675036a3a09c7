"""One's tokens for programs: made, shown once, revoked."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from environments.forms.tokens import TokenForm
from environments.models import ApiToken
from environments.permissions import workspaces_of
from environments.services.tokens import issue_token, revoke_token

PER_PAGE = 25


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def tokens(request):
    """GET lists one's tokens; POST makes one, and its answer is the only page that ever shows the secret."""
    is_sent = request.method == "POST"
    whose = {"user": request.user, "places": workspaces_of(request.user)}
    form = TokenForm(request.POST if is_sent else None, initial=_asked(request.GET), **whose)
    made, secret, status = None, "", 200
    if form.is_valid():
        sent = form.cleaned_data
        made, secret = issue_token(request.user, sent["name"], sent["scopes"], sent["days"], sent["workspace"])
        form, status = TokenForm(**whose), 201
    elif form.is_bound:
        status = 422
    rows = ApiToken.objects.filter(user=request.user).select_related("workspace").order_by("-created_at", "-pk")
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    context = {"form": form, "made": made, "secret": secret, "page": page, "rows": list(page.object_list)}
    return render(request, "tokens/list.html", context, status=status)


def _asked(query):
    """What a link to the form fills in."""
    single = {name: query[name] for name in ("name", "workspace") if name in query}
    return single | ({"scopes": query.getlist("scopes")} if "scopes" in query else {})


@require_http_methods(["GET", "HEAD", "POST"])
def revoke(request, number):
    """GET says what it means, POST revokes one of one's own tokens."""
    token = get_object_or_404(ApiToken.objects.select_related("workspace"), pk=number, user=request.user)
    if request.method == "POST":
        revoke_token(token, by=request.user)
        messages.success(request, f"The token “{token.name}” is useless from now on.")
    if request.method == "POST" or token.revoked_at:
        return HttpResponseRedirect(reverse("tokens"), status=303)
    confirm = {
        "title": f"Revoke the token “{token.name}”?",
        "text": "This cannot be undone.",
        "consequences": [
            "Every program that uses it is refused from its next request on.",
            "What it made stays, and so does what the audit trail says of it.",
        ],
        "url": request.path,
        "action": "Revoke it",
        "cancel": reverse("tokens"),
    }
    return render(request, "confirm.html", {"confirm": confirm})

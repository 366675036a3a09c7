"""How a program is connected to this studio, filled in for who asks."""

import hashlib
import ssl

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from environments.display import connecting
from environments.models import ApiToken
from environments.models.tokens import Scope
from environments.permissions import Right, editable_workspaces, may, workspace_for, workspaces_of

MOST_TOKENS = 5


@require_safe
def connect(request):
    """What to paste, for the workspace `?ws=` or the first that one may edit."""
    places = workspaces_of(request.user)
    workspace = workspace_for(request.user, request.GET.get("ws") or _usual(request.user, places))
    may_edit = may(request.user, Right.EDIT, workspace) and not workspace.is_curated
    scopes = list(Scope) if may_edit else [Scope.READ]
    url, authority = settings.TLS_URL, _authority()
    context = {
        "places": places,
        "workspace": workspace,
        "url": url,
        "scopes": scopes,
        "tokens": _tokens(request.user, workspace, scopes),
        "authority": authority,
        "authority_path": settings.TLS_AUTHORITY,
        "secret_lines": connecting.secret_lines(),
        "authority_lines": connecting.authority_lines(settings.STUDIO_URL + reverse("authority")),
        "client_lines": connecting.client_lines(url, workspace.slug),
        "variable_lines": connecting.variable_lines(url),
        "credential_lines": connecting.credential_lines(workspace.slug),
        "first_script": connecting.first_script(may_edit=may_edit),
        "plain_line": connecting.plain_line(settings.STUDIO_URL, workspace.slug),
    }
    return render(request, "connect/connect.html", context)


def _usual(user, places):
    """The slug of the first workspace user makes environments in, or else of any."""
    first = editable_workspaces(user).first() or next(iter(places), None)
    return first.slug if first else ""


def _tokens(user, workspace, scopes):
    """The newest of one's tokens that do for all that is shown."""
    usable = ApiToken.objects.usable().filter(user=user, workspace__in=[workspace]) | (
        ApiToken.objects.usable().filter(user=user, workspace=None)
    )
    rows = usable.select_related("workspace").order_by("-created_at", "-pk")
    return [row for row in rows if row.scope_set >= set(scopes)][:MOST_TOKENS]


@login_not_required
@require_safe
def authority(request):
    """The certificate of the studio's own authority: public, as its key is not."""
    found = _authority()
    if not found:
        raise Http404
    headers = {"Content-Disposition": content_disposition_header(True, connecting.AUTHORITY_FILE)}
    return HttpResponse(found["text"], content_type="application/x-pem-file", headers=headers)


def _authority():
    """{"text", "fingerprint"} of the authority, {} where the certificate is another's."""
    path = settings.TLS_AUTHORITY
    if not settings.TLS_PORT or settings.TLS_CERT or not path.is_file():
        return {}
    text = path.read_text()
    digest = hashlib.sha256(ssl.PEM_cert_to_DER_cert(text)).hexdigest().upper()
    return {"text": text, "fingerprint": ":".join(digest[place : place + 2] for place in range(0, len(digest), 2))}

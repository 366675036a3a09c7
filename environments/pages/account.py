"""Signing in and out, and the theme."""

import hashlib

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView, LogoutView
from django.core.cache import cache
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views.decorators.http import require_http_methods, require_POST

from environments.pages.shell import THEMES

WRONG_LOGINS = 20
WITHIN = 5 * 60  # seconds
YEAR = 365 * 24 * 3600

logout = LogoutView.as_view()
_login = LoginView.as_view(redirect_authenticated_user=True)


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def login(request):
    """Sign in. A part of a page that htmx wanted from someone signed out becomes the sign-in page as a whole."""
    if request.htmx:
        here = urlencode({"next": request.htmx.current_url_abs_path or "/"})
        return HttpResponse(headers={"HX-Redirect": f"{reverse('login')}?{here}"})
    if request.method == "POST" and _wrong_logins(request) >= WRONG_LOGINS:
        return _too_many(request)
    response = _login(request)
    if request.method == "POST" and response.status_code == 200:
        _count_wrong_login(request)
        response.status_code = 422
    return response


def _too_many(request):
    response = render(request, "429.html", {"wait": "five minutes"}, status=429)
    response["Retry-After"] = WITHIN
    return response


def _counter(request):
    address = request.META.get("REMOTE_ADDR", "")
    return f"wrong-logins:{hashlib.sha256(address.encode()).hexdigest()}"


def _wrong_logins(request):
    return cache.get(_counter(request), 0)


def _count_wrong_login(request):
    """Count in a window that starts with the first wrong login; the cache bounds how many addresses it remembers."""
    if not cache.add(_counter(request), 1, WITHIN):
        cache.set(_counter(request), _wrong_logins(request) + 1, WITHIN)


@login_not_required
@require_POST
def theme(request):
    """Keep the chosen theme in a cookie and go back to where one was."""
    back = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    response = redirect(back if safe else "home")
    chosen = request.POST.get("theme")
    if chosen in THEMES:
        response.set_cookie("theme", chosen, max_age=YEAR, samesite="Lax", secure=settings.IS_HTTPS)
    return response

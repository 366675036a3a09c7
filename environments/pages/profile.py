"""What a person has set for the browser at hand, kept in cookies, and what he may do where."""

import zoneinfo
from functools import cache

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from environments.models import Role
from environments.pages.shell import DENSITIES, THEMES

YEAR = 365 * 24 * 3600
BROWSER = "browser"
SWITCHES = ("shortcuts", "wrap")  # on until switched off
ADDS_ITS_OWN = "UTC, and that of this browser"
WORDS = {"system": "As the system is set", "light": "Light", "dark": "Dark", "normal": "Roomy", "compact": "Compact"}


@cache
def zones():
    """The names of places whose time one can choose, of the database of time zones this system has."""
    return sorted(name for name in zoneinfo.available_timezones() if "/" in name and not name.startswith("Etc/"))


def own_time(get_response):
    """Middleware: times are told in the zone of the cookie `zone`, where it names one."""

    def answer(request):
        name = request.COOKIES.get("zone")
        with timezone.override(name if name in zones() else None):
            return get_response(request)

    return answer


class ProfileForm(forms.Form):
    theme = forms.ChoiceField(choices=[(key, WORDS[key]) for key in THEMES])
    density = forms.ChoiceField(label="Rows of tables", choices=[(key, WORDS[key]) for key in DENSITIES])
    zone = forms.ChoiceField(
        label="Times", help_text="Shown as one points at a time; “5 min ago” is the same everywhere."
    )
    shortcuts = forms.BooleanField(label="Use single-key shortcuts", required=False)
    wrap = forms.BooleanField(label="Wrap the long lines of logs", required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["zone"].choices = [(BROWSER, ADDS_ITS_OWN), *((name, name.replace("_", " ")) for name in zones())]


@require_http_methods(["GET", "HEAD", "POST"])
def profile(request):
    """GET shows what is set and one's workspaces; POST keeps what is set for this browser."""
    form = ProfileForm(request.POST) if request.method == "POST" else ProfileForm(initial=_set(request))
    if form.is_valid():
        return _keep(request, form.cleaned_data)
    places = request.user.memberships.select_related("workspace").order_by("workspace__slug")
    context = {"form": form, "places": places, "admin_role": Role.ADMIN}
    return render(request, "profile.html", context, status=422 if form.errors else 200)


def _set(request):
    cookies = request.COOKIES
    return {
        "theme": cookies.get("theme", THEMES[0]),
        "density": cookies.get("density", DENSITIES[0]),
        "zone": cookies.get("zone", BROWSER),
        **{name: cookies.get(name) != "off" for name in SWITCHES},
    }


def _keep(request, values):
    messages.success(request, "Kept for this browser.")
    response = HttpResponseRedirect(reverse("profile"), status=303)
    for name, value in (values | {name: "on" if values[name] else "off" for name in SWITCHES}).items():
        response.set_cookie(name, value, max_age=YEAR, samesite="Lax", secure=settings.IS_HTTPS)
    return response

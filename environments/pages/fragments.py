"""One address, two answers: the page, or the part of it that htmx asked for."""

from django.shortcuts import render
from django.utils.cache import patch_vary_headers


def wants_part(request):
    return bool(request.htmx) and not request.htmx.history_restore_request


def render_page(request, template, part, context):
    """Render the whole template, or only its {% partialdef part %} for htmx."""
    return vary(render(request, f"{template}#{part}" if wants_part(request) else template, context))


def vary(response):
    """Caches must keep page and part apart."""
    patch_vary_headers(response, ["HX-Request"])
    return response


def asked(values, name, default=""):
    """One of request.GET or request.POST as one may put it to a database: PostgreSQL knows no NUL."""
    return values.get(name, default).replace("\0", "").strip()

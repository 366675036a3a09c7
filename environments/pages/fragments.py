"""One address, two answers: the page, or the part of it that htmx asked for."""

from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.http import urlencode


def wants_part(request):
    return bool(request.htmx) and not request.htmx.history_restore_request


def render_page(request, template, part, context):
    """Render the whole template, or only its {% partialdef part %} for htmx."""
    return vary(render(request, f"{template}#{part}" if wants_part(request) else template, context))


def address_of(path, values):
    """The path with values as its query, each a text or a list of them."""
    return f"{path}?{urlencode(values, doseq=True)}" if values else path


def render_results(request, template, context, values):
    """render_page() of a list's part `results`, for which htmx puts the address of `values` into the history.

    Not again where the browser is there already: a search box that is left asks once more.
    """
    response = render_page(request, template, "results", context)
    if wants_part(request):
        address = address_of(request.path, values)
        response["HX-Push-Url"] = "false" if address == request.htmx.current_url_abs_path else address
    return response


def vary(response):
    """Caches must keep page and part apart."""
    patch_vary_headers(response, ["HX-Request"])
    return response


def asked(values, name, default=""):
    """One of request.GET or request.POST as one may put it to a database: PostgreSQL knows no NUL."""
    return values.get(name, default).replace("\0", "").strip()

"""Lists as Azure pages them: a view, an order, at most `$top` of them, and an address that leads to the next ones."""

from urllib.parse import quote, urlencode

from django.http import JsonResponse

from environments.azure.addresses import server
from environments.azure.arm import Refused

MOST_ROWS = 100
NUMBERS = ("sequence", "pk")  # columns that hold them
VIEWS = {"activeonly": False, "archivedonly": True, "all": None}


def view_of(request, rows, also=None):
    """The rows that `listViewType` asks for; `also` is another column that says that a row is archived."""
    written = request.GET.get("listViewType", "ActiveOnly")
    if written.lower() not in VIEWS:
        raise Refused(400, f"listViewType is ActiveOnly, ArchivedOnly or All, not “{written[:40]}”.")
    archived = VIEWS[written.lower()]
    if archived is None:
        return rows
    active = {f"{column}__isnull": True for column in ("archived_at", also) if column}
    return rows.exclude(**active) if archived else rows.filter(**active)


def order_of(request, columns, default):
    """The order that `$orderBy` asks for, as Django writes it: `createdtime desc` is the newest first."""
    written = request.GET.get("$orderBy", "").strip()
    if not written:
        return default
    name, _, direction = written.partition(" ")
    column = columns.get(name.lower())
    if column is None or direction.strip().lower() not in ("", "asc", "desc"):
        raise Refused(400, f"$orderBy “{written[:40]}” is not possible. Write {' or '.join(columns)}, and asc or desc.")
    return f"-{column}" if direction.strip().lower() == "desc" else column


def answer_page(request, rows, order, told):
    """Up to MOST_ROWS of the rows, told as resources, and the address of the page that begins after the last one.

    `$skip` holds the last row's place in the order, so what is added or deleted meanwhile shifts nothing.
    """
    column, backwards = order.removeprefix("-"), order.startswith("-")
    if after := request.GET.get("$skip"):
        rows = rows.filter(**{f"{column}__{'lt' if backwards else 'gt'}": _place(after, column)})
    top = _top(request)
    size = min(MOST_ROWS, top or MOST_ROWS)
    shown = list(rows[: size + 1])
    body = {"value": [told(row) for row in shown[:size]]}
    if len(shown) > size and top != size:
        left = {"$top": top - size} if top else {}
        body["nextLink"] = _next(request, {**left, "$skip": getattr(shown[size - 1], column)})
    return JsonResponse(body)


def _place(after, column):
    if column not in NUMBERS:
        return after
    if not (after.isascii() and after.isdigit() and len(after) < 19):
        raise Refused(400, "$skip is a token of the page before, not a number to choose.")
    return int(after)


def _top(request):
    written = request.GET.get("$top")
    if written is None:
        return None
    if not (written.isascii() and written.isdigit() and int(written[:9]) > 0):
        raise Refused(400, "$top is a number, 1 or more.")
    return int(written[:9])


def _next(request, changed):
    query = {name: value for name, value in request.GET.items() if name not in ("$skip", "$top")} | changed
    return f"{server(request)}{quote(request.path)}?{urlencode(query, safe='$')}"

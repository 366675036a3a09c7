"""Pages for what went wrong: with us, or with a request that cannot be read. Neither asks the database."""

import logging
import sys
import uuid

from django.core.exceptions import RequestDataTooBig
from django.http import HttpResponse, HttpResponseBadRequest, HttpResponseServerError
from django.template.loader import render_to_string

logger = logging.getLogger(__name__)
TOO_MUCH = (
    "More text was sent than this studio takes in one form. Nothing was saved. Go back, where what you typed still is, "
    "and send the large parts as a zip."
)


def server_error(request):
    """500 with the number of the incident, under which the log says what it was."""
    incident = uuid.uuid4().hex[:8]
    error = sys.exc_info()[1]
    logger.error("Incident %s: %s %s ended in %r", incident, request.method, request.path, error)
    return HttpResponseServerError(render_to_string("500.html", {"incident": incident}))


def bad_request(request, exception):
    """400, and 413 for a form with more text than is taken."""
    if isinstance(exception, RequestDataTooBig):
        return HttpResponse(render_to_string("413.html", {"reason": TOO_MUCH}), status=413)
    return HttpResponseBadRequest(render_to_string("400.html"))

"""Is the process up, and does everything it needs answer? A plain word per part, nothing more: strangers may ask."""

import os

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpResponse, JsonResponse
from django.views.decorators.http import require_safe
from kombu import Connection
from kombu.exceptions import OperationalError

from environments.models import Worker

BROKER_TIMEOUT = 2  # seconds


@login_not_required
@require_safe
def healthz(request):
    return HttpResponse("ok", content_type="text/plain")


@login_not_required
@require_safe
def readyz(request):
    """200 if database, broker, worker and engine answer, else 503; each named in `checks`."""
    checks = {"database": _database(), "broker": _broker(), **_worker_and_engine()}
    ok = all(checks.values())
    words = {name: "ok" if works else "missing" for name, works in checks.items()}
    return JsonResponse({"ok": ok, "checks": words}, status=200 if ok else 503)


def _database():
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def _broker():
    if settings.CELERY_BROKER_URL.startswith("filesystem"):
        return os.access(settings.BROKER_DIR / "messages", os.W_OK | os.X_OK)
    try:
        with Connection(settings.CELERY_BROKER_URL, connect_timeout=BROKER_TIMEOUT) as broker:
            broker.ensure_connection(max_retries=1, interval_start=0, timeout=BROKER_TIMEOUT)
    except (OperationalError, OSError):
        return False
    return True


def _worker_and_engine():
    """A worker is there while its row is fresh; it names the engine it reaches in the same row."""
    try:
        engines = list(Worker.objects.alive().values_list("engine", flat=True))
    except DatabaseError:
        engines = []
    return {"worker": bool(engines), "engine": any(engines)}

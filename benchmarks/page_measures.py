"""What `make bench-pages` measures, beside a web server that runs on seeded data. Prints JSON."""

import http.client
import json
import os
import statistics
import threading
import time
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

import benchmarks.with_django  # noqa: F401 - before everything that reads settings
from benchmarks.ground import children_of
from environments.management.seeding import COMPARED
from environments.models import Environment
from environments.services.tokens import issue_token

WARM, AT_LEAST, SECONDS = 5, 30, 3.0
TICKS = os.sysconf("SC_CLK_TCK")  # a second, in which the kernel counts


def main() -> None:
    """Measure every page, one client after eight."""
    client = Client(HTTP_HOST="127.0.0.1")
    client.force_login(get_user_model().objects.get(username="person-01"))
    cookie = f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"
    _, secret = issue_token(get_user_model().objects.get(username="person-01"), "measures")
    person, program = {"Cookie": cookie}, {"Authorization": f"Bearer {secret}"}
    measured = {name: _measures(path, program if "as Azure" in name else person) for name, path in addresses().items()}
    print(json.dumps(measured))


def addresses() -> dict[str, str]:
    """{name: path} of the pages. The empty one is the frame of a workspace around words that are in no database."""
    long = Environment.objects.filter(workspace__slug="vision").order_by("pk").first()
    compared = Environment.objects.get(name__startswith=COMPARED)
    listed = reverse("environment-list", args=["vision"])
    azure = {"sub": "s", "group": "g", "ws": "vision"}
    version = {"name": long.name, "version": long.latest().name}
    return {
        "empty page": reverse("problem", args=["unpinned"]) + "?ws=vision",
        "list": listed,
        "list as JSON": reverse("api:environments", args=["vision"]),
        "list as Azure’s": reverse("azure:versions", kwargs=azure | {"name": long.name}) + "?$top=25",
        "list, searched": f"{listed}?q=numpy%3C2.5",
        "package search": f"{reverse('api:search-packages')}?q=numpy%3C2.5",
        "version": long.latest().get_absolute_url(),
        "version as JSON": reverse("api:version", kwargs={"ws": "vision", **version}),
        "version as Azure’s": reverse("azure:version", kwargs=azure | version),
        "history": reverse("history", args=["vision", long.name]),
        "compare": reverse("compare", args=["vision", compared.name, "1", "2"]),
        "builds": reverse("build-list", args=["vision"]),
        "home": reverse("home"),
        "curated": reverse("curated"),
    }


def _measures(path: str, headers: dict[str, str]) -> dict[str, float]:
    """CPU milliseconds of a request of one client, and for 1 and 8 clients requests per second, p50 and p95 in ms."""
    _ask(path, headers, WARM, 0)
    began = cpu_seconds()
    alone, seconds = _load(path, headers, 1)
    found = {"cpu": 1_000 * (cpu_seconds() - began) / len(alone)}
    for clients, times, took in ((1, alone, seconds), (8, *_load(path, headers, 8))):
        found[f"rate{clients}"] = len(times) / took
        found[f"p50_{clients}"] = 1_000 * statistics.median(times)
        found[f"p95_{clients}"] = 1_000 * statistics.quantiles(times, n=20)[-1]
    return found


def _load(path: str, headers: dict[str, str], clients: int) -> tuple[list[float], float]:
    """Seconds of every request of so many clients that each ask again once they have an answer, and of all together."""
    times: list[float] = []
    threads = [
        threading.Thread(target=lambda: times.extend(_ask(path, headers, AT_LEAST // clients + 1, SECONDS)))
        for _ in range(clients)
    ]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return times, time.perf_counter() - began


def _ask(path: str, headers: dict[str, str], at_least: int, seconds: float) -> list[float]:
    """Ask so often and so long, each time on a connection of its own as behind a proxy; seconds of each answer."""
    times: list[float] = []
    began = time.perf_counter()
    while len(times) < at_least or time.perf_counter() - began < seconds:
        asked = time.perf_counter()
        connection = http.client.HTTPConnection("127.0.0.1", settings.STUDIO_PORT, timeout=120)
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        answer.read()
        connection.close()
        if answer.status != 200:
            raise SystemExit(f"{path} answered {answer.status}")
        times.append(time.perf_counter() - asked)
    return times


def cpu_seconds() -> float:
    """What the process that answers has used so far, and where the database is a server, that too."""
    used = _used(int(os.environ["WEB_PROCESS"]))
    if url := os.environ.get("DATABASE_URL"):
        folder = Path(unquote(urlsplit(url).netloc.rpartition("@")[2]))
        server = int((folder / "data/postmaster.pid").read_text().splitlines()[0])
        used += _used(server, ended=True) + sum(_used(child) for child in children_of(server))
    return used


def _used(process: int, *, ended: bool = False) -> float:
    """CPU seconds of a process, of the children of it that ended too if asked for (proc(5), /proc/PID/stat)."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return sum(int(tick) for tick in fields[11 : 15 if ended else 13]) / TICKS


if __name__ == "__main__":
    main()

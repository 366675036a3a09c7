"""`python -m tests.screenshots FOLDER` takes pictures of the pages, light and dark, of a studio that really builds.

The studio is a fresh one. What is to be seen is published and built through its API, as a client would do it.
"""

import argparse
import io
import os
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests
from playwright.sync_api import Page, sync_playwright

from benchmarks.ground import studio
from studio.launch.chromium import chromium
from studio.launch.debian import Tools
from tests.arguments import BROWSER_ARGUMENTS

THEMES = ("light", "dark")
SIZE = {"width": 1440, "height": 900}
PASSWORD = "only-for-the-screenshots"
BUILD_SECONDS = 600
SHOWN_FOLDER = "/srv/studio"  # instead of the temporary one, which commands on the pages name
PUT_ELSEWHERE = """
(shown) => {
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    texts.currentNode.data = texts.currentNode.data.replace(/[/]\\S*[/]studio-bench-\\w+/g, shown);
  }
}
"""
BASE = "python:3.11-slim"
FIRST = ["scikit-learn==1.5.2", "pandas==2.2.3", "matplotlib"]
ENVIRONMENTS = {
    "tabular-baseline": ("Gradient boosting for the weekly forecasts", FIRST),
    "label-quality": ("Agreement reports of the annotation team", ["pandas", "jinja2", "rich"]),
    "feature-store": ("Reads and writes the shared features", ["pyarrow", "pandas", "pydantic"]),
    "notebooks": ("What the notebooks of the team start with", ["ipykernel", "matplotlib", "seaborn"]),
    "price-scraper": ("Collects the prices of each morning", ["requests", "beautifulsoup5"]),
}
EDITED = [
    ["scikit-learn==1.5.2", "pandas==2.2.3", "matplotlib", "lightgbm==4.5.0"],
    ["scikit-learn==1.6.1", "pandas==2.2.2", "lightgbm==4.5.0", "pyarrow"],
]
SERVICE = {
    "environment.yml": "name: scoring-service\ndescription: Answers the shop's requests\nbuild:\n  path: .\n",
    "Dockerfile": f"FROM {BASE}\nCOPY app.py /srv/\nRUN python3 -m compileall /srv\nCMD python3 /srv/app.py\n",
    "app.py": "print('ready')\n",
}
ENDLESS = {
    "environment.yml": "name: vision-train\ndescription: Detection and segmentation\nbuild:\n  path: .\n",
    "Dockerfile": f'FROM {BASE}\nRUN for n in $(seq 400); do echo "epoch 1, batch $n of 400"; sleep 1; done\n',
}


class Client:
    """The API of the studio, in its workspace `default`."""

    def __init__(self, address: str, token: str) -> None:
        self.address = address
        self.http = requests.Session()
        self.http.headers["Authorization"] = f"Bearer {token}"

    def publish(self, name: str, description: str, packages: list[str]) -> str:
        """Returns the id of the build."""
        document = {"name": name, "description": description, "image": BASE}
        document |= {"conda_file": {"dependencies": ["pip", {"pip": packages}]}}
        return self._build(json=document)

    def publish_files(self, texts: dict[str, str]) -> str:
        """The same for a build context."""
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as files:
            for name, text in texts.items():
                files.writestr(name, text)
        return self._build(data=archive.getvalue(), headers={"Content-Type": "application/zip"})

    def wait(self, build: str, *states: str) -> None:
        """Until the build is in one of these states."""
        deadline = time.monotonic() + BUILD_SECONDS
        while (state := self._get(f"builds/{build}")["state"]) not in states:
            if time.monotonic() > deadline:
                raise SystemExit(f"The build {build} is still {state}.")
            time.sleep(0.5)

    def _build(self, **body: object) -> str:
        address = f"{self.address}/api/v1/workspaces/default/environments?build=1"
        answer = self.http.post(address, timeout=60, **body)  # type: ignore[arg-type]
        answer.raise_for_status()
        return str(answer.json()["build"]["id"])

    def _get(self, path: str) -> dict[str, str]:
        answer = self.http.get(f"{self.address}/api/v1/{path}", timeout=60)
        answer.raise_for_status()
        found: dict[str, str] = answer.json()
        return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    with studio(STUDIO_ADMIN_PASSWORD=PASSWORD) as variables:
        client = Client(f"http://127.0.0.1:{variables['STUDIO_PORT']}", variables["STUDIO_ADMIN_TOKEN"])
        builds = furnish(client)
        with browser(client.address, Path(variables["STUDIO_DATA_DIR"])) as page:
            for name, path in pages(builds).items():
                for theme in THEMES:
                    take(page, client.address, path, theme, folder / f"{name}-{theme}.png")


def furnish(client: Client) -> dict[str, str]:
    """Publish and build what the pages show. Returns the ids of builds by what became of them."""
    builds = {name: client.publish(name, *about) for name, about in ENVIRONMENTS.items()}
    service = client.publish_files(SERVICE)
    for packages in EDITED:
        client.wait(builds["tabular-baseline"], "succeeded")
        builds["tabular-baseline"] = client.publish("tabular-baseline", ENVIRONMENTS["tabular-baseline"][0], packages)
    for build in [*builds.values(), service]:
        client.wait(build, "succeeded", "failed")
    running = client.publish_files(ENDLESS)
    client.wait(running, "running")
    time.sleep(8)  # for some lines of its log
    return {"failed": builds["price-scraper"], "running": running}


def pages(builds: dict[str, str]) -> dict[str, str]:
    """{name of the picture: path}. Signed out comes first."""
    train = "/w/default/env/tabular-baseline"
    return {
        "sign-in": "/login/",
        "home": "/",
        "environments": "/w/default/",
        "curated": "/curated/",
        "create": "/w/default/new/pip/?from=curated/scikit-learn:1",
        "version": f"{train}/v/3/",
        "packages": f"{train}/v/3/packages/",
        "history": f"{train}/versions/",
        "compare": f"{train}/compare/1...3/",
        "use": f"{train}/v/3/use/",
        "build-running": f"/w/default/builds/{builds['running']}/",
        "build-failed": f"/w/default/builds/{builds['failed']}/",
        "builds": "/w/default/builds/",
        "search": "/search/?q=pandas",
    }


@contextmanager
def browser(address: str, folder: Path) -> Iterator[Page]:
    program = chromium(Tools(folder / "tools/chromium", os.environ))
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=BROWSER_ARGUMENTS)
        yield started.new_page(base_url=address, viewport=SIZE)
        started.close()


def take(page: Page, address: str, path: str, theme: str, file: Path) -> None:
    page.context.add_cookies([{"name": "theme", "value": theme, "url": address}])
    page.goto(path)
    if path != "/login/" and "/login/" in page.url:
        page.get_by_label("Username").fill("admin")
        page.get_by_label("Password").fill(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url(f"**{path}")
    page.wait_for_timeout(600)  # of fonts and what pages fetch
    page.evaluate(PUT_ELSEWHERE, SHOWN_FOLDER)
    page.screenshot(path=file)
    print(file.name, flush=True)


if __name__ == "__main__":
    main()

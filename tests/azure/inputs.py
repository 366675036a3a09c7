"""Sends every environment file below a folder that the SDK can load, and reads each one back; see driver.py.

A conda file on its own is sent as one on a base image.

    python tests/azure/inputs.py https://localhost:8443 WORKSPACE CA_FILE FOLDER < TOKEN
"""

import os
import sys
import time
from collections import Counter
from pathlib import Path

URL, WORKSPACE, CA, ROOT = sys.argv[1:5]
RUN = int(time.time())
TOKEN = sys.stdin.readline().strip()
os.environ["REQUESTS_CA_BUNDLE"] = CA

import yaml  # noqa: E402
from azure.ai.ml import MLClient, load_environment  # noqa: E402
from azure.ai.ml.entities import Environment  # noqa: E402
from azure.core.credentials import AccessToken  # noqa: E402


class Token:
    def get_token(self, *scopes, **kwargs):
        return AccessToken(TOKEN, int(time.time()) + 86_400)


def client():
    places = ("azure_portal", "resource_manager", "active_directory", "aml_resource_id", "registry_discovery_endpoint")
    metadata = dict.fromkeys(places, URL) | {"storage_endpoint": "x"}
    return MLClient(Token(), "any-sub", "any-rg", WORKSPACE, cloud="studio", cloud_metadata=metadata)


def said(environment):
    """What the definition says, without the address of an uploaded context."""
    build, routes = environment.build, environment.inference_config
    return {
        "image": environment.image,
        "conda": environment.conda_file,
        "os": (environment.os_type or "linux").lower(),
        "dockerfile": (build.dockerfile_path or "Dockerfile") if build else None,
        "routes": routes and routes._to_rest_object().as_dict(),
    }


def outcome_of(ml, path, name):
    """(a word for what came of one file, the detail)"""
    try:
        content = yaml.safe_load(path.read_text())
        if isinstance(content, dict) and "dependencies" in content and "image" not in content:
            loaded = Environment(name=name, version="1", image="python:3.11-slim", conda_file=str(path))
        else:
            loaded = load_environment(path)
    except Exception as error:
        return "not loaded by the SDK", str(error)[:100]
    loaded.name, loaded.version = name, "1"
    before = said(loaded)
    try:
        made = ml.environments.create_or_update(loaded)
        back = ml.environments.get(made.name, version="1")
        again = ml.environments.create_or_update(back)
    except Exception as error:
        return "refused", str(error)[:300].replace("\n", " ")
    if said(back) != before:
        return "different", f"{before} -> {said(back)}"
    return ("equal", "") if again.version == "1" else ("not taken back", again.version)


def main():
    ml, counts = client(), Counter()
    for number, path in enumerate(sorted(Path(ROOT).rglob("*.y*ml"))):
        outcome, detail = outcome_of(ml, path, f"input-{RUN}-{number}")
        counts[outcome] += 1
        print(f"{path.relative_to(ROOT)}: {outcome} {detail}", flush=True)
    print(dict(counts))


if __name__ == "__main__":
    main()

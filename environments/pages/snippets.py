"""How a finished image is used, as text that works when pasted."""

import shlex
from dataclasses import dataclass

from django.conf import settings

DEFAULT_HOSTS = {"", "unix:///var/run/docker.sock", "unix:///run/docker.sock"}
NOT_PUSHED = (
    "The image lies on the engine that built it. Push it to a registry both sides reach, then use that name here: "
    "{docker} tag {image} REGISTRY/{image} and {docker} push REGISTRY/{image}."
)
KUBERNETES = """\
apiVersion: batch/v1
kind: Job
metadata:
  name: {slug}
spec:
  template:
    spec:
      restartPolicy: Never
      containers:
        - name: main
          image: {image}
          command: {command}
"""
COMPOSE = """\
services:
  main:
    image: {image}{command}
    working_dir: /work
    volumes:
      - .:/work
"""
DOCKERFILE = """\
FROM {image}
COPY . /work
WORKDIR /work
"""
AZURE = """\
$schema: https://azuremlschemas.azureedge.net/latest/commandJob.schema.json
command: python3 --version
environment: azureml:{name}:{version}
"""


@dataclass(frozen=True)
class Snippet:
    key: str
    label: str
    language: str
    text: str
    note: str = ""


def docker_command():
    """`docker`, told which engine to speak to where that is not the one it finds by itself."""
    if settings.DOCKER_COMMAND:
        return shlex.quote(settings.DOCKER_COMMAND)
    host = settings.DOCKER_HOST
    return "docker" if host in DEFAULT_HOSTS else f"docker -H {shlex.quote(host)}"


def image_reference(image):
    """What to call the image: the digest where a registry knows it, else a name that is made from what is in it."""
    return image.repo_digest if settings.STUDIO_REGISTRY and image.repo_digest else image.name


def run_line(image):
    command = " python3 --version" if _runs_what_it_is_told(image) and image.facts.get("python") else ""
    return f"{docker_command()} run --rm {image_reference(image)}{command}"


def _runs_what_it_is_told(image):
    """Whether a command is run as it is; an entrypoint would take it as its arguments."""
    return not image.facts.get("entrypoint")


def snippets(version, image):
    """Every way to use the version's image, the plain `docker run` first."""
    docker, name = docker_command(), image_reference(image)
    command = '["python3", "--version"]' if image.facts.get("python") else '["/bin/sh"]'
    in_compose = f"\n    command: {command}" if _runs_what_it_is_told(image) else ""
    slug = version.environment.name.lower().replace(".", "-").replace("_", "-")[:52].strip("-")
    away = "" if settings.STUDIO_REGISTRY else NOT_PUSHED.format(docker=docker, image=name)
    here = f"Build it on the same engine: {docker} build ." if not settings.STUDIO_REGISTRY else ""
    prompt = f'{docker} run --rm -it -v "$PWD":/work -w /work --entrypoint sh {name}'
    return [
        Snippet(
            "docker", "Docker", "shell", run_line(image), "The name is made from what is in the image: it never moves."
        ),
        Snippet("prompt", "Shell", "shell", prompt, "A shell in the image, with the files of this folder under /work."),
        Snippet("dockerfile", "Dockerfile", "dockerfile", DOCKERFILE.format(image=name), here),
        Snippet("compose", "Compose", "yaml", COMPOSE.format(image=name, command=in_compose)),
        Snippet("kubernetes", "Kubernetes", "yaml", KUBERNETES.format(image=name, command=command, slug=slug), away),
        Snippet(
            "azure",
            "Azure ML",
            "yaml",
            AZURE.format(name=version.environment.name, version=version.name),
            "Job files name a version like this.",
        ),
    ]

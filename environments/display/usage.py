"""How a finished image is used, as texts that work when pasted. Pure: what is known of the image in, snippets out."""

import json
import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass, replace

SPECIAL_IN_YAML = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}
COMMENTS = {"json": "//"}  # every other language here has "#"
INTERACTIVE = {"sh", "bash", "python", "python3"}
GPUS = " --gpus all"
COMPOSE_GPUS = """
    deploy:
      resources:
        reservations:
          devices:
            - driver: nvidia
              count: all
              capabilities: [gpu]"""
KUBERNETES_GPU = """
          resources:
            limits:
              nvidia.com/gpu: 1"""
DOCKERFILE = """\
FROM {image}
COPY . /work
WORKDIR /work
"""
COMPOSE = """\
services:
  main:
    image: {image}{command}
    working_dir: /work
    volumes:
      - .:/work{gpus}
"""
JOB = """\
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
          image: {image}{command}{gpus}
"""
DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {slug}
spec:
  replicas: 1
  selector:
    matchLabels:
      app: {slug}
  template:
    metadata:
      labels:
        app: {slug}
    spec:
      containers:
        - name: main
          image: {image}{command}{gpus}
"""
SERVER = """
          command: ["python3", "-m", "http.server", "8000"]
          ports:
            - containerPort: 8000"""
SLEEPER = """
          command: ["/bin/sh", "-c", "sleep infinity"]"""
AZURE = """\
from azure.ai.ml import MLClient
from azure.ai.ml.entities import Environment
from azure.identity import DefaultAzureCredential

client = MLClient.from_config(DefaultAzureCredential())

# Once: register the image under the name and version it has here.
client.environments.create_or_update(
    Environment(
        name={name},
        version={version},
        image={image},
    )
)

# From then on:
environment = client.environments.get(name={name}, version={version})
"""
GITHUB = """\
name: test
on: push
jobs:
  test:
    runs-on: {runner}
    container:
      image: {image}{gpus}
    steps:
      - uses: actions/checkout@v4
      - run: {check}
"""
GITLAB = """\
test:
  image:{image}
  script:
    - {check}
"""

REGISTRY = "registry.example"
NOT_PUSHED = (
    f"This image is on the studio's engine only. Push it to a registry that both sides reach, and write that one "
    f"in the place of {REGISTRY}, here and below."
)
ON_THE_ENGINE = "This image is on the studio's engine, so it runs there and needs no pull."
FIXED = "The name is made from what goes into the image and is never given to another definition."
DIGEST = "The digest names this image and no other, for ever."
MOVING = "The name means whatever image it was last given to."
IN_AZURE = (
    "Registers the image in your Azure ML workspace, whose jobs then name it azureml:{name}:{version}. "
    "Azure has to be able to pull {image}: only a registry that it reaches will do. "
    "This studio itself does not answer the SDK."
)


@dataclass(frozen=True, slots=True)
class Step:
    """A command that comes first, and why."""

    title: str
    command: str
    why: str


@dataclass(frozen=True, slots=True)
class Snippet:
    """One way of using an image: `language` is one of the colouring's, `note` says how the text is used."""

    key: str
    label: str
    language: str
    text: str
    note: str
    first: Step | None = None

    def headed(self, sentence: str) -> "Snippet":
        """The same with the sentence as a comment above."""
        sign = COMMENTS.get(self.language, "#")
        return replace(self, text=f"{sign} {sentence}\n{self.text}") if sentence else self


@dataclass(frozen=True, slots=True)
class Usage:
    """What the texts need to know. `image` is the name to use, `docker` the command that speaks to its engine.

    command: what the image runs by itself, without its entrypoint;
    is_moving: the name may mean another image tomorrow; is_shared: it lies in a registry that others reach.
    """

    name: str
    version: str
    image: str
    docker: str = "docker"
    has_python: bool = True
    has_entrypoint: bool = False
    command: tuple[str, ...] = ()
    has_cuda: bool = False
    is_moving: bool = False
    is_shared: bool = False

    @property
    def slug(self) -> str:
        return slug(self.name)

    @property
    def there(self) -> str:
        """The name of the image where another machine finds it: in a registry, once it is pushed there."""
        return self.image if self.is_shared else f"{REGISTRY}/{self.image}"

    @property
    def is_interactive(self) -> bool:
        """Whether the image's own command is a shell or a bare Python, which ends at once without a terminal."""
        return len(self.command) == 1 and self.command[0].rpartition("/")[2] in INTERACTIVE

    @property
    def has_program(self) -> bool:
        """Whether the image does something by itself without a terminal."""
        return self.has_entrypoint or (bool(self.command) and not self.is_interactive)

    @property
    def gpus(self) -> str:
        return GPUS if self.has_cuda else ""

    @property
    def check(self) -> str:
        """A command that shows the image works."""
        return "python3 --version" if self.has_python else "cat /etc/os-release"

    @property
    def away(self) -> Step:
        """What another machine needs before it can have the image."""
        if self.is_shared:
            command = f"{self.docker} login {self.image.partition('/')[0]}"
            return Step("Sign in to the registry", command, "Needed where the registry asks who you are.")
        command = f"{self.docker} tag {self.image} {self.there}\n{self.docker} push {self.there}"
        return Step("Push the image", command, NOT_PUSHED)


def slug(name: str) -> str:
    """A name as Kubernetes and registries take it: lower case, digits and single dashes, at most 52 characters."""
    return re.sub(r"[._-]+", "-", name.lower())[:52].strip("-")


def snippets(usage: Usage, warning: str = "") -> list[Snippet]:
    """Every way to use the image, the plain `docker run` first, each with the warning as a comment above."""
    return [snippet.headed(warning) for snippet in _snippets(usage)]


def _snippets(usage: Usage) -> Iterable[Snippet]:
    fixed = MOVING if usage.is_moving else DIGEST if "@sha256:" in usage.image else FIXED
    here = " ".join(filter(None, ["" if usage.is_shared else ON_THE_ENGINE, _runs(usage), fixed]))
    yield Snippet("docker", "Pull and run" if usage.is_shared else "Run", "shell", _run_lines(usage), here)
    prompt = f'{usage.docker} run --rm -it{usage.gpus} -v "$PWD":/work -w /work --entrypoint sh {usage.image}'
    yield Snippet("prompt", "Shell", "shell", prompt, "A shell in it, with the files of this folder under /work.")
    yield Snippet("dockerfile", "Dockerfile", "dockerfile", DOCKERFILE.format(image=usage.image), _here(usage))
    started = f"Save it as compose.yaml, then: {usage.docker} compose up."
    yield Snippet("compose", "Compose", "yaml", _compose(usage), started)
    applied = "Save it to a file, then: kubectl apply -f FILE."
    yield Snippet("kubernetes", "Kubernetes job", "yaml", _job(usage), applied, usage.away)
    yield Snippet("deployment", "Deployment", "yaml", _deployment(usage), f"{applied} {_serves(usage)}", usage.away)
    yield Snippet("azure", "Azure ML", "python", _azure(usage), _in_azure(usage), usage.away)
    opened = "Save it as .devcontainer/devcontainer.json, and the editor opens the folder in the image."
    yield Snippet("devcontainer", "Dev container", "json", _devcontainer(usage), opened, usage.away)
    workflow = "Save it under .github/workflows/. Put your tests in the place of the last line."
    yield Snippet("github", "GitHub Actions", "yaml", _github(usage), workflow, usage.away)
    pipeline = "Save it as .gitlab-ci.yml. Put your tests in the place of the last line."
    yield Snippet("gitlab", "GitLab CI", "yaml", _gitlab(usage), pipeline, usage.away)


def _here(usage: Usage) -> str:
    where = "" if usage.is_shared else " on the same engine"
    return f"Save it as Dockerfile beside your code and build it{where}: {usage.docker} build ."


def _run_lines(usage: Usage) -> str:
    """A pull only of what can be pulled, a command only for an image that has none, a terminal for what needs one."""
    pull = f"{usage.docker} pull {usage.image}\n" if usage.is_shared else ""
    command = "" if usage.has_entrypoint or usage.command else f" {usage.check}"
    terminal = " -it" if usage.is_interactive and not usage.has_entrypoint else ""
    return f"{pull}{usage.docker} run --rm{terminal}{usage.gpus} {usage.image}{command}"


def _command(usage: Usage) -> str:
    """For what starts the image without a terminal: "" where it has a program to run there."""
    return "" if usage.has_program else json.dumps(usage.check.split() if usage.has_python else ["/bin/sh"])


def _compose(usage: Usage) -> str:
    command = f"\n    command: {command}" if (command := _command(usage)) else ""
    return COMPOSE.format(image=usage.image, command=command, gpus=COMPOSE_GPUS if usage.has_cuda else "")


def _job(usage: Usage) -> str:
    command = f"\n          command: {command}" if (command := _command(usage)) else ""
    gpus = KUBERNETES_GPU if usage.has_cuda else ""
    return JOB.format(image=usage.there, slug=_in_yaml(usage.slug), command=command, gpus=gpus)


def _deployment(usage: Usage) -> str:
    command = "" if usage.has_program else SERVER if usage.has_python else SLEEPER
    gpus = KUBERNETES_GPU if usage.has_cuda else ""
    return DEPLOYMENT.format(image=usage.there, slug=_in_yaml(usage.slug), command=command, gpus=gpus)


def _serves(usage: Usage) -> str:
    return _runs(usage) if usage.has_program else "Put your server in the place of the command."


def _runs(usage: Usage) -> str:
    """What starts in the image by itself."""
    if usage.has_entrypoint:
        return "It runs the image's entrypoint."
    return f"It runs the image's own command: {shlex.join(usage.command)}." if usage.command else ""


def _azure_name(usage: Usage) -> str:
    """Azure ML takes no dots in names of environments."""
    return usage.name.replace(".", "-")


def _azure(usage: Usage) -> str:
    names = {"name": _azure_name(usage), "version": usage.version, "image": usage.there}
    return AZURE.format(**{key: json.dumps(value) for key, value in names.items()})


def _in_azure(usage: Usage) -> str:
    return IN_AZURE.format(name=_azure_name(usage), version=usage.version, image=usage.there)


def _devcontainer(usage: Usage) -> str:
    settings = {
        "name": f"{usage.name} {usage.version}",
        "image": usage.there,
        "workspaceFolder": "/work",
        "workspaceMount": "source=${localWorkspaceFolder},target=/work,type=bind",
    }
    return json.dumps(settings | ({"runArgs": GPUS.split()} if usage.has_cuda else {}), indent=2) + "\n"


def _github(usage: Usage) -> str:
    runner, gpus = ("self-hosted", f"\n      options:{GPUS}") if usage.has_cuda else ("ubuntu-latest", "")
    return GITHUB.format(image=usage.there, check=usage.check, runner=runner, gpus=gpus)


def _gitlab(usage: Usage) -> str:
    image = f'\n    name: {usage.there}\n    entrypoint: [""]' if usage.has_entrypoint else f" {usage.there}"
    return GITLAB.format(image=image, check=usage.check)


def _in_yaml(word: str) -> str:
    """The word so that YAML reads a text, not a number or a truth."""
    return word if re.match("[a-z]", word) and word not in SPECIAL_IN_YAML else json.dumps(word)

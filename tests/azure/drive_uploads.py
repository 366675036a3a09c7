"""Build contexts."""

import os

from azure.ai.ml.entities import BuildContext, Environment
from azure.core.exceptions import ResourceExistsError
from driving import ML, SMALL, URL, check, folder, named, raises

LARGE = int(os.environ.get("DRIVER_LARGE_MB", "200")) * 1024**2


@check
def a_local_folder_is_uploaded():
    root = folder(SMALL)
    sent = Environment(name=named("ctx"), version="1", build=BuildContext(path=str(root)))
    made = ML.environments.create_or_update(sent)
    assert made.build.path.startswith(f"{URL}/azureblob/")
    assert made.build.dockerfile_path == "Dockerfile"
    again = Environment(name=named("ctx"), version="1", build=BuildContext(path=str(root)))
    assert ML.environments.create_or_update(again).version == "1"
    copy = folder(SMALL)
    assert ML.environments.create_or_update(
        Environment(name=named("ctx"), version="1", build=BuildContext(path=str(copy)))
    )


@check
def another_folder_is_another_version():
    changed = folder({**SMALL, "sub/a.txt": b"changed\n"})
    other = Environment(name=named("ctx"), version="1", build=BuildContext(path=str(changed)))
    raises(ResourceExistsError, lambda: ML.environments.create_or_update(other))
    other = Environment(name=named("ctx"), version="2", build=BuildContext(path=str(changed)))
    assert ML.environments.create_or_update(other).version == "2"


@check
def a_context_is_archived_and_restored():
    ML.environments.archive(named("ctx"), version="2")
    ML.environments.restore(named("ctx"), version="2")
    assert ML.environments.get(named("ctx"), version="2").build.dockerfile_path == "Dockerfile"


@check
def a_dockerfile_in_a_folder_of_names_with_spaces():
    root = folder({"my docker/Größe.Dockerfile": b"FROM python:3.11-slim\n", "a b/c d.txt": b"x", "empty": b""})
    build = BuildContext(path=str(root), dockerfile_path="my docker/Größe.Dockerfile")
    made = ML.environments.create_or_update(Environment(name=named("spaces"), version="1", build=build))
    assert made.build.dockerfile_path == "my docker/Größe.Dockerfile"


@check
def three_hundred_files():
    files = {f"part{number % 7}/file-{number}.txt": f"{number}\n".encode() for number in range(299)}
    counted = b'FROM python:3.11-slim\nCOPY . /c\nRUN test "$(cat /c/part*/file-*.txt | wc -l)" = 299\n'
    root = folder({"Dockerfile": counted, **files})
    made = ML.environments.create_or_update(
        Environment(name=named("files"), version="1", build=BuildContext(path=str(root)))
    )
    assert made.version == "1"


@check
def a_large_file_in_blocks():
    measured = f'FROM python:3.11-slim\nCOPY large.bin /c/\nRUN test "$(stat -c %s /c/large.bin)" = {LARGE}\n'
    root = folder({"Dockerfile": measured.encode()})
    block = os.urandom(1024**2)
    with (root / "large.bin").open("wb") as file:
        for _ in range(LARGE // len(block)):
            file.write(block)
    made = ML.environments.create_or_update(
        Environment(name=named("large"), version="1", build=BuildContext(path=str(root)))
    )
    assert made.version == "1"

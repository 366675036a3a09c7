"""What migrations do with rows that were there before them."""

import ast
from pathlib import Path

import pytest
from django.core.management import call_command

from environments import migrations
from environments.definitions.model import Conda, Definition, Kind
from environments.models import Environment, Image, ImagePackage, State
from environments.models.builds import Reason
from environments.models.images import BASE_IMAGE
from environments.models.listing import keep
from environments.services.versions import Draft, publish_version
from tests.cast import make_build, make_version, make_workspace

KEPT = [
    *("name", "newest", "newest_build", "kind", "status", "track", "ready", "image"),
    *("package_count", "python", "accelerator", "frameworks"),
]
MADE_BY_DJANGO = {"environments.models.workspaces"}  # where validators are that a column names
REQUIREMENTS = (
    "Scikit_Learn[all]>=1 ; python_version < '4'",
    "JAXlib==0.4 --hash=sha256:aa",
    "https://files.example/a-b/torch-2.8.0-cp312-cp312-linux_x86_64.whl#sha256=aa",
    "https://files.example/tensorflow-2.8.0.tar.gz",
    "git+https://code.example/tensorflow",
    "tensorflow_cpu @ https://files.example/t.tar.gz",
    "-c torch<2",
    "--extra-index-url https://files.example/torch",
)


def kept():
    return list(Environment.objects.order_by("name").values(*KEPT))


def make_conda(workspace, name, *dependencies, pip=()):
    conda = Conda(channels=("conda-forge",), dependencies=dependencies, pip=pip, variables={})
    draft = Draft(definition=Definition(kind=Kind.CONDA, image="python:3.11-slim", conda=conda))
    return publish_version(workspace, name, draft, author=None)[0]


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_lists_show_of_old_rows_what_they_show_of_new_ones():
    workspace = make_workspace("vision")
    for number, line in enumerate(REQUIREMENTS):
        make_version(workspace, f"pip-{number}", line)
    for number, spec in enumerate(
        ["conda-forge::PyTorch=2.*", "jax[version='>=1']", "scikit-learn >=1", "python=3.12"]
    ):
        make_conda(workspace, f"conda-{number}", spec, pip=("tensorflow==2",) if number == 3 else ())
    for number, package in enumerate(["cuda-version", "nvidia-cuda-runtime-cu12", "cuda-nothing", "numpy"]):
        found = [("pip", package, "12.8.90"), ("pip", "torch", "2.8.0"), ("conda", "jax", "1")]
        build = make_build(make_version(workspace, f"built-{number}"), packages=found)
        ImagePackage.objects.filter(image=build.image, name="torch").update(source=f"pypi, {BASE_IMAGE}")
        Image.objects.filter(pk=build.image_id).update(facts={"python": "3.12.4"})
    for number, state in enumerate(State):
        make_build(make_version(workspace, "states", f"a=={number}"), state)
        make_build(make_version(workspace, f"state-{state}", f"torch=={number}"), state)
    again = make_build(make_version(workspace, "again"))
    make_build(again.version, State.FAILED, reason=Reason.RESOLVE)
    tagged = make_version(workspace, "tagged", tags={"framework": "JAX"})
    Environment.objects.filter(pk=tagged.environment_id).update(tags={"framework": "PyTorch", "other": "TensorFlow"})
    Environment.objects.create(workspace=workspace, name="empty")

    call_command("migrate", "environments", "0006", verbosity=0)
    call_command("migrate", verbosity=0)
    told = kept()
    assert len({(row["status"], row["frameworks"], row["accelerator"]) for row in told}) > 10
    keep(Environment.objects.values_list("pk", flat=True))
    assert told == kept()


def test_no_migration_changes_with_the_code():
    for file in Path(migrations.__file__).parent.glob("0*.py"):
        nodes = list(ast.walk(ast.parse(file.read_text())))
        imported = {node.module for node in nodes if isinstance(node, ast.ImportFrom)}
        imported |= {name.name for node in nodes if isinstance(node, ast.Import) for name in node.names}
        ours = {name for name in imported if name.partition(".")[0] in ("environments", "curated", "studio")}
        assert ours <= MADE_BY_DJANGO, file.name

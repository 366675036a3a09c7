"""MLflow's python_env.yaml (`python`, `build_dependencies`, `dependencies`), read as the conda file it stands for.

MLflow makes a virtual environment of that Python and lets pip install first the one list, then the other. It names no
channel; conda-forge is the one that MLflow itself writes into the conda.yaml beside it.
"""

from collections.abc import Iterator

from environments.definitions.findings import Findings
from environments.definitions.guard import Items, Node, Scalar, Table
from environments.definitions.includes import Includes
from environments.definitions.lists import read_items
from environments.definitions.model import Conda
from environments.definitions.requirements import read_requirements
from environments.definitions.specs import check_spec, tidy_spec
from environments.definitions.text import Mark

CHANNEL = "conda-forge"
PYTHON = "python"
BUILD_DEPENDENCIES = "build_dependencies"
DEPENDENCIES = "dependencies"


def is_python_env(root: Table) -> bool:
    """Whether a mapping is such a file: it has a key that only such files have, or a Python of its own."""
    if BUILD_DEPENDENCIES in root.nodes:
        return True
    return isinstance(root.nodes.get(PYTHON), Scalar) and {PYTHON, DEPENDENCIES}.issuperset(root.nodes)


def read_python_env(root: Table, findings: Findings, includes: Includes) -> Conda:
    """What is wrong goes to the findings, at its place in the file."""
    python = _python(root)
    if complaint := check_spec(python):
        findings.error(root.nodes[PYTHON].mark, *complaint)
    pip = [
        line
        for key in (BUILD_DEPENDENCIES, DEPENDENCIES)
        for item in read_items(root.nodes.get(key), key, findings)
        for line in _lines(item, findings, includes)
    ]
    return Conda((CHANNEL,), (python, "pip"), tuple(pip))


def python_env_marks(root: Table) -> dict[str, Mark]:
    """Where the parts of the conda file stand that are no lines of this one."""
    lists = root.marks.get(DEPENDENCIES, root.mark)
    marks = {_python(root): root.marks.get(PYTHON, root.mark), "pip": lists, "dependencies:": lists}
    return marks


def _python(root: Table) -> str:
    node = root.nodes.get(PYTHON)
    if not isinstance(node, Scalar) or node.is_null:
        return PYTHON
    version = tidy_spec(node.value)
    return f"{PYTHON}={version}" if version[:1].isdigit() else f"{PYTHON}{version}"


def _lines(item: Node, findings: Findings, includes: Includes) -> Iterator[str]:
    if isinstance(item, Scalar):
        yield from read_requirements(item.value, item.mark, findings, includes)
    else:
        what = "list" if isinstance(item, Items) else "mapping"
        findings.error(item.mark, "pip-requirement", f"A pip requirement is a line, not a {what}.", "Use no “:”.")

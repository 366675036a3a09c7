"""Which machine learning frameworks an environment is for, and which CUDA it brings, by the names of its packages."""

import re
from collections.abc import Iterable, Mapping
from itertools import chain, combinations

FRAMEWORKS = {
    "PyTorch": {"torch", "pytorch", "pytorch-cpu", "pytorch-gpu"},
    "TensorFlow": {"tensorflow", "tensorflow-cpu", "tensorflow-gpu", "tensorflow-base"},
    "JAX": {"jax", "jaxlib"},
    "scikit-learn": {"scikit-learn"},
}
FRAMEWORK_PACKAGES = frozenset(chain.from_iterable(FRAMEWORKS.values()))
_SEPARATOR = ", "
_CUDA_PACKAGE = re.compile(r"cuda-version|cudatoolkit|pytorch-cuda|cuda-cudart(-\d+-\d+)?|nvidia-cuda-runtime(-cu\d+)?")
_VERSION = re.compile(r"(\d+)\.(\d+)")


def frameworks_of(packages: Iterable[str], tags: Mapping[str, object]) -> str:
    """The frameworks among names of packages and in tags, in words: "PyTorch, scikit-learn"; "" if there is none."""
    names = {*packages, *(str(value).lower() for value in tags.values())}
    return _SEPARATOR.join(word for word, known in FRAMEWORKS.items() if names & {*known, word.lower()})


def holding(framework: str) -> list[str]:
    """Every answer of frameworks_of() that holds this one."""
    sizes = range(1, len(FRAMEWORKS) + 1)
    every = chain.from_iterable(combinations(FRAMEWORKS, size) for size in sizes)
    return [_SEPARATOR.join(found) for found in every if framework in found]


def split(frameworks: str) -> list[str]:
    """The single ones of an answer of frameworks_of()."""
    return frameworks.split(_SEPARATOR) if frameworks else []


def cuda_version(variables: Mapping[str, str], packages: Iterable[tuple[str, str]]) -> str:
    """The CUDA an image brings, as "12.8"; "" without one.

    It is what the base image declares in CUDA_VERSION, else what the (name, version) of its packages tell.
    """
    installed = (version for name, version in packages if _CUDA_PACKAGE.fullmatch(name.lower()))
    found = _VERSION.match(variables.get("CUDA_VERSION") or next(installed, ""))
    return f"{found[1]}.{found[2]}" if found else ""

"""Which frameworks and which CUDA the packages of an environment tell."""

import pytest

from environments.definitions.frameworks import FRAMEWORKS, cuda_version, frameworks_of, holding, split


def test_frameworks_are_known_by_packages_and_by_tags():
    assert frameworks_of({"torch", "numpy"}, {}) == "PyTorch"
    assert frameworks_of({"scikit-learn", "jax"}, {"framework": "PyTorch"}) == "PyTorch, JAX, scikit-learn"
    assert frameworks_of({"numpy"}, {"stage": 1}) == ""


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_filter_knows_every_answer_that_holds_a_framework(framework):
    assert framework in holding(framework)
    assert frameworks_of((), {word: word for word in FRAMEWORKS}) in holding(framework)
    assert all(framework in split(answer) for answer in holding(framework))
    assert len(holding(framework)) == 2 ** (len(FRAMEWORKS) - 1)


def test_no_framework_is_none():
    assert split("") == []


@pytest.mark.parametrize(
    ("variables", "packages", "version"),
    [
        ({"CUDA_VERSION": "12.8.1"}, [], "12.8"),
        ({"CUDA_VERSION": "12.8.1"}, [("nvidia-cuda-runtime-cu12", "12.6.77")], "12.8"),
        ({}, [("numpy", "2.0"), ("nvidia-cuda-runtime-cu12", "12.6.77")], "12.6"),
        ({}, [("nvidia-cuda-runtime", "13.0.48")], "13.0"),
        ({}, [("cuda-version", "12.4")], "12.4"),
        ({}, [("cuda-cudart-12-4", "12.4.127-1")], "12.4"),
        ({"CUDA_VERSION": "unknown"}, [], ""),
        ({}, [("cuda-python", "12.8.0"), ("numpy", "12.8")], ""),
    ],
)
def test_cuda_is_what_the_base_declares_or_the_packages_bring(variables, packages, version):
    assert cuda_version(variables, packages) == version

"""The template: deterministic, quoting what people typed, leaving nothing behind."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from environments.definitions.instructions import read_instructions, read_words
from environments.definitions.model import Conda, Definition, Kind
from environments.definitions.render import Site, image_key, render

LOCK = "numpy==2.1 --hash=sha256:aa\n"
NAMES = {"base": "python@sha256:" + "a" * 64, "site": Site("tools:1", {"uv": "cafe", "conda": "beef"}, "installer:1")}
CONDA = "{}\n"
PIP = Definition(kind=Kind.PIP, image="python:3.11", requirements=("numpy",))


def with_variables(variables: dict[str, str]) -> Definition:
    return Definition(kind=Kind.CONDA, image="a", conda=Conda(dependencies=("python=3.11", "pip"), variables=variables))


def keywords(dockerfile: str) -> list[str]:
    return [found.keyword for found in read_instructions(dockerfile.split("\n"), "\\")]


def test_a_lock_is_installed_in_one_step_from_mounted_files() -> None:
    rendered = render(PIP, locks={"pip": LOCK}, **NAMES)
    assert rendered.files == {"requirements.lock": LOCK.encode()}
    assert keywords(rendered.dockerfile) == ["FROM", "RUN"]
    for part in (
        "from=tools:1,target=/run/studio",
        "id=cafe",
        "--require-hashes",
        "--no-deps",
    ):
        assert part in rendered.dockerfile
    assert "syntax" not in rendered.dockerfile
    assert "<<" not in rendered.dockerfile


@pytest.mark.parametrize("lock", ["", "\n", "# nothing\n"])
def test_an_empty_lock_installs_nothing(lock: str) -> None:
    rendered = render(PIP, locks={"pip": lock}, **NAMES)
    assert keywords(rendered.dockerfile) == ["FROM"]
    assert rendered.files == {}


@pytest.mark.parametrize("user", ["app", "1000:1000"])
def test_the_bases_user_is_restored(user: str) -> None:
    lines = render(PIP, locks={"pip": LOCK}, user=user, **NAMES).dockerfile.splitlines()
    assert lines[1] == "USER root"
    assert lines[-1] == f"USER {user}"


@pytest.mark.parametrize("user", ["", "root", "0"])
def test_root_needs_no_restoring(user: str) -> None:
    assert "USER" not in render(PIP, locks={"pip": LOCK}, user=user, **NAMES).dockerfile


@given(
    st.dictionaries(st.sampled_from("ABC"), st.text(st.characters(min_codepoint=32, blacklist_categories=("Cc", "Cs"))))
)
def test_variables_reach_the_image_as_written(variables: dict[str, str]) -> None:
    dockerfile = render(with_variables(variables), locks={}, **NAMES).dockerfile
    found = [part for part in read_instructions(dockerfile.split("\n"), "\\") if part.keyword == "ENV"]
    assert [read_words(part.arguments) for part in found] == [
        [f"{name}={variables[name]}"] for name in sorted(variables)
    ]


def test_the_order_of_variables_does_not_change_a_byte() -> None:
    one, other = with_variables({"A": "1", "B": "2"}), with_variables({"B": "2", "A": "1"})
    assert render(one, locks={"pip": LOCK}, **NAMES) == render(other, locks={"pip": LOCK}, **NAMES)


def test_conda_packages_are_not_passed_over_in_silence() -> None:
    definition = Definition(kind=Kind.CONDA, conda=Conda(dependencies=("numpy",)))
    with pytest.raises(ValueError, match="Conda packages need a lock"):
        render(definition, locks={"pip": LOCK}, **NAMES)


@pytest.mark.parametrize("user", ["app\nRUN id", "a b", "$USER"])
def test_a_user_no_dockerfile_can_hold_is_not_written(user: str) -> None:
    with pytest.raises(ValueError, match="Dockerfile"):
        render(PIP, locks={"pip": LOCK}, user=user, **NAMES)


def test_condas_packages_come_from_a_stage_of_their_own_and_pips_after_them() -> None:
    rendered = render(PIP, locks={"conda": CONDA, "heavy": LOCK, "pip": LOCK}, user="app", **NAMES)
    assert keywords(rendered.dockerfile) == ["FROM", "USER", "RUN", "FROM", "COPY", "ENV", "USER", "RUN", "RUN", "USER"]
    assert list(rendered.files) == ["conda.lock", "heavy.lock", "requirements.lock"]
    assert rendered.dockerfile.startswith("FROM installer:1 AS conda\n")
    assert "id=beef" in rendered.dockerfile
    assert rendered.dockerfile.count("--python /opt/env/bin/python ") == 2


def test_a_package_out_of_a_repository_needs_no_hash_but_the_others_are_checked() -> None:
    lock = LOCK + "mine @ git+https://example.org/mine@abc\n"
    assert "--require-hashes" not in render(PIP, locks={"pip": lock}, **NAMES).dockerfile


def test_bytecode_is_compiled_where_that_is_wanted() -> None:
    rendered = render(PIP, locks={"heavy": LOCK, "pip": LOCK}, compile_bytecode=True, **NAMES)
    assert rendered.dockerfile.count(" --compile-bytecode ") == 2


parts = st.fixed_dictionaries(
    {
        "base_digest": st.sampled_from("ab"),
        "locks": st.sampled_from([{}, {"pip": "x"}, {"conda": "x"}]),
        "context_digest": st.sampled_from(["", "x"]),
        "dockerfile_path": st.sampled_from(["", "x"]),
        "variables": st.sampled_from([{}, {"A": "1"}, {"A": "2"}]),
        "compile_bytecode": st.booleans(),
        "network": st.booleans(),
        "build_args": st.sampled_from([{}, {"A": "1"}, {"B": "1"}]),
    }
)


def test_without_build_arguments_images_keep_the_key_they_had() -> None:
    key = image_key(base_digest="sha256:aa", context_digest="0" * 64, dockerfile_path="Dockerfile", build_args={})
    assert key == "4a7efca00b7e1b25cb46e22124fc7054f069102269dd4ff46d1086c82878607e"


@given(parts, parts)
def test_image_keys_are_equal_if_and_only_if_all_that_decides_the_image_is(one: dict, other: dict) -> None:  # type: ignore[type-arg]
    assert (image_key(**one) == image_key(**other)) == (one == other)

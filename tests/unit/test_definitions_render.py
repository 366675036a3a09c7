"""The template: deterministic, quoting what people typed, leaving nothing behind."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from environments.definitions.instructions import read_instructions, read_words
from environments.definitions.model import Conda, Definition, Kind
from environments.definitions.render import image_key, render

LOCK = "numpy==2.1 --hash=sha256:aa\n"
NAMES = {"base": "python@sha256:" + "a" * 64, "tools": "tools:1", "cache_id": "cafe"}
PIP = Definition(kind=Kind.PIP, image="python:3.11", requirements=("numpy",))


def with_variables(variables: dict[str, str]) -> Definition:
    return Definition(kind=Kind.CONDA, image="a", conda=Conda(dependencies=("python=3.11", "pip"), variables=variables))


def keywords(dockerfile: str) -> list[str]:
    return [found.keyword for found in read_instructions(dockerfile.split("\n"), "\\")]


def test_a_lock_is_installed_in_one_step_from_mounted_files() -> None:
    rendered = render(PIP, lock=LOCK, **NAMES)
    assert rendered.files == {"requirements.lock": LOCK.encode()}
    assert keywords(rendered.dockerfile) == ["FROM", "RUN"]
    for part in (
        "from=tools:1,source=/uv",
        "id=cafe",
        "source=uv.toml",
        "source=ca.crt",
        "--require-hashes",
        "--no-deps",
    ):
        assert part in rendered.dockerfile
    assert "syntax" not in rendered.dockerfile
    assert "<<" not in rendered.dockerfile


@pytest.mark.parametrize("lock", ["", "\n", "# nothing\n"])
def test_an_empty_lock_installs_nothing(lock: str) -> None:
    rendered = render(PIP, lock=lock, **NAMES)
    assert keywords(rendered.dockerfile) == ["FROM"]
    assert rendered.files == {}


@pytest.mark.parametrize("user", ["app", "1000:1000"])
def test_the_bases_user_is_restored(user: str) -> None:
    lines = render(PIP, lock=LOCK, user=user, **NAMES).dockerfile.splitlines()
    assert lines[1] == "USER root"
    assert lines[-1] == f"USER {user}"


@pytest.mark.parametrize("user", ["", "root", "0"])
def test_root_needs_no_restoring(user: str) -> None:
    assert "USER" not in render(PIP, lock=LOCK, user=user, **NAMES).dockerfile


@given(
    st.dictionaries(st.sampled_from("ABC"), st.text(st.characters(min_codepoint=32, blacklist_categories=("Cc", "Cs"))))
)
def test_variables_reach_the_image_as_written(variables: dict[str, str]) -> None:
    dockerfile = render(with_variables(variables), lock="", **NAMES).dockerfile
    found = [part for part in read_instructions(dockerfile.split("\n"), "\\") if part.keyword == "ENV"]
    assert [read_words(part.arguments) for part in found] == [
        [f"{name}={variables[name]}"] for name in sorted(variables)
    ]


def test_the_order_of_variables_does_not_change_a_byte() -> None:
    one, other = with_variables({"A": "1", "B": "2"}), with_variables({"B": "2", "A": "1"})
    assert render(one, lock=LOCK, **NAMES) == render(other, lock=LOCK, **NAMES)


def test_conda_packages_are_not_passed_over_in_silence() -> None:
    definition = Definition(kind=Kind.CONDA, conda=Conda(dependencies=("numpy",)))
    with pytest.raises(ValueError, match="conda"):
        render(definition, lock=LOCK, **NAMES)


@pytest.mark.parametrize("user", ["app\nRUN id", "a b", "$USER"])
def test_a_user_no_dockerfile_can_hold_is_not_written(user: str) -> None:
    with pytest.raises(ValueError, match="Dockerfile"):
        render(PIP, lock=LOCK, user=user, **NAMES)


parts = st.fixed_dictionaries(
    {
        "base_digest": st.sampled_from("ab"),
        "lock": st.sampled_from(["", "x"]),
        "context_digest": st.sampled_from(["", "x"]),
        "dockerfile_path": st.sampled_from(["", "x"]),
        "variables": st.sampled_from([{}, {"A": "1"}, {"A": "2"}]),
    }
)


@given(parts, parts)
def test_image_keys_are_equal_if_and_only_if_all_that_decides_the_image_is(one: dict, other: dict) -> None:  # type: ignore[type-arg]
    assert (image_key(**one) == image_key(**other)) == (one == other)

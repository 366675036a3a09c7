"""Match specifications: what conda means by them, as rattler's strict parser reads it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rattler import MatchSpec

from environments.definitions import specs
from environments.definitions.specs import (
    MAX_SPEC,
    check_spec,
    match_spec,
    spec_condition,
    spec_name,
    spec_version,
    tidy_spec,
)


@pytest.mark.parametrize(
    ("written", "version", "build"),
    [
        ("numpy", None, None),
        ("numpy=1.2", "1.2.*", None),
        ("numpy==1.2", "==1.2", None),
        ("numpy 1.2", "==1.2", None),
        ("numpy =1.2", "1.2.*", None),
        ("numpy = 1.2", "1.2.*", None),
        ("numpy 1.2.*", "1.2.*", None),
        ("numpy=1.2.*", "1.2.*", None),
        ("numpy=1.2*", "1.2.*", None),
        ("numpy==1.2.*", "1.2.*", None),
        ("numpy=*", "*", None),
        ("numpy=1.2=py_0", "==1.2", "py_0"),
        ("numpy = 1.2 = py_0", "==1.2", "py_0"),
        ("numpy 1.2 py_0", "==1.2", "py_0"),
        ("numpy=1.2 py_0", "==1.2", "py_0"),
        ("numpy==1.2.*=py_0", "==1.2", "py_0"),
        ("numpy 1.2.3 *_cpython", "==1.2.3", "*_cpython"),
        ("numpy>=1.2 py_0", ">=1.2", "py_0"),
        ("blas=*=openblas", "*", "openblas"),
        ("numpy >= 1.2 , < 2 | 3.*", ">=1.2,<2|3.*", None),
        ("numpy=1.2|1.4", "1.2.*|==1.4", None),
        ("numpy 1.8*|1.9*", "1.8.*|1.9.*", None),
        ("numpy!=1.2.*", "!=1.2.*", None),
        ("numpy>1.2.*,<2", ">1.2,<2", None),
        ("numpy~=1.2", "~=1.2", None),
        ("numpy[version='>=1,<2',build=py*]", ">=1,<2", "py*"),
        ("x==1.2+cu118", "==1.2+cu118", None),
        ("a>=1!2.0", ">=1!2.0", None),
        ("pytorch=2.0=py3.8_cuda11.7_0", "==2.0", "py3.8_cuda11.7_0"),
    ],
)
def test_each_form_means_what_conda_means(written: str, version: str | None, build: str | None) -> None:
    spec = MatchSpec(match_spec(written), strict=True)
    assert (spec.version, spec.build) == (version, build)
    assert match_spec(tidy_spec(written)) == match_spec(written)
    assert check_spec(tidy_spec(written)) is None
    assert spec_condition(written) == (version or "")


@pytest.mark.parametrize(
    ("written", "name", "subdir"),
    [
        ("conda-forge::NumPy=1", "conda-forge", None),
        ("pytorch/linux-64::numpy", "pytorch", "linux-64"),
        ("numpy[channel=conda-forge, subdir=noarch]", "conda-forge", "noarch"),
    ],
)
def test_channel_and_subdir_are_kept(written: str, name: str, subdir: str | None) -> None:
    spec = MatchSpec(match_spec(written), strict=True)
    assert spec.channel is not None
    assert (spec.channel.name, spec.subdir, spec.name.normalized) == (name, subdir, "numpy")


def test_a_channel_may_be_an_address() -> None:
    assert check_spec("https://example.org/team::numpy=1") is None
    assert "https://example.org/team" in match_spec("https://example.org/team::numpy=1")


@pytest.mark.parametrize(
    ("spec", "code"),
    [
        ("numpy=>1", "conda-operator"),
        ("numpy===1", "conda-operator"),
        ("numpy>=", "conda-spec"),
        ("numpy>=1<2", "conda-spec"),
        ("numpy~=1.2.*", "conda-spec"),
        ("numpy 1.*.2", "conda-spec"),
        ("num*", "conda-spec"),
        ("numpy(>=1)", "conda-spec"),
        ("numpy[md5=abc]", "conda-spec"),
        ("numpy[when='python<3']", "conda-spec"),
        ("numpy[version='>=1'", "conda-spec"),
        ("uvicorn[standard]", "conda-extra"),
        ("pip - numpy", "conda-colon"),
        ("*", "conda-spec"),
        ("n" * (MAX_SPEC + 1), "conda-spec"),
    ],
)
def test_what_conda_would_not_read_is_told(spec: str, code: str) -> None:
    complaint = check_spec(spec)
    assert complaint is not None
    assert complaint[0] == code


@pytest.mark.parametrize(
    ("spec", "name", "version"),
    [
        ("NumPy>=1.2,<2", "numpy", ">=1.2,<2"),
        ("conda-forge::python=3.11", "python", "=3.11"),
        ("numpy[version='>=1']", "numpy", ""),
        ("a 1.2 py_0", "a", "1.2 py_0"),
    ],
)
def test_a_spec_is_taken_apart_as_far_as_needed(spec: str, name: str, version: str) -> None:
    assert (spec_name(spec), spec_version(spec)) == (name, version)


@given(st.text(max_size=600) | st.text(alphabet="ab1.*=<>!~,|[]()'\" :/-_^$", max_size=40))
def test_whatever_passes_the_check_is_read_by_the_strict_parser(text: str) -> None:
    spec = tidy_spec(text)
    assert tidy_spec(spec) == spec
    if check_spec(spec) is None:
        MatchSpec(match_spec(spec), strict=True)


def test_a_panic_of_the_parser_is_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    class PanicException(BaseException):
        pass

    def panic(*arguments: object, **options: object) -> MatchSpec:
        raise PanicException

    monkeypatch.setattr(specs.rattler, "MatchSpec", panic)
    assert check_spec("numpy") is not None


def test_a_stop_of_the_program_is_not_swallowed(monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*arguments: object, **options: object) -> MatchSpec:
        raise KeyboardInterrupt

    monkeypatch.setattr(specs.rattler, "MatchSpec", stop)
    with pytest.raises(KeyboardInterrupt):
        check_spec("numpy")

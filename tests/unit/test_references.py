"""References to environments."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from environments.references import LATEST, Reference, parse_reference
from tests.refusals import problems_of, refusal_of

names = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,20}", fullmatch=True)
ends = st.tuples(names, st.none()) | st.tuples(st.none(), st.just(LATEST))


@given(names, ends, st.none() | names)
def test_a_reference_reads_back(name: str, end: tuple[str | None, str | None], registry: str | None) -> None:
    reference = Reference(name, version=end[0], label=end[1], registry=registry)
    assert parse_reference(str(reference)) == reference


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("azureml:train:3", Reference("train", version="3")),
        (" train:1.10 ", Reference("train", version="1.10")),
        ("train@latest", Reference("train", label="latest")),
        ("azureml:AzureML-x@latest", Reference("AzureML-x", label="latest")),
        ("azureml://registries/r/environment/n/versions/2", Reference("n", version="2", registry="r")),
        ("azureml://registries/r/environments/n/labels/latest", Reference("n", label="latest", registry="r")),
    ],
)
def test_every_way_of_writing_is_read(text: str, reference: Reference) -> None:
    assert parse_reference(text) == reference


@pytest.mark.parametrize(
    "text",
    [
        *("", "train", "azureml:", "azureml:train", "train:", ":3", "train@", "train@newest", "train:3@latest"),
        *(
            "a b:1",
            "train:1:2",
            "azureml://registries/r/environments/n",
            "azureml://registries//environments/n/versions/1",
        ),
        *("azureml://registries/r/models/n/versions/1", "azureml://registries/r/environments/n/labels/other"),
    ],
)
def test_what_is_no_reference_is_told(text: str) -> None:
    assert refusal_of(parse_reference, text).code == "reference"


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    if not problems_of(parse_reference, text):
        assert parse_reference(str(parse_reference(text))) == parse_reference(text)

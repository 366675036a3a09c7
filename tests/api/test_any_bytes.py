"""Whatever bytes come, with whatever content type: an answer with a sentence, and never a 500."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.api.conftest import zipped

pytestmark = [pytest.mark.django_db, pytest.mark.database]

TYPES = ("application/json", "application/yaml", "application/zip", "application/octet-stream", "multipart/form-data")
ANSWERS = {200, 201, 400, 404, 409, 413, 415, 422}
KEYS = ("name", "version", "image", "conda_file", "requirements_file", "build", "tags", "os_type", "inference_config")
TYPICAL = ("python:3.11-slim", "numpy\n", "dependencies:\n- pip\n", "1", "..", "\0", "\ud800", "é", "a" * 300)
PIECES = (*(f"{key}: " for key in KEYS), "\n", "\t", "- ", "{", "|\n ")
WORDS = st.sampled_from(TYPICAL)

leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40) | WORDS
values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9) | WORDS, inner, max_size=4)
)
definitions = st.dictionaries(st.sampled_from(KEYS), values, max_size=6)
texts = st.text(max_size=300) | st.lists(st.sampled_from(PIECES))
bodies = (
    st.binary(max_size=400)
    | definitions.map(lambda value: json.dumps(value).encode())
    | texts.map(lambda text: "".join(text).encode("utf-8", "surrogatepass"))
    | st.dictionaries(st.sampled_from(["environment.yml", "Dockerfile", "x/y"]), st.text(max_size=90)).map(zipped)
)


def assert_answered(response):
    assert response.status_code in ANSWERS, response.content
    answer = response.json()
    if response.status_code >= 400:
        assert set(answer) in ({"detail"}, {"problems"})
        assert answer.get("detail") or answer["problems"]


@settings(max_examples=150)
@given(body=bodies, content_type=st.sampled_from(TYPES))
def test_publishing_answers_any_bytes(alice, body, content_type):
    assert_answered(alice.post("workspaces/vision/environments?build=1", body, content_type))


@settings(max_examples=150)
@given(body=bodies, content_type=st.sampled_from(TYPES))
def test_checking_answers_any_bytes(alice, body, content_type):
    assert_answered(alice.post("check", body, content_type))


@settings(max_examples=80)
@given(body=bodies)
def test_asking_for_a_build_answers_any_bytes(alice, body):
    assert_answered(alice.post("workspaces/vision/environments/none/versions/1/builds", body))


@settings(max_examples=80)
@given(question=st.text(max_size=60))
def test_searching_answers_any_text(alice, question):
    assert_answered(alice.get("search/packages", q=question.encode("utf-8", "replace")))

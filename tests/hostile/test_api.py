"""The corpus through the API, as YAML, as JSON and as zip: checked, and published."""

import pytest

from environments.api.bodies import NO_FILE
from environments.api.check import NO_DEFINITION
from tests.hostile.entry import ZIP, Entry
from tests.hostile.reading import CORPUS, read, read_sent, read_typed
from tests.hostile.sending import bodies_of, saved
from tests.refusals import problems_of

pytestmark = pytest.mark.django_db

PUBLISH, CHECK = "workspaces/vision/environments", "check"
SENT = [(entry, kind, body) for entry in CORPUS for kind, body in bodies_of(entry).items()]
REFUSED = [sent for sent in SENT if sent[0].code]
# A sound zip of the corpus holds no environment.yml: the API has another reason to refuse those.
READ = [sent for sent in SENT if not sent[0].code and sent[0].kind != ZIP]
LARGEST_JSON = 64 * 1024
READERS = {"application/yaml": read, "application/zip": read_sent, "application/json": read_typed}


def named(value):
    return str(value) if isinstance(value, Entry) else value.rpartition("/")[2] if isinstance(value, str) else "sent"


def with_number(reads):
    """An environment that names no version becomes the first."""
    return (reads[0], reads[1] or "1", *reads[2:]) if isinstance(reads, tuple) and "" in reads else reads


def assert_told(answer, said, status):
    assert answer.status_code == status, answer.content
    problem = answer.json()["problems"][0]
    assert (problem["code"], problem["line"], problem["message"]) == (said.code, said.line, said.message)


@pytest.mark.parametrize(("entry", "kind", "body"), REFUSED, ids=named)
def test_a_refused_body_is_told_with_its_line_and_not_saved(program, entry, kind, body, assert_nothing_is_saved):
    checked, published = (program.post(path, body, kind) for path in (CHECK, PUBLISH))
    assert_nothing_is_saved()
    if kind == "application/json" and len(body) > LARGEST_JSON:
        assert checked.status_code == published.status_code == 413
        return
    said = problems_of(READERS[kind], entry)[0]
    assert_told(published, said, 422)
    if said.code in NO_DEFINITION:
        assert (checked.status_code, checked.json()["detail"]) == (400, said.message)
    else:
        assert_told(checked, said, 200)
        assert checked.json()["definition"] is None


@pytest.mark.parametrize(("entry", "kind", "body"), READ, ids=named)
def test_what_is_read_is_checked_and_published_to_the_letter(program, entry, kind, body, assert_nothing_is_saved):
    checked = program.post(CHECK, body, kind)
    if kind == "application/json" and len(body) > LARGEST_JSON:
        assert checked.status_code == 413
        return
    assert checked.status_code == 200
    assert checked.json()["definition"]
    assert_nothing_is_saved()
    assert program.post(PUBLISH, body, kind).status_code == 201
    assert saved(entry) == with_number(entry.reads)


@pytest.mark.parametrize("entry", [entry for entry in CORPUS if entry.kind == ZIP and not entry.code], ids=str)
def test_a_sound_zip_without_an_environment_is_told(program, entry, assert_nothing_is_saved):
    answer = program.post(PUBLISH, entry.content, "application/zip")
    assert (answer.status_code, answer.json()["detail"]) == (400, NO_FILE)
    assert_nothing_is_saved()


@pytest.mark.parametrize(
    "text",
    [
        "name: x\nimage: a\nbuildargs: {BUILDKIT_SYNTAX: evil/x}\n",
        "name: x\nimage: a\nbuild_args: {BUILDKIT_SYNTAX: evil/x}\n",
        "name: x\nimage: a\nBUILDKIT_SYNTAX: evil/x\n",
        "name: x\nimage: a\nproperties: {}\nsecurity: insecure\n",
    ],
)
def test_there_is_no_way_to_hand_a_build_arguments_beside_those_of_its_dockerfile(
    program, text, assert_nothing_is_saved
):
    answer = program.post_yaml(PUBLISH, text)
    assert answer.status_code == 422
    assert [problem["code"] for problem in answer.json()["problems"]] == ["unknown-key"]
    assert_nothing_is_saved()


@pytest.mark.parametrize("asked", [{"buildargs": {"BUILDKIT_SYNTAX": "evil/x"}}, {"resolve": "same", "args": []}])
def test_there_is_no_way_to_hand_a_build_arguments_when_it_is_asked_for(program, asked):
    assert program.post_yaml(PUBLISH, "name: x\nimage: a:1\n").status_code == 201
    answer = program.post(f"{PUBLISH}/x/versions/1/builds", asked)
    assert answer.status_code == 422
    assert "“buildargs”" in answer.json()["detail"] or "“args”" in answer.json()["detail"]


HIDING = [
    b'{"name": "x", "image": "a:1", "name": "y"}',
    b'{"\\ufeffname": "y", "image": "a:1", "name": "x"}',
    b'{"image": "a:1", "name": NaN}',
    b"[" * 60_000,
    b'{"a":' * 10_000,
    b"1" * 50_000,
]


@pytest.mark.parametrize("body", HIDING, ids=lambda body: body[:12].decode())
def test_json_that_hides_or_hides_in_something_is_refused(program, body, assert_nothing_is_saved):
    answer = program.post(PUBLISH, body)
    assert answer.status_code in (400, 422)
    assert answer.json().get("detail") or answer.json()["problems"]
    assert_nothing_is_saved()

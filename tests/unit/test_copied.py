"""What a Dockerfile copies, held against the files of its context."""

import pytest

from environments.copied import missing_files
from environments.definitions.dockerfile import check_dockerfile

FILES = ["Dockerfile", "app/main.py", "app/lib/a.py", "big file.txt", "notes.md"]


def told(text, ignored=()):
    return [(found.code, found.line) for found in missing_files(check_dockerfile(text), FILES, ignored)]


@pytest.mark.parametrize(
    "line",
    [
        "COPY . /",
        "COPY app /srv",
        "COPY app/ ./notes.md /srv/",
        "COPY ../notes.md /srv/",
        "COPY --chown=1:1 /app/main.py /srv/",
        'COPY ["big file.txt", "/srv/"]',
        'COPY "big file.txt" /srv/',
        "COPY *.md app/*/a.py /srv/",
        "COPY --from=python:3.11-slim /nothing /srv/",
        "ARG WHAT=x\nCOPY ${WHAT}/nothing /srv/",
        "COPY <<EOF /srv/typed.txt\nhello\nEOF",
        "ONBUILD COPY nothing /srv/",
    ],
)
def test_what_is_there_or_comes_from_elsewhere_is_no_problem(line):
    assert told(f"FROM a\n{line}\n") == []


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("COPY train.py /srv/", "copy-missing"),
        ("ADD train.tar.gz /srv/", "copy-missing"),
        ("COPY app/main.py lib /srv/", "copy-missing"),
        ('COPY ["app/main", "/srv/"]', "copy-missing"),
        ("COPY *.txt.gz /srv/", "copy-nothing"),
        ("COPY app/?.py /srv/", "copy-nothing"),
    ],
)
def test_what_is_not_there_is_told_with_its_line(line, code):
    assert told(f"FROM a\nRUN true\n{line}\n") == [(code, 3)]


def test_a_file_that_dockerignore_leaves_out_is_told_as_such():
    [found] = missing_files(check_dockerfile("FROM a\nCOPY data/x.csv /\n"), FILES, ["data/x.csv"])
    assert "is left out by .dockerignore" in found.message


def test_a_stage_that_is_never_built_may_copy_what_it_likes():
    assert told("FROM a AS dev\nCOPY nothing /\nFROM a\nCOPY app /\n") == []
    assert told("FROM a AS dev\nCOPY nothing /\nFROM dev\nRUN true\n") == [("copy-missing", 2)]
    assert told("FROM a AS dev\nCOPY nothing /\nFROM a\nCOPY --from=0 /x /\n") == [("copy-missing", 2)]
    assert told("FROM a AS dev\nCOPY nothing /\nFROM a\nRUN --mount=from=dev,target=/x true\n") == [("copy-missing", 2)]

"""Dockerfiles: what is refused, with its line, and what the engine is given."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from environments.definitions.dockerfile import base_images, check_dockerfile, rewrite_dockerfile
from environments.definitions.instructions import read_flags, read_instructions, read_words
from environments.definitions.model import Problem
from environments.definitions.stages import MAX_ARGUMENT, expand
from tests.refusals import problems_of, refusal_of


def refused(text: str) -> Problem:
    return refusal_of(check_dockerfile, text)


def rewritten(text: str) -> str:
    return rewrite_dockerfile(text, cache_prefix="ours")


HOSTILE = [
    ("FROM a\nRUN --security=insecure id", "dockerfile-security", 2),
    ("FROM a\nrun --SECURITY=insecure id", "dockerfile-security", 2),
    ("FROM a\nRUN \\\n  --security=insecure \\\n  id", "dockerfile-security", 2),
    ("FROM a\nRUN \\\n# a comment\n\n  --security=insecure id", "dockerfile-security", 2),
    ("FROM a\nRUN --mount=type=tmpfs,target=/t --security=insecure id", "dockerfile-security", 2),
    ('FROM a\nRUN --sec"urity=ins"ecure id', "dockerfile-security", 2),
    ("FROM a\nRUN --sec\\urity=insecure id", "dockerfile-security", 2),
    ("FROM a\nARG MODE=insecure\nRUN --security=$MODE id", "dockerfile-security", 3),
    ("FROM a\nRUN --security=insecure <<EOF\nid\nEOF", "dockerfile-security", 2),
    ("FROM a\nONBUILD RUN --security=insecure id", "dockerfile-security", 2),
    ("FROM a\nRUN echo \\\\\nRUN --security=insecure id", "dockerfile-security", 3),
    ("FROM a\nRUN echo `\nRUN --security=insecure id", "dockerfile-security", 3),
    ("# escape=`\nFROM a\nRUN echo \\\nRUN --security=insecure id", "dockerfile-security", 4),
    ("FROM a\nRUN --network=host id", "dockerfile-network", 2),
    ("FROM a\nRUN --network=$NET id", "dockerfile-network", 2),
    ("FROM a\nRUN --device=nvidia.com/gpu=all id", "dockerfile-device", 2),
    ("FROM a\nRUN --mount=target=/x\u00e0--security=insecure id", "dockerfile-flag", 2),
    ("FROM a\nRUN --mount=type=$KIND,id=theirs,target=/x id", "dockerfile-mount", 2),
    ("FROM a\nRUN --mount=type=cache,id=a,ID=theirs,target=/x id", "dockerfile-mount", 2),
    ("FROM a\nRUN --mount=type=secret,type=cache,id=theirs,target=/x id", "dockerfile-mount", 2),
    ('FROM a\nRUN --mount=type=cache,\\"id=theirs\\",target=/x id', "dockerfile-flag", 2),
    ("# syntax=evil/frontend\nFROM a", "dockerfile-frontend", 1),
    ("\ufeff# syntax=evil/frontend\nFROM a", "dockerfile-frontend", 1),
    ("#SYNTAX = evil/frontend\nFROM a", "dockerfile-frontend", 1),
    ("#!/usr/bin/env x\n# syntax=evil/frontend\nFROM a", "dockerfile-frontend", 2),
    ("// syntax=evil/frontend\nFROM a", "dockerfile-frontend", 1),
    ("# hello\n\n# syntax=evil/frontend\nFROM a", "dockerfile-frontend", 3),
    ("# syntax=docker/dockerfile-upstream:master\nFROM a", "dockerfile-frontend", 1),
    ("# syntax=evil.example.org/docker/dockerfile:1\nFROM a", "dockerfile-frontend", 1),
    ('{"syntax": "evil/frontend"}\nFROM a', "dockerfile-instruction", 1),
    ("ARG BUILDKIT_SYNTAX=evil/frontend\nFROM a", "dockerfile-frontend", 1),
    ("# hello\n# escape=`\nFROM a", "dockerfile-escape", 2),
    ("FROM a\nRUN <<CMD\nRUN --security=insecure id\nCMD", "dockerfile-heredoc", 2),
    ("FROM a\nRUN <<EOF\nRUN --security=insecure id \\\nEOF", "dockerfile-heredoc", 2),
    ("FROM a\nRUN <<EOF\nRUN --security=insecure id \\\n# x\n\nEOF", "dockerfile-heredoc", 2),
    ("FROM a\nRUN <<EOF\nid", "dockerfile-heredoc", 2),
    ("FROM a\nADD http://127.0.0.1:8000/ /x", "dockerfile-add", 2),
    ('FROM a\nADD ht"tp:"//127.0.0.1/ /x', "dockerfile-add", 2),
    ("FROM a\nARG WHERE=http://127.0.0.1/\nADD $WHERE /x", "dockerfile-add", 3),
    ('FROM a\nADD ["http:\\u002f\\u002f127.0.0.1/", "/x"]', "dockerfile-add", 2),
    ("FROM a\nADD git@example.org:team/code.git /x", "dockerfile-add", 2),
    ("FROM a\nADD anyone@example.org:team/code.git /x", "dockerfile-add", 2),
    ("FROM a\n" + "RUN true\n" * 500, "dockerfile-too-long", 501),
    ("FROM a\nONBUILD ADD http://127.0.0.1/ /x", "dockerfile-add", 2),
]


@pytest.mark.parametrize(("text", "code", "line"), HOSTILE)
def test_a_hostile_dockerfile_is_refused_with_its_line(text: str, code: str, line: int) -> None:
    problem = refused(text)
    assert (problem.code, problem.line, problem.source) == (code, line, "Dockerfile")
    assert problem.remedy


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("", "dockerfile-no-from", None),
        ("# only a comment\n", "dockerfile-no-from", None),
        ("RUN id\nFROM a", "dockerfile-before-from", 1),
        ("FROM a\nRUUN id", "dockerfile-instruction", 2),
        ("FROM a\nRUN", "dockerfile-arguments", 2),
        ("FROM a b", "dockerfile-from", 1),
        ("FROM a AS 1x", "dockerfile-from", 1),
        ("FROM Python", "image-reference", 1),
        ("FROM $BASE", "dockerfile-from-variable", 1),
        ("FROM base-$TARGETARCH", "dockerfile-from-variable", 1),
        ("FROM a\nCOPY --from=Not/An/Image x y", "image-reference", 2),
        ("FROM a\nRUN --mount=type=cache id", "dockerfile-mount", 2),
        ("FROM a\nRUN x\0", "forbidden-character", 2),
    ],
)
def test_what_cannot_be_built_anywhere_is_told(text: str, code: str, line: int | None) -> None:
    problem = refused(text)
    assert (problem.code, problem.line) == (code, line)


@pytest.mark.parametrize(
    "text",
    [
        "# syntax=docker/dockerfile:1\nFROM a",
        "# syntax = docker.io/docker/dockerfile:1.7-labs\nFROM a",
        "FROM a\nRUN --network=none --security=sandbox id",
        "FROM a\nRUN echo \"<<EOF\" && echo '<<X'\nRUN id",
        "FROM a\nRUN cat <<<word\nRUN id",
        "FROM a\nRUN --mount=type=secret,id=token,target=/t id",
        'FROM a\nCMD ["python", "--security=insecure"]\nRUN echo --network=host',
        "FROM a\nRUN echo a; \\\n\n    # between\n    echo b\nCOPY . .",
        "FROM scratch\nCOPY x /",
        "from a as Build\nfrom build\ncmd",
    ],
)
def test_ordinary_dockerfiles_pass(text: str) -> None:
    assert problems_of(check_dockerfile, text) == ()


@given(st.text() | st.text(alphabet="FROMRUNa <-=\\\n#$\"'E", max_size=80))
def test_any_text_is_read_or_refused(text: str) -> None:
    for problem in problems_of(check_dockerfile, text):
        assert problem.message.endswith(".")


def test_every_image_from_outside_is_named_once_in_order() -> None:
    text = """\
ARG NAME=python
ARG TAG="3.11-slim"
ARG FULL=${NAME}:${TAG}
FROM $FULL AS build
FROM --platform=$BUILDPLATFORM ${OTHER:-debian}:bookworm AS tools
FROM build
COPY --from=build /a /a
COPY --from=1 /b /b
COPY --from=registry.example.org/tool:1 /c /c
RUN --mount=type=bind,from=registry.example.org/tool:1,target=/t id
FROM ${FULL}
ONBUILD COPY --from=late:2 /d /d
"""
    assert base_images(text) == ["python:3.11-slim", "debian:bookworm", "registry.example.org/tool:1", "late:2"]
    bases = check_dockerfile(text).bases
    assert [(base.line, base.stage) for base in bases] == [
        (4, "build"),
        (5, "tools"),
        (9, ""),
        (10, ""),
        (11, "3"),
        (12, ""),
    ]


def test_an_image_named_like_a_later_stage_is_still_an_image() -> None:
    assert base_images("FROM late\nFROM b AS late") == ["late", "b"]


@pytest.mark.parametrize(
    ("text", "expanded"),
    [
        ("$A", ("x", "")),
        ("${A}-${A:-y}", ("x-x", "")),
        ("${E:-y}${E-y}", ("y", "")),
        ("${N:-y}${N-y}", ("yy", "")),
        ("${A:+y}${E:+y}${N+y}", ("y", "")),
        ("$N", ("", "N")),
        ("${A#x}", ("${A#x}", "a variable")),
    ],
)
def test_variables_expand_as_docker_does(text: str, expanded: tuple[str, str]) -> None:
    assert expand(text, {"A": "x", "E": ""}) == expanded


def test_arguments_that_double_each_other_do_not_grow_without_end() -> None:
    doubling = "ARG A=xxxxxxxxxx\n" + "ARG A=$A$A\n" * 60
    assert refused(doubling + "FROM $A").code == "image-reference"
    assert expand("a" * (MAX_ARGUMENT + 1), {})[1]


def test_cache_mounts_get_the_prefix_and_instructions_keep_their_last_line() -> None:
    text = """\
# syntax=docker/dockerfile:1
# escape=\\
FROM a
RUN --mount=type=cache,id=pip,target=/root/.cache/pip \\
    # why
    --mount=type=bind,target=/src \\
    pip install x
ONBUILD RUN --mount=target=/y,type=CACHE id
RUN --mount=type=secret,id=token id
"""
    assert rewritten(text).split("\n") == [
        "# escape=\\",
        "",
        "FROM a",
        "",
        "",
        "",
        "RUN --mount=type=cache,target=/root/.cache/pip,id=ours-pip --mount=type=bind,target=/src pip install x",
        "ONBUILD RUN --mount=target=/y,type=CACHE,id=ours-/y id",
        "RUN --mount=type=secret,id=token id",
        "",
    ]


def test_a_here_document_follows_its_rewritten_instruction() -> None:
    text = "FROM a\nRUN --mount=type=cache,target=/x <<-'EOF' cat\n\techo RUN\n\tEOF\nRUN id"
    assert (
        rewritten(text) == "FROM a\nRUN --mount=type=cache,target=/x,id=ours-/x <<-'EOF' cat\n\techo RUN\n\tEOF\nRUN id"
    )


@pytest.mark.parametrize(("text", "_code", "_line"), HOSTILE)
def test_nothing_hostile_is_rewritten_for_the_engine(text: str, _code: str, _line: int) -> None:
    assert problems_of(rewritten, text)


targets = st.from_regex(r"/[a-z]{1,6}", fullmatch=True)
mounts = st.builds(
    lambda target, name: f"--mount=type=cache,target={target}" + name, targets, st.sampled_from(["", ",id=a"])
)


@given(st.lists(mounts, min_size=1, max_size=3), st.sampled_from([" ", " \\\n ", " \\\n # c\n "]))
def test_no_cache_id_stays_without_the_prefix(flags: list[str], between: str) -> None:
    text = f"FROM a\nRUN {between.join(flags)}{between}id\n"
    once = rewritten(text)
    assert once.count("id=ours-") == once.count("type=cache") == len(flags)
    assert once.count("\n") == text.count("\n")


def test_instructions_know_their_lines() -> None:
    lines = ["FROM a", "RUN x \\", " y <<EOF", "z", "EOF", "", "# c", "CMD q"]
    found = list(read_instructions(lines, "\\"))
    assert [(part.keyword, part.first, part.last) for part in found] == [("FROM", 1, 1), ("RUN", 2, 3), ("CMD", 8, 8)]
    assert found[1].heredocs[0].lines == ("z",)


def test_flags_end_where_the_command_begins() -> None:
    flags = read_flags("--a=1 --b='2 3' -- --c cmd --d")
    assert (flags.words, flags.rest) == (("--a=1", "--b=2 3"), "--c cmd --d")
    assert read_words("A=\"x y\" B='z'  C=\\ ") == ["A=x y", "B=z", "C= "]

"""Hostile Dockerfiles, and files that say what is left out of a build context."""

from tests.hostile.entry import DOCKERFILE, IGNORE, Entry

MAX_LINES = 500


def _each(code: str, line: int | None, **texts: str | bytes) -> list[Entry]:
    return [Entry(name.replace("_", " "), DOCKERFILE, text, code, line) for name, text in texts.items()]


def _read(name: str, text: str, *images: str) -> Entry:
    """A Dockerfile that is taken, and every image a build would have to be allowed."""
    return Entry(name, DOCKERFILE, text, reads=images)


PRIVILEGES = [
    *_each(
        "dockerfile-security",
        2,
        plain="FROM a\nRUN --security=insecure id",
        capitals="FROM a\nrun --SECURITY=INSECURE id",
        continued="FROM a\nRUN \\\n --security=insecure id",
        continued_inside="FROM a\nRUN --secur\\\nity=insecure id",
        comment_between="FROM a\nRUN \\\n# x\n  # y\n--security=insecure id",
        blanks_after_the_continuation="FROM a\nRUN \\ \t\n--security=insecure id",
        behind_another="FROM a\nRUN --network=none --mount=type=tmpfs,target=/t --security=insecure id",
        double_quotes='FROM a\nRUN --sec"urity=ins"ecure id',
        single_quotes="FROM a\nRUN --'security'=insecure id",
        backslash="FROM a\nRUN --sec\\urity=insecure id",
        here_document="FROM a\nRUN --security=insecure <<EOF\nid\nEOF",
        put_off="FROM a\nONBUILD RUN --security=insecure id",
        put_off_in_capitals="FROM a\nonbuild run --security=insecure id",
        without_a_value="FROM a\nRUN --security id",
        twice="FROM a\nRUN --security=sandbox --security=insecure id",
        tab="FROM a\nRUN\t--security=insecure\tid",
        as_json='FROM a\nRUN --security=insecure ["id"]',
    ),
    *_each(
        "dockerfile-security",
        3,
        hidden_in_an_argument="FROM a\nARG M=insecure\nRUN --security=$M id",
        behind_a_doubled_backslash="FROM a\nRUN echo \\\\\nRUN --security=insecure id",
        behind_a_backtick="FROM a\nRUN echo `\nRUN --security=insecure id",
        behind_a_quoted_here_document="FROM a\nRUN echo '<<EOF'\nRUN --security=insecure id\nEOF",
    ),
    *_each("dockerfile-security", 4, other_escape="# escape=`\nFROM a\nRUN echo \\\nRUN --security=insecure id"),
    *_each(
        "dockerfile-network",
        2,
        host="FROM a\nRUN --network=host id",
        hidden_host="FROM a\nRUN --network=${N:-host} id",
        host_in_capitals="FROM a\nRUN --Network=HOST id",
    ),
    *_each(
        "dockerfile-device",
        2,
        device="FROM a\nRUN --device=nvidia.com/gpu=all id",
        any_device="FROM a\nRUN --device=/dev/kmsg id",
    ),
    *_each("dockerfile-flag", 2, foreign_space="FROM a\nRUN --mount=target=/x\u00e0--security=insecure id"),
    *_each("dockerfile-flag", 2, quoted_mount='FROM a\nRUN --mount=type=cache,\\"id=theirs\\",target=/x id'),
    *_each("dockerfile-flag", 2, looks_alike="FROM a\nRUN --\u0455ecurity=insecure id"),
    *_each(
        "dockerfile-heredoc",
        2,
        named_like_an_instruction="FROM a\nRUN <<CMD\nRUN --security=insecure id\nCMD",
        joined_to_its_end="FROM a\nRUN <<EOF\nRUN --security=insecure id \\\nEOF",
        without_an_end="FROM a\nRUN <<EOF\nRUN --security=insecure id",
        thousands_without_an_end="FROM a\nRUN " + "<<A " * 30_000,
    ),
]
FRONTENDS = [
    *_each(
        "dockerfile-frontend",
        1,
        plain="# syntax=evil/x\nFROM a",
        bom="\ufeff# syntax=evil/x\nFROM a",
        bom_in_bytes=b"\xef\xbb\xbf#syntax=evil/x\nFROM a",
        spaces="#   SyNtAx   =   evil/x\nFROM a",
        slashes="//syntax=evil/x\nFROM a",
        slashes_and_a_space="// syntax = evil/x\nFROM a",
        other_registry="# syntax=evil.example.org/docker/dockerfile:1\nFROM a",
        other_channel="# syntax=docker/dockerfile-upstream:master\nFROM a",
        other_major="# syntax=docker/dockerfile:2\nFROM a",
        longer_name="# syntax=docker/dockerfile:1/../evil\nFROM a",
        with_arguments="# syntax=docker/dockerfile:1 evil\nFROM a",
        as_an_argument="ARG BUILDKIT_SYNTAX=evil/x\nFROM a",
        as_a_later_argument="ARG A=1 buildkit_syntax=evil/x\nFROM a",
        quoted_argument='ARG "BUILDKIT_SYNTAX=evil/x"\nFROM a',
        thousands="# syntax=evil/x\n" * 10_000 + "FROM a",
    ),
    *_each("dockerfile-frontend", 2, behind_a_program="#!/usr/bin/env evil\n# syntax=evil/x\nFROM a"),
    *_each("dockerfile-frontend", 2, behind_an_escape="# escape=`\n# syntax=evil/x\nFROM a"),
    *_each("dockerfile-frontend", 3, behind_a_comment="# hello\n\n# syntax=evil/x\nFROM a"),
    *_each(
        "dockerfile-instruction", 1, json='{"syntax": "evil/x"}\nFROM a', pretty_json='{\n"syntax": "evil/x"\n}\nFROM a'
    ),
    *_each("dockerfile-escape", 2, late_escape="# hello\n# escape=`\nFROM a"),
]
FETCHED = [
    *_each(
        "dockerfile-add",
        2,
        address="FROM a\nADD http://169.254.169.254/ /x",
        capitals="FROM a\nadd HTTP://127.0.0.1/ /x",
        quoted='FROM a\nADD ht"tp:"//127.0.0.1/ /x',
        backslash="FROM a\nADD http:\\//127.0.0.1/ /x",
        json='FROM a\nADD ["http://127.0.0.1/", "/x"]',
        escaped_json='FROM a\nADD ["http:\\u002f\\u002f127.0.0.1/", "/x"]',
        git="FROM a\nADD git@example.org:x.git /x",
        other_user="FROM a\nADD me@example.org:x.git /x",
        repository="FROM a\nADD https://example.org/x.git#main:../.. /x",
        behind_a_flag="FROM a\nADD --chown=0:0 http://127.0.0.1/ /x",
        continued="FROM a\nADD http:\\\n//127.0.0.1/ /x",
        put_off="FROM a\nONBUILD ADD http://127.0.0.1/ /x",
        second_source="FROM a\nADD x http://127.0.0.1/ /y/",
    ),
    *_each(
        "dockerfile-add",
        3,
        variable="FROM a\nARG U=http://127.0.0.1/\nADD $U /x",
        braces="FROM a\nENV U=http:\nADD ${U}//x /x",
    ),
]
MOUNTS = [
    *_each(
        "dockerfile-mount",
        2,
        hidden_type="FROM a\nRUN --mount=type=$T,id=theirs,target=/x id",
        hidden_image="FROM a\nRUN --mount=type=bind,from=$F,target=/x id",
        two_ids="FROM a\nRUN --mount=type=cache,id=a,ID=theirs,target=/x id",
        two_types="FROM a\nRUN --mount=type=secret,type=cache,id=theirs,target=/x id",
        two_targets="FROM a\nRUN --mount=type=cache,target=/x,dst=/y id",
        two_images="FROM a\nRUN --mount=from=b,from=c,target=/x id",
        no_target="FROM a\nRUN --mount=type=cache,id=theirs id",
        empty_part="FROM a\nRUN --mount=type=cache,,target=/x id",
        put_off="FROM a\nONBUILD RUN --mount=type=$T,target=/x id",
    ),
    _read("secrets nobody gives", "FROM a\nRUN --mount=type=secret,id=s --mount=type=ssh id", "a"),
    _read("kept base", "FROM a\nRUN --mount=from=studio-base:x,target=/x id", "a", "studio-base:x"),
    _read("kept tools", "FROM a\nRUN --mount=type=cache,target=/x,from=studio-tools id", "a", "studio-tools"),
    _read("image of others", "FROM a\nCOPY --from=studio/theirs:k /x /x", "a", "studio/theirs:k"),
    _read("full name of others", "FROM docker.io/studio/theirs:k", "docker.io/studio/theirs:k"),
    _read("image in a variable", "ARG A=studio/the\nFROM ${A}irs:k", "studio/theirs:k"),
    _read("image in a default", "FROM ${NONE:-studio/theirs}", "studio/theirs"),
    _read("put off", "FROM a\nONBUILD COPY --from=studio/theirs:k / /", "a", "studio/theirs:k"),
    _read("named like a later stage", "FROM theirs\nFROM b AS theirs", "theirs", "b"),
]
UNREADABLE = [
    *_each(
        "dockerfile-too-long",
        MAX_LINES + 1,
        many="FROM a\n" + "RUN true\n" * MAX_LINES,
        any_words="FROM a\n" + "A\n" * 200_000,
    ),
    *_each(
        "dockerfile-from-variable", 1, variable="FROM $BASE", of_the_engine="FROM a-$TARGETARCH", operator="FROM ${A#x}"
    ),
    *_each("image-reference", 62, doubled="ARG A=xxxxxxxxxx\n" + "ARG A=$A$A\n" * 60 + "FROM $A"),
    *_each("image-reference", 2, option_as_image="FROM a\nCOPY --from=--x a b"),
    *_each("dockerfile-from", 1, three_words="FROM a AS b c", stage="FROM a AS 1"),
    *_each("dockerfile-no-from", None, comments="# FROM a\n" * 10_000, blanks="\n" * 200_000),
    *_each("too-long", None, over_a_megabyte="FROM a\nRUN " + " ".join(map(str, range(200_000)))),
    *_each(
        "forbidden-character",
        2,
        nul="FROM a\nRUN x\0",
        next_line="FROM a\nRUN x\x85RUN y",
        surrogate="FROM a\nRUN \udcff",
    ),
    *_each("not-utf8", 1, utf16="FROM a\n".encode("utf-16")),
    _read("a flag without end", "FROM a\nRUN pip install x conda install -" + "y" * 400_000 + "!", "a"),
    _read("updates without end", "FROM a\nRUN pip install x " + "conda update " * 30_000, "a"),
    _read("apt of apt", "FROM a\nRUN pip install x " + "apt -apt " * 40_000, "a"),
    _read("quotes in a command", "FROM a\nRUN pip install x " + "\"' " * 100_000, "a"),
    _read("a megabyte of backslashes", "FROM a\nRUN " + "\\ " * 500_000, "a"),
    _read("a megabyte of quotes", "FROM a\nRUN " + "\"'" * 500_000, "a"),
    _read("a megabyte of blanks", "FROM a\nRUN x" + " " * 1_000_000 + "y", "a"),
    _read("a megabyte of arrows", "FROM a\nRUN x" + " <<" * 300_000, "a"),
    _read("a megabyte of digits", "FROM a\nRUN " + "1" * 1_000_000, "a"),
    _read("a hundred thousand lines", "FROM a\nRUN x \\\n" + "\\\n" * 100_000 + "y", "a"),
    _read("here-documents", "FROM a\nRUN " + "<<A " * 10_000 + "\n" + "A\n" * 10_000, "a"),
    _read("flags", "FROM a\nRUN " + "--x " * 20_000 + "id", "a"),
    _read(
        "arguments",
        "ARG A=" + "x" * 990 + "\nARG " + " ".join(f"B{n}={'$A' * 400}" for n in range(100)) + "\nFROM a",
        "a",
    ),
]

DEEP = "**/*/" * 90 + "b\n"
IGNORED = [
    Entry("too many", IGNORE, "a\n" * 251, "dockerignore-too-long"),
    Entry("too long", IGNORE, "*" * 501, "dockerignore-too-long"),
    Entry("kilobytes", IGNORE, "#\n" * 40_000, "too-long"),
    Entry("nul", IGNORE, "a\n\0", "forbidden-character", 2),
    Entry("utf16", IGNORE, "a".encode("utf-16"), "not-utf8", 1),
    Entry("everything", IGNORE, "**\n", reads=("Dockerfile",)),
    Entry("the Dockerfile itself", IGNORE, "Dockerfile\n.dockerignore\n", reads=("Dockerfile", "a", "b/c")),
    Entry("outside", IGNORE, "../../../etc\n/../a\n", reads=(".dockerignore", "Dockerfile", "b/c")),
    Entry("stars", IGNORE, "*a" * 240 + "\n", reads=(".dockerignore", "Dockerfile", "a", "b/c")),
    Entry(
        "open sets",
        IGNORE,
        "[a\n[]\n[z-a]\n[^\n\\\n(?!\n" + "(a+)+$\n",
        reads=(".dockerignore", "Dockerfile", "a", "b/c"),
    ),
    Entry("folders", IGNORE, DEEP * 100, reads=(".dockerignore", "Dockerfile", "a", "b/c")),
]

ENTRIES = [*PRIVILEGES, *FRONTENDS, *FETCHED, *MOUNTS, *UNREADABLE, *IGNORED]

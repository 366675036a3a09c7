"""Hostile zips, made by code: each is small as it is sent."""

import io
import stat
import struct
import warnings
import zipfile
from collections.abc import Iterable

from tests.hostile.entry import ZIP, Entry

DOCKERFILE = ("Dockerfile", b"FROM a\n")
Member = tuple[str | zipfile.ZipInfo, bytes]


def zipped(members: Iterable[Member], method: int = zipfile.ZIP_DEFLATED, first: Member = DOCKERFILE) -> bytes:
    """A zip of the members behind a first one; a name may stand there twice."""
    whole = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(whole, "w", method) as archive:
        warnings.simplefilter("ignore", UserWarning)
        for name, content in [first, *members]:
            archive.writestr(name, content)
    return whole.getvalue()


def of_kind(name: str, mode: int) -> zipfile.ZipInfo:
    """An entry with the mode Unix gave it."""
    info = zipfile.ZipInfo(name)
    info.create_system, info.external_attr = 3, mode << 16
    return info


def renamed(name: bytes, other: bytes) -> bytes:
    """A zip with a name in it that zipfile would not write; both are of one length."""
    assert len(name) == len(other)
    return zipped([(name.decode(), b"x")]).replace(name, other)


def patched(data: bytes, offset: int, value: bytes) -> bytes:
    """Other bytes in the last entry of the archive's own list."""
    start = data.rindex(b"PK\1\2") + offset
    return data[:start] + value + data[start + len(value) :]


def bomb(size: int) -> bytes:
    return zipped([("bomb", b"\0" * size)])


def empty_files(count: int) -> bytes:
    """Written by hand: zipfile needs seconds for so many."""
    names = [f"{number:06}".encode() for number in range(count)]
    head = struct.pack("<4s5H3L2H", b"PK\3\4", 20, 0, 0, 0, 33, 0, 0, 0, 6, 0)
    body = b"".join(head + name for name in names)
    entries = (
        struct.pack("<4s6H3L5H2L", b"PK\1\2", 20, 20, 0, 0, 0, 33, 0, 0, 0, 6, 0, 0, 0, 0, 0, 36 * number) + name
        for number, name in enumerate(names)
    )
    directory = b"".join(entries)
    shown = min(count, 0xFFFF)
    return body + directory + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, shown, shown, len(directory), len(body), 0)


def _each(code: str, **archives: bytes) -> list[Entry]:
    return [Entry(name.replace("_", " "), ZIP, data, code) for name, data in archives.items()]


LINK, FIFO = stat.S_IFLNK | 0o777, stat.S_IFIFO | 0o644
NESTED = zipped([("inner.zip", bomb(20_000_000))])
ENTRIES = [
    *_each(
        "path",
        absolute=zipped([("/etc/passwd", b"x")]),
        above=zipped([("../x", b"x")]),
        roundabout=zipped([("a/../../b", b"x")]),
        folder_above=zipped([("../", b"")]),
        backslash=zipped([("..\\x", b"x")]),
        drive=zipped([("C:/x", b"x")]),
        nul=renamed(b"safe_x", b"safe\0x"),
        line_end=zipped([("a\nb", b"x")]),
        written_backwards=zipped([("a\u202egnp.sh", b"x")]),
        long_name=zipped([("n" * 300, b"x")]),
        deep=zipped([("d/" * 600 + "x", b"x")]),
        only_dots=zipped([("./.", b"x")]),
    ),
    *_each(
        "path-twice",
        one_name_twice=zipped([("a", b"1"), ("a", b"2")]),
        case=zipped([("run.sh", b"1"), ("RUN.sh", b"2")]),
        dots=zipped([("a/x", b"1"), ("a/./x", b"2")]),
        file_and_folder=zipped([("a", b"1"), ("a/x", b"2")]),
        second_dockerfile=zipped([("./Dockerfile", b"FROM evil\n")]),
        folded=zipped([("stra\u00dfe", b"1"), ("STRASSE", b"2")]),
    ),
    *_each(
        "zip-link",
        link=zipped([(of_kind("passwd", LINK), b"/etc/passwd")]),
        file_through_a_link=zipped([(of_kind("dir", LINK), b"/etc"), ("dir/x", b"x")]),
        link_as_the_dockerfile=zipped([(of_kind("sub/Dockerfile", LINK), b"../../x")]),
    ),
    *_each(
        "zip-special",
        fifo=zipped([(of_kind("pipe", FIFO), b"")]),
        block_device=zipped([(of_kind("disk", stat.S_IFBLK | 0o644), b"")]),
        character_device=zipped([(of_kind("tty", stat.S_IFCHR | 0o644), b"")]),
        socket=zipped([(of_kind("sock", stat.S_IFSOCK | 0o644), b"")]),
    ),
    *_each("zip-encrypted", password=patched(zipped([("a", b"x")]), 8, b"\1\0")),
    *_each(
        "zip-method",
        lzma=zipped([("a", b"x")], zipfile.ZIP_LZMA),
        unknown=patched(zipped([("a", b"x")]), 10, b"\x63\0"),
    ),
    *_each(
        "zip-bomb",
        two_hundred_megabytes=bomb(200_000_000),
        in_pieces=zipped([(f"p{n}", b"\0" * 1_000_000) for n in range(60)]),
    ),
    *_each("zip-too-many", hundred_thousand_files=empty_files(100_000), six_thousand_files=empty_files(6_000)),
    *_each(
        "zip-broken",
        smaller_than_it_says=patched(bomb(5_000), 24, struct.pack("<L", 5)),
        before_the_start=patched(zipped([("a", b"x")]), 42, struct.pack("<L", 2**32 - 2)),
        over_another=patched(zipped([("a", b"x")]), 42, b"\0\0\0\0"),
        cut=zipped([("a", b"x" * 100)])[:-30],
        no_zip=b"PK\3\4" + b"\xff" * 1_000,
        only_an_end=b"PK\5\6" + b"\xff" * 18,
        text=b"FROM a\n",
        gzip=b"\x1f\x8b" + b"\0" * 100,
        wrong_sum=patched(zipped([("a", b"x" * 100)]), 16, b"\0\0\0\1"),
    ),
    Entry("larger than it says", ZIP, patched(bomb(100), 20, struct.pack("<L", 2**31)), reads=("Dockerfile", "bomb")),
    Entry("nested", ZIP, NESTED, reads=("Dockerfile", "inner.zip")),
    Entry(
        "runs as root",
        ZIP,
        zipped([(of_kind("run", stat.S_IFREG | 0o6755), b"#!/bin/sh\n")]),
        reads=("Dockerfile", "run"),
    ),
    Entry("behind a program", ZIP, b"MZ" * 500 + zipped([]), reads=("Dockerfile",)),
    Entry("long comment", ZIP, zipped([])[:-2] + b"\xff\xff" + b"x" * 65_535, reads=("Dockerfile",)),
    Entry("left by a Mac", ZIP, zipped([("__MACOSX/._a", b"x"), (".DS_Store", b"x")]), reads=("Dockerfile",)),
]

"""Build contexts: what an upload may hold, and one digest for equal files."""

import io
import stat
import tarfile
import zipfile
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from environments import uploads
from environments.contexts import ContextFiles, from_texts, read_zip
from environments.definitions.model import Problem
from environments.uploads import CHUNK, MAX_DIRECTORY_BYTES, MAX_FILES, MAX_RATIO, MAX_UPLOAD_BYTES, RATIO_FLOOR
from tests.refusals import problems_of, refusal_of

Member = tuple[str | zipfile.ZipInfo, bytes]


def zipped(members: Iterable[Member], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", method) as file:
        for name, content in members:
            file.writestr(name, content)
    return archive.getvalue()


def with_mode(name: str, mode: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.create_system, info.external_attr = 3, mode << 16
    return info


def refused(data: bytes) -> Problem:
    return refusal_of(read_zip, data)


def test_files_are_read_with_their_executable_bit() -> None:
    files = read_zip(zipped([("Dockerfile", b"FROM a"), (with_mode("run.sh", stat.S_IFREG | 0o4755), b"#!/bin/sh")]))
    assert files.files == {"Dockerfile": b"FROM a", "run.sh": b"#!/bin/sh"}
    assert files.executables == {"run.sh"}
    assert files.manifest == [
        {"path": "Dockerfile", "size": 6, "executable": False},
        {"path": "run.sh", "size": 9, "executable": True},
    ]
    assert files.size == 15


def test_a_single_folder_around_everything_is_taken_away() -> None:
    assert set(read_zip(zipped([("top/", b""), ("top/Dockerfile", b""), ("top/a/b", b"")])).files) == {
        "Dockerfile",
        "a/b",
    }
    assert set(read_zip(zipped([("top/Dockerfile", b""), ("other/b", b"")])).files) == {"top/Dockerfile", "other/b"}
    assert set(read_zip(zipped([("Dockerfile", b""), ("top/b", b"")])).files) == {"Dockerfile", "top/b"}


def test_macos_extras_are_dropped_before_the_top_folder_is_looked_for() -> None:
    members = [("top/a", b"1"), ("__MACOSX/top/._a", b"x"), ("top/.DS_Store", b"x"), (".DS_Store", b"x")]
    assert read_zip(zipped(members)).files == {"a": b"1"}


@pytest.mark.parametrize(
    ("members", "code", "named"),
    [
        ([("/etc/passwd", b"")], "path", "/etc/passwd"),
        ([("../x", b"")], "path", "../x"),
        ([("a/../../b", b"")], "path", "a/../../b"),
        ([("a/..", b"")], "path", "a/.."),
        ([("../", b"")], "path", "../"),
        ([("a\\b", b"")], "path", "a\\b"),
        ([("C:/x", b"")], "path", "C:/x"),
        ([("a\nb", b"")], "path", "a\\nb"),
        ([("n" * 300, b"")], "path", "nnn"),
        ([("d/" * 600 + "x", b"")], "path", "d/d/"),
        ([(".", b"")], "path", "."),
        ([(with_mode("link", stat.S_IFLNK | 0o777), b"/etc")], "zip-link", "link"),
        ([(with_mode("dir", stat.S_IFLNK | 0o777), b"/etc"), ("dir/x", b"")], "zip-link", "dir"),
        ([(with_mode("pipe", stat.S_IFIFO | 0o644), b"")], "zip-special", "pipe"),
        ([(with_mode("disk", stat.S_IFBLK | 0o644), b"")], "zip-special", "disk"),
        ([(with_mode("tty", stat.S_IFCHR | 0o644), b"")], "zip-special", "tty"),
        ([(with_mode("sock", stat.S_IFSOCK | 0o644), b"")], "zip-special", "sock"),
        ([("a/x", b"1"), ("a/./x", b"2")], "path-twice", "a/./x"),
        ([("Readme", b"1"), ("README", b"2")], "path-twice", "README"),
        ([("a", b"1"), ("A/b", b"2")], "path-twice", "A"),
    ],
)
def test_a_refused_entry_is_named(members: list[Member], code: str, named: str) -> None:
    problem = refused(zipped(members))
    assert problem.code == code
    assert f"“{named}" in problem.message
    assert problem.remedy


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_one_name_twice_is_refused() -> None:
    assert refused(zipped([("a", b"1"), ("a", b"2")])).code == "path-twice"


def test_a_name_cut_at_nul_is_refused_as_it_stands_in_the_archive() -> None:
    data = zipped([("safe_x.sh", b"")]).replace(b"safe_x.sh", b"safe\0x.sh")
    assert refused(data).message.startswith("“safe\\x00x.sh”")


def test_an_encrypted_entry_is_refused() -> None:
    data = bytearray(zipped([("a", b"1")]))
    data[data.index(b"PK\1\2") + 8] |= 1  # general purpose flags in the central directory
    assert refused(bytes(data)).code == "zip-encrypted"


def test_unusual_compression_is_refused() -> None:
    assert refused(zipped([("a", b"1")], zipfile.ZIP_LZMA)).code == "zip-method"


@pytest.fixture
def read_bytes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The length of every piece that was expanded."""
    pieces: list[int] = []
    read = zipfile.ZipExtFile.read

    def counted(self: zipfile.ZipExtFile, size: int | None = -1) -> bytes:
        piece = read(self, size)
        pieces.append(len(piece))
        return piece

    monkeypatch.setattr(zipfile.ZipExtFile, "read", counted)
    return pieces


def test_a_bomb_is_left_as_soon_as_it_shows(read_bytes: list[int]) -> None:
    data = zipped([("fine", b"x"), ("bomb", b"\0" * 50_000_000)])
    problem = refused(data)
    assert problem.code == "zip-bomb"
    assert "“bomb”" in problem.message
    assert sum(read_bytes) <= len(data) * MAX_RATIO + 2 * CHUNK


def test_a_bomb_in_many_pieces_is_counted_as_a_whole(read_bytes: list[int]) -> None:
    data = zipped((f"part{number}", b"\0" * 1_000_000) for number in range(200))
    assert refused(data).code == "zip-bomb"
    assert sum(read_bytes) <= len(data) * MAX_RATIO + 2 * CHUNK


def test_small_files_may_shrink_as_far_as_they_like() -> None:
    assert read_zip(zipped([("a", b"\0" * (RATIO_FLOOR - 1))])).size == RATIO_FLOOR - 1


def test_the_expanded_bytes_are_capped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MAX_EXPANDED_BYTES", 100)
    assert read_zip(zipped([("a", b"x" * 60), ("b", b"y" * 40)])).size == 100
    assert refused(zipped([("a", b"x" * 60), ("b", b"y" * 41)])).code == "zip-bomb"


def test_a_size_that_is_a_lie_is_not_believed() -> None:
    data = bytearray(zipped([("a", b"x" * 1000)]))
    start = data.index(b"PK\1\2")
    data[start + 24 : start + 28] = (5).to_bytes(4, "little")  # the uncompressed size in the central directory
    assert refused(bytes(data)).code == "zip-broken"


def test_too_many_files_are_refused_before_they_are_listed() -> None:
    assert read_zip(zipped((f"f{number}", b"") for number in range(MAX_FILES))).size == 0
    assert refused(zipped((f"f{number}", b"") for number in range(MAX_FILES + 1))).code == "zip-too-many"


def test_a_directory_beyond_all_measure_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    longest: list[int] = []

    class Watched(uploads._BoundedBytes):
        def read(self, size: int | None = -1, /) -> bytes:
            piece = super().read(size)
            longest.append(len(piece))
            return piece

    monkeypatch.setattr(uploads, "_BoundedBytes", Watched)
    data = zipped((f"{number:0200}", b"") for number in range(9_000))
    assert refused(data).code == "zip-too-many"
    assert max(longest) <= MAX_DIRECTORY_BYTES


def test_an_upload_is_not_read_beyond_its_limit() -> None:
    class Endless(io.RawIOBase):
        asked = 0

        def read(self, size: int = -1, /) -> bytes:
            self.asked += size
            return b"\0" * size

    endless = Endless()
    assert refusal_of(read_zip, endless).code == "zip-too-large"
    assert endless.asked == MAX_UPLOAD_BYTES + 1


@pytest.mark.parametrize("data", [b"", b"text", b"PK\3\4", b"PK\5\6" + b"\xff" * 18, b"\x1f\x8b" + b"\0" * 100])
def test_what_is_no_zip_is_told(data: bytes) -> None:
    assert refused(data).code == "zip-broken"


SOUND = zipped([("Dockerfile", b"FROM a\n" * 20), ("folder/run.sh", b"#!/bin/sh\n"), ("b", b"x" * 300)])


@given(st.lists(st.tuples(st.integers(0, len(SOUND) - 1), st.integers(0, 255)), max_size=8), st.integers(0, len(SOUND)))
def test_a_damaged_zip_is_read_or_refused(changes: list[tuple[int, int]], length: int) -> None:
    data = bytearray(SOUND)
    for position, value in changes:
        data[position] = value
    for damaged in (bytes(data), bytes(data[:length])):
        assert all(problem.message for problem in problems_of(read_zip, damaged))


def test_typed_files_have_plain_newlines_and_scripts_are_executable() -> None:
    files = from_texts({"Dockerfile": "FROM a\r\n", "./bin/run": "#!/bin/sh\r\nid\r\n"})
    assert files.files == {"Dockerfile": b"FROM a\n", "bin/run": b"#!/bin/sh\nid\n"}
    assert files.executables == {"bin/run"}


@pytest.mark.parametrize("path", ["/x", "../x", "a\\b", "", "a\0", "."])
def test_a_typed_path_is_checked_like_an_uploaded_one(path: str) -> None:
    assert refusal_of(from_texts, {path: "x"}).code == "path"


def test_a_missing_dockerfile_is_told_with_what_was_found() -> None:
    files = from_texts({f"file{number}": "" for number in range(10)})
    message = refusal_of(files.dockerfile).message
    assert "no Dockerfile" in message
    assert "file0, file1" in message
    assert message.endswith("and 2 more.")
    assert "no docker/Dockerfile" in refusal_of(files.for_build, "docker/Dockerfile").message
    assert "no files" in refusal_of(ContextFiles({}).dockerfile).message


def test_a_dockerfile_that_is_no_text_is_told() -> None:
    assert refusal_of(ContextFiles({"Dockerfile": b"\xff\xfe"}).dockerfile).code == "not-utf8"


def test_the_ignore_file_is_applied_but_never_to_the_dockerfile() -> None:
    texts = {"Dockerfile": "FROM a", "a.log": "", "b/c.log": "", "b/keep.log": "", "src/x.py": ""}
    files = from_texts({**texts, ".dockerignore": "*\n!src\n!b/keep.log\n"}).for_build()
    assert set(files.files) == {"Dockerfile", "src/x.py", "b/keep.log"}
    assert files.ignored == (".dockerignore", "a.log", "b/c.log")


def test_an_ignore_file_of_the_dockerfile_comes_first() -> None:
    texts = {"Dockerfile": "FROM a", "x": "", "y": "", ".dockerignore": "x", "Dockerfile.dockerignore": "y"}
    assert from_texts(texts).for_build().ignored == ("y",)


def test_a_folder_becomes_a_context_of_its_own() -> None:
    files = from_texts({"environment.yml": "", "src/Dockerfile": "FROM a", "src/run": "#!/bin/sh", "srcs/x": ""})
    assert set(files.folder("src").files) == {"Dockerfile", "run"}
    assert files.folder("src").executables == {"run"}
    assert set(files.folder(".", without={"environment.yml"}).files) == {"src/Dockerfile", "src/run", "srcs/x"}


def test_the_digest_depends_on_paths_contents_and_executable_bits_only() -> None:
    one = ContextFiles({"a": b"1", "b": b"2"})
    assert one.digest == ContextFiles({"b": b"2", "a": b"1"}, ignored=("c",)).digest
    others = [ContextFiles({"a": b"1", "b": b"3"}), ContextFiles({"a": b"1", "c": b"2"}), ContextFiles({"a": b"1"})]
    others.append(ContextFiles({"a": b"1", "b": b"2"}, frozenset({"a"})))
    assert len({files.digest for files in (one, *others)}) == 5


paths = st.text(st.sampled_from("ab/ é\n"), min_size=1, max_size=4)


@given(
    st.dictionaries(paths, st.binary(max_size=3), max_size=3), st.dictionaries(paths, st.binary(max_size=3), max_size=3)
)
def test_no_two_contexts_share_a_digest(one: dict[str, bytes], other: dict[str, bytes]) -> None:
    assert (ContextFiles(one).digest == ContextFiles(other).digest) == (one == other)


def test_the_tar_is_the_same_to_the_byte_and_holds_long_names() -> None:
    path = "d" * 200 + "/" + "é" * 60
    files = ContextFiles({"run": b"x", path: b"y"}, frozenset({"run"}))
    same = ContextFiles({path: b"y", "run": b"x"}, frozenset({"run"}))
    assert files.to_tar() == same.to_tar()
    with tarfile.open(fileobj=io.BytesIO(files.to_tar())) as tar:
        assert {member.name: (member.mode, member.mtime, member.uid) for member in tar} == {
            "run": (0o755, 0, 0),
            path: (0o644, 0, 0),
        }

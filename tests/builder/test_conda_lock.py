import json

import pytest

from environments.definitions.catalogue import CATALOGUE
from environments.definitions.render import Site
from environments.hints import find_hints, sentence_of
from environments.locking import conda

RECORD = {"name": "python", "version": "3.8.20", "build": "h1_0", "subdir": "linux-64", "depends": ["zlib"]}
PLACE = {"url": "https://a.example/linux-64/python.conda", "fn": "python.conda", "channel": "conda-forge"}
LOCK = json.dumps(RECORD | PLACE | {"sha256": "aa", "size": 7}) + "\n"


def nowhere(name):
    return name


def test_a_lock_is_read_package_by_package():
    (package,) = conda.conda_packages_of(LOCK)
    assert (package.name, package.version, package.build, package.channel) == (
        "python",
        "3.8.20",
        "h1_0",
        "conda-forge",
    )
    assert (package.sha256, package.md5, package.size, package.depends) == ("aa", "", 7, ("zlib",))
    assert conda.locked_python(LOCK) == "3.8.20"
    assert conda.locked_python("") == ""


@pytest.mark.parametrize(
    ("names", "specs", "channels"),
    [
        (["conda-forge"], [], ["conda-forge"]),
        ([], [], ["main", "r"]),
        (["conda-forge", "defaults"], [], ["conda-forge", "main", "r"]),
        (["conda-forge", "nodefaults"], [], ["conda-forge"]),
        (["nodefaults"], ["bioconda::samtools"], ["bioconda"]),
        (["conda-forge"], ["nvidia/linux-64::cuda", "conda-forge::numpy"], ["conda-forge", "nvidia"]),
    ],
)
def test_channels_are_those_of_the_file_and_then_those_of_single_packages(names, specs, channels):
    assert conda.channels_of(names, specs, nowhere) == channels


def test_a_mirror_may_serve_the_defaults_as_one():
    assert conda.channels_of([], [], {"defaults": "http://mirror.example/defaults"}.get) == ["defaults"]


def test_the_base_says_what_packages_may_ask_of_the_system():
    assert conda.virtual_packages("linux-64", "2.31", "12.4.1") == [
        "__archspec=1=x86_64",
        "__cuda=12.4",
        "__glibc=2.31",
        "__linux=5.10",
        "__unix=0",
    ]
    assert not any("glibc" in found or "cuda" in found for found in conda.virtual_packages("linux-aarch64", ""))


def test_the_solvers_reasons_keep_their_shape():
    tree = "Cannot solve the request because of: a\n├─ b\n│  └─ c"
    assert conda.explain(f"some chatter\nconda: {tree}\n\n") == tree


def test_a_name_that_ends_like_our_marker_does_not_cut_the_reasons():
    assert conda.explain("conda: Cannot solve: miniconda: 1 is excluded\n") == "Cannot solve: miniconda: 1 is excluded"


def test_what_a_base_says_of_itself_counts_only_if_it_is_a_version():
    assert conda.virtual_packages("linux-64", "new", "N/A") == conda.virtual_packages("linux-64", "", "")


def test_a_channel_that_cannot_be_read_is_told_in_one_sentence():
    said = "Request failed\nCaused by: error sending request for url (https://a.example/b/noarch/repodata.json)\n"
    assert conda.explain(f"conda: {said}Caused by: no such host.\n").startswith(
        "The channel https://a.example/b could not be read: no such host. "
    )


def test_of_a_channel_whose_host_is_not_reached_a_mirror_is_named_first():
    said = "error sending request for url (https://conda.example.invalid/main/noarch/repodata.json)"
    caused = ("dns error", "failed to lookup address information: Name or service not known")
    told = conda.explain(f"conda: {said}\n" + "".join(f"Caused by: {cause}\n" for cause in caused))
    assert told.startswith(
        "The channel https://conda.example.invalid/main could not be read: its host cannot be reached from the engine "
        "(failed to lookup address information: Name or service not known). Use a mirror"
    )
    (hint,) = find_hints([], error=f"The file asks for Python 3.12, but the base image has 3.11.\n{told}")
    assert sentence_of(hint.code, hint.values) == (
        "The host of the channel “https://conda.example.invalid/main” cannot be reached from the engine."
    )
    assert CATALOGUE[hint.code].remedy.startswith("Use a mirror")


def test_the_solving_build_leaves_only_the_lock_and_is_never_the_one_before():
    options = {"platform": "linux-64", "virtual_packages": ["__unix=0"], "site": Site()}
    one, files = conda.solve_context(["numpy"], ["conda-forge"], nonce="1", **options)
    other, others = conda.solve_context(["numpy"], ["conda-forge"], nonce="2", **options)
    assert one == other
    assert files != others
    assert one.endswith("FROM scratch\nCOPY --from=lock /lock /lock\n")

import pytest

from environments.engine.mirrors import Mirrors, MirrorsError, full_name, read_mirrors

TEXT = """
[images]
"docker.io" = "mirror.example:5000/hub"
"docker.io/library/python" = "mirror.example:5000/python/"
"debian:12" = "elsewhere.example/debian:twelve"
"mcr.microsoft.com/azureml" = "mirror.example:5000/azureml"
"localhost:5000" = "mirror.example:5000/local"
[channels]
"conda-forge" = "https://mirror.example/conda-forge/"
[indexes]
"https://index.example/simple/" = "https://mirror.example/simple"
"""


@pytest.mark.parametrize(
    ("short", "full"),
    [
        ("python", "docker.io/library/python:latest"),
        ("python:3.11-slim", "docker.io/library/python:3.11-slim"),
        ("docker.io/python:3.11-slim", "docker.io/library/python:3.11-slim"),
        ("index.docker.io/library/python", "docker.io/library/python:latest"),
        ("team/x", "docker.io/team/x:latest"),
        ("localhost/x", "localhost/x:latest"),
        ("host:5000/x", "host:5000/x:latest"),
        ("host:5000/x:1", "host:5000/x:1"),
        ("mcr.microsoft.com/a/b@sha256:00", "mcr.microsoft.com/a/b@sha256:00"),
    ],
)
def test_an_image_has_one_full_name(short: str, full: str) -> None:
    assert full_name(short) == full


@pytest.mark.parametrize(
    ("asked", "served"),
    [
        ("python:3.11-slim", "mirror.example:5000/python:3.11-slim"),
        ("docker.io/library/python@sha256:00", "mirror.example:5000/python@sha256:00"),
        ("python-extra:1", "mirror.example:5000/hub/library/python-extra:1"),
        ("team/x:1", "mirror.example:5000/hub/team/x:1"),
        ("debian:12", "elsewhere.example/debian:twelve"),
        ("debian:12-slim", "mirror.example:5000/hub/library/debian:12-slim"),
        ("mcr.microsoft.com/azureml/x:1", "mirror.example:5000/azureml/x:1"),
        ("mcr.microsoft.com/azureml-extra/x:1", None),
        ("localhost:5000/x:1", "mirror.example:5000/local/x:1"),
        ("quay.io/x/y", None),
    ],
)
def test_the_longest_prefix_of_whole_parts_wins(asked: str, served: str | None) -> None:
    assert read_mirrors(TEXT).image(asked) == served


def test_channels_and_indexes_are_replaced_or_left_as_they_are() -> None:
    mirrors = read_mirrors(TEXT)
    assert mirrors.channel("conda-forge") == "https://mirror.example/conda-forge"
    assert mirrors.channel("conda-forge/label/dev") == "https://mirror.example/conda-forge/label/dev"
    assert mirrors.channel("bioconda") == "bioconda"
    assert mirrors.index("https://index.example/simple") == "https://mirror.example/simple"
    assert mirrors.index("https://other.example/simple/") == "https://other.example/simple/"


def test_an_empty_file_mirrors_nothing() -> None:
    assert read_mirrors("") == Mirrors(images={}, channels={}, indexes={})
    assert Mirrors().image("python") is None


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[images]\nx = ", "not valid TOML.*"),
        ('[image]\n"a" = "b"', r"table \[image\]; it may hold only images, channels, indexes"),
        ('[images]\ndocker.io = "b"', "put quotes around 'docker'"),
        ('[channels]\n"a" = ""', "put quotes around 'a'"),
        ('images = "x"', "images must be a table"),
    ],
)
def test_a_wrong_mirrors_file_is_explained(text: str, sentence: str) -> None:
    with pytest.raises(MirrorsError, match=sentence):
        read_mirrors(text)

"""Environment YAML written out again: what is written reads back, for every document there can be."""

import yaml
from hypothesis import given
from hypothesis import strategies as st

from environments.definitions.conda import write_conda
from environments.definitions.model import Conda, Context, Definition, Kind
from environments.definitions.parse import Document, parse_environment
from environments.definitions.write import write_environment

# Every letter a text file may hold, the awkward ones for YAML often.
letters = st.characters(min_codepoint=32, exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff")
awkward = st.sampled_from([*list("\n\t:#-'\"|>&*!%@`{}[],?~ "), "\u2028", "\ufeff", "\xa0", "null", "no", "3.10", "<<"])
texts = st.lists(letters | awkward, max_size=12).map("".join)
stripped = texts.map(str.strip)
facts = st.dictionaries(texts, stripped, max_size=4) | st.just({"k" * 1_500: "v", "a\nb": "", "<<": "null"})
comments = st.lists(
    stripped.map(lambda text: "# " + " ".join(text.splitlines())), max_size=3
)  # YAML has more line ends
specs = st.sampled_from(["python=3.11", "numpy>=1.26,<2", "conda-forge::blas=*=openblas", "x[version='>=1']"])
lines = st.sampled_from(["numpy==1.2", "--pre", "t @ https://example.org/t.whl", "x ; python_version > '3'", "-c x<2"])
routes = st.dictionaries(
    st.sampled_from(["liveness_route", "readiness_route", "scoring_route"]),
    st.fixed_dictionaries({"port": st.integers(1, 65_535), "path": stripped}),
)
condas = st.builds(
    Conda,
    channels=st.lists(st.sampled_from(["conda-forge", "https://example.org/c"])).map(tuple),
    dependencies=st.lists(specs).map(tuple),
    pip=st.lists(lines).map(tuple),
    variables=st.dictionaries(st.sampled_from("AB"), texts.map(lambda text: text.replace("\n", ""))),
)


@st.composite
def documents(draw: st.DrawFn) -> Document:
    kind = draw(st.sampled_from(Kind))
    remarks = "".join(f"{line}\n" for line in draw(comments))
    conda, requirements, context, text = None, (), None, ""
    if kind == Kind.CONDA:
        conda = draw(condas)
        text = remarks + write_conda(conda)
    elif kind == Kind.PIP:
        requirements = draw(st.lists(lines).map(tuple))
        text = remarks + "".join(f"  {line}\n" for line in requirements) or "\n"
    elif kind == Kind.CONTEXT:
        path = draw(st.sampled_from(["Dockerfile", "docker/My File", "null"]))
        args = st.dictionaries(st.sampled_from(["A", "null", "_b"]), stripped.map(lambda text: text.replace("\n", "")))
        context = Context("", path, draw(args.filter(lambda found: all(map(str.isprintable, found.values())))))
    definition = Definition(
        kind,
        "" if context else draw(st.sampled_from(["python:3.11-slim", "localhost:5000/a@sha256:" + "0" * 64])),
        conda,
        requirements,
        context,
        draw(st.sampled_from(["Linux", "Windows"])),
        draw(routes),
    )
    path = draw(st.sampled_from([".", "docker-contexts/x", "a b", "3.10"])) if context else None
    name, version = draw(st.sampled_from(["", "train", "3.10"])), draw(st.sampled_from(["", "1.10", "7", "1e3"]))
    return Document(definition, name, version, draw(stripped), draw(facts), draw(facts), text, path)


@given(documents())
def test_what_is_written_reads_back(document: Document) -> None:
    written = write_environment(document)
    assert parse_environment(written) == document
    assert write_environment(parse_environment(written)) == written


@given(documents())
def test_every_yaml_reader_gets_the_same_texts(document: Document) -> None:
    read = yaml.safe_load(write_environment(document))
    assert read.get("description", "") == document.description
    assert read.get("version", "") == document.version
    assert read.get("tags", {}) == document.tags
    assert read.get("conda_file", read.get("requirements_file", "")) == document.text


def test_package_lists_stand_in_it_as_they_were_typed() -> None:
    text = "# ours\ndependencies:\n  - python=3.10   # pinned\n"
    document = parse_environment("name: train\nimage: a\nconda_file: c.yml\n", {"c.yml": text.encode()})
    assert write_environment(document).splitlines()[1:] == [
        "name: train",
        "image: a",
        "conda_file: |",
        "  # ours",
        "  dependencies:",
        "    - python=3.10   # pinned",
        "os_type: linux",
    ]

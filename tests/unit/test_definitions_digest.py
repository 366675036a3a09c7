"""The digest of a definition: whatever matters changes it, and nothing else does."""

from dataclasses import fields, replace

from hypothesis import given
from hypothesis import strategies as st

from environments.definitions.digest import canonical, definition_digest, from_canonical
from environments.definitions.model import Conda, Context, Definition, Kind
from environments.definitions.parse import parse_environment

KEYS = {
    "image": ["image: python:3.11"],
    "os_type": ["os_type: Linux"],
    "conda_file": [
        "conda_file:",
        "  channels:",
        "    - conda-forge",
        "  dependencies:",
        "    - python=3.11",
        "    - numpy>=1.26,<2",
        "    - pip:",
        "        - rich==14.0",
        "  variables:",
        "    A: x",
    ],
    "inference_config": ["inference_config:", "  scoring_route:", "    port: 5001", "    path: /score"],
}
WRITTEN = [line for key in KEYS.values() for line in key]

CHANGES = {
    "kind": Kind.PIP,
    "image": "python:3.12",
    "conda": Conda(("conda-forge",), ("python=3.12",)),
    "requirements": ("rich",),
    "context": Context("", "Dockerfile"),
    "os_type": "Windows",
    "inference_config": {"scoring_route": {"port": 5002, "path": "/score"}},
}
INNER_CHANGES = {
    "channels": ("defaults",),
    "dependencies": ("python=3.11", "numpy>=1.26,<3"),
    "pip": ("-c rich<14",),
    "variables": {"A": "y"},
}


def digest_of(lines: list[str]) -> str:
    return definition_digest(parse_environment("\n".join(lines)).definition)


def base() -> Definition:
    return parse_environment("\n".join(WRITTEN)).definition


def test_every_part_of_a_definition_changes_the_digest() -> None:
    assert CHANGES.keys() == {field.name for field in fields(Definition)}
    digests = [definition_digest(replace(base(), **{name: value})) for name, value in CHANGES.items()]
    assert len({definition_digest(base()), *digests}) == len(CHANGES) + 1


def test_every_part_of_a_conda_file_changes_the_digest() -> None:
    conda = base().conda
    assert conda is not None
    assert INNER_CHANGES.keys() == {field.name for field in fields(Conda)}
    changed = [replace(base(), conda=replace(conda, **{name: value})) for name, value in INNER_CHANGES.items()]
    assert len({definition_digest(one) for one in [base(), *changed]}) == len(INNER_CHANGES) + 1


# One letter of a line replaced by another is always another value, where it stands in a value that is free.
free = st.sampled_from(["python:3.11", "conda-forge", "python=3.11", "numpy>=1.26,<2", "rich==14.0", "A: x", "5001"])


@given(free, st.data())
def test_any_other_value_changes_the_digest(value: str, data: st.DataObject) -> None:
    places = [place for place, letter in enumerate(value) if letter.islower() or letter.isdigit()]
    place = data.draw(st.sampled_from(places))
    letter = data.draw(st.sampled_from("345" if value[place].isdigit() else "efg"))
    changed = value[:place] + letter + value[place + 1 :]
    lines = [line.replace(value, changed) for line in WRITTEN]
    assert (digest_of(lines) == digest_of(WRITTEN)) == (changed == value)


words = st.text(alphabet="abc :-#", max_size=10)


@given(st.permutations(list(KEYS)), st.lists(st.integers(0, 3), min_size=len(WRITTEN), max_size=len(WRITTEN)), words)
def test_order_comments_and_blank_lines_never_change_the_digest(order: list[str], noise: list[int], word: str) -> None:
    lines = []
    for count, line in zip(noise, (line for key in order for line in KEYS[key]), strict=True):
        lines += ["", f"# {word}", "   "][:count]
        lines.append(line + (f"   # {word}" if count else ""))
    assert digest_of([f"description: '{word}'", *lines, "version: 7"]) == digest_of(WRITTEN)


@given(
    st.sampled_from(["linux", "Linux", "LINUX", "'linux'"]), st.sampled_from(["numpy >= 1.26 , < 2", "numpy >=1.26,<2"])
)
def test_other_spellings_of_the_same_never_change_the_digest(os_type: str, numpy: str) -> None:
    lines = [line.replace("Linux", os_type).replace("numpy>=1.26,<2", f"'{numpy}'") for line in WRITTEN]
    assert digest_of(lines) == digest_of(WRITTEN)
    assert digest_of([line for line in WRITTEN if "os_type" not in line]) == digest_of(WRITTEN)


def test_without_build_arguments_a_context_keeps_the_digest_it_had() -> None:
    context = Context("0" * 64, "docker/Dockerfile")
    digest = "96dc85811adeaa4ac978eb29081a351c9506d2f1722006576ce996c4bd8da881"
    assert definition_digest(Definition(Kind.CONTEXT, context=context)) == digest
    assert digest_of(["build: {path: ., args: {}}"]) == digest_of(["build: {path: ., args: null}"])
    assert digest_of(["build: {path: ., args: {}}"]) == digest_of(["build: {path: .}"])


def test_build_arguments_change_the_digest_and_are_read_back_from_the_canonical_text() -> None:
    given = [Context("0" * 64, args=args) for args in ({}, {"A": "1"}, {"A": "2"}, {"B": "1"}, {"A": ""})]
    assert len({definition_digest(Definition(Kind.CONTEXT, context=context)) for context in given}) == len(given)
    assert [from_canonical(canonical(Definition(Kind.CONTEXT, context=one))).context for one in given] == given


@given(st.sampled_from(["", "dockerfile_path: Dockerfile", "dockerfile_path: ./Dockerfile", "dockerfile_path:"]))
def test_the_default_dockerfile_may_be_named_or_not(written: str) -> None:
    assert digest_of(["build:", "  path: .", f"  {written}"]) == digest_of(["build: {path: .}"])
    assert digest_of(["build: {path: ., dockerfile_path: Other}"]) != digest_of(["build: {path: .}"])

"""The catalogue's data, read and refused."""

from datetime import date

import pytest

from curated.bundle import bundled_entries
from curated.catalog import read_catalogue
from environments.definitions.model import DefinitionError, Kind

GOOD = {
    "environment.yml": b"name: small\ndescription: d\nimage: python:3.11-slim\nrequirements_file: r.txt\n",
    "r.txt": b"numpy==2.4.6\n",
    "catalogue.yml": b"title: Small\nsymbol: Sm\nuse: training\nreleased: 2026-11-23\n"
    b"patches_until: 2027-10-31\navailable_until: 2028-10-31\n",
}


def refusals(**files):
    changed = {name.replace("_yml", ".yml"): content for name, content in files.items()}
    with pytest.raises(DefinitionError) as caught:
        read_catalogue({"small": {**GOOD, **changed}})
    return " ".join(f"{problem.source}: {problem}" for problem in caught.value.problems)


def test_what_comes_with_the_studio_can_be_read():
    entries = {entry.name: entry for entry in bundled_entries()}
    assert set(entries) == {"minimal-python", "scientific-python", "scikit-learn"}
    assert all(entry.definition.image == "python:3.11-slim" for entry in entries.values())
    assert {entry.definition.kind for entry in entries.values()} == {Kind.CONDA, Kind.PIP}


def test_every_package_that_comes_with_the_studio_is_pinned():
    for entry in bundled_entries():
        lines = entry.definition.requirements or entry.definition.conda.pip
        assert lines
        assert all("==" in line for line in lines)


def test_an_entry_holds_its_definition_and_its_facts():
    (entry,) = read_catalogue({"small": GOOD})
    assert (entry.title, entry.symbol, entry.use, entry.text) == ("Small", "Sm", "training", "numpy==2.4.6\n")
    assert entry.support.patches_until == date(2027, 10, 31)


@pytest.mark.parametrize(
    ("today", "tone"),
    [
        (date(2026, 11, 23), "ok"),
        (date(2027, 9, 1), "ok"),
        (date(2027, 9, 2), "warn"),
        (date(2027, 10, 31), "warn"),
        (date(2027, 11, 1), "bad"),
    ],
)
def test_support_is_warned_of_in_its_last_60_days_and_over_after_them(today, tone):
    (entry,) = read_catalogue({"small": GOOD})
    assert entry.support.tone(today) == tone


def test_a_folder_carries_the_name_of_its_environment():
    renamed = GOOD["environment.yml"].replace(b"small", b"other")
    assert "is named “other”" in refusals(environment_yml=renamed)


def test_a_date_that_is_none_is_refused_by_its_key():
    said = refusals(catalogue_yml=GOOD["catalogue.yml"].replace(b"2027-10-31", b"soon"))
    assert "small/catalogue.yml" in said
    assert "“patches_until” is no date" in said


def test_dates_out_of_order_are_refused():
    assert "not in order" in refusals(catalogue_yml=GOOD["catalogue.yml"].replace(b"2028", b"2020"))


def test_a_missing_or_unknown_key_is_refused():
    said = refusals(catalogue_yml=GOOD["catalogue.yml"].replace(b"use:", b"uses:"))
    assert "“use” is missing" in said
    assert "“uses” is not known" in said


def test_a_bad_definition_names_the_folder_it_lies_in():
    assert "small/" in refusals(environment_yml=b"name: small\nimage: no image\n")


def test_a_missing_file_is_named():
    with pytest.raises(DefinitionError, match=r"small has no catalogue\.yml"):
        read_catalogue({"small": {"environment.yml": GOOD["environment.yml"]}})

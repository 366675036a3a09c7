"""The lock of a version, in a browser."""

import re

import pytest
from playwright.sync_api import expect

from tests.cast import make_build, make_lock, make_version
from tests.locks import CHANNEL, CONDA, PIP, TARGET

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_lock_narrows_as_one_types_and_is_downloaded(watched, studio, sign_in, alice, vision):
    version = make_version(vision, "train", author=alice)
    make_build(version, lock=make_lock(vision, target=TARGET, channels=[CHANNEL], conda=CONDA, pip=PIP))
    sign_in(alice)
    watched.goto(f"{studio}{version.get_absolute_url()}lock/")
    rows = watched.locator("#results tbody tr")
    expect(rows).to_have_count(6)
    watched.get_by_role("searchbox", name="Filter locked packages").press_sequentially("zl")
    expect(rows).to_have_count(1)
    expect(watched).to_have_url(re.compile(r"q=zl"))
    watched.get_by_role("link", name="pip 2").click()
    expect(watched.get_by_role("heading", name="No locked package matches “zl”")).to_be_visible()
    with watched.expect_download() as downloaded:
        watched.get_by_role("link", name="conda explicit").click()
    assert downloaded.value.suggested_filename == "train-1-explicit.txt"

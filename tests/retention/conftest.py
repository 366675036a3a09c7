"""Tidying up reaches all files of contexts, so each test here has files of its own."""

import pytest


@pytest.fixture(autouse=True)
def own_files(plain_files):
    pass

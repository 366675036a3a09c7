"""What the pages of a version and of its build say of the smoke test."""

import pytest

from tests.cast import make_build, make_version

pytestmark = pytest.mark.django_db


def test_a_smoke_test_of_which_nothing_came_says_why_and_nothing_of_the_image(web, vision):
    version = make_version(vision, "train", "numpy")
    made = make_build(version, packages=[("pip", "numpy", "2.1.0")])
    assert "Smoke test" not in web.get(version.get_absolute_url()).text
    made.check_output = '{"problem": "The engine had no room."}'
    made.save()
    overview = web.get(version.get_absolute_url()).text
    assert "The imports could not be tried" in overview
    assert 'class="status bad"' not in overview
    said = web.get(made.get_absolute_url()).text
    assert "the imports could not be tried" in said
    assert '<p class="body">The engine had no room.</p>' in said

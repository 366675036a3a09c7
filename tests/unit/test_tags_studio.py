"""The template tags, each rendered as a page would."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.template import Context, Template
from django.utils import timezone

from environments.diffing.text import diff_text


@pytest.fixture(autouse=True)
def _plain_static_files(settings):
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }


def render(template, **context):
    return Template(template).render(Context(context))


def test_an_icon_beside_a_word_is_hidden_from_screen_readers():
    assert 'aria-hidden="true"' in render('{% icon "check" %}')


def test_an_icon_alone_is_named():
    html = render('{% icon "check" label=label %}', label="Done & over")
    assert 'role="img"' in html
    assert 'aria-label="Done &amp; over"' in html
    assert "aria-hidden" not in html


@pytest.mark.parametrize(("state", "word", "tone"), [("failed", "Failed", "bad"), ("ready", "Ready", "ok")])
def test_a_status_is_icon_and_word_and_colour(state, word, tone):
    html = render("{% status state boxed=True %}", state=state)
    assert f'class="status {tone} boxed"' in html
    assert "<svg" in html
    assert html.endswith(f"{word}</span>")


def test_a_running_status_turns_and_a_queued_one_does_not():
    assert "spin" in render('{% status "running" %}')
    assert "spin" not in render('{% status "queued" %}')


def test_a_step_that_waits_when_its_build_is_over_was_not_run():
    assert 'aria-label="Waiting"' in render('{% step_icon "queued" ended=False %}')
    assert 'aria-label="Not run"' in render('{% step_icon "queued" ended=True %}')


def test_a_digest_shows_its_print_and_copies_itself_whole():
    digest = "sha256:9f2c41ab" + "0" * 52 + "90d1"
    html = render("{% digest value copy=True %}", value=digest)
    assert html.count("<rect") == 8
    assert html.count('class="on"') == 1
    assert "<code>sha256:9f2c41ab…90d1</code>" in html
    assert f'data-copy="{digest}"' in html


def test_a_track_shows_the_last_six_versions_and_says_them():
    html = render("{% track states %}", states=["failed"] + ["ready"] * 5 + ["failed", "ready"])
    assert html.count("<circle") == 7  # six nodes and the halo of the newest
    assert 'aria-label="Last 6 versions: ready, ready, ready, ready, failed, ready"' in html


def test_a_track_without_versions_is_nothing():
    assert render("{% track states %}", states=[]).strip() == ""


def test_a_span_can_be_compared_backwards():
    html = render('{% span labels states "v3" "v1" %}', labels=["v1", "v2", "v3"], states=["ready"] * 3)
    assert 'aria-label="Compared: v1 with v3"' in html


def test_a_moment_says_how_long_ago_and_exactly_when(monkeypatch):
    now = datetime(2026, 11, 22, 11, 7, 1, tzinfo=UTC)
    monkeypatch.setattr(timezone, "now", lambda: now)
    html = render("{% when moment %}", moment=now - timedelta(minutes=12))
    assert html == '<time datetime="2026-11-22T10:55:01Z" title="2026-11-22 10:55:01 UTC">12 min ago</time>'


def test_amounts_that_are_not_known_are_not_made_up():
    assert render("{% when none %}{% duration none %}{% size none %}", none=None) == "–"


def test_a_version_is_numbered_only_where_its_name_is_a_whole_number():
    assert render("{% version_label '12' %} {% version_label '1.0-rc' %}") == "v12 1.0-rc"


def test_a_change_is_marked_from_its_first_differing_component_on():
    assert render('{% change "2.8.0+cu126" "2.9.1+cu128" %}') == "2.<b>9.1+cu128</b>"


def test_a_change_escapes_what_an_image_calls_its_packages():
    assert "<script>" not in render("{% change before after %}", before="1.<i>", after="1.<script>")


@pytest.mark.parametrize(("before", "after", "text"), [("", "1.0", "1.0"), ("1.0", "", "–")])
def test_an_added_or_removed_package_has_no_marks(before, after, text):
    assert render("{% change before after %}", before=before, after=after) == text


def test_source_lines_can_be_linked_and_are_escaped():
    html = render('{% source text "yaml" "S" %}', text="name: x\n# <b>&\n")
    assert 'id="S2"' in html
    assert 'href="#S2"' in html
    assert "<b>" not in html
    assert html.count("<li") == 2


def test_a_token_over_two_lines_is_closed_at_the_end_of_each():
    html = render('{% source text "yaml" %}', text='a: "one\n  two"')
    for line in html.split("<li")[1:]:
        assert line.count("<span") == line.count("</span>")


def test_a_breadcrumb_ends_with_the_page_itself():
    html = render('{% crumbs "team" "/w/team/" "Builds" %}')
    assert '<a href="/w/team/">team</a>' in html
    assert '<span aria-current="page">Builds</span>' in html


def test_a_tree_shows_folders_first_and_why_a_file_was_refused():
    files = [{"path": "z.txt", "size": 5}, {"path": "src/link", "size": 0, "reason": "is a symbolic link"}]
    html = render("{% tree files %}", files=files)
    assert html.index("src") < html.index("z.txt")
    assert "is a symbolic link" in html


def test_a_file_and_a_folder_of_one_name_do_not_swallow_each_other():
    html = render("{% tree files %}", files=[{"path": "a", "size": 1}, {"path": "a/b", "size": 2}])
    assert html.count('class="leaf"') == 2


def test_layers_both_images_have_need_no_download():
    old, new = [{"digest": "a", "size": 1000}], [{"digest": "a", "size": 1000}, {"digest": "b", "size": 500}]
    html = render('{% layers old new "v1" "v2" %}', old=old, new=new)
    assert "A host that has v1 downloads 500 B" in html
    assert html.count('<rect class="same" x=') == 2


def test_a_step_that_did_not_start_has_no_place_in_time():
    step = SimpleNamespace(started_at=None, completed_at=None, error="")
    assert "<rect" not in render("{% waterfall step start %}", step=step, start=timezone.now())


def test_a_panel_is_labelled_by_its_heading():
    html = render('{% panel title note="3" %}<p>in it</p>{% endpanel %}', title="Steps <b>")
    assert 'aria-labelledby="steps-b"' in html
    assert '<h2 id="steps-b">Steps &lt;b&gt;</h2>' in html
    assert "<p>in it</p>" in html


def test_a_banner_escapes_the_values_inside():
    assert "<i>" not in render('{% banner "warn" %}{{ text }}{% endbanner %}', text="<i>")


def test_people_without_two_names_have_initials_too():
    assert render("{{ a|initials }} {{ b|initials }}", a="Ana Ruiz", b="admin") == "AR AD"


def test_a_split_diff_sets_changed_lines_side_by_side():
    html = render('{% split_diff rows "texts" %}', rows=diff_text("a\nb=1\nz", "a\nb=2\nc\nz"))
    rows = [row for row in html.split("<tr")[2:] if "tx" in row]
    assert len(rows) == 4
    assert "<b>1</b>" in rows[1]
    assert "<b>2</b>" in rows[1]
    assert 'class="gap"' in rows[2]

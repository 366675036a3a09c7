"""What logs may show: escaped text and colours, nothing else, whatever was printed."""

import re
import subprocess
import sys

import pytest
from django.template import Context, Template
from hypothesis import given
from hypothesis import strategies as st

from environments.display.ansi import render
from environments.pages.logs import Line

SPAN = re.compile(r'<span class="a\d+(?: a\d+)*">|</span>')
FORBIDDEN = re.compile(r"[<>\"'\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
ESCAPES = st.sampled_from(
    [
        "\x1b",
        "\x1b[31m",
        "\x1b[0m",
        "\x1b[1;38;5;9m",
        "\x1b]8;;javascript:x\x07",
        "\x9b31m",
        "\r",
        "\u202e",
        "<script>",
        '"',
    ]
)


@given(st.lists(st.one_of(ESCAPES, st.text())).map("".join))
def test_nothing_but_escaped_text_and_class_spans_comes_out(text):
    html = render(text)
    assert not FORBIDDEN.search(SPAN.sub("", html))
    assert html.count("<span") == html.count("</span>")


@given(st.text(st.characters(blacklist_categories=("Cc", "Cs", "Cf", "Zl", "Zp"))))
def test_plain_text_is_only_escaped(text):
    assert render(text) == re.sub(
        "[&<>\"']", lambda m: {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;"}[m[0]], text
    )


@given(st.text())
def test_there_are_as_many_lines_as_before(text):
    assert render(text).count("\n") == text.count("\n")


@pytest.mark.parametrize(
    ("printed", "shown"),
    [
        ("\x1b[31mred\x1b[0m plain", '<span class="a31">red</span> plain'),
        ("\x1b[1;92mbold\x1b[22m not\x1b[39m.", '<span class="a1 a92">bold</span><span class="a92"> not</span>.'),
        ("\x1b[31mone\x1b[32mtwo", '<span class="a31">one</span><span class="a32">two</span>'),
        ("\x1b[38;5;9mbright\x1b[m", '<span class="a91">bright</span>'),
        ("\x1b[38;2;1;31;4mtrue colour", "true colour"),
        ("\x1b[48;5;31mbackground", "background"),
        ("\x1b[7;999mother", "other"),
        ("\x1b[31mred\nstill\x1b[0m", '<span class="a31">red</span>\n<span class="a31">still</span>'),
        ("10 %\r50 %\r100 %", "100 %"),
        ("100 %\r", "100 %"),
        ("line\r\nnext", "line\nnext"),
        ("\x1b[2K\x1b[1Agone up", "gone up"),
        ("\x1b]0;title\x07text\x1b]8;;https://x\x1b\\link\x1b]8;;\x1b\\", "textlink"),
        ("\x1b]0;never ends", "0;never ends"),
        ("a\x08b\x00c\x07", "abc"),
        ("safe\u202egnp.exe", "safe⟨U+202E⟩gnp.exe"),
        ("\x1b[31m\x1b[0m", ""),
        ("tab\there", "tab\there"),
    ],
)
def test_a_terminal_sequence_becomes_a_class_or_goes(printed, shown):
    assert render(printed) == shown


def test_the_tag_hands_out_what_was_rendered():
    line = Line(7, "\x1b[31m<b>\x1b[0m", hit=True)
    html = Template("{% load studio %}{% log_lines lines %}").render(Context({"lines": [line]}))
    anchor = '<a href="#L7" aria-label="Line 7">7</a>'
    assert html == f'<li id="L7" class="hit">{anchor}<span><span class="a31">&lt;b&gt;</span></span></li>'


@pytest.mark.parametrize("text", ["\x1b[" * 300_000, "\x1b]" * 300_000, "\x1b[" + "0;" * 300_000 + "m", "\r" * 600_000])
def test_a_hostile_line_of_half_a_megabyte_takes_less_than_two_seconds(text):
    program = (
        "import resource, sys; from environments.display.ansi import render; text = sys.stdin.read();"
        "resource.setrlimit(resource.RLIMIT_CPU, (2, 2)); render(text)"
    )
    subprocess.run([sys.executable, "-c", program], input=text, text=True, check=True)

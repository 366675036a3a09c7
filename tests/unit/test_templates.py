"""What the policy of every page forbids is in no template: it would do nothing in a browser, or be a hole."""

import re
from pathlib import Path

import pytest
from django.conf import settings

FORBIDDEN = {
    "a style of its own": r"<style\b|(?<![-\w])style\s*=",
    "a script of its own": r"<script\b(?![^>]*\bsrc=)",
    "a handler of events": r"(?<![-\w])(?:data-)?hx-on\b|<[^<>]*\son\w+\s*=",
    "a script for an address": r"javascript:",
    "values worked out by a script": r"hx-(?:vals|headers|vars)\s*=\s*[\"']\s*js:|hx-vars\b",
    "a trigger with a condition": r"hx-trigger\s*=\s*\"(?:[^\"]*,)?\s*[\w:-]+\[",
}
LAWFUL = (
    """<a data-style="y" hx-vals='{"a": "b"}' hx-trigger="input from:find input[name=q]"><script src="a"></script>"""
)
BREAKING = [
    '<p style="color: red">',
    "<style>p {}</style>",
    "<script>alert(1)</script>",
    '<p hx-on:click="x()">',
    '<p hx-on::load="x()">',
    '<a class="x" onclick="x()">',
    '<a href="javascript:x()">',
    "<p hx-vals='js:{a: 1}'>",
    '<p hx-trigger="click[ctrlKey]">',
]


def broken(text):
    """Which of the rules a template breaks; what stands in tags of the template language is none of a browser's."""
    text = re.sub(r"{%.*?%}|{{.*?}}|{#.*?#}", "", text)
    return [what for what, pattern in FORBIDDEN.items() if re.search(pattern, text, re.IGNORECASE)]


def test_no_template_has_what_the_policy_forbids():
    templates = sorted(Path(settings.BASE_DIR, "templates").rglob("*.html"))
    assert len(templates) > 100
    found = {str(path): broken(path.read_text()) for path in templates}
    assert {path: rules for path, rules in found.items() if rules} == {}


@pytest.mark.parametrize("text", BREAKING)
def test_each_rule_sees_what_it_forbids(text):
    assert broken(text)


def test_what_looks_alike_is_left_alone():
    assert broken(LAWFUL) == []

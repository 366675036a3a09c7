"""A walk over pages: what is wrong with each one, seen once, in both themes and in three widths."""

from pathlib import Path

AXE = (Path(__file__).parent / "vendor/axe.min.js").read_text()
VALIDATOR = (Path(__file__).parent / "vendor/validator.js").read_text()
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
RULES_OF_COLOUR = ["color-contrast", "link-in-text-block"]  # what a theme can break, and nothing else
# Width and height in CSS pixels, device pixels for each: a phone, a window of 1440 pixels at 200 %, that window.
SIZES = {"320 px": (320, 700, 1), "200 %": (720, 450, 2), "1440 px": (1440, 900, 1)}


def violations(page, rules=STANDARDS, kind="tag"):
    """What axe-core finds wrong on the page, as sentences."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    options = {"runOnly": {"type": kind, "values": rules}, "resultTypes": ["violations"]}
    found = page.evaluate("async options => (await axe.run(options)).violations", options)
    return [f"{one['id']}: {node['html'][:150]}" for one in found for node in one["nodes"]]


class Validator:
    """The standard of HTML, applied in a page of its own, where no policy forbids what the validator does."""

    def __init__(self, context):
        self._page = context.new_page()
        self._page.evaluate(VALIDATOR)

    def faults(self, html):
        """What the text of a page, or of a part of one, does that the standard forbids, as sentences."""
        return self._page.evaluate("html => faultsOf(html)", html)


def walk(page, studio, addresses):
    """Everything that is wrong with these pages, in sentences. Each is fetched once, in the light theme."""
    page.context.add_cookies([{"name": "theme", "value": "light", "url": studio}])
    page.emulate_media(reduced_motion="reduce")  # else colours are measured on their way from theme to theme
    validator, window = Validator(page.context), page.context.new_cdp_session(page)
    wrong = []
    for address in addresses:
        html = page.goto(studio + address).text()
        for fault in [*validator.faults(html), *_faults_in_themes(page), *_too_wide(page, window)]:
            wrong.append(f"{address} {fault}")
    return wrong


def _faults_in_themes(page):
    yield from (f"in light: {one}" for one in violations(page))
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    yield from (f"in dark: {one}" for one in violations(page, RULES_OF_COLOUR, "rule"))


def _too_wide(page, window):
    for name, (width, height, scale) in SIZES.items():
        size = {"width": width, "height": height, "deviceScaleFactor": scale, "mobile": False}
        window.send("Emulation.setDeviceMetricsOverride", size)
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            yield f"scrolls sideways at {name}"

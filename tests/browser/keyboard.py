"""A page used by the keys alone: Tab, Enter, arrows, and what somebody types."""

MOST_TABS = 25  # to the main thing of a page from its start, skip link included


class Keyboard:
    """Presses the keys of a page, and fails where something cannot be reached by few enough of them."""

    def __init__(self, page):
        self.page = page
        self.press = page.keyboard.press
        self.type = page.keyboard.type

    def tab_to(self, target, most=MOST_TABS):
        """Press Tab until the target has the focus; return how often."""
        for count in range(1, most + 1):
            self.press("Tab")
            if target.evaluate("one => one === document.activeElement"):
                return count
        raise AssertionError(f"{most} times Tab did not lead to {target}.")

    def reach(self, target, skip="Skip to content"):
        """From the start of a page over one of its skip links."""
        count = self.tab_to(self.page.get_by_role("link", name=skip))
        self.press("Enter")
        self.tab_to(target, MOST_TABS - count)

    def follow(self, target, address):
        """Reach it from the start of a page and press Enter, which leads to an address of this pattern."""
        self.reach(target)
        self.press("Enter")
        self.page.wait_for_url(address)

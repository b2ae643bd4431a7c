"""Counting what a planner does, to compare one way of working with another."""

from playwright.sync_api import Locator, Page


class Hands:
    """Does what a planner does and counts it: clicks (choosing from a list too), keys typed, pages loaded."""

    def __init__(self, page: Page) -> None:
        self.page, self.clicks, self.keys, self.loads = page, 0, 0, 0
        page.on("domcontentloaded", self.note_load)

    def note_load(self, _page: Page) -> None:
        self.loads += 1

    def click(self, place: Locator) -> None:
        place.click()
        self.clicks += 1

    def choose(self, place: Locator, label: str) -> None:
        if place.locator("option:checked").inner_text() != label:
            place.select_option(label=label)
            self.clicks += 2

    def tick(self, place: Locator) -> None:
        if not place.is_checked():
            place.check()
            self.clicks += 1

    def type(self, place: Locator, text: str, keys: int | None = None) -> None:
        place.fill(text)
        self.keys += (len(text) if keys is None else keys) + 1  # and the Tab to get there

    def say(self, way: str) -> str:
        return f"{way}: {self.clicks} clicks, {self.keys} keys, {self.loads} pages"

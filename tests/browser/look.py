"""Looking at a page: is it accessible, does it fit, what does it look like."""

import os
from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from crm import paths
from tests.browser.office import PASSWORD, PEOPLE, TOP

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]
COLOURS = ["color-contrast", "link-in-text-block"]
# What is asked in each theme, without a report of all that is well: a theme changes nothing but colours.
ASKED = {
    scheme: {"runOnly": rules, "resultTypes": ["violations"]}
    for scheme, rules in {"dark": {"type": "rule", "values": COLOURS}, "light": WCAG}.items()
}
SCREENS = os.environ.get("SCREENS")  # a folder for pictures of what the tests see
# The cookies of who logged in before, by e-mail address: one page is enough to see that one can.
sessions: dict[str, list[Any]] = {}
# Chromium: what sticks out at the right, deepest elements only, unless something around it scrolls by itself.
TOO_WIDE = """() => {
  const room = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= room) return [];
  const scrolls = (e) => e && (getComputedStyle(e).overflowX !== "visible" || scrolls(e.parentElement));
  return [...document.body.querySelectorAll("*")]
    .filter((e) => e.getBoundingClientRect().right > room + 1 && !scrolls(e.parentElement))
    .filter((e, _, all) => !all.some((other) => other !== e && e.contains(other)))
    .slice(0, 5).map((e) => e.outerHTML.slice(0, 160));
}"""


@cache
def axe_source() -> str:
    """The text of axe-core, from node_modules."""
    top = paths.checkout() or TOP
    return (top / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")


def axe(page: Page) -> None:
    """Fails when the page breaks WCAG 2.0 to 2.2 A or AA, in light or dark, or is wider than the screen.

    The page's own theme is put back.
    """
    page.wait_for_load_state()  # a page on its way has nothing to look at
    wide = page.evaluate(TOO_WIDE)
    assert not wide, f"{page.url} is wider than the screen (WCAG 1.4.10):\n" + "\n".join(wide)
    for scheme, options in ASKED.items():
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        # Evaluated by the debugger, which no content security policy forbids.
        if not page.evaluate("() => 'axe' in window"):
            page.evaluate(axe_source())
        found = page.evaluate("(options) => axe.run(document, options)", options)
        assert not found["violations"], f"{page.url} ({scheme}):\n" + "\n".join(map(complaint, found["violations"]))


def complaint(violation: dict[str, Any]) -> str:
    """One violation as a person can read it."""
    nodes = violation["nodes"][:5]
    lines = [f"  {violation['id']}: {violation['help']} ({len(violation['nodes'])}x)"]
    for node in nodes:
        why = node["failureSummary"].replace("\n", " ")
        lines.append(f"    {node['target'][0]}  {node['html'][:160]}\n      {why[:300]}")
    return "\n".join(lines)


def screenshot(page: Page, name: str) -> None:
    """The whole page, in light and dark, as <name>-<width>-<scheme>.png in the folder SCREENS, when that is set."""
    if not SCREENS:
        return
    Path(SCREENS).mkdir(parents=True, exist_ok=True)
    width = (page.viewport_size or {}).get("width", 0)
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.screenshot(path=Path(SCREENS) / f"{name}-{width}-{scheme}.png", full_page=True)


def log_in(page: Page, role: str = "assistant") -> Page:
    """Log in as one of PEOPLE, and go to Start."""
    return log_in_as(page, PEOPLE[role].email, PASSWORD)


def log_in_as(page: Page, email: str, password: str) -> Page:
    """Log in, and go to Start: with the session one had before, or by the log-in page where that is not known here."""
    page.context.clear_cookies(name="session")
    page.context.add_cookies(sessions.get(email, []))
    page.goto("/")
    if "/login" in page.url:
        page.get_by_label("E-mailadres").fill(email)
        page.get_by_label("Wachtwoord").fill(password)
        page.get_by_role("button", name="Inloggen").click()
        page.wait_for_url("**/")
        sessions[email] = page.context.cookies()
    return page

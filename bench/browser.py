"""What a person waits for, in Chromium against the product on a port of this machine."""

import logging
import shutil
import statistics
import threading
from collections.abc import Iterator
from typing import Any

from playwright.sync_api import Browser, BrowserContext, sync_playwright
from werkzeug.serving import make_server

from bench.measure import Result, Visitor

PATHS = ["/relations", "/dossiers", "/relations/{relation}", "/dossiers/{dossier}"]
TIMING = """() => {
  const page = performance.getEntriesByType("navigation")[0];
  const all = [page, ...performance.getEntriesByType("resource")];
  return [page.loadEventEnd, all.reduce((sum, one) => sum + one.transferSize, 0)];
}"""
TIMES = 7


def measure(app: Any, visitor: Visitor, relation: int, dossier: int) -> Iterator[Result]:
    """First visit ever, and the same page with the libraries cached; nothing when there is no Chromium."""
    chromium = shutil.which("chromium") or shutil.which("chromium-headless-shell") or shutil.which("google-chrome")
    if chromium is None:
        return
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    base = f"http://127.0.0.1:{server.server_port}"
    try:
        with sync_playwright() as playwright:
            flags = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
            browser = playwright.chromium.launch(executable_path=chromium, args=flags)
            for pattern in PATHS:
                path = pattern.format(relation=relation, dossier=dossier)
                yield from visits(
                    browser, base, visitor, path, pattern.partition("/{")[0] + ("/…" if "{" in pattern else "")
                )
            browser.close()
    finally:
        server.shutdown()


def visits(browser: Browser, base: str, visitor: Visitor, path: str, name: str) -> Iterator[Result]:
    first, later, weights = [], [], []
    for _ in range(TIMES):
        context = signed_in(browser, base, visitor)
        first.append(load(context, base + path)[0])
        took, weight = load(context, base + path)
        later.append(took)
        weights.append(weight / 1000)
        context.close()
    yield line(f"first visit ever, {name}", first, "≤ 1000 ms", 1000)
    weight = statistics.median(weights)
    cached = line(f"libraries cached, {name}", later, f"≤ 400 ms and ≤ 150 kB ({weight:.0f} kB)", 400)
    yield Result(*{**cached.plain(), "holds": cached.holds and weight <= 150}.values())


def line(name: str, taken: list[float], goal: str, most: float) -> Result:
    median = statistics.median(taken)
    return Result(name, round(median, 1), round(max(taken), 1), None, None, goal, median <= most)


def signed_in(browser: Browser, base: str, visitor: Visitor) -> BrowserContext:
    """A browser that was never here, with the session of who is measured."""
    context = browser.new_context(locale="nl-NL", viewport={"width": 1280, "height": 900})
    for name, value in visitor.cookies.items():
        context.add_cookies([{"name": name, "value": value, "url": base}])
    return context


def load(context: BrowserContext, url: str) -> tuple[float, int]:
    """(milliseconds until everything was loaded, bytes that came over the line)."""
    page = context.new_page()
    page.goto(url, wait_until="load")
    page.wait_for_function("performance.getEntriesByType('navigation')[0].loadEventEnd > 0")
    took, weight = page.evaluate(TIMING)
    page.close()
    return took, weight

"""A page through our web server beside gunicorn's own worker with threads: what it costs that threads wait for nobody.

By connections that stay, as a browser's or a proxy's do, and by one for each page; both servers run, and take turns.
"""

import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path

from bench.measure import Result, Visitor, dump
from bench.uploads import rounded, serving

PAGE = "/relations"
CONNECTIONS, PAGES, ROUNDS = 8, 25, 20
MOST = 1.1  # times as long as with gunicorn's own worker


def measure(visitor: Visitor, folder: Path) -> Iterator[Result]:
    """Milliseconds a page, by the rate at which they come."""
    cookie, data = dump(visitor.cookies), str(folder)
    with (
        serving("wsgi:app", CRM_DATA=data) as ours,
        serving("wsgi:app", CRM_DATA=data, GUNICORN_CMD_ARGS="--worker-class=gthread") as least,
    ):
        for name, is_kept in (("kept connections", True), ("new connections", False)):
            taken: dict[int, list[float]] = {ours: [], least: []}
            for number in range(1 + ROUNDS):
                for port in (ours, least) if number % 2 else (least, ours):
                    taken[port].append(ask_all(port, cookie, is_kept))
            median, base = (statistics.median(taken[port][1:]) for port in (ours, least))
            figures = rounded(median, max(taken[ours][1:]), base, median / base)
            yield Result(f"page through the server, {name}", *figures, f"≤ {MOST:g}× gthread", median <= MOST * base)


def ask_all(port: int, cookie: str, is_kept: bool) -> float:
    """Milliseconds a page when CONNECTIONS ask for PAGES each."""
    start = time.perf_counter()
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        for done in [pool.submit(ask, port, cookie, is_kept) for _ in range(CONNECTIONS)]:
            done.result()
    return (time.perf_counter() - start) * 1000 / CONNECTIONS / PAGES


def ask(port: int, cookie: str, is_kept: bool) -> None:
    """Raises RuntimeError for a page that does not come."""
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    for _ in range(PAGES):
        connection.request("GET", PAGE, headers={"Cookie": cookie})
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{PAGE}: {answer.status}")
        if not is_kept:
            connection.close()
    connection.close()

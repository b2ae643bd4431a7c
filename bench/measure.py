"""Time of requests through a WSGI application in this process, and what becomes of the figures."""

import re
import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any

from werkzeug.test import Client, EnvironBuilder, run_wsgi_app

WARM_UP = 30
# `--cpu` counts processor time instead, for a machine that does other work meanwhile (and leaves PostgreSQL's out).
clock = time.perf_counter


@dataclass(frozen=True)
class Result:
    """One line of the table. Times are milliseconds; `ratio` is median over floor; None where there is none."""

    name: str
    median_ms: float | None
    p95_ms: float | None
    floor_ms: float | None
    ratio: float | None
    goal: str
    holds: bool

    def plain(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Request:
    """What is sent: an address and, for a POST, a form."""

    path: str
    form: dict[str, str] | None = None
    json: Any = None


class Visitor:
    """One connection, logged in: sends requests straight to the application and times the whole answer."""

    def __init__(self, app: Any, cookies: dict[str, str] | None = None) -> None:
        self.app, self.cookies = app, dict(cookies or {})

    def send(self, request: Request) -> tuple[float, str, dict[str, str], bytes]:
        """(milliseconds, status, headers, body)."""
        path, _mark, query = request.path.partition("?")
        builder = EnvironBuilder(
            path=path,
            query_string=query,
            method="GET" if request.form is None and request.json is None else "POST",
            data=request.form,
            json=request.json,
            headers={"Cookie": dump(self.cookies), "Accept-Language": "nl"},
        )
        environ = builder.get_environ()
        start = clock()
        body, status, headers = run_wsgi_app(self.app, environ, buffered=True)
        content = b"".join(body)
        took = (clock() - start) * 1000
        for cookie in headers.getlist("Set-Cookie"):
            name, _is, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        return took, status, dict(headers), content

    def times(self, requests: Iterable[Request], good: str = "200", warm_up: int = WARM_UP) -> list[float]:
        """Milliseconds of each, without the first `warm_up`. Raises RuntimeError for an answer that is not `good`."""
        taken = []
        for request in requests:
            took, status, _headers, content = self.send(request)
            if not status.startswith(good):
                raise RuntimeError(f"{request.path}: {status}\n{content[:2000].decode(errors='replace')}")
            taken.append(took)
        return taken[warm_up:]

    def hidden(self, path: str) -> dict[str, str]:
        """The hidden fields of the page's forms (token, once)."""
        _took, _status, _headers, content = self.send(Request(path))
        found = {}
        for tag in re.findall(r"<input[^>]*type=\"hidden\"[^>]*>", content.decode()):
            name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
            if name:
                found[name[1]] = value[1] if value else ""
        return found


def logged_in(app: Any, email: str, password: str) -> Visitor:
    """A visitor who went through the log-in page."""
    client = Client(app)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/login").text)
    answer = client.post("/login", data={"email": email, "password": password, "csrf_token": token[1] if token else ""})
    if answer.status_code != 302:
        raise RuntimeError(f"log-in failed: {answer.status}")
    cookies = client._cookies or {}
    return Visitor(app, {cookie.key: cookie.value for cookie in cookies.values()})


def dump(cookies: dict[str, str]) -> str:
    return "; ".join(f"{name}={value}" for name, value in cookies.items())


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def result(
    name: str, taken: list[float], floor: list[float] | None, goal: float, most: float = 0.0, p95: float = 0.0
) -> Result:
    """Compare with the goal: median ≤ `goal` ms, `most` times the floor, 95 % ≤ `p95` ms (0: no such goal)."""
    median, tail = statistics.median(taken), percentile(taken, 0.95)
    base = statistics.median(floor) if floor else None
    ratio = median / base if base else None
    wanted = [f"≤ {goal:g} ms", *([f"≤ {most:g}× floor"] if most else []), *([f"p95 ≤ {p95:g} ms"] if p95 else [])]
    holds = median <= goal and (not most or (ratio or 0) <= most) and (not p95 or tail <= p95)
    rounded = [round(value, 2) if value is not None else None for value in (median, tail, base, ratio)]
    return Result(name, *rounded, ", ".join(wanted), holds)  # type: ignore[arg-type]


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """(seconds, what came out)."""
    start = time.perf_counter()
    answer = work()
    return time.perf_counter() - start, answer

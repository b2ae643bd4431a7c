"""Uploads beside the least they can cost: a bare Flask view that writes the same stream to the same disk, with fsync.

Both behind gunicorn with the product's settings, with as many connections as the page opens, and each once before it
counts. As the page does (crm/static/documents.js): the first request of each connection has the bytes of one file, the
later ones as many files as the largest file has room for; and what they are for is told of twenty at a time.
"""

import json
import os
import queue
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from flask import Flask, current_app, request

from bench.measure import Result, Visitor, dump
from crm import envelope, paths

FILES, ROUNDS, CONNECTIONS, TOGETHER = 100, 5, 3, 20
SIZE = 5_000_000
LARGEST = 25_000_000  # as the office's setting is to begin with
PIECE = 1 << 20
RATE = 0.8  # of that of the bare view
SEALING = 0.15  # of the time of the bare view


def measure(visitor: Visitor, dossier_id: int, folder: Path) -> Iterator[Result]:
    """Milliseconds for each of a hundred files, by the rate at which they come in; what sealing takes of them."""
    page = f"/dossiers/{dossier_id}?tab=documents"
    token = visitor.hidden(page)["csrf_token"]
    headers = {"Cookie": dump(visitor.cookies), "X-CSRFToken": token}
    content, taken, floor = os.urandom(SIZE), [], []
    with serving("wsgi:app", CRM_DATA=str(folder)) as ours, serving("bench.uploads:bare()", BARE=str(folder)) as least:
        for number in range(1 + ROUNDS):
            names = [f"{number}-{one}" for one in range(FILES if number else CONNECTIONS * TOGETHER)]
            floor.append(send_all(least, "/", content, headers, names))
            address = f"/documents/dossier/{dossier_id}/upload"
            taken.append(send_all(ours, "/documents/files", content, headers, names, address))
    base, median = statistics.median(floor[1:]), statistics.median(taken[1:])
    goal, tail = f"≥ {RATE:.0%} of the floor's rate", max(taken[1:])
    yield Result(f"upload, {FILES} × 5 MB", *rounded(median, tail, base, median / base), goal, base >= RATE * median)
    sealed = statistics.median(sealing() for _ in range(FILES))
    goal = f"≤ {SEALING:.0%} of the floor"
    yield Result("sealing of 5 MB", *rounded(sealed, sealed, base, sealed / base), goal, sealed <= SEALING * base)


def rounded(*values: float) -> tuple[float, ...]:
    return tuple(round(value, 2) for value in values)


def send_all(
    port: int, path: str, content: bytes, headers: dict[str, str], names: list[str], told: str = ""
) -> float:  # fmt: skip
    """Milliseconds a file when all are sent by CONNECTIONS at once and, with an address `told`, are documents there.

    Raises RuntimeError when one is not taken.
    """
    sent: queue.Queue[dict[str, str] | None] = queue.Queue()

    def send(some: list[str]) -> None:
        sizes = ",".join([str(len(content))] * len(some))
        as_files = {**headers, "Content-Type": "application/octet-stream", "X-Upload": some[0], "X-Sizes": sizes}
        answer = post(port, path, [content] * len(some), as_files)
        if told:
            for name, file in zip(some, json.loads(answer)["files"], strict=True):
                sent.put({"key": file["key"], "name": f"{name}.pdf"})

    def tell() -> int:
        as_json, count, ended = {**headers, "Content-Type": "application/json"}, 0, not told
        while not ended:
            files: list[dict[str, str]] = []
            while len(files) < TOGETHER and (one := sent.get()):
                files.append(one)
            ended = len(files) < TOGETHER
            if files:
                answer = json.loads(post(port, told, [json.dumps({"files": files}).encode()], as_json))
                count += sum("url" in one for one in answer["files"])
        return count

    requests = list(together(names) if told else ([name] for name in names))
    start = time.perf_counter()
    with ThreadPoolExecutor(CONNECTIONS + 1) as pool:
        telling = pool.submit(tell)
        for done in [pool.submit(send, some) for some in requests]:
            done.result()
        sent.put(None)
        if told and telling.result() != len(names):
            raise RuntimeError(f"{told}: not every file became a document")
    return (time.perf_counter() - start) * 1000 / len(names)


def together(names: list[str]) -> Iterator[list[str]]:
    """What goes in each request: one file while nobody knows how fast the line is, then as many as may."""
    yield from ([name] for name in names[:CONNECTIONS])
    for start in range(CONNECTIONS, len(names), LARGEST // SIZE):
        yield names[start : start + LARGEST // SIZE]


def post(port: int, path: str, contents: list[bytes], headers: dict[str, str]) -> bytes:
    """The answer to a request on a connection of its own. Raises RuntimeError when it is no."""
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("POST", path, contents, {**headers, "Content-Length": str(sum(map(len, contents)))})
    answer = connection.getresponse()
    said = answer.read()
    connection.close()
    if answer.status != 200:
        raise RuntimeError(f"{path}: {answer.status} {said[:500].decode(errors='replace')}")
    return said


@contextmanager
def serving(app: str, **settings: str) -> Iterator[int]:
    """A port of this machine where gunicorn serves an app."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "-c", str(paths.config() / "gunicorn.conf.py"), app]
    environment = {**os.environ, **settings, "CRM_BIND": f"127.0.0.1:{port}"}
    top = Path(paths.PACKAGE).parent
    program = subprocess.Popen(command, env=environment, cwd=top, stderr=subprocess.DEVNULL)
    try:
        until_it_answers(port)
        yield port
    finally:
        program.terminate()
        program.wait()


def until_it_answers(port: int) -> None:
    for _ in range(300):
        try:
            connection = HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/login")
            connection.getresponse().read()
            connection.close()
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the server does not answer")


def bare() -> Flask:
    """Flask with one view, that keeps what it gets in the folder BARE."""
    app = Flask("floor")
    app.config["FOLDER"] = Path(os.environ["BARE"]) / "bare"
    app.config["FOLDER"].mkdir(exist_ok=True)
    app.add_url_rule("/", view_func=keep, methods=["POST"])
    return app


def keep() -> str:
    folder: Any = current_app.config["FOLDER"]
    with (folder / request.headers["X-Upload"]).open("wb") as file:
        while piece := request.stream.read(PIECE):
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    handle = os.open(folder, os.O_RDONLY)
    os.fsync(handle)
    os.close(handle)
    return "kept"


def sealing() -> float:
    """Milliseconds that sealing five megabytes takes of the processor, as they come in."""
    content, key = os.urandom(SIZE), envelope.new_key()
    pieces = [content[start : start + envelope.PIECE] for start in range(0, SIZE, envelope.PIECE)]
    start = time.process_time()
    for _ in envelope.seal_stream(pieces, key, b"bench"):
        pass
    return (time.process_time() - start) * 1000

"""Pages while eight photos of a telephone become one PDF: web server, worker and its child as an office has them."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

from sqlalchemy import func, select

from bench import data, photos
from bench.measure import Result, dump, logged_in, percentile
from bench.uploads import serving
from crm import migrate, paths, records
from crm.accounts.models import User
from crm.app import create_app
from crm.db import db
from crm.documents import operations, storage
from crm.documents.checking import pieces
from crm.documents.models import CHECKING, READY, Document, DocumentVersion

COUNT, PHOTOS, ROUNDS, FEWEST = 2000, 8, 40, 4
MOST = 2.0  # times the time of the same pages with nothing else to do
PATHS = ("/relations", "/dossiers", "/relations/{0}", "/dossiers/{0}", "/dossiers/{0}?tab=documents")


def measure(folder: Path) -> Iterator[Result]:
    """In an office of its own, so that no other work waits there."""
    with tempfile.TemporaryDirectory(dir=folder) as own:
        app = create_app(DATA=own)
        with app.app_context():
            migrate.upgrade()
            made = data.make(COUNT)
            dossier = made.dossier_ids[0]
            bring_in(folder, dossier, made.user_id)
            cookie = dump(logged_in(app, data.EMAIL, data.PASSWORD).cookies)
            addresses = [path.format(dossier) for path in PATHS]
            with serving("wsgi:app", CRM_DATA=own) as port, working(own) as worker:
                until(lambda: count(READY) == PHOTOS)
                visit(port, addresses, cookie)
                idle = [one for _ in range(ROUNDS) for one in visit(port, addresses, cookie)]
                join(dossier, made.user_id)
                until(lambda: bool(children(worker)) or count(READY) > PHOTOS)
                busy: list[float] = []
                while count(CHECKING):
                    busy += visit(port, addresses, cookie)
            done = count(READY) > PHOTOS
            db.disconnect()
    if not done or len(busy) < FEWEST * len(PATHS):
        raise RuntimeError(f"{len(busy)} pages while the photos were joined: {'done' if done else 'not done'}")
    base, median = statistics.median(idle), statistics.median(busy)
    figures = [round(one, 2) for one in (median, percentile(busy, 0.95), base, median / base)]
    name = f"pages beside {PHOTOS} photos → PDF"
    yield Result(name, *figures, f"≤ {MOST:g}× idle ({len(busy)} pages)", median <= MOST * base)


def bring_in(folder: Path, dossier_id: int, user_id: int) -> None:
    """Photos in a dossier, yet to be checked."""
    user = db.session.get(User, user_id)
    photo = photos.photos(folder)[photos.PHOTO]
    for number in range(PHOTOS):
        file = storage.sealer().keep(pieces(photo))
        operations.receive(("dossier", dossier_id), f"{number}.heic", file, user)
    records.commit()


def join(dossier_id: int, user_id: int) -> None:
    """Let them become one PDF, by a job."""
    found = db.session.scalars(select(Document).where(Document.subject_id == dossier_id).order_by(Document.id)).all()
    user = db.session.get(User, user_id)
    if user is None:
        raise RuntimeError("the user is not there")
    operations.join(found, "Samengevoegd", user)
    records.commit()


def count(state: str) -> int:
    """How many files are so now."""
    records.rollback()
    found = db.session.scalar(select(func.count()).where(DocumentVersion.state == state))
    records.rollback()
    return found or 0


@contextmanager
def working(folder: str) -> Iterator[int]:
    """The number of the process of a worker."""
    command, top = [sys.executable, "-m", "crm.cli", "worker"], Path(paths.PACKAGE).parent
    program = subprocess.Popen(command, env={**os.environ, "CRM_DATA": folder}, cwd=top, stderr=subprocess.DEVNULL)
    try:
        yield program.pid
    finally:
        program.terminate()
        program.wait()


def children(process: int) -> list[str]:
    """The processes that this one started and that run now; where the system does not tell, none."""
    lists = Path(f"/proc/{process}/task").glob("*/children")
    return [child for one in lists for child in one.read_text().split()]


def until(is_so: Callable[[], bool], seconds: float = 120) -> None:
    """Wait for something. Raises RuntimeError when it takes too long."""
    end = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > end:
            raise RuntimeError("the worker does not come to it")
        time.sleep(0.02)


def visit(port: int, addresses: list[str], cookie: str) -> list[float]:
    """Milliseconds of each page, as a browser asks it. Raises RuntimeError for one that is not there."""
    taken = []
    for address in addresses:
        start = time.perf_counter()
        connection = HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request("GET", address, headers={"Cookie": cookie, "Accept-Language": "nl"})
        answer = connection.getresponse()
        answer.read()
        connection.close()
        taken.append((time.perf_counter() - start) * 1000)
        if answer.status != 200:
            raise RuntimeError(f"{address}: {answer.status}")
    return taken

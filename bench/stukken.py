"""The tab Stukken of a dossier that was asked sixty, a third of them with a file, beside its rows in a bare page."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from sqlalchemy import event

from bench.data import EMAIL, PASSWORD, Made
from bench.measure import WARM_UP, Request, Result, Visitor, logged_in, result
from crm import migrate, records
from crm.accounts.models import User
from crm.app import create_app
from crm.db import db
from crm.documents import operations as documents
from crm.documents import storage
from crm.documents.operations import Checked
from crm.dossiers import operations as dossiers
from crm.dossiers.models import Dossier
from plugins.document_types import queries as catalogue
from plugins.document_types.requests import giving, operations
from plugins.document_types.requests.wanting import expand

ASKED, WITH_FILES = 60, 20
GOAL, STATEMENTS = 25.0, 8


def measure(folder: Path, address: str, floor: Visitor, made: Made, engine: str, rounds: int) -> Iterator[Result]:
    """In a house of its own on the same database, since the other pages are measured without plugins."""
    app = create_app(DATA=str(folder), DATABASE=address if engine == "postgresql" else "", PLUGINS=["document_types"])
    with app.app_context():
        migrate.upgrade()
        dossier_id = next(one for one in made.dossier_ids if db.session.get_one(Dossier, one).is_open)
        fill(dossier_id, made.user_id)
        db.session.remove()
    visitor = logged_in(app, EMAIL, PASSWORD)
    path = f"/dossiers/{dossier_id}?tab=requests"
    asked = [Request(path)] * (rounds + WARM_UP)
    found = result(f"stukken ({ASKED}), {engine}", visitor.times(asked), floor.times(asked), GOAL)
    with app.app_context():
        count = statements(visitor, path)
        db.disconnect()
    goal = f"{found.goal}, ≤ {STATEMENTS} statements ({count})"
    yield Result(**{**found.plain(), "goal": goal, "holds": found.holds and count <= STATEMENTS})


def fill(dossier_id: int, user_id: int) -> None:
    """Ask them under a dienst, and give files for the first."""
    dossier, user = db.session.get(Dossier, dossier_id), db.session.get(User, user_id)
    if dossier is None or user is None:
        raise RuntimeError("the dossier is not there")
    service = dossiers.save_service(dossier, {"service_kind": "mortgage_advice"}, user)
    every = (one for kind in catalogue.types_by_key().values() for one in expand(kind, dossier.applicants))
    asked = operations.ask(dossier, list(islice(every, ASKED)), service, user)
    if len(asked) != ASKED:
        raise RuntimeError(f"{len(asked)} stukken in place of {ASKED}")
    for number, request in enumerate(asked[:WITH_FILES]):
        file = storage.sealer().keep([b"%PDF-1.7"])
        document = documents.receive(("dossier", dossier_id), f"{number}.pdf", file, user)
        documents.accept(document.newest, Checked("application/pdf", "application/pdf", 1), None)
        giving.give(request, document, user)
    records.commit()


def statements(visitor: Visitor, path: str) -> int:
    """How many the page sends, without those that begin and end a transaction."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith(("PRAGMA", "BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK")):
            sent.append(statement)

    engines = {id(engine.pool): engine for engine in (db.engine, db.engines["read"])}.values()
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    visitor.send(Request(path))
    for engine in engines:
        event.remove(engine, "before_cursor_execute", note)
    return len(sent)

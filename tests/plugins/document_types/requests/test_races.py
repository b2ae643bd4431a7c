"""Files that come in and verdicts at the same moment, each in a transaction of its own: the task is never lost."""

import threading
from types import SimpleNamespace

import pytest
from sqlalchemy import select
from sqlalchemy.orm.exc import StaleDataError

from crm import migrate, paths, records
from crm.activities.models import Task
from crm.app import create_app
from crm.db import db
from crm.dossiers import operations as dossiers
from crm.jobs import queue
from plugins.document_types import queries as catalogue
from plugins.document_types.requests import operations
from plugins.document_types.requests.models import DocumentRequest
from plugins.document_types.requests.wanting import Wanted
from tests.conftest import make_branch, make_user
from tests.crm.activities.conftest import make_dossier

MANY = 6


@pytest.fixture
def office(new_database):
    """An office on a database of its own, with a dossier that is asked MANY stukken."""
    app = create_app(paths.config() / "testing.toml", **new_database, PLUGINS=["document_types"])
    with app.app_context():
        migrate.upgrade()
        branch = make_branch("Utrecht")
        adviser = make_user(app, "Peter van Dijk", "adviser", branch)
        dossier = make_dossier(branch, adviser)
        service = dossiers.save_service(dossier, {"service_kind": "mortgage_advice"}, adviser)
        deed = catalogue.types_by_key()["title_deed"]
        wanted = [Wanted(deed, None, str(number), f"Akte {number}") for number in range(MANY)]
        made = operations.ask(dossier, wanted, service, adviser)
        records.commit()
        yield SimpleNamespace(app=app, ids=[one.id for one in made])
        db.session.remove()
        queue.client().destroy()
        db.disconnect()


def at_once(office, act):
    """Each stuk in a thread of its own, at the same moment; again when somebody else was first."""
    records.rollback()
    start, failed = threading.Barrier(len(office.ids)), []

    def one(identity):
        with office.app.app_context():
            start.wait()
            for _attempt in range(5):
                try:
                    act(db.session.get(DocumentRequest, identity))
                    records.commit()
                    break
                except StaleDataError:
                    records.rollback()
                except Exception as error:
                    records.rollback()
                    failed.append(error)
                    break
            db.session.remove()

    threads = [threading.Thread(target=one, args=(identity,)) for identity in office.ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


def status_of_task():
    records.rollback()
    return db.session.scalars(select(Task.status).where(Task.task_kind == "review_requests")).all()


def test_many_that_come_in_at_once_are_one_task_that_ends_with_the_last(office):
    at_once(office, lambda one: operations.move(one, "submit", None))
    assert status_of_task() == ["open"]
    at_once(office, lambda one: operations.approve(one, None))
    assert status_of_task() == ["done"]


def test_a_verdict_and_a_file_at_once_leave_the_task_open(office):
    first, *others = office.ids
    operations.move(db.session.get(DocumentRequest, first), "submit", None)
    records.commit()

    def act(one):
        operations.approve(one, None) if one.id == first else operations.move(one, "submit", None)

    at_once(office, act)
    assert status_of_task() == ["open"] and len(others) == MANY - 1

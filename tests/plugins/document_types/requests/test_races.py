"""Files that come in and verdicts at the same moment, each in a transaction of its own: the task is never lost."""

import re
import threading
import time
from types import SimpleNamespace

import pytest
from sqlalchemy import select
from sqlalchemy.orm.exc import StaleDataError

from crm import migrate, paths, records
from crm.accounts.models import User
from crm.activities.models import Task
from crm.app import create_app
from crm.db import db
from crm.documents import checking, storage
from crm.documents import operations as documents
from crm.documents.models import Document
from crm.dossiers import operations as dossiers
from crm.feed.models import Post
from crm.jobs import queue
from plugins.document_types import queries as catalogue
from plugins.document_types.requests import giving, operations, verdicts
from plugins.document_types.requests.models import DocumentRequest, RequestFile
from plugins.document_types.requests.wanting import Wanted
from tests.conftest import log_in, make_branch, make_user
from tests.crm.activities.conftest import make_dossier
from tests.plugins.document_types.requests.conftest import check

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
        users = [adviser.id, make_user(app, "Marieke Bakker", "assistant", branch).id]
        ids = [one.id for one in made]
        yield SimpleNamespace(app=app, ids=ids, dossier=dossier.id, service=service.id, users=users)
        db.session.remove()
        queue.client().destroy()
        db.disconnect()


def at_once(office, act, ids=()):
    """Each stuk in a thread of its own, at the same moment; again when somebody else was first."""
    records.rollback()
    ids = ids or office.ids
    start, failed = threading.Barrier(len(ids)), []

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

    threads = [threading.Thread(target=one, args=(identity,)) for identity in ids]
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
    at_once(office, lambda one: verdicts.approve(one, None))
    assert status_of_task() == ["done"]


def test_a_verdict_and_a_file_at_once_leave_the_task_open(office):
    first, *others = office.ids
    operations.move(db.session.get(DocumentRequest, first), "submit", None)
    records.commit()

    def act(one):
        verdicts.approve(one, None) if one.id == first else operations.move(one, "submit", None)

    at_once(office, act)
    assert status_of_task() == ["open"] and len(others) == MANY - 1


def test_of_two_who_open_the_same_stuk_one_reviews_it(office):
    first = office.ids[0]
    operations.move(db.session.get(DocumentRequest, first), "submit", None)
    records.commit()
    waiting = iter(office.users)
    at_once(office, lambda one: verdicts.begin_review(one, db.session.get(User, next(waiting))), [first, first])
    records.rollback()
    found = db.session.get(DocumentRequest, first)
    assert found.status == "in_review" and found.reviewer_id in office.users
    begun = select(Post).where(Post.text.startswith("Beoordeling begonnen"))
    assert len(db.session.scalars(begun).all()) == 1 and status_of_task() == ["open"]


def test_opening_and_a_verdict_at_once_end_with_the_verdict(office):
    first, user = office.ids[0], office.users[0]
    operations.move(db.session.get(DocumentRequest, first), "submit", None)
    records.commit()
    turns = iter((verdicts.begin_review, lambda one, who: verdicts.approve(one, who)))
    at_once(office, lambda one: next(turns)(one, db.session.get(User, user)), [first, first])
    records.rollback()
    assert db.session.get(DocumentRequest, first).status == "approved" and status_of_task() == ["done"]


def test_two_who_give_the_same_document_give_it_once(office, tmp_path, monkeypatch):
    monkeypatch.setitem(office.app.config, "DATA", tmp_path)
    kept = storage.sealer().keep([b"%PDF-1.7"])
    document = documents.receive(("dossier", office.dossier), "akte.pdf", kept, None)
    check(document)
    records.commit()
    identity, first = document.id, office.ids[0]
    at_once(office, lambda one: giving.give(one, db.session.get(Document, identity), None), [first, first])
    records.rollback()
    assert [file.request_id for file in db.session.scalars(select(RequestFile))] == [first]
    assert db.session.get(DocumentRequest, first).status == "submitted" and status_of_task() == ["open"]


def test_who_changes_several_stukken_waits_for_nobody_who_waits_for_him(office):
    first, second = office.ids[:2]

    def act(one):
        other = first if one.id == second else second
        verdicts.hear_lender(one, "received", None)
        time.sleep(0.3)
        verdicts.hear_lender(db.session.get(DocumentRequest, other), "in_review", None)

    at_once(office, act, [first, second])


def test_taken_back_while_its_check_ends(office, tmp_path, monkeypatch):
    monkeypatch.setitem(office.app.config, "DATA", tmp_path)
    found = documents.Checked("application/pdf", "application/pdf", 1)
    monkeypatch.setattr(checking, "examine", lambda *_: ("", found, None))
    accept = documents.accept
    monkeypatch.setattr(documents, "accept", lambda *about: (time.sleep(0.5), accept(*about)))
    author, first = db.session.get(User, office.users[0]), db.session.get(DocumentRequest, office.ids[0])
    kept = storage.sealer().keep([b"%PDF-1.7"])
    document = documents.receive(("dossier", office.dossier), "akte.pdf", kept, author)
    giving.give(first, document, author)
    records.commit()
    version, threads = document.newest.id, []

    def act(one):
        if threading.get_ident() not in threads:
            threads.append(threading.get_ident())
        if threads[0] == threading.get_ident():
            return checking.check(version)
        time.sleep(0.2)
        return giving.take_back(one.files[0], db.session.get(User, office.users[0]))

    at_once(office, act, [first.id, first.id])
    records.rollback()
    assert db.session.scalars(select(Document.id)).all() == []
    assert db.session.get(DocumentRequest, office.ids[0]).status == "open" and "open" not in status_of_task()


def test_two_who_make_the_same_list_ask_it_once(office):
    address = f"/requests/list/service/{office.service}"
    users = [db.session.get(User, one) for one in office.users]
    clients = [log_in(office.app.test_client(), user) for user in users]
    page = clients[0].get(address).text
    data = {"chosen": "1", "wanted": re.findall(r'name="wanted" value="([^"]*)" checked', page)}
    data["templates"] = re.findall(r'<input type="hidden" name="templates" value="([^"]*)"', page)
    records.rollback()
    start, answers = threading.Barrier(2), []

    def send(client):
        start.wait()
        answers.append(client.post(address, data=data).status_code)

    threads = [threading.Thread(target=send, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    records.rollback()
    titles = db.session.scalars(select(DocumentRequest.title)).all()
    assert 422 in answers and len(titles) == len(set(titles)) > MANY

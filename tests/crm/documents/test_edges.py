"""Rules of documents with an edge: what holds on the one side of it, and on the other."""

import datetime as dt

import pytest
from sqlalchemy import select

from crm import records
from crm.db import db, utcnow
from crm.documents import operations, storage, tickets
from crm.documents.models import StoredFile
from crm.feed.models import Post
from crm.records import Refused

SECOND = dt.timedelta(seconds=1)


@pytest.fixture
def bring(dossier, files):
    """Bring a document of the dossier in, and its check ends well: bring(user, "mei.pdf")."""

    def bring(user, name="mei.pdf", sender=""):
        sealed = storage.sealer().keep([b"%PDF-1.7"])
        made = operations.receive(records.ref(dossier), name, sealed, user, sender=sender)
        operations.accept(made.newest, operations.Checked("application/pdf", "application/pdf", 1), None)
        records.commit()
        return made

    return bring


def posts():
    """(who, names, more) of what the feed says was added."""
    found = db.session.scalars(select(Post).where(Post.post_kind == operations.ADDED).order_by(Post.id)).unique()
    return [(one.author, one.data["names"], one.data["more"]) for one in found]


def test_a_file_joins_the_post_of_who_added_one_before_and_nobody_elses(bring, assistant, adviser):
    bring(assistant, "mei.pdf")
    bring(assistant, "juni.pdf")
    bring(adviser, "juli.pdf")
    bring(assistant, "augustus.pdf")
    assert posts() == [(assistant, ["mei", "juni"], 0), (adviser, ["juli"], 0), (assistant, ["augustus"], 0)]


def test_what_another_client_sent_is_another_post(bring):
    for sender in ("Sanne", "Sanne", "Tim"):
        bring(None, sender=sender)
    assert [names for _who, names, _more in posts()] == [["mei", "mei"], ["mei"]]


@pytest.mark.parametrize(("late", "count"), [(-SECOND, 1), (SECOND, 2)])
def test_a_file_joins_within_ten_minutes(bring, assistant, monkeypatch, late, count):
    bring(assistant)
    now = utcnow() + operations.TOGETHER + late
    monkeypatch.setattr(operations, "utcnow", lambda: now)
    bring(assistant)
    assert len(posts()) == count


@pytest.mark.parametrize(("many", "named", "more"), [(10, 10, 0), (11, 10, 1)])
def test_a_post_names_ten_files_and_counts_the_others(bring, assistant, many, named, more):
    for number in range(many):
        bring(assistant, f"{number}.pdf")
    assert posts() == [(assistant, [str(number) for number in range(named)], more)]


@pytest.mark.parametrize(("late", "is_known"), [(-2, True), (2, False)])
def test_a_ticket_lasts_less_long_than_its_file(app, files, assistant, adviser, monkeypatch, late, is_known):
    file = storage.sealer().keep([b"%PDF-1.7"])
    ticket = tickets.ticket_of(file, assistant.id)
    later = utcnow().timestamp() + tickets.LASTS.total_seconds() + late
    monkeypatch.setattr("itsdangerous.timed.time.time", lambda: later)
    found = tickets.file_of(ticket, assistant.id)
    assert isinstance(found, StoredFile) is is_known and tickets.file_of(ticket, adviser.id) is None
    assert tickets.LASTS < operations.UNFINISHED_FOR


def test_documents_become_one_when_each_is_kept_and_of_the_same_record(bring, assistant, dossier):
    first, second = bring(assistant), bring(assistant, "juni.pdf")
    sealed, about = storage.sealer().keep([b"%PDF"]), ("relation", dossier.relation_id)
    alone = operations.receive(about, "ander.pdf", sealed, assistant)
    with pytest.raises(Refused):
        operations.join([first, alone], "Samen", assistant)
    assert operations.join([first, second], "Samen", assistant).name == "Samen"

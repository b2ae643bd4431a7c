"""Whatever office, client and lender do, in any order: what must hold of a stuk holds (domain.md §5.3)."""

import datetime as dt
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from crm.activities.models import Task
from crm.db import db, utcnow
from crm.documents import operations as documents
from crm.documents import storage
from crm.records import Refused, ref
from plugins.document_types.requests import giving, operations, queries, states, verdicts
from plugins.document_types.requests.models import RequestFile
from tests.plugins.document_types.requests.conftest import check

MOST = 14
SAID = st.sampled_from(list(states.LENDER_VERDICTS))
DAYS = st.integers(0, 3)
EVENTS = st.one_of(
    st.sampled_from(
        [
            "upload",
            "upload_unchecked",
            "checked",
            "newer",
            "take_back",
            "remove",
            "begin",
            "approve",
            "reject",
            "partly",
        ]
    ).map(lambda name: (name,)),
    st.sampled_from(["again", "withdraw", "restore", "reopen", "hide", "show", "expire"]).map(lambda name: (name,)),
    st.tuples(st.just("lender"), SAID, DAYS),
)
NOW = utcnow()


class Walk:
    """One stuk of a dossier, and all that can be done to it; what is refused changes nothing."""

    def __init__(self, dossier, request, user, admin):
        self.dossier, self.request, self.user, self.admin = dossier, request, user, admin
        self.unchecked, self.is_put_back = [], False

    def do(self, event, *more):
        try:
            getattr(self, event)(*more)
        except Refused:
            return False
        return True

    def receive(self):
        kept = storage.sealer().keep([b"%PDF-1.7"])
        return documents.receive(ref(self.dossier), "stuk.pdf", kept, self.user)

    def upload(self):
        made = self.receive()
        check(made)
        giving.give(self.request, made, self.user)

    def upload_unchecked(self):
        made = self.receive()
        giving.give(self.request, made, self.user)
        self.unchecked.append(made)

    def checked(self):
        if self.unchecked:
            check(self.unchecked.pop())

    def newer(self):
        if file := next((one for one in self.request.files if one.came_in_at), None):
            kept = storage.sealer().keep([b"%PDF-1.8"])
            version = documents.add_version(file.document, "nieuw.pdf", kept, self.user)
            documents.accept(version, documents.Checked("application/pdf", "application/pdf", 1), None)

    def take_back(self):
        if file := next((one for one in self.request.files if one.came_in_at), None):
            giving.take_back(file, self.user)

    def remove(self):
        if file := next((one for one in self.request.files if one.came_in_at), None):
            documents.remove(file.document, self.user)
            db.session.expire(self.request)

    def begin(self):
        verdicts.begin_review(self.request, self.user)

    def approve(self):
        verdicts.approve(self.request, self.user)

    def reject(self):
        verdicts.reject(self.request, self.user, "unreadable")

    def partly(self):
        verdicts.partly(self.request, self.user, "bladzijde 2")

    def again(self):
        verdicts.look_again(self.request, self.user)

    def withdraw(self):
        operations.withdraw(self.request, self.user)

    def restore(self):
        operations.restore(self.request, self.user)
        self.is_put_back = True

    def reopen(self):
        operations.reopen(self.request, self.user, "Nog eens.")

    def hide(self):
        self.deliver("lender")

    def show(self):
        self.deliver("client")

    def deliver(self, by):
        self.request.type.delivered_by = by
        operations.save(self.request.type, self.admin)

    def expire(self):
        if self.request.status == "approved" and self.request.lender_verdict != "approved":
            self.request.valid_until = NOW.date() - dt.timedelta(days=1)
            operations.save(self.request, None)
        operations.expire()

    def lender(self, said, day):
        before = self.request.lender_verdict_at
        verdicts.hear_lender(self.request, said, self.user, f"{said} {day}", NOW + dt.timedelta(days=day))
        self.is_put_back = self.is_put_back and self.request.lender_verdict_at == before


def holds(walk):
    """What must be so after every event."""
    one = walk.request
    # What the maatschappij let go is approved of only when the office put it back on the list since, as it needs it.
    said_no = ("rejected",) if walk.is_put_back else ("rejected", "cancelled")
    assert (one.status == "approved") <= (
        one.office_verdict not in states.OFFICE_SAYS_NO and one.lender_verdict not in said_no
    )
    view = one.client_view
    assert (view is None) == (one.status == "withdrawn" or one.type.delivered_by == "lender" or one.lender_has_it)
    if one.status in ("rejected", "expired"):
        assert one.client_text and (view is None or view.message == one.client_text)
    waits = one.status in states.TO_REVIEW and one.has_unseen and one.office_verdict == "none"
    assert one.needs_review >= waits
    assert (standing := queries.standings([walk.dossier.id])[0]).needs_review == one.needs_review, standing
    query = select(Task.status).where(Task.task_kind == "review_requests", Task.subject_id == walk.dossier.id)
    assert db.session.scalars(query).all().count("open") == one.needs_review
    assert queries.progress([one.status]).total == (one.status != "withdrawn")
    came_in = db.session.scalars(select(RequestFile).where(RequestFile.request_id == one.id)).all()
    unseen = [file for file in came_in if file.document.current and (not file.came_in_at or not file.verdict)]
    shown = [file for file in unseen if file.came_in_at]
    assert not (shown and one.status == one.office_verdict == "approved"), "a file that nobody saw was approved"


@pytest.fixture
def walk(dossier, ask, assistant, admin, files):
    request = ask("title_deed")
    return SimpleNamespace(make=lambda: Walk(dossier, request, assistant, admin))


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(events=st.lists(EVENTS, min_size=8, max_size=MOST))
def test_what_must_hold_of_a_stuk_holds_after_every_event(walk, events):
    mark = db.session.begin_nested()
    try:
        one = walk.make()
        one.upload()
        for event in events:
            one.do(*event)
            holds(one)
            before = (one.request.status, one.request.office_verdict, one.request.lender_verdict)
            if event[0] in ("approve", "withdraw", "begin", "lender", "expire", "hide", "show"):
                one.do(*event)
                assert before == (one.request.status, one.request.office_verdict, one.request.lender_verdict)
    finally:
        mark.rollback()
        db.session.expire_all()

"""A client whose link does not work asks a new mail: the CRM sends it, to the address it knows."""

import datetime as dt
import re

import pytest
from sqlalchemy import select

from crm.db import db, utcnow
from crm.feed.models import Post
from crm.mail import kept
from crm.mail.letter import take_apart
from crm.mail.models import Message
from crm.records import commit, save
from plugins.vault import client, events, operations, queries
from plugins.vault.models import LOCKED

pytestmark = pytest.mark.postgres
SANNE = "sanne@voorbeeld.example"


def link_in(message):
    """Where the button of an invitation leads, without the address of the portal."""
    return re.search(r"/kluis(/activeren/[\w-]+)", take_apart(kept.mime_of(message)).text)[1]


@pytest.fixture
def invited(office, work):
    """The link in the mail to Sanne."""
    operations.invite(office.person, office.assistant)
    work()
    return link_in(newest())


def mails():
    return db.session.scalars(select(Message).order_by(Message.id)).unique().all()


def newest():
    return mails()[-1]


def ask_new_mail(kluis, link, work, email=SANNE):
    """As the page of a dead link has it; then the CRM hears of it."""
    kluis.send("/nieuwe-mail", email=email)
    events.watch()
    work()


def test_the_new_mail_s_link_works_and_the_one_before_it_no_more(office, invited, kluis, work, sms):
    ask_new_mail(kluis, invited, work)
    assert [(mail.status, mail.to) for mail in mails()] == [("sent", f"Sanne de Vries <{SANNE}>")] * 2
    link = link_in(newest())
    assert link != invited
    assert "Deze link werkt niet meer" in kluis.see(invited)
    kluis.send(link)
    kluis.send(f"{link}/code", code=sms())
    events.watch()
    work()
    assert queries.account_of(office.person.id).state == "active"


def test_an_invitation_that_ended_is_valid_again(office, invited, kluis, work):
    account = queries.account_of(office.person.id)
    account.valid_until = utcnow() - dt.timedelta(days=1)
    save(account, None)
    commit()
    ask_new_mail(kluis, invited, work)
    account = queries.account_of(office.person.id)
    assert (account.generation, account.valid_until > utcnow()) == (2, True)


def test_asked_three_times_before_there_is_one_it_is_one_mail(office, invited, kluis, work):
    for _ in range(2):
        kluis.send("/nieuwe-mail", email=SANNE)
    ask_new_mail(kluis, invited, work)
    assert len(mails()) == 2


def test_a_repeated_event_sends_nothing(office, invited, kluis, work):
    ask_new_mail(kluis, invited, work)
    (event,) = client.portal().events(0)
    events.wanted(queries.account_of(office.person.id), event, None)
    work()
    assert len(mails()) == 2


@pytest.mark.parametrize("email", ["nobody@voorbeeld.example", "tim@voorbeeld.example"])
def test_an_address_that_nobody_has_sends_nothing(office, invited, kluis, work, email):
    ask_new_mail(kluis, invited, work, email)
    assert len(mails()) == 1


def test_who_is_active_gets_none(office, invited, kluis, work, sms):
    kluis.send(invited)
    kluis.send(f"{invited}/code", code=sms())
    ask_new_mail(kluis, invited, work)
    assert len(mails()) == 1


def test_one_that_is_blocked_waits_for_the_office_which_reads_that_it_was_asked(office, invited, kluis, work):
    account = queries.account_of(office.person.id)
    account.state = LOCKED
    save(account, None)
    commit()
    ask_new_mail(kluis, invited, work)
    assert len(mails()) == 1
    assert db.session.scalars(select(Post).where(Post.post_kind == "vault.wanted")).one().subject_id == office.person.id


def test_who_has_no_mail_address_any_more_gets_none_and_the_office_reads_why(office, invited, kluis, work):
    office.person.email = ""
    save(office.person, office.assistant)
    commit()
    ask_new_mail(kluis, invited, work)
    assert len(mails()) == 1
    said = db.session.scalars(select(Post).where(Post.post_kind == "vault.wanted")).one()
    assert "e-mailadres" in said.text

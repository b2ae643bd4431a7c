"""Links of invitations: what uses them up, and what the portal says of those that do not work."""

import datetime as dt
import re

import pytest
from sqlalchemy import select, update

from crm.furniture import commit, db, utcnow
from plugins.portal.doors import limits
from plugins.portal.doors.models import Account, Attempts
from tests.plugins.portal.conftest import TOKEN, VAULT
from tests.plugins.portal.test_doors import CODE_PAGE, make_older

SANNE = "sanne@voorbeeld.example"
FORM = re.compile(r'<form method="post"(?: action="([^"]+)")?')
FIELD = re.compile(r'<input [^>]*name="(\w+)"')


def scan(browser, path, typed):
    """Open a page, send each of its forms with `typed` in every field, and do the same where those lead to."""
    todo, seen = [path], set()
    while todo:
        page = todo.pop()
        if page in seen:
            continue
        seen.add(page)
        browser.head(page)
        text = browser.get(page).text
        for action in FORM.findall(text):
            fields = dict.fromkeys(FIELD.findall(text), typed)
            answer = browser.post(action or page, data=fields)
            todo += [answer.location] if answer.location else []
    return seen


@pytest.mark.requirement("U-016", "portal")
@pytest.mark.parametrize("typed", ["", "x", "123456", "scanner@voorbeeld.example"])
def test_a_scanner_that_opens_and_sends_everything_uses_nothing_up(portal, crm, sms, typed):
    crm.invite()
    seen = scan(portal.test_client(), f"/activeren/{TOKEN}", typed)
    assert CODE_PAGE in seen
    account = db.session.scalars(select(Account)).one()
    assert (account.activated_at, account.voided_codes) == (None, 0)
    make_older()
    client = portal.test_client()
    client.post(f"/activeren/{TOKEN}")
    assert client.post(CODE_PAGE, data={"code": sms()}).location == "/wachtwoord"


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "  "])
def test_what_is_no_code_costs_no_try(crm, browser, sms, typed):
    crm.invite()
    browser.post(f"/activeren/{TOKEN}")
    for _ in range(6):
        assert browser.post(CODE_PAGE, data={"code": typed}).status_code == 422
    assert browser.post(CODE_PAGE, data={"code": sms()}).status_code == 302


def said(browser, path):
    """(code, page) without what differs by browser."""
    answer = browser.get(path)
    return answer.status_code, re.sub(r'(content|value)="[^"]{40,}"', "", answer.text)


def test_old_used_blocked_and_unknown_links_say_the_same(portal, crm, as_client):
    crm.invite("v-old", "old", generation=1, email="a@voorbeeld.example")
    crm.invite("v-old", "newer", generation=2, email="a@voorbeeld.example")
    crm.invite("v-expired", "expired", days=0, email="b@voorbeeld.example", form="jij")
    crm.invite("v-locked", "locked", email="c@voorbeeld.example")
    db.session.execute(update(Account).where(Account.generation == 1).values(voided_codes=0))
    locked = select(Account.vault_id).order_by(Account.vault_id.desc()).limit(1).scalar_subquery()
    db.session.execute(update(Account).where(Account.vault_id == locked).values(voided_codes=3))
    commit()
    answers = {said(portal.test_client(), f"/activeren/{token}{rest}")
               for token in ("old", "expired", "locked", TOKEN, "nobody-s") for rest in ("", "/code")}  # fmt: skip
    assert len(answers) == 1
    ((code, page),) = answers
    assert code == 410
    assert "Stuur mij een nieuwe mail" in page


def asked(browser, email=SANNE):
    return browser.post("/nieuwe-mail", data={"email": email})


def wishes(crm):
    return [(one["vault"], one["says"]) for one in crm.events() if one["kind"] == "invitation_wanted"]


@pytest.mark.parametrize("days", [14, 0])
def test_a_new_mail_is_asked_for_an_invitation_that_was_not_accepted(crm, browser, days):
    crm.invite(generation=4, days=days)
    assert asked(browser, "Sanne@Voorbeeld.example").location == "/nieuwe-mail/gevraagd"
    assert wishes(crm) == [(VAULT, {"generation": "4"})]


def test_two_who_share_an_address_both_get_one(crm, browser):
    crm.invite("v1", "one")
    crm.invite("v2", "two", first_name="Tim")
    asked(browser)
    assert [vault for vault, _says in wishes(crm)] == ["v1", "v2"]


def test_who_is_known_cannot_be_found_out(crm, as_client, portal):
    crm.invite("v-tim", "token-of-tim", first_name="Tim", email="tim@voorbeeld.example")
    answers = set()
    for email in (SANNE, "tim@voorbeeld.example", "nobody@voorbeeld.example"):
        answer = asked(portal.test_client(), email)
        answers.add((answer.status_code, answer.location, answer.text))
    assert len(answers) == 1
    assert [vault for vault, _says in wishes(crm)] == ["v-tim"]


@pytest.mark.parametrize("typed", ["", "sanne", "sanne@", "a@b\nBcc: c@d.example"])
def test_what_is_no_address_is_said_and_stays_typed(crm, browser, typed):
    answer = asked(browser, typed)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert typed.partition("\n")[0] in answer.text
    assert db.session.query(Attempts).count() == 0


@pytest.mark.parametrize("email", [SANNE, "nobody@voorbeeld.example"])
@pytest.mark.parametrize(("before", "code"), [(limits.NEW_MAILS - 1, 302), (limits.NEW_MAILS, 429)])
def test_only_so_many_are_asked_for_one_address(crm, portal, email, before, code):
    crm.invite()
    for number in range(before):
        portal.test_client().post(
            "/nieuwe-mail", data={"email": email}, environ_base={"REMOTE_ADDR": f"10.0.0.{number}"}
        )
    assert asked(portal.test_client(), email).status_code == code


@pytest.mark.parametrize(("before", "code"), [
    (limits.NEW_MAILS_OF_ONE_PLACE - 1, 302), (limits.NEW_MAILS_OF_ONE_PLACE, 429),
])  # fmt: skip
def test_only_so_many_are_asked_from_one_place(crm, portal, before, code):
    for number in range(before):
        asked(portal.test_client(), f"n{number}@voorbeeld.example")
    assert asked(portal.test_client()).status_code == code


@pytest.mark.parametrize(("minutes", "code"), [(59, 429), (61, 302)])
def test_an_hour_later_it_may_be_asked_again(crm, portal, minutes, code):
    for _ in range(limits.NEW_MAILS):
        asked(portal.test_client())
    db.session.execute(update(Attempts).values(until=utcnow() + dt.timedelta(minutes=60 - minutes)))
    commit()
    assert asked(portal.test_client()).status_code == code


@pytest.mark.requirement("U-016", "portal")
def test_who_went_away_before_he_chose_a_password_comes_in_with_the_same_link(portal, crm, browser, sms):
    crm.invite()
    browser.post(f"/activeren/{TOKEN}")
    browser.post(CODE_PAGE, data={"code": sms()})
    assert browser.get("/verzoeken").location == browser.post("/verzoeken/r1").location == "/wachtwoord"
    make_older()
    again = portal.test_client()
    again.post(f"/activeren/{TOKEN}")
    assert again.post(CODE_PAGE, data={"code": sms()}).location == "/wachtwoord"
    assert again.post("/wachtwoord", data={"password": "drie kippen op stok"}).location == "/"
    assert again.get("/verzoeken").status_code == 200
    assert [event["kind"] for event in crm.events()] == ["invitation_accepted"]
    assert portal.test_client().get(f"/activeren/{TOKEN}").status_code == 410, "used up"


@pytest.mark.parametrize(("left", "code"), [(1, 200), (0, 410)])
def test_a_link_without_a_password_lasts_as_long_as_the_invitation(portal, crm, browser, sms, left, code):
    crm.invite()
    browser.post(f"/activeren/{TOKEN}")
    browser.post(CODE_PAGE, data={"code": sms()})
    db.session.execute(update(Account).values(valid_until=utcnow() + dt.timedelta(minutes=left)))
    commit()
    assert portal.test_client().get(f"/activeren/{TOKEN}").status_code == code

"""Who comes in, and who does not."""

import datetime as dt

import pytest
from sqlalchemy import func, select, update

from crm.furniture import commit, db, utcnow
from plugins.portal.doors import operations, queries
from plugins.portal.doors.models import Account, Code, Session
from tests.plugins.portal.conftest import TOKEN, VAULT

CODE_PAGE = f"/activeren/{TOKEN}/code"
WRONG = "000000"


def other_than(digits):
    return f"{(int(digits) + 1) % 1_000_000:06d}"


def account():
    return db.session.scalars(select(Account).execution_options(populate_existing=True)).one()


def test_looking_at_a_link_uses_nothing_up(crm, browser, sms):
    crm.invite()
    for method in ("HEAD", "GET", "GET"):
        assert browser.open(f"/activeren/{TOKEN}", method=method).status_code == 200
    assert db.session.scalar(select(func.count()).select_from(Code)) == 0
    assert account().activated_at is None


def test_a_scanner_that_sends_every_form_does_not_take_the_client_s_place(portal, crm, sms):
    crm.invite()
    scanner, client = portal.test_client(), portal.test_client()
    scanner.post(f"/activeren/{TOKEN}")
    scanner.post(CODE_PAGE, data={"code": ""})
    make_older()
    client.post(f"/activeren/{TOKEN}")
    assert client.post(CODE_PAGE, data={"code": sms()}).location == "/wachtwoord"


def test_a_code_is_good_only_in_the_browser_that_asked_for_it(portal, crm, browser, sms):
    crm.invite()
    browser.post(f"/activeren/{TOKEN}")
    assert portal.test_client().post(CODE_PAGE, data={"code": sms()}).status_code == 422
    assert browser.post(CODE_PAGE, data={"code": sms()}).status_code == 302


@pytest.mark.parametrize(("wrong", "answer"), [(4, 302), (5, 422)])
def test_at_most_five_tries(crm, browser, sms, wrong, answer):
    crm.invite()
    browser.post(f"/activeren/{TOKEN}")
    for _ in range(wrong):
        assert browser.post(CODE_PAGE, data={"code": other_than(sms())}).status_code == 422
    assert browser.post(CODE_PAGE, data={"code": sms()}).status_code == answer


@pytest.mark.parametrize(("minutes", "answer"), [(9, 302), (10, 422)])
def test_a_code_lasts_ten_minutes(crm, browser, sms, minutes, answer):
    crm.invite()
    browser.post(f"/activeren/{TOKEN}")
    db.session.execute(update(Code).values(expires_at=utcnow() + dt.timedelta(minutes=10 - minutes)))
    commit()
    assert browser.post(CODE_PAGE, data={"code": sms()}).status_code == answer


def make_older(seconds=31):
    """Let every code be from so many seconds ago."""
    db.session.execute(update(Code).values(made_at=utcnow() - dt.timedelta(seconds=seconds)))
    commit()


@pytest.mark.parametrize(("asked", "seconds", "answer"), [
    (1, 28, 429), (1, 31, 302), (2, 58, 429), (2, 61, 302), (3, 118, 429), (3, 121, 302), (7, 118, 429), (7, 121, 302),
])  # fmt: skip
def test_the_next_code_may_be_asked_after_30_60_and_then_120_seconds(crm, browser, asked, seconds, answer):
    crm.invite()
    for _ in range(asked):
        browser.post(f"/activeren/{TOKEN}")
        make_older(121)
    make_older(seconds)
    assert browser.post(f"/activeren/{TOKEN}").status_code == answer


@pytest.mark.parametrize(("minutes", "answer"), [(59, 429), (61, 302)])
def test_codes_of_more_than_an_hour_ago_make_nobody_wait_longer(crm, browser, minutes, answer):
    crm.invite()
    for _ in range(2):
        browser.post(f"/activeren/{TOKEN}")
        make_older(minutes * 60)
    browser.post(f"/activeren/{TOKEN}")
    newest = db.session.scalars(select(Code.id).order_by(Code.id.desc()).limit(1)).one()
    db.session.execute(update(Code).where(Code.id == newest).values(made_at=utcnow() - dt.timedelta(seconds=31)))
    commit()
    assert browser.post(f"/activeren/{TOKEN}").status_code == answer


def test_a_new_code_voids_the_one_before(crm, browser, monkeypatch):
    crm.invite()
    codes = iter([111111, 222222])
    monkeypatch.setattr(operations.secrets, "randbelow", lambda _most: next(codes))
    for _ in range(2):
        browser.post(f"/activeren/{TOKEN}")
        make_older()
    assert browser.post(CODE_PAGE, data={"code": "111111"}).status_code == 422
    assert browser.post(CODE_PAGE, data={"code": "222222"}).status_code == 302


@pytest.mark.parametrize(("purpose", "is_good"), [("activation", True), ("log_in", False), ("", False)])
def test_a_code_is_good_for_what_it_was_asked_for_alone(crm, purpose, is_good):
    crm.invite()
    vault_id = account().vault_id
    digits = operations.new_code(vault_id, "activation", "browser")
    assert operations.try_code(vault_id, purpose, "browser", digits) is is_good


def test_a_code_is_good_for_one_person_alone(crm):
    crm.invite("v1", "one")
    crm.invite("v2", "two")
    mine, other = db.session.scalars(select(Account.vault_id).order_by(Account.vault_id))
    digits = operations.new_code(mine, "activation", "browser")
    operations.new_code(other, "activation", "browser")
    db.session.execute(
        update(Code)
        .where(Code.vault_id == other)
        .values(digest=select(Code.digest).where(Code.vault_id == mine).scalar_subquery())
    )
    assert not operations.try_code(other, "activation", "browser", digits)
    assert operations.try_code(mine, "activation", "browser", digits)


def test_a_link_works_once(crm, browser, as_client, portal):
    late = portal.test_client()
    assert late.get(f"/activeren/{TOKEN}").status_code == 410
    assert late.post(f"/activeren/{TOKEN}").status_code == 410


def test_a_newer_invitation_kills_the_link_and_the_code_before_it(crm, browser, sms):
    crm.invite()
    browser.post(f"/activeren/{TOKEN}")
    crm.invite(token="another-token", generation=2)
    assert browser.get(f"/activeren/{TOKEN}").status_code == 410
    assert browser.post(CODE_PAGE, data={"code": sms()}).status_code == 410
    assert browser.get("/activeren/another-token").status_code == 200


def test_an_older_invitation_that_comes_late_changes_nothing(crm, browser):
    crm.invite(token="second", generation=2)
    crm.invite(token="first", generation=1)
    assert browser.get("/activeren/second").status_code == 200
    assert browser.get("/activeren/first").status_code == 410


@pytest.mark.parametrize(("days", "answer"), [(14, 200), (0, 410)])
def test_an_invitation_ends(crm, browser, days, answer):
    crm.invite(days=days)
    assert browser.get(f"/activeren/{TOKEN}").status_code == answer


def test_three_codes_guessed_away_block_the_invitation_and_the_crm_hears_of_it(crm, browser, sms):
    crm.invite()
    for _ in range(queries.MOST_VOIDED):
        browser.post(f"/activeren/{TOKEN}")
        for _ in range(operations.TRIES):
            browser.post(CODE_PAGE, data={"code": other_than(sms())})
        make_older(130)
    assert browser.get(f"/activeren/{TOKEN}").status_code == 410
    assert crm.call("GET", f"/vaults/{VAULT}").get_json()["state"] == "locked"
    assert [event["kind"] for event in crm.events()] == ["invitation_locked"]


def test_who_is_active_is_not_invited_again(crm, as_client):
    assert crm.invite(generation=2).status_code == 409
    assert crm.call("GET", f"/vaults/{VAULT}").get_json()["state"] == "active"


@pytest.mark.parametrize("password", ["kort", "wachtwoord1", "sanne2026", "aaaaaaaaaaaa", "12345678"])
def test_a_password_that_is_short_or_known_is_refused(crm, browser, sms, password):
    crm.invite()
    browser.post(f"/activeren/{TOKEN}")
    browser.post(CODE_PAGE, data={"code": sms()})
    assert browser.post("/wachtwoord", data={"password": password}).status_code == 422
    assert account().password == ""


def test_logging_in_takes_the_password_and_a_code(crm, as_client, portal, sms):
    make_older(130)
    elsewhere = portal.test_client()
    typed = {"email": "Sanne@Voorbeeld.example", "password": "drie kippen op stok"}
    assert elsewhere.post("/inloggen", data=typed | {"password": "iets anders dan dat"}).status_code == 422
    assert elsewhere.post("/inloggen", data=typed).location == "/inloggen/code"
    assert elsewhere.get("/").location == "/inloggen"
    assert elsewhere.post("/inloggen/code", data={"code": sms()}).location == "/"
    assert elsewhere.get("/").status_code == 200


def test_a_copied_cookie_ends_with_the_session(crm, as_client, portal):
    thief = portal.test_client()
    with as_client.session_transaction() as mine, thief.session_transaction() as copy:
        copy.update(dict(mine))
    assert thief.get("/").status_code == 200
    as_client.post("/uitloggen")
    assert thief.get("/").location == "/inloggen"


@pytest.mark.parametrize(("column", "ago", "answer"), [
    ("seen_at", dt.timedelta(minutes=29), 200), ("seen_at", dt.timedelta(minutes=30), 302),
    ("began_at", dt.timedelta(hours=11, minutes=59), 200), ("began_at", dt.timedelta(hours=12), 302),
])  # fmt: skip
def test_a_session_ends_when_it_stands_still_or_lasts_too_long(crm, as_client, column, ago, answer):
    db.session.execute(update(Session).values({column: utcnow() - ago}))
    commit()
    assert as_client.get("/").status_code == answer


@pytest.mark.parametrize(("ago", "is_noted"), [(dt.timedelta(seconds=55), False), (dt.timedelta(seconds=61), True)])
def test_a_click_is_noted_once_a_minute(crm, as_client, ago, is_noted):
    before = utcnow() - ago
    db.session.execute(update(Session).values(seen_at=before))
    commit()
    as_client.get("/")
    assert (db.session.scalars(select(Session)).one().seen_at > before) is is_noted


@pytest.mark.parametrize(("wrong", "answer"), [(4, 302), (5, 429)])
def test_of_one_address_five_passwords_are_looked_at(crm, as_client, portal, wrong, answer):
    make_older(130)
    elsewhere = portal.test_client()
    for _ in range(wrong):
        elsewhere.post("/inloggen", data={"email": "sanne@voorbeeld.example", "password": "niet dit"})
    typed = {"email": "Sanne@voorbeeld.example", "password": "drie kippen op stok"}
    assert elsewhere.post("/inloggen", data=typed).status_code == answer


@pytest.mark.parametrize(("most", "answer"), [(2, 302), (1, 429)])
@pytest.mark.parametrize("setting", ["KLUIS_SMS_A_DAY", "KLUIS_SMS_ALTOGETHER"])
def test_only_so_many_text_messages_go_out(crm, browser, house, monkeypatch, setting, most, answer):
    monkeypatch.setitem(house.config, setting, most)
    crm.invite()
    browser.post(f"/activeren/{TOKEN}")
    make_older()
    assert browser.post(f"/activeren/{TOKEN}").status_code == answer

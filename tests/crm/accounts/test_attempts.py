"""Attempts are counted before they are looked at, per account and place, at the same moment too."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import select

from crm import migrate, paths, records, throttle
from crm.accounts import attempts
from crm.accounts.attempts import FREE_ATTEMPTS, FREE_PER_ADDRESS, WINDOW, Place
from crm.accounts.models import Attempts
from crm.accounts.views import place
from crm.app import create_app
from crm.audit.models import AuditEntry
from crm.db import db
from crm.records import Refused
from tests.conftest import PASSWORD, log_in, make_branch, make_user

ME, HERE = "ik@kantoor.example", Place("192.0.2.1")


@pytest.fixture(scope="module")
def house(houses):
    return houses("sqlite")


@pytest.fixture
def clock(monkeypatch):
    """Moves the clock of the counters to so many seconds from the start."""
    start = dt.datetime.now(dt.UTC)

    def move(seconds):
        for module in (attempts, throttle):
            monkeypatch.setattr(module, "utcnow", lambda: start + dt.timedelta(seconds=seconds))

    move(0)
    return move


def free(scope="proef"):
    """How many attempts are let through from now on."""
    for number in range(100):
        try:
            attempts.take(scope)
        except Refused:
            records.rollback()
            return number
        records.commit()
    return 100


def test_who_is_held_off_is_in_the_log_and_not_who_that_is(app, clock, caplog):
    for _attempt in range(FREE_ATTEMPTS):
        attempts.take(f"login:{ME}")
    assert "held off" not in caplog.text
    with pytest.raises(Refused):
        attempts.take(f"login:{ME}")
    said = f"held off, {FREE_ATTEMPTS + 1} attempts of at most {FREE_ATTEMPTS}: login"
    assert said in caplog.text and ME not in caplog.text


@pytest.mark.parametrize(("later", "more"), [(WINDOW.total_seconds() - 1, 0), (WINDOW.total_seconds(), FREE_ATTEMPTS)])
def test_the_count_begins_anew_when_its_window_is_over_and_not_before(app, clock, later, more):
    assert free() == FREE_ATTEMPTS
    clock(later)
    assert free() == more


def test_the_window_is_that_of_the_first_attempt(app, clock):
    attempts.take("proef")
    records.commit()
    clock(WINDOW.total_seconds() - 1)
    assert free() == FREE_ATTEMPTS - 1
    clock(WINDOW.total_seconds() + 1)
    assert free() == FREE_ATTEMPTS


def test_a_refused_attempt_tells_how_long_and_makes_it_no_longer(app, clock):
    free()
    clock(60)
    with pytest.raises(Refused, match="over 14 minuten"):
        attempts.take("proef")


@pytest.mark.parametrize("tried", [FREE_PER_ADDRESS - 1, FREE_PER_ADDRESS])
def test_one_place_may_fail_so_often_over_all_accounts(app, clock, tried):
    for number in range(tried):
        attempts.take_login(f"{number}@kantoor.example", HERE)
    records.commit()
    if tried < FREE_PER_ADDRESS:
        attempts.take_login(ME, HERE)
    else:
        with pytest.raises(Refused):
            attempts.take_login(ME, HERE)


def test_many_who_log_in_well_from_one_place_hinder_nobody(app, clock):
    for number in range(2 * FREE_PER_ADDRESS):
        attempts.take_login(f"{number}@kantoor.example", HERE)
        attempts.succeeded(f"{number}@kantoor.example", HERE)
    attempts.take_login(ME, HERE)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("", "", True),
    ],
)
def test_a_line_is_one_place(one, other, same):
    assert (attempts.network_of(one) == attempts.network_of(other)) == same


def test_a_colleague_at_the_same_address_locks_nobody_out_of_his_own_browser(app, client, assistant, adviser):
    mine, typed = app.test_client(), {"email": assistant.email, "password": PASSWORD}
    assert mine.post("/login", data=typed).status_code == 302
    mine.post("/logout")
    colleague = app.test_client()
    colleague.post("/login", data={"email": adviser.email, "password": PASSWORD})
    colleague.post("/logout")
    for _ in range(FREE_ATTEMPTS + 1):
        answer = colleague.post("/login", data={**typed, "password": "verkeerd"})
    assert "Te veel pogingen" in answer.text
    assert "Te veel pogingen" in client.post("/login", data=typed).text, "a browser nobody knows"
    assert mine.post("/login", data=typed).status_code == 302
    mine.post("/logout")
    for _ in range(FREE_ATTEMPTS):
        mine.post("/login", data={**typed, "password": "verkeerd"})
    assert "Te veel pogingen" in mine.post("/login", data=typed).text, "who stole the browser guesses no more either"


def test_a_word_that_we_did_not_give_is_no_browser_we_know(app, client, assistant):
    client.post("/login", data={"email": assistant.email, "password": PASSWORD})
    ours = client.get_cookie("browser")
    assert ours.http_only and ours.same_site == "Lax" and ours.max_age > 80 * 24 * 3600
    for word, known in ((ours.value, True), (ours.value + "x", False), ("x", False)):
        with app.test_request_context("/login", headers={"Cookie": f"browser={word}"}):
            assert attempts.is_known(assistant.email, place().device) == known


def test_log_ins_and_refusals_stand_in_the_chain(app, client, assistant):
    client.post("/login", data={"email": assistant.email, "password": "verkeerd"})
    client.post("/login", data={"email": "geheim-wachtwoord", "password": "x"})
    client.post("/login", data={"email": "niemand@kantoor.example", "password": "x"})
    client.post("/login", data={"email": assistant.email, "password": PASSWORD})
    client.post("/account/password", data={"old": "verkeerd", "new_password": "paard batterij nietje"})
    client.post("/logout")
    found = db.session.scalars(
        select(AuditEntry).where(AuditEntry.record_kind == "login").order_by(AuditEntry.id)
    ).all()
    told = [
        (entry.action, entry.record_id, entry.user_id, entry.fields.get("email", [None, None])[1]) for entry in found
    ]
    me = assistant.id
    assert told == [
        ("refused", me, None, assistant.email),
        ("refused", 0, None, "…"),
        ("refused", 0, None, "niemand@kantoor.example"),
        ("login", me, me, None),
        ("refused", me, me, None),
        ("logout", me, me, None),
    ]


def test_the_log_shows_them(app, admin, assistant):
    app.test_client().post("/login", data={"email": assistant.email, "password": "verkeerd"})
    page = log_in(app.test_client(), admin).get("/admin/log?kind=login").text
    assert "Geweigerd" in page and assistant.email in page


def test_who_guess_at_the_same_moment_get_no_more_attempts_and_no_error(new_database):
    app = create_app(paths.config() / "testing.toml", SERVER_NAME="localhost", **new_database)
    with app.app_context():
        migrate.upgrade()
        email = make_user(app, "Marieke Bakker", "assistant", make_branch("Utrecht")).email
        db.disconnect()
    guessers = 3 * FREE_ATTEMPTS
    ready = Barrier(guessers)

    def guess(_number):
        ready.wait()
        answer = app.test_client().post("/login", data={"email": email, "password": "verkeerd"})
        return answer.status_code, "klopt niet" in answer.text, "Te veel pogingen" in answer.text

    with ThreadPoolExecutor(guessers) as pool:
        answers = list(pool.map(guess, range(guessers)))
    assert sorted(answers) == [(422, False, True)] * 2 * FREE_ATTEMPTS + [(422, True, False)] * FREE_ATTEMPTS
    with app.app_context():
        mine = select(Attempts.count).where(Attempts.scope == attempts.pair_scope(email, Place("127.0.0.1")))
        assert db.session.scalar(mine) == FREE_ATTEMPTS
        db.disconnect()

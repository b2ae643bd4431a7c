"""Sessions: a cookie is worth nothing once its session ended, wherever it was copied to."""

import datetime as dt
import time

import pytest
from flask import g
from sqlalchemy import select

from crm import migrate, paths, records
from crm.accounts import operations, queries, sessions
from crm.accounts.models import UserSession
from crm.app import create_app
from crm.db import db, utcnow
from crm.jobs import operations as jobs
from tests.conftest import PASSWORD, come_in, let_pass, log_in, make_branch, make_user, new_session

NEW = "paard batterij nietje"
LOGGED_OUT = "/login?next=/account"
EVERYWHERE, ELSEWHERE, NOWHERE = "everywhere", "everywhere else", "nowhere"
# What each way to post to this room leaves of the sessions of the user it is about.
ENDS = {
    "accounts.account": NOWHERE,
    "accounts.change_password": ELSEWHERE,
    "accounts.choose_password": EVERYWHERE,
    "accounts.code": NOWHERE,
    "accounts.edit_branch": NOWHERE,
    "accounts.edit_user": EVERYWHERE,
    "accounts.end_session": "there",
    "accounts.end_sessions": ELSEWHERE,
    "accounts.end_user_sessions": EVERYWHERE,
    "accounts.login": "here",
    "accounts.logout": "here",
    "accounts.new_branch": NOWHERE,
    "accounts.new_user": NOWHERE,
    "accounts.recovery_codes": ELSEWHERE,
    "accounts.reset_password": EVERYWHERE,
    "accounts.reset_second_factor": EVERYWHERE,
    "accounts.revoke_token": NOWHERE,
    "accounts.second_factor": ELSEWHERE,
    "accounts.second_factor_off": ELSEWHERE,
    "accounts.set_enabled": EVERYWHERE,
    "accounts.tokens": NOWHERE,
}


@pytest.fixture(scope="module")
def house(houses):
    return houses("sqlite")


def is_in(client):
    g.pop("_login_user", None)
    return client.get("/account").status_code == 200


def copy_of(client, app):
    """Another browser with the same cookies."""
    other = app.test_client()
    other.set_cookie("session", client.get_cookie("session").value)
    return other


def test_every_way_to_post_here_says_what_it_ends(app):
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("accounts.")]
    assert {rule.endpoint for rule in rules if "POST" in rule.methods} == set(ENDS)


@pytest.mark.parametrize("endpoint", [name for name, what in ENDS.items() if what != NOWHERE])
def test_what_ends_sessions_ends_copies_of_their_cookies_too(app, assistant, admin, branch, other_branch, endpoint):
    here, there, beheer = (log_in(app.test_client(), user) for user in (assistant, assistant, admin))
    third = log_in(app.test_client(), assistant)
    copied, copied_there = copy_of(here, app), copy_of(there, app)
    assert is_in(copied) and is_in(copied_there)
    answer = act(endpoint, here, beheer, assistant, other_branch)
    assert answer.status_code in (200, 302)
    left = {"here": (False, True, True), "there": (True, False, True), EVERYWHERE: (False,) * 3}
    kept_here, kept_there, kept_third = left.get(ENDS[endpoint], (False, False, False))
    assert is_in(copied_there) == is_in(there) == kept_there and is_in(third) == kept_third
    if endpoint == "accounts.end_sessions":  # the one session that goes on as it is
        kept_here = True
    assert is_in(copied) == kept_here
    assert is_in(here) == (ENDS[endpoint] in (ELSEWHERE, "there") or endpoint == "accounts.login")
    assert is_in(beheer)


def act(endpoint, here, beheer, user, other_branch):
    """Do what this page does, as `user` in the browser `here` or as the beheerder."""
    about, word = f"/admin/users/{user.id}", operations.password_word(user)
    known = {"own_password": PASSWORD}
    there = db.session.scalars(select(UserSession.id).where(UserSession.user_id == user.id).order_by(UserSession.id))
    if endpoint in ("accounts.second_factor_off", "accounts.recovery_codes"):
        user.totp_secret = "A" * 32
        records.keep(user)
        records.commit()
    verbs = {
        "accounts.change_password": lambda: here.post("/account/password", data={"old": PASSWORD, "new_password": NEW}),
        "accounts.choose_password": lambda: beheer.application.test_client().post(
            f"/password/{word}", data={"password": NEW}
        ),
        "accounts.edit_user": lambda: beheer.post(
            about, data={"name": user.name, "email": user.email, "role": user.role, "branch_ids": [other_branch.id]}
        ),
        "accounts.end_session": lambda: here.post(f"/account/sessions/{there.all()[1]}"),
        "accounts.end_sessions": lambda: here.post("/account/sessions"),
        "accounts.end_user_sessions": lambda: beheer.post(f"{about}/sessions"),
        "accounts.login": lambda: here.post("/login", data={"email": user.email, "password": PASSWORD}),
        "accounts.logout": lambda: here.post("/logout"),
        "accounts.recovery_codes": lambda: here.post("/account/recovery-codes", data=known),
        "accounts.reset_password": lambda: beheer.post(f"{about}/reset-password"),
        "accounts.reset_second_factor": lambda: beheer.post(f"{about}/reset-second-factor"),
        "accounts.second_factor": lambda: turn_on(here),
        "accounts.second_factor_off": lambda: here.post("/account/second-factor/off", data=known),
        "accounts.set_enabled": lambda: beheer.post(f"{about}/enabled", data={"on": "0"}),
    }
    g.pop("_login_user", None)
    return verbs[endpoint]()


def turn_on(client):
    from tests.crm.accounts.test_views import set_up_second_factor

    return set_up_second_factor(client)[2]


def test_a_copied_cookie_opens_no_page_after_logging_out(app, assistant):
    here = log_in(app.test_client(), assistant)
    copied = copy_of(here, app).get_cookie("session").value
    here.post("/logout")
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        if getattr(view, "permission", None) is None or rule.arguments or "GET" not in rule.methods:
            continue
        thief = app.test_client()
        thief.set_cookie("session", copied)
        answer = thief.get(rule.rule)
        assert answer.status_code == 302 and answer.headers["Location"].startswith("/login?"), rule.rule


@pytest.mark.parametrize(
    ("began", "seen", "goes_on"),
    [(0, 59 * 60 + 50, True), (0, 60 * 60 + 1, False), (10 * 3600 - 10, 0, True), (10 * 3600 + 1, 0, False)],
)
def test_a_session_ends_when_it_stands_still_or_lasts_too_long(client, assistant, began, seen, goes_on):
    log_in(client, assistant)
    let_pass(assistant, seen, began)
    assert is_in(client) == goes_on
    assert bool(queries.sessions(assistant)) == goes_on
    if not goes_on:
        assert client.get("/account").headers["Location"] == LOGGED_OUT


def test_an_old_cookie_does_not_bring_a_session_back(app, assistant):
    """How long it stood still is counted here, not in what a browser sends."""
    cookie = new_session(assistant)
    assert is_in(come_in(app.test_client(), cookie))
    let_pass(assistant, seen=61 * 60)
    assert not is_in(come_in(app.test_client(), cookie))


@pytest.mark.parametrize(("seen", "noted"), [(50, False), (61, True)])
def test_a_click_keeps_a_session_alive_and_is_written_once_a_minute(client, assistant, statements, seen, noted):
    log_in(client, assistant)
    let_pass(assistant, seen)
    statements.clear()
    assert client.get("/tasks").status_code == 200
    assert any(sql.startswith("UPDATE user_sessions") for sql in statements) == noted
    age = utcnow() - db.session.scalars(select(UserSession.seen_at)).one()
    assert (age < dt.timedelta(seconds=30)) == noted
    statements.clear()
    client.get("/tasks")
    assert not [sql for sql in statements if noted and sql.startswith("UPDATE")]


def test_a_click_that_is_refused_counts_as_one(client, assistant):
    log_in(client, assistant)
    let_pass(assistant, seen=120)
    assert client.post("/account", data={"name": ""}).status_code == 422
    assert utcnow() - db.session.scalars(select(UserSession.seen_at)).one() < dt.timedelta(seconds=30)


def test_one_sees_where_one_is_logged_in_and_ends_what_one_does_not_know(app, assistant, adviser):
    here = app.test_client()
    firefox = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
    here.post("/login", data={"email": assistant.email, "password": PASSWORD}, headers={"User-Agent": firefox})
    there, somebody = log_in(app.test_client(), assistant), log_in(app.test_client(), adviser)
    page = here.get("/account").text
    assert "Firefox · Windows" in page and "dit apparaat" in page and "Onbekend apparaat" in page
    [mine, theirs] = [row.id for row in reversed(queries.sessions(assistant))]
    assert f'action="/account/sessions/{theirs}"' in page and f'action="/account/sessions/{mine}"' not in page
    g.pop("_login_user", None)
    assert somebody.post(f"/account/sessions/{theirs}").status_code == 404
    assert is_in(there)
    assert here.post(f"/account/sessions/{theirs}").status_code == 302
    assert not is_in(there) and is_in(here)
    assert "Alle andere beëindigen" not in here.get("/account").text


def test_the_beheerder_sees_and_ends_the_sessions_of_a_user(app, admin, assistant):
    theirs, beheer = log_in(app.test_client(), assistant), log_in(app.test_client(), admin)
    assert "Overal uitloggen" in beheer.get(f"/admin/users/{assistant.id}").text
    beheer.post(f"/admin/users/{assistant.id}/sessions")
    assert not is_in(theirs) and is_in(beheer)
    assert "Nergens ingelogd" in beheer.get(f"/admin/users/{assistant.id}").text
    also = log_in(app.test_client(), admin)
    beheer.post(f"/admin/users/{admin.id}/sessions")
    assert is_in(beheer) and not is_in(also), "who ends his own stays in here"


def test_what_was_typed_is_kept_when_the_beheerder_ends_the_session(app, assistant):
    theirs = log_in(app.test_client(), assistant)
    sessions.end_others(assistant, "", assistant)
    records.commit()
    answer = theirs.post("/tasks/new", data={"title": "Niet vergeten"})
    assert answer.status_code == 401 and "Niet vergeten" in answer.text


def test_sessions_nobody_can_go_on_with_are_swept(app, assistant, branch):
    other = make_user(app, "Ander Mens", "assistant", branch)
    ended, standing_still, alive = (new_session(user) for user in (assistant, assistant, other))
    let_pass(assistant, seen=61 * 60)
    sessions.end(ended.partition(".")[2])
    jobs.drop(queries.sessions_over())
    assert [row.user_id for row in db.session.scalars(select(UserSession))] == [other.id]
    assert standing_still != alive


@pytest.mark.parametrize(
    ("agent", "device"),
    [
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 "
         "Safari/605.1.15", "Safari · macOS"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 "
         "Safari/537.36 Edg/140.0", "Edge · Windows"),
        ("Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Mobile "
         "Safari/537.36", "Chrome · Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
         "CriOS/140.0 Mobile/15E148 Safari/604.1", "Chrome · iPhone"),
        ("Mozilla/5.0 (X11; Linux x86_64) Mozilla", "Linux"),
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/140.0 Safari/537.36",
         "Chrome · Linux"),
        ("curl/8", ""),
        ("", ""),
    ],
)  # fmt: skip
def test_a_device_is_called_by_what_its_browser_says(agent, device):
    assert sessions.device_of(agent) == device


def test_a_page_does_not_wait_for_who_writes_to_note_a_click(new_database):
    """With both engines as a server has them: what could not be noted is noted with the next click."""
    app = create_app(paths.config() / "testing.toml", SERVER_NAME="localhost", **new_database)
    with app.app_context():
        migrate.upgrade()
        user = make_user(app, "Marieke Bakker", "assistant", make_branch("Utrecht"))
        cookie = new_session(user)
        let_pass(user, seen=120)
        db.session.remove()
        engine = db.engine
    if engine.dialect.name == "sqlite":
        with engine.connect() as writer, writer.begin():
            began = time.monotonic()
            assert come_in(app.test_client(), cookie).get("/tasks").status_code == 200
            assert time.monotonic() - began < 4, "the lock is waited for during five seconds"
        assert age_of_session(app) > dt.timedelta(seconds=60)
    assert come_in(app.test_client(), cookie).get("/tasks").status_code == 200
    assert age_of_session(app) < dt.timedelta(seconds=60)
    with app.app_context():
        db.disconnect()


def age_of_session(app):
    with app.app_context():
        return utcnow() - db.session.scalars(select(UserSession.seen_at)).one()

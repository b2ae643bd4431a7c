"""Logging in and out."""

import html
import re
import time

import pyotp
import pytest

from crm import records
from crm.accounts import attempts, second_factor, views
from crm.db import db
from tests.conftest import PASSWORD, let_pass, log_in


def test_anonymous_is_led_to_log_in(client, app):
    assert client.get("/").headers["Location"] == "/login?next=/"


@pytest.mark.parametrize("headers", [{"HX-Request": "true"}, {"Sec-Fetch-Dest": "empty"}])
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_part_of_a_page_leaves_the_page_as_it_is(client, app, method, headers):
    answer = getattr(client, method)("/account", headers=headers)
    assert answer.status_code == 401 and not answer.data
    assert answer.headers["HX-Reswap"] == "none" and "Location" not in answer.headers


def test_wrong_password_is_refused_and_counted(client, assistant):
    for _ in range(5):
        answer = client.post("/login", data={"email": assistant.email, "password": "verkeerd"})
        assert answer.status_code == 422 and "klopt niet" in answer.text
    answer = client.post("/login", data={"email": assistant.email, "password": PASSWORD})
    assert answer.status_code == 422 and "Te veel pogingen" in answer.text


def test_a_guesser_locks_out_himself_and_nobody_else(client, assistant):
    for _ in range(6):
        client.post("/login", data={"email": assistant.email, "password": "verkeerd"})
    from_elsewhere = {"REMOTE_ADDR": "192.0.2.7"}
    typed = {"email": assistant.email, "password": PASSWORD}
    assert client.post("/login", data=typed, environ_overrides=from_elsewhere).status_code == 302


def test_one_address_may_not_try_every_account(client, assistant, monkeypatch):
    monkeypatch.setattr(attempts, "FREE_PER_ADDRESS", 3)
    for number in range(3):
        client.post("/login", data={"email": f"{number}@kantoor.example", "password": "verkeerd"})
    answer = client.post("/login", data={"email": assistant.email, "password": PASSWORD})
    assert "Te veel pogingen" in answer.text


def test_many_guesses_from_everywhere_slow_an_account_down_but_let_its_owner_in(client, assistant, monkeypatch):
    waits = []
    monkeypatch.setattr("crm.accounts.views.time.sleep", waits.append)
    for number in range(attempts.SLOW_PER_ACCOUNT):
        place = {"REMOTE_ADDR": f"192.0.2.{number}"}
        client.post("/login", data={"email": assistant.email, "password": "verkeerd"}, environ_overrides=place)
    assert not waits
    typed = {"email": assistant.email, "password": PASSWORD, "once": "eenmaal"}
    assert client.post("/login", data=typed).headers["Location"] == "/"
    assert waits == [2]


def test_who_logged_in_from_here_before_is_hindered_by_no_guesser(app, client, assistant, monkeypatch):
    typed = {"email": assistant.email, "password": PASSWORD}
    assert client.post("/login", data=typed).status_code == 302
    client.post("/logout")
    monkeypatch.setattr(attempts, "FREE_PER_ADDRESS", 3)
    monkeypatch.setattr("crm.accounts.views.time.sleep", lambda _seconds: pytest.fail("its owner waits"))
    guesser = app.test_client()
    for number in range(attempts.SLOW_PER_ACCOUNT):
        place = {"REMOTE_ADDR": f"192.0.2.{number}"}
        guesser.post("/login", data={"email": assistant.email, "password": "verkeerd"}, environ_overrides=place)
    for number in range(4):  # a guest behind the same address
        guesser.post("/login", data={"email": f"{number}@kantoor.example", "password": "verkeerd"})
    assert client.post("/login", data=typed).status_code == 302


def test_guessers_who_keep_all_waiting_places_are_told_so_and_nothing_is_lost(client, assistant, monkeypatch):
    monkeypatch.setattr("crm.accounts.views.time.sleep", lambda _seconds: None)
    for number in range(attempts.SLOW_PER_ACCOUNT):
        place = {"REMOTE_ADDR": f"192.0.2.{number}"}
        client.post("/login", data={"email": assistant.email, "password": "verkeerd"}, environ_overrides=place)
    with views.waiting, views.waiting:
        answer = client.post("/login", data={"email": assistant.email, "password": PASSWORD})
        assert answer.status_code == 422 and "over enkele seconden" in answer.text and assistant.email in answer.text
        locked = {"REMOTE_ADDR": "192.0.2.200"}
        for _ in range(5):
            attempts.take(attempts.pair_scope(assistant.email, attempts.Place(locked["REMOTE_ADDR"])))
        records.commit()
        answer = client.post("/login", data={"email": assistant.email, "password": "x"}, environ_overrides=locked)
        assert "Te veel pogingen" in answer.text, "who is locked out takes no place"
    assert client.post("/login", data={"email": assistant.email, "password": PASSWORD}).status_code == 302


@pytest.mark.parametrize(
    "elsewhere",
    ["//evil.example", "/\\evil.example", "/\t/evil.example", "/\n/evil.example", "/\r//evil.example",
     "https://evil.example", "evil.example", " //evil.example"],
)  # fmt: skip
def test_log_in_leads_to_the_page_asked_for_within_this_site_only(client, assistant, elsewhere):
    typed = {"email": assistant.email.upper(), "password": PASSWORD}
    assert client.post("/login", data={**typed, "next": elsewhere}).headers["Location"] == "/"
    assert client.get("/").status_code == 200
    client.post("/logout")
    asked = client.post("/login", data={**typed, "next": "/relations?name=de+Vries&city="}).headers["Location"]
    assert asked == "/relations?name=de+Vries&city="


def leave_for_an_hour(user):
    let_pass(user, seen=61 * 60)


def carried(answer):
    """What the page carries along, as its form would send it."""
    found = re.findall(r'<input[^>]*name="(typed|typed_at)"[^>]*value="([^"]*)"', answer.text)
    return {name: html.unescape(value) for name, value in found}


PROFILE = {"name": "Marieke de Bakker", "language": "nl", "theme": "dark", "once": "a", "old_password": "geheim"}


@pytest.mark.parametrize("second_factor", [False, True])
def test_what_was_typed_survives_a_session_that_ended(client, assistant, second_factor):
    log_in(client, assistant)
    secret = set_up_second_factor(client)[0] if second_factor else ""
    leave_for_an_hour(assistant)
    answer = client.post("/account", data=PROFILE)
    assert answer.status_code == 401 and "geheim" not in answer.text
    typed = {"email": assistant.email, "password": PASSWORD, **carried(answer)}
    answer = client.post("/login", data=typed)
    if second_factor:
        answer = client.post("/login/code", data={"code": pyotp.TOTP(secret).now(), **carried(answer)})
    assert answer.status_code == 200 and "Alsnog opslaan" in answer.text and 'action="/account"' in answer.text
    kept = dict(re.findall(r'name="(name|language|theme|version)" value="([^"]*)"', answer.text))
    assert kept == {"name": "Marieke de Bakker", "language": "nl", "theme": "dark"}
    assert client.post("/account", data=kept).status_code == 302


@pytest.mark.parametrize("second_factor", [False, True])
def test_forms_that_stand_open_work_on_after_logging_in_beside_them(client, assistant, adviser, second_factor):
    log_in(client, assistant)
    secret = set_up_second_factor(client)[0] if second_factor else ""
    with client.session_transaction() as session:
        session["csrf_token"] = "of the open page"
    leave_for_an_hour(assistant)
    assert client.post("/account", data=PROFILE, headers={"HX-Request": "true"}).status_code == 401
    answer = client.post(
        "/login?next=/login/again", data={"email": assistant.email, "password": PASSWORD, "next": "/login/again"}
    )
    if second_factor:
        answer = client.post("/login/code", data={"code": pyotp.TOTP(secret).now()})
    assert answer.headers["Location"] == "/login/again"
    with client.session_transaction() as session:
        assert session["csrf_token"] == "of the open page" and "left" not in session
    assert "Ga terug naar het venster" in client.get("/login/again").text


def test_the_forms_of_somebody_else_do_not_work_on(client, assistant, adviser):
    log_in(client, assistant)
    with client.session_transaction() as session:
        session["csrf_token"] = "of the open page"
    leave_for_an_hour(assistant)
    client.get("/account")
    client.post("/login", data={"email": adviser.email, "password": PASSWORD})
    with client.session_transaction() as session:
        assert session.get("csrf_token") != "of the open page"


def test_what_somebody_else_typed_is_not_carried_along(client, assistant, adviser):
    log_in(client, assistant)
    leave_for_an_hour(assistant)
    typed = carried(client.post("/account", data=PROFILE))
    answer = client.post("/login", data={"email": adviser.email, "password": PASSWORD, **typed})
    assert answer.headers["Location"] == "/"


@pytest.mark.parametrize("typed", ["geen json", "[1]", '{"a": "b"}', '[["a", 1]]', "null"])
def test_what_is_carried_along_is_checked(client, assistant, typed):
    log_in(client, assistant)
    leave_for_an_hour(assistant)
    client.post("/account", data=PROFILE)
    sent = {"email": assistant.email, "password": PASSWORD, "typed": typed, "typed_at": "/account"}
    assert client.post("/login", data=sent).headers["Location"] == "/"


def test_what_was_typed_is_sent_within_this_site_only(client, assistant):
    log_in(client, assistant)
    leave_for_an_hour(assistant)
    client.post("/account", data=PROFILE)
    sent = {"email": assistant.email, "password": PASSWORD, "typed": '[["a", "b"]]', "typed_at": "//evil.example"}
    assert client.post("/login", data=sent).headers["Location"] == "/"


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("kort", "minstens 12"),
        ("wachtwoord123", "te raden"),
        ("MariekeBakker1", "te raden"),
        ("aaaaaaaaaaaaaaaa", "te raden"),
        ("sleutelwelkom12", "te raden"),
    ],
)
def test_an_obvious_password_is_refused_with_what_to_do(as_assistant, password, why):
    answer = as_assistant.post("/account/password", data={"old": PASSWORD, "new_password": password})
    assert answer.status_code == 422 and why in answer.text


def test_the_old_password_is_asked_and_guesses_at_it_are_counted(as_assistant):
    typed = {"old": "verkeerd", "new_password": "paard batterij nietje"}
    for _ in range(5):
        assert "niet uw huidige" in as_assistant.post("/account/password", data=typed).text
    assert "Te veel pogingen" in as_assistant.post("/account/password", data={**typed, "old": PASSWORD}).text


def word_in(page):
    return html.unescape(re.search(r'name="word"[^>]*value="([^"]+)"', page)[1])


def set_up_second_factor(client):
    """Turn it on through the page; gives the secret and the answer with the recovery codes."""
    page = client.post("/account/second-factor", data={"own_password": PASSWORD}).text
    secret = re.search(r'class="secret-once">(\w+)<', page)[1]
    typed = {"code": pyotp.TOTP(secret).at(time.time() - 30), "word": word_in(page)}
    answer = client.post("/account/second-factor", data=typed)
    assert answer.status_code == 200
    codes = [line.split("<li>")[1].split("</li>")[0] for line in answer.text.splitlines() if "<li>" in line]
    return secret, next(code for code in "".join(codes).split() if code.count("-") == 3), answer


def test_a_second_factor_is_set_up_by_who_gave_the_password_a_moment_ago(client, assistant, adviser, app, monkeypatch):
    log_in(client, assistant)
    assert "secret-once" not in client.get("/account/second-factor").text
    answer = client.post("/account/second-factor", data={"own_password": "verkeerd"})
    assert answer.status_code == 422 and "secret-once" not in answer.text
    page = client.post("/account/second-factor", data={"own_password": PASSWORD}).text
    word, secret = word_in(page), re.search(r'class="secret-once">(\w+)<', page)[1]
    with client.session_transaction() as session:
        assert secret not in str(dict(session))
    answer = client.post("/account/second-factor", data={"code": "000000", "word": word})
    assert answer.status_code == 422 and secret in answer.text and word_in(answer.text) == word
    typed = {"code": pyotp.TOTP(secret).now(), "word": word}
    for wrong in (word + "x", ""):
        assert "secret-once" not in client.post("/account/second-factor", data={**typed, "word": wrong}).text
    other = log_in(app.test_client(), adviser)
    assert "secret-once" not in other.post("/account/second-factor", data=typed).text
    log_in(client, assistant)
    now = time.time()
    for ago, right in ((902, False), (895, True)):
        with monkeypatch.context() as past:
            past.setattr("itsdangerous.timed.time.time", lambda moment=now - ago: moment)
            typed["word"] = second_factor.begin(assistant)
        typed["code"] = pyotp.TOTP(second_factor.secret_in(typed["word"], assistant) or secret).now()
        answer = client.post("/account/second-factor", data=typed)
        assert ("De tweede factor staat aan" in answer.text) == right
        assert right or "Dat duurde te lang" in answer.text


def test_the_secret_of_a_second_factor_lies_sealed_and_opens_for_its_user_only(client, assistant, adviser):
    log_in(client, assistant)
    secret, _spare, _answer = set_up_second_factor(client)
    db.session.refresh(assistant)
    assert secret not in assistant.totp_secret
    assert second_factor.unseal(assistant.totp_secret, assistant) == secret
    assert second_factor.unseal(assistant.totp_secret, adviser) is None
    assert not second_factor.use_code(assistant, "éééééé"), "signs beyond ASCII are a wrong code"


def test_second_factor_takes_a_code_that_works_once(client, assistant):
    log_in(client, assistant)
    secret, _code, answer = set_up_second_factor(client)
    assert answer.text.count("<li>") >= 10
    client.post("/logout")
    typed = {"email": assistant.email, "password": PASSWORD}
    assert client.post("/login", data=typed).headers["Location"] == "/login/code"
    assert client.get("/").status_code == 302
    code = pyotp.TOTP(secret).now()
    assert client.post("/login/code", data={"code": "000000"}).status_code == 422
    assert client.post("/login/code", data={"code": code}).headers["Location"] == "/"
    client.post("/logout")
    client.post("/login", data=typed)
    answer = client.post("/login/code", data={"code": code})
    assert answer.status_code == 422 and "al gebruikt" in answer.text


def test_a_recovery_code_works_once(client, assistant):
    log_in(client, assistant)
    _secret, spare, _answer = set_up_second_factor(client)
    for status in (302, 422):
        client.post("/logout")
        client.post("/login", data={"email": assistant.email, "password": PASSWORD})
        assert client.post("/login/code", data={"code": spare}).status_code == status


def test_guessing_codes_is_counted(client, assistant):
    log_in(client, assistant)
    secret, _spare, _answer = set_up_second_factor(client)
    client.post("/logout")
    client.post("/login", data={"email": assistant.email, "password": PASSWORD})
    for _ in range(5):
        client.post("/login/code", data={"code": "000000"})
    assert "Te veel pogingen" in client.post("/login/code", data={"code": pyotp.TOTP(secret).now()}).text


def test_the_second_step_does_not_wait_for_ever(client, assistant):
    log_in(client, assistant)
    secret, _spare, _answer = set_up_second_factor(client)
    client.post("/logout")
    client.post("/login", data={"email": assistant.email, "password": PASSWORD})
    with client.session_transaction() as session:
        session["half"] = {**session["half"], "at": time.time() - 301}
    assert client.post("/login/code", data={"code": pyotp.TOTP(secret).now()}).headers["Location"] == "/login"


def test_an_office_may_oblige_a_second_factor(client, assistant):
    from crm.settings import operations as settings

    settings.change("accounts", {"second_factor": True}, None)
    records.commit()
    log_in(client, assistant)
    assert client.get("/").headers["Location"] == "/account/second-factor"
    set_up_second_factor(client)
    assert client.get("/").status_code == 200


def test_turning_the_second_factor_off_takes_the_password(client, assistant):
    log_in(client, assistant)
    set_up_second_factor(client)
    assert client.post("/account/second-factor/off", data={"own_password": "verkeerd"}).status_code == 422
    assert client.post("/account/second-factor/off", data={"own_password": PASSWORD}).status_code == 302
    client.post("/logout")
    typed = {"email": assistant.email, "password": PASSWORD}
    assert client.post("/login", data=typed).headers["Location"] == "/"


def test_another_site_may_not_post(client, assistant):
    typed = {"email": assistant.email, "password": PASSWORD}
    for site in ("cross-site", "same-site"):
        assert client.post("/login", data=typed, headers={"Sec-Fetch-Site": site}).status_code == 403
    assert client.post("/login", data=typed, headers={"Sec-Fetch-Site": "same-origin"}).status_code == 302

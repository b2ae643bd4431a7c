"""What does not go together is refused at the start: settings that exclude one another, and known passwords."""

import re
import socket
import sqlite3
from contextlib import nullcontext

import pytest

from crm import demo, records
from crm.accounts import operations as accounts
from crm.accounts import queries
from crm.app import create_app
from crm.db import db
from tests.conftest import PASSWORD

NEW_USER = ("user", "add", "eva@kantoor.example", "--name", "Eva Vos", "--role", "assistent", "--branch", "Utrecht")
HTTPS, HTTP = "https://crm.kantoor.example", "http://crm.kantoor.example"


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"BASE_URL": HTTPS, "MAIL_SINK": False}, "so SESSION_COOKIE_SECURE must be true"),
        ({"BASE_URL": HTTP, "SESSION_COOKIE_SECURE": True}, "BASE_URL must begin with https://"),
        ({"BASE_URL": HTTPS, "SESSION_COOKIE_SECURE": True}, "MAIL_SINK shows all mail"),
        ({"TRUSTED_PROXIES": 1}, "MAIL_SINK shows all mail"),
        ({}, ""),
        ({"BASE_URL": HTTP}, ""),
        ({"SESSION_COOKIE_SECURE": True}, ""),
        ({"TRUSTED_PROXIES": 1, "MAIL_SINK": False}, ""),
        ({"BASE_URL": HTTPS, "SESSION_COOKIE_SECURE": True, "TRUSTED_PROXIES": 1, "MAIL_SINK": False}, ""),
    ],
)
def test_settings_that_do_not_go_together(installation, settings, reason):
    with pytest.raises(ValueError, match=re.escape(reason)) if reason else nullcontext():
        create_app(**settings)


@pytest.mark.parametrize("words", [("run",), ("web",), ("worker",), ("sink",), ("db", "upgrade"), NEW_USER])
def test_every_program_refuses_them(installation, refused, monkeypatch, words):
    monkeypatch.setenv("CRM_BASE_URL", HTTPS)
    assert "so SESSION_COOKIE_SECURE must be true" in refused(*words)


@pytest.mark.parametrize(("is_secure", "name"), [(True, "__Host-session"), (False, "session")])
def test_a_session_cookie_behind_https_is_of_this_name_alone(installation, is_secure, name):
    scheme = "https" if is_secure else "http"
    client = create_app(SESSION_COOKIE_SECURE=is_secure).test_client()
    cookie = client.get("/login", base_url=f"{scheme}://localhost").headers["Set-Cookie"]
    assert cookie.startswith(f"{name}=") and ("Secure" in cookie) == is_secure
    assert "Path=/" in cookie and "Domain" not in cookie and "HttpOnly" in cookie


def test_demo_users_are_for_trying_out(office, crm, refused):
    """`crm web` refuses them while their password is the one that everybody knows, and they can log in."""
    crm("demo")
    with socket.create_server(("127.0.0.1", 0)) as taken:  # what comes after the check
        words = ("web", "--port", str(taken.getsockname()[1]))
        assert demo.BEA in refused(*words)
        with sqlite3.connect(office / "sleutel.db") as connection:
            connection.execute("UPDATE users SET is_enabled = 0 WHERE email <> ?", (demo.BEA,))
        said = refused(*words)
        assert "everybody knows" in said and demo.BEA in said and demo.ANNA not in said
        with create_app().app_context():
            bea = queries.by_email(demo.BEA)
            bea.password_hash = accounts.hasher(8, 1).hash(PASSWORD)
            records.save(bea, None)
            records.commit()
            db.disconnect()
        assert "is in use" in refused(*words)


def test_trying_out_with_cookies_that_nobody_gets(office, refused, monkeypatch):
    monkeypatch.setenv("CRM_SESSION_COOKIE_SECURE", "true")
    assert "set BASE_URL" in refused("run", "--port", "8123")

"""The portal on a machine without the CRM."""

import os
import socket
import subprocess
import sys

import pytest

from crm import listening
from crm.listening import CannotServe
from plugins.portal import command
from plugins.portal.app import create_portal
from tests.programs import Portal

FIRST, NEXT = Portal.KEYS
THIRD = "the-third-key-of-the-crm-of-the-office"

LOADED = """
import sys
from gunicorn.app import wsgiapp
try:
    wsgiapp.run()
except SystemExit as end:
    assert not end.code
assert "plugins.portal.pages.views" in sys.modules
print(sorted(name for name in sys.modules if name == "dbos" or name.startswith("crm.") and name.endswith("models")))
"""


def test_no_record_and_no_job_of_the_crm_is_loaded(tmp_path):
    """By what `crm portal` becomes: the web server with the portal in it."""
    words = listening.gunicorn("plugins.portal.wsgi:app")[3:]
    told = {**os.environ, "KLUIS_DATA": str(tmp_path)}
    server = [sys.executable, "-c", LOADED, *words, "--check-config"]
    loaded = subprocess.run(server, env=told, capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "[]"


@pytest.fixture
def portal(new_database, tmp_path):
    """`crm portal` where there never was a CRM, with a database of its own."""
    tmp_path.joinpath("machine").mkdir()
    made = Portal(tmp_path / "machine", DATABASE=new_database["DATABASE"])
    yield made
    made.kill()


@pytest.mark.postgres
def test_it_serves_alone_and_its_key_can_be_changed(portal):
    portal.start()
    assert f"The portal: http://localhost:{portal.port}" in portal.log()
    assert [portal.call("", key).status_code for key in (FIRST, NEXT, THIRD)] == [200, 200, 401]
    assert portal.call("/office", method="PUT", name="Hypotheek Huis").status_code == 200
    portal.kill()
    portal.keys = (NEXT, THIRD)
    portal.start()
    assert [portal.call("", key).status_code for key in (FIRST, NEXT, THIRD)] == [401, 200, 200]
    assert not (portal.folder / "no-crm").exists()
    assert portal.log().count("Bringing the portal's database up to date") == 1


HTTPS, HTTP = "https://kluis.kantoor.example", "http://kluis.kantoor.example"


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"keys": ()}, "one key or two, of 32 signs"),
        ({"keys": (FIRST, NEXT, THIRD)}, "one key or two, of 32 signs"),
        ({"keys": (FIRST[:31],)}, "one key or two, of 32 signs"),
        ({"URL": HTTPS}, "KLUIS_COOKIE_SECURE must be true"),
        ({"URL": HTTP, "COOKIE_SECURE": "true"}, "KLUIS_COOKIE_SECURE must be true"),
        ({"COOKIE_SECURE": "ja"}, "KLUIS_COOKIE_SECURE can't be read"),
        ({"CONFIG": "elders.toml"}, "No such file"),
        ({"DATABASE": "nergens"}, "Could not parse SQLAlchemy URL"),
        ({"URL": HTTPS, "COOKIE_SECURE": "true", "keys": (FIRST[:32],)}, "is in use"),
        ({"URL": HTTP, "keys": (FIRST, NEXT)}, "is in use"),
    ],
)
def test_what_does_not_go_together_is_refused_at_the_start(tmp_path, monkeypatch, settings, reason):
    with socket.create_server(("127.0.0.1", 0)) as taken:  # what comes after the check
        port = taken.getsockname()[1]
        for name, value in Portal(tmp_path, port=port, **settings).environment.items():
            monkeypatch.setenv(name, value)
        with pytest.raises((CannotServe, OSError), match=reason):
            command.portal.main(["--port", str(port)], standalone_mode=False)


@pytest.mark.parametrize(
    ("secure", "path", "name"), [(True, None, "__Host-kluis"), (True, "/kluis", "kluis"), (False, None, "kluis")]
)
def test_on_a_host_of_its_own_behind_https_nobody_else_can_set_its_cookie(tmp_path, secure, path, name):
    made = create_portal(KLUIS_DATA=str(tmp_path), KLUIS_COOKIE_SECURE=secure, SESSION_COOKIE_PATH=path)
    assert made.config["SESSION_COOKIE_NAME"] == name

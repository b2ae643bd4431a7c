"""The command line: what it makes, and that bad input ends in one clear line and exit code 2."""

import io
import re
import shutil
import socket
import sqlite3
import tarfile

import pytest
from sqlalchemy.engine import make_url

from crm import demo
from crm.app import create_app
from tests.conftest import DATABASES, POSTGRES

NEW_USER = ("user", "add", "eva@kantoor.example", "--name", "Eva Vos", "--role", "assistent", "--branch", "Utrecht")
PASSWORD = "een-heel-lang-wachtwoord-37"


def rows(office, query):
    with sqlite3.connect(office / "sleutel.db") as connection:
        return connection.execute(query).fetchall()


def test_without_words_it_explains_itself(installation, crm):
    code, out, _ = crm()
    assert code == 0 and "worker" in out and "backup" in out
    assert not installation.exists()


def test_db_upgrade_may_be_repeated(office, crm):
    assert crm("db", "upgrade")[:2] == (0, "The database is up to date.\n")
    assert crm("db", "check")[:2] == (0, "Models and migrations agree.\n")


def test_user_add_makes_the_branch_once(office, crm):
    assert crm(*NEW_USER, "--branch", "Zwolle", "--password", PASSWORD)[0] == 0
    other = ("user", "add", "jan@kantoor.example", "--name", "Jan", "--role", "adviseur", "--branch", "Utrecht")
    assert crm(*other, "--password", PASSWORD)[0] == 0
    assert rows(office, "SELECT name FROM branches ORDER BY name") == [("Utrecht",), ("Zwolle",)]
    assert rows(office, "SELECT email, role FROM users ORDER BY id") == [
        ("eva@kantoor.example", "assistant"),
        ("jan@kantoor.example", "adviser"),
    ]


def test_token_add_shows_the_key_once(office, crm):
    crm(*NEW_USER, "--password", PASSWORD)
    code, out, _ = crm("token", "add", "eva@kantoor.example", "--name", "Website", "--scope", "relations:read")
    assert code == 0 and out.startswith("sleutel_")
    assert rows(office, "SELECT name, scopes FROM api_tokens") == [("Website", "relations:read")]
    assert out.strip() not in str(rows(office, "SELECT digest FROM api_tokens"))


def test_demo_makes_an_office_once(office, crm):
    for _ in range(2):
        code, out, _ = crm("demo")
        assert code == 0 and demo.PASSWORD in out and len(re.findall(r"@sleutel\.example", out)) == 5
    counts = [rows(office, f"SELECT count(*) FROM {table}")[0][0] for table in ("branches", "users", "relations")]
    assert counts == [2, 5, 40]
    assert {"orienting", "intake", "advice"} <= {row[0] for row in rows(office, "SELECT status FROM dossiers")}
    assert rows(office, "SELECT count(*) FROM appointments WHERE starts_at > datetime('now')")[0][0] >= 8
    assert rows(office, "SELECT count(*) FROM service_requests WHERE status = 'open'")[0][0] == 5
    assert rows(office, "SELECT count(*) FROM audit_entries WHERE record_kind = 'relation'")[0][0] == 40


def test_import_relations(office, crm, tmp_path):
    crm(*NEW_USER, "--password", PASSWORD)
    file = tmp_path / "relaties.csv"
    file.write_text("Voornaam;Achternaam;E-mail\nJan;Voorbeeld;jan@voorbeeld.example\nPiet;Proef;\n", "utf-8")
    code, out, _ = crm("import", "relations", str(file), "--user", "eva@kantoor.example")
    assert code == 0 and "Imported: 2 of 2 rows" in out
    assert rows(office, "SELECT surname FROM relations ORDER BY id") == [("Voorbeeld",), ("Proef",)]


def test_hooks_tells_who_answers(installation, crm):
    code, out, _ = crm("hooks")
    assert code == 0
    asked = out[out.index("jobs(") :].splitlines()[:3]
    assert asked[1].strip() == "The work you do later, or every so often." and "jobs" in asked[2]


def test_routes_tells_who_may(installation, crm):
    code, out, _ = crm("routes")
    lines = {line.split()[0]: line.split()[1:] for line in out.splitlines()}
    assert code == 0
    assert lines["/admin/settings"] == ["GET", "settings.index", "settings.edit"]
    assert lines["/login"][-1] == "public"


def test_audit_verify(office, crm):
    crm(*NEW_USER, "--password", PASSWORD)
    code, out, _ = crm("audit", "verify")
    assert code == 0 and "whole" in out
    with sqlite3.connect(office / "sleutel.db") as connection:
        connection.execute("UPDATE audit_entries SET user_name = 'Iemand' WHERE record_kind = 'user'")
    code, out, errors = crm("audit", "verify")
    assert code == 1 and "broken" in out + errors


def test_backup_holds_database_and_files(office, crm, tmp_path):
    crm(*NEW_USER, "--password", PASSWORD)
    (office / "imports").mkdir()
    (office / "imports" / "relaties.csv").write_bytes(b"Achternaam")
    target = tmp_path / "kopie.tar.gz"
    assert crm("backup", str(target))[0] == 0
    assert target.stat().st_mode & 0o077 == 0
    with tarfile.open(target) as archive:
        archive.extractall(tmp_path / "back", **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))
    back = tmp_path / "back"
    assert rows(back, "SELECT email FROM users") == [("eva@kantoor.example",)]
    assert (back / "data/imports/relaties.csv").read_bytes() == b"Achternaam"
    assert (back / "data/secret.key").read_text() == (office / "secret.key").read_text()
    assert not list(back.rglob("*-wal"))


def test_backup_to_a_folder_gets_a_name_of_its_moment(office, crm, tmp_path):
    assert crm("backup", str(tmp_path))[0] == 0
    assert len(list(tmp_path.glob("sleutel-*.tar.gz"))) == 1
    assert not list(tmp_path.glob(".backup-*"))


@pytest.mark.skipif("postgres" not in DATABASES, reason="needs PostgreSQL")
@pytest.mark.skipif(not shutil.which("pg_dump"), reason="needs pg_dump")
def test_backup_of_postgresql(installation, crm, tmp_path, monkeypatch):
    server = make_url(POSTGRES).set(database="postgres").render_as_string(hide_password=False)
    monkeypatch.setenv("CRM_DATABASE", server)
    assert crm("backup", str(tmp_path / "kopie.tar.gz"))[0] == 0
    with tarfile.open(tmp_path / "kopie.tar.gz") as archive:
        assert archive.extractfile("sleutel.dump").read(5) == b"PGDMP"
    monkeypatch.setenv("PATH", "")
    code, _, errors = crm("backup", str(tmp_path / "tweede.tar.gz"))
    assert code == 2 and "pg_dump is not installed" in errors


# --- Bad input -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("nonsense",), "No such command 'nonsense'"),
        (("run", "--port", "http"), "is not a valid integer"),
        (("run", "--port", "99999"), "not in the range"),
        (("run", "--colour"), "No such option"),
        (("user", "add", "eva@kantoor.example"), "Missing option '--name'"),
        (("import", "relations", "no-such-file.csv", "--user", "x"), "does not exist"),
    ],
)
def test_words_it_does_not_know(installation, refused, words, reason):
    assert reason in refused(*words)


@pytest.mark.parametrize(
    ("instead", "reason"),
    [
        ({"--role": "directeur"}, "there is no role 'directeur'; choose from assistent, adviseur, beheerder"),
        ({"--password": "kort"}, "minstens"),
        ({"--name": " "}, "Vul een naam in."),
        ({"--branch": ""}, "Vul een naam in."),
        ({2: "geen adres"}, "is not an e-mail address"),
    ],
)
def test_a_user_that_cannot_be(office, refused, instead, reason):
    words = [*NEW_USER, "--password", PASSWORD]
    for place, word in instead.items():
        words[place if isinstance(place, int) else words.index(place) + 1] = word
    assert reason in refused(*words)
    assert rows(office, "SELECT count(*) FROM users") == rows(office, "SELECT count(*) FROM branches") == [(0,)]


def test_an_address_that_is_taken(office, crm, refused):
    crm(*NEW_USER, "--password", PASSWORD)
    assert "al een gebruiker" in refused(*NEW_USER, "--password", PASSWORD)


def test_a_token_for_nobody_or_for_nothing(office, crm, refused):
    words = ("token", "add", "eva@kantoor.example", "--name", "x", "--scope")
    assert "there is no user eva@kantoor.example" in refused(*words, "relations:read")
    crm(*NEW_USER, "--password", PASSWORD)
    assert "Onbekend recht: alles" in refused(*words, "alles")
    nameless = ("token", "add", "eva@kantoor.example", "--name", " ", "--scope", "relations:read")
    assert "Vul een naam in." in refused(*nameless) and rows(office, "SELECT count(*) FROM api_tokens") == [(0,)]


def test_a_password_that_nobody_can_type(office, refused, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert "give it with --password" in refused(*NEW_USER)
    assert rows(office, "SELECT count(*) FROM users") == [(0,)]


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("SMTP_PORT", "abc", "SMTP_PORT must be a whole number from 1 to 65535, not 'abc'"),
        ("SMTP_PORT", "99999", "from 1 to 65535, not 99999"),
        ("SMTP_PORT", "true", "from 1 to 65535, not True"),
        ("ARGON2_MEMORY", "abc", "ARGON2_MEMORY must be a whole number"),
        ("ARGON2_MEMORY", "1", "ARGON2_MEMORY must be a whole number from 8"),
        ("WORKER_CONCURRENCY", "abc", "WORKER_CONCURRENCY must be a whole number"),
        ("WORKER_CONCURRENCY", "0", "WORKER_CONCURRENCY must be a whole number from 1"),
        ("WORKER_POLL", "NaN", "WORKER_POLL must be a number"),
        ("TRUSTED_PROXIES", "abc", "TRUSTED_PROXIES must be a whole number from 0"),
        ("TRUSTED_PROXIES", "-1", "TRUSTED_PROXIES must be a whole number from 0"),
        ("MAIL_SINK", "abc", "MAIL_SINK must be true or false, not 'abc'"),
        ("SMTP_HOST", "[1]", "SMTP_HOST must be a text, not [1]"),
        ("PLUGIN_SETTINGS", "abc", "PLUGIN_SETTINGS must be a table, not 'abc'"),
    ],
)
def test_a_setting_of_the_wrong_kind(office, refused, monkeypatch, name, value, reason):
    monkeypatch.setenv(f"CRM_{name}", value)
    for words in (("sink",), ("worker",), (*NEW_USER, "--password", PASSWORD)):
        assert reason in refused(*words)


def test_a_text_of_digits_stays_as_it_was_written(installation, monkeypatch):
    monkeypatch.setenv("CRM_SMTP_PASSWORD", "1e5")
    monkeypatch.setenv("CRM_OFFICE_NAME", "1.50")
    config = create_app().config
    assert (config["SMTP_PASSWORD"], config["OFFICE_NAME"]) == ("1e5", "1.50")


def test_an_import_without_a_branch(office, crm, refused, tmp_path):
    crm(*NEW_USER, "--branch", "Zwolle", "--password", PASSWORD)
    file = tmp_path / "leeg.csv"
    file.write_text("Achternaam\nJansen\n")
    words = ("import", "relations", str(file), "--user", "eva@kantoor.example")
    assert "name one with --branch" in refused(*words)
    assert "there is no vestiging 'Breda'" in refused(*words, "--branch", "Breda")
    file.write_bytes(b"")
    refused(*words, "--branch", "Zwolle")


@pytest.mark.parametrize("command", ["run", "web"])
def test_a_port_in_use(office, refused, command):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert f"port {port} is in use; choose another one with --port" in refused(command, "--port", port)


def test_an_address_of_another_machine(office, refused):
    assert "can't listen on 192.0.2.1" in refused("web", "--host", "192.0.2.1")


@pytest.mark.parametrize("words", [("web",), ("worker",), ("demo",), ("audit", "verify"), ("db", "check")])
def test_a_database_that_is_not_up_to_date(installation, refused, words):
    assert re.search(r"not up to date \(crm, .*jobs\); run `crm db upgrade`", refused(*words))


@pytest.mark.parametrize("words", [("run",), ("web",), ("worker",), ("db", "upgrade")])
def test_a_database_that_cannot_be_reached(installation, refused, monkeypatch, words):
    monkeypatch.setenv("CRM_DATABASE", "postgresql+psycopg://crm:geheim@127.0.0.1:1/crm")
    line = refused(*words)
    assert "can't be used" in line and "geheim" not in line


def test_a_file_that_is_no_database(installation, refused):
    installation.mkdir()
    (installation / "sleutel.db").write_text("geen database" * 500)
    assert "can't be used: file is not a database" in refused("web")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("DATA = [", "production.toml"),
        ('PLUGINS = ["nowhere"]', "enabled but not installed: nowhere"),
        (None, "production.toml"),
    ],
)
def test_a_settings_file_that_does_not_fit(installation, refused, monkeypatch, tmp_path, content, reason):
    file = tmp_path / "production.toml"
    if content:
        file.write_text(content)
    monkeypatch.setenv("CRM_CONFIG", str(file))
    for words in (("web",), ("hooks",), ("nonsense",)):
        assert reason in refused(*words)


def test_a_database_address_that_is_none(installation, refused, monkeypatch):
    monkeypatch.setenv("CRM_DATABASE", "no address")
    refused("web")
    monkeypatch.setenv("CRM_DATABASE", "oracle_nine://x/y")
    refused("web")


def test_a_data_folder_that_cannot_be_made(tmp_path, monkeypatch, refused, installation):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("CRM_DATA", str(tmp_path / "file" / "data"))
    assert str(tmp_path / "file") in refused("web")


def test_a_backup_that_cannot_be(office, crm, refused, tmp_path):
    (tmp_path / "er-al").write_text("iets")
    assert "exists already" in refused("backup", str(tmp_path / "er-al"))
    assert "there is no folder" in refused("backup", str(tmp_path / "nergens" / "kopie"))
    assert (tmp_path / "er-al").read_text() == "iets"


def test_a_migration_for_nobody(office, refused):
    assert "nobody called 'nowhere' keeps tables; choose from crm" in refused("db", "revision", "nowhere", "-m", "x")

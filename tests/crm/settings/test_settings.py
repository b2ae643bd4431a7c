"""Values of an office: defaults, changes, one statement for all, two editors."""

import datetime as dt
from decimal import Decimal

import pytest
from wtforms import BooleanField, DateField, DecimalField, IntegerField, SelectMultipleField, StringField, TimeField

from crm import records
from crm.audit.models import AuditEntry
from crm.db import db
from crm.plugin import plugin_settings
from crm.records import Conflict
from crm.settings import SettingsForm, operations, queries, setting


class TryForm(SettingsForm):
    room = "try_out"
    title = "Proef"

    name = StringField("Naam", default="Sleutel")
    delay = IntegerField("Wachttijd", default=30)
    rate = DecimalField("Tarief", default=Decimal("1.25"))
    closed = BooleanField("Dicht", default=False)
    since = DateField("Sinds", default=dt.date(2026, 1, 2))
    opens = TimeField("Open", default=dt.time(9, 0))
    days = SelectMultipleField("Dagen", choices=["ma", "di", "wo"], default=["ma"])


CHANGED = {
    "name": "Kantoor Zuid",
    "delay": 0,
    "rate": Decimal("2.50"),
    "closed": True,
    "since": dt.date(2025, 12, 31),
    "opens": dt.time(8, 30),
    "days": ["di", "wo"],
}


@pytest.fixture
def form(app, monkeypatch):
    monkeypatch.setitem(app.extensions, "crm.settings", queries.definitions() | TryForm.definitions())
    return TryForm


def test_defaults_hold_until_changed(form):
    assert queries.values_of("try_out") == {
        "name": "Sleutel",
        "delay": 30,
        "rate": Decimal("1.25"),
        "closed": False,
        "since": dt.date(2026, 1, 2),
        "opens": dt.time(9, 0),
        "days": ["ma"],
    }


def test_a_changed_value_comes_back_with_its_type(form, admin):
    assert sorted(operations.change("try_out", CHANGED, admin)) == sorted(f"try_out.{name}" for name in CHANGED)
    records.commit()
    db.session.expunge_all()
    assert queries.values_of("try_out") == CHANGED
    assert {type(setting(f"try_out.{name}")) for name in CHANGED} == {str, int, Decimal, bool, dt.date, dt.time, list}


def test_one_statement_for_all(form, statements):
    db.session.rollback()
    statements.clear()
    assert [setting("try_out.name"), setting("try_out.delay"), setting("try_out.closed")] == ["Sleutel", 30, False]
    assert len(statements) == 1


def test_what_did_not_change_is_not_written(form, admin):
    assert operations.change("try_out", {"name": "Sleutel", "delay": 31}, admin) == ["try_out.delay"]
    assert [row.key for row in queries.rows_of("try_out")] == ["try_out.delay"]


def test_the_audit_chain_tells_who_changed_what_from_what_to_what(form, admin):
    operations.change("try_out", {"delay": 45}, admin)
    entries = db.session.query(AuditEntry).filter_by(record_kind="setting").order_by(AuditEntry.id).all()
    assert [(entry.action, entry.user_id, entry.fields["value"]) for entry in entries] == [
        ("create", admin.id, [None, 30]),
        ("update", admin.id, [30, 45]),
    ]


def test_the_second_of_two_editors_is_told(form, admin):
    began = queries.version_of("try_out")
    operations.change("try_out", {"delay": 45}, admin, began)
    with pytest.raises(Conflict):
        operations.change("try_out", {"name": "Anders"}, admin, began)
    operations.change("try_out", {"name": "Anders"}, admin, queries.version_of("try_out"))
    assert (setting("try_out.delay"), setting("try_out.name")) == (45, "Anders")


def test_an_undone_change_is_forgotten(form, admin):
    operations.change("try_out", {"delay": 45}, admin)
    assert setting("try_out.delay") == 45
    records.rollback()
    assert setting("try_out.delay") == 30


def test_an_unknown_setting_is_a_mistake_in_the_code(form):
    with pytest.raises(KeyError):
        setting("try_out.nothing")


def test_a_plugin_reads_what_the_installation_sets_for_it(app, monkeypatch):
    monkeypatch.setitem(app.config, "PLUGIN_SETTINGS", {"vault": {"api_key": "x"}})
    assert (plugin_settings("vault"), plugin_settings("signing")) == ({"api_key": "x"}, {})


def test_a_setting_kept_as_what_its_field_cannot_be_leaves_the_others_as_they_are(form, admin, caplog):
    """A plugin's newer version may have made a date of what was a text."""
    operations.change("try_out", CHANGED, admin)
    row = next(row for row in queries.rows_of("try_out") if row.key == "try_out.since")
    row.value = "binnenkort"
    records.keep(row)
    queries.forget_values()
    assert queries.values_of("try_out") == {**CHANGED, "since": dt.date(2026, 1, 2)}
    assert "try_out.since" in caplog.text

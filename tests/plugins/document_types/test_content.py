"""What an office starts with: the whole catalogue, whose words hold together, and which an upgrade does not undo."""

import re

import pytest
from sqlalchemy import func, select

from crm import records
from crm.db import db
from crm.dossiers.catalogue import catalogue
from plugins.document_types import content, operations, queries, rows, terms
from plugins.document_types.models import ChecklistItem, DocumentType, RejectionReason

CLIENT_TEXTS = {key: row["explanation"] for key, row in content.read("types").items()} | {
    key: row["text"] for key, row in content.read("reasons").items()
}


@pytest.fixture
def upgraded(monkeypatch):
    """Loads the content again, with other rows: {key: changes} of a file."""

    def load(name, changes):
        read = content.read
        rows_now = {key: row | changes.get(key, {}) for key, row in read(name).items()}
        rows_now |= {key: changes[key] for key in changes if key not in rows_now}
        monkeypatch.setattr(content, "read", lambda asked: rows_now if asked == name else read(asked))
        operations.load()
        records.commit()

    return load


def test_the_catalogue_of_the_sources_is_there(app):
    types = queries.types_by_key()
    assert len(types) == 91 + 2  # those of domain.md §4.3; the invoice and what nothing else fits
    assert {one.group for one in types.values()} == set(terms.GROUPS)
    assert [key for key, one in types.items() if one.is_invoice] == ["invoice"]
    assert not types["invoice"].may_be_public and types["payslip"].may_be_public
    statement = types["employer_statement"]
    assert (statement.delivered_by, statement.scope, statement.item_name) == ("employer", "person", "werkgever")
    assert (statement.validity, statement.validity_count, statement.hdn_codes) == ("months", 3, ["009"])
    assert types["id_document"].validity == "transfer_date" and types["annual_accounts"].item_count == 3


def test_the_list_goes_group_after_group(app):
    groups = [one.group for one in queries.types_by_key().values()]
    assert list(dict.fromkeys(groups)) == list(terms.GROUPS)
    assert groups == sorted(groups, key=list(terms.GROUPS).index)


@pytest.mark.parametrize("key", CLIENT_TEXTS)
def test_what_a_client_reads_is_short_and_calls_him_neither_u_nor_je(key):
    text = CLIENT_TEXTS[key]
    assert text
    assert not re.search(r"\b(u|uw|je|jij|jouw|jullie)\b", text, re.IGNORECASE)
    assert all(len(sentence.split()) <= 20 for sentence in re.split(r"[.!?:]\s", text))
    assert set(re.findall(r"\{\{(\w+)\}\}", text)) <= {terms.VALIDITY_WORD, terms.EXPLANATION_WORD}


def test_every_key_that_a_row_names_exists():
    types, reasons = content.read("types"), content.read("reasons")
    templates, dossiers = content.read("templates"), catalogue()
    for row in types.values():
        assert row["group"] in terms.GROUPS and row["delivered_by"] in terms.DELIVERED_BY
        assert row["scope"] in terms.SCOPES and row["validity"] in terms.VALIDITIES
        assert (row["validity_count"] is not None) == (row["validity"] in terms.COUNTED)
        assert set(row["formats"]) <= set(terms.FORMATS) and row["formats"]
        assert set(row["reasons"]) <= {key for key, reason in reasons.items() if not reason["is_general"]}
        assert all(re.fullmatch(r"[0-9]{3}", code) for code in row["hdn_codes"])
        assert (row["scope"] != terms.ITEM) or row["item_name"]
    assert {key for key, row in reasons.items() if not row["is_general"]} == {
        key for row in types.values() for key in row["reasons"]
    }
    for row in templates.values():
        assert row["phase"] in terms.PHASES and set(row["situations"]) <= set(content.situations())
        assert set(row["profiles"]) <= set(dossiers["profiles"])
        assert set(row["dossier_types"]) <= set(dossiers["dossier_types"])
        for item in row["items"]:
            assert item["type"] in types and item["replaces"] in {"", *types}
            assert item["situation"] in {"", *content.situations()}


def test_loading_again_changes_nothing(app, statements):
    before = {key: (one.id, one.version) for key, one in queries.types_by_key().items()}
    count = db.session.scalar(select(func.count(ChecklistItem.id)))
    statements.clear()
    operations.load()
    assert not [sent for sent in statements if not sent.startswith("SELECT")]
    assert {key: (one.id, one.version) for key, one in queries.types_by_key().items()} == before
    assert db.session.scalar(select(func.count(ChecklistItem.id))) == count


def test_an_upgrade_brings_what_is_new_and_keeps_what_the_office_changed(app, admin, upgraded):
    types = queries.types_by_key()
    types["payslip"].delivered_by = "employer"
    types["energy_label"].is_active = False
    records.save_many([types["payslip"], types["energy_label"]], admin)
    records.commit()
    drone = content.read("types")["energy_label"] | {"name": "Dronefoto", "group": "new_home"}
    upgraded(
        "types",
        {
            "payslip": {"explanation": "Anders."},
            "energy_label": {"validity_count": 60},
            "bkr_report": {"name": "Kredietoverzicht", "reasons": ["old_form"]},
            "drone_photo": drone,
        },
    )
    types = queries.types_by_key()
    assert types["payslip"].delivered_by == "employer" and types["payslip"].explanation != "Anders."
    assert types["energy_label"].validity_count == 60 and not types["energy_label"].is_active
    assert types["bkr_report"].name == "Kredietoverzicht"
    assert [reason.key for reason in types["bkr_report"].reasons] == ["old_form"]
    assert types["drone_photo"].name == "Dronefoto" and types["drone_photo"].is_active


def test_an_upgrade_of_a_list_keeps_the_items_that_stay(app, upgraded):
    template = queries.templates_by_key()["starter_talk"]
    [kept] = template.items
    more = [*content.read("templates")["starter_talk"]["items"], content.ITEM | {"type": "bkr_report"}]
    upgraded("templates", {"starter_talk": {"items": more}})
    items = queries.templates_by_key()["starter_talk"].items
    assert [item.type.key for item in items] == ["savings_statement", "bkr_report"] and items[0].id == kept.id
    upgraded("templates", {"starter_talk": {"items": more[1:]}})
    assert [item.type.key for item in queries.templates_by_key()["starter_talk"].items] == ["bkr_report"]


def test_reasons_of_a_type_come_before_those_of_all_and_speak_of_age_only_where_there_is_one(app):
    types = queries.types_by_key()
    found = [reason.key for reason in queries.reasons_for(types["id_document"])]
    assert found[:3] == ["driving_licence", "expires_before_transfer", "back_missing"] and found[-1] == "other"
    assert "too_old" not in found
    assert "too_old" in {reason.key for reason in queries.reasons_for(types["payslip"])}
    off = db.session.scalars(select(RejectionReason).where(RejectionReason.key == "other")).one()
    off.is_active = False
    records.save(off, None)
    assert "other" not in {reason.key for reason in queries.reasons_for(types["payslip"])}


def test_rows_and_records_are_the_same(app):
    for key, one in queries.types_by_key().items():
        assert rows.row_of_type(one) == content.read("types")[key]
    for key, one in queries.templates_by_key().items():
        assert rows.row_of_template(one) == content.read("templates")[key]


def test_one_searches_without_accents(app):
    made = DocumentType(key="x", name="Café-vergunning", group="person")
    assert made.match_name == "cafe-vergunning"
    made.name = "Andere"
    assert made.match_name == "andere"

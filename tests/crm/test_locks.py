"""Fields that must keep what they hold: shown with the reason where they are edited, refused by every way in."""

import re

import pytest
from sqlalchemy import select

from crm import records
from crm.db import db
from crm.dossiers import status_path
from crm.dossiers.statuses import DossierStatus
from crm.hookspecs import impl
from crm.locks import Lock
from crm.relations import operations
from crm.relations.models import Relation
from tests.crm.relations.conftest import SANNE, TIM, make_relation, typed

EMAIL = "sanne.devries@voorbeeld.nl"
WHY = "De kluis gebruikt dit. Vraag de klant het daar te wijzigen."


class Holder:
    """A plugin that holds fields of one relation."""

    def __init__(self, relation: Relation, *fields: str) -> None:
        self.number, self.fields = relation.id, fields

    @impl
    def locked_fields(self, records):
        return [Lock("relation", self.number, field, WHY) for field in self.fields]


@pytest.fixture
def held(app, assistant):
    """Sanne, whose e-mail address and country must stay."""
    relation = make_relation(assistant, **SANNE)
    holder = Holder(relation, "email", "country")
    app.extensions["crm"].register(holder, "holder")
    yield relation
    app.extensions["crm"].unregister(holder)


def element(page, name):
    return re.search(rf'<(?:input|select)[^>]* name="{name}"[^>]*>', page)[0]


def test_a_form_shows_the_lock_and_the_reason(as_assistant, held):
    page = as_assistant.get(f"/relations/{held.id}/edit").text
    assert page.count(WHY) == 2
    assert "readonly" in element(page, "email") and "email-locked" in element(page, "email")
    assert "disabled" in element(page, "country") and "country-locked" in element(page, "country")
    assert "readonly" not in element(page, "phone") and "disabled" not in element(page, "phone")


def test_what_is_not_locked_is_saved_and_a_switched_off_field_keeps_its_value(as_assistant, held, branch):
    sent = typed({**SANNE, "phone": "0687654321"}, branch_id=branch.id)
    del sent["country"]  # a browser sends nothing of a field that is switched off
    assert as_assistant.post(f"/relations/{held.id}/edit", data=sent).status_code == 302
    db.session.refresh(held)
    assert (held.phone, held.country, held.email) == ("+31687654321", "NL", EMAIL)


@pytest.mark.parametrize("changed", [{"email": "anders@voorbeeld.nl"}, {"country": "BE"}])
def test_a_form_that_changes_it_all_the_same_is_refused_with_the_reason(as_assistant, held, branch, changed):
    answer = as_assistant.post(f"/relations/{held.id}/edit", data=typed({**SANNE, **changed}, branch_id=branch.id))
    assert answer.status_code == 422 and WHY in answer.text and next(iter(changed.values())) in answer.text
    db.session.refresh(held)
    assert (held.email, held.country) == (EMAIL, "NL")


def test_a_cell_of_a_list_shows_it_and_refuses_it(as_assistant, held):
    cell, in_place = f"/lists/relations/rows/{held.id}/email", {"HX-Request": "true"}
    page = as_assistant.get(cell, headers=in_place).text
    assert WHY in page and "readonly" in element(page, "email") and 'aria-label="Opslaan"' not in page
    assert as_assistant.post(cell, data={"email": "anders@voorbeeld.nl"}).status_code == 422
    assert 'aria-label="Opslaan"' in as_assistant.get(f"/lists/relations/rows/{held.id}/phone", headers=in_place).text


def test_what_is_typed_elsewhere_is_not_taken_over(as_assistant, held, branch):
    sent = typed({**SANNE, "email": "anders@voorbeeld.nl"}, branch_id=branch.id) | {"use": held.id}
    page = as_assistant.post("/relations/create", data=sent).text
    assert WHY in page and re.search(r'value="email"[^>]* disabled', page)
    answer = as_assistant.post("/relations/create", data=sent | {"asked": "client", "take-client": ["email"]})
    assert answer.status_code == 422 and WHY in answer.text


def test_every_other_way_is_refused_and_nothing_of_it_is_kept(app, held, assistant):
    other = make_relation(assistant, **TIM)
    held.email = "anders@voorbeeld.nl"
    other.city = "Zeist"
    with pytest.raises(records.Refused, match="De kluis gebruikt dit"):
        records.save_many([other, held], None)
    assert held.email == EMAIL and other.city == SANNE["city"]
    with pytest.raises(records.Refused, match="De kluis gebruikt dit"):
        records.delete(held, assistant)
    assert operations.update(held, {"city": "Zeist", "email": SANNE["email"]}, assistant).city == "Zeist"
    records.delete(other, assistant)


def test_a_holder_that_fails_stops_what_is_saved_and_no_page(app, as_assistant, assistant, held, caplog):
    class Broken:
        @impl
        def locked_fields(self, records):
            raise RuntimeError("broken")

    broken = Broken()
    app.extensions["crm"].register(broken, "broken")
    try:
        page = as_assistant.get(f"/relations/{held.id}/edit")
        assert page.status_code == 200 and f"what is locked of relation {held.id} is not known" in caplog.text
        held.city = "Zeist"
        with pytest.raises(RuntimeError, match="broken"):
            records.save(held, assistant)
    finally:
        app.extensions["crm"].unregister(broken)


def test_a_status_that_the_house_works_with_stays_by_every_way_in(app, admin):
    def status(key):
        return db.session.scalars(select(DossierStatus).where(DossierStatus.key == key)).one()

    for key in ("orienting", "intake"):
        fixed, title = status(key), status(key).title
        fixed.title = "Iets anders"
        with pytest.raises(records.Refused, match=f"{title} ligt vast"):
            records.save(fixed, admin)
        with pytest.raises(records.Refused, match=f"{title} ligt vast"):
            records.delete(fixed, admin)
        assert status(key).title == title
    free = next(row for row in db.session.scalars(select(DossierStatus)) if row.meaning not in status_path.FIXED)
    free.title = "Iets anders"
    assert records.save(free, admin).title == "Iets anders"

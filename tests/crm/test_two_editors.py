"""What a form makes of what somebody else saved meanwhile, and of what the change log does not know."""

import datetime as dt
import threading
from types import SimpleNamespace

import pytest
from sqlalchemy import update

from crm import migrate, paths, records
from crm.accounts import operations as accounts
from crm.accounts.models import Branch, User
from crm.app import create_app
from crm.audit.models import AuditEntry
from crm.db import db
from crm.earlier import Unknown, earlier
from crm.jobs import queue
from crm.relations import operations as relations
from crm.relations.models import Relation
from tests.conftest import log_in, make_branch, make_user

SHE = {
    "title": "ms", "first_name": "Sanne", "surname": "Vries", "birth_date": "1990-05-04", "phone": "06 12345678",
    "email": "sanne@voorbeeld.nl", "postal_code": "3511 AB", "house_number": "1", "street": "Oudegracht",
    "city": "Utrecht", "country": "NL", "address_form": "u", "record_type": "client",
}  # fmt: skip


@pytest.fixture
def she(app, branch, assistant):
    made = relations.create({**SHE, "birth_date": dt.date(1990, 5, 4), "branch_id": branch.id}, assistant)
    records.commit()
    return made


def typed(relation, **values):
    return {**SHE, "branch_id": relation.branch_id, "version": 1, **values}


def test_different_fields_are_both_kept_and_left_ones_are_not_called_typed(as_assistant, she, assistant):
    relations.update(she, {"phone": "06 87654321", "city": "Zeist"}, assistant)
    records.commit()
    where = f"/relations/{she.id}/edit"
    answer = as_assistant.post(where, data=typed(she, city="Baarn", street="Nieuwegracht"))
    assert answer.status_code == 409 and answer.text.count('<th scope="row"><a href="#') == 1
    assert "Zeist" in answer.text and 'value="Baarn"' in answer.text and 'value="+31687654321"' in answer.text
    assert as_assistant.post(where, data=typed(she, street="Nieuwegracht")).status_code == 302
    db.session.refresh(she)
    assert (she.phone, she.city, she.street) == ("+31687654321", "Zeist", "Nieuwegracht")


def test_the_same_number_written_otherwise_is_no_conflict(as_assistant, she, assistant):
    relations.update(she, {"phone": "0687654321"}, assistant)
    records.commit()
    answer = as_assistant.post(f"/relations/{she.id}/edit", data=typed(she, phone="+31 6 87 65 43 21"))
    assert answer.status_code == 302


def test_what_the_log_does_not_know_is_asked(as_assistant, she, assistant):
    relations.update(she, {"phone": "06 87654321"}, assistant)
    db.session.execute(update(AuditEntry).where(AuditEntry.record_kind == "relation").values(record_version=None))
    records.commit()
    answer = as_assistant.post(f"/relations/{she.id}/edit", data=typed(she, street="Nieuwegracht"))
    assert answer.status_code == 409 and answer.text.count('<th scope="row"><a href="#') == 2
    assert "+31687654321" in answer.text and "Nieuwegracht" in answer.text


def test_a_version_in_between_that_no_entry_tells_of_is_not_known(app, branch, admin):
    accounts.edit_branch(branch, {"name": "Utrecht", "city": "Zeist", "is_active": True}, admin)
    began = branch.version
    branch.city = "Baarn"
    records.keep(branch)
    accounts.edit_branch(branch, {"name": "Utrecht", "city": "Soest", "is_active": True}, admin)
    assert records.changed_since(branch, began) is None
    assert records.changed_since(branch, branch.version - 1) == {"city": "Baarn"}
    assert records.changed_since(branch, branch.version) is None
    assert records.changed_since(branch, branch.version + 1) is None


def test_links_to_many_have_a_version_and_come_back_as_they_were(app, adviser, admin, branch, other_branch):
    began = adviser.version
    adviser.branches = [branch, other_branch]
    records.save(adviser, admin)
    assert adviser.version == began + 1
    assert earlier(adviser, began).branch_ids == [branch.id]
    records.save(adviser, admin)
    assert adviser.version == began + 1, "nothing changed"
    branch.name = "Elders"
    records.save(branch, admin)
    with pytest.raises(Unknown):
        earlier(adviser, began).branch_ids  # noqa: B018 (reading it raises)


def test_secrets_are_not_known(app, adviser, admin):
    began = adviser.version
    adviser.password_hash, adviser.phone = "anders", "030 1234567"
    records.save(adviser, admin)
    was = earlier(adviser, began)
    assert was.phone == "" and was.name == adviser.name and not hasattr(was, "password_hash")


def test_two_beheerders_give_one_user_a_name_and_a_vestiging(app, client, admin, adviser, branch, other_branch):
    browser, where = log_in(client, admin), f"/admin/users/{adviser.id}"
    sent = {"name": adviser.name, "email": adviser.email, "role": "adviser", "branch_ids": [branch.id]}
    sent["version"] = adviser.version
    admin.branches = [branch, other_branch]
    records.save(admin, None)
    records.commit()
    both = [branch.id, other_branch.id]
    assert browser.post(where, data={**sent, "branch_ids": both}).status_code == 302
    assert browser.post(where, data={**sent, "name": "Peter van Dijk-Bos"}).status_code == 302
    db.session.refresh(adviser)
    assert (adviser.name, sorted(adviser.branch_ids)) == ("Peter van Dijk-Bos", both)
    answer = browser.post(where, data={**sent, "branch_ids": [other_branch.id]})
    assert answer.status_code == 409 and answer.text.count('<th scope="row"><a href="#') == 1


@pytest.fixture
def office(new_database):
    """An office on a database of its own, where transactions really end."""
    app = create_app(paths.config() / "testing.toml", SERVER_NAME="localhost", **new_database)
    with app.app_context():
        migrate.upgrade()
        user = make_user(app, "Marieke Bakker", "admin", make_branch("Utrecht"))
        values = {**SHE, "birth_date": dt.date(1990, 5, 4), "branch_id": user.branch_ids[0]}
        made = relations.create(values, user)
        records.commit()
        yield SimpleNamespace(app=app, user_id=user.id, relation_id=made.id, branch_id=made.branch_id)
        db.session.remove()
        queue.client().destroy()
        db.disconnect()


def at_once(office, where, sent):
    """Send these at the same moment, each from a browser of its own; gives the statuses."""
    start, met = threading.Barrier(len(sent)), []
    browsers = []
    for _one in sent:
        browsers.append(log_in(office.app.test_client(), db.session.get(User, office.user_id)))
    db.session.remove()

    def send(browser, data):
        start.wait(30)
        met.append(browser.post(where, data=data).status_code)

    threads = [threading.Thread(target=send, args=pair) for pair in zip(browsers, sent, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return sorted(met)


def test_at_the_same_moment_different_fields_are_all_kept(office):
    changes = {"first_name": "Susanne", "street": "Nieuwegracht", "email": "s@voorbeeld.nl"}
    sent = [
        {**SHE, "branch_id": office.branch_id, "version": 1, "once": name, name: value}
        for name, value in changes.items()
    ]
    assert at_once(office, f"/relations/{office.relation_id}/edit", sent) == [302, 302, 302]
    found = db.session.get(Relation, office.relation_id)
    assert {name: getattr(found, name) for name in changes} == changes and found.version == 4


def test_at_the_same_moment_the_same_field_is_kept_once_and_asked_of_the_other(office):
    sent = [
        {**SHE, "branch_id": office.branch_id, "version": 1, "once": name, "first_name": name}
        for name in ("Susanne", "Sanna")
    ]
    assert at_once(office, f"/relations/{office.relation_id}/edit", sent) == [302, 409]
    assert db.session.get(Relation, office.relation_id).version == 2


def test_at_the_same_moment_two_beheerders_are_both_heard(office):
    sent = [
        {"name": "Utrecht", "is_active": "y", "version": 1, "once": name, name: "Baarn"} for name in ("city", "street")
    ]
    assert at_once(office, f"/admin/branches/{office.branch_id}", sent) == [302, 302]
    found = db.session.get(Branch, office.branch_id)
    assert (found.city, found.street) == ("Baarn", "Baarn")

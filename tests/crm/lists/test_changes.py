"""Ticked rows changed together and one cell in place: versions, permissions, once, undo."""

import datetime as dt

import pytest
from sqlalchemy import func, select

from crm import formats, records
from crm.activities.models import Task
from crm.activities.operations import create_task, edit_task, lapse
from crm.audit.models import AuditEntry
from crm.db import db
from crm.lists.models import ListChange
from crm.lists.operations import forget
from crm.relations.models import Relation
from crm.service_requests.operations import receive
from tests.conftest import log_in
from tests.crm.dossiers.conftest import make_dossier, make_relation

DAY = dt.date(2027, 6, 1)


def make_task(user, title, **values) -> Task:
    task = create_task({"title": title, "assigned_to": user, **values}, user)
    records.commit()
    return task


def mark(*found) -> list[str]:
    """Rows as their ticks send them."""
    return [f"{one.id}:{one.version}" for one in found]


def read(record):
    db.session.expire_all()
    return record


def undo_address(page: str) -> str:
    return "/lists/changes/" + page.partition('action="/lists/changes/')[2].partition('"')[0].replace("&amp;", "&")


@pytest.fixture
def tasks(assistant):
    return [make_task(assistant, title) for title in ("Bellen", "Mailen", "Kopiëren")]


def test_ticked_rows_get_another_owner_and_day(as_assistant, tasks, adviser):
    page = as_assistant.get(
        "/lists/tasks/change", query_string={"row": mark(*tasks[:2]), "back": "/tasks?whose=mine"}
    ).text
    assert "Bellen, Mailen" in page and "2 rijen" in page
    sent = {"row": mark(*tasks[:2]), "do_assigned_to_id": "y", "assigned_to_id": adviser.id}
    sent |= {"do_due_on": "y", "due_on": DAY.isoformat(), "back": "/tasks?whose=mine"}
    answer = as_assistant.post("/lists/tasks/change", data=sent)
    assert answer.location == "/tasks?whose=mine"
    assert "2 rijen gewijzigd." in as_assistant.get(answer.location).text
    changed = [(task.assigned_to_id, task.due_on) for task in read(tasks) or tasks]
    assert changed[:2] == [(adviser.id, DAY)] * 2 and changed[2][1] is None


def test_only_what_is_ticked_is_changed(as_assistant, tasks, adviser):
    sent = {"row": mark(tasks[0]), "assigned_to_id": adviser.id, "do_due_on": "y", "due_on": DAY.isoformat()}
    assert as_assistant.post("/lists/tasks/change", data=sent).status_code == 302
    task = read(tasks[0])
    assert task.due_on == DAY and task.assigned_to_id != adviser.id
    answer = as_assistant.post("/lists/tasks/change", data={"row": mark(task), "due_on": "2027-07-01"})
    assert answer.status_code == 422 and "Kies wat u wilt wijzigen" in answer.text and "2027-07-01" in answer.text


def test_what_is_wrong_stands_at_the_field_and_stays(as_assistant, tasks):
    sent = {"row": mark(*tasks), "do_due_on": "y", "due_on": "morgen"}
    answer = as_assistant.post("/lists/tasks/change", data=sent)
    assert answer.status_code == 422 and "Schrijf de datum als" in answer.text and 'value="morgen"' in answer.text
    assert answer.text.count('name="row"') == 3


def test_rows_somebody_else_changed_are_named_and_left_alone(as_assistant, tasks, adviser):
    rows, theirs = mark(*tasks), DAY + dt.timedelta(days=1)
    edit_task(tasks[1], {"due_on": theirs}, adviser)
    edit_task(tasks[2], {"due_on": DAY, "notes": "hetzelfde"}, adviser)
    records.commit()
    sent = {"row": rows, "do_due_on": "y", "due_on": DAY.isoformat()}
    page = as_assistant.post("/lists/tasks/change", data=sent, follow_redirects=True).text
    assert "1 rij gewijzigd." in page and "intussen: Mailen." in page
    assert [task.due_on for task in read(tasks) or tasks] == [DAY, theirs, DAY]


def test_what_somebody_else_changed_in_another_field_of_a_row_is_no_matter(as_assistant, tasks, adviser):
    rows = mark(*tasks)
    edit_task(tasks[1], {"notes": "intussen"}, adviser)
    records.commit()
    sent = {"row": rows, "do_due_on": "y", "due_on": DAY.isoformat()}
    page = as_assistant.post("/lists/tasks/change", data=sent, follow_redirects=True).text
    assert "3 rijen gewijzigd." in page and "intussen" not in page.partition("<main")[0]
    assert [(task.due_on, task.notes) for task in read(tasks) or tasks][1] == (DAY, "intussen")
    edit_task(tasks[1], {"notes": "later"}, adviser)
    records.commit()
    page = as_assistant.post(undo_address(page), follow_redirects=True).text
    assert "Ongedaan gemaakt: 3 rijen." in page
    assert [(task.due_on, task.notes) for task in read(tasks) or tasks][1] == (None, "later")


def test_a_cell_beside_one_that_somebody_else_changed_is_saved_without_a_question(as_assistant, tasks, adviser):
    edit_task(tasks[0], {"notes": "intussen", "assigned_to": adviser}, adviser)
    records.commit()
    sent = {"due_on": DAY.isoformat(), "version": 1}
    assert as_assistant.post(f"/lists/tasks/rows/{tasks[0].id}/due_on", data=sent).status_code == 302
    read(tasks)
    assert (tasks[0].due_on, tasks[0].notes, tasks[0].assigned_to_id) == (DAY, "intussen", adviser.id)


def test_a_rule_says_no_to_one_row_only(as_assistant, tasks, assistant):
    lapse(tasks[0], "hoeft niet", assistant)
    records.commit()
    sent = {"row": mark(*tasks), "do_status": "y", "do_due_on": "y", "due_on": DAY.isoformat()}
    page = as_assistant.post("/lists/tasks/change", data=sent, follow_redirects=True).text
    assert "Niet gewijzigd: Bellen. Deze taak is vervallen" in page
    read(tasks[0])
    assert [task.status for task in tasks] == ["cancelled", "done", "done"]
    assert tasks[0].due_on is None, "nothing of a refused row is written"


def test_rows_of_another_vestiging_are_not_there(client, stranger, tasks):
    log_in(client, stranger)
    sent = {"row": mark(*tasks), "do_due_on": "y", "due_on": DAY.isoformat()}
    assert client.get("/lists/tasks/change", query_string={"row": mark(*tasks)}).status_code == 404
    client.post("/lists/tasks/change", data=sent)
    assert [task.due_on for task in read(tasks) or tasks] == [None] * 3
    assert client.get(f"/lists/tasks/rows/{tasks[0].id}/due_on").status_code == 404


def test_who_may_not_change_this_row_is_told(app, as_assistant, tasks, monkeypatch):
    """Permission is asked about each record."""
    from crm.lists import views

    def may(user, permission, subject=None):
        return subject is None or subject.id != tasks[0].id

    monkeypatch.setattr(views, "allowed", may)
    sent = {"row": mark(*tasks), "do_due_on": "y", "due_on": DAY.isoformat()}
    page = as_assistant.post("/lists/tasks/change", data=sent, follow_redirects=True).text
    assert "Niet gewijzigd: Bellen. U mag dit niet wijzigen" in page
    assert [task.due_on for task in read(tasks) or tasks] == [None, DAY, DAY]
    assert as_assistant.get(f"/lists/tasks/rows/{tasks[0].id}/due_on").status_code == 403


def test_sent_twice_is_done_once(as_assistant, tasks):
    sent = {"row": mark(*tasks), "do_status": "y", "once": "zelfde"}
    answers = [as_assistant.post("/lists/tasks/change", data=sent) for _ in range(2)]
    assert answers[0].location == answers[1].location
    assert db.session.scalar(select(func.count(ListChange.id))) == 1
    assert [task.version for task in read(tasks) or tasks] == [2, 2, 2]


def test_it_can_be_undone_once_but_not_over_somebody_elses_work(as_assistant, tasks, adviser, assistant):
    sent = {"row": mark(*tasks), "do_status": "y", "do_assigned_to_id": "y", "assigned_to_id": adviser.id}
    page = as_assistant.post("/lists/tasks/change", data=sent, follow_redirects=True).text
    read(tasks)
    edit_task(tasks[2], {"assigned_to": None}, adviser)
    records.commit()
    address = undo_address(page)
    page = as_assistant.post(address, follow_redirects=True).text
    assert "Ongedaan gemaakt: 2 rijen." in page and "intussen: Kopiëren." in page
    read(tasks)
    assert [(task.status, task.done_at is None, task.assigned_to_id) for task in tasks] == [
        ("open", True, assistant.id), ("open", True, assistant.id), ("done", False, None),
    ]  # fmt: skip
    assert "al ongedaan gemaakt" in as_assistant.post(address, follow_redirects=True).text
    assert [task.version for task in read(tasks) or tasks] == [3, 3, 3]


def test_nobody_undoes_anothers_change(app, as_assistant, tasks, adviser):
    as_assistant.post("/lists/tasks/change", data={"row": mark(*tasks), "do_status": "y"})
    made = db.session.scalars(select(ListChange)).one()
    assert log_in(app.test_client(), adviser).post(f"/lists/changes/{made.id}/undo").status_code == 404


def test_many_dossiers_go_through_the_pen_in_one_go(as_assistant, branch, assistant, adviser, statements):
    made = [make_dossier(make_relation(branch, surname=f"Bos {number}"), assistant) for number in range(20)]
    before = db.session.scalar(select(func.count(AuditEntry.id)))
    counts = []
    for rows in (made[:2], made[2:]):
        sent = {"row": mark(*rows), "do_adviser_id": "y", "adviser_id": adviser.id}
        statements.clear()
        assert as_assistant.post("/lists/dossiers/change", data=sent).status_code == 302
        counts.append(len([text for text in statements if text.startswith("SELECT")]))
    assert counts[1] <= counts[0], "no question for each row"
    assert db.session.scalar(select(func.count(AuditEntry.id))) == before + 20
    assert {dossier.adviser_id for dossier in read(made) or made} == {adviser.id}


def test_a_colleague_of_elsewhere_cannot_be_chosen(as_assistant, branch, assistant, stranger):
    dossier = make_dossier(make_relation(branch), assistant)
    sent = {"row": mark(dossier), "do_assistant_id": "y", "assistant_id": stranger.id}
    assert as_assistant.post("/lists/dossiers/change", data=sent).status_code == 422
    assert read(dossier).assistant_id == assistant.id


def test_relations_are_marked_as_checked_and_requests_get_a_handler(as_assistant, branch, assistant):
    relation = make_relation(branch)
    request = receive({"surname": "Bos", "phone": "0612345678"}, "", branch, assistant, "phone")
    records.commit()
    page = as_assistant.post(
        "/lists/relations/change", data={"row": mark(relation), "do_checked_at": "y"}, follow_redirects=True
    ).text
    assert read(relation).checked_at and relation.checked_by_id == assistant.id
    as_assistant.post(undo_address(page))
    assert read(relation).checked_at is None
    sent = {"row": mark(request), "do_assigned_to_id": "y", "assigned_to_id": assistant.id}
    as_assistant.post("/lists/service-requests/change", data=sent)
    assert read(request).assigned_to.name == "Marieke Bakker"
    assert "Marieke Bakker" in as_assistant.get("/service-requests?mine=y").text.partition("<tbody>")[2]


@pytest.mark.parametrize("rows", [[], ["x"], ["1"], ["9:"], ["99999999999999999999:1"]])
def test_no_rows_is_said(as_assistant, rows):
    answer = as_assistant.get("/lists/tasks/change", query_string={"row": rows}, follow_redirects=True)
    assert answer.status_code == 200 and "Zet eerst een vinkje" in answer.text


# --- One cell ------------------------------------------------------------------------------------------------


def test_a_cell_is_a_page_of_its_own_without_scripts(as_assistant, tasks):
    address = f"/lists/tasks/rows/{tasks[0].id}/due_on"
    page = as_assistant.get(f"{address}?back=/tasks?whose=branch").text
    assert "<html" in page and "Uiterlijk op wijzigen" in page
    sent = {"due_on": DAY.isoformat(), "version": tasks[0].version, "back": "/tasks?whose=branch"}
    assert as_assistant.post(address, data=sent).location == "/tasks?whose=branch"
    assert read(tasks[0]).due_on == DAY


def test_a_cell_can_be_undone(as_assistant, tasks, assistant):
    sent = {"assigned_to_id": "", "version": tasks[0].version}
    address = f"/lists/tasks/rows/{tasks[0].id}/assigned_to_id"
    page = as_assistant.post(address, data=sent, follow_redirects=True).text
    assert "Toegewezen aan van Bellen is gewijzigd." in page and read(tasks[0]).assigned_to_id is None
    as_assistant.post(undo_address(page))
    assert read(tasks[0]).assigned_to_id == assistant.id
    same = {"assigned_to_id": assistant.id, "version": tasks[0].version}
    assert "is gewijzigd" not in as_assistant.post(address, data=same, follow_redirects=True).text


def test_what_can_be_undone_is_forgotten_after_two_days(as_assistant, tasks):
    as_assistant.post("/lists/tasks/change", data={"row": mark(*tasks), "do_status": "y"})
    forget()
    made = db.session.scalars(select(ListChange)).one()
    made.at -= dt.timedelta(days=3)
    records.keep(made)
    forget()
    assert db.session.scalars(select(ListChange)).all() == []


def test_a_cell_goes_where_it_stood(as_assistant, tasks):
    address, asked = f"/lists/tasks/rows/{tasks[0].id}/due_on", {"HX-Request": "true"}
    part = as_assistant.get(address, headers=asked)
    assert "<html" not in part.text and part.headers["HX-Retarget"] == f"#cell-{tasks[0].id}-due"
    wrong = as_assistant.post(address, data={"due_on": "morgen", "version": 1}, headers=asked)
    assert wrong.status_code == 422 and "Schrijf de datum als" in wrong.text and 'value="morgen"' in wrong.text
    assert wrong.headers["HX-Retarget"] == f"#cell-{tasks[0].id}-due"


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_a_cell_shows_what_somebody_else_saved_beside_what_one_chose(as_assistant, tasks, adviser, headers):
    edit_task(tasks[0], {"due_on": dt.date(2027, 5, 5)}, adviser)
    records.commit()
    address = f"/lists/tasks/rows/{tasks[0].id}/due_on"
    answer = as_assistant.post(address, data={"due_on": "2027-06-01", "version": 1}, headers=headers)
    assert answer.status_code == 409 and "05-05-2027" in answer.text and "01-06-2027" in answer.text
    assert 'name="version" type="hidden" value="2"' in answer.text
    as_assistant.post(address, data={"due_on": "2027-06-01", "version": 2}, headers=headers)
    assert read(tasks[0]).due_on == DAY


def test_a_telephone_number_is_tidied_and_a_wrong_one_refused_at_the_field(as_assistant, branch):
    relation = make_relation(branch, phone="+31612345678")
    address = f"/lists/relations/rows/{relation.id}/phone"
    wrong = as_assistant.post(address, data={"phone": "12", "version": relation.version})
    assert wrong.status_code == 422 and 'id="phone-error"' in wrong.text and 'value="12"' in wrong.text
    assert read(relation).phone == "+31612345678"
    as_assistant.post(address, data={"phone": "06-41 57 63 26", "version": relation.version})
    assert read(relation).phone == "+31641576326"


def test_only_what_the_list_offers_can_be_changed(as_assistant, tasks, branch):
    relation: Relation = make_relation(branch)
    for address in (f"tasks/rows/{tasks[0].id}/title", f"relations/rows/{relation.id}/checked_at", "nothing/rows/1/x"):
        assert as_assistant.get(f"/lists/{address}").status_code == 404
        assert as_assistant.post(f"/lists/{address}").status_code == 404


def test_a_dossiers_assistent_in_place(as_assistant, branch, assistant, adviser):
    dossier = make_dossier(make_relation(branch), assistant)
    address = f"/lists/dossiers/rows/{dossier.id}/assistant_id"
    assert as_assistant.post(address, data={"assistant_id": adviser.id, "version": dossier.version}).status_code == 302
    assert read(dossier).assistant.name == "Peter van Dijk"


def test_a_day_chosen_here_no_longer_follows_the_appointment(as_assistant, assistant):
    task = make_task(assistant, "Nabellen", due_on=DAY, rule_due_on=DAY)
    sent = {"due_on": "2027-06-02", "version": task.version}
    as_assistant.post(f"/lists/tasks/rows/{task.id}/due_on", data=sent)
    assert read(task).rule_due_on is None and formats.short_date(task.due_on) == "02-06-2027"

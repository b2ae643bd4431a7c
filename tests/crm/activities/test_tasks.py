"""The task list: whose, in what order, ticked with a way back."""

import datetime as dt

import pytest

from crm import formats, records
from crm.activities import operations
from crm.db import db
from tests.conftest import log_in, make_user
from tests.crm.activities.conftest import at, count, make_dossier

DAY = dt.timedelta(days=1)


def make_task(user, title, subject=None, **values):
    task = operations.create_task({"title": title, "assigned_to": user, **values}, user, subject)
    records.commit()
    return task


def test_overdue_first_and_without_a_day_last(as_assistant, assistant, branch):
    make_task(assistant, "Zonder datum", branch=branch)
    make_task(assistant, "Later", branch=branch, due_on=formats.today() + DAY)
    make_task(assistant, "Vroeger", branch=branch, due_on=formats.today() - DAY)
    page = as_assistant.get("/tasks").text
    assert page.index("Vroeger") < page.index("Later") < page.index("Zonder datum")
    assert "Te laat" in page and "geen datum" in page


def test_mine_and_my_vestigings(app, as_assistant, assistant, adviser, branch):
    make_task(assistant, "Mijn werk", branch=branch)
    make_task(adviser, "Werk van Peter", branch=branch)
    assert "Werk van Peter" not in as_assistant.get("/tasks").text
    page = as_assistant.get("/tasks?whose=branch").text
    assert "Werk van Peter" in page and "Mijn werk" in page


def test_another_vestigings_tasks_are_not_there(client, stranger, adviser, branch):
    task = make_task(adviser, "Werk van Peter", branch=branch)
    log_in(client, stranger)
    assert "Werk van Peter" not in client.get("/tasks?whose=branch").text
    for url in (f"/tasks/{task.id}", f"/tasks/{task.id}/edit"):
        assert client.get(url).status_code == 404
    assert client.post(f"/tasks/{task.id}/complete").status_code == 404


def test_ticking_offers_the_way_back(as_assistant, assistant, branch):
    task = make_task(assistant, "Bel de notaris", branch=branch)
    page = as_assistant.post(f"/tasks/{task.id}/complete", data={"back": "/tasks"}, follow_redirects=True).text
    assert "Gereed: Bel de notaris" in page and f'action="/tasks/{task.id}/reopen?back=' in page
    assert "Bel de notaris" in as_assistant.get("/tasks?status=done").text
    page = as_assistant.post(f"/tasks/{task.id}/reopen", follow_redirects=True).text
    assert "Weer open: Bel de notaris" in page
    db.session.expire_all()
    assert (task.status, task.done_at) == ("open", None)


def test_a_title_cannot_smuggle_in_a_button(as_assistant, assistant, branch):
    task = make_task(assistant, "<button>Klik</button>", branch=branch)
    page = as_assistant.post(f"/tasks/{task.id}/complete", follow_redirects=True).text
    assert "<button>Klik" not in page and "&lt;button&gt;Klik" in page


def test_back_leads_nowhere_else(as_assistant, assistant, branch):
    task = make_task(assistant, "Bel", branch=branch)
    for back in ("//evil.example", "https://evil.example", "/\\evil.example"):
        answer = as_assistant.post(f"/tasks/{task.id}/complete", data={"back": back})
        assert answer.headers["Location"] == "/tasks"


def test_a_task_from_the_feed_is_about_the_record(as_assistant, assistant, adviser, dossier):
    assert f'hx-get="/tasks/new?kind=dossier&amp;id={dossier.id}"' in as_assistant.get(f"/dossiers/{dossier.id}").text
    url = f"/tasks/new?kind=dossier&id={dossier.id}"
    part = as_assistant.get(url, headers={"HX-Request": "true"}).text
    assert "<html" not in part and "Toegewezen aan" in part
    typed = {"title": "Loonstrook opvragen", "assigned_to": adviser.id, "due_on": "2027-06-01"}
    assert as_assistant.post(url, data=typed).headers["Location"].startswith(f"/dossiers/{dossier.id}")
    page = as_assistant.get(f"/dossiers/{dossier.id}").text
    assert "Loonstrook opvragen" in page and "di 1 jun" in page
    assert dossier.title in as_assistant.get("/tasks?whose=branch").text


def test_a_task_needs_a_title_and_keeps_what_was_typed(as_assistant, assistant):
    answer = as_assistant.post("/tasks/new", data={"title": " ", "notes": "blijft staan", "assigned_to": assistant.id})
    assert answer.status_code == 422
    assert "Schrijf wat er moet gebeuren" in answer.text and "blijft staan" in answer.text


@pytest.mark.requirement("O-067", side="crm")
@pytest.mark.requirement("O-068", side="crm")
def test_klant_nabellen_comes_with_intake_and_its_day_can_be_changed(as_assistant, dossier, adviser, branch):
    typed = {
        "assigned_to": adviser.id, "category": "orientation", "place": "office", "branch": branch.id,
        "day": "2027-04-29", "starts": "10:00", "options": "dossier_intake",
    }  # fmt: skip
    assert as_assistant.post(f"/appointments/for/dossier/{dossier.id}", data=typed).status_code == 302
    listed = as_assistant.get("/tasks?whose=branch").text
    assert listed.count("Klant nabellen</a>") == 1
    number = listed.split('">Klant nabellen</a>')[0].split("/tasks/")[-1]
    page = as_assistant.get(f"/tasks/{number}").text
    assert "vrijdag 7 mei 2027" in page and "Peter van Dijk" in page
    assert "Eigenlijk donderdag 6 mei 2027, maar dat is geen werkdag." in page
    edited = {"title": "Klant nabellen", "assigned_to": adviser.id, "due_on": "2027-05-10", "version": 1}
    assert as_assistant.post(f"/tasks/{number}/edit", data=edited).status_code == 302
    assert "maandag 10 mei 2027" in as_assistant.get(f"/tasks/{number}").text
    stale = as_assistant.post(f"/tasks/{number}/edit", data={**edited, "due_on": "2027-05-11"})
    assert stale.status_code == 409 and "10-05-2027" in stale.text and "11-05-2027" in stale.text


@pytest.mark.requirement("O-011", side="crm")
def test_afspraak_verzetten_opens_free_slots(as_assistant, dossier, assistant):
    made = operations.plan({"starts_at": at("2027-06-01 10:00")}, dossier, assistant)
    task = operations.ask_to_move(made, ["telefoonnummer"], assistant)
    records.commit()
    page = as_assistant.get(f"/tasks/{task.id}").text
    assert "Afspraak verzetten?" in page and "Ontbreekt nog: telefoonnummer" in page
    link = page.split(f'href="/appointments/{made.id}/edit?starts_at=')[1].split('"')[0]
    form = as_assistant.get(f"/appointments/{made.id}/edit?starts_at={link}").text
    assert f'value="{link[:10]}"' in form


def test_the_badge_counts_what_is_due_for_me(as_assistant, assistant, adviser, branch):
    make_task(assistant, "Nu", branch=branch, due_on=formats.today())
    make_task(assistant, "Te laat", branch=branch, due_on=formats.today() - DAY)
    make_task(assistant, "Straks", branch=branch, due_on=formats.today() + DAY)
    make_task(adviser, "Van Peter", branch=branch, due_on=formats.today())
    assert 'Takenlijst <span class="badge bg-red-lt ms-1">2</span>' in " ".join(as_assistant.get("/tasks").text.split())


def test_the_same_statements_for_one_and_for_many(app, as_assistant, assistant, branch, adviser, statements):
    make_task(assistant, "Eerste", make_dossier(branch, adviser, "D-2027-30000"))
    few = count(as_assistant, "/tasks", statements)
    branch, adviser, assistant = (db.session.merge(record) for record in (branch, adviser, assistant))
    for number in range(60):
        make_task(assistant, f"Taak {number}", make_dossier(branch, adviser, f"D-2027-400{number}"))
    assert count(as_assistant, "/tasks", statements) == few <= 8, "\n".join(statements)
    page = as_assistant.get("/tasks").text
    assert "page=2" in page and "Taak 59" in as_assistant.get("/tasks?page=2").text


def test_a_colleague_who_left_keeps_his_task(app, as_assistant, assistant, branch):
    gone = make_user(app, "Weg Gegaan", "adviser", branch)
    task = make_task(gone, "Blijft", branch=branch)
    gone.is_enabled = False
    records.save(gone, None)
    records.commit()
    edited = {"title": "Blijft", "assigned_to": gone.id, "due_on": "", "version": task.version}
    assert as_assistant.post(f"/tasks/{task.id}/edit", data=edited).status_code == 302

"""Nieuw event and Bewerk, as a browser without script sends them."""

import datetime as dt

import pytest
from sqlalchemy import select

from crm import records
from crm.activities import operations
from crm.activities.models import Appointment, Task
from crm.db import db
from tests.conftest import log_in, make_user
from tests.crm.activities.conftest import at, count, make_dossier

TUESDAY = {"day": "2027-06-01", "starts": "10:00"}


def typed(adviser, branch, **more):
    own = {"assigned_to": adviser.id, "category": "orientation", "place": "office", "branch": branch.id}
    return {**own, **TUESDAY, **more}


def the_appointment():
    return db.session.scalars(select(Appointment).order_by(Appointment.id.desc())).first()


def address(dossier):
    return f"/appointments/for/dossier/{dossier.id}"


@pytest.mark.requirement("O-047", side="crm")
def test_nieuw_event_stands_in_the_feed_of_the_dossier(as_assistant, dossier):
    feed = as_assistant.get(f"/dossiers/{dossier.id}").text
    assert "Nieuw event" in feed and f'hx-get="{address(dossier)}"' in feed
    part = as_assistant.get(address(dossier), headers={"HX-Request": "true"}).text
    assert "<html" not in part and "Toegewezen aan" in part
    assert "<html" in as_assistant.get(address(dossier)).text


@pytest.mark.requirement("O-048", side="crm")
@pytest.mark.requirement("O-049", side="crm")
@pytest.mark.requirement("O-051", side="crm")
@pytest.mark.requirement("O-052", side="crm")
def test_planning_takes_two_hours_and_makes_the_title(as_assistant, dossier, adviser, branch):
    form = as_assistant.get(address(dossier)).text
    assert f'<option data-teams="" selected value="{adviser.id}">Peter van Dijk</option>' in form
    assert ">Oriëntatiegesprek</option>" in form and 'value="Utrecht oriëntatie starter"' in form
    answer = as_assistant.post(address(dossier), data=typed(adviser, branch))
    assert answer.status_code == 302 and answer.headers["Location"].startswith(f"/dossiers/{dossier.id}")
    made = the_appointment()
    assert (made.title, made.starts_at, made.ends_at) == (
        "Utrecht oriëntatie starter",
        at("2027-06-01 10:00"),
        at("2027-06-01 12:00"),
    )
    feed = as_assistant.get(f"/dossiers/{dossier.id}").text
    assert "Afspraak gepland" in feed and "dinsdag 1 juni 2027, 10.00 – 12.00 uur" in feed


@pytest.mark.requirement("O-050", side="crm")
def test_title_follows_the_choices_until_somebody_writes_his_own(as_assistant, dossier, adviser, branch):
    old = "Utrecht oriëntatie starter"
    video = typed(adviser, branch, place="video", title=old, generated=old)
    as_assistant.post(address(dossier), data=video)
    assert the_appointment().title == "Teams oriëntatie starter"
    own = typed(adviser, branch, title="Kennismaken met Sanne", generated=old, starts="13:00")
    as_assistant.post(address(dossier), data=own)
    assert the_appointment().title == "Kennismaken met Sanne"


@pytest.mark.requirement("O-053", side="crm")
def test_description_is_on_the_page_of_the_appointment_and_not_in_the_feed(as_assistant, dossier, adviser, branch):
    as_assistant.post(address(dossier), data=typed(adviser, branch, description="Let op: erfpacht"))
    assert "erfpacht" in as_assistant.get(f"/appointments/{the_appointment().id}").text
    assert "erfpacht" not in as_assistant.get(f"/dossiers/{dossier.id}").text


def test_a_clash_is_shown_and_planned_only_when_confirmed(as_assistant, dossier, adviser, branch):
    as_assistant.post(address(dossier), data=typed(adviser, branch))
    first = the_appointment()
    answer = as_assistant.post(address(dossier), data=typed(adviser, branch, starts="11:00", description="blijft"))
    assert answer.status_code == 422
    assert "heeft van 10.00 tot 12.00 uur al een afspraak" in answer.text and "blijft" in answer.text
    assert f'name="confirmed" value="clash:{first.id}"' in answer.text
    again = typed(adviser, branch, starts="11:00", confirmed=f"clash:{first.id}")
    assert as_assistant.post(address(dossier), data=again).status_code == 302
    assert the_appointment().id != first.id


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"day": "2027-05-06"}, "Donderdag 6 mei 2027 is Hemelvaartsdag."),
        ({"day": "2027-06-05"}, "is zaterdag."),
        ({"starts": "20:00"}, "buiten de werktijden (09.00 – 17.00 uur)"),
        ({"day": "2020-06-02"}, "al voorbij"),
        ({"day": "2027-10-31", "starts": "02:30"}, "de klok terug: 02.30 uur is er twee keer"),
        ({"day": "2027-03-28", "starts": "02:30"}, "02.30 uur bestaat niet op zondag 28 maart 2027"),
        ({"ends": "09:00"}, "eindtijd ligt voor de begintijd"),
        ({"starts": "tien"}, "Dit is geen tijd"),
        ({"starts": ""}, "Kies een begintijd"),
        ({"day": "31-31-2027"}, "Schrijf de datum als dag-maand-jaar"),
        ({"assigned_to": ""}, "Kies een adviseur"),
        ({"assigned_to": "geen keuze"}, "Kies een adviseur"),
        ({"place": "video", "teams_url": "https://teams.evil.example/x"}, "geen Teams-link"),
        ({"place": "video", "teams_url": "https://teams.microsoft.com/l/x\r\nX: y"}, "geen Teams-link"),
        ({"place": "video", "teams_url": "https://teams.microsoft.com/l/x\u2028y"}, "geen Teams-link"),
        ({"place": "video", "teams_url": "https://teams.microsoft.com/l/x\ty"}, "geen Teams-link"),
        ({"place": "video", "teams_url": "https://[teams"}, "geen Teams-link"),
    ],
)
def test_odd_and_wrong_input_is_answered_in_dutch_with_what_was_typed(
    as_assistant, dossier, adviser, branch, wrong, message
):
    answer = as_assistant.post(address(dossier), data=typed(adviser, branch, description="blijft", **wrong))
    assert answer.status_code == 422 and message in answer.text and "blijft" in answer.text
    assert the_appointment() is None


def test_status_to_intake_is_a_preselected_tick(as_assistant, dossier, adviser, branch):
    form = as_assistant.get(address(dossier)).text
    assert 'checked class="form-check-input" id="event-options-0" name="options"' in form.replace("  ", " ")
    as_assistant.post(address(dossier), data=typed(adviser, branch, options="dossier_intake"))
    db.session.expire_all()
    assert dossier.status == "intake"


def test_without_the_tick_the_status_stays(as_assistant, dossier, adviser, branch):
    as_assistant.post(address(dossier), data=typed(adviser, branch))
    db.session.expire_all()
    assert dossier.status == "orienting"


def test_the_same_form_sent_twice_plans_once(as_assistant, dossier, adviser, branch):
    for _ in range(2):
        answer = as_assistant.post(address(dossier), data=typed(adviser, branch, once="een-keer"))
        assert answer.status_code == 302
    assert len(db.session.scalars(select(Appointment)).all()) == 1


def test_free_slots_and_remarks_come_while_typing(as_assistant, dossier, adviser, branch):
    as_assistant.post(address(dossier), data=typed(adviser, branch))
    asked = {"assigned_to": adviser.id, "category": "orientation", "day": "2027-06-01", "starts": "11:00"}
    answer = as_assistant.get("/agenda/free", query_string=asked).text
    assert "al een afspraak" in answer and 'data-day="2027-06-01" data-starts="13:00"' in answer
    assert as_assistant.get("/agenda/free", query_string={"assigned_to": 99999}).status_code == 404
    assert as_assistant.get("/agenda/free", query_string={**asked, "day": "onzin"}).status_code == 200


@pytest.mark.requirement("O-055", side="crm")
@pytest.mark.requirement("O-056", side="crm")
@pytest.mark.requirement("O-057", side="crm")
@pytest.mark.requirement("O-068", side="crm")
def test_bewerk_moves_the_appointment_and_what_hangs_on_it(as_assistant, dossier, adviser, branch, assistant):
    as_assistant.post(address(dossier), data=typed(adviser, branch))
    made = operations.confirm(the_appointment(), assistant)
    operations.create_call_back(made, assistant)
    records.commit()
    listed = as_assistant.get(f"/agenda?adviser={adviser.id}&day=2027-06-01&view=list").text
    assert f'href="/appointments/{made.id}"' in listed
    page = as_assistant.get(f"/appointments/{made.id}").text
    assert f'href="/appointments/{made.id}/edit"' in page and "Bewerk</a>" in page
    moved = typed(adviser, branch, day="2027-06-08", starts="13:00", ends="15:00", version=made.version)
    assert as_assistant.post(f"/appointments/{made.id}/edit", data=moved).status_code == 302
    page = as_assistant.get(f"/appointments/{made.id}").text
    assert "dinsdag 8 juni 2027, 13.00 – 15.00 uur" in page
    assert "De klant weet nog van dinsdag 1 juni 2027 om 10.00 uur" in page
    assert "Alles moet binnen zijn op ma 7 jun 2027 om 09.00 uur" in page
    db.session.expire_all()
    task = db.session.scalars(select(Task)).first()
    assert (task.title, task.due_on) == ("Klant nabellen", dt.date(2027, 6, 15))
    feed = as_assistant.get(f"/dossiers/{dossier.id}").text
    assert "Afspraak gewijzigd" in feed and "Was: dinsdag 1 juni 2027, 10.00 uur" in feed
    as_assistant.post(f"/appointments/{made.id}/told")
    assert "weet nog van" not in as_assistant.get(f"/appointments/{made.id}").text


def test_a_second_editor_sees_both_versions(as_assistant, dossier, adviser, branch, assistant):
    as_assistant.post(address(dossier), data=typed(adviser, branch))
    made = the_appointment()
    began = made.version
    operations.edit(made, {"description": "van de collega"}, assistant)
    records.commit()
    mine = typed(adviser, branch, description="van mij", version=began)
    answer = as_assistant.post(f"/appointments/{made.id}/edit", data=mine)
    assert answer.status_code == 422
    assert "van de collega" in answer.text and "van mij" in answer.text and "intussen gewijzigd" in answer.text
    assert f'name="version" type="hidden" value="{made.version}"' in answer.text
    again = typed(adviser, branch, description="van mij", version=made.version)
    assert as_assistant.post(f"/appointments/{made.id}/edit", data=again).status_code == 302


def test_dragging_answers_json(as_assistant, dossier, adviser, branch, assistant):
    as_assistant.post(address(dossier), data=typed(adviser, branch))
    made = the_appointment()
    url = f"/appointments/{made.id}/move"
    where = {"starts_at": "2027-06-02T08:00:00Z", "ends_at": "2027-06-02T10:00:00Z", "version": made.version}
    assert as_assistant.post(url, data=where).get_json()["message"].startswith("Verplaatst naar woensdag 2 juni 2027")
    db.session.expire_all()
    assert (made.starts_at, made.ends_at) == (at("2027-06-02 10:00"), at("2027-06-02 12:00"))
    stale = as_assistant.post(url, data={**where, "starts_at": "2027-06-02T09:00:00Z"})
    assert stale.status_code == 409 and "intussen gewijzigd" in stale.get_json()["refusal"]
    sunday = {"starts_at": "2027-06-06T08:00:00Z", "ends_at": "2027-06-06T10:00:00Z", "version": made.version}
    warned = as_assistant.post(url, data=sunday)
    assert warned.status_code == 409 and warned.get_json()["remarks"][0]["key"] == "closed:2027-06-06"
    sure = as_assistant.post(url, data={**sunday, "confirmed": "closed:2027-06-06"})
    assert sure.status_code == 200
    assert as_assistant.post(url, data={"starts_at": "straks"}).status_code == 400
    for ends_at in ("2027-06-02T07:00:00Z", "2027-06-02T08:00:00Z"):
        backwards = as_assistant.post(url, data={**where, "ends_at": ends_at, "version": made.version})
        assert backwards.status_code == 409 and "ligt voor de begintijd" in backwards.get_json()["refusal"]
    for day in ("0001-01-01", "9999-12-31"):
        far = {"starts_at": f"{day}T00:00:00+12:00", "ends_at": f"{day}T23:00:00-12:00", "version": made.version}
        assert as_assistant.post(url, data=far).status_code == 400


def test_cancelling_asks_why_and_offers_the_mail_to_who_was_told(as_assistant, dossier, adviser, branch, assistant):
    as_assistant.post(address(dossier), data=typed(adviser, branch))
    made = operations.confirm(the_appointment(), assistant)
    records.commit()
    url = f"/appointments/{made.id}/cancel"
    assert "Schrijf waarom" in as_assistant.post(url, data={"reason": " "}).text
    assert as_assistant.post(url, data={"reason": "Klant is ziek"}).status_code == 302
    page = as_assistant.get(f"/appointments/{made.id}").text
    assert "Geannuleerd" in page and "Laat weten dat hij niet doorgaat" in page and "/edit" not in page
    assert "Reden: Klant is ziek" in as_assistant.get(f"/dossiers/{dossier.id}").text


def test_held_and_missed_are_offered_once_the_talk_began(as_assistant, dossier, adviser, branch):
    as_assistant.post(address(dossier), data=typed(adviser, branch))
    page = as_assistant.get(f"/appointments/{the_appointment().id}").text
    assert "Gesprek gehouden" not in page
    past = typed(adviser, branch, day="2025-06-03", confirmed="past")
    as_assistant.post(address(dossier), data=past)
    made = the_appointment()
    assert "Gesprek gehouden" in as_assistant.get(f"/appointments/{made.id}").text
    assert as_assistant.post(f"/appointments/{made.id}/close?status=held").status_code == 302
    assert "Gehouden" in as_assistant.get(f"/appointments/{made.id}").text
    assert as_assistant.post(f"/appointments/{made.id}/close?status=planned").status_code == 400


def test_another_vestiging_finds_no_dossier_and_no_appointment(client, dossier, adviser, branch, stranger, assistant):
    made = operations.plan({"starts_at": at("2027-06-01 10:00")}, dossier, assistant)
    records.commit()
    log_in(client, stranger)
    for url in (address(dossier), f"/appointments/{made.id}", f"/appointments/{made.id}/edit"):
        assert client.get(url).status_code == 404
    assert client.post(f"/appointments/{made.id}/move", data={}).status_code == 404


def test_an_adviser_without_a_share_in_the_vestiging_cannot_be_chosen(app, as_assistant, dossier, branch, other_branch):
    far = make_user(app, "Ver Weg", "adviser", other_branch)
    answer = as_assistant.post(address(dossier), data=typed(far, branch))
    assert answer.status_code == 422 and the_appointment() is None


def test_a_record_without_topic_cannot_be_planned_for(as_assistant, dossier):
    assert as_assistant.get(f"/appointments/for/relation/{dossier.relation_id}").status_code == 404


def test_the_form_takes_the_same_statements_for_one_and_for_many(app, as_assistant, branch, adviser, statements):
    dossier = make_dossier(branch, adviser, "D-2027-00002")
    url = address(dossier)
    few = count(as_assistant, url, statements)
    utrecht = db.session.merge(branch)
    for number in range(20):
        make_user(app, f"Adviseur {number}", "adviser", utrecht)
    assert count(as_assistant, url, statements) == few <= 8, "\n".join(statements)

"""The statuses as the beheerder adapts them: names, order, one of the office's own, one switched off, steps."""

import re

import pytest
from sqlalchemy import select

from crm import records
from crm.audit.models import AuditEntry
from crm.db import db
from crm.dossiers import operations, queries, status_list, statuses
from crm.dossiers.statuses import DossierStatus, DossierStep
from crm.records import Refused
from crm.settings import touch
from crm.workflows import operations as workflows
from tests.conftest import log_in

LIST = "/admin/dossier-statuses"


@pytest.fixture
def boss(app, admin):
    return log_in(app.test_client(), admin)


def row(key):
    return db.session.scalars(select(DossierStatus).where(DossierStatus.key == key)).one()


def values(status, **more):
    """What the form of a status sends."""
    sent = {"title": status.title, "phase": status.phase, "weight": status.weight, "version": status.version}
    ticks = {name: "y" for name in ("is_active", "in_order") if getattr(status, name)}
    return {name: value for name, value in {**sent, **ticks, **more}.items() if value is not None}


def change(key, user, **more):
    """Let an office change a status."""
    status = row(key)
    own = {name: getattr(status, name) for name in status_list.CHANGED}
    status_list.save_status({**own, **more}, user, status)
    records.commit()


def go(dossier, user, *path):
    for to in path:
        operations.change_status(dossier, to, user, "Omdat", confirmed=True, assistant_id=user.id)
    records.commit()


def test_the_list_is_the_beheerders(as_assistant, boss):
    assert as_assistant.get(LIST).status_code == 403
    page = boss.get(LIST).text
    assert "Stukken compleet maken" in page and "Loopt" in page
    assert "Statussen beheren" in boss.get("/admin").text


def test_another_name_is_shown_everywhere_and_goes_in_the_history(boss, dossier, assistant, as_assistant):
    go(dossier, assistant, "advice")
    status = row("advice")
    assert boss.post(f"{LIST}/{status.id}", data=values(status, title="Adviesfase")).status_code == 302
    assert "Adviesfase" in as_assistant.get("/dossiers").text
    assert "Adviesfase" in as_assistant.get(f"/dossiers/{dossier.id}").text
    history = boss.get(f"/history/dossier_status/{status.id}").text
    assert "Advies" in history and "Adviesfase" in history and "Naam" in history
    assert db.session.scalars(select(AuditEntry).where(AuditEntry.record_kind == "dossier_status")).first()


def test_a_status_of_the_offices_own_lies_between_two(boss, dossier, assistant, as_assistant):
    sent = {"title": "Inventarisatie", "phase": "Inventarisatie", "weight": "35", "meaning": "open", "once": "a"}
    for _twice in range(2):
        assert boss.post(LIST, data={**sent, "in_order": "y", "is_active": "y"}).status_code == 302
    made = db.session.scalars(select(DossierStatus).where(DossierStatus.title == "Inventarisatie")).one()
    go(dossier, assistant, "advice")
    path = statuses.current()
    assert path.needs("advice", made.key) == set() and path.needs("advice", "application") == {"confirmation"}
    assert path.needs(made.key, "cancelled") == {"reason"}
    go(dossier, assistant, made.key)
    assert 'class="now" aria-current="step">Inventarisatie' in as_assistant.get(f"/dossiers/{dossier.id}").text
    assert dossier.is_open and not dossier.is_before_talk
    go(dossier, assistant, "application")


def test_running_dossiers_keep_a_status_that_is_switched_off_and_can_leave_it(
    boss, dossier, assistant, as_assistant, admin
):
    go(dossier, assistant, "advice", "application", "interest_offer")
    status = row("interest_offer")
    assert boss.post(f"{LIST}/{status.id}", data=values(status, is_active=None)).status_code == 302
    page = as_assistant.get(f"/dossiers/{dossier.id}").text
    assert 'class="now" aria-current="step">Renteaanbod' in page
    assert dossier in queries.dossier_list(assistant, queries.Filters(status="open"))
    steps = as_assistant.get(f"/dossiers/{dossier.id}/status").text
    assert "Naar Stukken compleet maken" in steps and "Naar Aanvraag" in steps and "Naar Afgewezen" in steps
    go(dossier, assistant, "collecting")
    assert statuses.current().needs("collecting", "interest_offer") is None
    assert statuses.current().needs("collecting", "application") == {"reason"}
    assert "Renteaanbod" not in as_assistant.get(f"/dossiers/{dossier.id}/status").text


def test_the_arrow_of_a_workflow_passes_over_what_is_switched_off(dossier, assistant, admin):
    go(dossier, assistant, "advice")
    change("interest_offer", admin, is_active=False)
    service = operations.save_service(dossier, {"service_kind": "mortgage_mediation"}, assistant)
    workflow = workflows.start(service, "application", assistant)
    workflows.advance(workflow, "submit", 1, assistant)
    assert "niet in gebruik" in workflows.advance(workflow, "interest_offer", 1, assistant)
    assert dossier.status == "application" and workflow.next_step.key == "discuss_offer"


@pytest.mark.parametrize("key", ["orienting", "intake"])
def test_orienting_and_intake_are_fixed(boss, key):
    status = row(key)
    assert "ligt vast" in boss.get(f"{LIST}/{status.id}").text
    answer = boss.post(f"{LIST}/{status.id}", data=values(status, title="Anders"))
    assert answer.status_code == 422
    assert row(key).title != "Anders"


@pytest.mark.parametrize(
    ("key", "more", "said"),
    [
        ("advice", {"title": ""}, "Schrijf hoe de status heet"),
        ("advice", {"title": "nazorg"}, "Er is al een status"),
        ("advice", {"weight": "5"}, "staan vooraan"),
        ("cancelled", {"is_active": None}, "Er moet een status in gebruik zijn met betekenis"),
        ("collecting", {"phase": "Advies"}, "staan niet bij elkaar"),
        ("collecting", {"in_order": None}, "Stukken compleet maken is niet te bereiken"),
    ],
)
def test_a_path_nobody_could_walk_is_refused_and_what_was_typed_stays(boss, key, more, said):
    status = row(key)
    before = {name: getattr(status, name) for name in status_list.CHANGED}
    answer = boss.post(f"{LIST}/{status.id}", data=values(status, **more))
    assert answer.status_code == 422 and said in answer.text
    for typed in filter(None, more.values()):
        assert f'value="{typed}"' in answer.text
    db.session.expire_all()
    assert {name: getattr(row(key), name) for name in status_list.CHANGED} == before
    assert statuses.current().title(key) == before["title"]


def test_two_beheerders_see_each_others_version(boss):
    status = row("advice")
    mine = values(status, title="Van mij")
    assert boss.post(f"{LIST}/{status.id}", data=values(status, title="Van haar")).status_code == 302
    answer = boss.post(f"{LIST}/{status.id}", data=mine)
    assert answer.status_code == 409 and "Van haar" in answer.text and "Van mij" in answer.text


def test_a_step_is_added_and_taken_away(boss, dossier, assistant, as_assistant):
    advice = row("advice")
    page = f"{LIST}/{advice.id}"
    sent = {"to": "declined", "takes": ["confirmation"]}
    assert boss.post(f"{page}/steps", data=sent).status_code == 302
    assert statuses.current().needs("advice", "declined") == {"confirmation", "reason"}
    assert boss.post(f"{page}/steps", data=sent).status_code == 422
    assert boss.post(f"{page}/steps", data={"to": ""}).status_code == 422
    go(dossier, assistant, "advice", "declined")
    step = next(one for one in db.session.scalars(select(DossierStep)) if one.title == "Advies → Afgewezen")
    assert boss.post(f"/admin/dossier-steps/{step.id}/remove").status_code == 302
    assert statuses.current().needs("advice", "declined") is None
    gone = (AuditEntry.record_kind == "dossier_step", AuditEntry.record_id == step.id, AuditEntry.action == "delete")
    assert db.session.scalars(select(AuditEntry).where(*gone)).one()


def step_called(title):
    return next(one for one in db.session.scalars(select(DossierStep)) if one.title == title)


def test_a_step_is_changed(boss):
    path = f"{LIST}/{row('advice').id}"
    assert boss.post(f"{path}/steps", data={"to": "declined", "takes": ["confirmation"]}).status_code == 302
    step = step_called("Advies → Afgewezen")
    where = f"/admin/dossier-steps/{step.id}"
    assert where in boss.get(path).text
    page = boss.get(where).text
    assert '<option selected value="declined">' in page and re.search(r'<input checked[^>]*value="confirmation"', page)
    stale = {"to": "declined", "takes": ["admin"], "version": step.version}
    sent = {"to": "closing", "takes": ["appointment", "reason"], "version": step.version}
    assert boss.post(where, data=sent).status_code == 302
    path = statuses.current()
    assert path.needs("advice", "declined") is None
    assert path.needs("advice", "closing") >= {"appointment", "reason"}
    answer = boss.post(where, data=stale)
    assert answer.status_code == 409 and "alleen een beheerder" in answer.text
    history = boss.get(f"/history/dossier_step/{step.id}").text
    assert "er is een afspraak gepland, met een reden" in history and "Afgewezen" in history


def test_a_step_that_is_needed_may_take_more_but_not_lead_elsewhere(boss):
    step = step_called("Intake → Oriënteren")
    where, version = f"/admin/dossier-steps/{step.id}", step.version
    refused = boss.post(where, data={"to": "declined", "version": version})
    assert refused.status_code == 422 and "zijn nodig, heen en terug" in refused.text
    assert statuses.current().needs("intake", "orienting") == {"no_appointment"}
    assert boss.post(where, data={"to": "orienting", "takes": ["admin"], "version": version}).status_code == 302
    assert statuses.current().needs("intake", "orienting") == {"admin", "no_appointment"}
    taken = boss.post(where, data={"to": "advice", "version": step_called("Intake → Oriënteren").version})
    assert taken.status_code == 422, "there is a step to advies already"


def test_a_step_that_cannot_be_missed_stays(boss, admin):
    step = next(one for one in db.session.scalars(select(DossierStep)) if one.title == "Intake → Oriënteren")
    answer = boss.post(f"/admin/dossier-steps/{step.id}/remove", follow_redirects=True)
    assert "zijn nodig, heen en terug" in answer.text
    assert statuses.current().needs("intake", "orienting") == {"no_appointment"}


def test_the_starting_statuses_come_in_once_and_an_offices_own_stay(admin):
    change("advice", admin, title="Adviesfase", weight=31)
    records.delete(row("declined"), None)
    records.commit()
    touch(statuses.KEPT)
    assert statuses.current().get("declined") is None
    status_list.load()
    touch(statuses.KEPT)
    path = statuses.current()
    assert path.title("advice") == "Adviesfase" and path.needs("application", "declined") == {"reason"}
    count = len(path.statuses)
    status_list.load()
    touch(statuses.KEPT)
    assert len(statuses.current().statuses) == count


def test_a_new_status_needs_a_meaning_that_may_be_had(admin):
    new = {"title": "Tweede intake", "phase": "", "weight": 55, "is_active": True, "in_order": True}
    with pytest.raises(Refused, match="betekent"):
        status_list.save_status({**new, "meaning": "intake"}, admin)


def test_pages_read_the_path_when_it_changed_and_not_again(boss, as_assistant, statements):
    for title in ("Adviesfase", "Advies en rekenwerk"):
        status = row("advice")
        assert boss.post(f"{LIST}/{status.id}", data=values(status, title=title)).status_code == 302
        for reads in (1, 0):
            statements.clear()
            assert title in as_assistant.get("/dossiers").text
            assert sum("FROM dossier_statuses" in statement for statement in statements) == reads


def test_what_was_undone_is_not_kept(as_assistant, admin):
    status = row("advice")
    own = {name: getattr(status, name) for name in status_list.CHANGED}
    status_list.save_status({**own, "title": "Nooit bewaard"}, admin, status)
    assert statuses.title("advice") == "Nooit bewaard"
    records.rollback()
    assert "Nooit bewaard" not in as_assistant.get("/dossiers").text
    assert statuses.title("advice") == "Advies"

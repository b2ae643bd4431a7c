"""The last moment for the client's papers: promised while it is to come, by every mail and every way to a talk."""

import ast
import datetime as dt
from pathlib import Path

import pytest

from crm import formats, records
from crm.activities import office as rules
from crm.activities.models import Appointment
from crm.activities.queries import taken
from crm.db import db, utcnow
from crm.mail import operations, starter
from crm.mail.models import EmailTemplate
from tests.crm.mail.conftest import make_appointment, make_dossier

HOUSE = Path(__file__).parents[3]
WORD = "afspraak.deadline"
TOO_SOON = "kan zich niet meer voorbereiden"
PARTNER = {"title": "mr", "first_name": "Tim", "surname": "Jansen", "birth_date": dt.date(1988, 1, 2)}


def at(text: str) -> dt.datetime:
    """The moment at which the clock in Amsterdam shows "2027-06-01 10:00"."""
    moment = dt.datetime.fromisoformat(text)
    return formats.at(moment.date(), moment.time())


@pytest.mark.parametrize("house", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("now", "starts_at", "expected"),
    [
        ("2027-02-07 21:00", "2027-02-08 09:00", True),  # Sunday evening for Monday: Friday is over
        ("2027-02-05 17:30", "2027-02-08 09:00", True),  # Friday half past five
        ("2027-02-05 08:00", "2027-02-08 09:00", True),  # the day has come
        ("2027-02-05 00:00", "2027-02-08 09:00", True),
        ("2027-02-04 23:59", "2027-02-08 09:00", False),
        ("2027-02-05 17:30", "2027-02-09 09:00", False),
        ("2027-02-07 23:59", "2027-02-09 09:00", False),
        ("2027-02-08 00:00", "2027-02-09 09:00", True),
        ("2027-03-28 01:59", "2027-03-30 09:00", True),  # the night of the clock change, before Easter Monday
        ("2027-03-25 23:59", "2027-03-30 09:00", True),  # Good Friday is closed: Thursday is the day
        ("2027-03-24 23:59", "2027-03-30 09:00", False),
    ],
)
def test_too_soon_is_one_rule(app, now, starts_at, expected):
    assert rules.is_too_soon(at(starts_at), at(now)) is expected


@pytest.mark.parametrize("house", ["sqlite"], indirect=True)
def test_late_is_from_nine_on(app, monkeypatch):
    talk, nine = at("2027-02-09 13:00"), at("2027-02-08 09:00")
    for now, found in (
        (nine - dt.timedelta(seconds=1), (False, True)),
        (nine, (True, True)),
        (at("2027-02-07 23:59"), (False, False)),
        (at("2027-02-09 00:00"), (True, False)),
    ):
        monkeypatch.setattr(rules, "utcnow", lambda now=now: now)
        due = rules.due(talk)
        assert (due.at, (due.is_late, due.is_today)) == (nine, found), now


# --- Mails ---------------------------------------------------------------------------------------------------


def tomorrow():
    """A talk for which it is too soon at any hour of any day."""
    return formats.at(formats.today() + dt.timedelta(days=1), dt.time(10))


def in_time():
    """The first talk that is not."""
    return formats.at(rules.first_day(), dt.time(10))


@pytest.fixture
def forms(office, assistant):
    """A dossier by form of address."""
    return {
        "u": make_dossier(assistant, office),
        "je": make_dossier(assistant, office, address_form="je"),
        "jullie": make_dossier(assistant, office, {**PARTNER, "address_form": "je"}, address_form="je"),
    }


@pytest.mark.parametrize("house", ["sqlite"], indirect=True)
def test_no_text_of_ours_promises_a_moment_that_is_over(forms, adviser, assistant):
    promising = []
    for original in starter.originals().values():
        template = db.session.query(EmailTemplate).filter_by(content_key=original.key).one()
        for starts_at, is_too_soon in ((tomorrow(), True), (in_time(), False)):
            talk = make_appointment(
                forms[original.form], adviser, assistant, starts_at=starts_at, by_video=original.place == "video",
                teams_url="https://teams.microsoft.com/l/meetup-join/x" if original.place == "video" else "",
                confirmed=[remark.key for remark in taken(adviser, starts_at, starts_at + dt.timedelta(hours=2))],
            )  # fmt: skip
            text = operations.compose(forms[original.form], template, assistant, talk).body
            last = formats.day_and_time(rules.deadline(starts_at))
            assert f"{{{{ {WORD} }}}}" not in text, original.key
            if WORD not in original.body:
                continue
            promising.append(original.purpose)
            if is_too_soon:
                assert "uiterlijk" not in text and formats.long_date(rules.deadline(starts_at).date()) not in text
                assert starter.instead()[WORD][original.form] in text, original.key
            else:
                assert f"uiterlijk op **{last}**" in text and last.endswith(" om 09.00 uur"), original.key
    assert set(promising) == {"appointment_confirmation", "appointment_change", "prep_reminder"}


@pytest.mark.parametrize("house", ["sqlite"], indirect=True)
def test_a_text_of_the_office_is_held_to_it_too(dossier, adviser, assistant):
    talk = make_appointment(dossier, adviser, assistant, starts_at=tomorrow())
    text = "Dag.\n- Alles binnen op {{ afspraak.deadline }}!\nTot dan."
    own = EmailTemplate(name="Eigen", subject="Tot morgen", body=text, address_form="u", place="any")
    draft = operations.compose(dossier, own, assistant, talk)
    assert draft.body == f"Dag.\n{starter.instead()[WORD]['u']}\nTot dan." and not draft.problems


@pytest.mark.parametrize("house", ["sqlite"], indirect=True)
def test_a_promise_that_lapsed_while_the_draft_lay_is_asked_about(dossier, adviser, assistant, monkeypatch):
    starts_at = in_time()
    talk = make_appointment(dossier, adviser, assistant, starts_at=starts_at)
    message = operations.keep_draft(operations.compose_for(talk, "appointment_confirmation", assistant), assistant)
    assert operations.changed_content(message) == []
    monkeypatch.setattr(rules, "utcnow", lambda: rules.deadline(starts_at))
    assert operations.changed_content(message) == ["Uiterste moment voor de gegevens"]
    with pytest.raises(operations.Doubt) as doubt:
        operations.queue(message, assistant)
    assert doubt.value.key == "changed"


# --- Ways to a talk ------------------------------------------------------------------------------------------


def event(adviser, branch, starts_at):
    """*Nieuw event* or *Bewerk*, as a browser sends it."""
    there = formats.local(starts_at)
    return {
        "assigned_to": adviser.id, "category": "orientation", "place": "office", "branch": branch.id,
        "day": there.date().isoformat(), "starts": f"{there:%H:%M}",
    }  # fmt: skip


def new_event(browser, talk, adviser, starts_at):
    return browser.post(f"/appointments/for/dossier/{talk.subject_id}", data=event(adviser, talk.branch, starts_at))


def edit(browser, talk, adviser, starts_at):
    data = {**event(adviser, talk.branch, starts_at), "version": talk.version}
    return browser.post(f"/appointments/{talk.id}/edit", data=data)


def drag(browser, talk, _adviser, starts_at):
    data = {"starts_at": starts_at.isoformat(), "ends_at": (starts_at + dt.timedelta(hours=2)).isoformat()}
    return browser.post(f"/appointments/{talk.id}/move", data=data)


def one_screen(browser, talk, adviser, starts_at):
    there = formats.local(starts_at)
    data = {"slot": "own", "day": there.date().isoformat(), "starts": f"{there:%H:%M}", "adviser": adviser.id}
    return browser.post("/planning/orientation", data={**data, "do": "refresh"})


# What in the house makes or moves a talk, and its window.
WAYS = {
    ("crm/activities/views/planning.py", "plan"): new_event,
    ("crm/activities/views/planning.py", "edit"): edit,
    ("crm/activities/views/planning.py", "move"): drag,
    ("crm/planning/operations.py", "plan"): one_screen,
}
# Goes through `edit`; and the talks of the office to try things out in, which nobody is mailed about.
INSIDE = {("crm/activities/operations/appointments.py", "edit"), ("crm/demo.py", "plan")}


def test_every_way_to_a_talk_is_known(house):
    found = set()
    for path in [*(HOUSE / "crm").rglob("*.py"), *(HOUSE / "plugins").rglob("*.py")]:
        text = path.read_text("utf-8")
        name = path.relative_to(HOUSE).as_posix()
        about = name.startswith("crm/activities/") or "from crm.activities import operations" in text
        for node in ast.walk(ast.parse(text)) if about else ():
            if not isinstance(node, ast.Call):
                continue
            called = node.func
            owner = called.value.id if isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name) else ""
            verb = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
            local = name == "crm/activities/operations/appointments.py" and not owner
            if verb in ("plan", "edit", "move") and (local or owner in ("operations", "activities")):
                found.add((name, verb))
    assert found == {*WAYS, *INSIDE}
    writing = [rule for rule in house.url_map.iter_rules() if "POST" in rule.methods and "appointment" in rule.rule]
    assert not [rule.rule for rule in writing if rule.rule.startswith("/api")]


@pytest.mark.parametrize("house", ["sqlite"], indirect=True)
@pytest.mark.parametrize("way", WAYS.values(), ids=lambda way: way.__name__)
def test_every_way_to_a_talk_says_when_it_is_too_soon(as_assistant, appointment, adviser, way):
    records.commit()
    late = way(as_assistant, appointment, adviser, tomorrow())
    said = str(late.get_json()["remarks"]) if late.is_json else late.text
    assert TOO_SOON in said
    assert db.session.query(Appointment).count() == 1, "nothing was planned unasked"
    db.session.expire_all()
    assert appointment.starts_at != tomorrow()
    assert TOO_SOON not in way(as_assistant, appointment, adviser, in_time()).text


@pytest.mark.parametrize("house", ["sqlite"], indirect=True)
def test_a_telephone_talk_is_never_too_soon(as_assistant, appointment, adviser):
    asked = {**event(adviser, appointment.branch, tomorrow()), "category": "phone"}
    assert TOO_SOON not in as_assistant.get("/agenda/free", query_string=asked).text
    asked["category"] = "orientation"
    assert TOO_SOON in as_assistant.get("/agenda/free", query_string=asked).text


# --- Pages ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("house", ["sqlite"], indirect=True)
@pytest.mark.parametrize("page", ["/", "/dossiers/{talk.subject_id}", "/appointments/{talk.id}"])
def test_pages_say_what_is_late_in_red_and_never_that_it_is_today(
    as_assistant, dossier, adviser, assistant, monkeypatch, page
):
    talk = make_appointment(dossier, adviser, assistant, starts_at=in_time())
    due = rules.deadline(talk.starts_at)
    for now, sentence, is_red in (
        (due, "om 09.00 uur binnen moeten zijn", True),
        (due - dt.timedelta(seconds=1), "Vandaag om 09.00 uur moet alles binnen zijn", False),
        (utcnow(), f"Alles moet binnen zijn op {formats.day_label(formats.local(due).date())} om 09.00 uur", False),
    ):
        monkeypatch.setattr(rules, "utcnow", lambda now=now: now)
        text = as_assistant.get(page.format(talk=talk)).text
        assert sentence in text, now
        assert ("text-red" in text.partition(sentence)[0][-900:]) is is_red, now


@pytest.mark.parametrize("house", ["sqlite"], indirect=True)
def test_the_script_promises_nothing_that_is_over(as_assistant, adviser, appointment):
    said = one_screen(as_assistant, appointment, adviser, tomorrow()).text
    assert "uiterlijk" not in said and "Alles binnen:" not in said
    said = one_screen(as_assistant, appointment, adviser, in_time()).text
    assert f"uiterlijk {formats.day_and_time(rules.deadline(in_time()))}" in said

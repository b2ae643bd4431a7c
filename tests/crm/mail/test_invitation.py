"""The calendar part as a calendar program reads it: RFC 5545, RFC 6047 and what Outlook insists on."""

import datetime as dt
from email import message_from_bytes, policy
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from crm import formats, records
from crm.activities import operations as activities
from crm.mail import invitation, operations
from tests.crm.mail.conftest import CANARY, TEAMS, make_appointment

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def opened(kept):
    """(the mail, its calendar, the one event in it) of a message in the sink."""
    message = message_from_bytes(kept.message.as_bytes(), policy=policy.default)
    assert message.get_content_type() == "multipart/alternative"
    part = list(message.iter_parts())[-1]
    assert part.get_content_type() == "text/calendar" and part.get_content_disposition() is None
    calendar = Calendar.from_ical(part.get_content())
    [event] = calendar.events
    assert part.get_param("method") == str(calendar["METHOD"])
    return message, calendar, event


def move(appointment, user, days):
    later = dt.timedelta(days=days)
    activities.move(appointment, appointment.starts_at + later, appointment.ends_at + later, user)


def test_confirm_change_cancel_is_one_event_with_a_growing_number(appointment, assistant, run_jobs, sink, inbox):
    operations.queue_appointment_mail(appointment, "appointment_confirmation", assistant)
    run_jobs()
    move(appointment, assistant, 2)
    operations.queue_appointment_mail(appointment, "appointment_change", assistant)
    run_jobs()
    assert appointment.status == "confirmed" and appointment.previous_starts_at is None
    activities.cancel(appointment, "ziek", assistant)
    operations.queue_appointment_mail(appointment, "appointment_cancelled", assistant)
    run_jobs()
    mails = [opened(kept) for kept in reversed(inbox())]
    assert [str(calendar["METHOD"]) for _, calendar, _ in mails] == ["REQUEST", "REQUEST", "CANCEL"]
    assert {str(event["UID"]) for _, _, event in mails} == {appointment.uid}
    assert [int(event["SEQUENCE"]) for _, _, event in mails] == [0, 1, 2]
    assert [str(event["STATUS"]) for _, _, event in mails] == ["CONFIRMED", "CONFIRMED", "CANCELLED"]
    assert mails[1][2]["DTSTART"].dt == dt.datetime(2027, 6, 3, 10, tzinfo=AMSTERDAM)
    for message, _, event in mails:
        assert str(event["ORGANIZER"]) == f"mailto:{message['From'].addresses[0].addr_spec}"
        attendees = event["ATTENDEE"] if isinstance(event["ATTENDEE"], list) else [event["ATTENDEE"]]
        assert [str(attendee) for attendee in attendees] == ["mailto:sanne@voorbeeld.nl"]
        assert CANARY not in event.to_ical().decode() and appointment.title not in event.to_ical().decode()


@pytest.mark.requirement("O-062", side="mail")
def test_the_place_is_the_vestiging_or_teams(appointment, video, assistant, run_jobs, sink, inbox):
    for talk in (appointment, video):
        operations.queue_appointment_mail(talk, "appointment_confirmation", assistant)
    run_jobs()
    online, office = (opened(kept)[2] for kept in inbox())
    assert str(office["LOCATION"]) == "Utrecht, Maliebaan 10, 3581 CA Utrecht"
    assert str(online["LOCATION"]) == "Microsoft Teams" and TEAMS in str(online["DESCRIPTION"])


@pytest.mark.parametrize(
    ("day", "offset"),
    [
        (dt.date(2027, 3, 26), 1),
        (dt.date(2027, 3, 29), 2),
        (dt.date(2027, 10, 29), 2),
        (dt.date(2027, 11, 1), 1),
    ],
)
def test_ten_o_clock_is_ten_o_clock_around_the_clock_changes(dossier, adviser, assistant, day, offset):
    starts = formats.at(day, dt.time(10))
    appointment = make_appointment(dossier, adviser, assistant, starts_at=starts)
    bytes_ = invitation.invitation(appointment, "REQUEST", "Gesprek", "", ("K", "k@x.nl"), [("", "s@x.nl")])
    [event] = Calendar.from_ical(bytes_).events
    assert b"DTSTART;TZID=Europe/Amsterdam:" + f"{day:%Y%m%d}T100000".encode() in bytes_
    assert event["DTSTART"].dt.utcoffset() == dt.timedelta(hours=offset) and event["DTSTART"].dt == starts


def test_the_time_zone_is_our_own_short_one(appointment):
    text = invitation.invitation(appointment, "REQUEST", "Gesprek", "", ("K", "k@x.nl"), []).decode()
    zone = text[text.index("BEGIN:VTIMEZONE") : text.index("END:VTIMEZONE")]
    assert zone.count("RRULE") == 2 and "RDATE" not in zone and len(text.splitlines()) < 40
    assert text.count("\r\n") == text.count("\n") and max(len(line) for line in text.encode().split(b"\r\n")) <= 75


@pytest.mark.parametrize("year", range(2025, 2031))
def test_the_rules_say_what_the_world_says(year):
    zone = Calendar.from_ical(f"BEGIN:VCALENDAR\r\n{invitation.TIMEZONE}END:VCALENDAR\r\n").timezones[0].to_tz()
    for month, day, hour in [(1, 15, 12), (3, 24, 9), (4, 1, 9), (7, 1, 9), (10, 24, 9), (11, 1, 9)]:
        moment = dt.datetime(year, month, day, hour)
        assert moment.replace(tzinfo=zone).utcoffset() == moment.replace(tzinfo=AMSTERDAM).utcoffset()


def test_a_cancelled_talk_is_not_confirmed_and_a_planned_one_not_cancelled(appointment, assistant):
    with pytest.raises(records.Refused, match="Annuleer eerst"):
        operations.queue_appointment_mail(appointment, "appointment_cancelled", assistant)
    records.rollback()
    activities.cancel(appointment, "ziek", assistant)
    with pytest.raises(records.Refused, match="geannuleerd of al geweest"):
        operations.queue_appointment_mail(appointment, "appointment_confirmation", assistant)


def test_names_cannot_add_lines_to_the_calendar(appointment):
    boxes = [('Zoë "de" Boer;X=1:evil\r\nATTENDEE:mailto:boef@x.nl', "z@x.nl")]
    text = invitation.invitation(
        appointment, "REQUEST", "a\r\nX-EVIL:1", "b\nEND:VEVENT", ("K\r\nX:1", "k@x.nl"), boxes
    )
    lines = text.decode().replace("\r\n ", "").split("\r\n")
    assert not [line for line in lines if line.startswith(("ATTENDEE:mailto:boef", "X-EVIL", "X:"))]
    assert len(Calendar.from_ical(text).events) == 1


def test_who_was_mailed_that_a_talk_is_off_need_not_be_told_again(as_assistant, appointment, assistant):
    first = operations.queue_appointment_mail(appointment, "appointment_confirmation", assistant)
    activities.cancel(appointment, "ziek", assistant)
    records.commit()
    page, notice = f"/appointments/{appointment.id}", "Laat weten dat hij niet doorgaat"
    assert notice in as_assistant.get(page).text
    message = operations.queue_appointment_mail(appointment, "appointment_cancelled", assistant)
    records.commit()
    assert notice not in as_assistant.get(page).text
    operations.undo(message, assistant)
    records.commit()
    assert notice in as_assistant.get(page).text, "the mail did not go: it is still to be told"
    operations.undo(first, assistant)
    records.commit()
    assert appointment.status == "cancelled", "taking back a confirmation brings nothing back to life"

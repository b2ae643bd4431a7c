"""The calendar part of a mail (RFC 5545, RFC 6047): invite, update, cancel. Never the internal description (O-053)."""

from collections.abc import Sequence
from typing import Any

from icalendar import Calendar, Event, Timezone, vCalAddress, vText

from crm.activities.queries import as_told
from crm.db import utcnow
from crm.formats import AMSTERDAM
from crm.texts import N_

REQUEST, CANCEL = "REQUEST", "CANCEL"
PURPOSES = {
    "appointment_confirmation": REQUEST,
    "appointment_change": REQUEST,
    "appointment_cancelled": CANCEL,
}
# Mails about what the client knows: the last he was told, whatever it became since.
OF_WHAT_IS_KNOWN = ("appointment_cancelled", "appointment_moved_incomplete")
WHY_NOT = {
    REQUEST: N_("Deze afspraak is geannuleerd of al geweest: een bevestiging klopt niet meer."),
    CANCEL: N_("Annuleer eerst de afspraak; daarna kan de klant bericht krijgen."),
}

# Two rules instead of the hundred dates that libraries write out; Outlook and Apple read both.
TIMEZONE = """BEGIN:VTIMEZONE
TZID:Europe/Amsterdam
BEGIN:DAYLIGHT
DTSTART:19810329T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
TZNAME:CEST
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
END:DAYLIGHT
BEGIN:STANDARD
DTSTART:19961027T030000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
TZNAME:CET
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
END:STANDARD
END:VTIMEZONE
""".replace("\n", "\r\n")


def spoken_of(purpose: str, appointment: Any) -> Any:
    """An appointment as a mail with this purpose speaks of it: as it is, or as the client knows it; None for none."""
    return as_told(appointment) if appointment and purpose in OF_WHAT_IS_KNOWN else appointment


def method_for(purpose: str, appointment: Any) -> str:
    """ "REQUEST", "CANCEL" or "" (no calendar part) for a mail with this purpose about this appointment."""
    method = PURPOSES.get(purpose, "") if appointment else ""
    if method == REQUEST:
        return method if appointment.is_open else ""
    return method if method and appointment.status == "cancelled" else ""


def invitation(
    appointment: Any,
    method: str,
    title: str,
    text: str,
    organizer: tuple[str, str],
    attendees: Sequence[tuple[str, str]],
) -> bytes:
    """The bytes of one iCalendar object. `organizer` and `attendees` are (name, address); the organizer is the sender.

    `title` and `text` are what the client may read; the appointment's own title and description stay inside.
    """
    event = Event()
    event.add("uid", appointment.uid)
    event.add("sequence", appointment.sequence)
    event.add("dtstamp", utcnow())
    event.add("dtstart", appointment.starts_at.astimezone(AMSTERDAM))
    event.add("dtend", appointment.ends_at.astimezone(AMSTERDAM))
    event.add("summary", f"Geannuleerd: {title}" if method == CANCEL else title)
    event.add("description", text)
    event.add("location", "Microsoft Teams" if appointment.by_video else place(appointment))
    if appointment.by_video and appointment.teams_url:
        event.add("url", appointment.teams_url)
    event.add("status", "CANCELLED" if method == CANCEL else "CONFIRMED")
    event.add("transp", "OPAQUE")
    event.add("organizer", address(*organizer))
    for name, mail in attendees:
        event.add("attendee", attendee(name, mail))
    calendar = Calendar()
    calendar.add("prodid", "-//Sleutel//Sleutel CRM//NL")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    calendar.add_component(Timezone.from_ical(TIMEZONE))
    calendar.add_component(event)
    return calendar.to_ical()


def place(appointment: Any) -> str:
    """The vestiging and its address."""
    return ", ".join(part for part in (appointment.branch.name, appointment.branch.address) if part)


def address(name: str, mail: str) -> vCalAddress:
    """A bare mailto: with the name as a parameter."""
    found = vCalAddress(f"mailto:{mail}")
    if name:
        found.params["CN"] = vText(name.replace('"', ""))
    return found


def attendee(name: str, mail: str) -> vCalAddress:
    """Somebody who is invited and need not answer."""
    found = address(name, mail)
    found.params["ROLE"] = vText("REQ-PARTICIPANT")
    found.params["PARTSTAT"] = vText("NEEDS-ACTION")
    found.params["RSVP"] = vText("FALSE")
    return found

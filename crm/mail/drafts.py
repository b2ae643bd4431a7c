"""A mail in the making: the words that went into it, what is missing, the letter it becomes. Writes nothing."""

import datetime as dt
import json
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from crm import records
from crm.accounts.models import User
from crm.activities.models import Appointment
from crm.db import utcnow
from crm.host import config
from crm.mail import attachments, invitation, letter, markup, placeholders, queries, starter, words
from crm.mail.attachments import Attachment
from crm.mail.models import EmailTemplate, Message
from crm.mail.placeholders import Placeholder, Recipient, digest
from crm.settings import setting

FORMS = {queries.U: "U-vorm", queries.JE: "jij-vorm", queries.JULLIE: "jullie-vorm"}


@dataclass
class Draft:
    """A mail in the making about the record `about`. `title` and `body` still hold the words without a value.

    `basis` maps each word that went into the text to a digest of its value then. `attachments` go along, out of those
    that are `offered`.
    """

    about: Any
    appointment: Appointment | None = None
    purpose: str = "other"
    template: EmailTemplate | None = None
    to: str = ""
    cc: str = ""
    title: str = ""
    body: str = ""
    people: list[Recipient] = field(default_factory=list)
    known: dict[str, Placeholder] = field(default_factory=dict)
    basis: dict[str, str] = field(default_factory=dict)
    attachments: list[Attachment] = field(default_factory=list)
    offered: list[Attachment] = field(default_factory=list)
    empty: list[Placeholder] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    @property
    def problems(self) -> list[str]:
        """Why it can't be sent, as Dutch sentences that say where to fill in what is empty."""
        empty = [f"{word.title} is leeg{to_fill_in(word.fill_in)}." for word in self.empty]
        absent = [f"{{{{ {name} }}}} bestaat niet." for name in self.unknown]
        return empty + absent + placeholders.unsaid(self.failed)


def to_fill_in(record: Any) -> str:
    """The record where one fills in what is empty, behind the sentence that says so; empty for none."""
    return f" (aan te vullen bij {records.title(record)})" if record else ""


def compose(
    subject: Any, template: EmailTemplate | None, user: User | None, appointment: Appointment | None = None,
    **overrides: Any,
) -> Draft:  # fmt: skip
    """A mail about a record with a template's words filled in; `overrides` (to, cc, title, body, purpose, basis) win.

    Nothing is written. The client, and the partner in the jullie form, are addressed.
    """
    failed: list[str] = []
    people = placeholders.recipients(subject, failed)
    purpose = overrides.get("purpose") or (template.purpose if template else "other")
    draft = Draft(subject, appointment, purpose, template, people=people, failed=failed)
    draft.known = placeholders.known(subject, invitation.spoken_of(purpose, appointment), user, failed)
    draft.to = addresses_of(people)
    if template:
        draft.title, draft.body = template.subject, template.body
        draft.remarks = remarks_on(template, people, appointment)
    for name in ("to", "cc", "title", "body", "purpose", "basis"):
        if name in overrides:
            setattr(draft, name, overrides[name])
    draft.remarks = [*placeholders.unsaid(failed), *draft.remarks]
    fill(draft)
    return draft


def addresses_of(people: Collection[Recipient]) -> str:
    """The addresses of these people, each once, with their names; one that is no address stays, to be mended."""
    right = [(" ".join(person.name.split()), letter.address(person.email)) for person in people]
    wrong = [person.email for person in people if person.email and not letter.address(person.email)]
    return ", ".join(part for part in (letter.join([box for box in right if box[1]]), *wrong) if part)


def remarks_on(template: EmailTemplate, people: list[Recipient], appointment: Appointment | None) -> list[str]:
    """What may be wrong with the choice of template."""
    found = []
    form, place = queries.form_of(people), queries.place_of(appointment)
    if form == queries.JULLIE and template.address_form == queries.JE:
        found.append("Er is geen jullie-vorm van dit sjabloon; de tekst spreekt één persoon aan.")
    elif template.address_form != form and people:
        found.append(f"Dit sjabloon is in de {FORMS[template.address_form]}; de klant krijgt de {FORMS[form]}.")
    if place != queries.ANY and template.place not in (place, queries.ANY):
        found.append("Dit sjabloon is voor een ander soort afspraak: op kantoor of juist beeldbellen.")
    return found


def fill(draft: Draft) -> None:
    """Put the values into title and body; what has none stays and is listed."""
    title = placeholders.fill(draft.title, draft.known, markup.escape_title)
    body = placeholders.fill_body(draft.body, draft.known, markup.escape)
    draft.title, draft.body = title.text, body.text
    draft.basis = {**title.used, **body.used, **draft.basis}
    draft.empty = list({word.name: word for word in title.empty + body.empty}.values())
    draft.unknown = list(dict.fromkeys(title.unknown + body.unknown))
    draft.left_out = list(dict.fromkeys(starter.blocks().get(name, name) for name in title.left_out + body.left_out))


def sender() -> letter.Mailbox:
    """Name and address mails come from."""
    name = setting("mail.sender_name") or setting("office.name")
    return str(name), str(setting("mail.sender_address") or config("MAIL_FROM"))


def letter_of(message: Message) -> letter.Letter:
    """All that goes into the bytes of a message. Raises Refused when an attachment is gone, or they are too large."""
    appointment = message.appointment
    to, cc = letter.mailboxes(message.to), letter.mailboxes(message.cc)
    branch = appointment.branch if appointment else None
    return letter.Letter(
        sender=sender(),
        to=to,
        cc=cc,
        reply_to=(branch.name, branch.email) if branch and branch.email else None,
        subject=message.subject,
        body=placeholders.without_blocks(message.body),
        message_id=message.message_id,
        date=utcnow(),
        method=message.calendar,
        calendar=calendar_of(message, [*to, *cc]) if message.calendar else b"",
        files=attachments.files(attachments.of_message(message)),
    )


def calendar_of(message: Message, attendees: list[letter.Mailbox]) -> bytes:
    """The calendar part: what the client may know of the appointment and nothing else (O-053)."""
    appointment = message.appointment
    if appointment is None:
        raise ValueError("a calendar part needs an appointment")
    spoken_of = invitation.spoken_of(message.purpose, appointment)
    known = {word.name: word.value for word in words.words(appointment, spoken_of, None)}
    title = f"{known['afspraak.soort']} – {known['kantoor.naam']}"
    lines = [f"Met {known['adviseur.naam']}", f"Link: {spoken_of.teams_url}" if spoken_of.teams_url else ""]
    lines.append(f"Telefoon: {known['vestiging.telefoon']}" if known["vestiging.telefoon"] else "")
    text = "\n".join(line for line in lines if line)
    return invitation.invitation(spoken_of, message.calendar, title, text, sender(), attendees)


def start_known_otherwise(message: Message) -> dt.datetime | None:
    """When the client thinks a talk is, of a mail that names another time without telling him that it changed."""
    appointment = message.appointment
    tells = message.calendar or message.purpose in invitation.OF_WHAT_IS_KNOWN
    if appointment is None or not appointment.is_open or tells or not words.TIMES & message.basis.keys():
        return None
    return appointment.previous_starts_at


def fingerprint(appointment: Appointment | None) -> str:
    """A digest of what an invitation says of an appointment; empty without one."""
    if appointment is None:
        return ""
    facts = (
        appointment.starts_at, appointment.ends_at, appointment.by_video, appointment.teams_url, appointment.branch_id,
        appointment.assigned_to_id, appointment.sequence, appointment.is_open,
    )  # fmt: skip
    return digest(repr(facts))


def basis_text(basis: dict[str, str]) -> str:
    """The basis as a compose window carries it along."""
    return json.dumps(basis, sort_keys=True)


def basis_of(text: str) -> dict[str, str]:
    """The basis a compose window carried along; empty when it was meddled with."""
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return {str(name): str(value) for name, value in found.items()} if isinstance(found, dict) else {}

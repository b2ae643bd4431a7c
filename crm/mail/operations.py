"""Verbs of mail: templates, drafts, the queue."""

import datetime as dt
from collections.abc import Collection
from typing import Any

from sqlalchemy import select

from crm import formats
from crm.accounts.models import User
from crm.activities import operations as activities
from crm.activities.models import Appointment
from crm.db import db, utcnow
from crm.feed import operations as feed
from crm.jobs import enqueue
from crm.mail import attachments, invitation, kept, letter, markup, placeholders, queries, starter
from crm.mail.drafts import Draft, compose, fingerprint, letter_of, sender, start_known_otherwise
from crm.mail.models import EmailTemplate, Message
from crm.mail.placeholders import digest
from crm.mail.purposes import purposes
from crm.records import Refused, check_version, delete, save, save_many
from crm.settings import setting
from crm.texts import N_, said, when

__all__ = ["Draft", "compose"]

UNDER_WAY = ("queued", "sending")


class Doubt(Refused):
    """Something the sender must have seen first; `key` is "third_party", "changed" or "again"."""

    def __init__(self, key: str, message: str, **values: str) -> None:
        super().__init__(message, **values)
        self.key = key


# --- Templates -----------------------------------------------------------------------------------------------


def load_templates() -> None:
    """Bring in the texts an office starts with; what an office changed or switched off stays as it is."""
    query = select(EmailTemplate).where(EmailTemplate.content_key.is_not(None))
    present = {template.content_key: template for template in db.session.scalars(query)}
    changed = []
    for key, original in starter.originals().items():
        template = present.get(key)
        if template is None:
            template = EmailTemplate(content_key=key)
        elif template.content_digest == original.digest or text_digest(template) != template.content_digest:
            continue
        put_back(template, original)
        changed.append(template)
    save_many(changed, None)


def put_back(template: EmailTemplate, original: starter.Original) -> None:
    """Give a template the text it came with."""
    template.name, template.purpose = original.name, original.purpose
    template.address_form, template.place = original.form, original.place
    template.subject, template.body = original.subject, original.body
    template.content_digest = original.digest


def text_digest(template: EmailTemplate) -> str:
    """Fingerprint of a template's text as it is now."""
    return digest(f"{template.subject}\n{template.body}")


def restore(template: EmailTemplate, user: User, version: int | None = None) -> EmailTemplate:
    """*Terugzetten naar origineel*. Raises Refused for a template that was made here, Conflict."""
    original = starter.originals().get(template.content_key or "")
    if original is None:
        raise Refused("Dit sjabloon is hier gemaakt: er is geen origineel.")
    check_version(template, version)
    put_back(template, original)
    saved: EmailTemplate = save(template, user)
    return saved


def check_text(text: str, user: User | None) -> list[str]:
    """What is wrong with a template's text, as Dutch sentences; empty when all its words exist."""
    return placeholders.problems(text, placeholders.known(None, None, user), starter.blocks())


def save_template(
    values: dict[str, Any], user: User, template: EmailTemplate | None = None, version: int | None = None
) -> EmailTemplate:
    """Make or change a template. `values`: name, purpose, address_form, place, subject, body, own (bool), is_active.

    Raises Refused for an unknown word, Conflict.
    """
    if template is None:
        template = EmailTemplate(owner=user if values.get("own", True) else None)
    check_version(template, version)
    if wrong := check_text(values["subject"], user) + check_text(values["body"], user):
        problems = " ".join(wrong)
        raise Refused(problems)
    for name in ("name", "purpose", "address_form", "place", "subject", "body", "is_active"):
        if name in values:
            setattr(template, name, values[name])
    saved: EmailTemplate = save(template, user)
    return saved


def delete_template(template: EmailTemplate, user: User) -> None:
    """Take away a template that was made here. Raises Refused for one that came with the house."""
    if template.content_key:
        raise Refused("Dit sjabloon hoort bij Sleutel. Zet het uit in plaats van het te verwijderen.")
    delete(template, user)


# --- Drafts --------------------------------------------------------------------------------------------------


def keep_draft(draft: Draft, user: User | None, message: Message | None = None, version: int | None = None) -> Message:
    """Write a draft with the bytes that will be sent. Raises Refused when it is under way or has no vestiging, and for
    attachments that are gone or too large, Conflict, ValueError for addresses that are none."""
    if message is None:
        message = Message(message_id=letter.new_message_id(sender()[1]), author=user)
        message.author_id = user.id if user else None
        message.subject_kind, message.subject_id = draft.about.kind, draft.about.id
        message.branch_id = branch_of(draft, user)
    elif message.status not in ("draft", "failed"):
        raise Refused("Deze e-mail is al onderweg of verstuurd en kan niet meer veranderen.")
    check_version(message, version)
    with db.session.no_autoflush:
        copy(draft, message)
        kept.save_with(message, letter.build(letter_of(message)), user)
    return message


def copy(draft: Draft, message: Message) -> None:
    """The draft's text, addresses and appointment into the message."""
    message.status, message.error = "draft", ""
    message.to, message.cc = letter.join(letter.mailboxes(draft.to)), letter.join(letter.mailboxes(draft.cc))
    message.subject, message.body = draft.title.strip(), draft.body.replace("\r\n", "\n").strip() + "\n"
    message.purpose, message.basis = draft.purpose, draft.basis | {"=": fingerprint(draft.appointment)}
    message.template_id = draft.template.id if draft.template else message.template_id
    message.appointment = draft.appointment
    message.appointment_id = draft.appointment.id if draft.appointment else None
    message.calendar = invitation.method_for(draft.purpose, draft.appointment)
    message.attachments = [one.plain() for one in draft.attachments]


def branch_of(draft: Draft, user: User | None) -> int:
    """The vestiging a mail belongs to. Raises Refused when there is none."""
    owner = draft.appointment or draft.about
    branch_id = getattr(owner, "branch_id", None) or (user.branch_ids[0] if user and user.branch_ids else None)
    if branch_id is None:
        raise Refused("Deze e-mail hoort bij geen vestiging.")
    return int(branch_id)


def discard(message: Message, user: User) -> Message:
    """Throw a draft away. Raises Refused when it is no draft."""
    hold(message)
    if message.status not in ("draft", "failed", "cancelled"):
        raise Refused("Alleen een concept kan weg.")
    message.status = "cancelled"
    save_many(with_card(message), user)
    return message


# --- The queue -----------------------------------------------------------------------------------------------


def queue(draft: Draft | Message, user: User | None, sure: Collection[str] = ()) -> Message:
    """Let a mail go after the office's delay; queueing one that is under way or sent changes nothing.

    An appointment whose confirmation or change goes out is confirmed; of one that is off nobody need be told any more.
    `sure` holds the keys of the doubts the sender answered. Raises Refused for what can't be sent, Doubt for what must
    be seen first.
    """
    if isinstance(draft, Draft) and draft.problems:
        raise Refused("De e-mail kan nog niet weg. %(problems)s", problems=" ".join(draft.problems))
    message = keep_draft(draft, user) if isinstance(draft, Draft) else draft
    hold(message)
    if message.status in (*UNDER_WAY, "sent"):
        return message
    if message.status == "cancelled":
        raise Refused("Deze e-mail is weggegooid. Maak een nieuwe.")
    check_complete(message)
    key = check_doubts(message, sure)
    told = tell_appointment(message, user)
    put_in_queue(message, key, told, user)
    return message


def hold(message: Message) -> None:
    """Make others who want this message, or another one about the same appointment, wait; then read both anew."""
    if message.appointment_id:
        query = select(Appointment.id).where(Appointment.id == message.appointment_id)
        db.session.execute(query.with_for_update(key_share=True))
    db.session.execute(select(Message.id).where(Message.id == message.id).with_for_update())
    db.session.refresh(message)
    if message.appointment:
        db.session.refresh(message.appointment)


def check_complete(message: Message) -> None:
    """Raises Refused when something is missing, or when the appointment is no longer what the mail says."""
    if not message.to:
        raise Refused("Vul in aan wie de e-mail gaat.")
    if missing := placeholders.unfilled(message.subject + message.body):
        listed = ", ".join(f"{{{{ {name} }}}}" for name in missing)
        raise Refused("Nog niet ingevuld: %(words)s. Vul de gegevens aan of haal het uit de tekst.", words=listed)
    if not markup.to_text(placeholders.without_blocks(message.body)).strip():
        raise Refused("Schrijf een tekst.")
    if message.appointment and message.purpose in invitation.PURPOSES and not message.calendar:
        raise Refused(invitation.WHY_NOT[invitation.PURPOSES[message.purpose]])
    if known := start_known_otherwise(message):
        raise Refused(
            "De klant weet nog van %(when)s. Mail eerst de wijziging, of klik bij de afspraak op Klant is gebeld.",
            when=formats.day_and_time(known),
        )
    if message.basis.get("=", "") != fingerprint(message.appointment):
        raise Refused("De afspraak is intussen gewijzigd. Open de e-mail opnieuw en kijk hem na.")


def changed_since(message: Message) -> list[str]:
    """What is no longer as the preview of a draft says, by its Dutch name; nothing for a mail that left."""
    if message.status != "draft":
        return []
    moved = message.basis.get("=", "") != fingerprint(message.appointment)
    return list(dict.fromkeys([*(["De afspraak"] if moved else []), *changed_content(message)]))


def changed_content(message: Message) -> list[str]:
    """Titles of words and attachments that are no longer what went into a message."""
    return [*queries.changed_words(message), *attachments.changed(message)]


def check_doubts(message: Message, sure: Collection[str]) -> str | None:
    """The key this mail will have. Raises Doubt for the first thing the sender has not answered."""
    if "third_party" not in sure and (others := queries.third_parties(message)):
        raise Doubt("third_party", N_("Niet van de klant: %(who)s. Klopt dat?"), who=", ".join(others))
    if "changed" not in sure and (titles := changed_content(message)):
        words = ", ".join(map(said, titles)).lower()
        raise Doubt("changed", N_("Gewijzigd nadat de tekst was ingevoegd: %(words)s."), words=words)
    key = key_of(message)
    earlier = queries.by_key(key) if key else None
    if earlier is None or earlier.id == message.id:
        return key
    if "again" not in sure:
        who = earlier.author.name if earlier.author else "Sleutel"
        moment = when(earlier.send_at or earlier.updated_at)
        raise Doubt("again", N_("%(who)s verstuurde deze e-mail al (%(when)s)."), who=who, when=moment)
    return None


def key_of(message: Message) -> str | None:
    """What makes an appointment's mail the same mail: its purpose and the version of the invitation."""
    if message.appointment is None or message.purpose == "other":
        return None
    return f"{message.purpose}:{message.appointment.id}:{message.appointment.sequence}"


def tell_appointment(message: Message, user: User | None) -> dict[str, Any]:
    """The client is told of the appointment as it is, or that it is off. Gives what it was, for undo."""
    appointment = message.appointment
    if appointment is None or not message.calendar or message.told:
        return message.told or {}
    told = {"status": appointment.status, "told": appointment.told}
    activities.confirm(appointment, user)
    return told


def put_in_queue(
    message: Message, key: str | None, told: dict[str, Any], user: User | None, delay: float | None = None
) -> None:
    """Write the job beside the message, in this transaction, and say so in the feed.

    From here on the bytes stay as they are, retries too: they are the preview's with this moment as their date.
    """
    delay = setting("mail.send_delay") if delay is None else delay
    strangers = " ".join(queries.third_parties(message))
    now = utcnow()
    mime = letter.dated(kept.mime_of(message), now)
    send_at = now + dt.timedelta(seconds=delay)
    shown = card(message) | {"status": "queued", "at": send_at.isoformat(), "error": ""}
    if message.subject_ref:
        post = feed.post(message.subject_ref, "mail.message", user, text=message.subject, **shown)
        message.post, message.post_id = post, post.id
    message.status, message.error, message.send_at = "queued", "", send_at
    message.key, message.told = key, told
    message.basis = message.basis | {queries.STRANGERS: strangers}
    message.ticket += 1
    kept.save_with(message, mime, user)
    enqueue("mail.send", message.id, message.ticket, key=f"mail.send:{message.id}:{message.ticket}", delay=delay)


def card(message: Message) -> dict[str, Any]:
    """What the feed shows of a message."""
    moment = message.sent_at or message.send_at
    return {
        "message": message.id,
        "status": message.status,
        "to": message.to,
        "calendar": message.calendar,
        "at": moment.isoformat() if moment else "",
        "error": message.error,
        "files": [row["name"] for row in message.attachments],
    }


def with_card(message: Message) -> list[Any]:
    """The message, and its post in the feed showing its new state."""
    with db.session.no_autoflush:
        post = message.post
    if post is None:
        return [message]
    post.data = card(message)
    return [message, post]


def undo(message: Message, user: User | None) -> Message:
    """*Ongedaan maken*: back to a draft with its text, as long as it waits. Raises Refused when it is too late."""
    hold(message)
    if message.status in ("draft", "cancelled"):
        return message
    if message.status != "queued":
        raise Refused("Deze e-mail is al verstuurd en kan niet meer ongedaan gemaakt worden.")
    with db.session.no_autoflush:
        message.status, message.send_at = "draft", None
        save_many([*take_back(message), *with_card(message)], user)
    return message


def take_back(message: Message) -> list[Any]:
    """The client was not told after all: its appointment is again what it was. Gives what to save."""
    told, message.told, message.key = message.told, {}, None
    appointment = message.appointment
    if appointment is None or not told or not (appointment.is_open or told["status"] == appointment.status):
        return []
    appointment.status, appointment.told = told["status"], told["told"]
    return [appointment]


def queue_appointment_mail(
    appointment: Appointment, purpose: str, user: User | None, sure: Collection[str] = ()
) -> Message:
    """Send the office's mail for this purpose to the client of an appointment, in the right form and for its place.

    For the planning screen and workflows. Raises Refused and says what is missing, Doubt when it was sent already.
    """
    return queue(compose_for(appointment, purpose, user), user, sure)


def send_for_purpose(purpose: str, subject: Any, user: User | None) -> Message:
    """Send the office's mail for this purpose about a record to whom it is for, in the right form.

    For plugins. Raises Refused and says what is missing.
    """
    form = queries.form_of(placeholders.recipients(subject))
    template = queries.best(queries.office_templates(purpose), purpose, form, queries.ANY)
    if template is None:
        raise Refused("Er is geen sjabloon voor %(use)s.", use=purposes().get(purpose, purpose))
    return queue(compose(subject, template, user), user)


def compose_for(appointment: Appointment, purpose: str, user: User | None, **overrides: Any) -> Draft:
    """The office's mail for this purpose about an appointment, ready to look at. Raises Refused without a template."""
    subject = queries.subject_of(appointment, user)
    if subject is None:
        raise Refused("De afspraak hoort bij geen klant of dossier.")
    form = queries.form_of(placeholders.recipients(subject))
    template = queries.best(queries.office_templates(purpose), purpose, form, queries.place_of(appointment))
    if template is None:
        raise Refused("Er is geen sjabloon voor %(use)s.", use=purposes().get(purpose, purpose))
    return compose(subject, template, user, appointment, **overrides)

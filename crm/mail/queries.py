"""Questions about templates and messages, and the words mail itself knows."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Select, or_, select

from crm.accounts.models import User
from crm.audit.models import AuditEntry
from crm.audit.queries import of_record
from crm.db import db
from crm.mail import letter, placeholders
from crm.mail.invitation import spoken_of
from crm.mail.models import EmailTemplate, Message
from crm.mail.placeholders import JE as JE
from crm.mail.placeholders import JULLIE as JULLIE
from crm.mail.placeholders import Placeholder, digest
from crm.mail.placeholders import U as U
from crm.mail.placeholders import form_of as form_of
from crm.records import Ref, find, kinds
from crm.texts import N_

MOST = 500
ANY = "any"
OFFICE, VIDEO = "office", "video"
# Beside the words in the basis of a mail that was queued: the addresses the sender agreed to that are not the client's.
STRANGERS = "@"
STATUSES = {
    "draft": N_("Concept, niet verstuurd"),
    "queued": N_("Wacht op versturen"),
    "sending": N_("Wordt verstuurd"),
    "sent": N_("Verstuurd"),
    "failed": N_("Niet verstuurd"),
    "unsure": N_("Mogelijk verstuurd"),
    "cancelled": N_("Weggegooid"),
}


# --- Templates -----------------------------------------------------------------------------------------------


def visible_templates(user: User) -> Select[EmailTemplate]:
    """The office's templates and this user's own."""
    return select(EmailTemplate).where(or_(EmailTemplate.owner_id.is_(None), EmailTemplate.owner_id == user.id))


def templates(user: User, every: bool = False) -> Sequence[EmailTemplate]:
    """The templates this user may choose from, by name; `every` brings those that are switched off too."""
    query = visible_templates(user).order_by(EmailTemplate.name, EmailTemplate.address_form, EmailTemplate.place)
    if not every:
        query = query.where(EmailTemplate.is_active)
    return db.session.scalars(query.limit(MOST)).unique().all()


def office_templates(purpose: str) -> Sequence[EmailTemplate]:
    """The office's own templates for a purpose."""
    query = select(EmailTemplate).where(
        EmailTemplate.owner_id.is_(None), EmailTemplate.is_active, EmailTemplate.purpose == purpose
    )
    return db.session.scalars(query.order_by(EmailTemplate.id).limit(MOST)).unique().all()


def place_of(appointment: Any) -> str:
    """ "office" or "video"; "any" without an appointment (O-062)."""
    if appointment is None:
        return ANY
    return VIDEO if appointment.by_video else OFFICE


def best(templates: Iterable[EmailTemplate], purpose: str, form: str, place: str) -> EmailTemplate | None:
    """The template that fits: the form (jullie falls back to je), then the place; the office's before one's own."""
    forms = {form: 0, JE: 1} if form == JULLIE else {form: 0}
    places = {place: 0, ANY: 1} if place != ANY else {ANY: 0, OFFICE: 1, VIDEO: 2}
    fitting = [
        template
        for template in templates
        if template.purpose == purpose and template.address_form in forms and template.place in places
    ]
    return min(
        fitting,
        key=lambda t: (forms[t.address_form], places[t.place], t.owner_id is not None, t.id),
        default=None,
    )


def choices(templates: Iterable[EmailTemplate], form: str, place: str) -> list[EmailTemplate]:
    """One template per name, the variant that fits best: what the compose window offers (O-060 …)."""
    names: dict[tuple[str, int | None], list[EmailTemplate]] = {}
    for template in templates:
        names.setdefault((template.name, template.owner_id), []).append(template)

    def misfit(template: EmailTemplate) -> tuple[bool, bool, int]:
        return template.place not in (place, ANY), template.address_form != form, template.id

    return [min(variants, key=misfit) for variants in names.values()]


def history(template: EmailTemplate) -> Sequence[AuditEntry]:
    """The last changes of a template, newest first."""
    query = of_record(template.kind, template.id).where(AuditEntry.action == "update")
    return db.session.scalars(query.order_by(AuditEntry.id.desc()).limit(10)).all()


# --- Messages ------------------------------------------------------------------------------------------------


def visible_messages(user: User) -> Select[Message]:
    """Messages of the user's own vestigingen."""
    return select(Message).where(Message.branch_id.in_(user.branch_ids))


def find_message(message_id: int, user: User) -> tuple[Message, Any] | None:
    """(message, record it is about) if this user may see that; somebody else's drafts too: they are the office's."""
    message = db.session.get(Message, message_id)
    subject = find(message.subject_ref, user) if message else None
    return (message, subject) if message and subject else None


def drafts_of(reference: Ref) -> Sequence[Message]:
    """Unsent drafts about a record, newest first."""
    query = select(Message).where(
        Message.subject_kind == reference[0], Message.subject_id == reference[1], Message.status == "draft"
    )
    return db.session.scalars(query.order_by(Message.id.desc()).limit(3)).unique().all()


def by_key(key: str) -> Message | None:
    """The message that is under way, or was sent, under this key."""
    return db.session.scalars(select(Message).where(Message.key == key)).unique().first()


def subject_of(owner: Any, user: User | None) -> Any | None:
    """The record a message or appointment is about, if this user may see it; the house (None) sees all."""
    reference = owner.subject_ref
    if reference is None or user is not None:
        return find(reference, user)
    kind = kinds().get(reference[0])
    return db.session.get(kind.model, reference[1]) if kind else None


def third_parties(message: Message) -> list[str]:
    """Addresses that are not of the client: most breaches are misdirected mail (domain.md §7.1)."""
    subject = subject_of(message, None)
    people = placeholders.recipients(subject) if subject else []
    own = {letter.address(person.email).lower() for person in people if not (person.has_left and person.has_left())}
    boxes = letter.mailboxes(message.to) + letter.mailboxes(message.cc)
    return [address for _, address in boxes if address.lower() not in own]


def new_third_parties(message: Message) -> list[str]:
    """Those of them whom the sender was not asked about, as they were the client's when the mail was queued."""
    asked = message.basis.get(STRANGERS, "").split()
    return [address for address in third_parties(message) if address not in asked]


def changed_words(message: Message) -> list[str]:
    """Titles of the words whose value is no longer what it was when it went into the text."""
    subject = subject_of(message, message.author)
    if subject is None:
        return []
    appointment = spoken_of(message.purpose, message.appointment)
    return changed(message.basis, placeholders.known(subject, appointment, message.author))


def changed(basis: Mapping[str, str], known: Mapping[str, Placeholder]) -> list[str]:
    """Titles of the words in a basis that have another value now, or nothing to say any more."""
    return [
        known[name].title
        for name, old in basis.items()
        if name in known and is_told(known[name]) and digest(known[name].value) != old
    ]


def is_told(word: Placeholder) -> bool:
    """True of a word whose value, or the lack of it, says something."""
    return bool(word.value or word.instead) and not word.is_block

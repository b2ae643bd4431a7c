"""The job that sends: claim and commit, speak SMTP outside any transaction, write what came of it.

A mail is never sent twice by itself. Before the server has taken the bytes, any failure is tried again later; once
they are on their way and the answer is lost, by a broken line or because this process died, nobody can know, so the
mail is marked unsure and a person decides. The Message-ID stays the same however often it is tried.
"""

import datetime as dt
import logging
import re
import smtplib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from crm import formats
from crm.accounts.models import Branch
from crm.activities import operations as activities
from crm.db import db, utcnow
from crm.host import config
from crm.jobs import enqueue
from crm.mail import kept, letter, queries
from crm.mail.drafts import fingerprint
from crm.mail.models import Message
from crm.mail.operations import hold, take_back, with_card
from crm.records import commit, save_many
from crm.texts import N_

log = logging.getLogger(__name__)

BACK_OFF = (60, 300, 900, 3600, 14_400, 43_200)  # seconds
STUCK_AFTER = dt.timedelta(minutes=15)
UNKNOWN = N_("De mailserver gaf geen antwoord meer: misschien is de e-mail wel aangekomen.")
MOVED = N_("De afspraak is gewijzigd voordat de e-mail weg was.")
RESTORED = N_("Het kantoor is teruggezet uit een reservekopie: misschien was de e-mail toen al verstuurd.")
STRANGER = N_("Een van de adressen hoort niet meer bij de klant. Kijk ze na en verstuur de e-mail opnieuw.")


class Later(Exception):
    """Not now: the server is away, busy or will not have us; nothing was sent."""


class Never(Exception):
    """The server refused this mail for good; nothing was sent."""


class Unsure(Exception):
    """The bytes went out and the answer was lost."""


@dataclass(frozen=True)
class Parcel:
    """What SMTP needs: the bytes and the envelope."""

    mime: bytes
    sender: str
    recipients: Sequence[str]


def send(message_id: int, ticket: int) -> None:
    """Send a queued message once. A job with an old ticket, of a mail that was undone, does nothing."""
    parcel = claim(message_id, ticket)
    commit()
    if parcel is None:
        return
    try:
        deliver(parcel)
    except Later as problem:
        put_off(message_id, ticket, str(problem))
    except Never as problem:
        settle(message_id, ticket, "failed", str(problem))
    except Unsure:
        settle(message_id, ticket, "unsure", UNKNOWN)
    else:
        settle(message_id, ticket, "sent")


def held(message_id: int, ticket: int) -> Message | None:
    """The message, held until the transaction ends, if this ticket is still its."""
    message = db.session.get(Message, message_id)
    if message is None:
        return None
    hold(message)
    return message if message.ticket == ticket else None


def claim(message_id: int, ticket: int) -> Parcel | None:
    """Mark a queued message as being sent and give what to send; None when there is nothing to do.

    Found "sending" with this very ticket, the worker before us died at it: it is unsure. An appointment that changed
    while the mail waited makes it fail, as it would tell the client the wrong time; so does an address that was the
    client's and is no more (a partner who left, another e-mail address), as it would go to a stranger.
    """
    message = held(message_id, ticket)
    if message is None or message.status not in ("queued", "sending"):
        return None
    if message.status == "sending":
        conclude(message, "unsure", UNKNOWN)
        return None
    if message.basis.get("=", "") != fingerprint(message.appointment):
        conclude(message, "failed", MOVED)
        return None
    if queries.new_third_parties(message):
        conclude(message, "failed", STRANGER)
        return None
    message.status, message.started_at = "sending", utcnow()
    message.attempts += 1
    save_many(with_card(message), None)
    boxes = letter.mailboxes(message.to) + letter.mailboxes(message.cc)
    mime = kept.mime_of(message)
    sender = letter.sender_of(mime)
    return Parcel(mime, sender, list(dict.fromkeys(address for _, address in boxes)))


def settle(message_id: int, ticket: int, status: str, error: str = "") -> None:
    """Write how it ended."""
    message = held(message_id, ticket)
    if message and message.status in ("sending", "unsure"):
        conclude(message, status, error)


def conclude(message: Message, status: str, error: str = "") -> None:
    """The last state of a message: sent, failed or unsure. A failure is a task for who wrote it."""
    with db.session.no_autoflush:
        message.status, message.error = status, error
        message.sent_at = utcnow() if status == "sent" else None
        changed = take_back(message) if status == "failed" else []
        save_many([*changed, *with_card(message)], None)
    if status != "sent":
        tell_author(message)


def put_off(message_id: int, ticket: int, why: str) -> None:
    """Try again later, each time a little later; give up after the last."""
    message = held(message_id, ticket)
    if message is None or message.status != "sending":
        return
    if message.attempts > len(BACK_OFF):
        conclude(message, "failed", why)
        return
    delay = BACK_OFF[message.attempts - 1]
    message.status, message.error = "queued", why
    message.send_at = utcnow() + dt.timedelta(seconds=delay)
    message.ticket += 1
    save_many(with_card(message), None)
    enqueue("mail.send", message.id, message.ticket, key=f"mail.send:{message.id}:{message.ticket}", delay=delay)


def tell_author(message: Message) -> None:
    """A task for the author; once per ticket. It names no client."""
    mishap = "misschien niet aangekomen" if message.status == "unsure" else "niet verstuurd"
    values = {
        "title": f"E-mail {mishap}: kijk hem na",
        "notes": message.error,
        "due_on": formats.today(),
        "assigned_to": message.author,
        "task_kind": "mail_failed",
        "key": f"mail.failed:{message.id}:{message.ticket}",
        "appointment": message.appointment,
        "branch": db.session.get(Branch, message.branch_id),
    }
    task = activities.create_task(values, None)
    log.warning("message %d: %s, task %d", message.id, message.status, task.id)


def sweep() -> None:
    """What has been sending for a quarter of an hour was dropped by a worker that never came back: it is unsure."""
    query = select(Message).where(Message.status == "sending", Message.started_at < utcnow() - STUCK_AFTER)
    for message in db.session.scalars(query.order_by(Message.id).limit(100)).unique().all():
        hold(message)
        if message.status == "sending":
            conclude(message, "unsure", UNKNOWN)


def in_doubt(message_id: int, ticket: int) -> None:
    """A mail of a restored office that was under way when its backup was made: a person decides."""
    message = held(message_id, ticket)
    if message and message.status in ("queued", "sending"):
        conclude(message, "unsure", RESTORED)


# --- SMTP ----------------------------------------------------------------------------------------------------


def deliver(parcel: Parcel) -> None:
    """Hand a mail to the office's mail server. All recipients or none. Raises Later, Never or Unsure."""
    try:
        server = connect()
    except (OSError, smtplib.SMTPException) as error:
        raise Later(f"De mailserver is niet bereikbaar ({type(error).__name__}).") from error
    try:
        introduce(server, parcel)
        hand_over(server, parcel.mime)
    finally:
        hang_up(server)


def connect() -> smtplib.SMTP:
    """A connection that is encrypted and logged in as the configuration says."""
    host, port, seconds = config("SMTP_HOST"), int(config("SMTP_PORT")), float(config("SMTP_TIMEOUT"))
    security = config("SMTP_TLS")
    if security == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=seconds, context=ssl.create_default_context())
    else:
        server = smtplib.SMTP(host, port, timeout=seconds)
    try:
        if security == "starttls":
            server.starttls(context=ssl.create_default_context())
        if config("SMTP_USER"):
            server.login(config("SMTP_USER"), config("SMTP_PASSWORD"))
        server.ehlo_or_helo_if_needed()
    except BaseException:
        hang_up(server)
        raise
    return server


def introduce(server: smtplib.SMTP, parcel: Parcel) -> None:
    """Envelope and the word DATA: until here nothing was sent."""
    try:
        check(server.mail(parcel.sender), 250, "afzender")
        for recipient in parcel.recipients:
            check(server.rcpt(recipient), 250, recipient)
        check(server.docmd("DATA"), 354, "bericht")
    except (OSError, smtplib.SMTPException) as error:
        raise Later(f"De verbinding met de mailserver viel weg ({type(error).__name__}).") from error


def hand_over(server: smtplib.SMTP, mime: bytes) -> None:
    """The bytes and the dot that ends them. An answer that never comes leaves us unsure."""
    body = re.sub(rb"(?m)^\.", b"..", mime)
    end = b".\r\n" if body.endswith(b"\r\n") else b"\r\n.\r\n"
    try:
        server.send(body + end)
        reply = server.getreply()
    except (OSError, smtplib.SMTPException) as error:
        raise Unsure from error
    check(reply, 250, "bericht")


def check(reply: tuple[int, bytes], wanted: int, what: str) -> None:
    """Raises Later for a temporary no (4xx), Never for a final one."""
    code, text = reply
    if code == wanted or (wanted == 250 and code == 251):
        return
    said = " ".join(text.decode("utf-8", "replace").split())[:200]
    sentence = f"De mailserver weigerde ({what}): {code} {said}"
    raise Later(sentence) if 400 <= code < 500 or code == -1 else Never(sentence)


def hang_up(server: smtplib.SMTP) -> None:
    """Say goodbye; whatever the server answers, we leave."""
    try:
        server.quit()
    except (OSError, smtplib.SMTPException):
        server.close()

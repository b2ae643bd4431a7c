"""Verbs of doors: invite, send a code, check it, choose a password, come in, go out."""

import datetime as dt
import secrets
from dataclasses import asdict

from sqlalchemy import select, update

from crm.furniture import Refused, db, keep, lock, utcnow
from plugins.portal import keys
from plugins.portal.doors import queries
from plugins.portal.doors.models import Account, Code, Session
from plugins.portal.doors.queries import Contact
from plugins.portal.events.operations import tell
from plugins.portal.vaults import queries as vault_queries
from plugins.portal.vaults.models import Vault

CODE_LASTS = dt.timedelta(minutes=10)
TRIES = 5
DIGITS = 6
WAITS = (30, 60, 120)  # seconds before the next code may be asked: after the first, the second, and each later one
WAITED = dt.timedelta(hours=1)  # codes before that do not make one wait
ACTIVATION, LOG_IN = "activation", "log_in"


# --- Invitations ---------------------------------------------------------------------------------------------


def invite(vault: Vault, generation: int, link: str, valid_until: dt.datetime, contact: Contact) -> Account:
    """Write an invitation down; `link` is the SHA-256 of its token. The one before it, and its codes, work no more.

    One that is not newer changes nothing. Raises Refused for an account that is active: its contact data are the
    client's (U-023).
    """
    lock(Vault, vault.id)
    account = db.session.get(Account, vault.id, populate_existing=True)
    if account is None:
        account = Account(vault_id=vault.id)
    elif account.activated_at is not None:
        raise Refused("Dit account is al actief.")
    elif account.generation >= generation:
        return account
    account.generation, account.link, account.valid_until = generation, link, valid_until
    account.contact = keys.seal(asdict(contact), vault_queries.key_of(vault), queries.PLACE)
    account.address, account.voided_codes = queries.address_of(contact.email), 0
    keep(account)
    end_codes(vault.id, ACTIVATION)
    return account


def ask_new_mail(email: str) -> None:
    """Let the CRM hear that whoever has this address wants a new mail, for each invitation he did not accept."""
    for account in queries.invitations_to(email):
        tell(queries.vault(account).name, "invitation_wanted", generation=str(account.generation))


# --- Codes ---------------------------------------------------------------------------------------------------


def new_code(vault_id: int, purpose: str, browser: str) -> str:
    """Six digits for one purpose in one browser; the ones before them are good no more. Send them after the commit.

    Raises Refused when it is too soon after the one before.
    """
    lock(Vault, vault_id)
    if (seconds := seconds_to_wait(vault_id, purpose)) > 0:
        raise Refused("U kunt over %(seconds)s seconden een nieuwe code vragen.", seconds=seconds)
    end_codes(vault_id, purpose)
    digits = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
    code = Code(vault_id=vault_id, purpose=purpose, browser=queries.sha256(browser), tries_left=TRIES)
    code.digest, code.expires_at = fingerprint(vault_id, purpose, browser, digits), utcnow() + CODE_LASTS
    keep(code)
    return digits


def fingerprint(vault_id: int, purpose: str, browser: str, digits: str) -> str:
    """What is kept of a code."""
    return keys.digest("codes", str(vault_id), purpose, browser, digits)


def seconds_to_wait(vault_id: int, purpose: str) -> int:
    """How long before another code may be asked; 0 for now."""
    now = utcnow()
    mine = Code.vault_id == vault_id, Code.purpose == purpose, Code.made_at > now - WAITED
    asked = db.session.scalars(select(Code.made_at).where(*mine).order_by(Code.made_at.desc())).all()
    if not asked:
        return 0
    wait = WAITS[min(len(asked), len(WAITS)) - 1]
    return max(0, round(wait - (now - asked[0]).total_seconds()))


def end_codes(vault_id: int, purpose: str) -> None:
    """Codes that are on their way work no more."""
    mine = Code.vault_id == vault_id, Code.purpose == purpose, Code.ended_at.is_(None)
    db.session.execute(update(Code).where(*mine).values(ended_at=utcnow()))


def try_code(vault_id: int, purpose: str, browser: str, digits: str) -> bool:
    """Is this the code? Every try is counted, in one statement that only so many can pass, however many come at once;
    the right one is accepted once. The caller commits a wrong try too. What is no code at all is not counted."""
    if len(digits) != DIGITS:
        return False
    now = utcnow()
    good = (
        Code.vault_id == vault_id, Code.purpose == purpose, Code.browser == queries.sha256(browser),
        Code.ended_at.is_(None), Code.expires_at > now, Code.tries_left > 0,
    )  # fmt: skip
    fewer = update(Code).where(*good).values(tries_left=Code.tries_left - 1)
    spent = db.session.execute(fewer.returning(Code.id, Code.digest, Code.tries_left)).first()
    if spent is None:
        return False
    if secrets.compare_digest(spent.digest, fingerprint(vault_id, purpose, browser, digits)):
        mine = Code.id == spent.id, Code.ended_at.is_(None)
        ended = db.session.execute(update(Code).where(*mine).values(ended_at=now).returning(Code.id)).first()
        return ended is not None
    if not spent.tries_left:
        end_codes(vault_id, purpose)
        count_voided(vault_id)
    return False


def count_voided(vault_id: int) -> None:
    """One more code whose tries ran out; after MOST_VOIDED the invitation is blocked, and the CRM hears of it."""
    mine = Account.vault_id == vault_id, Account.activated_at.is_(None)
    more = update(Account).where(*mine).values(voided_codes=Account.voided_codes + 1).returning(Account.voided_codes)
    if db.session.scalar(more) == queries.MOST_VOIDED:
        tell(db.session.get_one(Vault, vault_id).name, "invitation_locked")


# --- Coming in -----------------------------------------------------------------------------------------------


def activate(account: Account, digits: str, browser: str) -> bool:
    """Accept an invitation with the code that was sent, and the CRM hears of it once; with a password the link is used
    up."""
    lock(Vault, account.vault_id)
    account = db.session.get_one(Account, account.vault_id, populate_existing=True)
    if not queries.lets_in(account) or not try_code(account.vault_id, ACTIVATION, browser, digits):
        return False
    if account.activated_at is None:
        account.activated_at = utcnow()
        keep(account)
        tell(queries.vault(account).name, "invitation_accepted", generation=str(account.generation))
    return True


def begin_session(vault_id: int, device: str) -> str:
    """A session; gives the token for its cookie."""
    token = secrets.token_urlsafe(32)
    keep(Session(token=queries.sha256(token), vault_id=vault_id, device=device[:200]))
    return token


def note_seen(token: str) -> None:
    """Somebody clicked in this session just now; `token` as it is kept."""
    mine = update(Session).where(Session.token == token, Session.ended_at.is_(None))
    db.session.execute(mine.values(seen_at=utcnow()).execution_options(synchronize_session=False))


def end_session(session: Session) -> None:
    """Log out."""
    session.ended_at = utcnow()
    keep(session)

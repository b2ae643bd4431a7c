"""Questions about who may come in."""

import datetime as dt
import hashlib
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import select

from crm.furniture import config, db, utcnow
from plugins.portal import keys
from plugins.portal.doors.models import Account, Code, Session
from plugins.portal.vaults import queries as vaults
from plugins.portal.vaults.models import Vault

State = Literal["invited", "expired", "locked", "active"]
MOST_VOIDED = 3  # codes whose tries ran out, after which the invitation is blocked (domain.md §5.4)
PLACE = "contact"  # what an account's contact data are sealed for


@dataclass(frozen=True)
class Contact:
    """Who an account is for and how to reach him: `form` is u or jij."""

    first_name: str
    email: str
    mobile: str
    form: str = "u"


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def address_of(email: str) -> str:
    """What an account is found by: a keyed fingerprint of its e-mail address."""
    return keys.digest("addresses", email.strip().lower())


def state(account: Account) -> State:
    """Where an invitation stands (domain.md §5.4)."""
    if account.activated_at is not None:
        return "active"
    if account.voided_codes >= MOST_VOIDED:
        return "locked"
    return "invited" if utcnow() < account.valid_until else "expired"


def lets_in(account: Account) -> bool:
    """Does the link of its newest invitation open this account? Also for who accepted it, but went away before he chose
    a password: he has nothing else to come in with."""
    is_half_way = not account.password and utcnow() < account.valid_until
    return state(account) == "invited" or (account.activated_at is not None and is_half_way)


def invited_by(token: str) -> Account | None:
    """The account whose newest invitation has this token, as long as that lets him in."""
    found = db.session.scalars(select(Account).where(Account.link == sha256(token))).first()
    return found if found is not None and lets_in(found) else None


def contact(account: Account) -> Contact:
    """Whom an account is for. Raises envelope.Broken."""
    return Contact(**keys.unseal(account.contact, vaults.key_of(vault(account)), PLACE))


def vault(account: Account) -> Vault:
    """The vault an account opens."""
    return db.session.get_one(Vault, account.vault_id)


def of_address(email: str) -> list[Account]:
    """Every active account of an e-mail address: two people may share one."""
    mine = Account.address == address_of(email), Account.activated_at.is_not(None)
    return list(db.session.scalars(select(Account).where(*mine).order_by(Account.vault_id)))


def invitations_to(email: str) -> list[Account]:
    """Every invitation to an e-mail address that was not accepted, also one that ended or is blocked."""
    waiting = Account.address == address_of(email), Account.activated_at.is_(None)
    return list(db.session.scalars(select(Account).where(*waiting).order_by(Account.vault_id)))


def last_code(vault_id: int, purpose: str) -> Code | None:
    """The newest code that was sent for a purpose."""
    mine = Code.vault_id == vault_id, Code.purpose == purpose
    return db.session.scalars(select(Code).where(*mine).order_by(Code.id.desc()).limit(1)).first()


def session(token: str) -> Session | None:
    """The session of a cookie, unless it ended, stood still too long or lasted too long."""
    found = db.session.get(Session, sha256(token))
    if found is None or found.ended_at is not None:
        return None
    now = utcnow()
    idle = dt.timedelta(minutes=config("KLUIS_IDLE_MINUTES"))
    longest = dt.timedelta(hours=config("KLUIS_SESSION_HOURS"))
    return found if now - found.seen_at < idle and now - found.began_at < longest else None


def account(vault: Vault) -> Account | None:
    """The account that opens a vault."""
    return db.session.get(Account, vault.id)


def account_of(vault_id: int | None) -> Account | None:
    """The account of a vault by its number; None when it is not active."""
    found = db.session.get(Account, vault_id) if vault_id is not None else None
    return found if found is not None and found.activated_at is not None else None

"""Wrong passwords, and how many of them from where: who guesses is stopped, and nobody else."""

import datetime as dt
import hashlib

from crm.accounts.models import Attempts
from crm.db import db, utcnow
from crm.records import Refused, discard, keep, lock

FREE_ATTEMPTS = 5
FREE_PER_ADDRESS = 50  # failures of one internet address over all accounts, within the window
SLOW_PER_ACCOUNT = 20  # failures of one account from everywhere, after which answers come slower
WINDOW = dt.timedelta(minutes=15)
KNOWN_LASTS = dt.timedelta(days=90)  # how long an internet address is one from where a user logs in


def check_place(email: str, address: str) -> None:
    """Raises Refused when too many guesses came from this internet address, at this account or at all of them.

    Who logged in from there before is not hindered by what others there guess: an office shares one address.
    """
    check(pair_scope(email, address))
    if not is_known_place(email, address):
        check(place_scope(address), FREE_PER_ADDRESS)


def slow_down(email: str, address: str) -> bool:
    """True when many guessed at this account from everywhere: the answer should take longer, never be refused.

    Not where its owner logged in before: he need not wait for those who guess.
    """
    if is_known_place(email, address):
        return False
    row = db.session.get(Attempts, account_scope(email))
    return row is not None and row.until > utcnow() and row.count >= SLOW_PER_ACCOUNT


def is_known_place(email: str, address: str) -> bool:
    """True when this account logged in from this internet address not long ago."""
    row = db.session.get(Attempts, pair_scope(email, address, "known"))
    return row is not None and row.until > utcnow()


def remember_place(email: str, address: str) -> None:
    """This account logged in from this internet address."""
    scope = pair_scope(email, address, "known")
    place: Attempts = lock(Attempts, scope) or Attempts(scope=scope, count=0)
    place.until = utcnow() + KNOWN_LASTS
    keep(place)


def note_wrong_password(email: str, address: str) -> None:
    """Count it for the pair of both, for the address and for the account."""
    for scope in (pair_scope(email, address), place_scope(address), account_scope(email)):
        count(scope)


def account_scope(email: str) -> str:
    return f"account:{digest(email.strip().lower())}"


def place_scope(address: str) -> str:
    return f"address:{digest(address)}"


def pair_scope(email: str, address: str, use: str = "login") -> str:
    return f"{use}:{digest(f'{email.strip().lower()}|{address}')}"


def check(scope: str, free: int = FREE_ATTEMPTS) -> None:
    """Raises Refused when this scope used up its attempts within the window."""
    row: Attempts | None = lock(Attempts, scope)
    if row and row.until > utcnow() and row.count >= free:
        minutes = max(1, round((row.until - utcnow()).total_seconds() / 60))
        raise Refused("Te veel pogingen. Probeer het over %(minutes)s minuten opnieuw.", minutes=minutes)


def count(scope: str) -> None:
    """Note one failure; the window begins anew when the last one is over."""
    row: Attempts | None = lock(Attempts, scope)
    if row is None:
        row = Attempts(scope=scope, count=0, until=utcnow() + WINDOW)
    elif row.until <= utcnow():
        row.count, row.until = 0, utcnow() + WINDOW
    row.count += 1
    keep(row)


def forget(scope: str) -> None:
    """A success wipes the failures before it."""
    if row := db.session.get(Attempts, scope):
        discard(row)


def digest(text: str) -> str:
    """SHA-256, as hexadecimal text; for what need not be read back."""
    return hashlib.sha256(text.encode()).hexdigest()

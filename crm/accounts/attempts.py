"""Attempts at passwords and codes, and how many of them from where: who guesses is stopped, and nobody else.

An attempt is counted before it is looked at, by one statement, so that those who guess at the same moment get no more.
"""

import datetime as dt
import hashlib
import ipaddress
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update

from crm import throttle
from crm.accounts.models import Attempts
from crm.db import db, utcnow

FREE_ATTEMPTS = 5
FREE_PER_ADDRESS = 50  # failures from one place over all accounts, within the window
SLOW_PER_ACCOUNT = 20  # failures of one account from everywhere, after which answers come slower
WINDOW = dt.timedelta(minutes=15)
KNOWN_LASTS = dt.timedelta(days=90)  # how long a place is one from where a user logs in
TABLE: Any = Attempts.__table__


@dataclass(frozen=True)
class Place:
    """Where somebody asks from: the network of his internet address, and the word of his browser, "" without one."""

    network: str
    device: str = ""


def network_of(address: str) -> str:
    """What one line has: an IPv4 address, or of IPv6 the /64, of which anybody can take another address each time."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        mapped = found.ipv4_mapped
        return str(mapped or ipaddress.ip_network((int(found) >> 64 << 64, 64)))
    return str(found)


def take_login(email: str, place: Place) -> bool:
    """Count an attempt to log in; True when many guess at this account, so that the answer should take longer.

    Raises Refused when too many came from this place, at this account or at all of them. A browser in which this
    account logged in before has a count of its own: what others at the same address guess does not hinder it. They, and
    who logged in from this address before, are not slowed down and not held up by what is guessed at others there.
    """
    known = is_known(email, place.device) or is_known(email, place.network)
    take(pair_scope(email, place))
    take(place_scope(place), None if known else FREE_PER_ADDRESS)
    return take(account_scope(email), None) > SLOW_PER_ACCOUNT and not known


def succeeded(email: str, place: Place) -> None:
    """The password was right: what was wrong before counts no longer for this pair, and this attempt for nobody."""
    forget(pair_scope(email, place))
    for scope in (place_scope(place), account_scope(email)):
        mine = update(TABLE).where(TABLE.c.scope == scope, TABLE.c["count"] > 0)
        db.session.execute(mine.values(count=TABLE.c["count"] - 1))


def is_known(email: str, where: str) -> bool:
    """True when this account logged in from this network, or in this browser, not long ago."""
    until = select(TABLE.c.until).where(TABLE.c.scope == known_scope(email, where))
    lasts = db.session.scalar(until) if where else None
    return lasts is not None and lasts > utcnow()


def remember(email: str, place: Place) -> None:
    """This account logged in from here."""
    for where in filter(None, (place.network, place.device)):
        throttle.put(TABLE, known_scope(email, where), {"count": 0, "until": utcnow() + KNOWN_LASTS})


def who(email: str, place: Place) -> str:
    """Who is counted: this account in its own browser, or from this network in any that it does not know."""
    return digest(f"{email.strip().lower()}|{place.device if is_known(email, place.device) else place.network}")


def pair_scope(email: str, place: Place) -> str:
    return f"login:{who(email, place)}"


def account_scope(email: str) -> str:
    return f"account:{digest(email.strip().lower())}"


def place_scope(place: Place) -> str:
    return f"address:{digest(place.network)}"


def known_scope(email: str, where: str) -> str:
    return f"known:{digest(f'{email.strip().lower()}|{where}')}"


def take(scope: str, free: int | None = FREE_ATTEMPTS) -> int:
    """Count one attempt, and give how many there were within the window. Raises Refused when there were more than
    `free` (None: any number)."""
    return throttle.take(TABLE, scope, free, WINDOW)


def forget(scope: str) -> None:
    """A success wipes the failures before it."""
    throttle.forget(TABLE, scope)


def digest(text: str) -> str:
    """SHA-256, as hexadecimal text; for what need not be read back."""
    return hashlib.sha256(text.encode()).hexdigest()

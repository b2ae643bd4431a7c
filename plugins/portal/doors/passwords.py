"""Passwords of clients."""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from crm.furniture import N_, Refused, config, keep, once_per_app
from plugins.portal.doors import queries
from plugins.portal.doors.models import Account

LEAST, MOST = 8, 200
OBVIOUS = ("wachtwoord", "password", "welkom", "qwerty", "azerty", "geheim", "hypotheek", "kluis", "12345", "abcde")
DIFFERENT = 5  # signs at least, when obvious words are left out


def hasher() -> PasswordHasher:
    """argon2id at this installation's cost."""

    def make() -> PasswordHasher:
        return PasswordHasher(
            time_cost=config("KLUIS_ARGON2_ROUNDS"), memory_cost=config("KLUIS_ARGON2_MEMORY"), parallelism=1
        )

    return once_per_app("portal.passwords", make)


def choose(account: Account, password: str) -> None:
    """Give an account this password; its invitation lets nobody in any more.

    Raises Refused for one that is short or easy to guess (NIST SP 800-63B: length counts, not odd signs).
    """
    if len(password) < LEAST:
        raise Refused(N_("Kies 8 tekens of meer."))
    if len(password) > MOST:
        raise Refused(N_("Kies ten hoogste 200 tekens."))
    if is_obvious(password, queries.contact(account)):
        raise Refused(N_("Dit is te makkelijk te raden. Neem 3 woorden die niets met elkaar te maken hebben."))
    account.password, account.link = hasher().hash(password), ""
    keep(account)


def is_obvious(password: str, contact: queries.Contact) -> bool:
    """True for little more than a word that everybody tries, or one's own name or address."""
    rest = password.lower()
    own = [contact.first_name, *contact.email.replace("@", " ").replace(".", " ").split(), contact.mobile[-8:]]
    for word in (*OBVIOUS, *(word.lower() for word in own if len(word) > 2)):
        rest = rest.replace(word, "")
    return len(rest) < LEAST - 4 or len(set(rest)) < DIFFERENT


def is_right(account: Account | None, password: str) -> bool:
    """Is this the account's password? Takes as long when there is no account."""
    known = account.password if account is not None and account.password else nobody()
    try:
        right = hasher().verify(known, password[:MOST])
    except (VerificationError, InvalidHashError):
        return False
    return right and account is not None


def nobody() -> str:
    """The hash of a password that nobody has."""
    return once_per_app("portal.nobody", lambda: hasher().hash("nobody has this password"))

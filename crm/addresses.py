"""What an e-mail address is, wherever one is typed, pasted, sent along or mailed to. Pure functions.

An address is right when the office's own mail server can send to it: in front of the @ only ASCII (SMTPUTF8, RFC 6531,
is rare among servers), behind it a domain that may have other letters (IDNA).
"""

import re
import unicodedata
from email.utils import parseaddr
from functools import lru_cache

from email_validator import EmailNotValidError, validate_email

from crm.texts import N_

NO_AT = N_("Een e-mailadres heeft een @, zoals naam@voorbeeld.nl.")
NO_ADDRESS = N_("Dit is geen e-mailadres. Kijk na of er geen teken te veel of te weinig staat.")
ONE_ONLY = N_("Schrijf hier één e-mailadres.")
NOT_ASCII = N_("Voor de @ kunnen geen letters als ö of é staan: daarheen kan geen e-mail. Vraag om een ander adres.")
PLAIN = re.compile(r"[A-Za-z0-9_+\-]+(\.[A-Za-z0-9_+\-]+)*")
UNSEEN = ("Cf", "Cc")
SEPARATORS = ",;"
LONGEST = 64  # signs in front of the @ (RFC 5321)
NAMED = re.compile(r"(?P<name>.*?)\s*<\s*(?:mailto:)?(?P<address>[^<>]*)>", re.DOTALL | re.IGNORECASE)


class NoAddress(ValueError):
    """Why a text is no e-mail address, as a Dutch sentence."""


def email(text: str) -> str:
    """The one address in a text as it is kept, in small letters; empty stays empty.

    Read too: "Piet Jansen <piet@voorbeeld.nl>", "mailto:…", and an address with signs that nobody sees. Raises
    NoAddress.
    """
    found = split(text)
    if len(found) > 1:
        raise NoAddress(ONE_ONLY)
    return checked(found[0][1]).lower() if found else ""


def for_servers(text: str) -> str:
    """An address as mail servers write it: the domain in ASCII. Raises NoAddress."""
    name, _at, domain = checked(text).rpartition("@")
    return f"{name}@{ascii_domain(domain)}"


def split(text: str) -> list[tuple[str, str]]:
    """(name, address) of each mailbox in a text, in the notations of mail programs, unchecked.

    Between mailboxes stands a comma or a semicolon; a comma may be part of a name: "Jansen, Piet <…>; …".
    """
    found: list[tuple[str, str]] = []
    waiting = ""
    for piece, separator in pieces(seen(text)):
        waiting = f"{waiting}, {piece}" if waiting else piece
        if "@" in piece or (separator != "," and waiting):
            found.append(mailbox(waiting))
            waiting = ""
    return found


def pieces(text: str) -> list[tuple[str, str]]:
    """(text, the separator behind it) of what stands between separators that are outside quotes and brackets."""
    found, start, closing = [], 0, ""
    for place, sign in enumerate(text):
        if closing:
            closing = "" if sign == closing else closing
        elif sign in '"<(' and (sign != '"' or text.find('"', place + 1) > 0):
            closing = {'"': '"', "<": ">", "(": ")"}[sign]
        elif sign in SEPARATORS:
            found.append((text[start:place].strip(), sign))
            start = place + 1
    found.append((text[start:].strip(), ""))
    return [(piece, separator) for piece, separator in found if piece or separator == ";"]


def mailbox(text: str) -> tuple[str, str]:
    """(name, address) of one mailbox."""
    if match := NAMED.fullmatch(text):
        return match["name"].strip("\"' "), match["address"].strip()
    bare = re.sub(r"^mailto:", "", text, flags=re.IGNORECASE)
    name, address = parseaddr(bare) if "(" in bare else ("", bare)
    return name, address or bare


def seen(text: str) -> str:
    """The text without signs that nobody sees; wide letters and other spaces are the usual ones (NFKC)."""
    if text.isascii() and text.isprintable():
        return text.strip()
    kept = "".join(sign for sign in text if unicodedata.category(sign) not in UNSEEN)
    return unicodedata.normalize("NFKC", kept).strip()


def checked(text: str) -> str:
    """An address as it is written. Raises NoAddress."""
    name, _at, domain = seen(text).rpartition("@")
    if not name:
        raise NoAddress(NO_AT)
    if len(name) > LONGEST:
        raise NoAddress(NO_ADDRESS)
    if not name.isascii():
        raise NoAddress(NOT_ASCII)
    try:
        if PLAIN.fullmatch(name):
            return f"{name}@{tidy_domain(domain)}"
        return validate_email(f"{name}@{domain}", check_deliverability=False, allow_smtputf8=False).normalized
    except EmailNotValidError:
        raise NoAddress(NO_ADDRESS) from None


@lru_cache(maxsize=4096)
def tidy_domain(domain: str) -> str:
    """The domain as it is kept; few domains serve many addresses. Raises EmailNotValidError."""
    return validate_email(f"x@{domain}", check_deliverability=False).domain


@lru_cache(maxsize=4096)
def ascii_domain(domain: str) -> str:
    """A domain that was checked, in ASCII."""
    return validate_email(f"x@{domain}", check_deliverability=False).ascii_domain

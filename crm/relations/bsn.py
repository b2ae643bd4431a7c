"""Is there a burgerservicenummer in a text? An office may not keep one (domain.md §7.2). Pure functions.

Nine digits that pass the 11-test are one in eleven of all numbers of nine digits: telephone numbers without their zero,
numbers of loans and policies. What is written around them tells them apart.
"""

import re
from collections.abc import Iterator
from enum import IntEnum

import phonenumbers
from stdnum.exceptions import ValidationError as NumberError
from stdnum.nl import bsn

from crm.formats import fold

NINE_DIGITS = re.compile(r"(?<!\d)\d(?:[ .\-]?\d){8}(?!\d)")
ATTACHED = re.compile(r"(?:\+|\b0)[\d ().\-/]*$|[^\W\d_]$")  # what goes before these digits and belongs to them
SENTENCE = re.compile(r"[\n!?;]|(?<!nr)(?<!no)(?<!tel)(?<!ref)\.(?=\s|$)")
WORD = re.compile(r"[a-z]+")
AS_BSN = ("bsn", "burgerservice", "burger", "sofi", "fiscaal", "fiscale")
AS_OTHER = (
    "lening", "hypothe", "polis", "contract", "rekening", "klant", "relatie", "dossier", "zaak", "referentie",
    "kenmerk", "offerte", "factu", "order", "bestel", "verzeker", "pensioen", "deelnemer", "aanvraag", "inschrijf",
    "telefo", "mobiel", "mobile", "phone", "whatsapp", "bereik", "bellen", "loan", "mortgage", "policy", "account",
    "customer", "reference", "invoice",
)  # fmt: skip
OTHER_WORDS = {"tel", "telnr", "mob", "gsm", "fax", "bel", "belt", "app", "kvk", "rsin", "btw", "vat", "iban", "ref"}
NUMBER = {"nummer", "nr", "no", "number", "num"}
PASSED_OVER = NUMBER | {
    "is", "was", "met", "bij", "van", "de", "het", "mijn", "onze", "uw", "op", "onder", "the", "my", "with", "at", "of",
}  # fmt: skip
LOOKED_BACK = 2  # words that say something


class Doubt(IntEnum):
    """How sure it is that a text holds a BSN."""

    NONE, UNSURE, SURE = range(3)


def doubt(text: str) -> Doubt:
    """How sure it is of the number in the text that is likeliest to be a BSN."""
    return max(doubts(text), default=Doubt.NONE) if len(text) > 8 else Doubt.NONE


def doubts(text: str) -> Iterator[Doubt]:
    """The same of each number in the text that passes the 11-test."""
    found = [match for match in NINE_DIGITS.finditer(text) if passes(match[0])]
    phones = [(one.start, one.end) for one in phonenumbers.PhoneNumberMatcher(text, "NL")] if found else []
    for match in found:
        ends = [end for _start, end in (*phones, *(other.span() for other in found)) if end <= match.start()]
        before = text[max(ends, default=0) : match.start()]
        said = word_before(before)
        if said is Doubt.SURE:
            yield Doubt.SURE
        elif said is Doubt.NONE or any(start <= match.start() and match.end() <= end for start, end in phones):
            yield Doubt.NONE
        elif said is Doubt.UNSURE or is_part(before, text[match.end() :]) or is_mobile(match[0]):
            yield Doubt.UNSURE
        else:
            yield Doubt.SURE


def word_before(text: str) -> Doubt | None:
    """What the words before a number say of it: a BSN, something else, just "a number", or nothing."""
    sentence = SENTENCE.split("\n".join(fold(line) for line in text[-120:].split("\n")))[-1]
    words = WORD.findall(sentence)[::-1]
    telling = [word for word in words if word not in PASSED_OVER][:LOOKED_BACK]
    for word in telling:
        if word.startswith(AS_BSN):
            return Doubt.SURE
        if word in OTHER_WORDS or any(stem in word for stem in AS_OTHER):
            return Doubt.NONE
    return Doubt.UNSURE if words and words[0] in NUMBER else None


def is_part(before: str, after: str) -> bool:
    """True when digits between these belong to something longer: a number from abroad, a code, an e-mail address."""
    return bool(ATTACHED.search(before) or re.match(r"[^\W\d_]|@", after))


def is_mobile(number: str) -> bool:
    """True for a Dutch mobile number without its zero."""
    try:
        read = phonenumbers.parse(number, "NL")
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.number_type(read) == phonenumbers.PhoneNumberType.MOBILE


def passes(number: str) -> bool:
    """True for nine digits that pass the 11-test."""
    try:
        bsn.validate(number)
    except NumberError:
        return False
    return True

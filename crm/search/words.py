"""The words by which people, numbers and addresses are found. Pure functions over plain values, for `Source.words`.

words.join(
    words.person(r.first_name, r.initials, r.surname_prefix, r.surname),
    words.phones(r.phone, r.other_phone), r.email, words.birth_date(r.birth_date),
    words.address(r.street, r.house_number, r.house_number_suffix, r.postal_code, r.city),
)
"""

import datetime as dt
import re
from functools import lru_cache

from crm.formats import fold

PART = re.compile(r"[^\W_]+")
DASHES = re.compile(r"\s+[-–—]\s+|-")
SHORTER = {"der": "r", "den": "n"}


def split(text: str) -> list[str]:
    """Folded words without any punctuation: "Koster - Visser" gives koster, visser."""
    return PART.findall(fold(text))


def spread(text: str) -> list[str]:
    """Words as they stand in the index: an e-mail address whole, a word with punctuation in parts and as one."""
    found = []
    for piece in fold(text).split():
        if piece.isalnum() or "@" in piece:
            found.append(piece)
            continue
        parts = PART.findall(piece)
        found += parts
        if len(parts) > 1:
            found.append("".join(parts))
    return found


def join(*texts: str) -> str:
    """One text of several; empty ones are left out."""
    return " ".join(text for text in texts if text)


@lru_cache(maxsize=1024)
def abbreviations(prefix: str) -> str:
    """How people shorten a tussenvoegsel: "van der" as vd and vdr, "in 't" as it."""
    parts = split(prefix)
    if len(parts) < 2:
        return ""
    short = "".join(part[0] for part in parts)
    return join(short, short + SHORTER[parts[-1]] if parts[-1] in SHORTER else "")


def person(first_name: str = "", initials: str = "", prefix: str = "", surname: str = "") -> str:
    """A person's names: in full, with the tussenvoegsel written out, shortened and glued on, and the initials."""
    found = [first_name, prefix, surname]
    if prefix:
        parts = split(surname)
        found += ["".join(split(prefix)) + (parts[0] if parts else ""), abbreviations(prefix)]
    if " " in surname:
        found += ["".join(split(part)) for part in DASHES.split(surname) if " " in part]
    if " " in first_name:
        found.append("".join(split(first_name)))
    if initials:
        letters = split(initials)
        found += [*letters, "".join(letters) if len(letters) > 1 else ""]
    return join(*found)


def phones(*numbers: str) -> str:
    """E.164 numbers as digits, Dutch ones also with the leading zero; parts of it are found anywhere in them."""
    found = []
    for number in numbers:
        digits = number.lstrip("+")
        found.append(digits)
        if digits.startswith("31"):
            found.append("0" + digits[2:])
    return join(*found)


def address(street: str = "", number: str = "", suffix: str = "", postal_code: str = "", city: str = "") -> str:
    """Street and number, postcode with and without its space, postcode directly followed by the number, and town."""
    whole = "".join(split(f"{number} {suffix}"))
    found = [street, number, suffix]
    code = "".join(split(postal_code))
    if code:
        found += [code, whole, f"{code[:4]} {code[4:]}" if len(code) == 6 else ""]
    elif suffix:
        found.append(whole)
    return join(*found, city)


def birth_date(day: dt.date | None) -> str:
    """A date as ddmmyyyy; typed dates are brought to the same form."""
    return f"{day:%d%m%Y}" if day else ""


def sort_key(surname: str, first_name: str = "") -> str:
    """What persons are put in order by, and what tells a surname from the other words: "koster-visser, willem".

    In the order of bytes a comma goes before a dash and both before letters: "jansen, …" comes before "jansen-x, …",
    and that before "jansens, …".
    """
    return f"{'-'.join(split(surname))}, {' '.join(split(first_name))}"


def later_parts(sort_key: str) -> list[str]:
    """A sort key from each later part of its surname on: "koster-visser, willem" gives ["visser, willem"]."""
    dashes = [place for place, sign in enumerate(sort_key.partition(",")[0]) if sign == "-"]
    return [sort_key[place + 1 :] for place in dashes]


def hay(text: str) -> str:
    """A source's text as it is kept: folded words, a space before and after each."""
    return f" {' '.join(spread(text))} "


def vocabulary(hay: str) -> set[str]:
    """The words of a hay in which somebody may make a typing mistake: letters only, three or more."""
    return {word for word in hay.split() if len(word) >= 3 and word.isalpha()}

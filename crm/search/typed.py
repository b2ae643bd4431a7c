"""What somebody types into the search box, taken apart. Pure functions.

A telephone number in any notation, a postcode, a date and an e-mail address become one term each; the rest are words.
"""

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby

from crm.formats import fold
from crm.names import PREFIXES
from crm.search.words import PART, split

MOST_TERMS = 8
MOST_CHARACTERS = 120
LONGEST_SURNAME = 4  # words
MOST_SURNAMES = 20
NO_SURNAME = {word for prefix in PREFIXES for word in split(prefix)} | {"vd", "vdr", "vdn", "d", "s", "v"}
APOSTROPHES = str.maketrans("", "", "'’‘`ʼ")
BETWEEN = r"[\s().\-/]*"
INTERNATIONAL = re.compile(rf"(?<!\w)(?:\+|00)(?:{BETWEEN}\d){{4,15}}")
NATIONAL = re.compile(rf"(?<!\w)0(?:{BETWEEN}\d){{2,9}}")
SUBSCRIBER = re.compile(r"(?<!\w)\d(?:[\s.\-/]*\d){7,14}")
EMAIL = re.compile(r"[\w.+\-]*@[\w.+\-]*")
DATE = re.compile(r"(?<!\d)(\d{1,2})[-/. ](\d{1,2})[-/. ]((?:19|20)\d{2})(?!\d)")
ISO_DATE = re.compile(r"(?<!\d)((?:19|20)\d{2})-(\d{1,2})-(\d{1,2})(?!\d)")
POSTCODE = re.compile(
    r"(?<![a-z0-9])([1-9]\d{3})\s?([a-z]{2})(?![a-z])"
    r"(?:[\s,]*(?:nr\.?\s*)?(?<!\d)(\d{1,5})(?:[\s-]*([a-z]{1,2}))?(?![a-z0-9]))?"
)


@dataclass(frozen=True)
class Term:
    """One thing a record must have, as LIKE patterns from strict to loose: a whole word, its start, part of it."""

    text: str
    whole: str
    start: str
    inside: str

    @property
    def is_name(self) -> bool:
        """True for letters only: what may be a surname, and may have a typo."""
        return self.text.isalpha()

    @property
    def patterns(self) -> tuple[str, str, str]:
        return self.whole, self.start, self.inside


def word(text: str) -> Term:
    """A word; a short one counts only where a word begins, or it would be found everywhere."""
    start = f"% {text}%"
    return Term(text, f"% {text} %", start, f"%{text}%" if len(text) > 3 else start)


def beginning(text: str) -> Term:
    """Something that stands at the beginning of a word, such as a postcode."""
    return Term(text, f"% {text} %", f"% {text}%", f"% {text}%")


def anywhere(text: str) -> Term:
    """Digits of a telephone number, a piece of an e-mail address."""
    return Term(text, *[f"%{text}%"] * 3)


def terms(text: str) -> list[Term]:
    """What is asked for, at most MOST_TERMS things."""
    rest = fold(text[:MOST_CHARACTERS]).translate(APOSTROPHES)
    found: list[Term] = []

    def take(pattern: re.Pattern[str], make: Callable[[re.Match[str]], Term | None]) -> None:
        def replace_one(match: re.Match[str]) -> str:
            term = make(match)
            if term is None:
                return match[0]
            found.append(term)
            return " "

        nonlocal rest
        rest = pattern.sub(replace_one, rest)

    take(EMAIL, lambda match: anywhere(match[0]) if len(match[0]) > 2 else None)
    take(DATE, lambda match: date(match[3], match[2], match[1]))
    take(ISO_DATE, lambda match: date(match[1], match[2], match[3]))
    take(POSTCODE, lambda match: beginning(f"{match[1]}{match[2]} {match[3] or ''}{match[4] or ''}".strip()))
    take(INTERNATIONAL, lambda match: anywhere(digits(match[0].replace("(0)", "")).removeprefix("00")))
    take(NATIONAL, lambda match: anywhere(digits(match[0])))
    take(SUBSCRIBER, lambda match: anywhere(digits(match[0])))
    return (found + [word(part) for part in PART.findall(rest)])[:MOST_TERMS]


def digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def date(year: str, month: str, day: str) -> Term | None:
    """A day as the index has it; None when there is no such day."""
    try:
        return beginning(f"{dt.date(int(year), int(month), int(day)):%d%m%Y}")
    except ValueError:
        return None


def names(asked: list[Term]) -> list[Term]:
    """The terms that may be a surname: not the tussenvoegsels, unless there is nothing else."""
    letters = [term for term in asked if term.is_name]
    return [term for term in letters if term.text not in NO_SURNAME] or letters


def surnames(text: str) -> list[str]:
    """What may be a whole surname, as `words.sort_key` writes it: each word and each few words in a row.

    "jan el amrani" gives jan, jan-el, jan-el-amrani, el-amrani and amrani; a letter or a tussenvoegsel alone is none,
    unless there is nothing else.
    """
    found: dict[tuple[str, ...], None] = {}
    for are_letters, group in groupby(split(text[:MOST_CHARACTERS]), str.isalpha):
        row = tuple(group) if are_letters else ()
        for start in range(len(row)):
            found |= dict.fromkeys(row[start:end] for end in range(start + 1, start + LONGEST_SURNAME + 1))
    likely = [words for words in found if any(len(word) > 1 and word not in NO_SURNAME for word in words)]
    return ["-".join(words) for words in likely or found][:MOST_SURNAMES]


def phrase(asked: list[Term]) -> str | None:
    """A pattern for all words in a row, as typed; None when there is but one, or not only words."""
    row = " ".join(term.text for term in asked)
    return f"% {row}%" if len(asked) > 1 and all(term.whole == f"% {term.text} %" for term in asked) else None


def can_use_index(patterns: list[str]) -> bool:
    """True when one of the patterns is long enough not to be found in half of all records."""
    return any(len(pattern.strip("%")) > 3 for pattern in patterns)


def has_trigram(pattern: str) -> bool:
    """True when FTS5 may be given this pattern: without three characters in a row, next to another, it crashes."""
    return any(len(run) > 2 for run in re.split("[%_]", pattern))

"""Which words may have been meant by one with a typo: a letter too many, too few, wrong, or two swapped."""

from collections.abc import Iterable, Sequence

from rapidfuzz.distance import OSA
from sqlalchemy import ColumnElement, Select, func, or_, select, union_all
from sqlalchemy.orm import InstrumentedAttribute

from crm.db import db
from crm.search.models import Word

SHORTEST = 3
MOST = 8
LAST = "\uffff"


def alternatives(texts: Iterable[str]) -> dict[str, list[str]]:
    """For each word the known words at most one typo away, likeliest first; one statement for all.

    A word that is known itself is the first of its own.
    """
    asked = [text for text in dict.fromkeys(texts) if len(text) >= SHORTEST]
    if not asked:
        return {}
    found: Sequence[str] = db.session.scalars(union_all(*(halves(text) for text in asked))).all()
    return {text: nearest(text, found) for text in asked}


def halves(text: str) -> Select[str]:
    """Words of about this length that begin or end like it: one typo leaves one of both ends whole."""
    cut = len(text) // 2
    head, tail = text[:cut], text[cut + 1 :][::-1]
    return select(Word.word).where(
        or_(begins(Word.word, head), begins(Word.backwards, tail)),
        func.length(Word.word).between(len(text) - 2, len(text) + 2),
    )


def begins(column: InstrumentedAttribute[str], text: str) -> ColumnElement[bool]:
    """True where a column begins with a text: a range of its index."""
    return (column >= text) & (column < text + LAST)


def nearest(text: str, words: Sequence[str]) -> list[str]:
    """At most MOST of the words that differ by one typo; ij and y are the same letter to who hears a name."""
    near = [(score, word[0] != text[0], word) for word in set(words) if (score := apart(text, word)) <= 1]
    return [word for _score, _initial, word in sorted(near)[:MOST]]


def apart(one: str, other: str) -> int:
    """The number of typos between two words, 2 when there are more than one."""
    return min(OSA.distance(one, other, score_cutoff=1), OSA.distance(heard(one), heard(other), score_cutoff=1))


def heard(word: str) -> str:
    return word.replace("ij", "y")

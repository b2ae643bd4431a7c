"""Which encoding a file without a mark is in, by the letters each would give: never wrong letters in silence."""

import re
from collections import Counter
from collections.abc import Iterable

from crm.texts import N_

# What files of one byte a letter come in, with what makes such files.
CANDIDATES = {"cp1252": N_("Windows"), "mac_roman": N_("Excel op een Mac"), "cp850": N_("DOS, een ouder programma")}
WORD = re.compile(rb"[A-Za-z'\-\x80-\xff]*[\x80-\xff][A-Za-z'\-\x80-\xff]*")
MOST_WORDS = 5_000
SHOWN = 3
OFTEN = frozenset("éëöüïèäáêçó")
KNOWN = frozenset("àâåãæîíìôòøõûúùñœßÿýšž")
DASHES, QUOTES, SIGNS = "–—", "’‘“”", "€°½·²³ºª§£«»…\u00a0"
SURE, LIKELY, WRONG = 1.2, 0.4, 0.1  # means of what letters weigh; the share of letters that cannot be


def words_in(blocks: Iterable[bytes]) -> Counter[bytes]:
    """The words of a file with bytes beyond ASCII, with how often they occur; at most MOST_WORDS of them."""
    found: Counter[bytes] = Counter()
    rest = b""
    for block in blocks:
        text = rest + block
        cut = max(text.rfind(b"\n"), text.rfind(b"\r")) + 1
        rest = text[cut:] if cut else text[-200:]
        if len(found) < MOST_WORDS:
            found.update(WORD.findall(text[: cut or None]))
    found.update(WORD.findall(rest))
    return found


def choose(words: Counter[bytes]) -> tuple[str, dict[str, str]]:
    """(the likeliest encoding, {encoding: words as it reads them} of those that may be meant too).

    The second is empty when one encoding alone gives words; else somebody is to be asked.
    """
    found = {encoding: weigh(words, encoding) for encoding in CANDIDATES}
    best = max(found, key=lambda encoding: found[encoding][0])
    likely = [encoding for encoding, (mean, wrong) in found.items() if mean > LIKELY and wrong < WRONG]
    if likely == [best] and found[best][0] >= SURE:
        return best, {}
    shown = [word for word, _count in words.most_common(SHOWN)]
    return best, {encoding: ", ".join(read(word, encoding) for word in shown) for encoding in CANDIDATES}


def read(word: bytes, encoding: str) -> str:
    return word.decode(encoding, errors="replace")


def weigh(words: Counter[bytes], encoding: str) -> tuple[float, float]:
    """What the letters beyond ASCII weigh on average as this encoding reads them, and the share that cannot be."""
    weights: Counter[int] = Counter()
    for word, times in words.items():
        text = read(word, encoding)
        for place, letter in enumerate(text):
            if letter > "\x7f":
                weights[weight(text, place)] += times
    count = weights.total()
    if not count:
        return 0, 0
    return sum(weight * times for weight, times in weights.items()) / count, weights[-3] / count


def weight(word: str, place: int) -> int:
    """How well a letter stands where it stands: 3 for é, 1 for ž, -3 for a sign or a capital within a word."""
    letter, before, after = word[place], word[place - 1 : place], word[place + 1 : place + 2]
    if letter in QUOTES:
        return 1 if before.isalpha() != after.isalpha() or (letter == "’" and after.isalpha()) else -3
    if letter in DASHES or letter in SIGNS:
        return 1 if not (before.isalpha() or after.isalpha()) else -3
    if not letter.isalpha() or letter.lower() not in OFTEN | KNOWN:
        return -3
    others = [sign for sign in word if sign.isalpha() and sign.isascii()]
    if letter.isupper() and before.isalpha() and not before.isupper():
        return -3
    if letter.islower() and len(others) > 1 and all(sign.isupper() for sign in others):
        return -3
    return 3 if letter.lower() in OFTEN else 1

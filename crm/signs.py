"""Which signs of Unicode a text keeps: none that no database keeps, none that cannot be seen and mean nothing."""

import re
import unicodedata
from typing import Any

import idna

# Control characters but tab and line ends, and halves of a pair: PostgreSQL keeps no NUL, UTF-8 has no lone surrogate.
CONTROLS = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff"
# Unicode's property Default_Ignorable_Code_Point and the marks of annotations: signs of direction, spaces without
# width, soft hyphens, fillers. Those below mean something in the right place.
JOINERS = r"\u200c\u200d"
VARIANTS = r"\u180b-\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef"
TAGS = r"\U000e0020-\U000e007f"
INVISIBLE = (
    r"\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    r"\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
SUSPECT = re.compile(f"[{CONTROLS}{INVISIBLE}]")
UNSEEN = re.compile(f"[{INVISIBLE}]")
MEANT = re.compile(f"[{JOINERS}{VARIANTS}{TAGS}]")
TAG, FLAG = re.compile(f"[{TAGS}]"), "\U0001f3f4"
SYMBOLS = ("So", "Sk", "Sm")
AROUND = 30  # letters on either side that tell whether a joiner does something


def clean(text: str) -> str:
    """The text as it is kept: composed (NFC), without controls and without what cannot be seen.

    A joiner stays where a script (RFC 5892, appendix A) or an emoji needs it, a variation selector behind a sign that
    has variants, a tag in a flag.
    """
    if text.isascii() and text.isprintable():
        return text
    if SUSPECT.search(text):
        text = without_idle("".join(sign for sign in text if MEANT.match(sign) or not SUSPECT.match(sign)))
    return unicodedata.normalize("NFC", text)


def cleaned(value: Any) -> Any:
    """The same for all texts in what JSON gave."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list):
        return [cleaned(one) for one in value]
    return {cleaned(key): cleaned(one) for key, one in value.items()} if isinstance(value, dict) else value


def without_idle(text: str) -> str:
    """The text without joiners, selectors and tags that do nothing where they stand."""
    kept = ""
    for place, sign in enumerate(text):
        if not MEANT.match(sign) or works(sign, kept[-AROUND:], text[place + 1 : place + 1 + AROUND]):
            kept += sign
    return kept


def works(sign: str, before: str, after: str) -> bool:
    """True for a joiner, selector or tag that changes how the text around it is shown."""
    last = before[-1:]
    if not last:
        return False
    if TAG.match(sign):
        return last == FLAG or bool(TAG.match(last))
    if sign not in "\u200c\u200d":
        return unicodedata.category(last)[0] in "SPN" or unicodedata.category(last) in ("Lo", "Lm")
    if sign == "\u200d" and after and unicodedata.category(after[0]) in SYMBOLS:
        return unicodedata.category(last) in SYMBOLS or last == "\ufe0f"
    try:
        return bool(idna.valid_contextj(before + sign + after, len(before)))
    except ValueError:  # beside a sign that has no name
        return False

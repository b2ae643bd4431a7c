"""How names are written: of people, streets and towns. Pure functions.

The rules are those of the Dutch language (Taaladvies and the Leidraad): IJ is one letter, 's and 't have no capital, a
tussenvoegsel has none behind another name.
"""

import re

PREFIXES = {
    "van", "de", "der", "den", "het", "'t", "'s", "ten", "ter", "te", "in", "op", "aan", "bij", "onder", "over", "uit",
    "uijt", "voor", "v.d.", "v/d", "v.", "vd", "von", "vom", "zu", "zum", "zur", "la", "le", "les", "du", "des", "el",
    "d'", "da", "das", "dos", "del", "della", "di", "af", "av",
}  # fmt: skip
# Words that have no capital behind another word, in the names of places too: Bergen op Zoom, Berg en Dal.
SMALL = PREFIXES | {"en", "a/d", "o/d", "om", "tot", "und", "y", "e"}
APOSTROPHES = str.maketrans(dict.fromkeys("’‘ʼ`´′", "'"))
WORDS = re.compile(r"(\s+|-)")
# Where a letter may be a capital: at the start of a word, behind digits never, behind a bracket, a dot or an
# apostrophe that more than a clipped word follows.
STARTS = re.compile(r"(^['’‘]?|[.(/]|(?<=\w)['’‘](?=\w\w))(\w)")
CLIPPED = re.compile(r"['’‘][stn]\b", re.IGNORECASE)
# The Dutch letter IJ; before a vowel it is an I and a J: Ijaz, Ijeoma.
LETTER_IJ = re.compile(r"ij(?![aeiou])", re.IGNORECASE)


def straight(text: str) -> str:
    """The text with the typewriter's apostrophes, for comparing."""
    return text.translate(APOSTROPHES)


def tidy(text: str) -> str:
    """A name typed without care: "JANSEN" and "jansen" become "Jansen"; mixed case is left alone."""
    text = " ".join(text.split())
    if not (text.isupper() or text.islower()):
        return text
    parts = WORDS.split(lower(text))
    turkish = is_turkish(text)
    last = len(parts) - 1
    return "".join(
        part if place and place < last and straight(part) in SMALL else capital(part, turkish)
        for place, part in enumerate(parts)
    )


def is_turkish(text: str) -> bool:
    """True for a text with a letter that only Turkish has: there i and ı are two letters, with capitals İ and I."""
    return any(letter in "İıĞğ" for letter in text)


def lower(text: str) -> str:
    """Small letters as the language of the text has them."""
    return text.replace("I", "ı").replace("İ", "i").lower() if is_turkish(text) else text.lower()


def capital(word: str, turkish: bool = False) -> str:
    """A word in small letters with its capital: "Jansen", "IJsbrand", "O'Neill", "McDonald", "'t", "Şahin"."""
    if CLIPPED.match(word):
        return word
    word = STARTS.sub(lambda found: found[1] + upper(found[2], turkish), word)
    if LETTER_IJ.match(word):
        return f"IJ{word[2:]}"
    if word.startswith("Mc") and len(word) > 4:
        return f"Mc{word[2].upper()}{word[3:]}"
    return word


def upper(letter: str, turkish: bool) -> str:
    """One letter's capital; a letter without one of its own stays."""
    large = "İ" if turkish and letter == "i" else letter.upper()
    return large if len(large) == 1 else letter


def split_surname(text: str) -> tuple[str, str]:
    """("van der", "Berg") from "van der Berg"; no prefix gives ("", text)."""
    words = text.split()
    count = 0
    while count < len(words) - 1 and straight(words[count].lower()) in PREFIXES:
        count += 1
    return " ".join(words[:count]).lower(), " ".join(words[count:])


def initials(text: str, first_name: str = "") -> str:
    """ "aj", "A J" and "a.j." become "A.J."; "Th.M." and "IJ." keep their two letters, "J-P" its hyphen.

    Without dots each letter is one; "ij" is one where the first name says so.
    """
    if "." in text or " " in text:
        parts = re.split(r"[.\s]+", text)
    elif LETTER_IJ.match(text) and first_name and initial(first_name) == "IJ":
        parts = ["IJ", *re.findall(r"-?[^\W_]", text[2:])]
    else:
        parts = re.findall(r"-?[^\W_]", text) or [text]
    return "".join(f"{one_initial(part)}." for part in parts if part)


def one_initial(part: str) -> str:
    """The letters of one initial: "J", "-P", "Th", "IJ"."""
    hyphen, letters = ("-", part[1:]) if part.startswith("-") else ("", part)
    if letters.lower() == "ij":
        return f"{hyphen}IJ"
    return hyphen + upper(letters[:1], False) + letters[1:].lower()


def initial(name: str) -> str:
    """What a name begins with, as an initial: "S" of Sanne, "IJ" of IJsbrand."""
    return "IJ" if LETTER_IJ.match(name) else name[:1].upper()

"""The words between {{ }}: who knows them, whether a text uses them well, and filling them in, once."""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from crm.host import Names, ask, collect, hook
from crm.texts import N_, said

WORD = re.compile(r"\{\{\s*([^{}\s]*)\s*\}\}")
LINE = re.compile(r"^[ \t]*\{\{\s*([^{}\s]*)\s*\}\}[ \t]*\n?", re.MULTILINE)
BLOCK = "blok."
U, JE, JULLIE = "u", "je", "jullie"


@dataclass(frozen=True)
class Placeholder:
    """A word a template may use, and what it stands for now.

    `value` is plain text; of a block (`is_block`) it is markup of the answering room or plugin. An empty value blocks
    sending, an empty block is left out. `fill_in` is the record on which a user fills in what is empty. `instead`,
    markup, takes the place of the whole line in a body when the word has nothing to say.
    """

    name: str
    title: str
    value: str = ""
    is_block: bool = False
    fill_in: Any = None
    instead: str = ""


@dataclass(frozen=True)
class Recipient:
    """Someone a mail about a record goes to. `address_form` is "u" or "je".

    `has_left` says whether he is no longer the client's; asked at sending, as then the sender must have seen that.
    """

    name: str
    email: str
    address_form: str = "u"
    has_left: Callable[[], bool] | None = None


@dataclass
class Filled:
    """A text with its words filled in. What could not be filled in still stands in it as {{ word }}."""

    text: str
    used: dict[str, str] = field(default_factory=dict)
    empty: list[Placeholder] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def known(subject: Any, appointment: Any, user: Any, failed: list[str] | None = None) -> dict[str, Placeholder]:
    """Every word by name; `subject` None gives the names only. A room above answers before one below.

    `failed` is told which plugins did not say theirs: what they know is missing, and no message is made without it.
    """
    found: dict[str, Placeholder] = {}
    for word in ask(hook.placeholders, failed, subject=subject, appointment=appointment, user=user):
        if word.name not in found or (word.value and not found[word.name].value):
            found[word.name] = word
    return found


def check_names() -> None:
    """Raises host.PluginError for a word of a plugin that another one has, or the core: asked at the start, with the
    database. Rooms share words, for each knows them of its own records."""
    names = Names("placeholder", rooms_share=True)
    for owner, word in collect(hook.placeholders, subject=None, appointment=None, user=None):
        names.take(word.name, owner)


def recipients(subject: Any, failed: list[str] | None = None) -> list[Recipient]:
    """Whom a mail about this record is for, the client first; `failed` as in `known`."""
    return ask(hook.recipients, failed, subject=subject)


def unsaid(failed: list[str]) -> list[str]:
    """Who did not say his words or recipients, as sentences."""
    text = N_("Het onderdeel %(name)s werkt nu niet: er kan iets in de tekst ontbreken. Probeer het later opnieuw.")
    return [said(text, name=name) for name in dict.fromkeys(failed)]


def form_of(people: Sequence[Recipient]) -> str:
    """How to address these people: u as soon as one is addressed so, jullie for more than one, else je."""
    if not people or any(person.address_form == U for person in people):
        return U
    return JULLIE if len(people) > 1 else JE


def problems(text: str, names: Mapping[str, Any], absent_blocks: Mapping[str, str]) -> list[str]:
    """What is wrong with a template's text, as Dutch sentences: unknown words and braces that do not match."""
    found = []
    for name in dict.fromkeys(WORD.findall(text)):
        if name not in names and name not in absent_blocks:
            found.append(f"{{{{ {name} }}}} bestaat niet{nearest(name, names)}.")
    rest = WORD.sub("", text)
    if "{{" in rest or "}}" in rest:
        found.append("Er staat een {{ of }} zonder wederhelft.")
    return found


def nearest(name: str, names: Mapping[str, Any]) -> str:
    """ "; bedoelt u {{ klant.voornaam }}?" when a known name looks like this one."""
    from rapidfuzz import process

    best = process.extractOne(name, list(names), score_cutoff=75)
    return f"; bedoelt u {{{{ {best[0]} }}}}?" if best else ""


def fill(text: str, words: Mapping[str, Placeholder], escape: Callable[[str, str], str]) -> Filled:
    """Put the values into a text, each once: what looks like a word inside a value stays as it is.

    `escape(value, before)` makes a value harmless where it lands; `before` is the text in front of it. Empty and
    unknown words and absent blocks stay where they are; `used` maps each word to a digest of its value.
    """
    filled = Filled(text)

    def one(match: re.Match[str]) -> str:
        name = match[1]
        word = words.get(name)
        if word is None or not word.value:
            note_missing(filled, name, word)
            return match[0]
        filled.used[name] = digest(word.value)
        return word.value if word.is_block else escape(word.value, text[: match.start()])

    filled.text = WORD.sub(one, text)
    return filled


def fill_body(text: str, words: Mapping[str, Placeholder], escape: Callable[[str, str], str]) -> Filled:
    """As `fill`, after the lines whose word has nothing to say have made place for what is said instead."""
    return fill("\n".join(said_instead(line, words) for line in text.split("\n")), words, escape)


def said_instead(line: str, words: Mapping[str, Placeholder]) -> str:
    """The line itself, unless one of its words has nothing to say."""
    named = (words[name] for name in WORD.findall(line) if name in words)
    return next((word.instead for word in named if word.instead and not word.value), line)


def note_missing(filled: Filled, name: str, word: Placeholder | None) -> None:
    """Sort a word without a value: an absent block, an empty word or an unknown one."""
    if name.startswith(BLOCK):
        filled.left_out.append(word.title if word else name)
    elif word is None:
        filled.unknown.append(name)
    elif word not in filled.empty:
        filled.empty.append(word)


def without_blocks(text: str) -> str:
    """The text as it is sent: the blocks nobody filled in are gone, with the line they stood on."""

    def drop(match: re.Match[str]) -> str:
        return "" if match[1].startswith(BLOCK) else match[0]

    return WORD.sub(drop, LINE.sub(drop, text))


def blocks_in(text: str) -> list[str]:
    """Names of the blocks nobody filled in, which are left out."""
    return [name for name in dict.fromkeys(WORD.findall(text)) if name.startswith(BLOCK)]


def unfilled(text: str) -> list[str]:
    """Words that still stand in a text that is to be sent."""
    return [name for name in dict.fromkeys(WORD.findall(text)) if not name.startswith(BLOCK)]


def digest(value: str) -> str:
    """A short fingerprint of a value, to see later that it changed without keeping it twice."""
    return hashlib.sha256(value.encode()).hexdigest()[:16]

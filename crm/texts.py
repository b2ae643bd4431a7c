"""Texts and dates in the language of who reads them; `crm.formats` has them as letters to clients do, in Dutch."""

import datetime as dt
import tomllib
from collections.abc import Iterator
from typing import IO, Any

from flask import g, has_app_context
from flask_babel import get_locale, get_translations
from flask_babel.speaklater import LazyString

from crm import formats


def N_(text: str) -> str:
    """Marks a text for the catalogue of translations; `_` of it is taken where it is shown."""
    return text


def gettext(text: str, /, **values: Any) -> str:
    """`_`: a Dutch text in the language of who reads this, with `values` in it; Dutch without an app.

    A page has a hundred of them; Flask-Babel's own way there finds the request's catalogue anew for each.
    """
    if has_app_context():
        if "catalogue" not in g:
            g.catalogue = get_translations()
        text = g.catalogue.ugettext(text)
    return text % values if values else text


def lazy_gettext(text: str, /, **values: Any) -> LazyString:
    """`_` for what is written down before anybody reads it: translated when it becomes text."""
    return LazyString(gettext, text, **values)


def said(text: str, **values: Any) -> str:
    """A Dutch text in the language of who reads it, with `values` in it; those that the catalogue knows (a status, a
    bron) are translated too. Without an app it stays Dutch."""
    if not text or not has_app_context():
        return text % values if values else text
    words = {name: gettext(value) if isinstance(value, str) and value else value for name, value in values.items()}
    return str(gettext(text, **words))


def language() -> str:
    """The language of who reads this: "nl" or "en"; Dutch without an app."""
    if not has_app_context():
        return "nl"
    if "language" not in g:
        g.language = str(get_locale() or "nl")
    found: str = g.language
    return found


def long_date(day: dt.date) -> str:
    """ "dinsdag 3 juni 2025", "Tuesday 3 June 2025"."""
    return formats.long_date(day, language())


def day_label(day: dt.date) -> str:
    """ "di 3 jun", "Tue 3 Jun"."""
    return formats.day_label(day, language())


def clock(moment: dt.datetime) -> str:
    """ "10.00 uur", "10:00"."""
    return formats.clock(moment, language())


def when(moment: dt.datetime) -> str:
    """ "vandaag 09:41", "today 09:41"."""
    return formats.when(moment, language())


def extract_titles(file: IO[bytes], *_keywords: object, options: object) -> Iterator[tuple[int, None, str, list[str]]]:
    """What the things of a file in config/content are called, for `make texts` (babel.cfg)."""
    for title in titles(tomllib.load(file)):
        yield 0, None, title, []


def titles(content: Any) -> Iterator[str]:
    """The title of everything that has a key, at any depth."""
    if isinstance(content, list):
        for one in content:
            yield from titles(one)
    elif isinstance(content, dict):
        if "key" in content:
            yield content.get("title") or content["name"]
            yield from filter(None, [content.get("phase")])
        for value in content.values():
            yield from titles(value)

"""From blocks of text to a PDF: tagged for reading aloud (PDF/UA-1, ISO 14289-1), in fonts that Sleutel brings.

The layout is `templates/document_templates/layout.typ`; it gets what it shows as data, never as source, so that no text
can be more than text.
"""

import datetime as dt
import json
import re
from functools import cache
from typing import Any, Literal

import typst

from crm import formats, paths
from crm.records import Refused

STANDARD: Literal["ua-1"] = "ua-1"
NO_SIGN = re.compile(r'the text `"(.+?)"` could not be displayed')


@cache
def fonts() -> typst.Fonts:
    """Our own fonts and nothing of this machine: the same text looks the same everywhere."""
    return typst.Fonts(include_system_fonts=False, font_paths=[paths.static() / "vendor" / "pdf-fonts"])


@cache
def layout() -> bytes:
    """The layout, in Typst."""
    return (paths.templates() / "document_templates" / "layout.typ").read_bytes()


def pdf(title: str, blocks: list[dict[str, Any]], office: str, colour: str, moment: dt.datetime) -> bytes:
    """A document as PDF. `blocks` are those of `markup.blocks`, `colour` is "#rrggbb", `moment` is aware.

    Raises Refused when a sign in it is in none of the fonts: whoever listens to it would miss that.
    """
    day = formats.local(moment).date()
    data = {
        "title": title,
        "blocks": blocks,
        "office": office,
        "colour": colour,
        "date": formats.long_date(day),
        "day": [day.year, day.month, day.day],
    }
    try:
        return typst.compile(
            layout(),
            format="pdf",
            font_paths=fonts(),
            ignore_system_fonts=True,
            sys_inputs={"data": json.dumps(data)},
            pdf_standards=STANDARD,
            timestamp=moment.replace(microsecond=0),
        )
    except typst.TypstError as error:
        if found := dict.fromkeys(NO_SIGN.findall(str(error))):
            signs = " ".join(found)
            raise Refused("Deze tekens kunnen niet in een PDF: %(signs)s. Haal ze weg.", signs=signs) from None
        raise

"""A form field that chooses one record out of many, by the search box's own answers: never a list of all."""

import re
from dataclasses import dataclass
from typing import Any

from flask import render_template, url_for
from flask_login import current_user
from markupsafe import Markup
from wtforms import Field
from wtforms.validators import StopValidation
from wtforms.widgets import html_params

from crm.records import Ref, find, kinds, ref, title
from crm.search import queries
from crm.search.views import findable
from crm.texts import N_
from crm.texts import gettext as _

OFFERED = 8
WAS = "was:"  # in front of what was searched for before, so that other words are searched for anew


@dataclass(frozen=True)
class Option:
    """One record to choose; `value` is "kind:id"."""

    value: str
    title: str
    detail: str = ""


class RecordWidget:
    """A text field to search with, and what was found to choose from; picker.js makes one combobox of it."""

    def __call__(self, field: "RecordField", **attributes: Any) -> Markup:
        named = html_params(id=field.id, name=field.name, value=field.typed, **attributes)
        return Markup(  # noqa: S704 (our own template)
            render_template("search/_picker.html", field=field, named=Markup(named), suggest=field.address)  # noqa: S704
        )


class RecordField(Field):
    """A record of one of `kinds` that this user may see; `data` is the record or None.

    Without scripts one types a name or number, sends the form, and chooses from what was found; `typed` and `options`
    keep that on the screen. `needed` is what is said when nothing is chosen, empty when it may be. No other validator
    (`Optional`, `InputRequired`) knows this field. A field of records that the search box does not know says itself
    what is found: `offered`, and `address` where scripts ask it (answered as `search.suggest` does).
    """

    widget = RecordWidget()
    placeholder = N_("Zoek op naam, nummer, telefoon …")

    def __init__(
        self, label: Any = None, kinds: tuple[str, ...] = ("relation",), needed: Any = "", **kwargs: Any
    ) -> None:
        self.kinds, self.needed = kinds, needed
        self.typed, self.problem = "", ""
        self.options: list[Option] = []
        super().__init__(label, **kwargs)
        if needed:
            self.flags.required = True

    def process_data(self, value: Any) -> None:
        self.data, self.typed, self.problem = value, "", ""
        self.options = [option_of(value)] if value is not None else []

    def process_formdata(self, valuelist: list[str]) -> None:
        """A chosen "kind:id"; or words, which are searched for, unless they were before and a choice followed."""
        chosen = [text for text in valuelist if self.ref_of(text)]
        words = next((text.strip() for text in valuelist if text.strip() and not self.is_sign(text)), "")
        self.data, self.options, self.typed, self.problem = None, [], "", ""
        if chosen and (not words or f"{WAS}{words}" in valuelist):
            self.data = find(self.ref_of(chosen[-1]), current_user)
            self.options = [option_of(self.data)] if self.data is not None else []
            self.problem = "" if self.data is not None else _("Wat u koos is er niet meer. Zoek opnieuw.")
        elif words:
            self.typed = words
            self.search()

    def search(self) -> None:
        """Offer what was found for what was typed."""
        self.options = self.offered(self.typed)
        found = _("Kies hieronder wie of wat u bedoelt.")
        self.problem = found if self.options else _("Niets gevonden. Zoek op iets anders.")

    def offered(self, words: str) -> list[Option]:
        """What these words find."""
        asked = [kind for kind in self.kinds if kind in findable()]
        hits = queries.search(words, current_user, asked, limit=OFFERED)
        return [Option(f"{hit.kind}:{hit.id}", hit.title, hit.detail) for hit in hits]

    @property
    def address(self) -> str:
        """Where a script asks what is found while one types."""
        return url_for("search.suggest", kind=list(self.kinds))

    def ref_of(self, text: str) -> Ref | None:
        """The record behind "kind:id", when it is of one of our kinds."""
        found = re.fullmatch(r"([a-z_]+):([0-9]{1,9})", text)
        return (found[1], int(found[2])) if found and found[1] in self.kinds else None

    def is_sign(self, text: str) -> bool:
        """True of what the field sends by itself, as opposed to what a person typed."""
        return text.startswith(WAS) or self.ref_of(text) is not None

    def pre_validate(self, form: Any) -> None:
        if self.problem or (self.needed and self.data is None):
            raise StopValidation(self.problem or str(self.needed))

    def is_chosen(self, option: Option) -> bool:
        """True for the record that was chosen."""
        return self.data is not None and option.value == option_of(self.data).value

    @property
    def is_pending(self) -> bool:
        """True when something was typed of which nothing is chosen yet."""
        return bool(self.typed or self.problem)


def option_of(record: Any) -> Option:
    """A record as it is offered."""
    kind, record_id = ref(record)
    return Option(f"{kind}:{record_id}", title(record), _(kinds()[kind].label))

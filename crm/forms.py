"""Paper: forms that are sent once, know the version they began with, and keep what was typed."""

import datetime as dt
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask_wtf import FlaskForm
from wtforms import DateField, DecimalField, EmailField, Field, HiddenField, IntegerField
from wtforms import Form as PlainForm
from wtforms.fields.core import UnboundField
from wtforms.widgets import HiddenInput, TextInput

from crm import addresses, formats, records
from crm.texts import gettext as _
from crm.texts import language

WRITTEN = re.compile(r"[-+]?([0-9]{1,20}(\.[0-9]{0,20})?|\.[0-9]{1,20})")  # no 1e-99999: PostgreSQL cannot keep it


def once() -> str:
    """A name for one sending of one form, in its hidden field `once`."""
    return secrets.token_urlsafe(16)


def number(value: Any) -> int | None:
    """A choice's id (`coerce` of a select); None for the empty one and for nonsense."""
    try:
        return formats.whole(value)
    except ValueError:
        return None


class NumberField(IntegerField):
    """A whole number from 0 that every database can keep."""

    data: Any

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = None
        if not (valuelist and valuelist[0].strip()):
            return
        try:
            self.data = formats.whole(valuelist[0])
        except ValueError as error:
            raise ValueError(_("Schrijf een geheel getal, zoals 30.")) from error


class AddressField(EmailField):
    """One e-mail address, as `crm.addresses.email` reads it; what is none stays as it was typed.

    A browser that checks it itself would refuse a pasted "Piet Jansen <piet@voorbeeld.nl>".
    """

    data: Any
    widget = TextInput()

    def __call__(self, **attributes: Any) -> Any:
        return super().__call__(**{"inputmode": "email", "autocapitalize": "none", "spellcheck": "false"} | attributes)

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = valuelist[0] if valuelist else self.data
        try:
            self.data = addresses.email(self.data or "")
        except addresses.NoAddress as error:
            raise ValueError(_(str(error))) from error


class DutchNumberField(DecimalField):
    """A number as the Dutch write it: "€ 285.000,50", "3,85". A lone dot before three digits parts thousands when
    `thousands` is set, else it is a decimal one. More than `decimals` behind the comma are refused."""

    widget = TextInput()  # a browser's own number field refuses the Dutch comma

    def __init__(self, *args: Any, thousands: bool = True, decimals: int = 2, **more: Any) -> None:
        super().__init__(*args, places=None, **more)
        self.thousands, self.decimals = thousands, decimals

    def process_formdata(self, valuelist: list[str]) -> None:
        if not valuelist or not valuelist[0].strip():
            self.data = None
            return
        text = valuelist[0].replace("€", "").replace("%", "").replace(" ", "").replace("\u00a0", "")
        if "," in text or (self.thousands and re.fullmatch(r"-?\d{1,3}(\.\d{3})+", text)):
            text = text.replace(".", "").replace(",", ".", 1)
        self.data = Decimal(text) if WRITTEN.fullmatch(text) else None
        if self.data is None:
            raise ValueError(_("Schrijf een getal, zoals 285.000 of 3,85."))
        if -int(self.data.as_tuple().exponent) > self.decimals:
            raise ValueError(_("Schrijf ten hoogste %(count)s cijfers achter de komma.", count=self.decimals))

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        if self.data is None:
            return ""
        text = f"{self.data:,.2f}" if self.thousands else f"{self.data.normalize():f}"
        return text.replace(",", "_").replace(".", ",").replace("_", ".")


class DayField(DateField):
    """A date as the browser sends it or as one types it here; says what is wrong with it."""

    data: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, format=["%Y-%m-%d", "%d-%m-%Y", "%d/%m/%Y", "%d.%m.%Y"], **kwargs)

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError(_("Schrijf de datum als dag-maand-jaar, zoals 03-06-1985.")) from error
        if self.data is not None and not formats.is_in_reach(self.data):
            self.data = None
            raise ValueError(_("Kies een datum van 1900 tot en met 2100."))


class Redrawn:
    """A form of which what code puts in a field after reading is drawn, not what the browser sent before that.

    WTForms draws the text that was sent (`raw_data`), so that a number or date nobody could read stays as it was typed.
    """

    class Meta:
        def render_field(self, field: Field, attributes: dict[str, Any]) -> Any:
            """The field's element, of what it holds now."""
            if field.data != getattr(field, "read", field.data):  # an option of a choice is no field of the form
                field.raw_data = None
                field.process_data(field.data)
                field.read = field.data
            return super().render_field(field, attributes)  # type: ignore[misc]

    def process(self, *args: Any, **kwargs: Any) -> None:
        """Fill the fields, and remember in each what it was filled with."""
        super().process(*args, **kwargs)  # type: ignore[misc]
        for field in self:  # type: ignore[attr-defined]
            field.read = field.data


class QueryForm(Redrawn, PlainForm):
    """A form that stands in the address: what a list is narrowed to, what a page is asked."""


class Form(Redrawn, FlaskForm):
    """A form that is sent once (`once`), and knows which version of a record its editor began with."""

    once = HiddenField(default=once)
    version = NumberField(widget=HiddenInput(), validators=[])
    differences: Sequence["Difference"] = ()

    class Meta(Redrawn.Meta, FlaskForm.Meta):
        @property
        def locales(self) -> tuple[str]:
            """The language in which WTForms says what is wrong at a field."""
            return (language(),)

    def submit(self, save: Callable[[], Any], at: str = "") -> Any:
        """What `save` gives (True for nothing) of a form that was sent and is right; None when it is to be shown again.

        What a rule refuses is said at the field `at`, else above the form. When somebody else saved meanwhile,
        `differences` has both versions and sending the form once more means it.
        """
        if not self.validate_on_submit():
            return None
        try:
            return save() or True
        except records.Conflict as conflict:
            self.differences = conflicts(self, conflict.record)
            if not self.differences:
                self.form_errors = [
                    _("Iemand anders heeft dit intussen gewijzigd, maar niets van wat hier staat. Sla opnieuw op.")
                ]
        except records.Refused as refusal:
            said = [str(refusal)]
            if at:
                self[at].errors = said
            else:
                self.form_errors = said
        return None

    @property
    def code(self) -> int:
        """The status of a page that shows this form: 409 with somebody else's version, 422 with errors, else 200."""
        return 409 if self.differences else 422 if self.errors else 200

    def values(self) -> dict[str, Any]:
        """What was typed, without the form's own bookkeeping."""
        own = {"csrf_token", "once", "version"}
        return {name: value for name, value in self.data.items() if name not in own}


def words_of(*forms: type[FlaskForm], labels: Mapping[str, Any] | None = None, **choices: Any) -> dict[str, Any]:
    """Labels and choices of these forms' fields, as `records.Kind` takes them: `Kind(…, **words_of(MyForm))`.

    `labels` and `choices` ({value: text}) are those of columns that no field has.
    """
    fields = {
        name: unbound
        for form in reversed(forms)
        for name in dir(form)
        if isinstance(unbound := getattr(form, name), UnboundField)
    }
    named = {name: field.args[0] if field.args else field.kwargs.get("label") for name, field in fields.items()}
    found = {name: field.kwargs.get("choices") for name, field in fields.items()}
    return {
        "labels": {name: label for name, label in named.items() if label} | dict(labels or {}),
        "choices": {name: options for name, options in found.items() if options} | choices,
    }


@dataclass(frozen=True)
class Difference:
    """One field that two people filled in differently, as `_conflict.html` shows it. `field` is the element's id."""

    field: str
    label: str
    mine: str
    theirs: str


def conflicts(form: Form, record: Any) -> list[Difference]:
    """Where a form and what somebody else saved meanwhile differ; from now on the form carries the newer version.

    For a view that caught `Conflict`: it shows the form again with these rows, and saving then means it. Give
    `_conflict.html` the rows. Fields that the record does not have are left out.
    """
    own = {"csrf_token", "once", "version"}
    form.version.data = record.version
    differences = []
    for field in form:
        name = field.short_name  # without the prefix of one of several forms
        if name in own or not hasattr(record, name):
            continue
        mine, theirs = as_shown(field, field.data), as_shown(field, getattr(record, name))
        if mine != theirs:
            differences.append(Difference(field.id, str(field.label.text), mine, theirs))
    return differences


def as_shown(field: Any, value: Any) -> str:
    """A field's value as a person reads it: the words of a choice, ja or nee, a Dutch date."""
    if isinstance(value, bool):
        return _("ja") if value else _("nee")
    if value is None or value == "":
        return ""
    if getattr(field, "choices", None):
        words = {str(choice.value): str(choice.label) for choice in field.iter_choices()}
        values = value if isinstance(value, list | tuple | set) else [value]
        return ", ".join(words.get(str(one), str(one)) for one in values)
    if isinstance(value, dt.datetime):
        return formats.local(value).strftime("%d-%m-%Y %H:%M")
    return formats.short_date(value) if isinstance(value, dt.date) else str(value).strip()

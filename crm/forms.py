"""Paper: forms that are sent once, know the version they began with, and keep what was typed."""

import datetime as dt
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

from flask import g
from flask_wtf import FlaskForm
from sqlalchemy.orm.exc import StaleDataError
from wtforms import DateField, DecimalField, EmailField, Field, HiddenField, IntegerField
from wtforms import Form as PlainForm
from wtforms.fields.core import UnboundField
from wtforms.validators import InputRequired
from wtforms.widgets import CheckboxInput, HiddenInput, TextArea, TextInput
from wtforms.widgets.core import Input

from crm import addresses, formats, locks, records
from crm.db import Record
from crm.earlier import Unknown, earlier
from crm.texts import gettext as _
from crm.texts import language

WRITTEN = re.compile(r"[-+]?([0-9]{1,20}(\.[0-9]{0,20})?|\.[0-9]{1,20})")  # no 1e-99999: PostgreSQL cannot keep it


OWN = {"csrf_token", "once", "version"}
MINE, THEIRS, BOTH = "mine", "theirs", "both"
TRIES = 10  # others may save at the same moment; each of them costs two


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
            held = {"readonly" if is_text(field) else "disabled": True} if getattr(field, "locked", "") else {}
            return super().render_field(field, held | attributes)  # type: ignore[misc]

    def process(self, *args: Any, **kwargs: Any) -> None:
        """Fill the fields, and remember in each what it was filled with; none is locked yet."""
        super().process(*args, **kwargs)  # type: ignore[misc]
        for field in self:  # type: ignore[attr-defined]
            field.read, field.locked = field.data, ""


class QueryForm(Redrawn, PlainForm):
    """A form that stands in the address: what a list is narrowed to, what a page is asked."""


class Form(Redrawn, FlaskForm):
    """A form that is sent once (`once`), and knows which version of a record its editor began with.

    `record` is what it changes: `obj`, or what the view says. What somebody else saved meanwhile in other fields stays,
    and where both changed a field `differences` asks. A field that must keep what it holds says why in `locked`.
    """

    once = HiddenField(default=once)
    version = NumberField(widget=HiddenInput(), validators=[])
    of_one: ClassVar[tuple[tuple[str, ...], ...]] = ()  # fields that are kept as one, such as a day and a time
    record: Any = None
    differences: Sequence["Difference"] = ()

    class Meta(Redrawn.Meta, FlaskForm.Meta):
        @property
        def locales(self) -> tuple[str]:
            """The language in which WTForms says what is wrong at a field."""
            return (language(),)

    def process(self, formdata: Any = None, obj: Any = None, *args: Any, **kwargs: Any) -> None:
        super().process(formdata, obj, *args, **kwargs)
        if isinstance(obj, Record):
            self.record = obj
            self.lock(obj)

    def lock(self, record: Any) -> None:
        """Let the fields that this record must keep say why; a browser sends nothing of one that is switched off."""
        for name, why in locks.shown(record).items():
            if name in self:
                self[name].locked = why
                if not (is_text(self[name]) or self[name].raw_data):
                    put(self[name], self.shown(record).get(name))

    def validate(self, extra_validators: Any = None) -> bool:
        """True when all is right. A required field holds something: blanks, or a choice that is none, are nothing."""
        good = super().validate(extra_validators)
        for field in self:
            required = [rule for rule in field.validators if isinstance(rule, InputRequired)]
            if required and is_blank(field.data) and not field.errors:
                field.errors, good = [required[0].message or _("Vul dit in.")], False
        return bool(good)

    def submit(self, save: Callable[[], Any], at: str = "") -> Any:
        """What `save` gives (True for nothing) of a form that was sent and is right; None when it is to be shown again.

        What a rule refuses is said at the field `at`, else above the form. Where somebody else changed the same field
        meanwhile, `differences` has both versions and sending the form once more means it. `save` reads the form
        anew each time it is called, and begins with `records.check_version`.
        """
        try:
            return (self.saved(save) or True) if self.is_right() else None
        except records.Conflict:
            if not (self.differences or self.errors):
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

    def is_right(self) -> bool:
        """True for a form that was sent and is right, with what somebody else changed in fields left alone here."""
        if not self.is_submitted():
            return False
        return self.is_up_to_date() and bool(self.validate())

    def is_up_to_date(self) -> bool:
        """True when nobody saved since the form was opened, or nothing that was changed here too."""
        is_late = self.record is not None and self.version.data not in (None, self.record.version)
        if is_late:
            self.validate()  # what is wrong is said later: it tidies what was typed
        return not is_late or self.joins(self.record)

    def saved(self, save: Callable[[], Any]) -> Any:
        """What `save` gives, tried again with what was saved at the same moment. Raises Conflict when both changed the
        same field, which `differences` then has, or when both together are not right; Refused."""
        for tries_left in reversed(range(TRIES)):
            try:
                return save()
            except records.Conflict as conflict:
                if not (self.joins(conflict.record) and self.validate() and tries_left):
                    raise
            except StaleDataError:
                if not tries_left:
                    raise
                begin_anew()
        return None

    def joins(self, record: Any) -> bool:
        """Take over what somebody else changed since and what was left alone here; True when no field was changed by
        both. Where the change log does not know what it was, a field that differs was changed by both.

        From now on the form builds on the record as it is.
        """
        now, then, kept = self.shown(record), self.shown_then(record), self.kept()
        fields = [field for field in self if field.short_name in now]
        sides = {field.short_name: changed_by(field, now, then, kept) for field in fields}
        for names in self.of_one:
            if {MINE, THEIRS} <= {sides.get(name) for name in names}:
                sides |= {name: BOTH for name in names if sides.get(name)}
        for field in fields:
            if sides[field.short_name] == THEIRS:
                put(field, now[field.short_name])
        self.differences = [
            Difference(field.id, str(field.label.text), as_typed(field), as_shown(field, now[field.short_name]))
            for field in fields
            if sides[field.short_name] == BOTH
        ]
        self.version.data, self.version.raw_data = record.version, None
        return not self.differences

    def shown_then(self, record: Any) -> dict[str, Any]:
        """{field: what it showed when the form was opened}, as far as the change log knows."""
        try:
            was = earlier(record, self.version.data)
            return {} if was is None else self.shown(was)
        except Unknown:
            return {}

    def kept(self) -> dict[str, Any]:
        """{field: what will be kept of it} where that is not what was typed."""
        return {}

    def shown(self, record: Any) -> dict[str, Any]:
        """{field: what it shows of a record}, also of one that stands for an earlier version; what that does not know
        is left out."""
        names = [field.short_name for field in self if field.short_name not in OWN]
        return {name: getattr(record, name) for name in names if hasattr(record, name)}

    @property
    def code(self) -> int:
        """The status of a page that shows this form: 409 with somebody else's version, 422 with errors, else 200."""
        return 409 if self.differences else 422 if self.errors else 200

    def values(self) -> dict[str, Any]:
        """What was typed, without the form's own bookkeeping."""
        return {name: value for name, value in self.data.items() if name not in OWN}


def is_blank(value: Any) -> bool:
    """True for a value that says nothing."""
    return value is None or value is False or (isinstance(value, str) and not value.strip())


def changed_by(field: Field, now: Mapping[str, Any], then: Mapping[str, Any], kept: Mapping[str, Any]) -> str:
    """Who changed a field to what differs from the other's: MINE, THEIRS, BOTH, or nobody (""). `then` is what it
    showed when the form was opened, as far as that is known."""
    name = field.short_name
    equal = {as_typed(field), as_shown(field, kept.get(name, field.data))}
    theirs = as_shown(field, now[name])
    if theirs in equal:
        return ""
    if name not in then:
        return BOTH
    was = as_shown(field, then[name])
    return MINE if theirs == was else THEIRS if was in equal else BOTH


def begin_anew() -> None:
    """After somebody else wrote the same row at the same moment: a transaction that sees it. What was written in this
    one goes; this sending is still the first of its name."""
    records.rollback()
    if "submission" in g:
        records.keep(g.submission)


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


def is_text(field: Field) -> bool:
    """True for a field that is typed in: it can be read only, and is sent all the same."""
    widget = field.widget
    return isinstance(widget, TextArea) or (isinstance(widget, Input) and not isinstance(widget, CheckboxInput))


def put(field: Field, value: Any) -> None:
    """Let a field that was sent hold another value, as if that had been sent."""
    field.process_data(value)
    for change in field.filters:
        field.data = change(field.data)
    field.process_errors, field.raw_data = [], None
    if isinstance(field.data, list | tuple | set):
        field.raw_data = [str(one) for one in field.data]
    elif field.data is not None:
        field.raw_data = [field._value() if hasattr(field, "_value") else str(field.data)]


def as_typed(field: Field) -> str:
    """What was filled in as a person reads it, also when it cannot be read."""
    if field.process_errors and field.raw_data:
        return str(field.raw_data[0])
    return as_shown(field, field.data)


def as_shown(field: Field, value: Any) -> str:
    """A field's value as a person reads it: the words of a choice, ja or nee, a Dutch date."""
    if isinstance(value, bool):
        return _("ja") if value else _("nee")
    if value is None or value == "":
        return ""
    values = list(value) if isinstance(value, list | tuple | set) else [value]
    if getattr(field, "choices", None):
        words = {str(choice.value): str(choice.label) for choice in field.iter_choices()}
        chosen = {str(one) for one in values}
        return ", ".join([words[key] for key in words if key in chosen] + sorted(chosen - words.keys()))
    return ", ".join(as_text(one) for one in values)


def as_text(value: Any) -> str:
    """One value that is no choice, as a person reads it."""
    if isinstance(value, dt.datetime):
        return formats.local(value).strftime("%d-%m-%Y %H:%M")
    if isinstance(value, dt.date):
        return formats.short_date(value)
    if isinstance(value, dt.time):
        return f"{value:%H.%M}"
    if isinstance(value, Decimal):
        return f"{value.normalize():f}".replace(".", ",")
    if isinstance(value, Record):
        return records.title(value)
    return str(value).replace("\r\n", "\n").strip()

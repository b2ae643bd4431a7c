"""Paper of settings: what rooms and plugins let an office set."""

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, ClassVar

from wtforms import DateField, DecimalField, Field, HiddenField, StringField, TimeField, URLField
from wtforms.validators import URL, InputRequired, Length, Optional, ValidationError

from crm import formats, records
from crm.forms import AddressField, Form
from crm.host import config
from crm.settings import queries
from crm.texts import lazy_gettext as _

WEB_ADDRESS = _("Dit is geen webadres. Voorbeeld: https://www.kantoor.nl")
READERS: dict[type[Field], Callable[[Any], Any]] = {
    DateField: dt.date.fromisoformat,
    TimeField: dt.time.fromisoformat,
    DecimalField: Decimal,
}


class SettingsForm(Form):
    """One card of the settings page. A field's key is `room` and its name ("mail.send_delay"), its `default` holds
    until the office changes it (a callable default is called once per process).

    `description` of a field is shown as its hint.
    """

    room: ClassVar[str]
    title: ClassVar[Any]
    weight: ClassVar[int] = 50

    began = HiddenField(default="")  # the version of each setting that was changed before, as "name:2 phone:1"

    @classmethod
    def definitions(cls) -> dict[str, tuple[Any, Callable[[Any], Any]]]:
        """{key: (default, how its kept JSON becomes a value again)}."""
        blank = cls(formdata=None, meta={"csrf": False})
        return {f"{cls.room}.{field.short_name}": (field.data, reader(field)) for field in blank.own_fields()}

    def own_fields(self) -> list[Field]:
        """The fields an office sees, without the form's bookkeeping."""
        return [field for field in self if field.short_name in self.values()]

    def values(self) -> dict[str, Any]:
        return {name: value for name, value in super().values().items() if name != "began"}

    def joins(self, record: Any) -> bool:
        """As of any form; the record is whichever setting of the room was changed."""
        joined = super().joins(record)
        self.hold(queries.versions().get(self.room, {}))
        return joined

    def hold(self, versions: Mapping[str, int]) -> None:
        """Build on these versions of the room's settings."""
        self.version.data, self.version.raw_data = sum(versions.values()), None
        self.began.data = " ".join(f"{name}:{version}" for name, version in versions.items())

    def shown(self, record: Any) -> dict[str, Any]:
        return queries.values_of(self.room)

    def shown_then(self, record: Any) -> dict[str, Any]:
        """What the settings were at the versions the form began with."""
        found, began = queries.values_of(self.room), dict(part.split(":") for part in (self.began.data or "").split())
        readers = {name: read for name, (_default, read) in queries.definitions().items()}
        for row in queries.rows_of(self.room):
            name = row.key.partition(".")[2]
            version = formats.whole(began.get(name, "1"))  # the first is the default
            if version == row.version or name not in found:
                continue
            then = records.changed_since(row, version)
            if then is None:
                del found[name]
            elif "value" in then:
                found[name] = readers[row.key](then["value"])
        return found


def reader(field: Field) -> Callable[[Any], Any]:
    """How JSON becomes a value of this field; what was left empty stays None."""
    read = next((read for kind, read in READERS.items() if isinstance(field, kind)), None)
    return lambda value: value if read is None or value is None else read(value)


class OfficeForm(SettingsForm):
    """Who the office is, as clients see it."""

    room = "office"
    title = _("Kantoor")
    weight = 0

    name = StringField(
        _("Naam van het kantoor"),
        default=lambda: config("OFFICE_NAME"),
        description=_("Staat boven e-mails en op het aanvraagformulier."),
        validators=[InputRequired(_("Vul de naam van het kantoor in.")), Length(max=80)],
    )
    phone = StringField(
        _("Telefoonnummer"),
        default="",
        description=_("Voor klanten die liever bellen; een vestiging kan een eigen nummer hebben."),
    )
    email = AddressField(
        _("E-mailadres"),
        default="",
        validators=[Optional()],
    )
    website = URLField(_("Website"), default="", validators=[Optional(), URL(message=WEB_ADDRESS)])
    privacy_url = URLField(
        _("Privacyverklaring (webadres)"), default="", validators=[Optional(), URL(message=WEB_ADDRESS)]
    )

    def validate_phone(self, field: Field) -> None:
        """Keep a number that can be called, as E.164."""
        if field.data:
            try:
                field.data = formats.phone(field.data)
            except ValueError:
                raise ValidationError(_("Dit telefoonnummer klopt niet. Voorbeeld: 030 123 45 67"))

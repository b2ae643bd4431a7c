"""Paper of planning."""

import datetime as dt
from typing import Any

from wtforms import (
    BooleanField,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    TimeField,
)
from wtforms.fields import SelectChoice
from wtforms.validators import Length, Optional
from wtforms.widgets import CheckboxInput, HiddenInput, ListWidget

from crm import formats
from crm.activities.operations import check_teams_url
from crm.forms import DayField, Form, NumberField, number
from crm.records import Refused
from crm.texts import gettext
from crm.texts import lazy_gettext as _

OFFICE, VIDEO, OWN, NEW = "office", "video", "own", "new"


class Ticks(SelectMultipleField):
    """Several ticks under one name."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class PlanForm(Form):
    """The talk, its confirmation and what follows; client, partner and dossier have their rooms' own forms."""

    request_id = NumberField(widget=HiddenInput(), validators=[Optional()])
    relation_id = NumberField(widget=HiddenInput(), validators=[Optional()])
    new_client = HiddenField()
    q = StringField(_("Zoek de klant"))
    checked = BooleanField(_("Gegevens met de klant nagelopen"))
    dossier = RadioField(_("Dossier"), validate_choice=False, default=NEW)
    adviser = SelectField(_("Toegewezen aan"), coerce=number)
    place = RadioField(
        _("Plaats"),
        choices=[SelectChoice(OFFICE, _("Op kantoor")), SelectChoice(VIDEO, _("Beeldbellen (Teams)"))],
        default=OFFICE,
    )
    branch = SelectField(_("Vestiging van het gesprek"), coerce=number)
    teams_url = StringField(_("Teams-link"), validators=[Length(max=2000)])
    from_day = DayField(_("Vrije tijden vanaf"), validators=[Optional()])
    slot = RadioField(_("Datum en tijd"), validate_choice=False)
    day = DayField(_("Datum"), validators=[Optional()])
    starts = TimeField(_("Begintijd"), validators=[Optional()])
    description = TextAreaField(_("Beschrijving voor de adviseur"), validators=[Length(max=10000)])
    sure = BooleanField(_("Plan toch op dit tijdstip"))
    confirmed = HiddenField()
    send = BooleanField(_("Bevestiging versturen"), default=True)
    mail_title = StringField(_("Onderwerp"))
    mail_body = TextAreaField(_("Tekst"))
    mail_seen = HiddenField()
    mail_given = HiddenField()
    options = Ticks(_("Daarna"))
    offered = HiddenField()
    told = Ticks(_("Verteld"))

    def fill_choices(self, advisers: dict[int, str], branches: Any, points: Any) -> None:
        """Whom and where this user may plan, and what to tell."""
        self.adviser.choices = [
            SelectChoice("", gettext("Kies een adviseur")),
            *(SelectChoice(id, name) for id, name in advisers.items()),
        ]
        self.branch.choices = [SelectChoice(one.id, one.name) for one in branches]
        self.told.choices = [SelectChoice(point.key, point.text) for point in points]

    @property
    def by_video(self) -> bool:
        return bool(self.place.data == VIDEO)

    @property
    def starts_at(self) -> dt.datetime | None:
        """The moment that was chosen, from the free ones or one's own; None while there is none."""
        if self.slot.data and self.slot.data != OWN:
            try:
                return formats.sent_moment(self.slot.data)
            except ValueError:
                return None
        if self.day.data and self.starts.data:
            return formats.at(self.day.data, self.starts.data)
        return None

    def validate(self, extra_validators: Any = None) -> bool:
        good: bool = super().validate(extra_validators)
        for field, sentence in self.missing():
            field.errors = [*field.errors, sentence]
            good = False
        return good

    def missing(self) -> list[tuple[Any, str]]:
        """What the talk still needs: [(field, Dutch sentence)]."""
        found = []
        if not self.adviser.data:
            found.append((self.adviser, gettext("Kies een adviseur.")))
        if self.starts_at is None:
            field = self.day if self.slot.data == OWN else self.slot
            found.append((field, gettext("Kies een vrije tijd, of vul zelf een datum en begintijd in.")))
        elif formats.local(self.starts_at).replace(tzinfo=None) != self.wall_clock(self.starts_at):
            found.append((self.starts, gettext("Deze tijd bestaat niet: de klok gaat die nacht vooruit.")))
        try:
            check_teams_url((self.teams_url.data or "").strip() if self.by_video else "")
        except Refused as refusal:
            found.append((self.teams_url, str(refusal)))
        if self.send.data and self.mail_seen.data and not (self.mail_body.data or "").strip():
            found.append((self.mail_body, gettext("Schrijf een tekst, of zet de bevestiging uit.")))
        return found

    def wall_clock(self, moment: dt.datetime) -> dt.datetime:
        """What the planner meant by the clock; differs from the moment only for a time that is skipped in March."""
        if self.slot.data == OWN and self.day.data and self.starts.data:
            return dt.datetime.combine(self.day.data, self.starts.data)
        return formats.local(moment).replace(tzinfo=None)

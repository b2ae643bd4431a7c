"""Paper of the agenda and the task list."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from wtforms import (
    BooleanField,
    Field,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    TimeField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from crm import formats
from crm.accounts.models import Branch, User
from crm.activities import office
from crm.activities.models import Appointment, Task
from crm.activities.operations import check_teams_url
from crm.forms import DayField, Form, number
from crm.records import Refused
from crm.search.picker import RecordField
from crm.settings import SettingsForm
from crm.texts import lazy_gettext as _
from crm.texts import long_date

OFFICE, VIDEO = "office", "video"
NO_TIME = _("Dit is geen tijd. Schrijf bijvoorbeeld 10:00.")


class NamedForm(Form):
    """A form whose fields carry its own name in their ids, so that several may stand on one page."""

    name = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self:
            field.id = f"{self.name}-{field.id}"
            field.label.field_id = field.id


def choices(rows: Sequence[Any], nobody: str = "") -> list[SelectChoice]:
    """Records as choices of a select; a user brings his Teams link along for the script."""
    first = [SelectChoice("", nobody)] if nobody else []
    return first + [SelectChoice(row.id, row.name, {"data-teams": getattr(row, "teams_url", "")}) for row in rows]


class EventForm(NamedForm):
    """Nieuw event and Bewerk. `people` and `branches` are what this user may choose from."""

    name = "event"
    of_one = (("day", "starts", "ends"),)
    topic = ""  # what the generated title says it is about

    assigned_to = SelectField(_("Toegewezen aan"), coerce=number, validators=[InputRequired(_("Kies een adviseur."))])
    category = SelectField(_("Categorie"))
    title = StringField(_("Onderwerp"), validators=[Length(max=200)])
    generated = HiddenField()
    day = DayField(_("Datum"), validators=[InputRequired(_("Kies een datum."))])
    starts = TimeField(
        _("Begintijd"),
        invalid_value_message=NO_TIME,
        validators=[InputRequired(_("Kies een begintijd, bijvoorbeeld 10:00."))],
    )
    ends = TimeField(_("Eindtijd"), invalid_value_message=NO_TIME, validators=[Optional()])
    place = RadioField(
        _("Plaats"), choices=[SelectChoice(OFFICE, _("Op kantoor")), SelectChoice(VIDEO, _("Teams (beeldbellen)"))]
    )
    branch = SelectField(_("Vestiging"), coerce=number, validators=[InputRequired(_("Kies een vestiging."))])
    teams_url = StringField(_("Teams-link"), validators=[Length(max=2000)])
    description = TextAreaField(_("Beschrijving"), validators=[Length(max=10000)])
    options = SelectMultipleField(_("Daarna"), widget=ListWidget(prefix_label=False), option_widget=CheckboxInput())

    def __init__(self, people: Sequence[User], branches: Sequence[Branch], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = {user.id: user for user in people}
        self.branches = {branch.id: branch for branch in branches}
        self.assigned_to.choices = choices(people, nobody=str(_("Kies een adviseur")))
        self.branch.choices = choices(branches)
        self.category.choices = [SelectChoice(entry.key, _(entry.name)) for entry in office.categories().values()]
        self.options.choices = self.options.choices or []

    def offer(self, options: Sequence[Any]) -> None:
        """Show these ticks (`crm.ui.AppointmentOption`); those that are preselected are set on a new form."""
        self.options.choices = [SelectChoice(option.key, option.label) for option in options]
        if not self.is_submitted():
            self.options.data = [option.key for option in options if option.preselected]

    def validate_starts(self, field: Field) -> None:
        exists(self.day.data, field.data)

    def validate_ends(self, field: Field) -> None:
        if self.day.data and field.data:
            exists(self.day.data, field.data)
            if self.starts.data and field.data <= self.starts.data:
                raise ValidationError(_("De eindtijd ligt voor de begintijd. Kies een latere eindtijd."))

    def validate_teams_url(self, field: Field) -> None:
        try:
            check_teams_url((field.data or "").strip() if self.by_video else "")
        except Refused as refusal:
            raise ValidationError(str(refusal)) from refusal

    @property
    def by_video(self) -> bool:
        return bool(self.place.data == VIDEO)

    @property
    def is_generated(self) -> bool:
        """True while nobody wrote a title of his own."""
        title = (self.title.data or "").strip()
        return not title or title == (self.generated.data or "").strip()

    def shown(self, record: Any) -> dict[str, Any]:
        return event_data(record, self.topic)

    def event(self, topic: str) -> dict[str, Any]:
        """The values `operations.plan` and `edit` take; call only after the form was found valid."""
        branch = self.branches[self.branch.data]
        starts_at = formats.at(self.day.data, self.starts.data)
        generated = office.make_title(self.category.data, self.by_video, branch.name, topic)
        minutes = dt.timedelta(minutes=office.categories()[self.category.data].minutes)
        return {
            "assigned_to": self.people[self.assigned_to.data],
            "category": self.category.data,
            "title": generated if self.is_generated else self.title.data.strip(),
            "starts_at": starts_at,
            "ends_at": formats.at(self.day.data, self.ends.data) if self.ends.data else starts_at + minutes,
            "by_video": self.by_video,
            "teams_url": (self.teams_url.data or "").strip() if self.by_video else "",
            "description": (self.description.data or "").strip(),
            "branch": branch,
        }


def exists(day: dt.date | None, time: dt.time | None) -> None:
    """Raises ValidationError for a time that the clock skips in the night of the last Sunday of March."""
    if day and time and formats.local(formats.at(day, time)).time() != time:
        text = _("%(time)s uur bestaat niet op %(day)s: de klok gaat dan een uur vooruit. Kies een andere tijd.")
        raise ValidationError(str(text) % {"time": f"{time:%H.%M}", "day": long_date(day)})


def event_data(appointment: Appointment, topic: str) -> dict[str, Any]:
    """What `EventForm` shows of an appointment that is there."""
    begin, end = formats.local(appointment.starts_at), formats.local(appointment.ends_at)
    same_day = begin.date() == end.date()
    return {
        "assigned_to": appointment.assigned_to_id,
        "category": appointment.category,
        "title": appointment.title,
        "generated": office.make_title(appointment.category, appointment.by_video, appointment.branch.name, topic),
        "day": begin.date(),
        "starts": begin.time(),
        "ends": end.time() if same_day else None,
        "place": VIDEO if appointment.by_video else OFFICE,
        "branch": appointment.branch_id,
        "teams_url": appointment.teams_url,
        "description": appointment.description,
        "version": appointment.version,
    }


class CancelForm(NamedForm):
    name = "cancel"

    reason = TextAreaField(
        _("Waarom gaat de afspraak niet door?"),
        validators=[InputRequired(_("Schrijf waarom de afspraak niet doorgaat.")), Length(max=2000)],
    )


class TaskForm(NamedForm):
    """A task. `people` are those this user may give work to."""

    name = "task"

    title = StringField(_("Taak"), validators=[InputRequired(_("Schrijf wat er moet gebeuren.")), Length(max=200)])
    assigned_to = SelectField(_("Toegewezen aan"), coerce=number, validators=[Optional()])
    due_on = DayField(_("Uiterlijk op"), validators=[Optional()])
    notes = TextAreaField(_("Toelichting"), validators=[Length(max=10000)])

    def __init__(self, people: Sequence[User], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = {user.id: user for user in people}
        self.assigned_to.choices = choices(people, nobody=str(_("Niemand in het bijzonder")))

    def shown(self, record: Any) -> dict[str, Any]:
        return task_data(record)

    def task(self) -> dict[str, Any]:
        """The values `operations.create_task` and `edit_task` take."""
        return {
            "title": self.title.data,
            "assigned_to": self.people.get(self.assigned_to.data),
            "due_on": self.due_on.data,
            "notes": self.notes.data or "",
        }


class SubjectForm(Form):
    """For whom an event is planned, when one does not begin from there."""

    subject = RecordField(_("Dossier"), kinds=("dossier",), needed=_("Kies voor welk dossier de afspraak is."))


class NewTaskForm(TaskForm):
    """A task that is not made from a record: it may be about one."""

    about = RecordField(_("Gaat over"), kinds=("relation", "dossier", "service_request"))


def task_data(task: Task) -> dict[str, Any]:
    """What `TaskForm` shows of a task that is there."""
    return {
        "title": task.title,
        "assigned_to": task.assigned_to_id,
        "due_on": task.due_on,
        "notes": task.notes,
        "version": task.version,
    }


class AgendaSettings(SettingsForm):
    """Working days and hours of the office (domain.md §7.8)."""

    room = "activities"
    title = _("Agenda en werkdagen")
    weight = 30

    opens = TimeField(
        _("Kantoor open vanaf"), invalid_value_message=NO_TIME, default=dt.time(9), validators=[InputRequired()]
    )
    closes = TimeField(
        _("Kantoor open tot"), invalid_value_message=NO_TIME, default=dt.time(17), validators=[InputRequired()]
    )
    lunch_from = TimeField(
        _("Lunch van"), invalid_value_message=NO_TIME, default=dt.time(12, 30), validators=[InputRequired()]
    )
    lunch_until = TimeField(
        _("Lunch tot"), invalid_value_message=NO_TIME, default=dt.time(13), validators=[InputRequired()]
    )
    good_friday = BooleanField(_("Goede Vrijdag is een vrije dag"), default=True)
    liberation_day = BooleanField(
        _("5 mei is elk jaar een vrije dag"), default=False, description=_("In een lustrumjaar is 5 mei altijd vrij.")
    )
    closed = TextAreaField(
        _("Eigen sluitingsdagen"),
        default="",
        description=_("Eén per regel: 24-12-2027, of een periode: 24-12-2027 t/m 31-12-2027."),
    )

    def validate_closes(self, field: Field) -> None:
        if field.data and self.opens.data and field.data <= self.opens.data:
            raise ValidationError(_("Kies een tijd na het opengaan."))

    def validate_lunch_until(self, field: Field) -> None:
        if field.data and self.lunch_from.data and field.data < self.lunch_from.data:
            raise ValidationError(_("De lunch eindigt voor hij begint."))

    def validate_closed(self, field: Field) -> None:
        try:
            list(office.closing_days(field.data or ""))
        except ValueError as error:
            raise ValidationError(str(_("Dit is geen dag of periode: %s")) % error) from error


class AbsenceForm(NamedForm):
    """Away from one moment to another; without times, whole days."""

    name = "absence"

    user = SelectField(_("Wie"), coerce=number, validators=[InputRequired(_("Kies wie er afwezig is."))])
    from_day = DayField(_("Van"), validators=[InputRequired(_("Kies de eerste dag."))])
    from_time = TimeField(_("Vanaf (tijd)"), invalid_value_message=NO_TIME, validators=[Optional()])
    until_day = DayField(_("Tot en met"), validators=[InputRequired(_("Kies de laatste dag."))])
    until_time = TimeField(_("Tot (tijd)"), invalid_value_message=NO_TIME, validators=[Optional()])
    reason = StringField(_("Reden"), validators=[Length(max=200)])

    def __init__(self, people: Sequence[User], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = {user.id: user for user in people}
        self.user.choices = choices(people)

    def stretch(self) -> tuple[dt.datetime, dt.datetime]:
        """(start, end) in UTC; a last day without a time counts as a whole."""
        starts_at = formats.at(self.from_day.data, self.from_time.data or dt.time.min)
        if self.until_time.data:
            return starts_at, formats.at(self.until_day.data, self.until_time.data)
        return starts_at, formats.at(self.until_day.data + dt.timedelta(days=1), dt.time.min)

"""Paper of mail: templates, the compose window, what an office sets."""

from typing import Any, ClassVar

from flask_login import current_user
from wtforms import (
    BooleanField,
    HiddenField,
    RadioField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional, StopValidation

from crm.forms import AddressField, Form, NumberField, number
from crm.mail import operations
from crm.mail.letter import mailboxes
from crm.mail.purposes import purposes
from crm.settings import SettingsForm
from crm.texts import lazy_gettext as _

SENDING = ("preview", "send")
DOUBTS = {
    "third_party": _("Ja, deze e-mail mag ook naar iemand anders dan de klant"),
    "changed": _("Ja, de tekst klopt; verstuur hem zo"),
    "again": _("Ja, verstuur deze e-mail nog een keer"),
}
LONGEST_TITLE = 200
LONGEST_BODY = 50_000


def purpose_choices() -> list[SelectChoice]:
    """What a mail may be for, those of plugins too."""
    return [SelectChoice(key, _(title)) for key, title in purposes().items()]


def one_line(_form: Form, field: Any) -> None:
    """Refuse line ends of any kind: this goes into the head of a mail."""
    if (field.data or "").splitlines() not in ([], [field.data]):
        raise ValidationError(_("Schrijf dit op één regel."))


def known_words(_form: Form, field: Any) -> None:
    """Refuse a word between {{ }} that does not exist."""
    if wrong := operations.check_text(field.data or "", current_user):
        raise ValidationError(" ".join(wrong))


def addresses(_form: Form, field: Any) -> None:
    """Refuse what is not a list of e-mail addresses."""
    try:
        mailboxes(field.data or "")
    except ValueError as error:
        raise ValidationError(str(error)) from error


class TemplateForm(Form):
    """A template; `own` says whether it is the user's or the office's."""

    name = StringField(
        _("Naam"), validators=[InputRequired(_("Geef het sjabloon een naam.")), Length(max=120), one_line]
    )
    purpose = SelectField(_("Gebruik"), choices=purpose_choices, default="other")
    address_form = RadioField(
        _("Aanspreekvorm"),
        choices=[
            SelectChoice("u", _("U-vorm")),
            SelectChoice("je", _("Jij-vorm")),
            SelectChoice("jullie", _("Jullie-vorm")),
        ],
        default="u",
    )
    place = RadioField(
        _("Soort afspraak"),
        choices=[
            SelectChoice("any", _("Maakt niet uit")),
            SelectChoice("office", _("Op kantoor")),
            SelectChoice("video", _("Beeldbellen")),
        ],
        default="any",
    )
    subject = StringField(
        _("Onderwerp"),
        validators=[InputRequired(_("Schrijf een onderwerp.")), Length(max=LONGEST_TITLE), one_line, known_words],
    )
    body = TextAreaField(
        _("Tekst"), validators=[InputRequired(_("Schrijf een tekst.")), Length(max=LONGEST_BODY), known_words]
    )
    own = RadioField(
        _("Voor wie"),
        choices=[SelectChoice("1", _("Alleen voor mij")), SelectChoice("0", _("Voor het hele kantoor"))],
        default="1",
    )
    is_active = BooleanField(_("In gebruik"), default=True)


class NeededToSend:
    """Must be filled in to look at or send a mail, not to choose a template first."""

    field_flags: ClassVar[dict[str, bool]] = {"required": True}

    def __init__(self, message: Any) -> None:
        self.message = message

    def __call__(self, form: Any, field: Any) -> None:
        if form.do.data in SENDING and not (field.data or "").strip():
            raise StopValidation(str(self.message))


class ComposeForm(Form):
    """The compose window. `do` is the button pressed, `basis` remembers which values went into the text."""

    template = SelectField(_("Sjabloon"), coerce=str, validate_choice=False)
    to = StringField(
        _("Aan"), validators=[NeededToSend(_("Vul in aan wie de e-mail gaat.")), Length(max=2000), addresses]
    )
    cc = StringField(_("Cc"), validators=[Length(max=2000), addresses])
    title = StringField(
        _("Onderwerp"), validators=[NeededToSend(_("Schrijf een onderwerp.")), Length(max=LONGEST_TITLE), one_line]
    )
    body = TextAreaField(_("Tekst"), validators=[NeededToSend(_("Schrijf een tekst.")), Length(max=LONGEST_BODY)])
    attachments = SelectMultipleField(_("Bijlagen"), coerce=number, validate_choice=False, choices=[])
    with_files = HiddenField()
    do = HiddenField()
    purpose = HiddenField()
    appointment = HiddenField()
    basis = HiddenField()
    earlier_title = HiddenField()
    earlier_body = HiddenField()
    third_party = BooleanField(DOUBTS["third_party"])
    changed = BooleanField(DOUBTS["changed"])
    again = BooleanField(DOUBTS["again"])

    def shown(self, record: Any) -> dict[str, Any]:
        files = {row["document"]: row["name"] for row in record.attachments}
        self.attachments.choices = [*(self.attachments.choices or []), *files.items()]  # by which they are called
        return {
            "to": record.to, "cc": record.cc, "title": record.subject, "body": record.body, "attachments": list(files),
            "template": str(record.template_id or ""),
        }  # fmt: skip

    def sure(self) -> set[str]:
        """The doubts that were answered."""
        return {name for name in DOUBTS if self[name].data}

    def lists_files(self) -> bool:
        """*Bijlagen kiezen* was pressed, now or before."""
        return self.do.data == "attach" or bool(self.with_files.data)


class SendForm(Form):
    """The button under a preview, with the doubts that were answered."""

    third_party = BooleanField(DOUBTS["third_party"])
    changed = BooleanField(DOUBTS["changed"])
    again = BooleanField(DOUBTS["again"])

    def sure(self) -> set[str]:
        """The doubts that were answered."""
        return {name for name in DOUBTS if self[name].data}


class MailSettings(SettingsForm):
    """What an office sets about its mail."""

    room = "mail"
    title = _("E-mail")
    weight = 30

    sender_name = StringField(
        _("Naam van de afzender"), default="", validators=[Length(max=120), one_line],
        description=_("Leeg: de naam van het kantoor."),
    )  # fmt: skip
    sender_address = AddressField(
        _("E-mailadres van de afzender"), default="",
        validators=[Optional()],
        description=_("Leeg: het adres uit de configuratie. Uw mailserver moet dit adres mogen gebruiken."),
    )  # fmt: skip
    send_delay = NumberField(
        _("Seconden wachten voor het versturen"), default=30,
        validators=[NumberRange(0, 600, _("Kies 0 tot 600 seconden."))],
        description=_("Zo lang kan een e-mail nog ongedaan gemaakt worden."),
    )  # fmt: skip
    most_attached = NumberField(
        _("Bijlagen samen (MB)"), default=20,
        validators=[NumberRange(1, 100, _("Kies 1 tot en met 100 MB."))],
        description=_("De meeste mailservers weigeren e-mails die veel groter zijn."),
    )  # fmt: skip
    signature = TextAreaField(
        _("Handtekening"), default="{{ planner.naam }}\n{{ kantoor.naam }}", validators=[Length(max=2000), known_words],
        description=_("Voor wie zelf geen handtekening heeft."),
    )  # fmt: skip

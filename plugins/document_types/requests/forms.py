"""Paper of stukken: making a list, one by hand, verdicts."""

from typing import Any

from wtforms import BooleanField, RadioField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from crm.plugin import DayField, Dossier, Form, QueryForm, Ticks, number
from crm.plugin import lazy_gettext as _
from plugins.document_types import content, terms, words
from plugins.document_types.forms import TypeField, choices_of, or_empty
from plugins.document_types.models import ChecklistTemplate
from plugins.document_types.queries import reasons_for
from plugins.document_types.requests import states, validity
from plugins.document_types.requests.models import DocumentRequest


class ListForm(QueryForm):
    """Which templates make the list, and what is true of the client; it stands in the address."""

    templates = Ticks(_("Sjablonen"), coerce=int, validate_choice=False)
    situations = Ticks(_("Situatie"), choices=lambda: choices_of(content.situations()), validate_choice=False)

    def fill_choices(self, templates: list[ChecklistTemplate]) -> "ListForm":
        """The templates in use."""
        self.templates.choices = [SelectChoice(one.id, one.name) for one in templates]
        return self

    def chosen_situations(self) -> list[str]:
        """Keys of what is true; nonsense in the address is nothing."""
        return [key for key in self.situations.data or [] if key in content.situations()]


class RequestForm(Form):
    """What can be changed of a stuk."""

    title = StringField(_("Naam"), validators=[InputRequired(_("Geef het stuk een naam.")), Length(max=200)])
    explanation = TextAreaField(_("Eigen uitleg voor de klant"), filters=[or_empty], validators=[Length(max=1000)])
    phase = SelectField(_("Nodig vanaf"), choices=choices_of(terms.PHASES), default="advice")
    due_on = DayField(_("Uiterlijk op"), validators=[Optional()])


class NewRequestForm(RequestForm):
    """A stuk that is put on the list by hand."""

    type = TypeField(_("Soort document"), needed=_("Kies een soort document."))
    person = SelectField(_("Van wie"), coerce=number, validate_choice=False)
    item = StringField(_("Welke"), filters=[or_empty], validators=[Length(max=80)])
    title = StringField(_("Naam"), filters=[or_empty], validators=[Length(max=200)])
    confirmed = BooleanField(_("Toch nog een keer vragen"))

    def fill_choices(self, dossier: Dossier) -> "NewRequestForm":
        """The people of the dossier, or all of them together."""
        people = [SelectChoice(one.id, one.name) for one in dossier.applicants]
        self.person.choices = [SelectChoice("", _("Van allen samen")), *people]
        return self


class ChooseForm(Form):
    """Which documents of the dossier are given for a stuk; `q` narrows what there is to choose from."""

    q = StringField(_("Zoek op naam of soort"), filters=[or_empty], validators=[Length(max=200)])
    documents = Ticks(_("Documenten"), coerce=number, validate_choice=False)


class GiveForm(Form):
    """For which stukken a document is given."""

    requests = Ticks(_("Stukken"), coerce=number, validate_choice=False)


class ApproveForm(Form):
    """The date on a document, or until when it is good: as far as its type asks."""

    dated_on = DayField(_("Datum op het document"), validators=[Optional()])
    valid_until = DayField(_("Geldig tot en met"), validators=[Optional()])

    def fit(self, request: DocumentRequest) -> "ApproveForm":
        """Only the fields that count for this type."""
        if not validity.asks_date(request.type):
            del self.dated_on
        if not validity.asks_end(request.type):
            del self.valid_until
        return self

    @property
    def first_field(self) -> str:
        """Where a refusal is shown."""
        return "dated_on" if "dated_on" in self else "valid_until" if "valid_until" in self else ""


class RejectForm(Form):
    """Why a stuk is sent back, and what the adviser adds."""

    reason = RadioField(_("Reden van afkeuring"), validate_choice=False)
    text = TextAreaField(_("Toelichting voor de klant"), filters=[or_empty], validators=[Length(max=500)])

    def fit(self, request: DocumentRequest) -> "RejectForm":
        """The reasons of its type; each with what the client reads."""
        self.reasons = reasons_for(request.type)
        self.reason.choices = [SelectChoice(one.key, one.name) for one in self.reasons]
        self.said = {one.key: words.reason(one.text, request.type) for one in self.reasons}
        return self


class PartlyForm(Form):
    """What is still missing of a stuk that is good as far as it goes."""

    missing = TextAreaField(_("Wat ontbreekt er nog?"), filters=[or_empty], validators=[Length(max=500)])


class LenderForm(Form):
    """What the maatschappij says of a stuk."""

    said = SelectField(_("Oordeel van de maatschappij"), choices=choices_of(states.LENDER_VERDICTS))
    text = TextAreaField(_("Toelichting van de maatschappij"), filters=[or_empty], validators=[Length(max=500)])


class ClientTextForm(Form):
    """What the client reads of a rejection."""

    client_text = TextAreaField(_("Wat de klant leest"), filters=[or_empty], validators=[Length(max=700)])


def forms_of(request: DocumentRequest) -> dict[str, Any]:
    """The empty forms of the review of a stuk, by name."""
    return {
        "approve": ApproveForm(formdata=None, obj=request).fit(request),
        "reject": RejectForm(formdata=None, prefix="reject-").fit(request),
        "partly": PartlyForm(formdata=None, prefix="partly-"),
        "lender": LenderForm(formdata=None, prefix="lender-", said=request.lender_verdict, text=request.lender_text),
        "tell": ClientTextForm(formdata=None, prefix="tell-", obj=request),
    }

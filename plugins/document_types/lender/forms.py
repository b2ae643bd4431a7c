"""Paper of messages of lenders."""

from typing import Any

from flask_wtf.file import FileField, FileRequired
from wtforms import SelectField, TextAreaField
from wtforms.validators import InputRequired, Length

from crm.plugin import Dossier, Form, RecordField, number
from crm.plugin import lazy_gettext as _
from plugins.document_types.lender.plan import Step

LONGEST = 2000


class MessageForm(Form):
    """The file of a documentaanvraag."""

    file = FileField(
        _("Bestand van HDN (XML of JSON)"), validators=[FileRequired(_("Kies het bestand van de documentaanvraag."))]
    )


class LinkForm(Form):
    """To which dossier a message belongs."""

    dossier = RecordField(_("Dossier"), kinds=("dossier",), needed=_("Kies bij welk dossier dit bericht hoort."))


class ProductForm(Form):
    """Under which product the stukken hang."""

    product_id = SelectField(_("Product"), coerce=number)

    def fill_choices(self, dossier: Dossier) -> "ProductForm":
        self.product_id.choices = [("", _("Het hele dossier")), *((one.id, one.title) for one in dossier.products)]
        return self


def process_form(steps: list[Step]) -> type[Form]:
    """The form of *Verwerken*: for each rejection what the client will read."""
    fields: dict[str, Any] = {
        f"text_{step.number}": TextAreaField(
            _("Wat de klant leest"),
            default=step.client_text,
            validators=[InputRequired(_("Schrijf wat de klant moet doen.")), Length(max=LONGEST)],
        )
        for step in steps
        if step.is_rejection
    }
    return type("ProcessForm", (Form,), fields)

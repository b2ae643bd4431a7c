"""Paper of imports."""

from collections.abc import Sequence
from typing import Any

from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, RadioField, SelectChoice, SelectField
from wtforms.validators import InputRequired, Optional

from crm.accounts.models import User
from crm.forms import Form
from crm.imports import queries
from crm.imports.models import Import
from crm.texts import gettext
from crm.texts import lazy_gettext as _


class UploadForm(Form):
    """A file and where its relations belong."""

    file = FileField(_("CSV-bestand"), validators=[FileRequired(_("Kies een CSV-bestand."))])
    branch_id = SelectField(_("Vestiging"), coerce=int)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.branch_id.choices = [SelectChoice(branch.id, branch.name) for branch in user.branches]


class LettersForm(Form):
    """Which words are right, of a file that can be read in more ways."""

    encoding = RadioField(_("Welke woorden kloppen?"), validators=[InputRequired(_("Kies welke woorden kloppen."))])

    def __init__(self, work: Import, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.encoding.choices = [
            SelectChoice(key, f"{words} ({gettext(queries.encodings()[key])})") for key, words in work.letters.items()
        ]


class ColumnsForm(Form):
    """Which column holds what; one select per field, made by `columns_form`."""

    skip_doubles = BooleanField(_("Dubbelen overslaan"), default=True)
    lenient = BooleanField(_("Een rij met een fout gegeven toch invoeren, zonder dat gegeven"), default=True)
    month_first = RadioField(
        _("Wat staat voorop in data als 06/25/1985?"),
        choices=[
            SelectChoice("month", _("De maand: 6/3/1985 is 3 juni 1985")),
            SelectChoice("day", _("De dag: 6/3/1985 is 6 maart 1985")),
        ],
        validators=[Optional()],
    )

    def mapping(self) -> dict[str, str]:
        """{field: header} as chosen."""
        return {name: self[name].data for name in queries.fields() if self[name].data}

    def order(self) -> bool | None:
        """Whether such dates begin with their month; None when nothing was said."""
        return {"month": True, "day": False}.get(self.month_first.data or "")


def columns_form(work: Import, headers: Sequence[str]) -> ColumnsForm:
    """The form for this file, with what was guessed or chosen before."""

    class Chosen(ColumnsForm):
        pass

    for name, label in queries.fields().items():
        choices = [
            SelectChoice("", _("– niet invoeren –")),
            *(SelectChoice(header, header) for header in headers if header),
        ]
        setattr(Chosen, name, SelectField(_(label), choices=choices, default=work.mapping.get(name, "")))
    order = None if work.month_first is None else "month" if work.month_first else "day"
    return Chosen(skip_doubles=work.skip_doubles, lenient=work.lenient, month_first=order)

"""Paper of imports."""

from collections.abc import Sequence
from typing import Any

from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, SelectChoice, SelectField

from crm.accounts.models import User
from crm.forms import Form
from crm.imports import queries
from crm.imports.models import Import
from crm.texts import lazy_gettext as _


class UploadForm(Form):
    """A file and where its relations belong."""

    file = FileField(_("CSV-bestand"), validators=[FileRequired(_("Kies een CSV-bestand."))])
    branch_id = SelectField(_("Vestiging"), coerce=int)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.branch_id.choices = [SelectChoice(branch.id, branch.name) for branch in user.branches]


class ColumnsForm(Form):
    """Which column holds what; one select per field, made by `columns_form`."""

    skip_doubles = BooleanField(_("Dubbelen overslaan"), default=True)

    def mapping(self) -> dict[str, str]:
        """{field: header} as chosen."""
        return {name: self[name].data for name in queries.fields() if self[name].data}


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
    return Chosen(skip_doubles=work.skip_doubles)

"""Paper of lists: a saved view, one cell, many rows."""

from typing import Any

from wtforms import BooleanField, HiddenField, SelectChoice, SelectField, StringField
from wtforms.validators import InputRequired, Length

from crm.accounts.models import User
from crm.forms import Form, number
from crm.lists import Edit, RecordList
from crm.lists.models import BRANCH, OFFICE, OWN, ListView
from crm.texts import gettext
from crm.texts import lazy_gettext as _


class ViewForm(Form):
    """A view: its name and who sees it."""

    name = StringField(_("Naam"), validators=[InputRequired(_("Geef de weergave een naam.")), Length(max=80)])
    audience = SelectField(_("Voor wie"))
    begin = BooleanField(_("Begin de lijst met deze weergave"))
    began = HiddenField()  # "y" when it did so when the form was opened

    def fill_choices(self, user: User, of_branch: bool, of_office: bool) -> "ViewForm":
        """Who may see it; `of_branch` and `of_office` say with whom this user may share."""
        found = [SelectChoice(OWN, gettext("Alleen voor mij"))]
        if of_branch:
            shared = gettext("Iedereen van vestiging %(name)s")
            found += [SelectChoice(f"{BRANCH}:{one.id}", shared % {"name": one.name}) for one in user.branches]
        if of_office:
            found.append(SelectChoice(OFFICE, gettext("Iedereen van het kantoor")))
        self.audience.choices = found
        return self

    def view(self) -> dict[str, Any]:
        """The values `operations.save_view` takes."""
        shared, _colon, branch = (self.audience.data or OWN).partition(":")
        return {"name": self.name.data, "shared": shared, "branch_id": number(branch)}

    def shown(self, record: Any) -> dict[str, Any]:
        return {"name": record.name, "audience": audience_of(record)}


def audience_of(view: ListView) -> str:
    """With whom a view is shared, as `ViewForm` says it."""
    return f"{BRANCH}:{view.branch_id}" if view.shared == BRANCH else view.shared


def view_data(view: ListView, is_first: bool) -> dict[str, Any]:
    """What `ViewForm` shows of a view that is there."""
    return {
        "name": view.name,
        "audience": audience_of(view),
        "begin": is_first,
        "began": "y" * is_first,
        "version": view.version,
    }


def cell_form(edit: Edit, user: User, record: Any) -> Form:
    """The form of one cell: a field with the name of the record's attribute."""
    fields = {edit.key: edit.field(user, record)} if edit.field else {}
    form: Form = type("CellForm", (Form,), fields)(obj=record)
    form.record = None  # the verb tells whether what it writes was changed meanwhile
    return form


def many_form(listed: RecordList, user: User) -> Form:
    """The form for ticked rows: of each edit a tick `do_…`, and its field."""
    fields: dict[str, Any] = {}
    for edit in listed.edits:
        if edit.many:
            fields[f"do_{edit.key}"] = BooleanField(edit.title)
            if edit.field is not None:
                fields[edit.key] = edit.field(user, None)
    form: Form = type("ManyForm", (Form,), fields)()
    return form

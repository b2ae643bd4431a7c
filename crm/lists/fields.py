"""Fields that lists of several rooms ask."""

from collections.abc import Callable
from typing import Any

from wtforms import SelectChoice, SelectField
from wtforms.validators import Optional

from crm.accounts.models import User
from crm.accounts.queries import colleagues
from crm.forms import number


def colleague_field(
    title: Any, nobody: Any, now: Callable[[Any], User | None], role: str | None = None
) -> Callable[[User, Any], Any]:
    """As `Edit.field`: a choice of colleagues (of a role), with who it is now even when he left; `nobody` is empty."""

    def field(user: User, record: Any) -> Any:
        present = now(record) if record is not None else None
        choices = colleague_choices(user, str(nobody), present, role)
        return SelectField(title, coerce=number, validators=[Optional()], choices=choices)

    return field


def colleague_choices(user: User, nobody: str, present: User | None, role: str | None = None) -> list[SelectChoice]:
    """Nobody, the colleagues of a user (of a role) by name, and who it is now even when he left."""
    people = {person.id: person.name for person in colleagues(user, role)}
    if present is not None:
        people.setdefault(present.id, present.name)
    return [SelectChoice("", nobody), *(SelectChoice(key, name) for key, name in people.items())]

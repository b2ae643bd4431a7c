"""The step between *Deze relatie gebruiken* and its end: what of the typed data to take over."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flask import flash, render_template, request
from flask_login import current_user
from werkzeug.wrappers import Response

from crm.forms import Form
from crm.records import Conflict, Refused
from crm.relations import operations
from crm.relations.known import Difference, differences
from crm.relations.models import Relation
from crm.texts import gettext as _

Page = str | Response | tuple[str, int]
OWN = ("csrf_token", "once", "asked")


@dataclass
class Known:
    """Somebody who is known already: `role` client or partner, and what was typed, tidied."""

    role: str
    relation: Relation
    typed: Mapping[str, Any]

    @cached_property
    def rows(self) -> list[Difference]:
        """Where they differ."""
        return differences(self.relation, self.typed)

    @property
    def was_asked(self) -> bool:
        """True when the rows were shown and answered."""
        return self.role in request.form.getlist("asked")

    @property
    def ticked(self) -> list[str]:
        """What is to be taken over: at first whatever nothing is known of."""
        if self.was_asked:
            return request.form.getlist(f"take-{self.role}")
        return [row.key for row in self.rows if not (row.kept or row.locked)]

    @property
    def version(self) -> int | None:
        """The version of the relation that was shown."""
        return request.form.get(f"version-{self.role}", type=int)

    @property
    def parts(self) -> list[str]:
        """What of it to take over."""
        return [row.key for row in self.rows if row.key in self.ticked]

    def take_over(self) -> None:
        """Write what was ticked. Raises Refused, Conflict."""
        listed = ", ".join(row.label.lower() for row in self.rows if row.key in self.parts)
        operations.take_over(self.relation, self.typed, self.parts, current_user, self.version)
        if listed:
            flash(_("Overgenomen bij %(name)s: %(list)s.", name=self.relation.name, list=listed))


def ask_first(people: Sequence[Known], finish: Callable[[], Response]) -> Page:
    """Ask what to take over of people who are known, when anything differs; once answered do it, and finish.

    All in one: what cannot be is said on the same page, and nothing is written then.
    """
    differing = [one for one in people if one.rows]
    if any(not one.was_asked for one in differing):
        return page(differing)
    try:
        for one in differing:
            one.take_over()
        return finish()
    except Conflict:
        said = _("Iemand anders heeft dit intussen gewijzigd. Kijk na wat er nu staat en kies opnieuw.")
        return page(differing, said), 409
    except Refused as refusal:
        if not differing:
            raise
        return page(differing, str(refusal)), 422


def page(people: Sequence[Known], refusal: str = "") -> str:
    """The question, with all that was typed carried along."""
    own = {name for one in people for name in (f"take-{one.role}", f"version-{one.role}")}
    carried = [pair for pair in request.form.items(multi=True) if pair[0] not in (*OWN, *own)]
    return render_template(
        "relations/take_over.html", people=people, carried=carried, refusal=refusal, form=Form(formdata=None)
    )

"""A list as an address shows it: its columns, its views, its file."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask import Response, abort, current_app, request, stream_with_context, url_for
from flask_login import current_user

from crm import records
from crm.access import allowed
from crm.accounts.models import User
from crm.db import db
from crm.formats import today
from crm.lists import Column, Edit, RecordList, queries
from crm.lists.models import ListView
from crm.lists.sheet import head_of, lines_of
from crm.texts import gettext as _

# Which stretch of the rows one looks at, which view, which menu is open: no part of a view.
PASSING = {"after", "before", "page", "view", "menu"}
ALL = "all"
Pairs = list[tuple[str, str]]


@dataclass(frozen=True)
class Head:
    """A column as the table shows it: what is the same for all its cells. Empty `before`: they are not changed here.

    A cell is changed at `before`, the row's id, `after`; `change` begins what the link to it is called.
    """

    column: Column
    title: str
    before: str = ""
    after: str = ""
    change: str = ""


@dataclass
class Shown:
    """What the templates of a list need. `away`: where to go instead, when this user's list begins with a view."""

    listed: RecordList
    columns: list[Column]
    views: list[tuple[ListView, bool]]
    view: ListView | None
    may_change: bool
    may_export: bool
    away: str = ""

    @property
    def query(self) -> str:
        """The address without what passes: what a view keeps and the file asks."""
        return urlencode(asked())

    @property
    def is_changed(self) -> bool:
        """True when one looks at a view with other filters or columns than it keeps."""
        return self.view is not None and sorted(parse_qsl(self.view.query)) != sorted(asked())

    @property
    def owns_view(self) -> bool:
        """True when the open view is the user's own."""
        return self.view is not None and self.view.owner_id == current_user.id

    @property
    def everything(self) -> str:
        """The list without a view."""
        return url_for(self.listed.endpoint) + (f"?view={ALL}" if any(first for _view, first in self.views) else "")

    @property
    def file(self) -> str:
        """The address of the CSV file of exactly this."""
        return with_query(url_for(self.listed.export), self.query)

    @property
    def places(self) -> list[tuple[Column, bool]]:
        """Every column and whether it is shown: those that are in their order, then the others."""
        return [(one, True) for one in self.columns] + [
            (one, False) for one in self.listed.columns if one not in self.columns
        ]

    def address(self, view: ListView) -> str:
        """The list with a view."""
        return address_of(self.listed, view)

    @property
    def heads(self) -> list[Head]:
        """The columns with what their cells share, which is worked out once: a page has hundreds of cells."""
        edits = {edit.column: edit for edit in self.listed.edits if self.may_change}
        return [self.head(column, edits.get(column.key)) for column in self.columns]

    def head(self, column: Column, edit: Edit | None) -> Head:
        """One of them."""
        title = str(column.title)
        if edit is None or column is self.columns[0]:
            return Head(column, title)
        address = url_for("lists.cell", name=self.listed.name, id=0, key=edit.key, back=request.full_path)
        before, after = address.split("/0/", 1)
        return Head(column, title, f"{before}/", f"/{after}", _("%(field)s wijzigen van", field=title))

    def name_of(self, row: Any) -> str:
        """What a row is called: what its first cell says."""
        return self.listed.columns[0].text(row)


def asked() -> Pairs:
    """What this address asks, without what passes."""
    return parse_qsl(keepable(request.query_string.decode()))


def keepable(query: str) -> str:
    """Of an address's query what a view keeps."""
    return urlencode([(name, value) for name, value in parse_qsl(query) if name not in PASSING])


def with_query(address: str, query: str) -> str:
    return f"{address}?{query}" if query else address


def address_of(listed: RecordList, view: ListView) -> str:
    """The address of a list with a saved view."""
    return with_query(url_for(listed.endpoint), urlencode([*parse_qsl(view.query), ("view", view.id)]))


def keys_of(text: str) -> list[str]:
    """Keys of columns as they stand in an address."""
    return [key for key in text.split(",") if key]


def opened(name: str) -> Shown:
    """The list of this name as the request's address shows it to the current user."""
    listed = queries.lists()[name]
    views = queries.views_of(name, current_user)
    wanted = request.args.get("view", "")
    view = next((one for one, _first in views if str(one.id) == wanted), None)
    first = next((one for one, is_first in views if is_first), None)
    return Shown(
        listed,
        listed.chosen(keys_of(request.args.get("columns", ""))),
        views,
        view,
        allowed(current_user, listed.permission),
        allowed(current_user, export_permission(listed)),
        address_of(listed, first) if first and not request.args else "",
    )


def export_permission(listed: RecordList) -> str:
    """What the page of the file asks."""
    return str(getattr(current_app.view_functions[listed.export], "permission", ""))


def listed_or_404(name: str) -> RecordList:
    """The list of this name; 404 when there is none."""
    found = queries.lists().get(name)
    if found is None:
        abort(404)
    return found


def as_file(name: str, every: Callable[[User], Iterable[Any]]) -> Response:
    """The columns and rows this address shows, all pages of it, as CSV for a spreadsheet; streamed.

    `every` gives the rows that this user may see. It is asked when the request and its session are over: the file has a
    session of its own, which only reads, and a user of that session. The log says who took it, so that the view must be
    one that `writes_on_get`.
    """
    listed = queries.lists()[name]
    columns = listed.in_file(listed.chosen(keys_of(request.args.get("columns", ""))))
    records.note(listed.kind, 0, "export", current_user, what=request.query_string.decode(errors="replace")[:500])
    headers = {
        "Content-Disposition": f"attachment; filename={name}-{today():%Y-%m-%d}.csv",
        "Cache-Control": "no-store",
    }
    user_id, head = current_user.id, head_of(columns)

    def lines() -> Iterator[str]:
        db.session.info["read"] = True
        yield head
        yield from lines_of(columns, every(db.session.get_one(User, user_id)))

    return Response(stream_with_context(lines()), mimetype="text/csv", headers=headers)

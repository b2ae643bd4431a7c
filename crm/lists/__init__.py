"""Lists of records: chosen columns, saved views, cells and ticked rows that are changed there, export of what is seen.

A room declares its list (`RecordList`) and offers it through the hook `record_lists`; all lists share the rest.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

__all__ = ["Column", "Edit", "RecordList"]


@dataclass(frozen=True)
class Column:
    """One column: `text(row)` is what its cell says, on the screen and in the export; `key` stands in addresses.

    `look` are classes of the cell; `drawn` cells are drawn by the template of the page, which may show more than text.
    `parts` are keys of the columns that stand in its place in a file: what one reads at once comes back in apart.
    """

    key: str
    title: Any
    text: Callable[[Any], str]
    look: str = ""
    drawn: bool = False
    parts: tuple[str, ...] = ()


def as_chosen(value: Any, user: Any) -> Any:
    """What was filled in, as it is."""
    return value


@dataclass(frozen=True)
class Edit:
    """Something that may be changed in a list: a field of its records, or a verb without a value (`field` None).

    `key` is the record's attribute. `field(user, record)` gives the unbound form field that asks the value; `record` is
    None when it is asked for many. `resolve(value, user)` turns that into what `put` takes, once for all rows.
    `put(record, value, user)` writes it into a record that is saved afterwards. Both raise Refused. `column` is the
    column whose cells are changed in place, empty for none; `many` offers it for ticked rows.
    """

    key: str
    title: Any
    put: Callable[[Any, Any, Any], None]
    field: Callable[[Any, Any], Any] | None = None
    resolve: Callable[[Any, Any], Any] = as_chosen
    column: str = ""
    many: bool = True


@dataclass(frozen=True)
class RecordList:
    """A list of records of one kind. `name` stands in addresses; `endpoint` is its page, `export` that of its CSV file.

    `columns` are all there are, the first of which is always shown; `shown` are the keys of those one begins with.
    `edits` are for who may `permission`, asked again about each record.
    """

    name: str
    kind: str
    title: Any
    endpoint: str
    export: str
    permission: str
    columns: tuple[Column, ...]
    shown: tuple[str, ...]
    edits: tuple[Edit, ...] = ()

    def chosen(self, keys: list[str]) -> list[Column]:
        """The columns of these keys in their order, the first of all in front; those one begins with for no keys."""
        known = {column.key: column for column in self.columns}
        wanted = [key for key in dict.fromkeys(keys) if key in known] or list(self.shown)
        first = self.columns[0].key
        return [known[key] for key in (first, *(key for key in wanted if key != first))]

    def in_file(self, chosen: list[Column]) -> list[Column]:
        """The columns of a file with these chosen: their parts in their place, each column once."""
        known = {column.key: column for column in self.columns}
        keys = dict.fromkeys(key for column in chosen for key in (column.parts or (column.key,)))
        return [known[key] for key in keys]

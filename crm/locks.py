"""Fields that must keep what they hold for now: said where they are shown, and refused by every way in."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from crm.host import apart, hook, tell

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Lock:
    """A field of a record that nobody may change: `kind` and `number` say which record. `why` tells the user what holds
    it and what he can do instead, in his language."""

    kind: str
    number: int
    field: str
    why: str


def shown(record: Any) -> dict[str, str]:
    """{field: why it is locked} of a record on a screen; nothing when that cannot be said, for a save asks again."""
    if record.id is None:
        return {}
    try:
        with apart():
            locks = tell(hook.locked_fields, records=[record])
    except Exception:
        log.exception("what is locked of %s %s is not known", record.kind, record.id)
        return {}
    return {lock.field: lock.why for lock in locks if (lock.kind, lock.number) == (record.kind, record.id)}


def first_touched(records: Sequence[Any], touched: set[tuple[str, int, str]]) -> Lock | None:
    """The first lock on one of these (kind, id, field); None when none of them is locked."""
    locks = tell(hook.locked_fields, records=records) if records else []
    return next((lock for lock in locks if (lock.kind, lock.number, lock.field) in touched), None)

"""What a file holds, column by column, in one reading: which columns are empty, how dates are written."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from crm.imports.file import Row

DATE = re.compile(r"'?(\d{1,2})([/.\-])(\d{1,2})\2\d{2}(?:\d{2})?(?!\d)")
MONTHS = 12


@dataclass
class Survey:
    """`rows` with anything in them; `empty` are headers without a single value; `months` maps a header to the signs
    between numbers with which its dates can have the month in front only ("06/25/1985")."""

    rows: int = 0
    empty: list[str] = field(default_factory=list)
    months: dict[str, str] = field(default_factory=dict)


def survey(headers: Sequence[str], rows: Iterable[Row]) -> Survey:
    """What these rows hold."""
    found, filled = Survey(), set()
    months: dict[int, Counter[str]] = defaultdict(Counter)
    for row in rows:
        found.rows += 1
        for place, cell in enumerate(row.cells):
            if not cell or cell.isspace():
                continue
            filled.add(place)
            if (said := DATE.match(cell.lstrip())) and int(said[1]) <= MONTHS < int(said[3]):
                months[place][said[2]] += 1
    found.empty = [name for place, name in enumerate(headers) if name and place not in filled]
    found.months = {headers[place]: "".join(sorted(signs)) for place, signs in months.items() if place < len(headers)}
    return found

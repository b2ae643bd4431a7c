"""How fast a file of relations comes in through the pen: checks, doubles, audit, search index and all."""

import csv
import io

from bench.data import Made
from bench.measure import Result, timed
from bench.people import people
from crm import records
from crm.accounts.models import Branch, User
from crm.db import db
from crm.imports import operations
from crm.imports.models import Import

COLUMNS = [
    "first_name", "initials", "surname_prefix", "surname", "birth_date", "phone", "email", "street", "house_number",
    "house_number_suffix", "postal_code", "city",
]  # fmt: skip
TITLES = [
    "Voornaam", "Voorletters", "Tussenvoegsel", "Achternaam", "Geboortedatum", "Telefoonnummer", "E-mailadres",
    "Straat", "Huisnummer", "Toevoeging", "Postcode", "Woonplaats",
]  # fmt: skip


def measure(made: Made, engine: str, rows: int) -> Result:
    """Rows a second of one file, from the first chunk to the last."""
    text = io.StringIO()
    lines = csv.writer(text, delimiter=";")
    lines.writerow(TITLES)
    for one in people(rows, 70_000_000, seed=77):
        lines.writerow([getattr(one, name) for name in COLUMNS])
    branch, user = db.session.get(Branch, made.branch_id), db.session.get(User, made.user_id)
    work = operations.receive(io.BytesIO(text.getvalue().encode()), "relaties.csv", branch, user)
    operations.start(work, user)
    records.commit()
    number = work.id
    seconds, _nothing = timed(lambda: operations.run(number))
    records.commit()
    done = db.session.get(Import, number)
    rate = rows / seconds
    per_row = round(seconds / rows * 1000, 3)
    goal = f"≥ 2000 rows/s ({rate:.0f}; {done.created} made, {done.doubles} doubles, {done.refused} refused)"
    return Result(f"import, {engine}", per_row, None, None, None, goal, rate >= 2000 and done.status == "done")

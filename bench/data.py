"""An office of 100,000 relations and as many dossiers, written as fast as the database can, index and all."""

import datetime as dt
import random
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any

from sqlalchemy import func, insert, select, text

from bench.people import Person, known_client, namesakes, people
from crm import records
from crm.accounts import operations as accounts
from crm.accounts.models import Branch, User
from crm.activities.models import Appointment, Task
from crm.db import db, utcnow
from crm.dossiers.models import Dossier, LeadSource
from crm.feed.models import Post
from crm.relations import person as naming
from crm.relations.models import Household, HouseholdMember, Relation
from crm.search import operations as search

PASSWORD = "een-lang-wachtwoord"
EMAIL = "marieke.bakker@kantoor.example"
ADVISERS = 20
STATUSES = ["orienting", "orienting", "intake", "advice", "advice", "closed"]
CHUNK = 5000


@dataclass(frozen=True)
class Made:
    """What was made: who logs in, which records to open, whom to look for."""

    user_id: int
    branch_id: int
    lead_source_id: int
    relation_ids: list[int]
    dossier_ids: list[int]
    known_id: int
    people: list[Person]


def make(count: int) -> Made:
    """Fill an empty database. One adviser has half of the dossiers, one record in ten is another vestiging's."""
    utrecht, zwolle = accounts.create_branch("Utrecht"), accounts.create_branch("Zwolle")
    hasher = accounts.hasher(8, 1)
    user = accounts.create_user(EMAIL, "Marieke Bakker", PASSWORD, "assistant", [utrecht], passwords=hasher)
    advisers = [
        accounts.create_user(f"a{n}@kantoor.example", f"Adviseur {n}", PASSWORD, "adviser", [utrecht], passwords=hasher)
        for n in range(ADVISERS)
    ]
    records.commit()
    everyone = [*people(count - 5, 1), known_client(count - 4), *namesakes(count - 3)]
    write(Relation, relations(everyone, utrecht, zwolle))
    write(Household, ({"id": n, "version": 1, "name": "", **stamps()} for n in range(1, count // 3 + 1)))
    write(HouseholdMember, members(count))
    source = db.session.scalars(select(LeadSource.id).order_by(LeadSource.id)).first() or 0
    write(Dossier, dossiers(everyone, utrecht, zwolle, user, advisers, source))
    write(Post, posts(count, user))
    write(Appointment, appointments(count, utrecht, user, advisers))
    write(Task, tasks(count, utrecht, user))
    catch_up()
    mine = [person for person in everyone if person.id % 10]
    dice = random.Random(3)
    ids = [person.id for person in dice.sample(mine, min(300, len(mine)))]
    return Made(user.id, utrecht.id, source, ids, ids, count - 4, dice.sample(mine, min(300, len(mine))))


def index() -> int:
    """Write the search index from the records, as `crm search rebuild` does; gives the number of records."""
    done: dict[str, int] = {}
    for kind, count in search.rebuild():
        records.commit()
        db.session.expunge_all()
        done[kind] = count
    records.commit()
    return sum(done.values())


def stamps() -> dict[str, Any]:
    now = utcnow()
    return {"created_at": now, "updated_at": now}


def relations(everyone: Iterable[Person], utrecht: Branch, zwolle: Branch) -> Iterator[dict[str, Any]]:
    for one in everyone:
        values = asdict(one)
        yield {
            **defaults(Relation),
            **values,
            **stamps(),
            "title": "ms" if one.id % 2 else "mr",
            "branch_id": utrecht.id if one.id % 10 else zwolle.id,
            "sort_name": naming.sort_name(values),
            "match_name": naming.match_name(values),
        }


def members(count: int) -> Iterator[dict[str, Any]]:
    """Of every three people two live together."""
    for n in range(1, count // 3 + 1):
        for role, relation_id in (("applicant", n * 3 - 2), ("partner", n * 3 - 1)):
            yield {**defaults(HouseholdMember), **stamps(), "household_id": n, "relation_id": relation_id, "role": role,
                   "from_on": dt.date(2015, 6, 1)}  # fmt: skip


def dossiers(
    everyone: list[Person], utrecht: Branch, zwolle: Branch, user: User, advisers: list[User], source: int
) -> Iterator[dict[str, Any]]:
    dice = random.Random(2)
    last = everyone[-1].id
    for one in everyone:
        together = one.id % 3 and one.id + 2 <= last
        yield {
            **defaults(Dossier),
            **stamps(),
            "id": one.id,
            "number": f"D-2026-{one.id:06}",
            "status": dice.choice(STATUSES),
            "dossier_type": "home_purchase",
            "profile": "starter",
            "relation_id": one.id,
            "partner_id": one.id + 1 if together and one.id % 3 == 1 else None,
            "household_id": (one.id + 2) // 3 if together else None,
            "branch_id": utrecht.id if one.id % 10 else zwolle.id,
            "lead_source_id": source,
            "adviser_id": advisers[0 if one.id % 2 else dice.randrange(1, len(advisers))].id,
            "assistant_id": user.id,
        }


def posts(count: int, user: User) -> Iterator[dict[str, Any]]:
    """Three registraties about every dossier, one about every relation."""
    for n in range(count):
        for kind in ("dossier", "dossier", "dossier", "relation"):
            yield {**defaults(Post), **stamps(), "subject_kind": kind, "subject_id": n + 1, "data": {},
                   "text": "Gebeld over de stukken; stuurt het koopcontract morgen.", "author_id": user.id}  # fmt: skip


def appointments(count: int, branch: Branch, user: User, advisers: list[User]) -> Iterator[dict[str, Any]]:
    start = utcnow().replace(minute=0, second=0, microsecond=0) + dt.timedelta(days=1)
    for n in range(1, count, 20):
        at = start + dt.timedelta(hours=2 * (n // 20 % 2000))
        yield {
            **defaults(Appointment), **stamps(), "subject_kind": "dossier", "subject_id": n, "uid": f"{n}@bench",
            "title": "Teams oriëntatie starter", "branch_id": branch.id, "planner_id": user.id,
            "assigned_to_id": advisers[n // 20 % ADVISERS].id, "starts_at": at, "ends_at": at + dt.timedelta(hours=2),
        }  # fmt: skip


def tasks(count: int, branch: Branch, user: User) -> Iterator[dict[str, Any]]:
    for n in range(1, count, 25):
        yield {
            **defaults(Task), **stamps(), "subject_kind": "dossier", "subject_id": n, "title": "Klant nabellen",
            "due_on": dt.date.today() + dt.timedelta(days=n % 60), "branch_id": branch.id,
            "assigned_to_id": user.id if n % 50 else None,
        }  # fmt: skip


def defaults(model: type[Any]) -> dict[str, Any]:
    """What the columns of a table have when nothing is said; None where that is allowed."""
    found = {}
    for column in model.__table__.columns:
        if column.name == "id":
            continue
        if column.default is not None and column.default.is_scalar:
            found[column.name] = column.default.arg
        elif column.nullable:
            found[column.name] = None
    return found


def write(model: type[Any], rows: Iterable[dict[str, Any]]) -> None:
    """Insert rows in chunks; keys that are no column of the table are left out."""
    table = model.__table__
    waiting = iter(rows)
    while chunk := list(islice(waiting, CHUNK)):
        known = [{name: value for name, value in row.items() if name in table.c} for row in chunk]
        db.session.execute(insert(table), known)
    records.commit()


def catch_up() -> None:
    """PostgreSQL: number on from the ids that were written by hand, and count the rows for its planner."""
    if db.engine.dialect.name != "postgresql":
        return
    for model in (Relation, Household, Dossier):
        name = model.__tablename__
        last = db.session.scalar(select(func.max(model.id)))
        db.session.execute(text(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), :last)"), {"last": last})
    records.commit()


def analyze() -> None:
    """PostgreSQL: what its autovacuum would have done by the next morning."""
    if db.engine.dialect.name == "postgresql":
        db.session.remove()
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))

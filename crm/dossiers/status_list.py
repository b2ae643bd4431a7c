"""Verbs of the status list: bring it in, adapt it to the office (domain.md §5.1)."""

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import func, select

from crm.accounts.models import User
from crm.db import db
from crm.dossiers import status_path, statuses
from crm.dossiers.models import Dossier
from crm.dossiers.statuses import DossierStatus, DossierStep
from crm.locks import Lock
from crm.records import Refused, check_version, delete, save, save_many
from crm.settings import touch
from crm.texts import N_, said

CHANGED = ("title", "phase", "weight", "is_active", "in_order")


def load() -> None:
    """Bring in the statuses of config/content that are not there yet, with the steps from and to them; what an office
    changed stays. Raises Refused when they do not go with what the office made of its path."""
    rows = {row.key: row for row in db.session.scalars(select(DossierStatus))}
    path = status_path.starting_path()
    names = ("key", "title", "phase", "meaning", "weight", "in_order")
    new = [DossierStatus(**{name: getattr(one, name) for name in names}) for one in path if one.key not in rows]
    if not new:
        return
    with walkable():
        save_many(new, None)
        coming = {row.key for row in new}
        rows |= {row.key: row for row in new}
        steps = [(one.key, to, guards) for one in path for to, guards in one.steps.items()]
        save_many(
            [
                DossierStep(origin_id=rows[origin].id, target_id=rows[to].id, guards=written(guards))
                for origin, to, guards in steps
                if coming & {origin, to}
            ],
            None,
        )


def written(guards: Any) -> str:
    """Names of guards as a row keeps them."""
    return ",".join(name for name in status_path.GUARDS if name in guards)


@contextmanager
def walkable() -> Iterator[None]:
    """What is written within is undone when no dossier could walk the path then. Raises Refused."""
    with db.session.begin_nested():
        # Two beheerders at once would each leave a good path, and together perhaps none.
        fixed = DossierStatus.meaning.in_(status_path.FIXED)
        db.session.execute(select(DossierStatus.id).where(fixed).with_for_update())
        yield
        touch(statuses.KEPT)
        statuses.current().check()


def save_status(
    values: dict[str, Any], user: User, status: DossierStatus | None = None, version: int | None = None
) -> DossierStatus:
    """A status of the office's own, or another name, place or switch of one. Raises Refused, Conflict.

    `values`: title, phase, weight, is_active, in_order; and meaning for a new one, which can be called off with a
    reason from the start.
    """
    if status:
        check_version(status, version)
    elif values["meaning"] not in status_path.MEANINGS or values["meaning"] in status_path.FIXED:
        raise Refused("Kies wat de status betekent.")
    new = status or DossierStatus(key=f"office_{secrets.token_hex(4)}", meaning=values["meaning"])
    with walkable():
        for name in CHANGED:
            value = values[name]
            setattr(new, name, value.strip() if isinstance(value, str) else value)
        save(new, user)
        if status is None and new.meaning not in status_path.ENDED:
            out = statuses.current().first(status_path.CANCELLED)
            write_step(new, row_of(out), {status_path.REASON}, user)
    return new


def locks(rows: Sequence[Any]) -> list[Lock]:
    """Of these records what the house works with: the statuses that every path has."""
    found = []
    for row in (row for row in rows if row.kind == DossierStatus.kind):
        status = statuses.current().statuses[row.key]
        if status.is_fixed:
            why = said(N_("%(status)s ligt vast: Sleutel werkt met deze status."), status=said(status.title))
            found += [Lock(row.kind, row.id, field, why) for field in ("meaning", *CHANGED)]
    return found


def row_of(key: str) -> DossierStatus:
    """The row of a status."""
    return db.session.scalars(select(DossierStatus).where(DossierStatus.key == key)).one()


def write_step(origin: DossierStatus, target: DossierStatus, guards: Any, user: User) -> DossierStep:
    """One step, as it is."""
    made = DossierStep(origin=origin, target=target, origin_id=origin.id, target_id=target.id, guards=written(guards))
    saved: DossierStep = save(made, user)
    return saved


def add_step(origin: DossierStatus, to: str, guards: Sequence[str], user: User) -> DossierStep:
    """A step from a status to the one with this key. Raises Refused."""
    check_new_step(origin, to, guards)
    with walkable():
        return write_step(origin, row_of(to), guards, user)


def change_step(step: DossierStep, to: str, guards: Sequence[str], user: User, version: int | None) -> DossierStep:
    """Another status that a step leads to, or other guards. Raises Refused, Conflict."""
    check_version(step, version)
    check_new_step(step.origin, to, guards, now=step.to)
    with walkable():
        step.target = row_of(to)
        step.target_id, step.guards = step.target.id, written(guards)
        saved: DossierStep = save(step, user)
        return saved


def check_new_step(origin: DossierStatus, to: str, guards: Sequence[str], now: str = "") -> None:
    """Raises Refused for a step to nowhere, one that is there already (but for where it leads `now`), or an unknown
    guard."""
    path = statuses.current()
    if (target := path.get(to)) is None or to == origin.key:
        raise Refused("Kies naar welke status de stap gaat.")
    if to != now and to in path.statuses[origin.key].steps:
        raise Refused("Er is al een stap naar %(status)s. Verwijder die eerst.", status=target.title)
    if set(guards) - set(status_path.GUARDS):
        raise Refused("Deze voorwaarde is er niet.")


def remove_step(step: DossierStep, user: User) -> None:
    """Take a step away. Raises Refused when a status could not be reached or left without it."""
    with walkable():
        delete(step, user)


def dossiers_in() -> dict[str, int]:
    """{key of a status: how many dossiers of the whole office are in it}."""
    rows = db.session.execute(select(Dossier.status, func.count()).group_by(Dossier.status))
    return {row[0]: row[1] for row in rows}


def steps_of(status: DossierStatus) -> dict[str, DossierStep]:
    """{key: step the office wrote down from this status}."""
    query = select(DossierStep).where(DossierStep.origin_id == status.id)
    return {step.target.key: step for step in db.session.scalars(query)}

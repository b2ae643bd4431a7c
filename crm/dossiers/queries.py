"""Questions about dossiers."""

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    CompoundSelect,
    Select,
    bindparam,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import joinedload, lazyload
from sqlalchemy.orm.interfaces import ORMOption

from crm.accounts.models import Branch, User
from crm.accounts.queries import visible_users
from crm.activities.models import OPEN_STATUSES, Appointment
from crm.activities.office import CALL_BACK_AFTER, calendar
from crm.db import db, rows, utcnow
from crm.dossiers import statuses
from crm.dossiers.models import Dossier, LeadSource, Product, Service
from crm.dossiers.status_path import INTAKE, ORIENTING
from crm.formats import local
from crm.records import Ref
from crm.relations.models import Relation, RelationAccess
from crm.relations.queries import PARTNER, partner_id_of, partners_of
from crm.search import words
from crm.statements import names_of, prepared
from crm.texts import N_, said

PAGE = 50


@prepared("branch_ids")
def visible_dossiers(user: User) -> Select[Dossier]:
    """Dossiers of this user's vestigingen, and of relations they were given access to."""
    return select(Dossier).options(*people_alone()).where(in_sight(user))


@cache
def people_alone() -> list[ORMOption]:
    """Load a dossier's people without their vestiging, which is the dossier's, nearly always."""
    return [joinedload(person).lazyload(Relation.branch) for person in (Dossier.relation, Dossier.partner)]


@prepared("branch_ids")
def ids_in_sight(user: User) -> Select[int]:
    """Ids of the dossiers this user may see."""
    return select(Dossier.id).where(in_sight(user))


def is_open() -> ColumnElement[bool]:
    """Is it neither closed nor cancelled? For a statement that has dossiers in it."""
    return Dossier.status.in_(statuses.current().open_keys)


def beside() -> list[Any]:
    """Options for a statement that has dossiers beside something else, perhaps none: only their people come along."""
    people = [joinedload(one, innerjoin=False).lazyload(Relation.branch) for one in (Dossier.relation, Dossier.partner)]
    rest = (Dossier.branch, Dossier.lead_source, Dossier.adviser, Dossier.assistant)
    return people + [lazyload(one) for one in rest]


@prepared("branch_ids")
def in_sight(user: User) -> Any:
    """Condition: this user may see the dossier."""
    return or_(Dossier.branch_id.in_(user.branch_ids), Dossier.relation_id.in_(given_to(user)))


def parts_in_sight(user: User) -> list[Any]:
    """The same in parts that each have an index: one for each vestiging, one for relations that were given."""
    return [Dossier.branch_id == branch_id for branch_id in user.branch_ids] + [Dossier.relation_id.in_(given_to(user))]


@prepared("branch_ids")
def given_to(user: User) -> Select[int]:
    """Ids of relations that this user's vestigingen were given access to."""
    return select(RelationAccess.relation_id).where(RelationAccess.branch_id.in_(user.branch_ids))


def visible_services(user: User) -> Select[Service]:
    """Diensten of dossiers this user may see."""
    return select(Service).join(Service.dossier).where(in_sight(user))


def visible_products(user: User) -> Select[Product]:
    """Products of dossiers this user may see."""
    return select(Product).join(Product.dossier).where(in_sight(user))


def visible_lead_sources(user: User) -> Select[LeadSource]:
    """Bronnen are the whole office's."""
    return select(LeadSource)


def lead_sources(every: bool = False) -> Sequence[LeadSource]:
    """Bronnen in the order of the list; `every` gives those that are switched off too."""
    query = select(LeadSource).order_by(LeadSource.weight, LeadSource.name)
    return db.session.scalars(query if every else query.where(LeadSource.is_active)).all()


class Choice(NamedTuple):
    """What a list of choices shows of a bron or a colleague; a bron has no role."""

    id: int
    name: str
    role: str


def choices(user: User) -> tuple[list[Choice], list[Choice]]:
    """The bronnen in use in the order of the list, and the user's colleagues by name; one statement."""
    sources = select(LeadSource.id, LeadSource.name, literal("").label("role"), LeadSource.weight)
    people = visible_users(user).with_only_columns(User.id, User.name, User.role, literal(0))
    both = union_all(sources.where(LeadSource.is_active), people.where(User.is_enabled)).subquery()
    ordered = select(both.c.id, both.c.name, both.c.role).order_by(both.c.weight, both.c.name)
    found = [Choice(*row) for row in db.session.execute(ordered)]
    return [one for one in found if not one.role], [one for one in found if one.role]


def branches(user: User) -> list[Branch]:
    """The vestigingen a user may make a dossier for, by name."""
    return [branch for branch in user.branches if branch.is_active]


def dossiers_of(relation: Relation, user: User) -> Sequence[Dossier]:
    """The dossiers in which this person is applicant or partner, newest first."""
    return db.session.scalars(of_people(user), {"people": [relation.id]}).all()


def newest_of(relation: Relation) -> Dossier | None:
    """The newest dossier that is open, or else the newest, of a person: for what he may know himself."""
    mine = or_(Dossier.relation_id == relation.id, Dossier.partner_id == relation.id)
    query = select(Dossier).where(mine).order_by(is_open().desc(), Dossier.id.desc()).limit(1)
    return db.session.scalars(query).unique().first()


@prepared("branch_ids")
def of_people(user: User) -> Select[Dossier]:
    """The newest dossiers in which one of `people` (ids) is applicant or partner."""
    mine = Dossier.id.in_(ids_of_persons(bindparam("people", expanding=True)))
    return visible_dossiers(user).where(mine).order_by(Dossier.id.desc()).limit(rows(PAGE))


def ids_of_persons(ids: Collection[int] | BindParameter[Any]) -> CompoundSelect[int]:
    """Ids of the dossiers in which these people are applicant or partner, each from its own index."""
    columns = (Dossier.relation_id, Dossier.partner_id)
    return union_all(*(select(Dossier.id).where(column.in_(ids)) for column in columns))


def beside_partners(relation: Relation, user: User) -> list[tuple[Dossier, Relation | None]]:
    """The dossiers of a person, newest first, each with who is now the partner of its client; one statement."""
    found = db.session.execute(of_people_with_partners(user), {"people": [relation.id]}).unique()
    return [(dossier, partner) for dossier, partner in found]


@prepared("branch_ids")
def of_people_with_partners(user: User) -> Select[Dossier, Relation]:
    """The statement of `beside_partners`."""
    return with_partners(of_people(user))


def with_partners(query: Select[Dossier]) -> Select[Dossier, Relation]:
    """The dossiers of a query, newest first, each with who is now the partner of its client."""
    # From the few dossiers on: with so many tables PostgreSQL joins in the order in which they are written.
    few = query.with_only_columns(Dossier.id).subquery()
    found = select(Dossier, PARTNER).select_from(few).join(Dossier, Dossier.id == few.c.id)
    found = found.outerjoin(PARTNER, PARTNER.id == partner_id_of(Dossier.relation_id))
    return found.options(lazyload(PARTNER.branch), *people_alone()).order_by(Dossier.id.desc())


def partner_changes(dossiers: Iterable[tuple[Dossier, Relation | None]]) -> dict[int, Relation | None]:
    """Of lasting dossiers whose partner is not the client's partner now: who is, by id; None when nobody is.

    A household that changes does not change a dossier by itself: somebody decides that (`operations.set_partner`).
    """
    found = {one.id: (one.partner_id, now) for one, now in dossiers if one.is_open}
    return {id: now for id, (known, now) in found.items() if known != (now.id if now else None)}


def has_left(dossier: Dossier) -> bool:
    """The dossier's partner is no longer the client's: what is written to him is not for the client."""
    if dossier.partner_id is None:
        return False
    now = partners_of([dossier.relation_id]).get(dossier.relation_id)
    return now is None or now.id != dossier.partner_id


def is_reusable(dossier: Dossier) -> bool:
    """May a talk be planned in this dossier? Only in oriënteren or intake (O-044)."""
    return dossier.is_before_talk


def why_not_reusable(dossier: Dossier) -> str:
    """The reason a dossier cannot be chosen, empty when it can (O-044, O-045)."""
    if is_reusable(dossier):
        return ""
    return said(
        N_(
            "Status is %(status)s. Alleen een dossier in Oriënteren of Intake kan worden gebruikt: "
            "anders kan de klant niet bij de kennismaking."
        ),
        status=dossier.status_title,
    )


def open_appointment(dossier: Dossier) -> Appointment | None:
    """The dossier's planned appointment, asked anew: see `current`."""
    about = (Appointment.subject_kind == "dossier", Appointment.subject_id == dossier.id)
    query = select(Appointment).where(*about, Appointment.status.in_(OPEN_STATUSES))
    return current(db.session.scalars(query.order_by(Appointment.starts_at)).unique().all())


def current(appointments: Sequence[Appointment]) -> Appointment | None:
    """The next of open appointments in order of time, else the last one that was not closed off."""
    coming = (one for one in appointments if one.ends_at > utcnow())
    return next(coming, appointments[-1] if appointments else None)


def next_step(dossier: Dossier) -> str:
    """What the office does next, as things stand: "plan" the talk, "confirm" it to the client, tell of its "change",
    go on to the next "status"; empty when it waits for the talk or is at its end."""
    if not dossier.is_before_talk:
        return "status" if dossier.is_open else ""
    appointment = current(dossier.open_appointments)
    if appointment is None:
        return "status" if dossier.meaning == INTAKE and dossier.talks else "plan"
    if appointment.has_begun:
        return "status"
    if appointment.status in ("planned", "rescheduled"):
        return "confirm" if appointment.status == "planned" else "change"
    return "status" if dossier.meaning == ORIENTING else ""


def whole(dossier_id: int, user: User, with_holdings: bool = False) -> tuple[Dossier, Relation | None] | None:
    """A dossier this user may see with what its page always shows, and the client's partner now; one statement."""
    found = db.session.execute(one_whole(user, with_holdings), {"dossier_id": dossier_id}).unique().first()
    return (found[0], found[1]) if found else None


@prepared("branch_ids")
def one_whole(user: User, with_holdings: bool) -> Select[Dossier, Relation]:
    """The statement of `whole`."""
    holdings = [Dossier.services, Dossier.products] if with_holdings else []
    query = with_partners(visible_dossiers(user).where(Dossier.id == bindparam("dossier_id")))
    talks = joinedload(Dossier.appointments).options(*names_of(Appointment.branch, Appointment.assigned_to))
    people = names_of(Dossier.branch, Dossier.lead_source, Dossier.adviser, Dossier.assistant)
    return query.options(talks, *people, *map(joinedload, [Dossier.ticks, *holdings]))


def call_back_day(appointment: Appointment) -> dt.date:
    """When Klant nabellen is due unless somebody picks another day: a week later, on a working day (O-068)."""
    return calendar().next(local(appointment.starts_at).date() + CALL_BACK_AFTER)


@dataclass(frozen=True)
class Filters:
    """What a list of dossiers is narrowed to; `mine` is adviser or assistant."""

    status: str = ""
    branch_id: int | None = None
    adviser_id: int | None = None
    mine: bool = False


def dossier_list(user: User, filters: Filters, after: int | None = None, limit: int = PAGE) -> Sequence[Dossier]:
    """One page of the list, newest first, and one more when there is a next page; `after` is the last id seen."""
    return db.session.scalars(page_query(user, filters, after, limit).options(*list_columns())).all()


def page_query(user: User, filters: Filters, after: int | None, limit: int) -> Select[Dossier]:
    """The page as one statement: the newest of each vestiging by its own index, merged; an OR would sort all."""
    firsts = []
    for part in parts_in_sight(user):
        query = narrowed(select(Dossier.id).where(part), user, filters)
        if after:
            query = query.where(Dossier.id < after)
        firsts.append(select(query.order_by(Dossier.id.desc()).limit(rows(limit + 1)).subquery()))
    page = select(Dossier).where(Dossier.id.in_(union_all(*firsts)))
    return page.order_by(Dossier.id.desc()).limit(rows(limit + 1))


def every(user: User, filters: Filters) -> Iterator[Dossier]:
    """Everything the list shows with these filters, newest first, fetched a stretch at a time."""
    query = narrowed(visible_dossiers(user), user, filters).options(*list_columns()).order_by(Dossier.id.desc())
    yield from db.session.scalars(query.execution_options(yield_per=500))


def narrowed(query: Select[Any], user: User, filters: Filters) -> Select[Any]:
    """The same query with the filters in it; status "open" is every one that is not ended."""
    if filters.status == "open":
        query = query.where(is_open())
    elif filters.status:
        query = query.where(Dossier.status == filters.status)
    if filters.branch_id:
        query = query.where(Dossier.branch_id == filters.branch_id)
    if filters.adviser_id:
        query = query.where(Dossier.adviser_id == filters.adviser_id)
    if filters.mine:
        query = query.where(or_(Dossier.adviser_id == user.id, Dossier.assistant_id == user.id))
    return query


def list_columns() -> list[Any]:
    """Only what a row of the list shows: names, no addresses, no passwords."""
    names = (Relation.first_name, Relation.initials, Relation.surname_prefix, Relation.surname)
    return [
        joinedload(Dossier.relation).load_only(*names).lazyload(Relation.branch),
        joinedload(Dossier.partner).load_only(*names).lazyload(Relation.branch),
        *names_of(Dossier.branch, Dossier.lead_source, Dossier.adviser, Dossier.assistant),
    ]


def products_of(dossier: Dossier) -> Sequence[Product]:
    """The products of a dossier, in the order in which they came."""
    return db.session.scalars(select(Product).where(Product.dossier_id == dossier.id).order_by(Product.id)).all()


def search_words(dossiers: Sequence[Dossier]) -> dict[int, str]:
    """What a dossier is found by: its number, and the names and numbers of its people."""
    return {dossier.id: words.join(dossier.number, *map(person_words, dossier.applicants)) for dossier in dossiers}


def person_words(person: Relation) -> str:
    """What one of a dossier's people is found by."""
    return words.join(
        words.person(person.first_name, person.initials, person.surname_prefix, person.surname),
        words.phones(person.phone, person.other_phone),
        person.email,
        words.address(person.street, person.house_number, person.house_number_suffix, person.postal_code, person.city),
    )


def search_branches(dossiers: Sequence[Dossier]) -> dict[int, set[int]]:
    """Whose users may find a dossier: its own vestiging's, and those who were given access to the client."""
    found = {dossier.id: {dossier.branch_id} for dossier in dossiers}
    people = {dossier.relation_id for dossier in dossiers}
    query = select(RelationAccess.relation_id, RelationAccess.branch_id)
    for relation_id, branch_id in db.session.execute(query.where(RelationAccess.relation_id.in_(people))):
        for dossier in dossiers:
            if dossier.relation_id == relation_id:
                found[dossier.id].add(branch_id)
    return found


def refs_of_persons(ids: Collection[int]) -> list[Ref]:
    """The dossiers in which these people are applicant or partner."""
    return [("dossier", one) for one in set(db.session.scalars(ids_of_persons(ids)))]

"""Questions about service requests."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Select, bindparam, case, func, or_, select
from sqlalchemy.orm import joinedload

from crm import formats
from crm.accounts.models import Branch, User
from crm.db import db, rows
from crm.dossiers.models import Dossier
from crm.mail import Placeholder, Recipient
from crm.relations import queries as relations
from crm.relations.models import Relation
from crm.search import words
from crm.service_requests.models import ServiceRequest
from crm.service_requests.typed import STATUSES, UNFINISHED, person
from crm.settings import setting
from crm.statements import names_of, prepared

PAGE = 50
SHOWN = 20  # in a box


@dataclass(frozen=True)
class Filters:
    """What the queue shows: `status` a key, "" for all that is unfinished or "all"; a vestiging's id; a topic's key;
    `mine` what is assigned to the user."""

    status: str = ""
    branch_id: int | None = None
    topic: str = ""
    mine: bool = False


@prepared("branch_ids")
def visible_requests(user: User) -> Select[ServiceRequest]:
    """Requests of the user's own vestigingen."""
    return select(ServiceRequest).where(ServiceRequest.branch_id.in_(user.branch_ids))


@prepared("branch_ids")
def open_count(user: User) -> Select[Any]:
    """Asks how many requests nobody has taken up yet, for the badge."""
    return visible_requests(user).with_only_columns(func.count()).where(ServiceRequest.status == "open")


def queue(user: User, filters: Filters, after: int = 0) -> Sequence[ServiceRequest]:
    """A page of requests, oldest first, and one more when there is more; `after` is the last id of the page before."""
    query = narrowed(user, filters).where(ServiceRequest.id > after).limit(PAGE + 1)
    return db.session.scalars(query).unique().all()


def every(user: User, filters: Filters) -> Iterator[ServiceRequest]:
    """Everything the queue shows with these filters, oldest first, fetched a stretch at a time."""
    yield from db.session.scalars(narrowed(user, filters).execution_options(yield_per=500))


def narrowed(user: User, filters: Filters) -> Select[ServiceRequest]:
    """The queue with these filters, oldest first."""
    query = visible_requests(user).order_by(ServiceRequest.id)
    if filters.status in STATUSES:
        query = query.where(ServiceRequest.status == filters.status)
    elif filters.status != "all":
        query = query.where(ServiceRequest.status.in_(UNFINISHED))
    if filters.branch_id:
        query = query.where(ServiceRequest.branch_id == filters.branch_id)
    if filters.topic:
        query = query.where(ServiceRequest.topic == filters.topic)
    if filters.mine:
        query = query.where(ServiceRequest.assigned_to_id == user.id)
    people = joinedload(ServiceRequest.relation).lazyload(Relation.branch)
    return query.options(people, *names_of(ServiceRequest.assigned_to))


def newest(user: User, count: int = 8) -> Sequence[ServiceRequest]:
    """The requests that wait longest, for the start page."""
    query = visible_requests(user).where(ServiceRequest.status == "open").order_by(ServiceRequest.id).limit(count)
    return db.session.scalars(query).unique().all()


def requests_of(relation: Relation, user: User) -> Sequence[ServiceRequest]:
    """A relation's requests, newest first."""
    return db.session.scalars(of_relation(user), {"relation_id": relation.id}).unique().all()


@prepared("branch_ids")
def of_relation(user: User) -> Select[ServiceRequest]:
    """The statement of `requests_of`."""
    return in_a_box(visible_requests(user).where(ServiceRequest.relation_id == bindparam("relation_id")))


def requests_around(dossier: Dossier, user: User) -> Sequence[ServiceRequest]:
    """Requests linked to a dossier, and those of its applicants that belong to no other dossier, newest first.

    The dossier may be one that is yet to be made."""
    people = [id for id in (dossier.relation_id, dossier.partner_id) if id]
    if not people:
        return []
    return db.session.scalars(around(user), {"dossier_id": dossier.id, "people": people}).unique().all()


@prepared("branch_ids")
def around(user: User) -> Select[ServiceRequest]:
    """The statement of `requests_around`."""
    loose = ServiceRequest.relation_id.in_(bindparam("people", expanding=True)) & ServiceRequest.dossier_id.is_(None)
    return in_a_box(visible_requests(user).where(or_(ServiceRequest.dossier_id == bindparam("dossier_id"), loose)))


def in_a_box(query: Select[ServiceRequest]) -> Select[ServiceRequest]:
    """The newest of a query, with what a box beside a record shows of them."""
    names = names_of(ServiceRequest.branch, ServiceRequest.assigned_to)
    return query.options(*names).order_by(ServiceRequest.id.desc()).limit(rows(SHOWN))


def branches() -> Sequence[Branch]:
    """The vestigingen a client may choose from."""
    return db.session.scalars(select(Branch).where(Branch.is_active).order_by(Branch.name)).all()


def usual_branch() -> Branch:
    """The vestiging that gets what nobody chose one for: the office's setting, else its oldest.

    Raises NoResultFound in an office without vestigingen.
    """
    named = case((Branch.name == setting("service_requests.usual_branch"), 0), else_=1)
    return db.session.scalars(select(Branch).where(Branch.is_active).order_by(named, Branch.id).limit(1)).one()


def mail_words(request: ServiceRequest) -> list[Placeholder]:
    """What a mail may say of who asked: of the relation, or else of the name as it was typed."""
    return [replace(word, fill_in=request.relation or request) for word in relations.mail_words([writer(request)])]


def mail_recipients(request: ServiceRequest) -> list[Recipient]:
    """Who asked."""
    return relations.mail_recipients([writer(request)])


def writer(request: ServiceRequest) -> Relation:
    """Who wrote the request: its relation, else a person as he typed himself, that is never saved."""
    return request.relation or Relation(**person(request.typed), address_form="u")


def search_words(found: Sequence[ServiceRequest]) -> dict[int, str]:
    """By what the search box finds each request: what the client typed, tidied."""
    return {one.id: words_of(person(one.typed)) for one in found}


def words_of(values: dict[str, Any]) -> str:
    """The words of one person."""
    return words.join(
        words.person(values["first_name"], values["initials"], values["surname_prefix"], values["surname"]),
        words.phones(values["phone"]),
        values["email"],
        words.birth_date(values["birth_date"]),
        words.address(
            values["street"],
            values["house_number"],
            values.get("house_number_suffix", ""),
            values["postal_code"],
            values["city"],
        ),
    )


def search_detail(found: ServiceRequest) -> str:
    """The second line of a hit."""
    came = formats.short_date(formats.local(found.created_at).date())
    parts = (f"Serviceaanvraag van {came}", found.status_title, formats.show_phone(found.phone), found.branch.name)
    return " · ".join(part for part in parts if part)

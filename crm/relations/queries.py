"""Questions about relations, their households and how they are addressed."""

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Select, func, or_, select, union_all
from sqlalchemy.orm import aliased, contains_eager, joinedload, lazyload, selectinload

from crm import formats, names
from crm.accounts.models import User
from crm.db import db, rows
from crm.mail import Placeholder, Recipient
from crm.mail.queries import form_of
from crm.relations import person
from crm.relations.duplicates import Double, doubles, found_before
from crm.relations.models import AccessRequest, Household, HouseholdMember, Relation, RelationAccess
from crm.search import words
from crm.statements import prepared, this_day

__all__ = ["Double", "doubles", "found_before"]

PAGE = 50
WORDS = {"voornaam": "first_name", "achternaam": "surname_full", "naam": "name", "adres": "address"}
PAIR = ("applicant", "partner")

# Other names for tables in one statement. Made once: to make them anew took a quarter of the time of a client's page.
MINE, OTHER, PARTNER = aliased(HouseholdMember), aliased(HouseholdMember), aliased(Relation)


@prepared("branch_ids")
def visible_relations(user: User) -> Select[Relation]:
    """Relations of the user's vestigingen, and those another vestiging gave them access to."""
    return select(Relation).where(in_sight(user))


@prepared("branch_ids")
def in_sight(user: User) -> Any:
    """Condition: this user may see the relation."""
    given = select(RelationAccess.relation_id).where(RelationAccess.branch_id.in_(user.branch_ids))
    return or_(Relation.branch_id.in_(user.branch_ids), Relation.id.in_(given))


def visible_households(user: User) -> Select[Household]:
    """Households with a member this user may see."""
    seen = visible_relations(user).with_only_columns(Relation.id)
    return select(Household).where(
        Household.id.in_(select(HouseholdMember.household_id).where(HouseholdMember.relation_id.in_(seen)))
    )


@prepared("branch_ids")
def visible_requests(user: User) -> Select[AccessRequest]:
    """Requests for access to a relation of the user's own vestigingen: theirs to answer."""
    return select(AccessRequest).join(AccessRequest.relation).where(Relation.branch_id.in_(user.branch_ids))


def households_of(relation: Relation) -> Sequence[Household]:
    """Every household this relation is or was in, with all members; the present one first.

    Of two present ones the household of his own, as applicant or partner, goes before that of his parents.
    """
    mine = select(HouseholdMember.household_id).where(HouseholdMember.relation_id == relation.id)
    query = select(Household).where(Household.id.in_(mine)).options(selectinload(Household.members))
    found = list(db.session.scalars(query.execution_options(populate_existing=False)))
    return sorted(found, key=lambda household: (*place_in(household.members, relation), -household.id))


def place_in(members: Iterable[HouseholdMember], relation: Relation) -> tuple[bool, bool]:
    """(not there now, not as applicant or partner) of a household with these members: lower counts for more."""
    mine = current_among(members, relation)
    return mine is None, mine is None or mine.role not in PAIR


def housemates(relation: Relation, user: User) -> Sequence[tuple[HouseholdMember, bool]]:
    """Everybody of every household this relation is or was in, and whether this user may see that person."""
    mine = select(HouseholdMember.household_id).where(HouseholdMember.relation_id == relation.id)
    query = (
        select(HouseholdMember, in_sight(user))
        .join(HouseholdMember.relation)
        .options(contains_eager(HouseholdMember.relation).lazyload(Relation.branch))
        .where(HouseholdMember.household_id.in_(mine))
        .order_by(HouseholdMember.id)
    )
    return [(member, bool(may_see)) for member, may_see in db.session.execute(query)]


def household_of(relation: Relation) -> Household | None:
    """The household this relation is in now."""
    found = households_of(relation)
    return found[0] if found and current_member(found[0], relation) else None


def current_member(household: Household, relation: Relation) -> HouseholdMember | None:
    """This relation's present membership of a household."""
    return current_among(household.members, relation)


def current_among(members: Iterable[HouseholdMember], relation: Relation) -> HouseholdMember | None:
    """This relation's present membership among these."""
    return next((one for one in members if one.relation_id == relation.id and is_current(one)), None)


def is_current(member: HouseholdMember, on: dt.date | None = None) -> bool:
    """In the household on that day, today unless told; on the last day no longer."""
    return member.until_on is None or member.until_on > (on or formats.today())


def partner_of(relation: Relation) -> Relation | None:
    """The present partner, when there is one."""
    return partner_in(household_of(relation), relation)


def partner_id_of(relation_id: Any) -> Any:
    """The id of who is now the partner of a relation, for a statement that has the relation's id in this column.

    The newest household counts, as in `household_of`; a child of the house has no partner there.
    """
    query = select(OTHER.relation_id).join(MINE, MINE.household_id == OTHER.household_id)
    query = query.where(MINE.relation_id == relation_id, OTHER.relation_id != MINE.relation_id)
    for member in (MINE, OTHER):
        still = or_(member.until_on.is_(None), member.until_on > this_day())
        query = query.where(member.role.in_(PAIR), still)
    return query.order_by(MINE.household_id.desc()).limit(1).scalar_subquery()


def partners_of(ids: Collection[int]) -> dict[int, Relation]:
    """Who is now the partner of each of these relations, by id; one statement."""
    query = select(Relation.id, PARTNER).join(PARTNER, PARTNER.id == partner_id_of(Relation.id))
    rows = db.session.execute(query.where(Relation.id.in_(ids)).options(lazyload(PARTNER.branch)))
    return {row[0]: row[1] for row in rows}


def partner_in(household: Household | None, relation: Relation) -> Relation | None:
    """The other applicant or partner who is in this household now."""
    return partner_among(household.members if household else (), relation)


def partner_among(members: Collection[HouseholdMember], relation: Relation) -> Relation | None:
    """The other applicant or partner who is still there, among the members of one household.

    Who is there as a child, or as another member of the family, has no partner there.
    """
    if place_in(members, relation) != (False, False):
        return None
    for member in members:
        if member.relation_id != relation.id and member.role in PAIR and is_current(member):
            return member.relation
    return None


def salutation(applicants: Sequence[Relation], form: str) -> str:
    """The aanhef without its comma (domain.md §6.1), for one or more people.

    `form` is "u", "je" or "jullie". "Geachte mevrouw De Vries, geachte heer Jansen"; "Beste Sanne en Tim".
    """
    if form == "u":
        parts = [formal(applicant) for applicant in applicants]
        return ", ".join([*parts[:1], *(part[0].lower() + part[1:] for part in parts[1:])])
    names = [informal(applicant) for applicant in applicants]
    joined = " en ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
    return f"Beste {joined}" if joined else ""


def mail_words(applicants: Sequence[Relation]) -> list[Placeholder]:
    """What a mail may say of the client and the partner, the client first; nobody gives the names only."""
    client = applicants[0] if applicants else None
    partner = applicants[1] if len(applicants) > 1 else None
    words = [
        Placeholder("aanhef", "Aanhef", salutation(applicants, form_of(mail_recipients(applicants))), False, client)
    ]
    for role, someone in (("klant", client), ("partner", partner)):
        for name, column in WORDS.items():
            value = getattr(someone, column) if someone else ""
            title = f"{name.capitalize()} van de {role}"
            words.append(Placeholder(f"{role}.{name}", title, value, False, someone or client))
    return words


def mail_recipients(applicants: Sequence[Relation]) -> list[Recipient]:
    """These people as those a mail goes to."""
    return [Recipient(someone.name, someone.email, someone.address_form) for someone in applicants]


def formal(relation: Relation) -> str:
    """ "Geachte heer De Vries"; unknown: "Geachte heer/mevrouw Jansen"; by choice neither: "Geachte K. Verbeek"."""
    surname = person.first_part(relation.surname)
    if relation.title == "none":
        initials = relation.initials or (f"{names.initial(relation.first_name)}." if relation.first_name else "")
        if initials:
            return f"Geachte {initials} {relation.surname_prefix} {surname}".replace("  ", " ")
    who = {"mr": "heer", "ms": "mevrouw"}.get(relation.title, "heer/mevrouw")
    return f"Geachte {who} {capital(f'{relation.surname_prefix} {surname}'.strip())}"


def informal(relation: Relation) -> str:
    """The first name; without it initials and surname, as "A. de Vries"."""
    if relation.first_name:
        return relation.first_name
    surname = f"{relation.surname_prefix} {person.first_part(relation.surname)}".strip()
    if relation.initials:
        return f"{relation.initials} {surname}"
    who = {"mr": "heer", "ms": "mevrouw"}.get(relation.title, "heer/mevrouw")
    return f"{who} {capital(surname)}"


def capital(surname: str) -> str:
    """A surname alone starts with a capital: "De Jong"; the 't of "'t Hart" stays small."""
    return surname[:1].upper() + surname[1:]


def listed(user: User, filters: Mapping[str, Any]) -> Select[Relation]:
    """All relations of the list, by name. `filters`: branch (id), name (how it starts), city, checked_since (date)."""
    return in_order(narrowed(visible_relations(user), filters))


def narrowed(query: Select[Any], filters: Mapping[str, Any]) -> Select[Any]:
    """The query with the list's filters."""
    if branch := filters.get("branch"):
        query = query.where(Relation.branch_id == branch)
    if start := sort_prefix(filters.get("name") or ""):
        query = query.where(Relation.sort_name >= start, Relation.sort_name < start + "\U0010ffff")
    if city := filters.get("city"):
        query = query.where(Relation.city == names.tidy(city))
    if since := filters.get("checked_since"):
        query = query.where(Relation.checked_at >= formats.at(since, dt.time()))
    return query


def in_order(query: Select[Any]) -> Select[Any]:
    return query.order_by(Relation.sort_name, Relation.id)


def sort_prefix(typed: str) -> str:
    """What is typed as a name, as `sort_name` starts: the tussenvoegsel in front does not count."""
    return formats.fold(names.split_surname(typed)[1]) if typed.strip() else ""


def page_of(user: User, filters: Mapping[str, Any], after: tuple[str, int] | None = None) -> Sequence[Relation]:
    """One page of the list and one row more, from behind the cursor (sort_name, id)."""
    return db.session.scalars(page_query(user, filters, after)).all()


def page_query(user: User, filters: Mapping[str, Any], after: tuple[str, int] | None = None) -> Select[Relation]:
    """The page as one statement: the first rows of each vestiging by its own index, merged; an OR would sort all."""
    given = select(RelationAccess.relation_id).where(RelationAccess.branch_id.in_(user.branch_ids))
    parts = [Relation.branch_id == branch_id for branch_id in user.branch_ids] + [Relation.id.in_(given)]
    firsts = []
    for part in parts:
        query = narrowed(select(Relation.id).where(part), filters)
        if after:
            name, last = after
            query = query.where(Relation.sort_name >= name, or_(Relation.sort_name > name, Relation.id > last))
        firsts.append(select(in_order(query).limit(rows(PAGE + 1)).subquery()))
    return in_order(select(Relation).where(Relation.id.in_(union_all(*firsts)))).limit(rows(PAGE + 1))


def search_words(relations: Sequence[Relation]) -> dict[int, str]:
    """By what the search box finds each relation."""
    return {
        one.id: words.join(
            words.person(one.first_name, one.initials, one.surname_prefix, one.surname),
            words.phones(one.phone, one.other_phone),
            one.email,
            words.birth_date(one.birth_date),
            words.address(one.street, one.house_number, one.house_number_suffix, one.postal_code, one.city),
        )
        for one in relations
    }


def search_detail(relation: Relation) -> str:
    """The second line of a hit."""
    number = formats.show_phone(relation.phone)
    return " · ".join(filter(None, (formats.short_date(relation.birth_date), relation.address, number)))


def seen_by(relations: Sequence[Relation]) -> dict[int, set[int]]:
    """Ids of the vestigingen that may see each relation: its own and those that were given access."""
    found = {relation.id: {relation.branch_id} for relation in relations}
    given = select(RelationAccess.relation_id, RelationAccess.branch_id).where(RelationAccess.relation_id.in_(found))
    for relation_id, branch_id in db.session.execute(given):
        found[relation_id].add(branch_id)
    return found


def open_requests(user: User) -> Sequence[AccessRequest]:
    """Requests that wait for an answer of this user's vestigingen, oldest first."""
    query = visible_requests(user).where(AccessRequest.status == "open").order_by(AccessRequest.id).limit(PAGE)
    loads = joinedload(AccessRequest.branch), joinedload(AccessRequest.asked_by)
    return db.session.scalars(query.options(contains_eager(AccessRequest.relation), *loads)).unique().all()


@prepared("branch_ids")
def count_requests(user: User) -> Select[int]:
    """How many requests wait for an answer, for the bar's badge."""
    waiting = visible_requests(user).where(AccessRequest.status == "open")
    return waiting.with_only_columns(func.count(AccessRequest.id))


def every(user: User, filters: Mapping[str, Any]) -> Iterator[Relation]:
    """All relations of the list, by name, fetched a stretch at a time."""
    yield from db.session.scalars(listed(user, filters).execution_options(yield_per=1000))

"""Verbs of relations: make and change a person, join and part households, give another vestiging access."""

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import select

from crm import formats
from crm.accounts.models import User
from crm.db import db, utcnow
from crm.records import Refused, check_version, keep, save, save_many
from crm.relations import known, person, queries
from crm.relations.known import ADDRESS
from crm.relations.models import AccessRequest, Household, HouseholdMember, Relation, RelationAccess
from crm.search.operations import reindex
from crm.texts import N_, said

FIELDS = (
    "record_type", "title", "initials", "first_name", "surname_prefix", "surname", "birth_date", "phone", "other_phone",
    "email", "street", "house_number", "house_number_suffix", "postal_code", "city", "country", "address_form",
    "branch_id",
)  # fmt: skip


class Unfit(Refused):
    """Details that cannot be right; `problems` maps a field to a Dutch sentence."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__(" ".join(f"{label(name)}: {text}" for name, text in problems.items()))
        self.problems = problems


def label(name: str) -> str:
    """A field's name on the screen; "partner.email" is the partner's."""
    whose, _dot, own = name.rpartition(".")
    text = said(person.LABELS.get(own, own))
    return f"{said(N_('Partner'))}, {text.lower()}" if whose else text


def create(
    values: Mapping[str, Any], user: User | None, partner: Mapping[str, Any] | Relation | None = None
) -> Relation:
    """A new relation from what was typed, with the partner in the same household when there is one.

    `values` are columns of Relation (FIELDS; others are left out), tidied here; `branch_id` is the user's first
    vestiging when absent. `partner` is such values too, without an address the same one, or a relation that is
    already known. Raises Unfit, with "partner." in front of the partner's fields.
    """
    relation: Relation = save(filled(Relation(), values, user), user)
    if partner is not None:
        other = partner if isinstance(partner, Relation) else create_partner(relation, partner, user)
        link_partner(relation, other, user)
    return relation


def create_partner(relation: Relation, values: Mapping[str, Any], user: User | None) -> Relation:
    """The partner as a relation, not yet in the household. Raises Unfit with "partner." in front of the fields."""
    try:
        return create(living_with(relation, values), user)
    except Unfit as unfit:
        raise Unfit({f"partner.{name}": text for name, text in unfit.problems.items()}) from unfit


def living_with(relation: Relation, values: Mapping[str, Any]) -> dict[str, Any]:
    """A partner's values: address, vestiging and form of address as the relation's where nothing was given."""
    given = {name: value for name, value in values.items() if value not in (None, "")}
    shared = {"branch_id": relation.branch_id, "address_form": relation.address_form}
    lives_elsewhere = any(given.get(name) for name in ADDRESS if name != "country")
    address = {} if lives_elsewhere else {name: getattr(relation, name) for name in ADDRESS}
    return {**shared, **given, **address}


def update(relation: Relation, values: Mapping[str, Any], user: User | None, version: int | None = None) -> Relation:
    """Change a relation; absent fields stay. Raises Unfit, and Conflict when somebody else saved in the meantime."""
    check_version(relation, version)
    saved: Relation = save(filled(relation, values, user), user)
    return saved


def take_over(
    relation: Relation, typed: Mapping[str, Any], parts: Collection[str], user: User | None, version: int | None
) -> Relation:
    """*Overnemen*: of what was typed of somebody who is known, put these parts (`known.PARTS`) in the relation.

    No parts change nothing. Raises Unfit, and Conflict when somebody else saved in the meantime.
    """
    values = known.taken(typed, parts)
    check_version(relation, version, *values)
    return update(relation, values, user) if values else relation


def filled(relation: Relation, values: Mapping[str, Any], user: User | None) -> Relation:
    """Put tidied values in a relation that the caller saves. Raises Unfit."""
    given = {name: values[name] for name in FIELDS if name in values}
    current = {name: getattr(relation, name) for name in FIELDS if relation.id and name not in given}
    clean, problems = person.tidy({**current, **given})
    branch_id: Any = clean.get("branch_id") or (user.branch_ids[0] if user and user.branch_ids else None)
    if not clean.get("surname"):
        problems["surname"] = said(N_("Vul de achternaam in."))
    if branch_id is None:
        problems["branch_id"] = said(N_("Kies een vestiging."))
    elif user and branch_id != relation.branch_id and branch_id not in user.branch_ids:
        problems["branch_id"] = said(N_("Kies een vestiging waar u bij hoort."))
    if problems:
        raise Unfit(problems)
    for name, value in clean.items():
        setattr(relation, name, value if value is not None or name == "birth_date" else "")
    relation.branch_id = branch_id
    fill_names(relation)
    return relation


def fill_names(relation: Relation) -> None:
    """Work out what lists sort by and duplicates are compared by; every save of a relation comes by here."""
    values = {name: getattr(relation, name) for name in ("surname", "first_name", "initials", "surname_prefix")}
    relation.sort_name, relation.match_name = person.sort_name(values), person.match_name(values)


def mark_checked(relation: Relation, user: User) -> Relation:
    """The known data were gone through with the client (O-029): "Gecontroleerd op"."""
    relation.checked_at, relation.checked_by_id = utcnow(), user.id
    saved: Relation = save(relation, user)
    return saved


def link_partner(relation: Relation, partner: Relation, user: User | None, from_on: dt.date | None = None) -> Household:
    """Put two people in one household as applicant and partner; they who already are stay so.

    Who lived with parents or family leaves them on that day, today unless told: a couple is a household of its own.
    Raises Refused.
    """
    check_free(relation, partner)
    household = queries.household_of(relation)
    if household and queries.partner_in(household, relation):
        return household
    leave_family(relation, from_on, user)
    leave_family(partner, from_on, user)
    household = queries.household_of(relation) or new_household(relation, user, from_on)
    leave_empty_home(partner, from_on, user)
    add_member(household, partner, "partner", user, from_on)
    return household


def leave_family(relation: Relation, on: dt.date | None, user: User | None) -> None:
    """A child, or another member of a family, leaves every household where it is that; they keep it in their past."""
    for home in queries.households_of(relation):
        mine = queries.current_member(home, relation)
        if mine is not None and mine.role not in queries.PAIR:
            leave_on(mine, on, user)


def leave_on(member: HouseholdMember, on: dt.date | None, user: User | None) -> None:
    """Somebody's time in a household ends on a day, today unless told, not before it began."""
    member.until_on = max(filter(None, (on or formats.today(), member.from_on)))
    save(member, user)


def check_free(relation: Relation, partner: Relation | None) -> None:
    """Raises Refused when one of the two has another partner already; None is somebody who is not known yet."""
    if partner is not None and relation.id == partner.id:
        raise Refused("Iemand kan niet zijn eigen partner zijn.")
    for one, other in ((relation, partner), (partner, relation)):
        present = queries.partner_of(one) if one else None
        if one and present and (other is None or present.id != other.id):
            raise Refused(
                "%(name)s heeft al een partner. Klik eerst bij Huishouden op Relatie beëindigd.", name=one.name
            )


def new_household(relation: Relation, user: User | None, from_on: dt.date | None = None) -> Household:
    """A household of one."""
    household: Household = save(Household(name=relation.surname_full), user)
    add_member(household, relation, "applicant", user, from_on)
    return household


def leave_empty_home(relation: Relation, on: dt.date | None, user: User | None) -> None:
    """Who lived alone moves: the household of one ends. Who has children there stays in both."""
    home = queries.household_of(relation)
    if home is None or any(one.relation_id != relation.id and queries.is_current(one) for one in home.members):
        return
    mine = queries.current_member(home, relation)
    if mine is not None:
        leave_on(mine, on, user)


def add_member(
    household: Household, relation: Relation, role: str, user: User | None, from_on: dt.date | None = None
) -> HouseholdMember:
    """Someone joins a household; who is in it already stays as he is. Raises Refused for a day in the future."""
    if present := queries.current_member(household, relation):
        return present
    if from_on and from_on > formats.today():
        raise Refused("Kies een begindatum die niet in de toekomst ligt.")
    member = HouseholdMember(household=household, relation=relation, role=role, from_on=from_on)
    save_many([household, member], user)
    return member


def add_child(
    relation: Relation, child: Relation, role: str, user: User | None, from_on: dt.date | None = None
) -> Household:
    """A child, or someone else who lives there, joins the relation's household. Raises Refused."""
    if relation.id == child.id:
        raise Refused("Kies iemand anders dan de relatie zelf.")
    household = queries.household_of(relation) or new_household(relation, user)
    add_member(household, child, role, user, from_on)
    return household


def end_partnership(
    relation: Relation, until_on: dt.date, user: User | None, leaves: Relation | None = None
) -> HouseholdMember:
    """*Relatie beëindigd*: the one who leaves (the partner unless told) is in the household until that day.

    Nothing is lost: both keep the household in their history, and either can start another. Raises Refused.
    """
    household = queries.household_of(relation)
    partner = queries.partner_in(household, relation)
    if household is None or partner is None:
        raise Refused("Er is nu geen partner: deze relatie is al beëindigd.")
    member = queries.current_member(household, leaves or partner)
    if member is None or member.relation_id not in (relation.id, partner.id):
        raise Refused("Kies wie van beiden het huishouden verlaat.")
    return end_membership(member, until_on, user)


def end_membership(member: HouseholdMember, until_on: dt.date, user: User | None) -> HouseholdMember:
    """Someone leaves a household on a day. Raises Refused for a day that cannot be."""
    if until_on > formats.today():
        raise Refused("Kies een einddatum die niet in de toekomst ligt.")
    if member.from_on and until_on < member.from_on:
        raise Refused("Kies een einddatum na het begin (%(day)s).", day=formats.short_date(member.from_on))
    member.until_on = until_on
    saved: HouseholdMember = save(member, user)
    return saved


def ask_access(relation: Relation, user: User, branch_id: int | None = None, reason: str = "") -> AccessRequest:
    """Ask another vestiging to see its relation; asking again gives the request that waits already. Raises Refused."""
    branch_id = branch_id or (user.branch_ids[0] if user.branch_ids else None)
    if branch_id not in user.branch_ids:
        raise Refused("Vraag toegang voor een vestiging waar u bij hoort.")
    query = select(AccessRequest).where(
        AccessRequest.relation_id == relation.id, AccessRequest.branch_id == branch_id, AccessRequest.status == "open"
    )
    if waiting := db.session.scalars(query).first():
        return waiting
    asked = AccessRequest(relation=relation, branch_id=branch_id, asked_by_id=user.id, reason=reason.strip()[:500])
    saved: AccessRequest = save(asked, user)
    return saved


def grant_access(asked: AccessRequest, user: User) -> AccessRequest:
    """Let the other vestiging see the relation, in lists and search too. Raises Refused when answered already."""
    answer(asked, "granted", user)
    known = select(RelationAccess).where(
        RelationAccess.relation_id == asked.relation_id, RelationAccess.branch_id == asked.branch_id
    )
    if db.session.scalars(known).first() is None:
        keep(RelationAccess(relation_id=asked.relation_id, branch_id=asked.branch_id, granted_by_id=user.id))
        reindex([(Relation.kind, asked.relation_id)])
    return asked


def refuse_access(asked: AccessRequest, user: User) -> AccessRequest:
    """Say no. Raises Refused when answered already."""
    return answer(asked, "refused", user)


def answer(asked: AccessRequest, status: str, user: User) -> AccessRequest:
    """Give a request its answer, once."""
    if asked.status == status:
        return asked
    if asked.status != "open":
        raise Refused("Dit verzoek is al beantwoord.")
    asked.status = status
    saved: AccessRequest = save(asked, user)
    return saved

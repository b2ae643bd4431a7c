"""Who may be the same person, over the whole office: by name and birth date, phone, e-mail, address (O-018, O-020)."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from itsdangerous import BadData, SignatureExpired, URLSafeTimedSerializer
from rapidfuzz import fuzz
from sqlalchemy import Select, select, tuple_, union

from crm import formats
from crm.accounts.models import User
from crm.db import db
from crm.host import config
from crm.records import Refused
from crm.relations import person
from crm.relations.models import Relation, RelationAccess
from crm.texts import N_
from crm.texts import gettext as _

AT_MOST = 40
SHOWN = 8
ALIKE = 80
REASONS = {
    "birth_date": N_("zelfde geboortedatum en naam"),
    "phone": N_("zelfde telefoonnummer"),
    "email": N_("zelfde e-mailadres"),
    "address": N_("zelfde adres en naam"),
}


@dataclass(frozen=True)
class Double:
    """A relation that may be the same person. `relation` is None when it is another vestiging's: then only name,
    birth year and vestiging may be shown, and `word` opens the page that asks for access (`found_before`). `reasons`
    are keys of REASONS; `likely` when the names agree too."""

    relation_id: int
    name: str
    birth_year: int | None
    branch: str
    reasons: tuple[str, ...]
    likely: bool
    relation: Relation | None
    word: str = ""

    @property
    def why(self) -> str:
        """The reasons in words."""
        return ", ".join(_(REASONS[reason]) for reason in self.reasons)


def doubles(values: Mapping[str, Any], user: User, but: Relation | None = None) -> list[Double]:
    """Who may be the person with these tidied values, likeliest first; `but` is the relation itself. One statement."""
    ids = candidate_ids(values)
    if ids is None:
        return []
    mine = select(RelationAccess.relation_id).where(
        RelationAccess.relation_id == Relation.id, RelationAccess.branch_id.in_(user.branch_ids)
    )
    query = select(Relation, Relation.branch_id.in_(user.branch_ids) | mine.exists()).where(Relation.id.in_(ids))
    if but is not None and but.id:
        query = query.where(Relation.id != but.id)
    found = [compare(values, relation, own) for relation, own in db.session.execute(query)]
    likeliest = sorted((double for double in found if double), key=lambda double: (not double.likely, double.name))
    return [double if double.relation else replace(double, word=word_of(double, user)) for double in likeliest[:SHOWN]]


def word_of(double: Double, user: User) -> str:
    """Says that this user found this double just now."""
    return words().dumps([user.id, double.relation_id])


def found_before(word: str, user: User, lasts: dt.timedelta) -> Relation | None:
    """The relation of the whole office that this user found: only to ask access to it, never to show it.

    None for a word that was not given to him, or of a relation that is gone. Raises Refused when it is too old.
    """
    try:
        finder, relation_id = words().loads(word, max_age=int(lasts.total_seconds()))
    except SignatureExpired as error:
        raise Refused("Dit is te lang geleden gevonden. Zoek de persoon opnieuw op en vraag dan toegang.") from error
    except BadData:
        return None
    return db.session.get(Relation, relation_id) if finder == user.id else None


def words() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(config("SECRET_KEY"), salt="relations.found")


class Candidate(NamedTuple):
    """What doubles are compared by: of a relation (`id`), or of an earlier row of the same file (`row`)."""

    id: int | None
    surname: str
    first_name: str
    initials: str
    match_name: str
    birth_date: dt.date | None
    phone: str
    other_phone: str
    email: str
    postal_code: str
    house_number: str
    row: int = 0


class Finder:
    """Finds likely doubles for many people at once: five statements for each `load`, whatever their number."""

    def __init__(self) -> None:
        self.known: dict[tuple[Any, ...], list[Candidate]] = defaultdict(list)

    def load(self, people: Sequence[Mapping[str, Any]]) -> None:
        """Look up in the whole office everyone who shares a key with one of these people (tidied values)."""
        by: dict[str, set[Any]] = defaultdict(set)
        for values in people:
            for key in keys_of(values):
                by[key[0]].add(key[1] if len(key) == 2 else key[1:])
        columns = [getattr(Relation, name) for name in Candidate._fields if name != "row"]
        for condition in (
            Relation.phone.in_(by["phone"]) if by["phone"] else None,
            Relation.other_phone.in_(by["phone"]) if by["phone"] else None,
            Relation.email.in_(by["email"]) if by["email"] else None,
            tuple_(Relation.birth_date, Relation.match_name).in_(by["birth_date"]) if by["birth_date"] else None,
            tuple_(Relation.postal_code, Relation.house_number).in_(by["address"]) if by["address"] else None,
        ):
            if condition is not None:
                for row in db.session.execute(select(*columns).where(condition)):
                    self.add(Candidate(*row))

    def add(self, candidate: Candidate) -> None:
        """Let later people be compared with this one too."""
        for key in keys_of(candidate._asdict()):
            if len(self.known[key]) < AT_MOST:
                self.known[key].append(candidate)

    def find(self, values: Mapping[str, Any]) -> Candidate | None:
        """The first who is likely the same person."""
        for key in keys_of(values):
            for candidate in self.known.get(key, ()):
                reasons = reasons_for(values, candidate)
                if reasons and is_likely(values, candidate, reasons):
                    return candidate
        return None


def candidate_of(values: Mapping[str, Any], row: int) -> Candidate:
    """A row of a file as something to compare with."""
    given: dict[str, Any] = {name: values.get(name) or "" for name in Candidate._fields[1:-1]}
    given |= {"birth_date": values.get("birth_date"), "match_name": person.match_name(values)}
    return Candidate(id=None, row=row, **given)


def keys_of(values: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
    """What two people must share before they are compared."""
    for number in phones(values):
        yield "phone", number
    if values.get("email"):
        yield "email", values["email"]
    if values.get("birth_date"):
        yield "birth_date", values["birth_date"], values.get("match_name") or person.match_name(values)
    if values.get("postal_code") and values.get("house_number"):
        yield "address", values["postal_code"], values["house_number"]


def candidate_ids(values: Mapping[str, Any]) -> Select[Any] | None:
    """Ids worth comparing, each part by its own index; None when nothing was given to look by."""
    parts: list[Select[Any]] = []
    if day := values.get("birth_date"):
        name = person.match_name(values)
        parts.append(select(Relation.id).where(Relation.birth_date == day, Relation.match_name == name).limit(AT_MOST))
        parts.append(select(Relation.id).where(Relation.birth_date == day).limit(AT_MOST))
    if numbers := phones(values):
        parts.append(select(Relation.id).where(Relation.phone.in_(numbers)).limit(AT_MOST))
        parts.append(select(Relation.id).where(Relation.other_phone.in_(numbers)).limit(AT_MOST))
    if email := values.get("email"):
        parts.append(select(Relation.id).where(Relation.email == email).limit(AT_MOST))
    if values.get("postal_code") and values.get("house_number"):
        at = (Relation.postal_code == values["postal_code"], Relation.house_number == values["house_number"])
        parts.append(select(Relation.id).where(*at).limit(5 * AT_MOST))
    if not parts:
        return None
    return select(union(*(select(part.subquery()) for part in parts)).subquery())


def phones(values: Mapping[str, Any]) -> list[str]:
    """The numbers that were given, either one."""
    return [number for number in (values.get("phone"), values.get("other_phone")) if number]


def compare(values: Mapping[str, Any], relation: Relation, own: bool) -> Double | None:
    """How these values and a relation agree, or None when they do not."""
    reasons = reasons_for(values, relation)
    if not reasons:
        return None
    return Double(
        relation.id,
        relation.name,
        relation.birth_date.year if relation.birth_date else None,
        relation.branch.name,
        tuple(reasons),
        is_likely(values, relation, reasons),
        relation if own else None,
    )


def reasons_for(values: Mapping[str, Any], relation: Relation | Candidate) -> list[str]:
    """The keys of REASONS that hold. An address counts only with a like name, or a whole flat would match."""
    reasons = []
    names_agree = same_surname(values, relation) and same_first(values, relation)
    if values.get("birth_date") and relation.birth_date == values["birth_date"] and names_agree:
        reasons.append("birth_date")
    if {*phones(values)} & {relation.phone, relation.other_phone}:
        reasons.append("phone")
    if values.get("email") and relation.email == values["email"]:
        reasons.append("email")
    if same_address(values, relation) and names_agree:
        reasons.append("address")
    return reasons


def is_likely(values: Mapping[str, Any], relation: Relation | Candidate, reasons: Sequence[str]) -> bool:
    """Same person rather than a member of the same household: partners share a number, an address, a mailbox."""
    if "birth_date" in reasons or shares_all(values, relation, reasons):
        return True
    days_differ = bool(values.get("birth_date") and relation.birth_date and values["birth_date"] != relation.birth_date)
    return bool(reasons) and not days_differ and same_surname(values, relation) and same_first(values, relation)


def shares_all(values: Mapping[str, Any], relation: Relation | Candidate, reasons: Sequence[str]) -> bool:
    """One birth date, telephone number and mailbox are one person, whoever wrote the surname how."""
    day = values.get("birth_date")
    return bool(day and day == relation.birth_date) and {"phone", "email"} <= {*reasons}


def same_address(values: Mapping[str, Any], relation: Relation | Candidate) -> bool:
    code, number = values.get("postal_code"), values.get("house_number")
    return bool(code and number) and (relation.postal_code, relation.house_number) == (code, number)


def same_surname(values: Mapping[str, Any], relation: Relation | Candidate) -> bool:
    """Surnames alike: the first part of a double name, or either part of it, one or two letters apart."""
    if person.match_name(values) == relation.match_name:
        return True
    typed, known = formats.fold(values.get("surname") or ""), formats.fold(relation.surname)
    return bool(typed) and max(fuzz.ratio(typed, known), fuzz.token_set_ratio(typed, known)) >= ALIKE


def same_first(values: Mapping[str, Any], relation: Relation | Candidate) -> bool:
    """First names do not contradict: one is not known, they are alike, or an initial fits."""
    typed, known = formats.fold(values.get("first_name") or ""), formats.fold(relation.first_name)
    if typed and known:
        return fuzz.ratio(typed, known) >= ALIKE or typed.startswith(known) or known.startswith(typed)
    initial, other = typed or formats.fold(values.get("initials") or ""), known or formats.fold(relation.initials)
    return not initial or not other or initial[0] == other[0]

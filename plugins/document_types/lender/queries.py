"""Questions about messages of lenders: the queue, and to which dossier one belongs."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import joinedload, undefer

from crm.plugin import Dossier, Product, Relation, User, db, fold, prepared, visible_dossiers
from plugins.document_types.hdn import Party, Request
from plugins.document_types.lender.models import OPEN, PROCESSING, LenderMessage, visible_messages

PAGE = 50
MOST_PROPOSED = 8
GOING_ON = (OPEN, PROCESSING)


def queue(user: User, every: bool = False, before: int | None = None) -> Sequence[LenderMessage]:
    """A page of messages and one more, newest first: what is still to be done, or all."""
    query = visible_messages(user).options(joinedload(LenderMessage.dossier), joinedload(LenderMessage.author))
    if not every:
        query = query.where(LenderMessage.state.in_(GOING_ON))
    if before:
        query = query.where(LenderMessage.id < before)
    return db.session.scalars(query.order_by(LenderMessage.id.desc()).limit(PAGE + 1)).unique().all()


def whole(identity: int, user: User) -> LenderMessage | None:
    """A message with what it says and the dossier it belongs to, in one statement; None for who may not see it."""
    query = visible_messages(user).where(LenderMessage.id == identity)
    return db.session.scalars(query.options(joinedload(LenderMessage.dossier), undefer(LenderMessage.xml))).first()


@prepared("branch_ids")
def open_count(user: User) -> Select[Any]:
    """Asks how many wait for somebody."""
    return visible_messages(user).with_only_columns(func.count()).where(LenderMessage.state == OPEN)


def same(digest: str, user: User) -> LenderMessage | None:
    """The message with the very same content that came in before, of those this user may see."""
    return db.session.scalars(visible_messages(user).where(LenderMessage.digest == digest).limit(1)).first()


def is_taken(digest: str, branch_id: int) -> bool:
    """Did a vestiging bring in this content before?"""
    mine = select(LenderMessage.id).where(LenderMessage.digest == digest, LenderMessage.branch_id == branch_id)
    return db.session.scalar(mine) is not None


def linked_before(request: Request, user: User) -> LenderMessage | None:
    """An earlier message of the same application that was linked to a dossier this user may see."""
    sender = request.sender
    if sender.application:
        same = LenderMessage.application == sender.application
    elif sender.number and request.reference:
        same = LenderMessage.reference == request.reference
    else:
        return None
    query = visible_messages(user).where(
        same, LenderMessage.sender == sender.number, LenderMessage.dossier_id.is_not(None)
    )
    return db.session.scalars(query.order_by(LenderMessage.id.desc()).limit(1)).first()


def proposed(request: Request, user: User) -> Sequence[Dossier]:
    """Dossiers this message may well belong to: with a product of that number, or of the people it names."""
    numbers = [number for number in (request.reference, request.sender.application) if number]
    found: dict[int, Dossier] = {}
    if numbers:
        having = select(Product.dossier_id).where(Product.policy_number.in_(numbers))
        for dossier in look(visible_dossiers(user).where(Dossier.id.in_(having))):
            found[dossier.id] = dossier
    born = [party.birth_date for party in request.parties if party.birth_date]
    if born:
        people = select(Relation.id).where(Relation.birth_date.in_(born))
        mine = visible_dossiers(user).where(or_(Dossier.relation_id.in_(people), Dossier.partner_id.in_(people)))
        for dossier in look(mine):
            if any(person_of(party, dossier.applicants) for party in request.parties):
                found.setdefault(dossier.id, dossier)
    return list(found.values())[:MOST_PROPOSED]


def look(query: Select[Dossier]) -> Sequence[Dossier]:
    return db.session.scalars(query.order_by(Dossier.id.desc()).limit(50)).unique().all()


def person_of(party: Party, people: Sequence[Relation]) -> Relation | None:
    """Which of these people a message means: the surname must be the same, and a birth date that both have."""
    for person in people:
        if fold(person.surname) != fold(party.surname):
            continue
        if party.birth_date is None or person.birth_date is None or party.birth_date == person.birth_date:
            return person
    return None

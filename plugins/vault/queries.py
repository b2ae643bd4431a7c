"""Questions about accounts in the vault."""

from collections.abc import Collection, Iterator, Sequence

from sqlalchemy import Select, exists, or_, select

from crm.plugin import Dossier, Relation, User, db, dossier_is_open, visible_relations
from plugins.vault.models import VaultAccount, VaultCursor, VaultItem


def account_of(relation_id: int) -> VaultAccount | None:
    """The account of a person."""
    return db.session.scalars(select(VaultAccount).where(VaultAccount.relation_id == relation_id)).first()


def accounts_of(relations: Collection[int]) -> Sequence[VaultAccount]:
    """The accounts of these people, of those who have one."""
    query = select(VaultAccount).where(VaultAccount.relation_id.in_(relations)).order_by(VaultAccount.id)
    return db.session.scalars(query).all() if relations else []


def accounts_in(dossiers: Collection[int]) -> Sequence[VaultAccount]:
    """The accounts of everybody these dossiers are for."""
    if not dossiers:
        return []
    applicants = select(Dossier.relation_id, Dossier.partner_id).where(Dossier.id.in_(dossiers))
    return accounts_of({one for row in db.session.execute(applicants) for one in row if one is not None})


def visible_accounts(user: User) -> Select[VaultAccount]:
    """Accounts of people this user may see."""
    mine = visible_relations(user).with_only_columns(Relation.id)
    return select(VaultAccount).where(VaultAccount.relation_id.in_(mine))


def by_name(name: str) -> VaultAccount | None:
    """The account the portal calls so."""
    return db.session.scalars(select(VaultAccount).where(VaultAccount.name == name)).first()


def cursor() -> VaultCursor:
    """How far the portal's events were read, and whether it answers."""
    return db.session.get_one(VaultCursor, 1)


def behind() -> Sequence[int]:
    """Accounts of which the portal was not told everything that was to be put."""
    mine = VaultItem.account_id == VaultAccount.id
    waits = exists().where(mine, VaultItem.put_version < VaultItem.version)
    invited = exists().where(mine, VaultItem.kind == "invitation", VaultItem.put_version >= VaultAccount.generation)
    query = select(VaultAccount.id).where(VaultAccount.generation > 0, or_(waits, ~invited)).order_by(VaultAccount.id)
    return db.session.scalars(query).all()


def asked_for() -> Iterator[Dossier]:
    """Open dossiers with a dienst, of somebody who was not invited yet."""
    invited = select(VaultAccount.relation_id).where(VaultAccount.generation > 0)
    query = select(Dossier).where(Dossier.services.any(), dossier_is_open(), Dossier.relation_id.not_in(invited))
    yield from db.session.scalars(query.order_by(Dossier.id)).unique()


def items_of(account: VaultAccount) -> dict[tuple[str, str], VaultItem]:
    """What was put in a vault, by kind and name."""
    rows = db.session.scalars(select(VaultItem).where(VaultItem.account_id == account.id))
    return {(row.kind, row.name): row for row in rows}

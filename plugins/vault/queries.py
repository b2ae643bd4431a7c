"""Questions about accounts in the vault."""

from collections.abc import Collection, Sequence

from sqlalchemy import Select, select

from crm.plugin import Dossier, Relation, User, db, visible_relations
from plugins.vault.models import VaultAccount, VaultItem


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


def items_of(account: VaultAccount) -> dict[tuple[str, str], VaultItem]:
    """What was put in a vault, by kind and name."""
    rows = db.session.scalars(select(VaultItem).where(VaultItem.account_id == account.id))
    return {(row.kind, row.name): row for row in rows}

"""Holding stukken while they change: always the dossier first, so that no two wait for one another."""

from sqlalchemy import select

from crm.plugin import Dossier, db, lock
from plugins.document_types.requests.models import DocumentRequest


def hold_list(dossier_id: int) -> None:
    """Who else wants to change a stuk of this dossier, or asks one, waits until this transaction ends."""
    with db.session.no_autoflush:
        db.session.scalar(select(Dossier.id).where(Dossier.id == dossier_id).with_for_update(key_share=True))


def hold(request: DocumentRequest) -> DocumentRequest:
    """A stuk as it is now, with its list held. What was set on it and not saved is lost."""
    hold_list(request.dossier_id)
    held: DocumentRequest = lock(DocumentRequest, request.id)
    db.session.expire(held, ["files"])
    return held

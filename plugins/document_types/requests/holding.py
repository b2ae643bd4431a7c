"""Holding stukken while they change: always the dossier first, so that no two wait for one another."""

from crm.plugin import db, hold_record, lock
from plugins.document_types.requests.models import DocumentRequest


def hold_list(dossier_id: int) -> None:
    """Who else wants to change a stuk of this dossier, or asks one, waits until this transaction ends."""
    hold_record(("dossier", dossier_id))


def hold(request: DocumentRequest) -> DocumentRequest:
    """A stuk as it is now, with its list held. What was set on it and not saved is lost."""
    hold_list(request.dossier_id)
    held: DocumentRequest = lock(DocumentRequest, request.id)
    db.session.expire(held, ["files"])
    return held

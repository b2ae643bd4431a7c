"""*Iets anders sturen*: what a client sends that nobody asked for."""

from typing import Any

from sqlalchemy import select

from crm.plugin import (
    N_,
    DocumentVersion,
    Relation,
    StoredFile,
    db,
    newest_of,
    notify,
    receive_document,
    sent_before,
)

OTHER = "other"  # what the vault protocol calls the request that nobody made
SENT = "vault-other:"  # begins the token of a file that came in so
CHECKING, REFUSED, CHECKED = "checking", "refused", "checked"
WORDS = {
    CHECKING: N_("Ontvangen. Nu controleren wij het bestand."),
    REFUSED: N_("Niet te gebruiken. Stuur het opnieuw."),
    CHECKED: N_("Ontvangen"),
}


def about_other(person: Relation) -> dict[str, Any] | None:
    """Item `request` of this name: always open while somebody works for this person; it asks nothing."""
    dossier = newest_of(person)
    if dossier is None or not dossier.is_open:
        return None
    return {
        "title": "Iets anders sturen",
        "group": "",
        "explanation": "Is er nog iets wat wij moeten weten of zien? Stuur het hier.",
        "until": "",
        "place": 0,
        "state": OTHER,
        "words": "",
        "message": "",
        "by": "",
        "may_upload": True,
        "accepts": [],
        "files": [told(one) for one in sent_by(person)],
    }


def sent_by(person: Relation) -> list[DocumentVersion]:
    """What this person sent so, oldest first."""
    query = select(DocumentVersion).where(DocumentVersion.token.startswith(f"{SENT}{person.id}:", autoescape=True))
    return list(db.session.scalars(query.order_by(DocumentVersion.id)).unique())


def told(version: DocumentVersion) -> dict[str, Any]:
    """What the client reads of a file."""
    state = REFUSED if version.reason else CHECKED if version.shown_as else CHECKING
    upload = str(version.token).rpartition(":")[2]
    return {
        "upload": upload, "name": version.filename, "state": state, "words": WORDS[state], "why": version.refusal,
        "may_withdraw": False,
    }  # fmt: skip


def take_in(person: Relation, upload: str, file_name: str, file: StoredFile) -> bool:
    """A file that nobody asked for becomes a document of the newest dossier, and the adviser hears of it; told again it
    is the same one."""
    dossier, token = newest_of(person), f"{SENT}{person.id}:{upload}"
    if dossier is None:
        return False
    if not sent_before(token):
        about = ("dossier", dossier.id)
        receive_document(about, file_name, file, None, source="client", token=token, sender=person.name)
        text = N_("%(who)s stuurde iets waar niet om gevraagd was: %(name)s.")
        address = f"/dossiers/{dossier.id}?tab=documents"
        notify(dossier.adviser or dossier.assistant, text, address, "inbox", who=person.name, name=file_name)
    return True

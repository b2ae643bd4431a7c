"""What stukken say to the house; `plugins.document_types.hooks` passes it on."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from flask import has_request_context, request, url_for

from crm.plugin import (
    N_,
    Action,
    Change,
    Document,
    DocumentNote,
    Job,
    Kind,
    Permission,
    PreparationItem,
    Refused,
    User,
    allowed,
    gettext,
    kept,
    lock,
    touch,
)
from plugins.document_types import operations as types
from plugins.document_types import queries as catalogue
from plugins.document_types import terms
from plugins.document_types.models import DocumentType
from plugins.document_types.requests import changes as changes_of
from plugins.document_types.requests import giving, operations, photos, queries, states, tasks
from plugins.document_types.requests.changes import RequestChange
from plugins.document_types.requests.models import DocumentRequest, RequestFile

TICKED = "documents"  # the point that the core lets one tick off by hand
AT_MOST_NAMED = 3
NAMES = "document_types.names"
FOLLOWED = {"status", "office_verdict", "lender_verdict", "service_id", "product_id"}


def permissions() -> list[Permission]:
    """Reading is `document_types.read`'s neighbour; a verdict is the adviser's and assistent's alike."""
    return [
        Permission("requests.read", "Stukken van dossiers zien"),
        Permission("requests.write", "Stukken vragen, bestanden erbij doen en van de lijst halen"),
        Permission("requests.review", "Stukken beoordelen"),
    ]


def record_kinds() -> list[Kind]:
    """Stukken, and the files given for them."""
    titles = {key: one.title for key, one in states.STATUSES.items()}
    return [
        Kind(
            "document_request",
            DocumentRequest,
            queries.visible_requests,
            lambda request: request.title,
            "requests.show",
            label=N_("Stuk"),
            icon="file-text",
            labels=LABELS,
            choices={
                "status": titles,
                "status_before": titles,
                "phase": terms.PHASES,
                "office_verdict": states.OFFICE_VERDICTS,
                "office_reason": lambda: {one.key: one.name for one in catalogue.reasons_by_key().values()},
                "lender_verdict": states.LENDER_VERDICTS,
                "origin": states.ORIGINS,
            },
        ),
        Kind(
            "request_file",
            RequestFile,
            queries.visible_files,
            lambda file: file.document.name,
            label=N_("Bestand bij een stuk"),
            icon="paperclip",
            labels={
                "verdict": N_("Oordeel"), "is_combined": N_("Pdf van de foto's"),
                "was_there": N_("Stond er al"),
                "came_in_at": N_("Binnen"), "given_at": N_("Gegeven"),
                "request_id": N_("Stuk"), "document_id": N_("Document"),
            },
            choices={"verdict": states.OFFICE_VERDICTS},
        ),
    ]  # fmt: skip


LABELS = {
    "item": N_("Welke"),
    "explanation": N_("Uitleg voor de klant"),
    "phase": N_("Fase"),
    "due_on": N_("Uiterlijk op"),
    "dated_on": N_("Datum op het document"),
    "valid_until": N_("Geldig tot en met"),
    "client_text": N_("Wat de klant leest"),
    "status_before": N_("Status voor het vervallen"),
    "office_verdict": N_("Oordeel van het kantoor"),
    "office_verdict_at": N_("Oordeel van het kantoor op"),
    "office_reason": N_("Reden van afkeuring"),
    "office_text": N_("Toelichting van het kantoor"),
    "lender_verdict": N_("Oordeel van de maatschappij"),
    "lender_verdict_at": N_("Oordeel van de maatschappij op"),
    "lender_text": N_("Toelichting van de maatschappij"),
    "origin": N_("Herkomst"),
    "lender_ref": N_("Documentnummer maatschappij"),
    "hdn_code": N_("Code van HDN"),
    "lender_status_at": N_("Status van de maatschappij van"),
    "lender_has_it": N_("De maatschappij heeft het al"),
    "type_id": N_("Soort document"),
    "reviewer_id": N_("Beoordelaar"),
}


def actions(subject: Any, user: Any) -> list[Action]:
    """A document of a dossier can be what a stuk asks."""
    if subject.kind != "document" or subject.subject_kind != "dossier" or not allowed(user, "requests.write"):
        return []
    if subject.current is None and not subject.is_checking:
        return []
    address = url_for("requests.give_document", id=subject.id)
    return [Action(gettext("Bij een stuk doen"), address, "checklist", weight=25)]


def document_notes(documents: Sequence[Document], user: User) -> list[tuple[int, DocumentNote]]:
    """At which stukken the documents of a dossier are; of those at none, the way to them while one takes a file."""
    kind, dossier_id = documents[0].subject_kind, documents[0].subject_id
    if kind != "dossier" or dossier_id is None or not allowed(user, "requests.read"):
        return []
    found, places = queries.placed(dossier_id)
    remember(dossier_id, found)
    may_give = allowed(user, "requests.write") and any(states.allowed("submit", one.status) for one in found)
    notes = []
    for document in documents:
        if at := [one for one in places.get(document.id, ()) if one.status != states.WITHDRAWN]:
            notes.append((document.id, note_of(at)))
        elif may_give and (document.current or document.is_checking):
            address = url_for("requests.give_document", id=document.id, list=1)
            notes.append((document.id, DocumentNote(gettext("Bij een stuk doen"), address, "checklist")))
    return notes


def note_of(places: Sequence[queries.Standing]) -> DocumentNote:
    """That a document is at these stukken."""
    first, more = places[0], len(places) - 1
    text = gettext("Bij %(title)s", title=first.title)
    if more:
        text = gettext("%(names)s en nog %(count)s", names=text, count=more)
    return DocumentNote(text, url_for("requests.show", id=first.id), "checklist")


def jobs() -> list[Job]:
    """What lapses with time, what takes too long to wait for, and what becomes of photos."""
    return [
        Job(operations.EXPIRE, operations.expire, every=dt.timedelta(days=1)),
        Job("document_types.hide_invoices", types.hide_more_invoices),
        Job(changes_of.TELL, changes_of.tell_of_type),
        *photos.jobs(),
    ]


def standings(dossier_ids: Sequence[int]) -> list[queries.Standing]:
    """How the stukken of these dossiers stand; read once for a page, which shows them in more than one place."""
    if not has_request_context() or request.method != "GET":
        return queries.standings(dossier_ids)
    known: dict[int, list[queries.Standing]] = request.environ.setdefault("crm.standings", {})
    if new := [identity for identity in dossier_ids if identity not in known]:
        known.update({identity: [] for identity in new})
        for one in queries.standings(new):
            known[one.dossier_id].append(one)
    return [one for identity in dossier_ids for one in known[identity]]


def list_missing(part: Any) -> list[tuple[str, str, str, dict[str, Any]]]:
    """What the invitation to the vault waits for: a stukkenlijst of this dienst or product (U-012), and its page."""
    products = queries.with_products()
    asked = {queries.place_of(one, products) for one in standings([part.dossier_id])}
    if (part.kind, part.id) in asked:
        return []
    text = gettext("%(part)s heeft nog geen stukkenlijst.", part=gettext(part.title))
    return [(text, gettext("Stukkenlijst maken"), "requests.make_list", {"kind": part.kind, "id": part.id})]


def remember(dossier_id: int, found: Sequence[Any]) -> None:
    """A page that has all stukken of a dossier needs not ask again how they stand."""
    request.environ.setdefault("crm.standings", {})[dossier_id] = list(found)


def preparation(dossiers: Sequence[Any]) -> list[tuple[int, PreparationItem]]:
    """What must be in before the talk of dossiers where stukken are asked for it; elsewhere one ticks it off."""
    asked: dict[int, list[queries.Standing]] = defaultdict(list)
    for one in standings([dossier.id for dossier in dossiers]):
        if one.phase == "orientation" and one.status != states.WITHDRAWN:
            asked[one.dossier_id].append(one)
    return [(identity, readiness(rows)) for identity, rows in asked.items()]


def readiness(rows: Sequence[queries.Standing]) -> PreparationItem:
    """Whether the stukken for the talk are in, and which are not."""
    missing = [one.title for one in rows if one.status in states.TO_DELIVER]
    named = ", ".join(missing[:AT_MOST_NAMED])
    if (more := len(missing) - AT_MOST_NAMED) > 0:
        named = gettext("%(names)s en nog %(count)s", names=named, count=more)
    detail = gettext("ontbreekt: %(what)s", what=named) if missing else ""
    return PreparationItem(TICKED, gettext("Stukken aangeleverd"), not missing, detail)


def before_save(changes: Sequence[Change]) -> None:
    """An invoice is never Publiek, whichever of the two is said last (domain.md §9.2 no. 9)."""
    for change in changes:
        if change.kind != "document" or change.action == "delete":
            continue
        document = change.record
        if document.is_public and document.document_type and {"is_public", "document_type"} & change.fields.keys():
            refuse_invoice(document)


def refuse_invoice(document: Any) -> None:
    """Raises Refused for a document whose type may not be Publiek; who makes it an invoice meanwhile comes first or
    finds this document."""
    known = catalogue.type_by_key(document.document_type)
    if known is not None and not lock(DocumentType, known.id).may_be_public:
        said = N_("%(name)s is een factuur. Die wordt niet met de klant gedeeld en kan dus niet Publiek zijn.")
        raise Refused(said, name=document.name)


def type_names() -> list[tuple[str, str]]:
    """What a document may be; a process keeps it, since every list of documents names types."""
    return kept(NAMES, queries.type_names)


def after_save(changes: Sequence[Change], user: Any) -> None:
    """Who follows stukken hears of them; a stuk whose last file was taken away is asked again; what is an invoice from
    now on is no longer Publiek."""
    if any(change.kind == "document_type" for change in changes):
        touch(NAMES)
    for change in changes:
        if change.kind == "document_type" and change.sets("is_invoice", True):
            types.hide_invoices(change.record, user)
        if what := changes_of.told_by_type(change):
            changes_of.tell_later(change.record, what, user)
    for dossier_id in sorted({found for change in changes if (found := lost_a_file(change))}):
        giving.let_go(dossier_id, user)
        photos.went(dossier_id)
        tasks.follow(dossier_id, user)
    changes_of.tell(changes, user)
    for dossier_id in sorted({found for change in changes if (found := moved_work(change))}):
        tasks.follow(dossier_id, user)
    for change in changes:
        if change.kind == "document_request" and change.sets("status", states.APPROVED):
            photos.let_go(change.record)
        if change.kind == "request_file" and "came_in_at" in change.fields and not change.record.is_combined:
            photos.came_in(change.record)


def lost_a_file(change: Change) -> int | None:
    """The dossier of which a document went."""
    record = change.record
    is_gone = change.kind == "document" and change.action == "delete" and record.subject_kind == "dossier"
    return record.subject_id if is_gone else None


def moved_work(change: Change) -> int | None:
    """The dossier where other files are to be reviewed now, or what is to be reviewed hangs elsewhere."""
    record = change.record
    if change.kind == "request_file":
        return record.request.dossier_id if "came_in_at" in change.fields and record.came_in_at else None
    return record.dossier_id if change.kind in ("service", "product") and change.action == "delete" else None


def request_changed(changes: Sequence[RequestChange], user: Any) -> None:
    """The task list follows what is to be reviewed, and where."""
    for dossier_id in sorted({change.request.dossier_id for change in changes if FOLLOWED & change.was.keys()}):
        tasks.follow(dossier_id, user)

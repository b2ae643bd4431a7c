"""Questions about stukken: those of a dossier, how far they are, what is left to review."""

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, fields
from functools import cache
from typing import Any

from sqlalchemy import Exists, Select, bindparam, or_, select
from sqlalchemy.orm import contains_eager, joinedload, lazyload
from sqlalchemy.orm.interfaces import ORMOption

from crm.plugin import (
    Document,
    DocumentVersion,
    Product,
    Service,
    User,
    db,
    dossier_is_open,
    fold,
    ids_in_sight,
    names_of,
    prepared,
    setting,
    sought,
)
from plugins.document_types.models import DocumentType
from plugins.document_types.requests import states
from plugins.document_types.requests.models import DocumentRequest, RequestFile

AT_ONCE = 500
PAGE = 50
OF_TYPE = (
    DocumentType.key, DocumentType.name, DocumentType.explanation, DocumentType.delivered_by, DocumentType.is_invoice,
    DocumentType.validity, DocumentType.validity_count, DocumentType.formats,
)  # fmt: skip
COLUMNS = {"service": DocumentRequest.service_id, "product": DocumentRequest.product_id}


@prepared("branch_ids")
def visible_requests(user: User) -> Select[DocumentRequest]:
    """Stukken of dossiers this user may see."""
    mine = ids_in_sight(user)
    return select(DocumentRequest).where(DocumentRequest.dossier_id.in_(mine))


@prepared("branch_ids")
def visible_files(user: User) -> Select[RequestFile]:
    """Files given for stukken this user may see."""
    mine = visible_requests(user).with_only_columns(DocumentRequest.id)
    return select(RequestFile).where(RequestFile.request_id.in_(mine)).options(joinedload(RequestFile.document))


# --- The stukken of a dossier --------------------------------------------------------------------------------


def requests_of(dossier_id: int) -> Sequence[DocumentRequest]:
    """All stukken of a dossier the caller was allowed to load, with their files, in the order of the catalogue; one
    statement."""
    return db.session.scalars(of_dossier(), {"dossier_id": dossier_id}).unique().all()


@cache
def of_dossier() -> Select[DocumentRequest]:
    """The statement of `requests_of`."""
    return with_all(select(DocumentRequest).where(DocumentRequest.dossier_id == bindparam("dossier_id")))


def requests_under(kind: str, identity: int) -> Sequence[DocumentRequest]:
    """Those that hang under this dienst or product; under "dossier" those that hang under neither."""
    if kind == "dossier":
        query = select(DocumentRequest).where(DocumentRequest.dossier_id == identity)
        return whole(query.where(DocumentRequest.service_id.is_(None), DocumentRequest.product_id.is_(None)))
    return whole(select(DocumentRequest).where(COLUMNS[kind] == identity))


def whole_request(identity: int) -> DocumentRequest | None:
    """One stuk with its files as they are now, for who may see it."""
    query = select(DocumentRequest).where(DocumentRequest.id == identity)
    return next(iter(whole(query.execution_options(populate_existing=True))), None)


def with_open_pdf(dossier_id: int) -> Sequence[DocumentRequest]:
    """The stukken of a dossier with a PDF of photos that nobody judged."""
    mine = select(RequestFile.request_id).where(RequestFile.is_combined, RequestFile.verdict == "")
    query = select(DocumentRequest).where(DocumentRequest.dossier_id == dossier_id, DocumentRequest.id.in_(mine))
    return whole(query.execution_options(populate_existing=True))


def whole(query: Select[DocumentRequest]) -> Sequence[DocumentRequest]:
    """The stukken of a query with all that a page shows of them."""
    return db.session.scalars(with_all(query)).unique().all()


def with_all(query: Select[DocumentRequest]) -> Select[DocumentRequest]:
    """The same with all that a page shows of stukken, in the order of the catalogue."""
    ordered = query.order_by(DocumentType.weight, DocumentType.id, DocumentRequest.relation_id, DocumentRequest.item)
    return ordered.order_by(DocumentRequest.id).join(DocumentRequest.type).options(*what_is_shown())


@cache
def what_is_shown() -> list[ORMOption]:
    """What is loaded along with stukken: of the type and of people no more than pages say, since a list has dozens."""
    files = joinedload(RequestFile.document).options(*names_of(Document.author), versions())
    return [
        contains_eager(DocumentRequest.type).load_only(*OF_TYPE),
        joinedload(DocumentRequest.service),
        joinedload(DocumentRequest.product),
        *names_of(DocumentRequest.reviewer),
        joinedload(DocumentRequest.files).options(files),
    ]


@cache
def versions() -> Any:
    """How the versions of documents are loaded along, without the files they hold."""
    without = (lazyload(DocumentVersion.original), lazyload(DocumentVersion.safe), lazyload(DocumentVersion.author))
    return joinedload(Document.versions).options(*without)


def with_products() -> bool:
    """Does the office work with products, not with diensten (U-009)?"""
    return bool(setting("dossiers.works_with") == "products")


def place_of(row: Any, products: bool) -> tuple[str, int | None]:
    """Where a stuk is shown: (kind, id) of its product or dienst, whichever the office works with, else the other, else
    the dossier itself."""
    both = [("product", row.product_id), ("service", row.service_id)]
    for kind, identity in both if products else reversed(both):
        if identity is not None:
            return kind, identity
    return "dossier", None


@dataclass(frozen=True)
class Progress:
    """How far stukken are: all that are asked, those that came in and were not sent back, those approved of."""

    total: int = 0
    come_in: int = 0
    approved: int = 0

    @property
    def percent(self) -> int:
        """What came in; falls again when something is rejected or expires."""
        return round(100 * self.come_in / self.total) if self.total else 0

    @property
    def percent_approved(self) -> int:
        return round(100 * self.approved / self.total) if self.total else 0


def progress(statuses: Iterable[str]) -> Progress:
    """How far stukken with these statuses are; withdrawn ones do not count."""
    asked = [status for status in statuses if status != states.WITHDRAWN]
    come_in = sum(status in states.COME_IN for status in asked)
    return Progress(len(asked), come_in, asked.count(states.APPROVED))


@dataclass
class Group:
    """The stukken of one dienst or product; `part` None holds those of the dossier itself."""

    kind: str
    part: Service | Product | None
    requests: list[DocumentRequest] = field(default_factory=list)

    @property
    def asked(self) -> list[DocumentRequest]:
        return [one for one in self.requests if one.status != states.WITHDRAWN]

    @property
    def withdrawn(self) -> list[DocumentRequest]:
        return [one for one in self.requests if one.status == states.WITHDRAWN]

    @property
    def to_review(self) -> list[DocumentRequest]:
        return [one for one in self.requests if one.needs_review]

    @property
    def progress(self) -> Progress:
        return progress(one.status for one in self.requests)


def groups(requests: Iterable[DocumentRequest], products: bool) -> list[Group]:
    """Stukken per product or dienst, in the order in which those were made; the dossier's own last."""
    found: dict[tuple[str, int | None], Group] = {}
    for one in requests:
        place = place_of(one, products)
        part = one.product if place[0] == "product" else one.service if place[0] == "service" else None
        found.setdefault(place, Group(place[0], part)).requests.append(one)
    return [found[place] for place in sorted(found, key=lambda place: (place[1] is None, place))]


@dataclass(frozen=True)
class Standing:
    """The status of one stuk, without the rest of it."""

    id: int
    dossier_id: int
    service_id: int | None
    product_id: int | None
    status: str
    title: str
    phase: str
    office_verdict: str
    lender_verdict: str
    has_unseen: bool

    @property
    def needs_review(self) -> bool:
        """As that of a stuk."""
        if self.status not in states.TO_REVIEW or self.office_verdict != states.NONE:
            return False
        return self.lender_verdict not in states.LENDER_HAS_IT or self.has_unseen


def standings(dossier_ids: Collection[int]) -> list[Standing]:
    """How all stukken of these dossiers stand, oldest first; one statement."""
    query = select(*standing()).where(DocumentRequest.dossier_id.in_(dossier_ids)).order_by(DocumentRequest.id)
    return [Standing(*row) for row in db.session.execute(query)]


def standing() -> list[Any]:
    """The columns of a Standing."""
    kept = [field.name for field in fields(Standing)][:-1]
    return [*(getattr(DocumentRequest, name) for name in kept), unseen()]


def placed(dossier_id: int) -> tuple[list[Standing], dict[int, list[Standing]]]:
    """How all stukken of a dossier stand, and at which of them each document is, by its id; one statement."""
    query = select(*standing(), RequestFile.document_id).outerjoin(RequestFile)
    query = query.where(DocumentRequest.dossier_id == dossier_id).order_by(DocumentRequest.id)
    found: dict[int, Standing] = {}
    places: dict[int, list[Standing]] = {}
    for *row, document_id in db.session.execute(query):
        one = found.setdefault(row[0], Standing(*row))
        if document_id is not None:
            places.setdefault(document_id, []).append(one)
    return list(found.values()), places


def unseen() -> Exists:
    """Has a stuk a file that came in and that nobody judged?"""
    mine = select(RequestFile.id).where(RequestFile.request_id == DocumentRequest.id).correlate(DocumentRequest)
    return mine.where(RequestFile.came_in_at.is_not(None), RequestFile.verdict == "").exists()


def in_sight_of_type(type_id: int, after: int) -> Sequence[DocumentRequest]:
    """A stretch of the stukken of a type that are only shown to the client if that is, from behind the id `after`."""
    query = select(DocumentRequest).where(
        DocumentRequest.type_id == type_id,
        DocumentRequest.status != states.WITHDRAWN,
        DocumentRequest.lender_has_it.is_(False),
        DocumentRequest.id > after,
    )
    return db.session.scalars(query.order_by(DocumentRequest.id).limit(AT_ONCE)).all()


# --- Files ---------------------------------------------------------------------------------------------------


def files_of(document_id: int) -> Sequence[RequestFile]:
    """The stukken that a document was given for."""
    query = select(RequestFile).where(RequestFile.document_id == document_id)
    return db.session.scalars(query.options(joinedload(RequestFile.request)).order_by(RequestFile.id)).all()


def documents_of(
    dossier_id: int, words: str = "", before: int | None = None, chosen: Collection[int] = ()
) -> Sequence[Document]:
    """Documents that can be given for a stuk of a dossier: one page and one more, newest first; `before` pages on (a
    document's id). `words` are looked for in the name and the type. What was `chosen` comes on top of the page."""
    query = select(Document).where(Document.subject_kind == "dossier", Document.subject_id == dossier_id)
    query = query.where(Document.versions.any(DocumentVersion.state != "refused")).options(versions())
    page = query.where(Document.id.not_in(chosen)).order_by(Document.id.desc()).limit(PAGE + 1)
    for word in sought(words):
        named = select(DocumentType.key).where(DocumentType.match_name.contains(fold(word), autoescape=True))
        page = page.where(or_(Document.name.icontains(word, autoescape=True), Document.document_type.in_(named)))
    if before:
        page = page.where(Document.id < before)
    mine = query.where(Document.id.in_(chosen)).order_by(Document.id.desc())
    first = db.session.scalars(mine).unique().all() if chosen else []
    return [*first, *db.session.scalars(page).unique().all()]


def taking_files(dossier_id: int) -> list[DocumentRequest]:
    """The stukken of a dossier that a file can be given for."""
    return [one for one in requests_of(dossier_id) if states.allowed("submit", one.status)]


def without_files(dossier_id: int) -> Sequence[DocumentRequest]:
    """Stukken of a dossier that came in but have no file any more that is to be judged."""
    query = select(DocumentRequest).where(DocumentRequest.dossier_id == dossier_id)
    came_in = (
        DocumentRequest.status.in_(states.TO_REVIEW),
        DocumentRequest.office_verdict == states.NONE,
        DocumentRequest.lender_verdict.not_in(states.LENDER_HAS_IT),
    )
    return db.session.scalars(query.where(*came_in, ~unseen()).order_by(DocumentRequest.id)).all()


# --- Time ----------------------------------------------------------------------------------------------------


def outdated(day: dt.date, after: int = 0) -> Sequence[DocumentRequest]:
    """A stretch of the approved stukken of open dossiers whose last good day was before `day`, of which the
    maatschappij has not said its last word, from behind the id `after`."""
    query = (
        select(DocumentRequest)
        .join(DocumentRequest.dossier)
        .where(
            dossier_is_open(),
            DocumentRequest.status == states.APPROVED,
            DocumentRequest.valid_until < day,
            DocumentRequest.lender_verdict != states.APPROVED,
            DocumentRequest.id > after,
        )
    )
    return db.session.scalars(query.order_by(DocumentRequest.id).limit(AT_ONCE)).all()


def type_names() -> list[tuple[str, str]]:
    """(key, name) of every type in use, in the order of the list."""
    query = select(DocumentType.key, DocumentType.name).where(DocumentType.is_active)
    return [(row[0], row[1]) for row in db.session.execute(query.order_by(DocumentType.weight, DocumentType.id))]

"""Verbs of templates of documents: keep them, fill them in, make a document."""

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pikepdf
from sqlalchemy import select

from crm.accounts.models import User
from crm.db import db, utcnow
from crm.document_templates import markup, queries, starter, typeset, words
from crm.document_templates.models import DocumentTemplate, MadeText
from crm.documents import operations as documents
from crm.documents.models import Document, DocumentVersion, StoredFile
from crm.documents.operations import Checked
from crm.mail import placeholders
from crm.mail import starter as mail_starter
from crm.mail.placeholders import Placeholder, digest
from crm.mail.queries import changed
from crm.records import Refused, check_version, delete, keep, ref, save, save_many
from crm.settings import setting
from crm.texts import N_

PDF = "application/pdf"
LONGEST = 100_000  # signs of a text with its words filled in
OF_THE_OFFICE = ("kosten.", "kantoor.")


# --- Templates -----------------------------------------------------------------------------------------------


def load_templates() -> None:
    """Bring in the texts an office starts with; what an office changed or switched off stays as it is."""
    query = select(DocumentTemplate).where(DocumentTemplate.content_key.is_not(None))
    present = {template.content_key: template for template in db.session.scalars(query)}
    changed = []
    for key, original in starter.originals().items():
        template = present.get(key)
        if template is None:
            template = DocumentTemplate(content_key=key)
        elif template.content_digest == original.digest or text_digest(template) != template.content_digest:
            continue
        put_back(template, original)
        changed.append(template)
    save_many(changed, None)


def put_back(template: DocumentTemplate, original: starter.Original) -> None:
    """Give a template the text it came with."""
    template.name, template.purpose, template.body = original.name, original.purpose, original.body
    template.document_type, template.content_digest = original.document_type, original.digest


def text_digest(template: DocumentTemplate) -> str:
    """Fingerprint of a template's text as it is now."""
    return digest(f"{template.name}\n{template.body}")


def restore(template: DocumentTemplate, user: User, version: int | None = None) -> DocumentTemplate:
    """*Terugzetten naar origineel*. Raises Refused for a template that was made here, Conflict."""
    original = starter.originals().get(template.content_key or "")
    if original is None:
        raise Refused("Dit sjabloon is hier gemaakt: er is geen origineel.")
    check_version(template, version)
    put_back(template, original)
    saved: DocumentTemplate = save(template, user)
    return saved


def check_text(text: str, user: User | None) -> list[str]:
    """What is wrong with a template's text, as Dutch sentences; empty when all its words exist."""
    return placeholders.problems(text, words.known(None, user), mail_starter.blocks())


def save_template(
    values: Mapping[str, Any], user: User, template: DocumentTemplate | None = None, version: int | None = None
) -> DocumentTemplate:
    """Make or change a template. `values`: name, purpose, body, is_active. Raises Refused and Conflict."""
    if wrong := check_text(values["body"], user):
        problems = " ".join(wrong)
        raise Refused(problems)
    template = template or DocumentTemplate()
    check_version(template, version)
    for name in ("name", "purpose", "is_active"):
        setattr(template, name, values[name])
    template.body = values["body"].replace("\r\n", "\n").strip() + "\n"
    saved: DocumentTemplate = save(template, user)
    return saved


def delete_template(template: DocumentTemplate, user: User) -> None:
    """Take away a template that was made here. Raises Refused for one that came with the house."""
    if template.content_key:
        raise Refused("Dit sjabloon hoort bij Sleutel. Zet het uit in plaats van het te verwijderen.")
    delete(template, user)


# --- Making --------------------------------------------------------------------------------------------------


@dataclass
class Draft:
    """A document in the making about the record `about`; `body` still holds the words without a value.

    `basis` maps each word that went into the text to a digest of its value then.
    """

    about: Any
    template: DocumentTemplate | None
    title: str
    body: str
    basis: dict[str, str] = field(default_factory=dict)
    known: dict[str, Placeholder] = field(default_factory=dict)
    empty: list[Placeholder] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The text as it is made: blocks that nobody fills in are gone."""
        return placeholders.without_blocks(self.body)


def compose(
    about: Any, template: DocumentTemplate | None, title: str, body: str, user: User | None,
    basis: Mapping[str, str] | None = None,
) -> Draft:  # fmt: skip
    """A text with its words filled in; nothing is written. `basis` is that of words that were filled in before."""
    failed: list[str] = []
    draft = Draft(about, template, title, body, known=words.known(about, user, failed), failed=failed)
    draft.remarks = placeholders.unsaid(failed)
    filled = placeholders.fill(body.replace("\r\n", "\n"), draft.known, markup.escape)
    draft.body, draft.basis = filled.text, {**filled.used, **(basis or {})}
    draft.empty, draft.unknown = filled.empty, filled.unknown
    absent = mail_starter.blocks() | {word.name: word.title for word in draft.known.values() if word.is_block}
    draft.left_out = list(dict.fromkeys(absent.get(name, name) for name in filled.left_out))
    if any(word.name.startswith(OF_THE_OFFICE) for word in draft.empty):
        draft.remarks.append(N_("Kosten en nummers van het kantoor vult de beheerder in bij Beheer → Instellingen."))
    return draft


def changed_since(text: MadeText, known: Mapping[str, Placeholder]) -> list[str]:
    """Titles of the words that have another value now than when this text was made."""
    return changed(text.basis, known)


def check_complete(draft: Draft) -> None:
    """Raises Refused, with what is missing, when the text is not ready to be made."""
    if missing := [*(word.name for word in draft.empty), *draft.unknown]:
        listed = ", ".join(f"{{{{ {name} }}}}" for name in missing)
        raise Refused("Nog niet ingevuld: %(words)s. Vul de gegevens aan of haal het uit de tekst.", words=listed)
    if draft.failed:
        problems = " ".join(placeholders.unsaid(draft.failed))
        raise Refused("Het document kan nog niet worden gemaakt. %(problems)s", problems=problems)
    if not draft.text.strip():
        raise Refused("Schrijf een tekst.")


def set_in_type(draft: Draft) -> bytes:
    """The draft as an accessible PDF, as it is made and as it is looked at first. Raises Refused."""
    if len(draft.title) + len(draft.body) > LONGEST:
        raise Refused("Deze tekst is te lang voor één document. Kort hem in.")
    title, office, colour = draft.title.strip(), setting("office.name"), setting("document_templates.colour")
    return typeset.pdf(title or "–", markup.blocks(draft.text), str(office), str(colour), utcnow())


def pages_of(pdf: bytes) -> int:
    """How many pages a PDF of ours has."""
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        return len(opened.pages)


def make(
    draft: Draft, file: StoredFile, pages: int, user: User, token: str | None, again: Document | None = None
) -> Document:
    """Keep a document that was made: a new one, or a newer version of `again`. `token` names this sending."""
    made_from = f"{DocumentTemplate.kind}:{draft.template.id if draft.template else 0}"
    kind = draft.template.document_type if draft.template else ""
    version: DocumentVersion = documents.take_made(
        again or ref(draft.about), draft.title, file, Checked(PDF, PDF, pages), user,
        made_from=made_from, token=token, document_type=kind,
    )  # fmt: skip
    if db.session.get(MadeText, version.id) is None:
        text = MadeText(version=version, title=draft.title, body=draft.body, basis=draft.basis, template=draft.template)
        keep(text)
    return version.document


class Newer(Refused):
    """There is a newer version than the one that is made anew."""


def refuse_newer(document: Document, replaces: int | None) -> None:
    """Raises Newer when somebody made or added a newer version than the one that is made anew."""
    held = documents.hold_document(document)
    db.session.expire(held, ["versions"])
    if replaces is not None and held.newest.number != replaces:
        said = N_("Er is intussen een nieuwere versie: %(number)s. Kijk die na of klik nog eens om deze toch te maken.")
        raise Newer(said, number=held.newest.number)


def text_to_redo(document: Document) -> MadeText:
    """The text of a document, to make it anew. Raises Refused when it was not made here, or replaced by an upload."""
    text = queries.text_of(document) if document.is_made else None
    if text is None:
        raise Refused("Dit document is niet hier gemaakt, of het is vervangen door een ander bestand.")
    return text

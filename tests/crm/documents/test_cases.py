"""Files that other readers open (tests/cases) are taken by every way in; content that is elsewhere is said."""

from pathlib import Path

import pikepdf
import pytest
from sqlalchemy import select

from crm.db import db
from crm.documents import sandbox, sniff
from crm.documents.models import Document
from crm.documents.reasons import ELSEWHERE, REMOVED
from crm.mail import attachments
from tests.crm.documents import hostile
from tests.crm.documents.conftest import pdf
from tests.crm.documents.test_incoming import bring, letter, only, raw  # noqa: F401  # a fixture

CASES = Path(__file__).parent.parent.parent / "cases"
TAKEN = {"bom.pdf": sniff.PDF, "newline.pdf": sniff.PDF, "wordonline.docx": sniff.DOCX}


def documents():
    return db.session.scalars(select(Document).order_by(Document.id)).unique().all()


def inspected(tmp_path, content):
    source, made = tmp_path / "source", tmp_path / "made"
    source.write_bytes(content)
    made.mkdir()
    return sandbox.inspect(source, made)


def check_taken(document, client):
    name, version = f"{document.name}", document.current
    kind = TAKEN[next(case for case in TAKEN if case.startswith(name))]
    assert version is not None and (version.mimetype, version.state_title) == (kind, "Gecontroleerd")
    shown = client.get(f"/documents/{document.id}/file/1").data
    assert shown.startswith(b"%PDF-" if kind == sniff.PDF else b"PK")


def test_by_upload(send, run_jobs, as_assistant):
    for name in TAKEN:
        assert send((CASES / name).read_bytes(), name).status_code == 200
    run_jobs()
    assert len(documents()) == len(TAKEN)
    for document in documents():
        check_taken(document, as_assistant)


def test_out_of_an_email(bring, run_jobs, as_assistant):  # noqa: F811
    files = {"_".join(reversed(name.split("."))): (CASES / name).read_bytes() for name in TAKEN}
    page = bring(raw(letter(**files)))
    answer = as_assistant.post(f"{page}/take", data={"part": [part.id for part in only().parts]})
    assert answer.status_code == 303
    run_jobs()
    db.session.expire_all()
    assert len(documents()) == len(TAKEN)
    for document in documents():
        check_taken(document, as_assistant)


@pytest.mark.parametrize(
    ("junk", "kind"),
    [
        (b"\xef\xbb\xbf", sniff.PDF), (b"\r\n", sniff.PDF), (b"<html>scanner</html>\n", sniff.PDF),
        (b"x" * 1019, sniff.PDF), (b"x" * 1020, None), (b"\xff\xd8\xff", sniff.JPEG), (b"PK\x03\x04", None),
    ],
)  # fmt: skip
def test_what_may_stand_in_front_of_a_pdf(tmp_path, junk, kind):
    path = tmp_path / "a"
    path.write_bytes(junk + pdf())
    assert sniff.sniff(path) == kind
    verdict = inspected(tmp_path, junk + pdf())
    if kind == sniff.PDF:
        assert not verdict.refused and verdict.safe.read_bytes().startswith(b"%PDF-")
    else:
        assert verdict.refused


@pytest.mark.parametrize(
    ("types", "parts", "kind"),
    [
        ("wordprocessingml.document.main+xml", ["word/document2.xml"], sniff.DOCX),
        ("wordprocessingml.template.main+xml", ["word/document.xml"], sniff.DOCX),
        ("spreadsheetml.sheet.main+xml", ["xl/book.xml"], sniff.XLSX),
        ("presentationml.presentation.main+xml", ["ppt/presentation.xml"], None),
        ("wordprocessingml.document.main+xml", ["word/other.xml"], None),
        ("", ["word/document.xml"], sniff.DOCX), ("", ["word/document.xml", "xl/workbook.xml"], None),
        ("", ["word/document2.xml"], None),
    ],
)  # fmt: skip
def test_the_main_part_is_found_by_its_kind(tmp_path, types, parts, kind):
    said = f"application/vnd.openxmlformats-officedocument.{types}"
    name = "word/document2.xml" if parts == ["word/other.xml"] else parts[0]
    content = f'<Types><Override PartName="/{name}" ContentType="{said}"/></Types>' if types else "<Types/>"
    path = tmp_path / "a"
    path.write_bytes(hostile.zipped({"[Content_Types].xml": content.encode(), **dict.fromkeys(parts, b"<x/>")}))
    assert sniff.sniff(path) == kind


# --- Content that is elsewhere -------------------------------------------------------------------------------------


def form(drawn_anew: bool, with_fields: bool) -> bytes:
    """A PDF with an XFA form: drawn on its pages, or made anew by Adobe."""
    made = hostile.pdf()
    field = pikepdf.Dictionary(FT=pikepdf.Name.Tx, T="naam", Subtype=pikepdf.Name.Widget, Rect=[0, 0, 9, 9])
    fields = [made.make_indirect(field)] if with_fields else []
    xfa = made.make_stream(b"<xdp:xdp xmlns:xdp='http://ns.adobe.com/xdp/'/>")
    made.Root.AcroForm = pikepdf.Dictionary(Fields=fields, XFA=xfa)
    if drawn_anew:
        made.Root.NeedsRendering = True
    return hostile.written(made)


def portfolio(with_files: bool = True) -> bytes:
    """A PDF that is a cover with files."""
    made = hostile.pdf()
    if with_files:
        made.attachments["loonstrook.pdf"] = pdf()
    made.Root.Collection = pikepdf.Dictionary(Type=pikepdf.Name.Collection)
    return hostile.written(made)


@pytest.mark.parametrize(
    ("content", "elsewhere"),
    [
        (form(True, True), "drawn_form"), (form(False, False), "drawn_form"), (form(False, True), ""),
        (portfolio(), "portfolio"), (portfolio(False), ""), (pdf(), ""),
    ],
    ids=["drawn anew", "without fields", "on its pages", "portfolio", "empty portfolio", "pages"],
)  # fmt: skip
def test_content_that_is_elsewhere(tmp_path, content, elsewhere):
    verdict = inspected(tmp_path, content)
    assert not verdict.refused and {*verdict.removed} & {*ELSEWHERE} == ({elsewhere} if elsewhere else set())


def test_it_is_said_instead_of_gecontroleerd(send, run_jobs, as_assistant, dossier):
    for name, content in {"formulier.pdf": form(True, True), "map.pdf": portfolio(), "gewoon.pdf": pdf()}.items():
        assert send(content, name).status_code == 200
    run_jobs()
    found = {document.name: document for document in documents()}
    for name, key in {"formulier": "drawn_form", "map": "portfolio"}.items():
        document = found[name]
        page = as_assistant.get(f"/documents/{document.id}").text
        assert ELSEWHERE[key] in page and "Inhoud staat elders" in page and "original=1" in page
        assert ">Gecontroleerd<" not in page.replace("\n", "") and document.current.state_title == "Inhoud staat elders"
        assert attachments.of(document) is None and not document.current.is_joinable
    page = as_assistant.get(f"/documents/{found['gewoon'].id}").text
    assert "Gecontroleerd" in page and "elders" not in page and attachments.of(found["gewoon"]) is not None
    rows = as_assistant.get(f"/dossiers/{dossier.id}?tab=documents").text
    assert rows.count("Inhoud staat elders") == 2
    assert {*ELSEWHERE} <= {*REMOVED}

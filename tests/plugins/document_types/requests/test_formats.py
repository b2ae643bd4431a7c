"""The kinds of file that a soort document takes (*Bestanden*), when something is given for a stuk."""

import re
from pathlib import Path

import pytest

from crm import records
from crm.db import db
from crm.documents import operations as documents
from crm.documents import sniff, storage
from crm.formats import today
from crm.plugin import FILE_ENDINGS
from crm.records import Refused
from plugins.document_types import terms
from plugins.document_types.requests import giving, photos, verdicts
from tests.crm.documents.conftest import key_of, send_bytes, tell
from tests.plugins.document_types.requests.conftest import check

CASES = Path(__file__).parents[3] / "cases"
JPEG = "image/jpeg"
NEEDED = "Hiervoor is PDF nodig: vraag het bestand in die vorm."


@pytest.fixture
def insurance(ask):
    """A stuk of a type that takes PDF only: lenders read in it who made it."""
    return ask("uwv_insurance_record")


def test_every_kind_that_comes_in_has_a_name_and_endings():
    assert list(terms.FORMATS) == list(FILE_ENDINGS) and set(FILE_ENDINGS) == set(sniff.FORMATS.values())


def test_a_type_takes_the_usual_kinds_unless_it_says_otherwise(types):
    assert types["payslip"].formats == list(terms.USUAL_FORMATS)
    assert types["uwv_insurance_record"].format_names == "PDF"
    assert types["payslip"].endings == ".pdf,.jpg,.jpeg,.png,.heic,.heif,.webp,.tif,.tiff"


def test_the_file_chooser_of_a_stuk_asks_for_what_it_takes(as_assistant, insurance, ask):
    form = as_assistant.get(f"/requests/{insurance.id}").text
    assert 'accept=".pdf"' in form and "of sleep ze hierheen. PDF, tot" in form
    form = as_assistant.get(f"/requests/{ask('payslip').id}").text
    assert ".docx" not in form and "PDF, JPEG, PNG" in form


def test_a_document_of_another_kind_is_refused_before_it_is_given(as_assistant, insurance, document, assistant):
    photo = document("scherm.jpg", checked=False)
    check(photo, JPEG)
    with pytest.raises(Refused, match="Daarvoor is PDF nodig"):
        giving.give(insurance, photo, assistant)
    records.commit()
    answer = as_assistant.post(f"/requests/{insurance.id}/documents", data={"documents": [photo.id]})
    assert answer.status_code == 422 and "Daarvoor is PDF nodig: vraag het bestand in die vorm." in answer.text
    assert insurance.files == [] and insurance.status == "open"


def test_a_file_that_turns_out_to_be_of_another_kind_is_not_to_be_reviewed(
    as_assistant, insurance, document, assistant
):
    photo = document("scherm.jpg", checked=False)
    giving.give(insurance, photo, assistant)
    check(photo, JPEG)
    records.commit()
    (file,) = insurance.files
    assert file.is_unfit and file.came_in_at is None and insurance.status == "open" and not insurance.needs_review
    for page in (f"/requests/{insurance.id}", f"/requests/{insurance.id}/row"):
        text = as_assistant.get(page).text
        assert NEEDED in text and "Past niet" in text
    giving.take_back(file, assistant)
    records.commit()
    giving.give(insurance, document("echt.pdf"), assistant)
    assert insurance.status == "submitted"


def test_a_newer_version_of_another_kind_is_looked_at(as_assistant, insurance, document, assistant):
    """Nobody approved of what is seen now: it does not hide behind the verdict on the version before."""
    given = document("echt.pdf")
    giving.give(insurance, given, assistant)
    verdicts.approve(insurance, assistant, today())
    documents.add_version(given, "scherm.jpg", storage.sealer().keep([b"x"]), assistant)
    check(given, JPEG)
    records.commit()
    assert insurance.status == "submitted" and insurance.needs_review
    assert NEEDED in as_assistant.get(f"/requests/{insurance.id}").text


def test_the_review_shows_what_came_in_first(as_assistant, insurance, service, document, assistant):
    giving.give(insurance, document("echt.pdf"), assistant)
    photo = document("scherm.jpg", checked=False)
    giving.give(insurance, photo, assistant)
    check(photo, JPEG)
    records.commit()
    newest, older = insurance.shown_files
    assert newest.is_unfit and older.came_in_at
    address = f"/requests/review/service/{service.id}?stuk={insurance.id}"
    page = as_assistant.get(address).text
    assert re.search(rf'aria-current="true" href="[^"]*file={older.id}"', page) and "past niet" in page
    assert NEEDED not in page and NEEDED in as_assistant.get(f"{address}&file={newest.id}").text


def test_a_photo_that_does_not_fit_is_no_page_of_the_pdf(types, ask, document, assistant):
    types["payslip"].formats = ["pdf", "jpeg"]
    records.save(types["payslip"], assistant)
    stuk = ask("payslip")
    for name, mimetype in (("goed.jpg", JPEG), ("past niet.png", "image/png")):
        made = document(name, checked=False)
        giving.give(stuk, made, assistant)
        check(made, mimetype)
    db.session.expire(stuk)
    assert [file.document.name for file in photos.photos(stuk)] == ["goed"]


def test_the_office_may_let_a_type_take_word(types, ask, document, assistant):
    word = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    types["payslip"].formats = ["pdf", "docx"]
    records.save(types["payslip"], assistant)
    letter = document("brief.docx", checked=False)
    check(letter, word)
    stuk = ask("payslip")
    giving.give(stuk, letter, assistant)
    assert stuk.status == "submitted"
    with pytest.raises(Refused):
        giving.give(ask("title_deed"), letter, assistant)


def test_files_that_other_readers_open_are_taken_for_a_stuk(as_assistant, ask, files, run_jobs, types):
    types["payslip"].formats = ["pdf", "docx"]
    records.save(types["payslip"], None)
    request = ask("payslip")
    for name in ("bom.pdf", "newline.pdf", "wordonline.docx"):
        key = key_of(send_bytes(as_assistant, (CASES / name).read_bytes()))
        assert tell(as_assistant, f"/requests/{request.id}/upload", {key: name}).status_code == 200
    run_jobs()
    db.session.expire_all()
    assert sorted(file.document.current.format for file in request.files) == ["docx", "pdf", "pdf"]
    assert request.status == "submitted"

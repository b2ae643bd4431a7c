"""Photos given for a stuk become one PDF, which is reviewed; they stay until it is approved."""

import io

import pytest
from PIL import Image
from sqlalchemy import select

from crm import records
from crm.db import db
from crm.documents import operations as documents
from crm.documents import storage
from crm.documents.models import Document
from crm.feed.models import Post
from plugins.document_types.requests import giving, photos, verdicts
from plugins.document_types.requests.models import RequestFile

pytestmark = pytest.mark.requirement("U-030a", side="crm")


def photo(colour="red"):
    out = io.BytesIO()
    Image.new("RGB", (60, 40), colour).save(out, "JPEG")
    return out.getvalue()


@pytest.fixture
def bring(dossier, files, assistant, run_jobs):
    """Give photos for a stuk, with all that comes of it: bring(request, "voor.jpg", "achter.jpg")."""

    def bring(request, *names, then=run_jobs):
        for name in names:
            file = storage.sealer().keep([photo()])
            giving.give(request, documents.receive(records.ref(dossier), name, file, assistant), assistant)
        records.commit()
        then()
        db.session.expire_all()
        return request

    return bring


def shown(request):
    return [(one.document.name, len(one.parts)) for one in request.shown_files]


def names():
    return sorted(db.session.scalars(select(Document.name)))


def test_a_better_scan_in_place_of_the_pdf_is_a_file_like_any_other(bring, ask, assistant):
    request = bring(ask("id_document"), "voor.jpg", "achter.jpg")
    verdicts.reject(request, assistant, "unreadable")
    (pdf,) = request.shown_files
    version = documents.add_version(pdf.document, "scan.pdf", storage.sealer().keep([b"%PDF-1.8"]), assistant)
    documents.accept(version, documents.Checked("application/pdf", "application/pdf", 1), None)
    records.commit()
    db.session.expire_all()
    assert request.status == "submitted" and request.needs_review
    assert pdf in request.shown_files and not pdf.is_combined and pdf.verdict == ""


def test_photos_become_one_pdf_that_is_reviewed(bring, ask, as_assistant, assistant, dossier):
    request = bring(ask("id_document"), "voor.jpg", "achter.jpg")
    assert (request.status, shown(request)) == ("submitted", [(request.title, 2)])
    (pdf,) = request.shown_files
    assert pdf.document.current.shown_as == "application/pdf" and pdf.document.current.pages == 2
    assert pdf.document.document_type == "id_document"
    assert [one.document.name for one in request.single_photos] == ["voor", "achter"]
    page = as_assistant.get(f"/requests/{request.id}").text
    assert "van 2 foto" in page
    assert "(2)" in page.partition("Losse foto")[2][:30]
    assert page.count("Terugnemen") == 2
    review = as_assistant.get(f"/requests/review/service/{request.service_id}").text
    assert "van 2 foto" in review and f"/documents/{pdf.document_id}/file/1" in review
    assert "van 2 foto" in as_assistant.get(f"/requests/{request.id}/row").text


def test_one_photo_is_a_pdf_too_and_another_one_a_newer_version_of_it(bring, ask, as_assistant):
    request = bring(ask("id_document"), "voor.jpg")
    (before,) = request.shown_files
    assert shown(request) == [(request.title, 1)]
    bring(request, "achter.jpg")
    (pdf,) = request.shown_files
    assert (pdf.id, pdf.document.current.number, len(pdf.parts)) == (before.id, 2, 2)
    assert names() == sorted(["voor", "achter", request.title])


def test_a_photo_taken_back_leaves_the_pdf_and_the_last_one_takes_it_along(bring, ask, as_assistant, run_jobs):
    request = bring(ask("id_document"), "voor.jpg", "achter.jpg")
    for left in (1, 0):
        photo = request.single_photos[0]
        as_assistant.post(f"/requests/files/{photo.id}/take-back")
        run_jobs()
        db.session.expire_all()
        assert [count for _name, count in shown(request)] == ([left] if left else [])
    assert (request.status, names()) == ("open", [])


def test_the_pdf_itself_is_not_taken_back(bring, ask, as_assistant):
    request = bring(ask("id_document"), "voor.jpg")
    answer = as_assistant.post(f"/requests/files/{request.shown_files[0].id}/take-back")
    assert answer.status_code == 409 and "Neem een foto terug" in answer.text
    assert shown(request) == [(request.title, 1)]


def test_after_approval_the_photos_go_and_the_pdf_stays(bring, ask, assistant, run_jobs):
    request = bring(ask("title_deed"), "voor.jpg", "achter.jpg")
    (pdf,) = request.shown_files
    verdicts.approve(request, assistant)
    run_jobs()
    db.session.expire_all()
    assert names() == [request.title] and shown(request) == [(request.title, 2)]
    assert b"".join(storage.content_of(pdf.document.current.safe)).startswith(b"%PDF-")
    told = db.session.scalars(select(Post).where(Post.text.contains("Losse foto"))).all()
    assert [post.data for post in told] and len(told) == 1
    photos.drop(request.id)
    assert names() == [request.title], "done twice it changes nothing"


def test_a_rejection_keeps_the_photos_and_new_ones_begin_a_pdf_of_their_own(bring, ask, assistant):
    request = bring(ask("title_deed"), "wazig.jpg")
    verdicts.reject(request, assistant, "unreadable")
    records.commit()
    bring(request, "scherp.jpg")
    assert names() == sorted(["wazig", "scherp", request.title, request.title])
    assert [(one.verdict, len(one.parts)) for one in request.shown_files] == [("", 1), ("rejected", 1)]


def test_pages_that_were_good_are_in_the_next_pdf_too(bring, ask, assistant, run_jobs):
    request = bring(ask("title_deed"), "een.jpg", "twee.jpg")
    verdicts.partly(request, assistant, "bladzijde 3")
    records.commit()
    bring(request, "drie.jpg")
    assert [(one.verdict, len(one.parts)) for one in request.shown_files] == [("", 3), ("partly", 2)]
    verdicts.approve(request, assistant)
    run_jobs()
    assert names() == [request.title, request.title]


def test_a_verdict_before_the_pdf_is_there_counts_for_it_too(bring, ask, assistant, run_jobs):
    request = bring(ask("title_deed"), "voor.jpg")
    bring(request, "achter.jpg", then=lambda: None)
    for version in [one.document.newest for one in request.files if one.document.is_checking]:
        documents.accept(version, documents.Checked("image/jpeg", "image/jpeg", 1), None)
    photos.combine(request.id)
    verdicts.approve(request, assistant)
    run_jobs()
    db.session.expire_all()
    assert request.status == "approved" and shown(request) == [(request.title, 2)] and names() == [request.title]


def test_what_was_there_or_is_public_or_shared_stays(bring, ask, dossier, assistant, files, run_jobs):
    request, other = ask("title_deed"), ask("valuation_report")
    made = {}
    for name in ("was-er", "publiek", "gedeeld", "los"):
        made[name] = documents.receive(records.ref(dossier), f"{name}.jpg", storage.sealer().keep([photo()]), assistant)
    records.commit()
    run_jobs()
    db.session.expire_all()
    giving.give(request, made["was-er"], assistant, was_there=True)
    for name in ("publiek", "gedeeld", "los"):
        giving.give(request, made[name], assistant)
    giving.give(other, made["gedeeld"], assistant)
    documents.set_public(made["publiek"], True, assistant)
    records.commit()
    run_jobs()
    db.session.expire_all()
    verdicts.approve(request, assistant)
    run_jobs()
    assert names() == sorted(["gedeeld", "publiek", "was-er", request.title, other.title])


def test_a_pdf_is_left_as_it_came(ask, document, assistant, run_jobs):
    request = ask("title_deed")
    giving.give(request, document("akte.pdf"), assistant)
    run_jobs()
    assert shown(request) == [("akte", 0)]
    assert not db.session.scalars(select(RequestFile).where(RequestFile.is_combined)).all()


def test_making_it_twice_makes_one(bring, ask):
    request = bring(ask("id_document"), "voor.jpg", "achter.jpg")
    photos.combine(request.id)
    photos.combine(10_000_000)
    photos.drop(10_000_000)
    db.session.expire_all()
    assert shown(request) == [(request.title, 2)] and request.shown_files[0].document.current.number == 1


def test_a_verdict_taken_back_never_costs_the_pdf(bring, ask, document, assistant, run_jobs):
    """Its photos are gone after an approval: whatever goes or comes in the dossier, it is not made anew of nothing."""
    request, other = bring(ask("title_deed"), "voor.jpg", "achter.jpg"), document("anders.pdf")
    (pdf,) = request.shown_files
    verdicts.approve(request, assistant)
    run_jobs()
    db.session.expire_all()
    verdicts.look_again(request, assistant)
    documents.remove(other, assistant)
    run_jobs()
    bring(request, "nog-een.jpg")
    assert [(one.id == pdf.id, one.document.current.number, len(one.parts)) for one in request.shown_files] == [
        (False, 1, 1),
        (True, 1, 2),
    ]


def test_after_a_rejection_that_is_taken_back_the_photos_are_in_review_again(bring, ask, document, assistant, run_jobs):
    request, other = bring(ask("title_deed"), "voor.jpg"), document("anders.pdf")
    verdicts.reject(request, assistant, "unreadable")
    verdicts.look_again(request, assistant)
    documents.remove(other, assistant)
    run_jobs()
    db.session.expire_all()
    assert {one.verdict for one in request.files} == {""} and shown(request) == [(request.title, 1)]
    bring(request, "achter.jpg")
    assert shown(request) == [(request.title, 2)]

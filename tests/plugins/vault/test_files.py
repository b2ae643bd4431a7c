"""Files that clients send, seen from both sides: checked, of no use, photos that become one PDF."""

import io

import pytest
from sqlalchemy import select

from crm.activities.models import Task
from crm.audit.models import AuditEntry
from crm.db import db
from crm.documents.models import Document
from crm.feed.queries import feed
from crm.formats import today
from crm.records import ref
from plugins.document_types.requests import verdicts
from plugins.document_types.requests.models import DocumentRequest
from tests.conftest import log_in
from tests.crm.documents.conftest import jpeg
from tests.crm.documents.hostile import plain_pdf
from tests.plugins.portal.test_pages import text_of
from tests.plugins.vault.conftest import said_of


@pytest.mark.requirement("U-030a", "vault")
def test_a_file_of_no_use_says_why_and_what_to_do(office, ask, sanne):
    request = ask("payslip")
    sanne(request, ("loonstrook.pdf", b"this is no pdf"))
    says = said_of(office, request)
    (file,) = says["files"]
    assert (says["state"], file["state"], says["may_upload"]) == ("refused", "refused", True)
    assert "Maak een nieuwe PDF of foto" in file["why"] or "Dit soort bestand kan hier niet." in file["why"]
    assert file["why"] in sanne.see(f"/verzoeken/stuk-{request.id}")
    sanne(request, ("loonstrook.pdf", plain_pdf()))
    says = said_of(office, request)
    assert (says["state"], [one["state"] for one in says["files"]]) == ("received", ["refused", "checked"])
    assert f"Gecontroleerd. {office.adviser.name} bekijkt het." in sanne.see("/verzoeken")


def test_photos_are_one_pdf_here_and_stay_what_was_sent_there(office, ask, sanne):
    request = ask("payslip")
    sanne(request, ("een.jpg", jpeg()), ("twee.jpg", jpeg()))
    assert [file["name"] for file in said_of(office, request)["files"]] == ["een.jpg", "twee.jpg"]
    request = db.session.get(DocumentRequest, request.id)
    (pdf,) = request.shown_files
    assert pdf.is_combined and pdf.document.current.pages == 2
    page = sanne.see(f"/verzoeken/stuk-{request.id}")
    assert "Nu controleren" not in page and "een.jpg" in page
    verdicts.approve(request, office.adviser, today())
    sanne(request)
    assert "Goedgekeurd" in sanne.see("/afgerond")


@pytest.mark.requirement("U-038", "vault")
def test_who_sent_it_stands_everywhere_by_name(office, ask, sanne):
    request = ask("payslip")
    sanne(request, ("loonstrook.pdf", plain_pdf()))
    document = db.session.scalars(select(Document)).unique().one()
    assert (document.by, document.newest.by) == ("Sanne de Vries", "Sanne de Vries")
    posts = {one.shown.partition(":")[0]: one.by for one in feed(ref(office.dossier))}
    assert posts["Documenten toegevoegd"] == posts["Aangeleverd"] == "Sanne de Vries"
    noted = select(AuditEntry.user_name).where(AuditEntry.record_kind.in_(("document", "request_file")))
    assert set(db.session.scalars(noted)) == {"Sanne de Vries"}


@pytest.mark.requirement("U-038", "vault")
@pytest.mark.requirement("U-039", "vault")
def test_what_comes_in_for_one_dienst_is_one_task_that_opens_its_review(house, office, ask, sanne):
    one, other = ask("payslip"), ask("id_document")
    sanne(one, ("loonstrook.pdf", plain_pdf()))
    sanne(other, ("paspoort.pdf", plain_pdf()))
    task = db.session.scalars(select(Task)).unique().one()
    assert (task.title, task.link_text, task.assigned_to) == ("Stukken beoordelen", "Hypotheekadvies", office.adviser)
    page = log_in(house.test_client(), office.adviser).get(task.link)
    assert page.status_code == 200 and "Identiteitsbewijs" in page.text


def test_the_client_reads_his_stukken_without_his_own_name(office, ask):
    assert said_of(office, ask("payslip"))["title"] == "Loonstrook"


@pytest.mark.requirement("U-030a", "vault")
def test_a_file_is_taken_back_until_somebody_looked_at_it(office, ask, sanne):
    request = ask("payslip")
    sanne(request, ("loonstrook.pdf", plain_pdf()))
    (file,) = said_of(office, request)["files"]
    sanne.take_back(request, file["upload"])
    assert "Wordt teruggenomen" in sanne.see(f"/verzoeken/stuk-{request.id}")
    sanne(request)
    assert db.session.get(DocumentRequest, request.id).status == "open"
    assert db.session.scalars(select(Document)).unique().all() == []
    posts = {one.shown.partition(":")[0]: one.by for one in feed(ref(office.dossier))}
    assert posts["Bestand teruggenomen"] == "Sanne de Vries"


def test_what_the_adviser_looks_at_stays(office, ask, sanne):
    request = ask("payslip")
    sanne(request, ("loonstrook.pdf", plain_pdf()))
    (file,) = said_of(office, request)["files"]
    verdicts.begin_review(db.session.get(DocumentRequest, request.id), office.adviser)
    sanne.take_back(request, file["upload"])
    sanne(request)
    assert len(db.session.scalars(select(Document)).unique().all()) == 1
    assert "Terugnemen" not in sanne.see(f"/verzoeken/stuk-{request.id}")
    assert f"Wordt bekeken door {office.adviser.name}." in sanne.see("/verzoeken")


def test_what_nobody_asked_for_goes_to_the_newest_dossier_and_the_adviser_hears_of_it(house, office, ask, kluis, sanne):
    sanne(ask("payslip"))
    kluis.send("/verzoeken/other", files=(io.BytesIO(plain_pdf()), "brief.pdf"))
    sanne.fetch()
    document = db.session.scalars(select(Document)).unique().one()
    assert (document.subject_ref, document.by, document.document_type) == (ref(office.dossier), "Sanne de Vries", "")
    assert "brief.pdf Ontvangen" in text_of(kluis.pages.get("/kluis/verzoeken/other"))
    told = log_in(house.test_client(), office.adviser).get("/notifications").text
    assert "Sanne de Vries stuurde iets waar niet om gevraagd was: brief.pdf." in told

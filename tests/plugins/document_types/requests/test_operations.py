"""Stukken from asked to approved: who said what, what is kept, what lands on whose list."""

import datetime as dt

import pytest
from sqlalchemy import select, text

from crm import records
from crm.activities.models import Task
from crm.audit.models import AuditEntry
from crm.db import db, utcnow
from crm.documents import operations as documents
from crm.documents.models import Document
from crm.dossiers import operations as dossiers
from crm.dossiers import preparing
from crm.feed.models import Post
from crm.formats import today
from crm.records import Refused
from crm.settings import operations as settings
from crm.ui import PreparationItem
from plugins.document_types.requests import giving, operations, queries, verdicts
from plugins.document_types.requests.models import DocumentRequest, RequestFile
from plugins.document_types.requests.wanting import Wanted, expand
from tests.plugins.document_types.requests.conftest import check, everything


def tasks(status="open"):
    query = select(Task).where(Task.task_kind == "review_requests", Task.status == status)
    return db.session.scalars(query.order_by(Task.id)).all()


def posts():
    query = select(Post).where(Post.post_kind == "document_request").order_by(Post.id)
    return [(post.text, post.data.get("detail"), post.author) for post in db.session.scalars(query)]


# --- Asking --------------------------------------------------------------------------------------------------


def test_a_list_is_made_per_person_with_names_and_years(dossier, types, service, product, assistant):
    wanted = [
        *expand(types["payslip"], dossier.applicants),
        *expand(types["annual_income_statement"], [dossier.relation]),
    ]
    made = operations.ask(dossier, wanted, service, assistant)
    year = today().year
    assert [one.title for one in made] == [
        "Loonstrook – Sanne de Vries",
        "Loonstrook – Tim Jansen",
        *(f"Jaaropgaaf {year - back} – Sanne de Vries" for back in (1, 2, 3)),
    ]
    assert {(one.status, one.origin, one.service_id, one.product_id) for one in made} == {
        ("open", "checklist", service.id, product.id)
    }
    assert posts() == [("5 stukken gevraagd", ", ".join(one.title for one in made), assistant)]


def test_a_request_hangs_under_both_as_far_as_known(dossier, service, product, assistant, types):
    second = dossiers.save_product(dossier, {"product_kind": "life_insurance"}, assistant)
    db.session.expire(dossier, ["products", "services"])
    under_service = operations.place_under(dossier, service)
    under_product = operations.place_under(dossier, second)
    assert under_service == {"service_id": service.id, "product_id": None}
    assert under_product == {"service_id": service.id, "product_id": second.id}
    assert operations.place_under(dossier, None) == {"service_id": None, "product_id": None}


def test_the_place_follows_the_setting_with_open_dossiers(dossier, ask, service, product, admin):
    ask("payslip")
    assert [(group.kind, group.part.id) for group in queries.groups(queries.requests_of(dossier.id), False)] == [
        ("service", service.id)
    ]
    settings.change("dossiers", {"works_with": "products"}, admin)
    assert queries.with_products()
    (group,) = queries.groups(queries.requests_of(dossier.id), queries.with_products())
    assert (group.kind, group.part) == ("product", product)


def test_nothing_is_asked_in_a_closed_dossier(dossier, types, assistant):
    dossiers.change_status(dossier, "cancelled", assistant, reason="Koopt niets.")
    with pytest.raises(Refused, match="afgesloten"):
        operations.ask(dossier, [Wanted(types["payslip"], dossier.relation)], None, assistant)


def test_what_was_withdrawn_is_asked_again_and_not_twice(dossier, ask, assistant):
    request = ask("payslip")
    operations.withdraw(request, assistant)
    assert not request.is_shown_to_client
    assert ask("payslip").id == request.id
    assert request.status == "open"


def test_what_was_approved_and_withdrawn_comes_back_approved(given, assistant):
    request = given()
    verdicts.approve(request, assistant)
    operations.withdraw(request, assistant)
    assert operations.restore(request, assistant).status == "approved"


def test_what_was_asked_again_and_withdrawn_comes_back_asked(given, assistant):
    """The maatschappij's old word is kept, but it is of what came in before."""
    request = given()
    verdicts.approve(request, assistant)
    verdicts.hear_lender(request, "approved", None)
    operations.reopen(request, assistant, "Een nieuwe.")
    operations.withdraw(request, assistant)
    assert operations.restore(request, assistant).status == "open"


def test_what_the_maatschappij_rejected_and_was_withdrawn_comes_back_rejected(given, document, assistant):
    request = given()
    verdicts.hear_lender(request, "rejected", None, "Niet ondertekend")
    operations.withdraw(request, assistant)
    operations.restore(request, assistant)
    assert (request.status, request.lender_verdict, request.client_text) == ("rejected", "rejected", "Niet ondertekend")
    newer = document("ondertekend.pdf", checked=False)
    giving.give(request, newer, assistant)
    operations.withdraw(request, assistant)
    check(newer)
    assert request.status == "withdrawn"
    operations.restore(request, assistant)
    assert (request.status, request.lender_verdict, request.client_text) == ("submitted", "none", "")


def test_what_only_the_maatschappij_approved_and_let_go_is_asked_when_it_comes_back(given, ask, assistant):
    request = ask("payslip")
    for said in ("approved", "rejected", "cancelled"):
        verdicts.hear_lender(request, said, None, "Onleesbaar.")
    assert operations.restore(request, assistant).status == "open"
    assert request.client_view.message == ""


def test_what_was_withdrawn_before_its_status_was_kept_comes_back_as_far_as_known(given, assistant):
    request = given()
    verdicts.approve(request, assistant)
    operations.withdraw(request, assistant)
    request.status_before = ""
    records.save(request, None)
    assert operations.restore(request, assistant).status == "approved"


def test_nothing_is_asked_again_in_a_closed_dossier(given, dossier, assistant):
    request = given()
    verdicts.approve(request, assistant)
    dossiers.change_status(dossier, "cancelled", assistant, reason="Koopt niets.")
    with pytest.raises(Refused, match="afgesloten"):
        operations.reopen(request, assistant, "Een nieuwe.")


def test_what_the_maatschappij_says_when_it_asks_again_is_not_for_the_client(given, assistant):
    request = given()
    verdicts.approve(request, assistant)
    verdicts.hear_lender(request, "approved", None)
    verdicts.hear_lender(request, "none", None, "Nieuwe offerte; zie dossier 12.")
    assert (request.status, request.lender_text) == ("open", "Nieuwe offerte; zie dossier 12.")
    assert request.client_view.message == ""


def test_the_client_reads_why_it_is_asked_again(given, assistant):
    request = given()
    verdicts.approve(request, assistant)
    operations.reopen(request, assistant, "Een nieuwe.")
    assert request.client_view.message == "Een nieuwe."


# --- Files ---------------------------------------------------------------------------------------------------


def test_a_file_counts_once_it_was_checked(ask, document, assistant):
    request, made = ask("payslip"), document(checked=False)
    giving.give(request, made, assistant)
    assert request.status == "open" and made.document_type == "payslip" and tasks() == []
    check(made)
    assert request.status == "submitted"


def test_a_document_that_was_there_already_counts_at_once(ask, document, assistant):
    request, made = ask("payslip"), document()
    giving.give(request, made, assistant)
    giving.give(request, made, assistant)
    assert request.status == "submitted"
    db.session.expire(request)
    assert len(request.files) == 1


def test_a_file_of_another_dossier_is_refused(ask, document, assistant):
    made, request = document(), ask("payslip")
    made.subject_kind = "relation"
    records.save(made, assistant)
    with pytest.raises(Refused, match="ander dossier"):
        giving.give(request, made, assistant)


def test_all_files_are_kept_and_a_new_one_is_reviewed(given, document, assistant):
    request = given()
    verdicts.reject(request, assistant, "unreadable")
    giving.give(request, document("beter.pdf"), assistant)
    db.session.expire(request)
    assert (request.status, request.office_verdict, request.client_text) == ("submitted", "none", "")
    assert [(file.document.name, file.verdict) for file in request.files] == [("beter", ""), ("loonstrook", "rejected")]


def test_a_newer_version_of_a_rejected_file_counts_as_new(given, assistant):
    from crm.documents import storage

    request = given()
    verdicts.reject(request, assistant, "unreadable")
    version = documents.add_version(
        request.files[0].document, "beter.pdf", storage.sealer().keep([b"%PDF-1.8"]), assistant
    )
    documents.accept(version, documents.Checked("application/pdf", "application/pdf", 1), None)
    assert request.status == "submitted" and request.files[0].verdict == ""


def test_an_approved_one_takes_no_file(given, document, assistant):
    request = given()
    verdicts.approve(request, assistant)
    with pytest.raises(Refused, match="Vraag het eerst opnieuw"):
        giving.give(request, document("nog een.pdf"), assistant)


def test_who_gave_a_file_takes_it_back_before_it_was_judged(given, assistant):
    request = given()
    giving.take_back(request.files[0], assistant)
    assert request.status == "open" and db.session.scalars(select(Document)).unique().all() == []
    assert tasks() == [] and len(tasks("done")) == 1


def test_another_ones_file_is_not_taken_back(given, adviser):
    request = given()
    for other in (adviser, None):
        with pytest.raises(Refused, match="Alleen wie dit bestand gaf"):
            giving.take_back(request.files[0], other)


def test_a_file_that_was_judged_stays(given, assistant):
    request = given()
    verdicts.reject(request, assistant, "unreadable")
    with pytest.raises(Refused, match="al bekeken"):
        giving.take_back(request.files[0], assistant)


def test_one_of_two_files_taken_back_leaves_it_submitted(given, document, assistant):
    request = given()
    giving.give(request, document("tweede.pdf"), assistant)
    db.session.expire(request)
    giving.take_back(request.files[0], assistant)
    assert request.status == "submitted"


def test_a_document_that_is_deleted_leaves_the_request_open(given, assistant):
    request = given()
    verdicts.begin_review(request, assistant)
    documents.remove(request.files[0].document, assistant)
    assert request.status == "open"


# --- Verdicts ------------------------------------------------------------------------------------------------


def test_every_step_is_written_with_who_when_and_why(given, assistant, adviser):
    request = given()
    verdicts.begin_review(request, adviser)
    verdicts.reject(request, adviser, "other", "De tweede bladzijde is van een ander.")
    assert posts()[1:] == [
        (f"Aangeleverd: {request.title} (Aan te leveren → Ontvangen)", "", assistant),
        (f"Beoordeling begonnen: {request.title} (Ontvangen → In beoordeling)", "", adviser),
        (f"Afgekeurd: {request.title} (In beoordeling → Afgekeurd)", "De tweede bladzijde is van een ander.", adviser),
    ]
    last = db.session.scalars(
        select(AuditEntry).where(AuditEntry.record_kind == "document_request").order_by(AuditEntry.id.desc())
    ).first()
    assert last.user_id == adviser.id and last.fields["status"] == ["in_review", "rejected"]


def test_a_rejection_names_a_reason_of_the_type(given, assistant):
    request = given("employer_statement")
    with pytest.raises(Refused, match="Kies waarom"):
        verdicts.reject(request, assistant, "driving_licence")
    with pytest.raises(Refused, match="de klant leest dit"):
        verdicts.reject(request, assistant, "other", "  ")
    verdicts.reject(request, assistant, "too_old", "Van vorig jaar.")
    assert request.client_text == "Het document is te oud. Het mag niet ouder zijn dan 3 maanden. Van vorig jaar."
    assert (request.office_verdict, request.office_reason, request.office_text) == (
        "rejected", "too_old", "Van vorig jaar.",
    )  # fmt: skip
    assert request.client_view.message == request.client_text


def test_partly_keeps_what_is_good_and_says_what_is_missing(given, document, assistant):
    request = given()
    with pytest.raises(Refused, match="nog ontbreekt"):
        verdicts.partly(request, assistant, "")
    verdicts.partly(request, assistant, "bladzijde 3")
    assert (request.status, request.office_verdict, request.files[0].verdict) == ("rejected", "partly", "partly")
    assert request.client_text == "Een deel is goed en blijft bewaard. Wat nog ontbreekt: bladzijde 3"
    giving.give(request, document("bladzijde 3.pdf"), assistant)
    verdicts.approve(request, assistant)
    db.session.expire(request)
    assert [file.verdict for file in request.files] == ["approved", "partly"]


def test_approving_asks_the_date_where_age_counts(given, assistant):
    request = given("employer_statement")
    with pytest.raises(Refused, match="Vul de datum in"):
        verdicts.approve(request, assistant)
    with pytest.raises(Refused, match="toekomst"):
        verdicts.approve(request, assistant, today() + dt.timedelta(days=1))
    with pytest.raises(Refused, match="niet meer geldig"):
        verdicts.approve(request, assistant, today() - dt.timedelta(days=100))
    assert request.status == "submitted" and request.files[0].verdict == ""
    verdicts.approve(request, assistant, today())
    assert request.status == "approved" and request.valid_until > today() + dt.timedelta(days=80)


def test_a_verdict_can_be_taken_back(given, assistant):
    request = given()
    verdicts.approve(request, assistant)
    assert tasks() == []
    verdicts.look_again(request, assistant)
    assert (request.status, request.office_verdict, request.files[0].verdict) == ("in_review", "none", "")
    assert len(tasks()) == 1


def test_what_was_approved_can_be_asked_once_more(given, assistant):
    request = given()
    verdicts.approve(request, assistant)
    operations.reopen(request, assistant, "U heeft een nieuwe werkgever.")
    assert (request.status, request.office_verdict, request.valid_until) == ("open", "none", None)
    assert request.client_text == "U heeft een nieuwe werkgever."


def test_what_cannot_be_is_refused(ask, assistant):
    request = ask("payslip")
    for step in (
        lambda: verdicts.approve(request, assistant, today()),
        lambda: verdicts.reject(request, assistant, "unreadable"),
        lambda: verdicts.look_again(request, assistant),
        lambda: operations.restore(request, assistant),
    ):
        with pytest.raises(Refused, match="Aan te leveren"):
            step()
    assert request.status == "open"


def test_the_lender_rejects_what_the_office_approved(given, document, adviser):
    request = given()
    verdicts.approve(request, adviser)
    with pytest.raises(Refused, match="erbij zegt"):
        verdicts.hear_lender(request, "rejected", None)
    verdicts.hear_lender(request, "rejected", None, "Handtekening ontbreekt")
    assert (request.status, request.office_verdict, request.lender_verdict) == ("rejected", "approved", "rejected")
    assert request.client_view.message == "Handtekening ontbreekt"
    verdicts.tell_client(request, "Laat uw werkgever nog tekenen.", adviser)
    assert request.client_view.message == "Laat uw werkgever nog tekenen."
    assert request.lender_text == "Handtekening ontbreekt"
    giving.give(request, document("getekend.pdf"), adviser)
    assert (request.status, request.lender_verdict) == ("submitted", "none")


def test_the_office_rejects_what_the_lender_approved(given, adviser):
    request = given()
    verdicts.reject(request, adviser, "unreadable")
    verdicts.hear_lender(request, "approved", None)
    assert (request.status, request.lender_verdict) == ("rejected", "approved")


def test_what_the_lender_says_again_or_said_before_changes_nothing(given, adviser):
    request, now = given(), utcnow()
    verdicts.hear_lender(request, "in_review", None, at=now)
    said = len(posts())
    verdicts.hear_lender(request, "in_review", None, at=now)
    verdicts.hear_lender(request, "rejected", None, "oud", at=now - dt.timedelta(days=1))
    assert (request.status, len(posts())) == ("in_review", said)


def test_asked_again_by_the_lender_reopens_only_what_was_approved(given, ask, adviser):
    request = given()
    verdicts.hear_lender(request, "none", None, "Nieuwe offerte")
    assert request.status == "submitted"
    verdicts.approve(request, adviser)
    verdicts.hear_lender(request, "approved", None)
    verdicts.hear_lender(request, "none", None, "Nieuwe offerte")
    assert (request.status, request.office_verdict) == ("open", "none")


def test_what_the_lender_received_is_no_work_for_the_office_again(given, adviser):
    request = given()
    verdicts.approve(request, adviser)
    verdicts.hear_lender(request, "received", None)
    assert request.status == "submitted" and not request.needs_review and tasks() == []


# --- Progress, the talk, the type ----------------------------------------------------------------------------


def test_progress_falls_again_on_rejection(dossier, given, ask, assistant):
    request = given()
    for key in ("payslip", "savings_statement", "mortgage_deed"):
        ask(key)
    assert standing(dossier) == (4, 1, 0, 25)
    verdicts.approve(request, assistant)
    assert standing(dossier) == (4, 1, 1, 25)
    verdicts.hear_lender(request, "rejected", None, "Onleesbaar")
    assert standing(dossier) == (4, 0, 0, 0)
    operations.withdraw(request, assistant)
    assert standing(dossier) == (3, 0, 0, 0)


def standing(dossier):
    found = queries.progress(one.status for one in queries.requests_of(dossier.id))
    return found.total, found.come_in, found.approved, found.percent


@pytest.mark.parametrize("delivered_by", ["lender", "client"])
def test_aan_te_leveren_door_works_on_running_dossiers_at_once(given, types, admin, delivered_by):
    request = given("payslip")
    change_type(types["payslip"], "lender", admin)
    assert not request.is_shown_to_client and request.client_view is None
    assert len(request.files) == 1
    if delivered_by == "client":
        change_type(types["payslip"], "client", admin)
        assert request.client_view.text == "Ontvangen, wordt bekeken"


def change_type(document_type, delivered_by, user):
    document_type.delivered_by = delivered_by
    records.save(document_type, user)


def test_the_talk_waits_for_what_is_asked_for_it(dossier, ask, document, assistant):
    assert item(dossier).by_hand
    request = ask("payslip", phase="orientation")
    ask("mortgage_deed")
    assert item(dossier) == PreparationItem(
        "documents", "Stukken aangeleverd", False, f"ontbreekt: {request.title}", False
    )
    giving.give(request, document(), assistant)
    assert item(dossier).done
    operations.withdraw(request, assistant)
    assert item(dossier).by_hand


def item(dossier):
    (found,) = [one for one in preparing.preparation(dossier) if one.key == "documents"]
    return found


# --- Tasks ---------------------------------------------------------------------------------------------------


def test_one_task_per_dienst_whose_link_is_called_as_it(dossier, given, service, adviser, document, ask, assistant):
    first, second = given(), ask("payslip")
    giving.give(second, document("tweede.pdf"), assistant)
    (task,) = tasks()
    assert (task.title, task.link_text, task.link) == (
        "Stukken beoordelen", "Hypotheekadvies", f"/requests/review/service/{service.id}",
    )  # fmt: skip
    assert (task.assigned_to, task.subject_ref, task.due_on) == (adviser, ("dossier", dossier.id), today())
    verdicts.approve(first, adviser)
    assert tasks() == [task]
    verdicts.reject(second, adviser, "unreadable")
    assert tasks() == [] and task.status == "done"
    giving.give(second, document("derde.pdf"), assistant)
    assert tasks() == [task], "the same task, opened again"


def test_each_product_has_its_own_task(dossier, given, service, product, adviser, ask, document, assistant, admin):
    settings.change("dossiers", {"works_with": "products"}, admin)
    other = dossiers.save_product(dossier, {"product_kind": "life_insurance"}, assistant)
    db.session.expire(dossier, ["products", "services"])
    given(part=product)
    giving.give(ask("payslip", part=other), document("tweede.pdf"), assistant)
    assert [task.link_text for task in tasks()] == ["Hypotheek · Voorbeeldbank", "Levensverzekering"]


def test_the_task_of_a_product_that_goes_is_taken_over_by_the_dienst(
    dossier, given, product, service, admin, assistant
):
    settings.change("dossiers", {"works_with": "products"}, admin)
    given(part=product)
    assert [task.link_text for task in tasks()] == ["Hypotheek · Voorbeeldbank"]
    dossiers.remove(product, assistant)
    assert [task.link_text for task in tasks()] == ["Hypotheekadvies"]


# --- Time ----------------------------------------------------------------------------------------------------


def test_what_is_no_longer_good_expires(given, adviser, dossier):
    request, kept = given("employer_statement"), given()
    verdicts.approve(request, adviser, today())
    verdicts.approve(kept, adviser)
    operations.expire()
    assert request.status == "approved"
    request.valid_until = today() - dt.timedelta(days=1)
    records.save(request, None)
    operations.expire()
    assert (request.status, kept.status) == ("expired", "approved")
    assert request.client_view.may_upload and "geldig tot en met" in request.client_view.message


@pytest.mark.parametrize(("days", "status"), [(0, "approved"), (-1, "expired")])
def test_the_last_valid_day_is_a_good_one(given, adviser, days, status):
    """It expires the day after, on the page and in the night's work alike."""
    request = given("employer_statement")
    verdicts.approve(request, adviser, today())
    request.valid_until = today() + dt.timedelta(days=days)
    records.save(request, None)
    assert request.is_outdated == (status == "expired")
    operations.expire()
    assert request.status == status


def test_what_is_good_today_for_the_last_time_is_approved(given, adviser, monkeypatch):
    first, second = given("employer_statement"), given("employer_statement", item="2")
    monkeypatch.setattr("plugins.document_types.requests.validity.last_day", lambda _type, dated_on: dated_on)
    verdicts.approve(first, adviser, today())
    assert (first.status, first.valid_until) == ("approved", today())
    with pytest.raises(Refused, match="niet meer geldig"):
        verdicts.approve(second, adviser, today() - dt.timedelta(days=1))


def test_many_expire_a_stretch_at_a_time_and_none_of_a_closed_dossier(
    given, adviser, assistant, dossier, run_jobs, monkeypatch
):
    monkeypatch.setattr(queries, "AT_ONCE", 1)
    found = [given("employer_statement", item=str(number)) for number in range(3)]
    for request in found:
        verdicts.approve(request, adviser, today())
        request.valid_until = today() - dt.timedelta(days=1)
        records.save(request, None)
    was, dossier.status = dossier.status, "cancelled"
    records.save(dossier, None)
    operations.expire()
    assert {request.status for request in found} == {"approved"}
    dossier.status = was
    records.save(dossier, None)
    operations.expire()
    assert [request.status for request in found] == ["expired", "approved", "approved"]
    records.commit()
    run_jobs()
    db.session.expire_all()
    assert {request.status for request in found} == {"expired"}


def test_what_the_lender_has_the_last_word_on_does_not_expire(given, adviser):
    request = given("employer_statement")
    verdicts.approve(request, adviser, today())
    verdicts.hear_lender(request, "approved", None)
    request.valid_until = today() - dt.timedelta(days=1)
    records.save(request, None)
    operations.expire()
    assert request.status == "approved"


# --- Documents -----------------------------------------------------------------------------------------------


def test_an_invoice_is_never_public(document, types, assistant):
    invoice = next(one for one in types.values() if one.is_invoice)
    made = document("nota.pdf")
    made.document_type = invoice.key
    records.save(made, assistant)
    with pytest.raises(Refused, match="is een factuur"):
        documents.set_public(made, True, assistant)
    assert not made.is_public
    documents.edit(made, {"document_type": ""}, assistant, None)
    documents.set_public(made, True, assistant)
    with pytest.raises(Refused, match="is een factuur"):
        documents.edit(made, {"document_type": invoice.key}, assistant, None)


def test_sixty_requests_cost_one_statement(dossier, types, service, assistant, statements):
    operations.ask(dossier, everything(dossier, types), service, assistant)
    records.commit()
    identity = dossier.id
    db.session.expunge_all()
    statements.clear()
    found = queries.requests_of(identity)
    shown = [(one.title, one.type.name, one.explained, one.service.title, one.files) for one in found]
    assert len(shown) == 60 and len(statements) == 1


@pytest.mark.parametrize(
    ("query", "index"),
    [
        (select(DocumentRequest.id).where(DocumentRequest.dossier_id == 1), "place"),
        (select(DocumentRequest.id).where(DocumentRequest.product_id == 1), "product_id"),
        (select(DocumentRequest.id).where(DocumentRequest.service_id == 1), "service_id"),
        (
            select(DocumentRequest.id).where(
                DocumentRequest.status == "approved", DocumentRequest.valid_until < today()
            ),
            "validity",
        ),
        (select(RequestFile.id).where(RequestFile.document_id == 1), "files_document_id"),
        (select(RequestFile.id).where(RequestFile.request_id == 1), "files_request_id"),
    ],
)
def test_what_is_asked_often_has_its_index(app, query, index):
    engine = db.engine
    if engine.dialect.name == "postgresql":
        db.session.execute(text("SET LOCAL enable_seqscan = off"))
    words = "EXPLAIN QUERY PLAN " if engine.dialect.name == "sqlite" else "EXPLAIN "
    sql = str(query.compile(engine, compile_kwargs={"literal_binds": True}))
    plan = " ".join(str(row) for row in db.session.execute(text(words + sql)))
    assert index in plan or (index == "files_request_id" and "autoindex" in plan), plan


def test_another_vestiging_sees_none(ask, stranger, assistant):
    request = ask("payslip")
    assert db.session.scalars(queries.visible_requests(assistant)).unique().all() == [request]
    assert db.session.scalars(queries.visible_requests(stranger)).unique().all() == []
    assert db.session.get(DocumentRequest, request.id) is request

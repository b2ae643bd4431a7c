"""An invoice is never Publiek: also when its type becomes one while documents of it are shared already."""

import threading
from itertools import count
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from crm import migrate, paths, records
from crm.accounts.models import User
from crm.app import create_app
from crm.db import db
from crm.documents import operations as documents
from crm.documents import storage
from crm.documents.models import Document
from crm.feed.models import Post
from crm.jobs import queue
from crm.records import Refused
from plugins.document_types import exchange, operations, queries
from plugins.document_types.models import DocumentType
from tests.conftest import make_branch, make_user
from tests.crm.activities.conftest import make_dossier
from tests.plugins.document_types.requests.conftest import check
from tests.plugins.document_types.test_exchange import carry_out, send
from tests.plugins.document_types.test_views import sent

requirement = pytest.mark.requirement
SAID = "Document niet meer Publiek: "


@pytest.fixture
def share(app, branch, adviser, tmp_path, monkeypatch):
    """Make Publiek documents of a type, each in a dossier of its own: share("payslip", 3)."""
    numbers = count(1)
    monkeypatch.setitem(app.config, "DATA", tmp_path)
    app.extensions.pop("crm.documents.blobs", None)

    def share(key, many=1):
        made = [make_dossier(branch, adviser, f"D-2027-{next(numbers):05}") for _ in range(many)]
        return [shared(dossier, key, f"nota {dossier.number}") for dossier in made]

    yield share
    app.extensions.pop("crm.documents.blobs", None)


def shared(dossier, key, name="nota"):
    kept = storage.sealer().keep([b"%PDF-1.7"])
    made = documents.receive(records.ref(dossier), f"{name}.pdf", kept, None)
    check(made)
    documents.edit(made, {"document_type": key}, None, None)
    documents.set_public(made, True, None)
    records.commit()
    return made


def public():
    return set(db.session.scalars(select(Document.name).where(Document.is_public)))


def posts():
    query = select(Post).where(Post.text.startswith(SAID)).order_by(Post.id)
    return [(post.subject_ref, post.text, post.author) for post in db.session.scalars(query)]


@requirement("U-077", side="crm")
def test_a_refusal_is_said_in_the_window_and_what_was_typed_stays(as_assistant, types, share):
    invoice = next(one for one in types.values() if one.is_invoice)
    (made,) = share("payslip")
    name = made.name
    address, typed = f"/documents/{made.id}/edit", {"name": "Nota van de notaris", "document_type": invoice.key}
    answer = as_assistant.post(address, data=typed | {"version": made.version})
    assert answer.status_code == 422 and "is een factuur" in answer.text and "Nota van de notaris" in answer.text
    db.session.expire_all()
    assert (made.name, made.document_type, made.is_public) == (name, "payslip", True)
    documents.set_public(made, False, None)
    documents.edit(made, {"document_type": invoice.key}, None, None)
    records.commit()
    for data in ({"on": "1"}, {"on": "1", "list": "1"}):
        answer = as_assistant.post(f"/documents/{made.id}/public", data=data, follow_redirects=True)
        assert answer.status_code == 200 and "is een factuur" in answer.text
    db.session.expire_all()
    assert not made.is_public


@requirement("U-077", side="crm")
def test_the_beheerder_sees_how_many_and_they_are_public_no_more(boss, admin, types, share):
    made, other = share("payslip", 3), share("title_deed")
    address = f"/document-types/{types['payslip'].id}"
    assert "die nu Publiek zijn en dat dan niet meer zijn: 3." in boss.get(address).text
    assert "die nu Publiek zijn" not in boss.get(f"/document-types/{types['energy_label'].id}").text
    assert boss.post(address, data=sent(types["payslip"], is_invoice="y")).status_code == 302
    assert public() == {other[0].name}
    assert posts() == [(one.subject_ref, f"{SAID}{one.name}", admin) for one in made]
    assert "die nu Publiek zijn" not in boss.get(address).text
    with pytest.raises(Refused, match="is een factuur"):
        documents.set_public(made[0], True, admin)


@requirement("U-077", side="crm")
def test_many_are_done_by_a_job_a_stretch_at_a_time(types, admin, share, run_jobs, monkeypatch):
    monkeypatch.setattr(operations, "AT_ONCE", 2)
    share("payslip", 5)
    types["payslip"].is_invoice = True
    records.save(types["payslip"], admin)
    assert len(public()) == 3
    run_jobs()
    assert public() == set() and len(posts()) == 5 and {author for _about, _text, author in posts()} == {admin}
    operations.hide_more_invoices(types["payslip"].id, admin.id)
    assert len(posts()) == 5


def test_what_is_no_invoice_after_all_stays_public(types, admin, share):
    share("payslip")
    operations.hide_more_invoices(types["payslip"].id, None)
    operations.hide_more_invoices(999_999, None)
    assert len(public()) == 1


@requirement("U-077", side="crm")
def test_a_catalogue_that_makes_a_type_an_invoice_says_how_many(boss, types, share):
    share("payslip", 2)
    row = exchange.toml_of("types", "payslip", exchange.whole_row("types", types["payslip"]))
    text = f"[[types]]\n{row}is_invoice = true\n"
    page = send(boss, text)
    assert page.status_code == 200 and "die nu Publiek zijn en dat dan niet meer zijn: 2." in page.text
    assert len(public()) == 2
    assert carry_out(boss, text).status_code == 302
    assert public() == set() and len(posts()) == 2
    assert "die nu Publiek zijn" not in send(boss, f"[[types]]\n{row}is_invoice = true\ncondition = 'x'\n").text


@requirement("U-047", "U-048", side="crm")
def test_another_change_of_a_type_leaves_publiek_alone(boss, types, share):
    share("payslip")
    address = f"/document-types/{types['payslip'].id}"
    assert boss.post(address, data=sent(types["payslip"], condition="altijd")).status_code == 302
    assert len(public()) == 1 and posts() == []


@pytest.fixture
def office(new_database):
    """An office on a database of its own, with a payslip that is not Publiek."""
    app = create_app(paths.config() / "testing.toml", **new_database, PLUGINS=["document_types"])
    with app.app_context():
        migrate.upgrade()
        branch = make_branch("Utrecht")
        user = make_user(app, "Peter van Dijk", "adviser", branch)
        made = shared(make_dossier(branch, user), "payslip")
        documents.set_public(made, False, user)
        records.commit()
        payslip = queries.types_by_key()["payslip"].id
        yield SimpleNamespace(app=app, document=made.id, type=payslip, user=user.id)
        db.session.remove()
        queue.client().destroy()
        db.disconnect()


def test_made_public_and_made_an_invoice_at_the_same_moment_it_is_not_public(office):
    """Whichever of the two is first, the other sees it."""

    def publish():
        user = db.session.get(User, office.user)
        documents.set_public(db.session.get(Document, office.document), True, user)

    def mark():
        document_type = db.session.get(DocumentType, office.type)
        document_type.is_invoice = True
        records.save(document_type, None)

    records.rollback()
    start, failed = threading.Barrier(2), []

    def run(act):
        with office.app.app_context():
            start.wait()
            try:
                act()
                records.commit()
            except Refused:
                records.rollback()
            except Exception as error:
                records.rollback()
                failed.append(error)
            db.session.remove()

    threads = [threading.Thread(target=run, args=(act,)) for act in (publish, mark)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == [] and db.session.get(DocumentType, office.type).is_invoice and public() == set()

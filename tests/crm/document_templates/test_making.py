"""Making documents: templates that an office edits, from the choice to the file in the dossier, and anew."""

import io
import re
from decimal import Decimal
from html import unescape

import pikepdf
import pytest
from pypdfium2 import PdfDocument
from sqlalchemy import func, select

from crm import records
from crm.db import db
from crm.document_templates import operations, starter, words
from crm.document_templates.models import DocumentTemplate, MadeText
from crm.documents import operations as documents
from crm.documents import storage
from crm.documents.models import Document, DocumentVersion
from crm.feed.models import Post
from crm.mail import starter as mail_starter
from crm.records import Refused
from crm.settings import operations as settings
from tests.conftest import log_in
from tests.crm.activities.conftest import make_dossier

KEYS = ("service_agreement", "service_disclosure")


def shown(html):
    """What stands in the fields of a form."""
    body = re.search(r'<textarea[^>]*name="body"[^>]*>\r?\n?(.*?)</textarea>', html, re.S)
    hidden = dict(re.findall(r'name="(basis|sending|replaces|title)"[^>]*?value="([^"]*)"', html))
    return {"body": unescape(body[1]), **{name: unescape(value) for name, value in hidden.items()}}


def text_of(pdf):
    return " ".join(" ".join(page.get_textpage().get_text_bounded() for page in PdfDocument(pdf)).split())


def only():
    return db.session.scalars(select(Document)).unique().one()


@pytest.fixture
def as_admin(app, admin):
    return log_in(app.test_client(), admin)


@pytest.fixture
def make(as_assistant, dossier, template, files):
    """make(key, **changes) → the answer of the button *Document maken*."""

    def make(key="service_agreement", address=None, **changes):
        address = address or f"/documents/make/dossier/{dossier.id}/{template(key).id}"
        page = as_assistant.get(address)
        assert page.status_code == 200
        return as_assistant.post(address, data=shown(page.text) | changes)

    return make


# --- Templates -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", KEYS)
def test_what_an_office_starts_with_uses_words_that_exist(app, template, key):
    made = template(key)
    assert operations.check_text(made.body, None) == []
    assert made.document_type == key and made.purpose
    assert len(max(made.body.split(), key=len)) < 30  # plain words


def test_every_word_has_an_example(app):
    assert set(words.known(None, None)) <= set(mail_starter.examples())


def test_an_upgrade_keeps_what_the_office_changed(app, admin, template, monkeypatch):
    changed, other = template(KEYS[0]), template(KEYS[1])
    values = {"name": changed.name, "purpose": "", "body": "Onze tekst", "is_active": True}
    operations.save_template(values, admin, changed)
    new = dict(starter.originals())
    for key in KEYS:
        new[key] = starter.Original(**{**vars(new[key]), "body": "Nieuwe tekst\n"})
    monkeypatch.setattr(starter, "originals", lambda: new)
    operations.load_templates()
    assert (changed.body, other.body) == ("Onze tekst\n", "Nieuwe tekst\n")
    operations.restore(changed, admin)
    assert changed.body == "Nieuwe tekst\n"


def test_a_word_that_does_not_exist_is_refused_with_its_neighbour(app, as_admin):
    typed = {"name": "Brief", "body": "Beste {{ klant.vornaam }}", "is_active": "y"}
    answer = as_admin.post("/document-templates/new", data=typed)
    assert answer.status_code == 422 and "bedoelt u {{ klant.voornaam }}?" in answer.text
    assert "Beste {{ klant.vornaam }}" in answer.text
    check = as_admin.post("/document-templates/check", data=typed)
    assert "bedoelt u {{ klant.voornaam }}?" in check.text
    with pytest.raises(Refused):
        operations.save_template(typed | {"purpose": "", "is_active": True}, None)


def test_the_beheerder_makes_tries_and_takes_away_a_template(app, as_admin, template):
    typed = {"name": "Brief", "purpose": "Voor alles", "body": "Beste {{ klanten.namen }}", "is_active": "y"}
    assert as_admin.post("/document-templates/new", data=typed).status_code == 302
    made = db.session.query(DocumentTemplate).filter_by(name="Brief").one()
    assert "Voor alles" in as_admin.get("/document-templates").text
    example = as_admin.post("/document-templates/example", data=typed)
    assert example.mimetype == "application/pdf" and "Sanne de Vries en Tim Jansen" in text_of(example.data)
    assert as_admin.get(f"/document-templates/{made.id}/edit").status_code == 200
    kept = template(KEYS[0])
    answer = as_admin.post(f"/document-templates/{kept.id}/delete")
    assert answer.status_code == 409 and db.session.get(DocumentTemplate, kept.id)
    assert as_admin.post(f"/document-templates/{made.id}/delete").status_code == 302
    assert db.session.query(DocumentTemplate).filter_by(name="Brief").count() == 0


def test_two_beheerders_at_once_are_told(app, admin, as_admin, template):
    made = template(KEYS[0])
    typed = {"name": made.name, "purpose": made.purpose, "body": "Mijn tekst", "is_active": "y"}
    typed["version"] = made.version
    operations.save_template({**typed, "body": "Zijn tekst", "is_active": True}, admin, made)
    records.commit()
    answer = as_admin.post(f"/document-templates/{made.id}/edit", data=typed)
    assert answer.status_code == 409 and "Zijn tekst" in answer.text and "Mijn tekst" in answer.text


def save_settings(client, typed):
    data = {f"document_templates-{name}": value for name, value in typed.items()}
    return client.post("/admin/settings/document_templates", data=data)


@pytest.mark.parametrize(("name", "value"), [("colour", "#ffdd00"), ("colour", "rood"), ("afm_number", "een")])
def test_settings_that_would_not_do_are_refused(app, as_admin, name, value):
    typed = {"colour": "#0054a6", "advice_fee": "1.750,00"} | {name: value}
    assert save_settings(as_admin, typed).status_code == 422


def test_what_it_costs_is_written_as_the_dutch_do(app, as_admin, dossier, assistant):
    typed = {"colour": "#7a003c", "advice_fee": "€ 1.800,50", "mediation_fee": "900"}
    assert save_settings(as_admin, typed).status_code == 302
    draft = operations.compose(dossier, None, "x", "{{ kosten.advies }} {{ kosten.samen }}", assistant)
    assert draft.body == "€ 1.800,50 € 2.700,50"


# --- Making --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", KEYS)
def test_a_document_is_made_and_ready_at_once(make, as_assistant, dossier, key, run_jobs, template):
    assert template(key).name in as_assistant.get(f"/documents/make/dossier/{dossier.id}").text
    answer = make(key)
    document = only()
    assert answer.status_code == 303 and answer.location == f"/documents/{document.id}"
    assert (document.source, document.document_type, document.is_made) == ("template", key, True)
    assert document.current.made_from == f"document_template:{template(key).id}"
    assert document.current.pages >= 1 and run_jobs() == 0
    sent = as_assistant.get(f"/documents/{document.id}/file/1")
    text = text_of(sent.data)
    for said in ("Sanne de Vries en Tim Jansen", "Kantoor Zuid", "€ 2.700,00", "Peter van Dijk", "12000000"):
        assert said in text
    assert "{{" not in text
    with pikepdf.open(io.BytesIO(sent.data)) as pdf:
        assert pdf.Root.MarkInfo.Marked is True
    page = as_assistant.get(f"/dossiers/{dossier.id}?tab=documents").text
    assert template(key).name in page
    assert db.session.scalars(select(Post).where(Post.post_kind == "document.added")).one().data["names"]


def test_the_agreement_is_signed_by_every_client(make, as_assistant):
    make()
    text = text_of(as_assistant.get(f"/documents/{only().id}/file/1").data)
    assert "Naam Datum Handtekening Sanne de Vries … … Tim Jansen … …" in text


def test_what_was_adjusted_is_what_is_made_and_what_was_previewed(make, as_assistant, dossier):
    typed = {"title": "Opdracht (aangepast)", "body": "Beste Sanne,\n\nWij helpen u *graag*."}
    previewed = as_assistant.post(f"/documents/make/dossier/{dossier.id}/preview", data=typed)
    assert previewed.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    make(**typed)
    made = as_assistant.get(f"/documents/{only().id}/file/1").data
    assert text_of(made) == text_of(previewed.data)
    assert "Wij helpen u graag." in text_of(made) and only().name == "Opdracht (aangepast)"


def test_what_is_empty_stops_it_and_says_which(make, as_assistant, dossier, admin, adviser, files):
    settings.change("document_templates", {"advice_fee": None}, admin)
    adviser.phone = ""
    records.save(adviser, None)
    records.commit()
    answer = make()
    assert answer.status_code == 422
    for name in ("kosten.advies", "kosten.samen", "adviseur.telefoon"):
        assert f"{{{{ {name} }}}}" in answer.text
    assert "Beheer → Instellingen" in answer.text
    assert db.session.scalar(select(func.count(Document.id))) == 0
    assert [file for file in files.rglob("*") if file.is_file()] == []


def test_a_block_of_a_plugin_that_is_away_is_left_out_visibly(make, as_assistant, dossier):
    make(body="Voor\n\n{{ blok.kennismaking }}\n\nNa", title="Brief")
    text = text_of(as_assistant.get(f"/documents/{only().id}/file/1").data)
    assert "Voor Na" in text and "blok" not in text
    assert "Knop Kennismaking" in as_assistant.get(f"/documents/{only().id}/again").text


def test_a_second_click_makes_no_second_document(make):
    assert make(sending="one").location == make(sending="one").location
    assert db.session.scalar(select(func.count(DocumentVersion.id))) == 1


def test_the_name_of_a_sending_is_ones_own(app, make, stranger, dossier, template):
    made = make(sending="one")
    theirs = dossier_of(stranger)
    for name in ("one", ""):
        client = log_in(app.test_client(), stranger)
        address = f"/documents/make/dossier/{theirs.id}/{template('service_agreement').id}"
        data = {"title": "Van een ander", "body": "Tekst", "sending": name}
        answer = client.post(address, data=data)
        assert answer.status_code == 303 and answer.location != made.location
    assert make(sending="", title="Zonder naam").location != make(sending="", title="Nog een").location


def dossier_of(user):
    """Of his own vestiging."""
    return make_dossier(user.branches[0], user)


@pytest.mark.parametrize(
    "body", ["*" * 20_000 + "a" + "*" * 20_000, "*" * 300 + "a" + "*" * 300, f"[a](https://x.nl/{'y' * 9000})"]
)
def test_a_text_beyond_measure_is_set_all_the_same(make, body):
    assert make(body=body).status_code == 303


def test_a_text_that_is_too_long_is_said_in_the_preview_too(as_assistant, dossier):
    data = {"title": "x", "body": "woord " * 20_000}
    answer = as_assistant.post(f"/documents/make/dossier/{dossier.id}/preview", data=data)
    assert answer.status_code == 422 and "te lang" in answer.text


def test_a_sign_that_cannot_be_set_is_said_at_the_text(make, as_assistant, dossier):
    answer = make(body="Proficiat 🎉")
    assert answer.status_code == 422 and "Deze tekens kunnen niet in een PDF: 🎉" in answer.text
    assert "Proficiat 🎉" in answer.text
    preview = as_assistant.post(f"/documents/make/dossier/{dossier.id}/preview", data={"title": "x", "body": "🎉"})
    assert preview.status_code == 422 and preview.mimetype == "text/plain" and "🎉" in preview.text


def test_made_anew_from_its_own_text_or_from_its_template(make, as_assistant, dossier):
    make(title="Opdracht", body="Aangepast voor {{ klant.adres }}")
    document = only()
    again = f"/documents/{document.id}/again"
    assert "Aangepast voor Dorpsstraat 1, 3511 AA Utrecht" in as_assistant.get(again).text
    dossier.relation.street = "Kerkstraat"
    records.save(dossier.relation, None)
    records.commit()
    page = as_assistant.get(again).text
    assert "Gewijzigd sinds deze tekst is gemaakt" in page and "adres van de klant" in page
    assert "Kerkstraat 1" in shown(as_assistant.get(f"{again}?fresh=1").text)["body"]
    assert make(address=again, body="Tweede tekst").status_code == 303
    db.session.expire_all()
    assert [version.number for version in only().versions] == [2, 1]
    assert only().is_made and "Tweede tekst" in text_of(as_assistant.get(f"/documents/{document.id}/file/2").data)
    assert db.session.scalar(select(func.count(MadeText.version_id))) == 2


def test_a_colleague_who_made_it_anew_first_is_not_overruled_unseen(make, as_assistant):
    make(title="Opdracht", body="Kosten 100")
    again = f"/documents/{only().id}/again"
    first, mine = as_assistant.get(again).text, as_assistant.get(again).text
    assert as_assistant.post(again, data=shown(first) | {"body": "Kosten 200"}).status_code == 303
    empty = as_assistant.post(again, data=shown(mine) | {"title": ""})
    assert empty.status_code == 422 and shown(empty.text)["replaces"] == "1", "nobody was told yet"
    late = as_assistant.post(again, data=shown(mine) | {"body": "Kosten 100, betaalbaar"})
    assert late.status_code == 422 and "een nieuwere versie: 2" in late.text
    db.session.expire_all()
    assert len(only().versions) == 2
    assert as_assistant.post(again, data=shown(late.text)).status_code == 303
    db.session.expire_all()
    assert [version.number for version in only().versions] == [3, 2, 1]


def test_replaced_by_an_upload_it_is_no_longer_made_here(make, as_assistant, assistant):
    """U-055: only what the house made can be signed."""
    make()
    document = only()
    assert "Opnieuw maken" in as_assistant.get(f"/documents/{document.id}").text
    file = storage.sealer().keep([b"%PDF-1.7"])
    documents.accept(
        documents.add_version(document, "ander.pdf", file, assistant),
        documents.Checked("application/pdf", "application/pdf", 1),
        None,
    )
    records.commit()
    db.session.expire_all()
    assert not only().is_made
    assert "Opnieuw maken" not in as_assistant.get(f"/documents/{document.id}").text
    assert as_assistant.get(f"/documents/{document.id}/again").status_code == 409
    late = as_assistant.post(f"/documents/{document.id}/again", data={"title": "Brief", "body": "Een lange tekst."})
    assert late.status_code == 422 and "is vervangen" in late.text and shown(late.text)["body"] == "Een lange tekst."


def test_for_a_client_without_dossier(as_assistant, dossier, template, files):
    relation = dossier.relation
    assert "Document maken" in as_assistant.get(f"/relations/{relation.id}").text
    page = as_assistant.get(f"/documents/make/relation/{relation.id}/{template(KEYS[0]).id}").text
    assert "{{ dossier.nummer }}" in page  # there is none: it is said and stops it
    typed = {"title": "Brief", "body": "{{ aanhef }}, tot ziens."}
    assert (
        as_assistant.post(f"/documents/make/relation/{relation.id}/{template(KEYS[0]).id}", data=typed).status_code
        == 303
    )
    assert only().subject_ref == ("relation", relation.id)
    assert as_assistant.get("/documents/make/service_request/1").status_code == 404


def test_removing_the_document_removes_its_text(make, as_assistant):
    make()
    assert as_assistant.post(f"/documents/{only().id}/delete").status_code == 303
    assert db.session.scalar(select(func.count(MadeText.version_id))) == 0


def test_taking_a_template_away_keeps_what_was_made(make, as_assistant, admin, dossier):
    values = {"name": "Brief", "purpose": "", "body": "Dag", "is_active": True}
    own = operations.save_template(values, admin)
    records.commit()
    address = f"/documents/make/dossier/{dossier.id}/{own.id}"
    make(address=address)
    operations.delete_template(own, admin)
    records.commit()
    assert as_assistant.get(address).status_code == 404
    late = as_assistant.post(address, data={"title": "", "body": "Een lange tekst."})
    assert late.status_code == 422 and shown(late.text)["body"] == "Een lange tekst."
    db.session.expire_all()
    assert only().is_made
    assert as_assistant.get(f"/documents/{only().id}/again").status_code == 200


@pytest.mark.parametrize("page", ["/documents/make/dossier/{dossier}", "/documents/make/dossier/{dossier}/{template}"])
def test_pages_take_few_statements(as_assistant, dossier, template, statements, page):
    address = page.format(dossier=dossier.id, template=template(KEYS[0]).id)
    as_assistant.get(address)
    statements.clear()
    assert as_assistant.get(address).status_code == 200
    assert len(statements) <= 8, "\n".join(statements)


def test_nothing_is_open_while_the_file_is_written(make, monkeypatch):
    """The store may be on the other side of a network."""
    kept = storage.Sealer.keep
    seen = []

    def keep(self, content):
        seen.append(db.session().in_transaction())
        return kept(self, content)

    monkeypatch.setattr(storage.Sealer, "keep", keep)
    make()
    assert seen == [False]


def test_a_store_that_is_away_leaves_no_half_document(make, monkeypatch):
    def away(self, content):
        raise OSError("no store")

    monkeypatch.setattr(storage.Sealer, "keep", away)
    with pytest.raises(OSError, match="no store"):
        make()
    assert db.session.scalar(select(func.count(Document.id))) == 0


def test_a_fee_of_nothing_is_a_fee(app, admin, dossier, assistant):
    settings.change("document_templates", {"advice_fee": Decimal("0.00")}, admin)
    draft = operations.compose(dossier, None, "x", "{{ kosten.advies }}", assistant)
    assert draft.body == "€ 0,00" and not draft.empty

"""Templates: what an office starts with, words that are checked, who may edit, back to the original."""

import pytest

from crm import records
from crm.db import db
from crm.mail import drafts, markup, operations, placeholders, queries, starter
from crm.mail.models import EmailTemplate
from crm.mail.placeholders import Placeholder, Recipient
from tests.conftest import log_in

NAMED = [
    "Afspraakbevestiging U1 oriëntatiegesprek",
    "Afspraakbevestiging 1 oriëntatiegesprek",
    "Wijzigen Afspraak in U-vorm",
    "Wijzigen Afspraak",
]


def office_template(key="appointment_confirmation.u.office"):
    return db.session.query(EmailTemplate).filter_by(content_key=key).one()


def typed(template, **changes):
    kept = {
        name: getattr(template, name)
        for name in ("name", "purpose", "address_form", "place", "subject", "body", "version")
    }
    return {**kept, "own": "0", "is_active": "y", **changes}


# --- What an office starts with ------------------------------------------------------------------------------


def test_every_text_of_the_house_has_only_words_that_exist(app):
    for key, original in starter.originals().items():
        assert operations.check_text(original.subject + "\n" + original.body, None) == [], key
        assert "{{ aanhef }}" in original.body and "{{ handtekening }}" in original.body, key


@pytest.mark.parametrize("name", NAMED)
def test_the_four_by_name_have_an_office_and_a_video_text(app, name):
    found = db.session.query(EmailTemplate).filter_by(name=name).all()
    forms = {"u"} if "U" in name.replace("Uw", "") else {"je", "jullie"}
    assert {(t.address_form, t.place) for t in found} == {(f, p) for f in forms for p in ("office", "video")}


def test_loading_again_changes_nothing_and_leaves_the_office_s_text_alone(app, admin):
    count = db.session.query(EmailTemplate).count()
    template = office_template()
    operations.save_template({"subject": "Hallo", "body": "Eigen tekst", "own": False}, admin, template)
    operations.load_templates()
    assert template.body == "Eigen tekst" and db.session.query(EmailTemplate).count() == count


def test_a_newer_text_of_the_house_replaces_one_the_office_left_alone(app, monkeypatch):
    template = office_template()
    original = starter.originals()[template.content_key]
    newer = {
        **starter.originals(),
        template.content_key: type(original)(**{**vars(original), "body": "Nieuwe tekst\n"}),
    }
    monkeypatch.setattr(starter, "originals", lambda: newer)
    operations.load_templates()
    assert template.body == "Nieuwe tekst\n"


# --- Words ---------------------------------------------------------------------------------------------------


def test_an_unknown_word_is_an_error_at_the_field_with_what_was_meant(app, client, admin):
    log_in(client, admin)
    template = office_template()
    url = f"/mail/templates/{template.id}/edit"
    answer = client.post(url, data=typed(template, body="Hallo {{ klant.vornaam }}"))
    assert answer.status_code == 422
    assert "klant.vornaam }} bestaat niet; bedoelt u {{ klant.voornaam }}?" in answer.text
    assert "Hallo {{ klant.vornaam }}" in answer.text


@pytest.mark.parametrize(
    "text", ["{{ klant.voornaam", "klant }}", "{{ }}", "{{ a b }}", "{{ blok.bestaatniet }}", "{{{{ x }}}}"]
)
def test_half_and_unknown_words_are_errors(app, text):
    assert operations.check_text(text, None)


def test_a_word_of_a_plugin_that_is_off_is_unknown_but_a_known_block_is_not(app):
    assert operations.check_text("{{ kluis.adres }}", None)
    assert operations.check_text("{{ blok.kennismaking }}", None) == []


def test_a_value_is_put_in_once():
    words = {"a": Placeholder("a", "A", "{{ b }}"), "b": Placeholder("b", "B", "geheim")}
    filled = placeholders.fill("{{ a }} en {{b}}", words, markup.escape)
    again = placeholders.fill(filled.text, words, markup.escape)
    assert again.text == filled.text and markup.to_text(again.text) == "{{ b }} en geheim\n"
    assert placeholders.unfilled(filled.text) == []


def test_a_block_is_markup_and_an_absent_one_goes_with_its_line():
    words = {"blok.knop": Placeholder("blok.knop", "Knop", "[Start](https://kluis.example/x)", is_block=True)}
    filled = placeholders.fill("Een\n\n{{ blok.knop }}\n\n{{ blok.weg }}\n\nTwee", words, markup.escape)
    assert filled.left_out == ["blok.weg"] and filled.empty == []
    assert placeholders.without_blocks(filled.text) == "Een\n\n[Start](https://kluis.example/x)\n\n\nTwee"


@pytest.mark.parametrize(
    "value",
    [
        "**x**",
        "[a](https://b.example)",
        "_x_",
        "1. een",
        "- een",
        "<b>",
        "`x`",
        "\\",
        "{{ klant.naam }}",
        "a_b_c@d.nl",
        "&lt;",
    ],
)
def test_a_value_means_only_itself(value):
    text = f"Hallo {markup.escape(value)}\n\n{markup.escape(value)}"
    assert markup.to_text(text) == f"Hallo {value}\n\n{value}\n"
    assert "<a" not in markup.to_html(text) and "<strong" not in markup.to_html(text)


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "vbscript:x"])
def test_a_link_that_could_run_is_no_link(url):
    assert "<a" not in markup.to_html(f"[klik]({url})")


def test_an_address_in_a_link_cannot_break_out_of_it():
    text = "[x](" + markup.escape('https://a.example/ "b") [boef](https://boef.example', "[x](") + ")"
    assert markup.to_html(text).count("<a ") == 1 and 'href="https://boef' not in markup.to_html(text)


def test_the_plain_text_has_lists_and_the_addresses_of_links():
    text = "**Vet**\nregel\n\n1. een\n2. [twee](https://x.nl)\n\n- a\n\n[Knop](https://y.nl)"
    assert markup.to_text(text) == "Vet\nregel\n\n1. een\n2. twee: https://x.nl\n\n- a\n\nKnop: https://y.nl\n"


# --- Which one -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("forms", "wanted"), [(["u"], "u"), (["je"], "je"), (["je", "je"], "jullie"), (["je", "u"], "u"), ([], "u")]
)
def test_form_of_address(forms, wanted):
    assert queries.form_of([Recipient("x", "x@y.nl", form) for form in forms]) == wanted


def test_jullie_falls_back_to_je_with_a_remark(app):
    je = EmailTemplate(id=1, purpose="p", address_form="je", place="any")
    u = EmailTemplate(id=2, purpose="p", address_form="u", place="any")
    assert queries.best([u, je], "p", "jullie", "office") is je
    people = [Recipient("a", "a@b.nl", "je"), Recipient("b", "b@b.nl", "je")]
    assert "spreekt één persoon aan" in drafts.remarks_on(je, people, None)[0]


# --- Pages ---------------------------------------------------------------------------------------------------


@pytest.mark.requirement("O-065", side="crm")
def test_the_list_shows_the_house_s_templates_and_one_may_be_adjusted(client, admin):
    log_in(client, admin)
    page = client.get("/mail/templates").text
    assert all(name in page for name in NAMED)
    template = office_template()
    url = f"/mail/templates/{template.id}/edit"
    assert client.post(url, data=typed(template, body="Dag {{ aanhef }}")).location == "/mail/templates"
    assert template.body == "Dag {{ aanhef }}"
    page = client.get(url).text
    assert "Geschiedenis" in page and "Fijn dat u bij ons langskomt" in page and admin.name in page
    client.post(f"/mail/templates/{template.id}/restore")
    assert "Fijn dat u bij ons langskomt" in template.body


def test_an_assistant_gets_a_copy_of_his_own(as_assistant, assistant, stranger, app):
    template = office_template()
    url = f"/mail/templates/{template.id}/edit"
    assert "U maakt een eigen versie" in as_assistant.get(url).text
    as_assistant.post(url, data=typed(template, body="Van mij {{ aanhef }}"))
    own = db.session.query(EmailTemplate).filter_by(owner_id=assistant.id).one()
    assert own.body == "Van mij {{ aanhef }}" and own.content_key is None
    assert "Fijn dat u" in template.body
    assert as_assistant.post(f"/mail/templates/{template.id}/restore").status_code == 403
    other = log_in(app.test_client(), stranger)
    assert other.get(f"/mail/templates/{own.id}/edit").status_code == 404
    assert other.post(f"/mail/templates/{own.id}/delete").status_code == 404
    assert as_assistant.post(f"/mail/templates/{own.id}/delete").status_code == 302
    assert db.session.get(EmailTemplate, own.id) is None


def test_a_mail_can_become_a_template(as_assistant, appointment, assistant):
    draft = operations.compose_for(appointment, "appointment_confirmation", assistant, body="Hallo {{ aanhef }}")
    message = operations.keep_draft(draft, assistant)
    records.commit()
    page = as_assistant.get(f"/mail/templates/new?message={message.id}&next=/mail/messages/{message.id}/edit").text
    assert "Hallo Geachte mevrouw De Vries" in page


def test_two_who_edit_one_template_see_both(client, admin, app):
    log_in(client, admin)
    template = office_template()
    mine = typed(template, body="Van mij")
    operations.save_template({"subject": "Ander", "body": "Van de ander", "own": False}, admin, template)
    records.commit()
    answer = client.post(f"/mail/templates/{template.id}/edit", data=mine)
    assert answer.status_code == 409 and "Van de ander" in answer.text and "Van mij" in answer.text


def test_the_live_check_and_the_example(as_assistant):
    text = {"subject": "Op {{ afspraak.datum }}", "body": "{{ aanhef }}, {{ fout.woord }}", "address_form": "je"}
    assert "fout.woord }} bestaat niet" in as_assistant.post("/mail/templates/check", data=text).text
    shown = as_assistant.post("/mail/templates/example", data=text)
    assert "Op dinsdag 3 juni 2025" in shown.text and "Beste Sanne" in shown.text
    assert "script-src" not in shown.headers["Content-Security-Policy"]
    assert "default-src 'none'" in shown.headers["Content-Security-Policy"]


@pytest.mark.parametrize("target", ["https://boef.example/mail/", "//boef.example/mail/x", "/elders"])
def test_going_back_stays_within_mail(as_assistant, target):
    data = {
        "name": "Test",
        "purpose": "other",
        "address_form": "u",
        "place": "any",
        "subject": "S",
        "body": "B",
        "own": "1",
    }
    assert as_assistant.post(f"/mail/templates/new?next={target}", data=data).location == "/mail/templates"


@pytest.mark.parametrize("path", ["/mail/templates", "/mail/templates/new", "edit"])
def test_at_most_eight_statements(as_assistant, statements, path):
    path = f"/mail/templates/{office_template().id}/edit" if path == "edit" else path
    db.session.expunge_all()
    statements.clear()
    assert as_assistant.get(path).status_code == 200
    assert len(statements) <= 8, "\n".join(statements)

"""The stukkenlijst-sjablonen: rows added, moved and taken off, and several lists together."""

import html
import re

import pytest

from plugins.document_types import queries

LIST = "/document-types/checklists"


def keys(template):
    return [item.type.key for item in template.items]


def test_a_list_is_made_filled_and_ordered(boss, types):
    form = {"name": "Recreatiewoning", "phase": "application", "profiles": ["starter"], "weight": "5", "is_active": "y"}
    assert boss.post(f"{LIST}/new", data=form).status_code == 302
    template = next(one for one in queries.templates_by_key().values() if one.name == "Recreatiewoning")
    for key in ("purchase_agreement", "valuation_report", "energy_label"):
        row = {"type": f"document_type:{types[key].id}", "option": "1"}
        assert boss.post(f"{LIST}/{template.id}/items", data=row).status_code == 302
    assert keys(template) == ["purchase_agreement", "valuation_report", "energy_label"]
    last = template.items[-1]
    for _twice in range(3):  # further than the top it does not go
        assert boss.post(f"{LIST}/items/{last.id}/move", data={"to": "up"}).status_code == 302
    assert keys(template) == ["energy_label", "purchase_agreement", "valuation_report"]
    boss.post(f"{LIST}/items/{last.id}/move", data={"to": "down"})
    assert keys(template) == ["purchase_agreement", "energy_label", "valuation_report"]
    assert boss.post(f"{LIST}/items/{last.id}/remove").status_code == 302
    assert keys(template) == ["purchase_agreement", "valuation_report"]


def test_a_row_that_was_taken_off_comes_back_as_it_was(boss, types, templates):
    template = templates["talk"]
    item, before = template.items[1], keys(template)
    row = {"type": f"document_type:{item.type_id}", "situation": "gift", "choice": "eigen geld", "option": "2"}
    row |= {"replaces": f"document_type:{types['energy_label'].id}", "version": item.version}
    assert boss.post(f"{LIST}/items/{item.id}", data=row).status_code == 302
    page = boss.post(f"{LIST}/items/{item.id}/remove", follow_redirects=True).text
    assert keys(template) != before
    back = html.unescape(re.search(rf'action="({LIST}/[0-9]+/items/back[^"]*)"', page)[1])
    assert "staat weer op de lijst" in boss.post(back, follow_redirects=True).text
    found = template.items[1]
    assert keys(template) == before and found.replaces_id == types["energy_label"].id
    assert (found.situation, found.choice, found.option) == ("gift", "eigen geld", 2)
    again = boss.post(back)
    assert again.status_code == 409 and "staat al op deze lijst" in again.text and keys(template) == before
    assert boss.post(f"{LIST}/{template.id}/items/back?type=document_type:0&option=1").status_code == 409


def test_a_row_says_when_it_is_asked_and_what_it_is_an_alternative_of(boss, types, templates):
    template = templates["starter_talk"]
    item = template.items[0]
    row = {"type": f"document_type:{item.type_id}", "situation": "gift", "choice": "eigen geld", "option": "2"}
    row |= {"replaces": f"document_type:{types['payslip'].id}", "version": item.version}
    assert boss.post(f"{LIST}/items/{item.id}", data=row).status_code == 302
    page = boss.get(f"{LIST}/{template.id}").text
    assert "alleen bij schenking" in page and "keuze eigen geld, mogelijkheid 2" in page
    assert "in plaats van Loonstrook" in page


def test_two_beheerders_at_one_row_see_both_by_name(boss, types, templates):
    item = templates["starter_talk"].items[0]
    row = {"option": "1", "version": item.version}
    first, second = ({**row, "type": f"document_type:{types[key].id}"} for key in ("payslip", "energy_label"))
    assert boss.post(f"{LIST}/items/{item.id}", data=first).status_code == 302
    answer = boss.post(f"{LIST}/items/{item.id}", data=second)
    assert answer.status_code == 409 and "<td>Loonstrook</td><td><strong>Energielabel</strong></td>" in answer.text


def test_a_type_is_found_by_typing_without_scripts(boss, templates):
    address = f"{LIST}/{templates['starter_talk'].id}/items"
    answer = boss.post(address, data={"type": "009", "option": "1"})
    assert answer.status_code == 422 and "Werkgeversverklaring" in answer.text and "Kies hieronder" in answer.text
    assert [hit["title"] for hit in boss.get("/document-types/suggest?q=werkgeversv").json["hits"]] == [
        "Werkgeversverklaring"
    ]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({}, "Kies een soort document."),
        ({"type": "savings_statement"}, "staat al op deze lijst."),
        ({"type": "payslip", "replaces": "payslip"}, "niet in plaats van zichzelf"),
        ({"type": "payslip", "option": "0"}, "1"),
    ],
)
def test_a_row_that_cannot_be_is_refused(boss, types, templates, row, said):
    template = templates["starter_talk"]
    chosen = {name: f"document_type:{types[key].id}" for name, key in row.items() if name in ("type", "replaces")}
    answer = boss.post(f"{LIST}/{template.id}/items", data={"option": "1"} | row | chosen)
    assert answer.status_code == 422 and said in html.unescape(answer.text)
    assert keys(template) == ["savings_statement"]


def test_others_read_a_list(as_assistant, templates):
    page = as_assistant.get(f"{LIST}/{templates['new_build'].id}").text
    assert "in plaats van Koopovereenkomst" in page and "omhoog" not in page
    item = templates["new_build"].items[0]
    assert as_assistant.post(f"{LIST}/items/{item.id}/move", data={"to": "up"}).status_code == 403


def test_a_situation_within_a_sentence_keeps_its_capitals(as_assistant):
    page = as_assistant.get(LIST).text
    assert "pensioen of AOW" in page and "geen EU-nationaliteit" in page


def test_lists_together_for_one_client(as_assistant):
    address = f"{LIST}/preview?dossier_type=home_purchase&profile=next_time_buyer&phase=application"
    page = as_assistant.get(address).text.partition('id="together"')[2]
    assert "Doorstromer" in page and "Aankoop, aanvraag" in page and ">Verhoger<" not in page
    rows = re.findall(r'<li class="list-group-item">(.*?)</li>', page, re.DOTALL)
    assert sum("Koopovereenkomst" in row for row in rows) == 1 and "Keuze uit:" in page
    page = as_assistant.get(f"{address}&situations=new_build").text
    rows = re.findall(r'<li class="list-group-item">(.*?)</li>', page, re.DOTALL)
    assert any("Koop-/aannemingsovereenkomst" in row for row in rows)
    assert not any(">Koopovereenkomst" in row or row.strip().startswith("Koopovereenkomst") for row in rows)


def test_nonsense_in_the_address_of_the_preview_is_no_client(as_assistant):
    assert "Geen lijst past" in as_assistant.get(f"{LIST}/preview?profile=nobody&phase=never").text
    assert as_assistant.get(f"{LIST}/preview?situations=nothing").status_code == 200

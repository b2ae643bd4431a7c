"""The catalogue as one file: out, what it would change, in; wrong rows told by their line."""

import html
import io
import re
import time
import tomllib

import pytest

from crm.access import allowed
from plugins.document_types import exchange, queries

PAGE = "/document-types/catalogue"


def send(browser, text):
    """Choose a file; gives its page."""
    data = {"file": (io.BytesIO(text.encode() if isinstance(text, str) else text), "catalogus.toml")}
    return browser.post(PAGE, data=data, content_type="multipart/form-data")


def hidden(page, name):
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)
    return html.unescape(found[1])


def carry_out(browser, text):
    """Choose a file and press *Toepassen*."""
    page = send(browser, text).text
    data = {name: hidden(page, name) for name in ("text", "fingerprint")}
    return browser.post(f"{PAGE}/apply", data=data)


def test_what_comes_out_goes_in_and_changes_nothing(boss):
    answer = boss.get(f"{PAGE}.toml")
    assert "attachment" in answer.headers["Content-Disposition"]
    found = tomllib.loads(answer.text)
    assert len(found["types"]) == 93 and found["reasons"] and found["templates"]
    made = exchange.plan(answer.text)
    assert (made.problems, made.changes) == ([], [])
    assert "Dit bestand wijzigt niets" in send(boss, answer.text).text


def test_a_file_says_what_it_would_change_and_does_it_once(boss, types):
    text = exchange.written().replace('delivered_by = "employer"', 'delivered_by = "lender"', 1)
    text += '[[types]]\nkey = "drone_photo"\nname = "Dronefoto"\ngroup = "new_home"\nreasons = ["unclear_sky"]\n'
    text += '[[reasons]]\nkey = "unclear_sky"\nname = "Wolken"\ntext = "Er zijn wolken: {{toelichting}}."\n'
    text += '[[templates]]\nkey = "roof"\nname = "Dak"\nitems = [{ type = "drone_photo" }]\n'
    page = send(boss, text)
    assert page.status_code == 200 and "Werkgeversverklaring" in page.text and "Dronefoto" in page.text
    assert "delivered_by" in page.text and types["employer_statement"].delivered_by == "employer"
    assert carry_out(boss, text).status_code == 302
    types = queries.types_by_key()
    assert types["employer_statement"].delivered_by == "lender"
    assert [reason.key for reason in types["drone_photo"].reasons] == ["unclear_sky"]
    assert list(types).index("drone_photo") == list(types).index("bank_guarantee_request") + 1
    [item] = queries.templates_by_key()["roof"].items
    assert item.type is types["drone_photo"]
    assert exchange.plan(text).changes == [] and len(exchange.plan(text).problems) == 0
    assert "Werkgever" in boss.get(f"/history/document_type/{types['employer_statement'].id}").text


def test_a_part_of_a_catalogue_leaves_the_rest_alone(boss, types):
    row = exchange.toml_of("types", "payslip", exchange.whole_row("types", types["payslip"]))
    carry_out(boss, f"[[types]]\n{row}is_active = false\n")
    types = queries.types_by_key()
    assert not types["payslip"].is_active and len(types) == 93 and types["energy_label"].is_active


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("a = 1\nkey = x\n", 2, "Dit is geen goede TOML."),
        ('\n\n[[types]]\nkey = "a"\n', 3, "name: Dit ontbreekt."),
        ('[[types]]\nkey = "a"\nname = "A"\ngroup = "person"\ncolour = "red"\n', 1, "colour: Dit veld bestaat niet."),
        ('[[types]]\nkey = "a"\nname = "A"\ngroup = "zoo"\n', 1, "group: Kies uit: person, divorce"),
        ('[[types]]\nkey = "A!"\nname = "A"\ngroup = "person"\n', 1, "key: Een sleutel heeft"),
        ('[[types]]\nkey = "a"\nname = "A"\ngroup = "person"\nvalidity = "months"\n', 1, "validity_count: Een aantal"),
        ('[[types]]\nkey = "a"\nname = "A"\ngroup = "person"\nis_invoice = 7\n', 1, "is_invoice: Dit moet true of"),
        ('[[types]]\nkey = "a"\nname = "A"\ngroup = "person"\nhdn_codes = ["9"]\n', 1, "hdn_codes.1: Een code van HDN"),
        ('[[types]]\nkey = "a"\nname = "A"\ngroup = "person"\nreasons = ["nee"]\n', 1, "nee bestaat niet."),
        ('[[types]]\nkey = "a"\nname = "Loonstrook"\ngroup = "person"\n', 1, "Er is al een soort document Loonstrook."),
        ('[[types]]\nkey = "a"\nname = "\\u0000\\u202e"\ngroup = "person"\n', 1, "name: Schrijf 1 tot en met 120"),
        ('[[reasons]]\nkey = "a"\nname = "A"\ntext = "{{datum}}"\n', 1, "text: {{datum}} bestaat niet."),
        ('[[templates]]\nkey = "a"\nname = "A"\nitems = [{ type = "nee" }]\n', 1, "nee bestaat niet."),
        (
            '[[templates]]\nkey = "a"\nname = "A"\nitems = [{ type = "payslip", replaces = "payslip" }]\n',
            1,
            "items.1.replaces: Een soort kan niet in plaats van zichzelf komen.",
        ),
        ('[[templates]]\nkey = "a"\nname = "A"\nitems = [{ kind = "x" }]\n', 1, "items.1.kind: Dit veld bestaat niet."),
        ('[[reasons]]\nkey="a"\nname="A"\ntext="A"\n[[reasons]]\nkey="a"\nname="A"\ntext="A"\n', 5, "twee keer in"),
        ("[[dogs]]\nkey = 1\n", None, "dogs bestaat niet."),
        ("types = 3\n", None, "Schrijf [[types]] boven elke rij."),
        ("types = [3]\n", None, "Dit moet een rij met velden zijn."),
    ],
)
def test_what_is_wrong_is_told_by_its_line_and_nothing_is_written(boss, text, line, said):
    answer = send(boss, text)
    page = html.unescape(answer.text)
    assert answer.status_code == 422 and said in page and "Toepassen" not in page
    assert any(said in one.text and one.line == line for one in exchange.plan(text).problems)
    assert len(queries.types_by_key()) == 93


@pytest.mark.parametrize("text", ["x = " + "[" * 5000, "x = " + "9" * 5000, "x = " + "{a=" * 5000])
def test_what_is_beyond_measure_is_no_toml(boss, text):
    answer = send(boss, text)
    assert answer.status_code == 422 and "Dit is geen goede TOML." in answer.text


def test_a_file_that_is_no_text_is_refused_at_the_field(boss, monkeypatch):
    answer = send(boss, b"\xff\xfe\x00")
    assert answer.status_code == 422 and "Dit is geen tekst in UTF-8." in answer.text
    monkeypatch.setattr(exchange, "LONGEST", 1000)
    assert "te groot" in send(boss, "#" * 1001).text
    assert boss.post(PAGE, data={}).status_code == 422


def test_what_changed_meanwhile_is_shown_anew(boss, admin, types):
    from crm import records

    text = exchange.written().replace('name = "Energielabel"', 'name = "Label van energie"')
    page = send(boss, text).text
    types["payslip"].condition = "altijd"
    records.save(types["payslip"], admin)
    records.commit()
    answer = boss.post(f"{PAGE}/apply", data={name: hidden(page, name) for name in ("text", "fingerprint")})
    assert answer.status_code == 422 and "intussen veranderd" in answer.text and "Loonstrook" in answer.text
    assert queries.types_by_key()["energy_label"].name == "Energielabel"


def test_the_file_is_for_the_beheerder(as_assistant, assistant):
    assert not allowed(assistant, "document_types.manage")
    assert as_assistant.get(f"{PAGE}.toml").status_code == 403


@pytest.mark.parametrize(
    "text", [".".join(["a"] * 400_000) + " = 1", "[" + ".".join(['"a b"'] * 9000) + "]", "x." * 499_999]
)
def test_keys_within_keys_cost_no_time(app, text):
    begun = time.process_time()
    (problem,) = exchange.plan(text).problems
    assert "geen goede TOML" in problem.text and time.process_time() - begun < 3

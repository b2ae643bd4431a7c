"""What a document is as a file: text that stays text, tagged for reading aloud, the same on every machine."""

import datetime as dt
import io
import os
import re
import shutil
import subprocess

import pikepdf
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crm.document_templates import markup, typeset
from crm.records import Refused

MOMENT = dt.datetime(2026, 6, 3, 10, 0, tzinfo=dt.UTC)
TEXT = """Beste klant, **dit is vet** en *dit schuin*.

# Wat het kost

| Onderdeel | Kosten |
|---|---:|
| Advies | € 1.750,00 |

##### Veel te diep

1. een
2. twee
   - twee en een half

[De AFM](https://www.afm.nl)
"""


def made(text, title="Opdracht tot dienstverlening", office="Kantoor Zuid"):
    return typeset.pdf(title, markup.blocks(text), office, "#0054a6", MOMENT)


def read(pdf, *command):
    """What a tool of poppler says of a PDF; skips the test where there is none, except in CI."""
    if shutil.which(command[0]) is None and not os.environ.get("CI"):
        pytest.skip(f"no {command[0]}; on Debian: apt-get install poppler-utils")
    return subprocess.run([*command, "-", *(["-"] if command[0] == "pdftotext" else [])], input=pdf,
                          capture_output=True, check=True).stdout.decode()  # fmt: skip


def tags(pdf):
    """{tag: how often} of the structure of a PDF, and every element."""
    found = []

    def walk(element):
        if isinstance(element, pikepdf.Array):
            for one in element:
                walk(one)
        elif isinstance(element, pikepdf.Dictionary) and "/S" in element:
            found.append(element)
            walk(element.get("/K", pikepdf.Array()))

    walk(pdf.Root.StructTreeRoot.K)
    return found


CODE = ("]", "$x$", "\\u{20ac}", "// weg", "<label>", "@verwijzing", "`code`", "/* weg */", "= kop", "&c", "<b>vet</b>",
        '#panic("x")', '#import "/etc/passwd"')  # fmt: skip


@pytest.mark.parametrize("word", CODE)
def test_what_is_code_elsewhere_is_text_here(word):
    text = read(made(markup.escape(word), title=word, office=word), "pdftotext", "-layout")
    assert text.count(word) >= 3


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(min_codepoint=32, max_codepoint=0x17F, exclude_categories=["Cc", "Cf", "Zs"]), min_size=1))
@example("__0__")
def test_a_value_says_itself_and_nothing_else(value):
    """In a paragraph, a heading and a table alike: no mark of ours means something within a value."""
    text = "".join(value.split())
    for around in ("{}", "## {}", "| Naam |\n|---|\n| {} |", "- {}"):
        before = around.partition("{}")[0]
        (block,) = markup.blocks(around.format(markup.escape(text, before)))
        parts = block.get("parts") or (block["rows"][0][0] if "rows" in block else block["items"][0][0]["parts"])
        assert "".join(part["text"] for part in parts) == text


def test_lines_of_a_value_stand_after_one_another_in_a_table_and_begin_nothing():
    value = "Dorpsstraat 1\n# Utrecht\n| a | b |\n|---|---|"
    (block,) = markup.blocks(f"| Adres |\n|---|\n| {markup.escape(value, '| ')} |")
    assert block["rows"] == [[[{"kind": "text", "text": "Dorpsstraat 1, # Utrecht, | a | b |, |---|---|"}]]]
    assert [block["kind"] for block in markup.blocks(markup.escape(value))] == ["paragraph"]


def test_levels_of_headings_are_never_skipped():
    levels = [block["level"] for block in markup.blocks("### a\n\n# b\n\n###### c\n\n# d")]
    assert levels == [2, 2, 3, 2]
    assert [block["level"] for block in markup.blocks("## a\n\n## b\n\n### c\n\n## d")] == [2, 2, 3, 2]


def test_a_cell_of_dots_is_high_enough_to_sign_in():
    def height(cell):
        return read(made(f"| Naam |\n|---|\n| {cell} |\n\nOnder."), "pdftotext", "-bbox").partition("Onder")[0]

    bottom = [float(re.findall(r'yMin="([0-9.]+)"', height(cell))[-1]) for cell in ("Jan", "…")]
    assert bottom[1] - bottom[0] > 20  # points


def test_a_sign_that_no_font_has_is_named():
    with pytest.raises(Refused, match="Deze tekens kunnen niet in een PDF"):
        made("Proficiat 🎉")


@settings(max_examples=100, deadline=None)
@given(st.text("#|-*_[]()<>{}=\\\n .:1a€", max_size=60))
def test_whatever_is_typed_becomes_a_document(text):
    assert made(text).startswith(b"%PDF-1.7")


def test_the_words_and_the_pages_are_there():
    pdf = made(TEXT + "\n\nSlot." * 90)
    text = read(pdf, "pdftotext", "-layout")
    for words in ("Kantoor Zuid", "woensdag 3 juni 2026", "Bladzijde 1 van", "€ 1.750,00", "dit is vet"):
        assert words in text
    facts = dict(line.split(":", 1) for line in read(pdf, "pdfinfo").splitlines())
    assert facts["Title"].strip() == "Opdracht tot dienstverlening"
    assert facts["Author"].strip() == "Kantoor Zuid"
    assert facts["Tagged"].strip() == "yes" and facts["JavaScript"].strip() == "no"
    assert int(facts["Pages"]) > 1 and "A4" in facts["Page size"]


def test_the_marks_of_pdf_ua_are_there():
    """ISO 14289-1: §5 identification, §7.1 tags, title, language, §7.4 headings, §7.5 tables, §7.18.5 links."""
    with pikepdf.open(io.BytesIO(made(TEXT))) as pdf:
        root = pdf.Root
        assert root.MarkInfo.Marked is True
        assert str(root.Lang) == "nl"
        assert root.ViewerPreferences.DisplayDocTitle is True
        with pdf.open_metadata() as meta:
            assert meta["{http://www.aiim.org/pdfua/ns/id/}part"] == "1"
            assert meta["dc:title"] == "Opdracht tot dienstverlening"
        elements = tags(pdf)
        names = [str(element.S) for element in elements]
        assert names.count("/H1") == 1 and names.count("/H2") == 1 and names.count("/H3") == 1
        assert names.count("/TH") == 2 and names.count("/TD") == 2 and names.count("/L") == 2
        heads = [element for element in elements if element.S == "/TH"]
        assert {str(attributes.get("/Scope")) for head in heads for attributes in as_list(head.A)} >= {"/Column"}
        (link,) = [note for note in pdf.pages[0].Annots if note.Subtype == "/Link"]
        assert str(link.Contents) and "/Link" in names
        assert all(page.get("/Tabs") == "/S" for page in pdf.pages if "/Annots" in page)
        assert "/Figure" not in names  # nothing that needs an alternative text


def as_list(value):
    return list(value) if isinstance(value, pikepdf.Array) else [value]


def test_all_fonts_are_ours_and_inside():
    fonts = [line.split() for line in read(made(TEXT), "pdffonts").splitlines()[2:]]
    assert fonts and all("Liberation" in row[0] for row in fonts)
    assert all(row[-5] == "yes" for row in fonts)  # emb
    assert {font.family for font in typeset.fonts().fonts() if font.path} == {"Liberation Sans"}


def test_the_same_text_gives_the_same_bytes():
    assert made(TEXT) == made(TEXT)

"""What is typed as text is what arrives: in the plain text and the HTML of a mail, and in the PDF of a document."""

import datetime as dt
import html
import re
from pathlib import Path

import pypdfium2 as pdfium
import pytest

from crm.document_templates import markup as documents
from crm.mail import letter
from crm.mail import markup as mails
from tests.crm.document_templates.test_pdf import made

ROOT = Path(__file__).parents[3]
CASE = (ROOT / "tests" / "cases" / "mail-numbers-and-stars.txt").read_text()
LINES = [
    "Uw maandlast is 12*1.250*2 en 3*4*5.", "Let op: 1.250 * 12 * 2 = 30.000", "(3)*(4)*(5)", "50%*2 en 30%*3",
    "€12,-*€3,-*2", "Kosten 12* en 14*", "*) exclusief btw", "(*) geldt niet, (*) wel", "5* hotel, 4* hotel",
    "taxatie_rapport_2026.pdf", "_taxatie", "een_twee", "Naam: ______ Datum: ______", "(____) en (____).", "__",
    "12 * en **", "a * b * c", "2 ** 3 ** 4", "**", "***", "* * *", "- - -", "---", "06. bel mij", "007. en 008.",
    "3) derde stuk", "1) eerste", "+ 250 euro", "+31 6 12345678", "1.250", "1.250,00 - 2.500,00", "0,5%", "= 12",
    "5.", "2026. Dat is dit jaar.", "1985. was een jaar", "-250", "3 < 4 > 2", "&amp; &euro; &#49;", "`12`", "~~12~~",
    "> 12", "12#3", "NL91 ABNA 0417 1643 00", "[12]", "[12] (13)", "https://kantoor.example/a_b_c*d*e", "a@b_c.nl",
    "1e, 2e en 3e", "¹²³ ½ × ÷ ±", "12\u202f500", "1 250,00", "x^2^", "==12==", "$12$", "\u20ac 12,-",
]  # fmt: skip
MARKED = [
    ("**vet** en niet", "vet en niet"), ("(**vet**), “**vet**”.", "(vet), “vet”."),
    ("**€ 250** en **-5%**", "€ 250 en -5%"),
    ("**Let op**: x", "Let op: x"), ("_schuin_ en *schuin*", "schuin en schuin"), ("**a_b*c**", "a_b*c"),
    ("***beide***", "beide"), ("**Hypotheek (2026)** is", "Hypotheek (2026) is"),
]  # fmt: skip
LISTS = [
    "2. werkgeversverklaring\n5. taxatierapport", "5. a\n5. b\n4. c", "1. a\n\n5. b", "10. tien\n20. twintig",
    "0. nul\n1. een", "1. a\n02. b", "3. a\n+ 250", "2. a\n   7. b\n   9. c\n4. d", "123456789. lang",
    "2. a\n\n   tekst\n\n9. b",
]  # fmt: skip


def squeezed(text):
    """Words with one space between them; bullets are as one wishes."""
    return re.sub(r"\s+", " ", re.sub(r"[•‣–]", "-", text)).strip()


def seen(fragment):
    """What one sees of a fragment of HTML: items with the numbers that a browser gives them."""
    lists, out = [], []
    for piece in re.findall(r"<[^>]+>|[^<]+", fragment):
        name = re.match(r"</?(\w+)", piece)
        if piece.startswith("<ol"):
            lists.append(int((re.search(r'start="(\d+)"', piece) or [0, 1])[1]))
        elif piece.startswith("<ul"):
            lists.append(None)
        elif piece.startswith("<li"):
            given = re.search(r'value="(\d+)"', piece)
            lists[-1] = int(given[1]) if given else lists[-1]
            out.append("- " if lists[-1] is None else f"{lists[-1]}. ")
            lists[-1] = None if lists[-1] is None else lists[-1] + 1
        elif piece in ("</ol>", "</ul>"):
            lists.pop()
        elif name is None or piece[0] != "<":
            out.append(html.unescape(piece))
        if name and name[1] in ("p", "br", "li", "ol", "ul"):
            out.append("\n")
    return "".join(out).replace("- \n", "- ").replace(". \n", ". ")


def pdf(text):
    """What one reads in the PDF, without the line at its top and the one at its foot."""
    pages = [page.get_textpage().get_text_range() for page in pdfium.PdfDocument(made(text))]
    return "\n".join(re.sub(r"Opdracht tot dienstverlening|Kantoor Zuid.*2026|Bladzijde.*", "", page) for page in pages)


WAYS = {"text": mails.to_text, "html": lambda text: seen(mails.to_html(text)), "pdf": pdf}


@pytest.mark.parametrize("way", WAYS)
def test_lines_arrive_as_they_were_typed(way):
    for text in (*LINES, *LISTS, CASE):
        if way != "pdf":
            assert squeezed(WAYS[way](text)) == squeezed(text)
            assert squeezed(WAYS[way](f"Beste klant,\n{text}")) == squeezed(f"Beste klant,\n{text}")
    whole = "\n\n".join(["Begin", *LINES, "Tussen", *LISTS, CASE])
    for sign in (
        ("* * *", "- - -", "\u202f") if way == "pdf" else ()
    ):  # drawn as signs and as a space that no one reads out
        whole = whole.replace(sign, " ")
    assert squeezed(WAYS[way](whole)) == squeezed(whole)


@pytest.mark.parametrize("way", WAYS)
def test_marks_that_the_form_names_are_marks(way):
    assert squeezed(WAYS[way]("\n\n".join(typed for typed, _said in MARKED))) == " ".join(
        said for _typed, said in MARKED
    )


@pytest.mark.parametrize("way", WAYS)
def test_a_value_of_a_word_arrives_too(way):
    """A reason, an explanation, a signature: what a word stands for, within a text and as a line of its own."""
    escape = documents.escape if way == "pdf" else mails.escape
    lines = [line for line in LINES if "\u202f" not in line]
    filled = "\n\n".join(f"Reden: {escape(line, 'Reden: ')}\n\n{escape(line)}" for line in lines)
    assert squeezed(WAYS[way](filled)) == squeezed(" ".join(f"Reden: {line} {line}" for line in lines))


def test_the_mail_that_leaves_holds_both():
    someone = ("Kantoor", "info@kantoor.example")
    moment = dt.datetime(2026, 6, 3, 10, 0, tzinfo=dt.UTC)
    text = "\n\n".join([*LINES, *LISTS, CASE])
    parts = letter.take_apart(letter.build(letter.Letter(someone, [someone], "Stukken", text, "<a@b.example>", moment)))
    assert squeezed(parts.text) == squeezed(text)
    assert squeezed(seen(parts.html.partition("<body")[2].partition(">")[2])) == squeezed(text)


def test_a_bullet_stays_the_sign_that_was_typed():
    assert mails.to_text("- a\n\n* b") == "- a\n\n* b\n"
    assert mails.to_html("- a").count("<li") == 1 and "<strong>" in mails.to_html("**a**")


def test_every_text_is_read_by_the_one_parser():
    """Whatever becomes a mail or a document goes through `crm.mail.markup.parser`."""
    files = [path for folder in ("crm", "plugins") for path in ROOT.glob(f"{folder}/**/*.py")]
    own = {str(path.relative_to(ROOT)) for path in files if re.search(r"MarkdownIt\(|\.enable\(\[", path.read_text())}
    assert own == {"crm/mail/markup.py", "crm/document_templates/markup.py"}
    assert "markup.parser()" in (ROOT / "crm/document_templates/markup.py").read_text()

"""E-mails as Outlook saves them (.msg): what is attached comes out as it is, and a hostile one harms nobody."""

import os
import resource
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from crm.db import db
from crm.documents.models import Document, IncomingMail, MailPart, StoredFile
from crm.documents.reasons import REASONS
from tests.crm.documents import hostile
from tests.crm.documents.conftest import jpeg, kept, pdf
from tests.crm.documents.outlook import MAGIC, Compound, embedded, file, mail, properties, texts, written
from tests.crm.documents.test_incoming import bring, count, only, raw, unpack  # noqa: F401  # brings an e-mail in
from tests.crm.documents.test_incoming import letter as other_letter

LARGE = bytes(range(256)) * 40_000  # 10 MB, in a chain of sectors longer than one table of them


def rows(found):
    return [(part.name, part.file.read_bytes(), part.within, part.in_text) for part in found.parts]


def test_attachments_come_out_with_their_names_and_bytes(tmp_path):
    inner = embedded(
        "Van de werkgever", file("verklaring.pdf", b"%PDF binnen"), embedded("Nog een", file("diep.pdf", b"%PDF"))
    )
    content = written(mail("Mijn stukkén", file("loonstrook öktober.pdf", LARGE), file("brief.docx", b"PK"), inner))
    found = unpack(content, tmp_path)
    assert (found.refused, found.title, found.sender) == ("", "Mijn stukkén", "Sanne <sanne@voorbeeld.nl>")
    assert rows(found) == [
        ("loonstrook öktober.pdf", LARGE, "", False),
        ("brief.docx", b"PK", "", False),
        ("verklaring.pdf", b"%PDF binnen", "Van de werkgever", False),
        ("diep.pdf", b"%PDF", "Nog een", False),
    ]


@pytest.mark.parametrize(
    ("picture", "in_text"),
    [
        (file("logo.png", b"P", {0x7FFE: 1}, x3712="<logo@1>"), True),
        (file("logo.png", b"P", {0x3714: 4}, x3712="logo@1"), True),
        (file("logo.png", b"P", x3712="logo@1"), True),  # the text names it
        (file("logo.bin", b"P", {0x7FFE: 1}, x3712="logo@1", x370E="image/png"), True),
        (file("foto.jpg", b"P", x3712="other@1"), False),  # a name for each file, as some mail servers give
        (file("foto.jpg", b"P"), False),
        (file("stuk.pdf", b"P", {0x7FFE: 1}, x3712="logo@1"), False),
    ],
)
def test_pictures_of_the_text_are_told_apart(picture, in_text, tmp_path):
    found = unpack(written(mail("x", picture, html=b'<img src="cid:logo@1">')), tmp_path)
    assert [part.in_text for part in found.parts] == [in_text]


def test_an_old_outlook_writes_in_a_code_page(tmp_path):
    tree = mail("x", {
        "__properties_version1.0": properties({0x3705: 1}, 8),
        "__substg1.0_37010102": b"%PDF",
        "__substg1.0_3707001E": "Łódź.pdf".encode("cp1250"),
    })  # fmt: skip
    tree["__properties_version1.0"] = properties({0x3FFD: 1250}, 32)
    assert unpack(written(tree), tmp_path).parts[0].name == "Łódź.pdf"


def test_an_address_that_only_an_exchange_server_knows_is_not_shown(tmp_path):
    tree = mail("x", file("a.pdf", b"%PDF")) | texts({"0C1E": "EX", "0C1F": "/O=KANTOOR/CN=SANNE"})
    assert unpack(written(tree), tmp_path).sender == "Sanne"
    (tmp_path / "two").mkdir()
    assert unpack(written(tree | texts({"5D01": "s@v.nl"})), tmp_path / "two").sender == "Sanne <s@v.nl>"


def test_what_is_not_in_it_is_passed_over(tmp_path):
    link = {"__properties_version1.0": properties({0x3705: 7}, 8), **texts({"3707": "https://voorbeeld.nl/x"})}
    drawing = {"__properties_version1.0": properties({0x3705: 6}, 8), "__substg1.0_3701000D": {"CONTENTS": b"x"}}
    found = unpack(written(mail("x", link, drawing, file("leeg.pdf", b""), file("a.pdf", b"%PDF"))), tmp_path)
    assert [part.name for part in found.parts] == ["a.pdf"]


def nested(depth):
    tree = embedded("x", file("diep.pdf", b"%PDF"))
    for _ in range(depth - 1):
        tree = embedded("x", tree)
    return written(mail("x", tree))


def falsified(change, *attached):
    """An e-mail in which the directory lies: `change` gets its rows by name."""
    made = Compound(mail("x", *(attached or [file("a.pdf", LARGE[:9000])])))
    change({entry[0]: entry for entry in made.entries})
    return made.bytes()


def says(size):
    def change(entries):
        entries["__substg1.0_37010102"][6] = size

    return falsified(change)


def loop_in_directory():
    """An attachment that holds itself."""

    def change(entries):
        entries["__attach_version1.0_#00000000"][4] = 0

    return falsified(change)


def loop_in_fat(size):
    """A stream whose chain of sectors bites its tail, and that says it is `size` long."""
    made = Compound(mail("x", file("a.pdf", LARGE[:9000])))
    entry = next(entry for entry in made.entries if entry[0] == "__substg1.0_37010102")
    made.fat[entry[5] + 3] = entry[5]
    entry[6] = size
    return made.bytes()


def loop_of_tables():
    """A table of tables that follows itself."""
    made = bytearray(written(mail("x", file("a.pdf", LARGE))))
    first = struct.unpack("<L", made[68:72])[0]
    end = 512 * (first + 2)
    made[end - 4 : end] = struct.pack("<L", first)
    made[72:76] = struct.pack("<L", 5_000_000)
    return bytes(made)


def over_one_another(count, step=1):
    """So many attachments of 9 MB that begin `step` sectors apart in the same place: 400 MB out of 9."""
    first, more = file("a.pdf", LARGE[:9_000_000]), (file(f"{number}.pdf", b"x") for number in range(1, count))
    made = Compound(mail("x", first, *more))
    streams = [entry for entry in made.entries if entry[0] == "__substg1.0_37010102"]
    start, size = max((entry[5:] for entry in streams), key=lambda place: place[1])
    for number, entry in enumerate(streams):
        entry[5:] = [start + number * step, size - number * step * 512]
    return made.bytes()


def many(count):
    return written(mail("x", *(file(f"{number}.pdf", b"%PDF") for number in range(count))))


WORD = written({"WordDocument": bytes(5000), "1Table": bytes(500), "\5SummaryInformation": bytes(500)})
HOSTILE = {
    "half": (lambda: written(mail("x", file("a.pdf", LARGE)))[:400_000], "unreadable"),
    "head alone": (lambda: MAGIC + bytes(504), "unreadable"),
    "noise": (lambda: MAGIC + b"\xff" * 5000, "unreadable"),
    "says 4 GiB": (lambda: says(0xFFFFFFFF), "bomb"),
    "says more than there is": (lambda: says(9_600), "unreadable"),
    "loop in the directory": (loop_in_directory, "unreadable"),
    "loop in the table of sectors": (lambda: loop_in_fat(20_000), "bomb"),
    "loop of tables": (loop_of_tables, "unreadable"),
    "all in one place": (lambda: over_one_another(45, 0), "unreadable"),
    "over one another": (lambda: over_one_another(45), "bomb"),
    "51 attachments": (lambda: many(51), "too_many_parts"),
    "10000 attachments": (lambda: many(10_000), "too_many_parts"),
    "6 deep": (lambda: nested(6), "bomb"),
    "200 deep": (lambda: nested(200), "unreadable"),
    "a letter of Word": (lambda: WORD, "no_mail"),
    "a contact of nobody": (lambda: written({"__properties_version1.0": b""}), "no_mail"),
    "nothing attached": (lambda: written(mail("x")), "no_attachments"),
    "a PDF": (pdf, "no_mail"),
    "empty": (lambda: b"", "empty"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_one_is_refused_in_time(name, tmp_path):
    content, reason = HOSTILE[name][0](), HOSTILE[name][1]
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    found = unpack(content, tmp_path)
    assert (found.refused, found.parts) == (reason, ()), found.why
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before < 6
    left = sum(path.stat().st_size for path in (tmp_path / "made").iterdir())
    assert left <= len(content)


ALL = """
import resource, sys, tempfile
from pathlib import Path
from crm.documents import sandbox

for source in Path(sys.argv[1]).iterdir():
    with tempfile.TemporaryDirectory() as folder:
        sandbox.unpack(source, Path(folder))
used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print(used / (1 << 20 if sys.platform == "darwin" else 1 << 10))
"""


def test_no_child_took_more_memory_than_it_may(tmp_path):
    """In a process of its own: what a child had before it began is counted as its own."""
    for number, (make, _reason) in enumerate(HOSTILE.values()):
        (tmp_path / str(number)).write_bytes(make())
    command, house = [sys.executable, "-c", ALL, tmp_path], {"PYTHONPATH": str(Path(__file__).parents[3])}
    said = subprocess.run(command, env=os.environ | house, check=True, capture_output=True)
    assert 10 < float(said.stdout) < 500


def test_a_chain_that_bites_its_tail_ends_where_it_said(tmp_path):
    (part,) = unpack(loop_in_fat(12_000), tmp_path).parts
    assert part.file.stat().st_size == 12_000


def test_an_e_mail_as_all_others_write_it_is_read_whatever_it_is_called(tmp_path):
    assert [part.name for part in unpack(raw(other_letter(pdf_a=b"%PDF")), tmp_path).parts] == ["a.pdf"]


def test_names_are_tidied_and_parts_are_checked_as_every_file(bring, as_assistant, run_jobs, files):  # noqa: F811
    bomb = hostile.pdf_bomb()
    content = written(mail(
        "Factuur\u202efdp.exe", file("../../etc/passwd\u202efdp.pdf", pdf()), file("bom.pdf", bomb),
        file("virus.exe", b"MZ" + bytes(100)), file("logo.png", jpeg(), {0x7FFE: 1}, x3712="a"),
    ))  # fmt: skip
    page = bring(content, "stukken.msg")
    shown = as_assistant.get(page).text
    assert only().title == "Factuur fdp.exe" and "passwdfdp.pdf" in shown and "afbeelding in de tekst" in shown
    assert ".." not in [part.name for part in only().parts] and "sanne@voorbeeld.nl" in shown
    chosen = [part.id for part in only().parts if not part.in_text]
    assert as_assistant.post(f"{page}/take", data={"part": chosen}).status_code == 303
    run_jobs()
    db.session.expire_all()
    states = {one.name: (one.newest.state, one.newest.reason, one.source) for one in db.session.query(Document)}
    assert states == {
        "passwdfdp": ("ready", "", "mail"),
        "bom": ("refused", "bomb", "mail"),
        "virus": ("refused", "not_accepted", "mail"),
    }
    assert count(IncomingMail) == count(MailPart) == 0
    assert len(kept(files)) == count(StoredFile) == 2


@pytest.mark.parametrize("name", ["loop in the directory", "51 attachments", "a letter of Word"])
def test_a_hostile_one_through_the_whole_house(name, bring, as_assistant, files):  # noqa: F811
    page = bring(HOSTILE[name][0](), "stukken.msg")
    shown = as_assistant.get(page).text
    assert REASONS[HOSTILE[name][1]] in shown and "Er is niets van bewaard." in shown
    assert count(StoredFile) == 0 and kept(files) == []
    assert "a.pdf" in as_assistant.get(bring(written(mail("x", file("a.pdf", pdf()))), "goed.msg")).text

"""Files of relations, good and hostile."""

import io

import pytest
from sqlalchemy import func, select

from crm import records
from crm.audit import operations as audit
from crm.audit.models import AuditEntry
from crm.db import db
from crm.imports import operations
from crm.imports.console import Progress
from crm.imports.models import Finding, Import
from crm.records import Refused
from crm.relations.models import Relation
from crm.relations.operations import mark_checked
from tests.conftest import log_in

HEADER = "Aanhef;Voornaam;Achternaam;Geboortedatum;Mobiel;E-mail;Postcode;Huisnr;Plaats"
SANNE = "Mevr.;Sanne;de Vries;04-05-1990;06-41576326;Sanne@Voorbeeld.nl;5526 ty;12a;HAPERT"
TIM = "dhr;Tim;Jansen;2-1-1988;0031612345678;tim@voorbeeld.nl;1012AB;7;Amsterdam"


def csv(*rows: str, header: str = HEADER) -> bytes:
    return "\n".join([header, *rows]).encode()


@pytest.fixture
def bring_in(branch, admin):
    """Import bytes to the end, as a worker does."""

    def run(content: bytes, dry_run: bool = False, skip_doubles: bool = True, lenient: bool = False) -> Import:
        work = operations.receive(io.BytesIO(content), "klanten.csv", branch, admin)
        operations.choose_columns(work, work.mapping, skip_doubles, admin, lenient=lenient)
        operations.start(work, admin, dry_run)
        records.commit()
        operations.run(work.id)
        records.commit()
        return db.session.get(Import, work.id)

    return run


def people() -> list[Relation]:
    return list(db.session.scalars(select(Relation).order_by(Relation.id)))


def messages() -> list[str]:
    return list(db.session.scalars(select(Finding.message).order_by(Finding.id)))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_encodings_and_separators(bring_in, encoding, delimiter):
    text = f"{HEADER}\n{SANNE.replace('Sanne;', 'Zoë;')}\n".replace(";", delimiter)
    work = bring_in(text.encode(encoding))
    (zoe,) = people()
    assert (work.status, work.created, work.refused) == ("done", 1, 0)
    assert (zoe.first_name, zoe.surname_prefix, zoe.surname, zoe.title) == ("Zoë", "de", "Vries", "ms")
    assert (zoe.phone, zoe.postal_code, zoe.house_number, zoe.house_number_suffix) == (
        "+31641576326",
        "5526TY",
        "12",
        "a",
    )
    assert (zoe.city, zoe.sort_name, zoe.birth_date.isoformat()) == ("Hapert", "vries zoe de", "1990-05-04")


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r", "\r\r\n"])
@pytest.mark.parametrize("said", ["", "sep=;", '"sep=;"', "SEP=;;;;"])
def test_line_ends_of_any_machine_and_a_line_that_names_the_separator(bring_in, ends, said):
    lines = [*filter(None, [said]), HEADER, SANNE, TIM.replace("Jansen", '"Jansen\nBos"'), "", "x;Bad;;3-3-3"]
    work = bring_in(ends.join(lines).encode())
    assert (work.status, work.rows, work.created, work.refused) == ("done", 3, 2, 1)
    assert [one.surname for one in people()] == ["Vries", "Jansen Bos"]
    assert db.session.scalars(select(Finding.row)).one() == 5


def test_a_separator_that_is_named_holds_against_one_that_occurs_more(bring_in):
    text = "sep=|\nAchternaam|Plaats;of;dorp\nJansen|a;b;c\n"
    assert bring_in(text.encode()).delimiter == "|" and people()[0].surname == "Jansen"


def test_a_line_break_within_a_column_name(bring_in):
    text = '"Voor-\r\nnaam";Achternaam;"Geboorte-\ndatum"\r\nSanne;Vries;04-05-1990\r\n'
    work = bring_in(text.encode())
    assert work.delimiter == ";" and work.mapping["birth_date"] == "Geboorte- datum"
    assert (people()[0].first_name, people()[0].birth_date.isoformat()) == ("Sanne", "1990-05-04")


def test_a_day_of_another_time_is_no_date(bring_in):
    work = bring_in(csv(SANNE.replace("04-05-1990", "04-05-0090")))
    assert work.refused == 1 and "geen datum" in messages()[0]


def test_same_audit_as_one_by_one(bring_in, admin):
    bring_in(csv(SANNE, TIM))
    entries = db.session.scalars(select(AuditEntry).where(AuditEntry.record_kind == "relation")).all()
    assert [(one.action, one.user_id) for one in entries] == [("create", admin.id)] * 2
    assert entries[0].fields["surname"] == [None, "Vries"] and audit.verify()[1] is None


def test_dry_run_saves_nothing_and_finds_doubles_within_the_file(bring_in, monkeypatch):
    monkeypatch.setattr(operations, "CHUNK", 1)
    work = bring_in(csv(SANNE, TIM, SANNE.replace("Sanne;", "S;")), dry_run=True)
    assert (work.status, work.created, work.doubles) == ("checked", 2, 1) and people() == []
    assert messages() == ["Rij 4 is waarschijnlijk dezelfde persoon als rij 2 van dit bestand: overgeslagen."]


def test_doubles_of_known_relations_are_skipped_or_made(bring_in):
    bring_in(csv(SANNE))
    work = bring_in(csv(SANNE, TIM))
    assert (work.created, work.doubles, len(people())) == (1, 1, 2)
    assert "dezelfde persoon als relatie" in messages()[0]
    assert bring_in(csv(SANNE), skip_doubles=False).created == 1 and len(people()) == 3


def test_partners_who_share_everything_but_the_name_both_come_in(bring_in):
    tim = "dhr;Tim;de Vries;02-01-1988;06-41576326;sanne@voorbeeld.nl;5526ty;12a;Hapert"
    assert bring_in(csv(SANNE, tim)).created == 2


def test_cut_off_work_goes_on_without_doubles(bring_in, monkeypatch, branch, admin):
    monkeypatch.setattr(operations, "CHUNK", 2)
    rows = [f"dhr;Tim;Jansen{i};2-1-19{i:02};06{10000000 + i};;;;" for i in range(40, 47)]
    work = operations.receive(io.BytesIO(csv(*rows)), "a.csv", branch, admin)
    operations.start(work, admin)
    finder = operations.Finder()
    operations.run_chunk(work.id, finder)
    operations.run_chunk(work.id, finder)
    records.commit()
    assert (work.position, len(people())) == (4, 4)
    operations.run_chunk(work.id, finder)
    records.rollback()
    operations.run(work.id)
    records.commit()
    work = db.session.get(Import, work.id)
    assert (work.status, work.created, len(people())) == ("done", 7, 7)
    operations.run(work.id)
    assert len(people()) == 7


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("dhr;Tim;Jansen", "Rij 3 heeft 3 kolommen in plaats van 9"),
        (TIM + ";x;y", "Rij 3 heeft 11 kolommen in plaats van 9"),
        ('dhr;"Tim;Jansen;;;;;;', "Rij 3 heeft een aanhalingsteken dat niet wordt gesloten"),
        ('dhr;"Tim"x;Jansen;;;;;;', "Rij 3 heeft een aanhalingsteken midden in een cel"),
        ("dhr;Tim;;2-1-1988;;;;;", "Rij 3: Achternaam: deze is leeg"),
        ("dhr;Tim;Jansen;31-2-1988;;;;;", "Rij 3: Geboortedatum: dit is geen datum"),
        ("dhr;Tim;Jansen;1-1-2099;;;;;", "Rij 3: Geboortedatum: Deze geboortedatum ligt in de toekomst"),
        ("dhr;Tim;Jansen;;061;;;;", "Rij 3: Telefoonnummer: Dit is geen telefoonnummer"),
        ("dhr;Tim;Jansen;;;tim@;;;", "Rij 3: E-mailadres: Dit is geen e-mailadres"),
        ("dhr;Tim;Jansen;;;;0123;;", "Rij 3: Postcode: Een postcode is vier cijfers"),
        ("dhr;111222333;Jansen;;;;;;", "Rij 3: Voornaam: Hier lijkt een BSN te staan"),
        (f"dhr;{'x' * 10_000_000};Jansen;;;;;;", "Rij 3 is langer dan 100000 tekens"),
        (f"dhr;{'x' * 10_000};Jansen;;;;;;", "Rij 3 heeft een cel van meer dan 5000 tekens"),
    ],
    ids=lambda value: value[:30],
)
def test_a_bad_row_says_its_number_and_spoils_no_other(bring_in, row, said):
    work = bring_in(csv(SANNE, row, TIM))
    assert [one.first_name for one in people()] == ["Sanne", "Tim"]
    assert (work.status, work.refused) == ("done", 1) and messages()[0].startswith(said)


def test_one_unreadable_letter_is_told_by_its_row(bring_in):
    zoe = SANNE.replace("Sanne", "Zoë", 1).encode()
    work = bring_in(HEADER.encode() + b"\n" + zoe + b"\n" + TIM.encode().replace(b"Tim;", b"T\xefm;") + b"\n" + zoe)
    assert work.refused == 1 and messages()[0].startswith("Rij 3 heeft tekens die niet te lezen zijn")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "Dit bestand is leeg"),
        (b"\xef\xbb\xbf\r\n\r\n", "Dit bestand is leeg"),
        (HEADER.encode(), "Onder de kolomnamen staan geen rijen"),
        (b"Achternaam\nJansen\n", "Rij 1 heeft maar"),
        (b"Naam;Naam\na;b\n", "Rij 1 staat de kolomnaam 'Naam' twee keer"),
        (b"PK\x03\x04" + bytes(50), "Dit is een Excel-bestand"),
        (bytes(range(256)) * 40, "Dit is geen CSV-bestand"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 300, "Dit is geen CSV-bestand"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_file_that_is_none_says_what_to_do(bring_in, content, said):
    before = set(operations.folder().glob("*"))
    with pytest.raises(Refused, match=f"(?i){said}"):
        bring_in(content)
    assert db.session.scalar(select(func.count(Import.id))) == 0 and set(operations.folder().glob("*")) == before


def test_undo_leaves_what_was_touched(bring_in, admin, monkeypatch):
    monkeypatch.setattr(operations, "CHUNK", 2)
    rows = [f"dhr;Tim;Jansen{i};2-1-19{i};06{10000000 + i};;;;" for i in range(40, 45)]
    work = bring_in(csv(*rows))
    touched = people()[2]
    mark_checked(touched, admin)
    operations.undo(work, admin)
    records.commit()
    operations.run(work.id)
    records.commit()
    work = db.session.get(Import, work.id)
    assert (work.status, work.undone) == ("undone", 4) and people() == [touched]
    assert messages() == [operations.KEPT]


def test_pages(client, admin, branch, run_jobs, statements):
    log_in(client, admin)
    file = (io.BytesIO(csv(SANNE, TIM, "dhr;Tim;;;;;;;")), "klanten.csv")
    answer = client.post("/imports", data={"file": file, "branch_id": branch.id})
    (work,) = db.session.scalars(select(Import))
    assert answer.headers["Location"] == f"/imports/{work.id}"
    page = client.get(f"/imports/{work.id}").text
    assert "Welke kolom is wat?" in page and "Sanne@Voorbeeld.nl" in page
    chosen = {**work.mapping, "skip_doubles": "y"}
    client.post(f"/imports/{work.id}/start", data=chosen | {"dry": "1"})
    assert "0 van 3 rijen" in client.get(f"/imports/{work.id}/progress").text
    run_jobs()
    assert client.get(f"/imports/{work.id}/progress").headers["HX-Redirect"].endswith(f"/imports/{work.id}")
    page = client.get(f"/imports/{work.id}").text
    assert "Zou gemaakt worden" in page and "Rij 4: Achternaam: deze is leeg" in page and people() == []
    client.post(f"/imports/{work.id}/start", data=chosen)
    run_jobs()
    assert len(people()) == 2
    report = client.get(f"/imports/{work.id}/report.csv")
    assert report.text.startswith("\ufeffRij;Uitkomst") and "4;geweigerd;" in report.text
    client.post(f"/imports/{work.id}/undo")
    run_jobs()
    assert people() == [] and "Teruggedraaid" in client.get(f"/imports/{work.id}").text
    statements.clear()
    client.get("/imports")
    assert len(statements) <= 8


def test_a_column_must_be_chosen_for_the_surname(client, admin, branch):
    log_in(client, admin)
    file = (io.BytesIO(b"Iets;Anders\nJansen;x\n"), "a.csv")
    where = client.post("/imports", data={"file": file, "branch_id": branch.id}).headers["Location"]
    answer = client.post(f"{where}/start", data={"first_name": "Anders"})
    assert answer.status_code == 422 and "Kies in welke kolom de achternaam staat" in answer.text
    assert '<option selected value="Anders">' in answer.text


def test_a_bad_file_is_refused_at_the_field(client, admin, branch):
    log_in(client, admin)
    answer = client.post("/imports", data={"file": (io.BytesIO(b"PK\x03\x04"), "a.xlsx"), "branch_id": branch.id})
    assert answer.status_code == 422 and "Dit is een Excel-bestand" in answer.text


class Terminal(io.StringIO):
    """A stream somebody watches."""

    def isatty(self):
        return True


def test_progress_is_one_line_on_a_terminal_and_lines_elsewhere():
    work = Import(rows=1000, position=0, created=0)
    for out in (Terminal(), io.StringIO()):
        with Progress(out) as progress:
            for done in (50, 100, 120, 500, 1000):
                work.position = work.created = done
                progress(work)
        said = out.getvalue()
        if out.isatty():
            assert said.count("\r") == 6 and "\n" not in said and said.endswith("\r\033[K")
            assert "120 of 1000 rows (12 %), 120 new" in said
        else:
            assert [line.split()[0] for line in said.splitlines()] == ["100", "500", "1000"] and "\r" not in said

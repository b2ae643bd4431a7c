"""Files that went wrong elsewhere (tests/cases), by the web and by the command line: each gives what is right."""

import csv
import datetime as dt
import io
from pathlib import Path

import click
import pytest

from crm.db import db
from crm.imports import columns, console, letters, operations
from crm.imports.models import Finding, Import
from crm.imports.survey import survey
from crm.relations.models import Relation
from tests.conftest import log_in
from tests.crm.relations.conftest import make_relation

CASES = Path(__file__).parent.parent.parent / "cases"
JUNE = dt.date(1985, 6, 3)


@pytest.fixture
def by_web(client, admin, branch, run_jobs):
    """Uploads a file, answers what is asked, brings it in; gives the import."""

    def run(content: bytes, **answers: str) -> Import:
        log_in(client, admin)
        sent = {"file": (io.BytesIO(content), "klanten.csv"), "branch_id": branch.id}
        where = client.post("/imports", data=sent).headers["Location"]
        work = db.session.get(Import, int(where.rpartition("/")[2]))
        if encoding := answers.pop("encoding", ""):
            assert client.post(f"{where}/letters", data={"encoding": encoding}).status_code == 302
        client.get(where)
        chosen = {**work.mapping, "lenient": "y", "skip_doubles": "y", **answers}
        answer = client.post(f"{where}/start", data={name: value for name, value in chosen.items() if value})
        assert answer.status_code == 302, answer.text
        run_jobs()
        db.session.expire_all()
        return work

    return run


@pytest.fixture
def by_command(admin, branch, tmp_path):
    """Brings a file in as the command line does."""

    def run(content: bytes, encoding: str | None = None, dates: str | None = None, strict: bool = False) -> Import:
        path = tmp_path / "klanten.csv"
        path.write_bytes(content)
        choices = console.choices(strict, encoding, dates)
        return operations.import_file(path, branch, admin, False, choices, before=console.explain)

    return run


@pytest.fixture
def copies(app):
    """Gives the files of imports that lie about, without those of other tests."""
    before = set(operations.folder().glob("*"))
    return lambda: set(operations.folder().glob("*")) - before


def case(name: str) -> bytes:
    return (CASES / name).read_bytes()


def people() -> dict[str, Relation]:
    return {one.surname: one for one in db.session.query(Relation).order_by(Relation.id)}


def marked() -> list[int]:
    query = db.session.query(Finding.row).filter(Finding.outcome == "marked").order_by(Finding.row)
    return [row - 1 for (row,) in query]


# --- Dates ---------------------------------------------------------------------------------------------------------


def check_dates() -> None:
    days = [one.birth_date for one in people().values()]
    assert [number for number, day in enumerate(days, 1) if day == JUNE] == [*range(1, 11), 12, 13, 16, 17]
    assert days[10] == dt.date(1985, 6, 25) and [days[13], days[14], days[17]] == [None] * 3
    assert marked() == [14, 15, 18]


def test_dates_by_the_web(by_web, client, admin, branch):
    work = by_web(case("dates.csv"), month_first="month")
    check_dates()
    assert (work.created, work.marked, work.refused) == (18, 3, 0)
    page = client.get(f"/imports/{work.id}").text
    assert "Rij 15 zonder Geboortedatum: dit is geen datum" in page and "Bekijk de relatie" in page
    report = client.get(f"/imports/{work.id}/report.csv").text
    assert "15;zonder een gegeven;Rij 15 zonder Geboortedatum" in report


def test_dates_by_command(by_command, copies):
    with pytest.raises(click.ClickException, match="--dates month or day"):
        by_command(case("dates.csv"))
    assert people() == {} and copies() == set()
    by_command(case("dates.csv"), dates="month")
    check_dates()


def test_the_month_is_asked_before_anything_comes_in(client, admin, branch):
    log_in(client, admin)
    sent = {"file": (io.BytesIO(case("dates.csv")), "a.csv"), "branch_id": branch.id}
    where = client.post("/imports", data=sent).headers["Location"]
    assert "Wat staat voorop in data als 06/25/1985?" in client.get(where).text
    [work] = db.session.query(Import)
    for wrong in ({}, {"month_first": "x"}):
        answer = client.post(f"{where}/start", data={**work.mapping, **wrong})
        assert answer.status_code == 422 and "Kies of de dag of de maand voorop staat" in answer.text


def test_days_in_front_leave_out_what_is_none(by_command):
    by_command(case("dates.csv"), dates="day")
    days = [one.birth_date for one in people().values()]
    assert days[9] == dt.date(1985, 3, 6) and days[10] is None and marked() == [11, 14, 15, 18]


def test_days_that_may_be_either_are_days_in_front_unasked(by_command):
    by_command(b"Achternaam;Geboortedatum\nJansen;6/3/1985\nBos;13/6/1985\n")
    assert [one.birth_date for one in people().values()] == [dt.date(1985, 3, 6), dt.date(1985, 6, 13)]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("1985-06-02T22:00:00Z", JUNE), ("3 JUNI 1985", JUNE), ("3-mrt-85", dt.date(1985, 3, 3)),
        ("1-1-26", dt.date(2026, 1, 1)), ("31-12-99", dt.date(1999, 12, 31)), ("3 June 1985", JUNE),
        ("1985/6/3", JUNE), ("9999", None), ("99999", None), ("10000", dt.date(1927, 5, 18)), ("31-06-1985", None),
        ("3-6/1985", None), ("1-1-0090", None),
    ],
)  # fmt: skip
def test_a_day(text, day):
    if day is None:
        with pytest.raises(ValueError, match="geen datum"):
            columns.read_date(text)
    else:
        assert columns.read_date(text) == day


def test_two_figures_are_the_last_such_year_that_is_not_to_come(monkeypatch):
    monkeypatch.setattr(columns.formats, "today", lambda: dt.date(2026, 1, 1))
    assert [columns.whole_year(text) for text in ("26", "27", "00", "1985")] == [2026, 1927, 2000, 1985]


# --- Telephones, words for nothing, wrong values -------------------------------------------------------------------


def check_phones() -> None:
    found = list(people().values())
    assert [number for number, one in enumerate(found, 1) if one.phone == "+31612345678"] == [1, *range(3, 11)]
    assert [one.phone for one in found[10:]] == [""] * 4 and found[1].phone == ""
    assert found[9].other_phone == "+31301234567" and marked() == [2, 14]


def test_phones_by_the_web(by_web):
    work = by_web(case("phones.csv"), skip_doubles="")
    check_phones()
    assert work.created == 14


def test_phones_by_command(by_command, monkeypatch):
    monkeypatch.setattr(operations.Finder, "find", lambda self, values: None)  # the cases share one number
    by_command(case("phones.csv"))
    check_phones()


def test_a_row_with_a_wrong_value_is_refused_when_so_chosen(by_web, by_command):
    content = b"Achternaam;Mobiel\nJansen;12\nBos;0612345678\n"
    assert by_command(content, strict=True).refused == 1 and list(people()) == ["Bos"]
    assert by_web(content, lenient="", skip_doubles="").refused == 1 and "Jansen" not in people()
    work = by_web(content)
    assert (work.created, work.marked, work.refused) == (1, 1, 0) and people()["Jansen"].phone == ""


@pytest.mark.parametrize("field", [name for name in columns.FIELDS if name != "surname"])
def test_whatever_value_is_wrong_the_rest_comes_in(by_command, field):
    wrong = {
        "birth_date": "x",
        "phone": "12",
        "other_phone": "12",
        "email": "x",
        "country": "Nergens",
        "postal_code": "1",
    }
    text = wrong.get(field, "111222333")
    work = by_command(f"Achternaam;{columns.FIELDS[field]}\nJansen;{text}\n".encode())
    one = people()["Jansen"]
    if field in ("title", "address_form"):  # what is not known stays open
        assert work.marked == 0
    else:
        assert (work.created, work.marked) == (1, 1)
        assert getattr(one, field) == {"birth_date": None, "country": "NL"}.get(field, "")


@pytest.mark.parametrize("word", sorted(columns.NOTHING))
def test_a_word_for_nothing_is_empty(word):
    values, problems = columns.read(["Jansen", word, word], {"surname": 0, "phone": 1, "birth_date": 2})
    assert (values["phone"], values["birth_date"], problems) == ("", None, {})


# --- Letters -------------------------------------------------------------------------------------------------------

NAMES = "Voornaam;Achternaam;Plaats\nRenée;Müller;Délfgauw\nAndré;Brûlée;Curaçao\nZoë;Jörgensen;Coëvorden\n"
OLD = [("mac_roman", "\r"), ("cp850", "\r\n"), ("cp1252", "\r\n"), ("utf-8", "\n"), ("utf-16", "\n")]


def check_macroman() -> None:
    assert [(one.first_name, one.surname, one.city) for one in people().values()] == [
        ("Renée", "Müller", "Délfgauw"), ("Zoë", "Brûlée", "Utrecht"),
    ]  # fmt: skip


def test_letters_of_a_mac_by_the_web(by_web):
    by_web(case("macroman.csv"))
    check_macroman()


def test_letters_of_a_mac_by_command(by_command):
    by_command(case("macroman.csv"))
    check_macroman()


@pytest.mark.parametrize(("encoding", "ends"), OLD)
def test_letters_are_right_whatever_machine_they_come_from(by_command, encoding, ends):
    by_command(NAMES.replace("\n", ends).encode(encoding))
    assert [(one.first_name, one.city) for one in people().values()] == [
        ("Renée", "Délfgauw"), ("André", "Curaçao"), ("Zoë", "Coëvorden"),
    ]  # fmt: skip


def test_letters_that_may_be_others_are_asked_on_the_page(by_web, client, admin, branch):
    content = "Voornaam;Achternaam\nMiloš;Bos\n".encode("cp1252")
    log_in(client, admin)
    sent = {"file": (io.BytesIO(content), "a.csv"), "branch_id": branch.id}
    where = client.post("/imports", data=sent).headers["Location"]
    page = client.get(where).text
    assert "Welke woorden kloppen?" in page and "Miloš (Windows)" in page and "Miloö (Excel op een Mac)" in page
    refused = client.post(f"{where}/start", data={"surname": "Achternaam"})
    assert refused.status_code == 422 and "Kies eerst welke woorden kloppen" in refused.text
    assert client.post(f"{where}/letters", data={"encoding": "koi8"}).status_code == 422
    [work] = db.session.query(Import)
    assert operations.original(work).exists()
    assert client.post(f"{where}/letters", data={"encoding": "cp1252"}).status_code == 302
    assert not operations.original(work).exists() and "Welke kolom is wat?" in client.get(where).text
    assert client.post(f"{where}/letters", data={"encoding": "cp1252"}).status_code == 422
    assert by_web(content, encoding="cp1252").created == 1 and people()["Bos"].first_name == "Miloš"


def test_letters_that_may_be_others_are_asked_on_the_command_line(by_command, copies):
    content = "Voornaam;Achternaam\nMiloš;Bos\n".encode("cp1252")
    with pytest.raises(click.ClickException, match="--encoding cp1252 reads Miloš"):
        by_command(content)
    assert people() == {} and copies() == set()
    by_command(content, encoding="cp1252")
    assert people()["Bos"].first_name == "Miloš"


@pytest.mark.parametrize("word", ["Zoë", "André", "RENÉE", "Jörg", "Müller", "Curaçao", "van ’t Hof", "Miloš", "Ñandú"])
@pytest.mark.parametrize("encoding", letters.CANDIDATES)
def test_letters_are_never_wrong_in_silence(word, encoding):
    try:
        content = word.encode(encoding)
    except UnicodeEncodeError:
        return
    chosen, doubt = letters.choose(letters.words_in([content]))
    assert content.decode(chosen) == word if not doubt else word in doubt[encoding] or " " in word


# --- Columns -------------------------------------------------------------------------------------------------------

KNOWN = {
    "Google": (
        "First Name,Middle Name,Last Name,Birthday,E-mail 1 - Value,Phone 1 - Value,Address 1 - Street,"
        "Address 1 - City,Address 1 - Postal Code,Address 1 - Country,Notes"
    ),
    "Outlook (en)": (
        "Title,First Name,Middle Name,Last Name,Company,Home Street,Home City,Home Postal Code,Home Country/Region,"
        "Business Phone,Home Phone,Mobile Phone,Birthday,E-mail Address,Notes"
    ),
    "Outlook (nl)": (
        "Titel,Voornaam,Middelste naam,Achternaam,Bedrijf,\"Huisadres, straat\",\"Huisadres, plaats\","
        "\"Huisadres, postcode\",\"Huisadres, land/regio\",Telefoon op werk,Telefoon thuis,Mobiele telefoon,Verjaardag,"
        "E-mailadres,Notities"
    ),
    "Salesforce": (
        "Salutation,First Name,Last Name,Birthdate,Email,Phone,Mobile,Mailing Street,Mailing City,"
        "Mailing Zip/Postal Code,Mailing Country,Notes"
    ),
    "EspoCRM": (
        "salutationName,firstName,lastName,birthdate,emailAddress,phoneNumberMobile,phoneNumberHome,addressStreet,"
        "addressCity,addressPostalCode,addressCountry,notes"
    ),
    "Excel": "Aanhef,Voorl.,Roepnaam,Tussenv.,Achternaam,Geb.datum,Tel. mobiel,E-mail,Adres,Postcode,Woonplaats,Opm.",
}  # fmt: skip


@pytest.mark.parametrize("source", KNOWN)
def test_headings_of_other_programs(source):
    headers = next(csv.reader([KNOWN[source]]))
    mapping = columns.guess(headers)
    wanted = {"first_name", "surname", "birth_date", "email", "phone", "street", "city", "postal_code"}
    assert wanted <= set(mapping), wanted - set(mapping)
    assert len(set(mapping.values())) == len(mapping)
    if source.startswith(("Outlook", "Salesforce")):
        assert mapping["phone"] in ("Mobile Phone", "Mobiele telefoon", "Mobile") and "other_phone" in mapping


def check_google(work: Import) -> None:
    jan = people()["Bos"]
    assert (jan.first_name, jan.surname_prefix, jan.birth_date) == ("Jan", "de", JUNE)
    assert (jan.email, jan.phone, jan.street) == ("jan.g@voorbeeld.example", "+31612345697", "Dorpsstraat")
    assert (jan.house_number, jan.city, jan.postal_code, jan.country) == ("12", "Utrecht", "1234AB", "NL")
    assert (work.left_out, work.left_out_empty) == ([], ["Middle Name"])


def test_google_by_the_web(by_web, client):
    work = by_web(case("google.csv"))
    check_google(work)
    assert "Middle Name" in client.get(f"/imports/{work.id}").text


def test_google_by_command(by_command, capsys):
    work = by_command(case("google.csv"))
    check_google(work)
    before = capsys.readouterr().out
    assert "E-mail 1 - Value -> email" in before and "not brought in: Middle Name" in before
    assert "not brought in: Middle Name" in "".join(console.report(work, False))


def test_columns_nobody_takes_are_named_before_and_after(by_command, client, admin, branch, capsys):
    content = b"Achternaam;Hobby;Leeg\nJansen;vissen;\n"
    log_in(client, admin)
    sent = {"file": (io.BytesIO(content), "a.csv"), "branch_id": branch.id}
    where = client.post("/imports", data=sent).headers["Location"]
    assert "Niet ingevoerd:</strong> Hobby" in client.get(where).text
    done = by_command(content)
    assert "not brought in: Hobby" in capsys.readouterr().out and "Hobby" in client.get(f"/imports/{done.id}").text


def test_a_column_with_something_in_it_goes_before_an_empty_one():
    assert columns.guess(["Mobile Phone", "Home Phone", "Last Name"], empty=["Mobile Phone"])["phone"] == "Mobile Phone"
    assert columns.guess(["E-mail", "E-mail 1 - Value"], empty=["E-mail"])["email"] == "E-mail 1 - Value"


def test_a_survey_counts_what_is_there(tmp_path):
    path = tmp_path / "a.csv"
    operations.file.copy_as_utf8(io.BytesIO(b"A;B;C\n1;;06/25/1985\n2; ;25/06/1985\n"), path)
    found = survey(["A", "B", "C"], operations.file.rows(path, ";", 6, 2, 3))
    assert (found.rows, found.empty, found.months) == (2, ["B"], {"C": "/"})


# --- The own export ------------------------------------------------------------------------------------------------


def test_the_own_export_of_before_is_recognised(by_web, assistant):
    who = {"birth_date": dt.date(1965, 1, 1), "phone": "0610000000", "email": "sanne.0@voorbeeld.example"}
    make_relation(assistant, surname="Voorbeeld", **who)
    work = by_web(case("own-export-min.csv"))
    assert (work.created, work.doubles, len(people())) == (0, 1, 1)


def test_an_export_comes_in_as_nothing_new(by_web, client, admin, assistant):
    texts = [
        {"surname": "Jansen", "surname_prefix": "", "initials": "J.P.", "first_name": "Jan"},
        {"surname": "Koster - van der Berg", "surname_prefix": "van de", "first_name": ""},
        {"surname": "=1+1", "surname_prefix": "'t", "first_name": "Min", "initials": "M."},
        {"surname": "-Min", "surname_prefix": "van ’t", "first_name": "IJsbrand", "initials": "IJ."},
        {"surname": "محمد", "surname_prefix": "", "first_name": "علي", "country": "BE", "postal_code": "B-2000"},
        {"surname": "Jansen, Piet", "surname_prefix": "", "phone": "+32475123456", "title": "none"},
    ]
    for number, values in enumerate(texts):
        who = {"phone": f"06123456{number:02}", "email": f"naam{number}@voorbeeld.example"}
        if number % 2:  # not everybody has a telephone number and a mailbox
            who = {"phone": "", "email": ""}
        make_relation(assistant, **({"birth_date": dt.date(1950 + number, 6, 3)} | who | values))
    log_in(client, assistant)
    for columns_ in ("", "?columns=name,birth_date,phone,email,street,house_number,postal_code,city,country,title"):
        made = client.get(f"/relations/export.csv{columns_}").data
        work = by_web(made)
        log_in(client, assistant)
        assert (work.created, work.doubles, work.refused) == (0, len(texts), 0), columns_
        head = made.decode("utf-8-sig").splitlines()[0]
        assert head.startswith("Voorletters;Voornaam;Tussenvoegsel;Achternaam;")

"""Document requests of HDN: every way in which one may be written, and files that want to do harm."""

import base64
import datetime as dt
import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugins.document_types import hdn, hdn_file
from plugins.document_types.hdn import Coded, Unreadable, read

HEADER = """<Header Volgnummer="1"><VerzenderNrHDN>000001</VerzenderNrHDN><VerzenderNaam>Testbank</VerzenderNaam>
<OntvangerNrHDN>000002</OntvangerNrHDN><BerichtSoort>DA DocumentAanvraag</BerichtSoort><VerzendDt>2025-06-02</VerzendDt>
<VerzendTijd>10:15:00</VerzendTijd><AanvraagVolgNr>TEST-000123</AanvraagVolgNr><AanvraagVersie>1</AanvraagVersie></Header>"""
REJECTED = """<DocumentKenmerk Volgnummer="1"><Aanlevermoment>02 Voor bindende offerte</Aanlevermoment>
<SoortDocument>009 Werkgeversverklaring</SoortDocument>
<SoortDocumentOmschr>Werkgeversverklaring aanvrager 1</SoortDocumentOmschr><DocumentMijNr>1001</DocumentMijNr>
<DocumentStatus>07 Afgekeurd en opnieuw aan te leveren (zie toelichting)</DocumentStatus>
<DocumentStatusOmschr>Handtekening werkgever ontbreekt.</DocumentStatusOmschr>
<DocumentStatusDt>2025-06-02</DocumentStatusDt><DocumentStatusTijd>10:14:00</DocumentStatusTijd>
<OrginelenAanleverenJN>N Nee</OrginelenAanleverenJN><Hypotheekgever IDREF="NA01"/></DocumentKenmerk>"""
ASKED = """<DocumentKenmerk Volgnummer="2"><SoortDocument>003 Taxatierapport</SoortDocument>
<SoortDocumentOmschr>Taxatierapport onderpand</SoortDocumentOmschr><DocumentMijNr>1002</DocumentMijNr>
<DocumentStatus>01 Aan te leveren</DocumentStatus><DocumentStatusDt>2025-06-02</DocumentStatusDt>
<DocumentStatusTijd>10:14:00</DocumentStatusTijd>
<OrginelenAanleverenJN>N Nee</OrginelenAanleverenJN></DocumentKenmerk>"""
PERSON = """<PartijNAWData Volgnummer="1" ID="NA01"><GeboorteAchternaam>Voorbeeld</GeboorteAchternaam>
<VoorLetters>A.B.</VoorLetters><GeboorteDt>1990-01-31</GeboorteDt></PartijNAWData>"""
DATA = '<DocumentData Volgnummer="1"><Kenmerk>TB-998877</Kenmerk></DocumentData>'


def message(*parts, root="DocumentAanvraagBericht", attributes="", prolog='<?xml version="1.0" encoding="UTF-8"?>'):
    parts = parts or (HEADER, DATA, REJECTED, ASKED, PERSON)
    return f"{prolog}\n<{root}{attributes}>{''.join(parts)}</{root}>".encode()


def record(xml, **header):
    header = {"sender": "000001", "receiver": "000002", "requestVersion": "2", "requestTraceNr": 42} | header
    made = {"header": header, "message": {"data": base64.b64encode(xml).decode(), "signature": "x"}}
    return json.dumps(made | {"miscellaneous": {"senderName": "Testbank"}}).encode()


def test_what_a_lender_asks_and_found():
    found = read(message())
    assert found.sender == hdn.Sender(
        "000001", "Testbank", "000002", "TEST-000123", "1", "", dt.datetime(2025, 6, 2, 8, 15, tzinfo=dt.UTC)
    )
    assert found.reference == "TB-998877" and found.doubts == () and len(found.rows) == 2
    statement, valuation = found.rows
    assert statement.kind == Coded("009", "Werkgeversverklaring") and statement.number == "1001"
    assert statement.description == "Werkgeversverklaring aanvrager 1"
    assert statement.status == Coded("07", "Afgekeurd en opnieuw aan te leveren (zie toelichting)")
    assert statement.status_text == "Handtekening werkgever ontbreekt."
    assert statement.status_at == dt.datetime(2025, 6, 2, 8, 14, tzinfo=dt.UTC)
    assert statement.moment == Coded("02", "Voor bindende offerte") and not statement.originals
    assert statement.party == hdn.Party("NA01", "Voorbeeld", "", "A.B.", dt.date(1990, 1, 31))
    assert statement.party_ref == "NA01" and statement.doubts == ()
    assert valuation.party is None and valuation.status.code == "01" and valuation.doubts == ()


@pytest.mark.parametrize(
    "data",
    [
        message(root="DocumentAanvraag"),
        message(attributes=' xmlns="http://www.hdn.nl/da"'),
        message().replace(b"DocumentKenmerk", b"documentkenmerk").replace(b"SoortDocument>", b"SOORTDOCUMENT>"),
        message(HEADER, DATA, "<DocumentKenmerken>", REJECTED, ASKED, "</DocumentKenmerken>", PERSON),
        message().replace(b"SoortDocumentOmschr", b"SoortDocumentOmsch"),
        message().replace(b'<Hypotheekgever IDREF="NA01"/>',
                          b'<Hypotheekgever><RefPartijNAWData IDREF="NA01"/></Hypotheekgever>'),
        message(HEADER, DATA, REJECTED.replace('<Hypotheekgever IDREF="NA01"/>', '<RefHypotheekgever IDREF="HG1"/>'),
                ASKED, PERSON, '<Hypotheekgever ID="HG1"><RefPartijNAWData IDREF="NA01"/></Hypotheekgever>'),
        message().replace(b'<Hypotheekgever IDREF="NA01"/>', b"<Hypotheekgever>NA01</Hypotheekgever>"),
        message().decode().replace("UTF-8", "UTF-16").encode("utf-16"),
        b"\xef\xbb\xbf \n" + message(prolog=""),
        message().replace(b"<DocumentData", b"<!-- een opmerking --><DocumentData"),
        record(message(), requestSchema={"messageType": "DA DocumentAanvraag", "schemaVersion": "24.0"}),
        b"[" + record(message()) + b"]",
    ],
    ids=["root", "namespace", "capitals", "group", "spelling", "nested-ref", "two-refs", "text-ref", "utf-16", "bom",
         "comment", "record", "list"],
)  # fmt: skip
def test_the_same_is_understood_however_it_is_written(data):
    found, usual = read(data), read(message())
    without = [(row.number, row.kind, row.description, row.status, row.status_at, row.party) for row in found.rows]
    assert without == [
        (row.number, row.kind, row.description, row.status, row.status_at, row.party) for row in usual.rows
    ]
    assert found.sender.application == "TEST-000123" and found.doubts == ()


def test_without_a_header_the_record_says_who_sent_it_and_a_person_chooses_the_dossier():
    found = read(record(message(DATA, REJECTED, PERSON)))
    assert found.sender == hdn.Sender("000001", "Testbank", "000002", "", "2", "42", None)
    assert found.doubts == ("Het aanvraagvolgnummer ontbreekt: kies zelf bij welk dossier dit hoort.",)


def test_a_code_without_words_an_unknown_code_and_an_unknown_status():
    found = read(message().replace(b"01 Aan te leveren", b"01").replace(b"003 Taxatierapport", b"999"))
    assert found.rows[1].status == Coded("01") and found.rows[1].kind == Coded("999")
    assert found.rows[1].description == "Taxatierapport onderpand" and found.rows[1].doubts == ()
    found = read(message().replace(b"01 Aan te leveren", b"42 Iets nieuws"))
    assert found.rows[1].status == Coded("42", "Iets nieuws") and found.rows[1].doubts == ("De status is onbekend.",)
    found = read(message().replace(b"003 Taxatierapport", b"Taxatierapport"))
    assert found.rows[1].kind == Coded("", "Taxatierapport")
    assert found.rows[1].doubts == ("De code van het soort document ontbreekt.",)


def test_what_is_not_known_is_kept_by_its_name():
    new = "<Nieuw>waarde</Nieuw><StatusKetenPartij><DocumentStatus>04 Akkoord</DocumentStatus></StatusKetenPartij>"
    [row] = read(message(HEADER, ASKED.replace("<SoortDocument>", f"{new}<SoortDocument>"))).rows
    assert row.unknown == (("nieuw", "waarde"),) and row.status.code == "01"


def test_the_same_message_has_the_same_fingerprint_and_another_status_another():
    assert read(message()).digest == read(message()).digest == read(record(message(), sender="9")).digest
    later = read(message().replace(b"07 Afgekeurd", b"04 Akkoord"))
    assert later.digest != read(message()).digest and later.rows[0].number == read(message()).rows[0].number


def test_two_rows_of_one_kind_are_two_and_two_of_one_number_are_doubted():
    again = ASKED.replace("1002", "1003").replace("onderpand", "tweede woning")
    found = read(message(HEADER, ASKED, again))
    assert [row.description for row in found.rows] == ["Taxatierapport onderpand", "Taxatierapport tweede woning"]
    assert found.doubts == ()
    assert read(message(HEADER, ASKED, ASKED)).doubts == (
        "Twee documenten hebben hetzelfde nummer van de maatschappij.",
    )


@pytest.mark.parametrize(
    ("old", "new", "doubt"),
    [
        ("<DocumentMijNr>1001</DocumentMijNr>", "", "Het nummer van de maatschappij ontbreekt."),
        ("Handtekening werkgever ontbreekt.", "", "De maatschappij zegt niet waarom."),
        ('IDREF="NA01"', 'IDREF="NA99"', "De persoon bij dit document staat niet in het bericht."),
        ("<DocumentStatusDt>2025-06-02", "<DocumentStatusDt>gisteren", "De datum van de status is niet te lezen."),
        ("<DocumentStatusDt>2025-06-02", "<DocumentStatusDt>2025-02-30", "De datum van de status is niet te lezen."),
        ("<DocumentStatusDt>2025-06-02", "<DocumentStatusDt>9999-06-02", "De datum van de status is niet te lezen."),
    ],
)
def test_one_bad_value_spoils_no_message(old, new, doubt):
    found = read(message(HEADER, REJECTED.replace(old, new), ASKED, PERSON))
    assert found.rows[0].doubts == (doubt,) and found.rows[1].doubts == ()


def test_dates_flags_and_homes_as_others_write_them():
    more = "<UitersteAanleverDt>15-07-2025</UitersteAanleverDt><OpgevraagdViaBronJN>J Ja</OpgevraagdViaBronJN>"
    more += '<OriginelenAanleverenJN>J</OriginelenAanleverenJN><Object IDREF="OB01"/>'
    row = ASKED.replace("<OrginelenAanleverenJN>N Nee</OrginelenAanleverenJN>", more)
    row = row.replace("2025-06-02", "2025-01-02T09:30:00").replace(
        "<DocumentStatusTijd>10:14:00</DocumentStatusTijd>", ""
    )
    [row] = read(message(HEADER, row)).rows
    assert row.due_on == dt.date(2025, 7, 15) and row.from_source and row.originals and row.object_ref == "OB01"
    assert row.status_at == dt.datetime(2025, 1, 2, 8, 30, tzinfo=dt.UTC)


def test_a_time_that_is_none_leaves_the_day():
    [row] = read(message(HEADER, ASKED.replace("10:14:00", "25:99:00"))).rows
    assert row.status_at == dt.datetime(2025, 6, 1, 22, 0, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"%PDF-1.7",
        b"<",
        b"<DocumentAanvraagBericht>",
        message()[:-40],
        message(HEADER, DATA),
        message(root="DocumentBericht"),
        message(root="OfferteAanvraag"),
        message().replace(b"UTF-8", b"UTF-42"),
        message().replace(b"Testbank", b"Test\xff\xfebank"),
        b"{",
        b"[]",
        b'{"message": {"data": 3}}',
        b'{"message": {"data": "@@@@"}}',
        b'{"header": [], "message": {"data": ""}}',
        b"[" * 100_000,
        record(message(), requestSchema={"messageType": "OX Offerte"}),
        record(b"\x00\x01"),
    ],
)
def test_what_is_no_document_request_is_refused_in_words(data):
    with pytest.raises(Unreadable) as refusal:
        read(data)
    assert str(refusal.value).endswith(".")


BOMB = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else "ha"}">' for n in range(9))


@pytest.mark.parametrize(
    "prolog",
    [
        '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE x [<!ENTITY e SYSTEM "http://127.0.0.1:9/">]>',
        '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">',
        '<!DOCTYPE x [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]>',
        f"<!DOCTYPE x [{BOMB}]>",
        "<!DOCTYPE x>",
    ],
)
def test_a_dtd_is_refused_whatever_it_wants(prolog):
    data = message(HEADER, ASKED.replace("Taxatierapport onderpand", "&e;" if "ENTITY e" in prolog else "x"))
    hostile = data.replace(b"\n<Doc", prolog.encode() + b"\n<Doc", 1)
    for sent in (hostile, record(hostile)):
        with pytest.raises(Unreadable, match="DTD"):
            read(sent)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (message(HEADER, ASKED, "<a>" * 40 + "</a>" * 40), "zit anders in elkaar"),
        (b"<a>" * 1_000_000, "zit anders in elkaar"),
        (message(HEADER, ASKED, "<a/>" * (hdn_file.MOST_ELEMENTS + 1)), "zit anders in elkaar"),
        (message(HEADER, *[ASKED] * (hdn.MOST_ROWS + 1)), "meer dan 999 documenten"),
        (message(HEADER, ASKED, " " * hdn_file.LARGEST), "te groot"),
        (b"{" + b" " * hdn_file.LARGEST_RECORD, "te groot"),
    ],
    ids=["deep", "deeper", "many", "rows", "large", "large-record"],
)
def test_what_is_beyond_measure_is_refused_soon(data, said):
    begun = time.process_time()
    with pytest.raises(Unreadable, match=said):
        read(data)
    assert time.process_time() - begun < 5


def test_references_that_go_round_or_lead_to_everything_cost_nothing():
    to_all = ASKED.replace("</DocumentKenmerk>", '<Hypotheekgever IDREF="R"/></DocumentKenmerk>')
    rows = to_all * hdn.MOST_ROWS
    circle = '<Hypotheekgever ID="A" IDREF="B"/><Hypotheekgever ID="B" IDREF="A"/>'
    first = ASKED.replace("</DocumentKenmerk>", '<Hypotheekgever IDREF="A"/></DocumentKenmerk>')
    begun = time.process_time()
    found = read(message(HEADER, rows, PERSON, "<x><y/></x>" * 10_000, attributes=' ID="R"'))
    assert len(found.rows) == hdn.MOST_ROWS and found.rows[0].party is None
    assert read(message(HEADER, first, circle)).rows[0].party is None
    assert time.process_time() - begun < 5


def test_a_long_chain_of_references_ends_the_search():
    chain = "".join(f'<x ID="A{number}" IDREF="A{number + 1}"/>' for number in range(15_000))
    first = ASKED.replace("</DocumentKenmerk>", '<Hypotheekgever IDREF="A0"/></DocumentKenmerk>')
    assert read(message(HEADER, first, chain)).rows[0].party is None


def test_rows_within_rows_and_many_attributes_cost_no_time():
    nested = "<DocumentKenmerk>" * 20 + "<a/>" * 40_000 + "</DocumentKenmerk>" * 20
    attributes = " ".join(f'a{number}="1"' for number in range(300_000))
    begun = time.process_time()
    assert len(read(message(HEADER, nested)).rows) == 20
    with pytest.raises(Unreadable, match="zit anders in elkaar"):
        read(message(HEADER, ASKED.replace("<DocumentKenmerk", f"<DocumentKenmerk {attributes}")))
    assert time.process_time() - begun < 5


def test_a_text_beyond_measure_is_cut_and_said():
    [row] = read(message(HEADER, ASKED.replace("1002", "9" * 5000).replace("onderpand", "x" * 90_000))).rows
    assert (len(row.number), len(row.description)) == (hdn.NUMBER, hdn.NAME)
    assert row.doubts == ("Een tekst bij dit document is te lang; een deel is weggelaten.",)


@pytest.mark.parametrize(("said", "is_so"), [("J Ja", True), ("j", True), ("Ja", True), ("N Nee", False), ("n", False)])
def test_what_the_lender_gets_itself_however_it_is_written(said, is_so):
    more = f"<OpgevraagdViaBronJN>{said}</OpgevraagdViaBronJN></DocumentKenmerk>"
    [row] = read(message(HEADER, ASKED.replace("</DocumentKenmerk>", more))).rows
    assert row.from_source is is_so


WHOLE = [message(), record(message()), message().decode().replace("UTF-8", "UTF-16").encode("utf-16")]
PIECES = [
    b"<",
    b"</DocumentKenmerk>",
    b"<!--",
    b"]]>",
    b"&#0;",
    b"\x00",
    b"\xff",
    b"99:99:99",
    b'IDREF="NA01"',
    b"{",
    b'"',
    b"\\ud800",
]


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(WHOLE),
    st.lists(
        st.tuples(st.integers(0, 4000), st.integers(0, 80), st.sampled_from(PIECES) | st.binary(max_size=9)), max_size=6
    ),
)
def test_a_damaged_message_is_read_or_refused_in_words(data, damage):
    for at, length, piece in damage:
        data = data[:at] + piece + data[at + length :]
    try:
        found = read(data)
    except Unreadable:
        return
    assert found.rows and found.xml


def test_signs_that_cannot_be_kept_are_left_out():
    [row] = read(message(HEADER, ASKED.replace("onderpand", "onder&#x85;pand  <![CDATA[<b>]]>"))).rows
    assert row.description == "Taxatierapport onderpand <b>"


def test_rows_the_most_that_hdn_allows_are_read_soon():
    rows = "".join(REJECTED.replace("1001", str(number)) for number in range(hdn.MOST_ROWS))
    begun = time.process_time()
    assert len(read(message(HEADER, rows, PERSON)).rows) == hdn.MOST_ROWS
    assert time.process_time() - begun < 3

"""A lender's document request, from the file to the list of the dossier; what it rejects is put in other words."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.look import axe, screenshot
from tests.browser.steps import new_dossier, new_relation

MESSAGE = """<?xml version="1.0" encoding="UTF-8"?>
<DocumentAanvraagBericht><Header><VerzenderNrHDN>000001</VerzenderNrHDN>
<VerzenderNaam>Testbank</VerzenderNaam><AanvraagVolgNr>{number}</AanvraagVolgNr></Header>
<DocumentKenmerk><SoortDocument>009 Werkgeversverklaring</SoortDocument>
<SoortDocumentOmschr>Werkgeversverklaring</SoortDocumentOmschr><DocumentMijNr>1</DocumentMijNr>
<DocumentStatus>07 Afgekeurd</DocumentStatus><DocumentStatusOmschr>HT mist cf. 3.2</DocumentStatusOmschr>
<DocumentStatusDt>2026-06-02</DocumentStatusDt><DocumentStatusTijd>10:00:00</DocumentStatusTijd>
<Hypotheekgever IDREF="A"/></DocumentKenmerk>
<DocumentKenmerk><SoortDocument>003 Taxatierapport</SoortDocument>
<SoortDocumentOmschr>Taxatierapport</SoortDocumentOmschr><DocumentMijNr>2</DocumentMijNr>
<DocumentStatus>01 Aan te leveren</DocumentStatus><DocumentStatusDt>2026-06-02</DocumentStatusDt>
<DocumentStatusTijd>10:00:00</DocumentStatusTijd></DocumentKenmerk>
<PartijNAWData ID="A"><GeboorteAchternaam>{surname}</GeboorteAchternaam>
<GeboorteDt>{birth_date:%Y-%m-%d}</GeboorteDt></PartijNAWData></DocumentAanvraagBericht>"""


@pytest.mark.requirement("U-033", "U-034", "U-041", side="crm")
def test_a_document_request_is_linked_looked_at_and_processed(as_assistant: Page, size: str) -> None:
    page = as_assistant
    person = new_relation(page)
    new_dossier(page)
    about = {"surname": person.surname, "birth_date": person.birth_date, "number": f"A-{person.surname}-{size}"}
    file = {"name": "da.xml", "mimeType": "text/xml", "buffer": MESSAGE.format(**about).encode()}
    page.goto("/hdn")
    expect(page.locator("main")).to_contain_text("Er wacht geen documentaanvraag.")
    axe(page)
    page.get_by_label("Bestand van HDN").set_input_files([file])
    page.get_by_role("button", name="Inlezen").click()
    expect(page.locator("main")).to_contain_text("Bij welk dossier hoort dit?")
    axe(page)
    page.get_by_role("button", name=person.surname).click()
    expect(page.locator("main")).to_contain_text("Wat dit bericht doet")
    expect(page.get_by_role("listitem").filter(has_text="Werkgeversverklaring")).to_contain_text(person.first_name)
    expect(page.get_by_role("listitem").filter(has_text="Taxatierapport")).to_contain_text("Aan te leveren")
    axe(page)
    screenshot(page, f"hdn-{size}")
    words = page.get_by_label("Wat de klant leest")
    expect(words).to_have_value("HT mist cf. 3.2")
    words.fill("De handtekening van de werkgever ontbreekt.")
    page.get_by_role("button", name="Verwerken").click()
    expect(page.locator("main")).to_contain_text("Wat dit bericht deed")
    page.locator("main").get_by_role("link", name="Aankoop woning").click()
    feed = page.get_by_role("article").filter(has_text="Documentaanvraag van Testbank")
    expect(feed).to_contain_text("nieuw: 2")

    page.goto("/hdn")
    page.get_by_label("Bestand van HDN").set_input_files([file])
    page.get_by_role("button", name="Inlezen").click()
    expect(page.locator("main")).to_contain_text("Verwerkt")


ROW = """<DocumentKenmerk><SoortDocument>014 Aanslag IB</SoortDocument>
<SoortDocumentOmschr>Aanslag {number}</SoortDocumentOmschr><DocumentMijNr>{number}</DocumentMijNr>
<DocumentStatus>01 Aan te leveren</DocumentStatus><DocumentStatusDt>2026-06-02</DocumentStatusDt>
<DocumentStatusTijd>10:00:00</DocumentStatusTijd><Archiefcode>ZX-{number}</Archiefcode></DocumentKenmerk>"""


@pytest.mark.parametrize("size", ["390"], indirect=True)
def test_a_long_document_request_shows_how_far_it_is(as_assistant: Page, size: str) -> None:
    page = as_assistant
    person = new_relation(page)
    new_dossier(page)
    dossier = page.url.partition("?")[0].rpartition("/")[2]
    head, _, rest = MESSAGE.partition("<DocumentKenmerk>")
    many = "".join(ROW.format(number=number) for number in range(100, 220))
    about = {"surname": person.surname, "birth_date": person.birth_date, "number": f"L-{person.surname}"}
    whole = head.format(**about) + many + "<PartijNAWData" + rest.partition("<PartijNAWData")[2].format(**about)
    page.goto(f"/hdn?dossier={dossier}")
    file = {"name": "da.xml", "mimeType": "text/xml", "buffer": whole.encode()}
    page.get_by_label("Bestand van HDN").set_input_files([file])
    page.get_by_role("button", name="Inlezen").click()
    expect(page.get_by_role("listitem").filter(has_text="Aanslag 107")).to_contain_text("Niet begrepen, en bewaard:")
    page.get_by_role("button", name="Verwerken").click()
    expect(page.locator("main")).to_contain_text("wordt verwerkt: 40 van 120")
    axe(page)
    screenshot(page, f"hdn-busy-{size}")
    expect(page.locator("main")).to_contain_text("Wat dit bericht deed", timeout=60_000)
    expect(page.locator("main")).to_contain_text("120")

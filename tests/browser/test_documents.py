"""Documents at work: many files at once, one that is refused, the preview, Publiek, a newer version."""

import io
import re
from pathlib import Path

import pikepdf
import pytest
from PIL import Image
from playwright.sync_api import Page, Route, expect

from tests.browser.look import axe, screenshot
from tests.browser.steps import new_dossier, new_relation

PAGES = 3


def pdf() -> bytes:
    """Some pages with a word on each, and a script that starts by itself."""
    made, out = pikepdf.new(), io.BytesIO()
    font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
    for number in range(PAGES):
        made.add_blank_page()
        page = made.pages[-1]
        page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
        page.Contents = made.make_stream(f"BT /F1 24 Tf 72 700 Td (Loonstrook {number + 1}) Tj ET".encode())
    made.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")
    made.save(out)
    return out.getvalue()


def photo() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (900, 1600), "teal").save(out, "JPEG")
    return out.getvalue()


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """A PDF, a photo, and a program that calls itself a photo."""
    made = {"Loonstrook oktober.pdf": pdf(), "paspoort.jpg": photo(), "foto.jpg": b"MZ" + bytes(200)}
    for name, content in made.items():
        (tmp_path / name).write_bytes(content)
    return [tmp_path / name for name in made]


@pytest.fixture
def documents(as_assistant: Page) -> Page:
    """The tab Documenten of a new dossier."""
    new_relation(as_assistant)
    new_dossier(as_assistant)
    as_assistant.get_by_role("link", name="Documenten", exact=True).click()
    expect(as_assistant.locator("form[data-ready]")).to_be_visible()
    return as_assistant


@pytest.mark.requirement("U-047", "U-048", side="crm")
def test_files_are_added_looked_at_and_made_public(documents: Page, files: list[Path], size: str) -> None:
    page = documents
    expect(page.locator("main")).to_contain_text("Nog geen documenten.")
    axe(page)
    page.get_by_label("Documenten toevoegen").set_input_files(files)
    expect(page.get_by_role("status").filter(has_text="3 van 3 bestanden ontvangen")).to_be_attached()
    expect(page.locator("#documents")).not_to_contain_text("Wordt gecontroleerd")
    expect(page.locator("#documents")).to_contain_text("Geweigerd Dit soort bestand kan hier niet.")
    axe(page)
    screenshot(page, f"documents-{size}")

    item = page.get_by_role("listitem").filter(has_text="Loonstrook oktober")
    button = item.get_by_role("button", name="Publiek")
    expect(button).to_have_attribute("aria-pressed", "false")
    button.press("Enter")
    button = page.get_by_role("listitem").filter(has_text="Loonstrook oktober").get_by_role("button", name="Publiek")
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(button).to_contain_text("aan")
    expect(button).to_be_focused()
    expect(button).to_have_css("background-color", "rgb(245, 159, 0)")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "false")

    page.get_by_role("link", name="Loonstrook oktober", exact=True).click()
    expect(page.locator("main")).to_contain_text("opdrachten die vanzelf starten")
    preview = page.get_by_role("region", name="Voorbeeld van Loonstrook oktober")
    expect(preview.locator("[data-drawn]").first).to_be_attached()
    expect(preview).to_contain_text("Loonstrook 1")
    expect(preview.get_by_label(re.compile("Bladzijde"))).to_have_count(PAGES)
    axe(page)
    screenshot(page, f"document-{size}")
    with page.expect_download() as download:
        page.get_by_role("link", name="Downloaden", exact=True).click()
    assert download.value.suggested_filename == "Loonstrook oktober.pdf"
    assert b"JavaScript" not in Path(download.value.path()).read_bytes()


def test_a_newer_version_and_the_feed(documents: Page, files: list[Path]) -> None:
    page = documents
    page.get_by_label("Documenten toevoegen").set_input_files(files[0])
    page.get_by_role("link", name="Loonstrook oktober", exact=True).click()
    page.get_by_role("link", name="Versies").click()
    expect(page.get_by_label("Nieuwe versie toevoegen")).to_be_visible()
    axe(page)
    page.get_by_label("Nieuwe versie toevoegen").set_input_files(files[1])
    expect(page.locator("main")).to_contain_text("Versie 2 paspoort.jpg")
    expect(page.get_by_role("listitem").filter(has_text="Versie 2")).to_contain_text("Gecontroleerd")
    page.get_by_role("link", name="Bewerken").click()
    expect(page.get_by_label("Naam")).to_have_value("Loonstrook oktober")
    axe(page)
    page.get_by_label("Naam").fill("Paspoort")
    page.get_by_label("Datum op het document").fill("2026-10-01")
    page.get_by_role("button", name="Opslaan").click()
    expect(page.get_by_role("heading", name="Paspoort")).to_be_visible()
    page.get_by_role("link", name=re.compile("Aankoop woning")).click()
    page.get_by_role("link", name="Feed", exact=True).click()
    expect(page.get_by_role("article").filter(has_text="Documenten toegevoegd")).to_contain_text("Loonstrook oktober")


def test_files_can_be_dropped_and_one_that_is_too_large_is_told_before_it_is_sent(documents: Page) -> None:
    page = documents
    page.evaluate("""() => {
        const data = new DataTransfer();
        data.items.add(new File([new Uint8Array(200)], "klein.pdf"));
        data.items.add(new File([new Uint8Array(26e6)], "groot.pdf"));
        document.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
    }""")
    large = page.locator(".upload-one").filter(has_text="groot.pdf")
    expect(large).to_contain_text("te groot: hoogstens 25 MB")
    expect(large.get_by_role("button")).to_have_count(0)
    expect(page.locator("#documents")).to_contain_text("klein")
    expect(page.locator("#documents")).not_to_contain_text("groot")


def test_an_upload_is_tried_again_when_the_line_breaks(documents: Page, files: list[Path], troubles: list[str]) -> None:
    page = documents
    page.route("**/upload", lambda route: route.abort("connectionreset"), times=1)
    page.get_by_label("Documenten toevoegen").set_input_files(files[1])
    row = page.locator(".upload-one").filter(has_text="paspoort.jpg")
    expect(row).to_contain_text("de verbinding viel weg")
    axe(page)
    row.get_by_role("button", name="Opnieuw").click()
    expect(page.locator("#documents")).to_contain_text("paspoort")
    troubles.clear()


def test_what_is_in_does_not_wait_for_long_for_a_slow_one(documents: Page, files: list[Path]) -> None:
    page = documents
    seen, held = [], list[Route]()

    def hold_second(route: Route) -> None:
        seen.append(route)
        held.append(route) if len(seen) == 2 else route.continue_()

    page.route("**/documents/files", hold_second)
    page.get_by_label("Documenten toevoegen").set_input_files(files[:2])
    rows = page.locator(".upload-one")
    expect(rows.filter(has_text=files[0].name)).to_contain_text("wordt opgeslagen")
    expect(rows.filter(has_text=files[0].name)).to_have_count(0)  # it is a document now, and its line is gone
    expect(rows.filter(has_text=files[1].name)).to_contain_text("bezig met versturen")
    held[0].continue_()
    expect(rows).to_have_count(0)


def test_files_keep_the_order_in_which_they_were_chosen(documents: Page, tmp_path: Path) -> None:
    page = documents
    chosen = [tmp_path / f"{name}.jpg" for name in ("voorkant", "achterkant")]
    for shade, path in enumerate(chosen):
        Image.new("RGB", (60, 40), (200, shade, 0)).save(path, "JPEG")
    held: list[Route] = []
    page.route("**/documents/files", lambda route: route.continue_() if held else held.append(route))
    page.get_by_label("Documenten toevoegen").set_input_files(chosen)
    expect(page.locator(".upload-one").filter(has_text="achterkant")).to_contain_text("wordt opgeslagen")
    held[0].continue_()
    names = page.locator("#documents .fw-medium")  # the newest on top
    expect(names).to_have_text(["achterkant", "voorkant"])


@pytest.fixture
def many(tmp_path: Path) -> list[Path]:
    """Nine small photos, no two the same."""
    chosen = [tmp_path / f"foto-{number}.jpg" for number in range(9)]
    for number, path in enumerate(chosen):
        Image.new("RGB", (60, 40), (number, 0, 0)).save(path, "JPEG")
    return chosen


def test_many_files_share_requests_and_one_can_be_stopped(documents: Page, many: list[Path]) -> None:
    page, sent, held = documents, list[str](), list[Route]()

    def hold_first_of_more(route: Route) -> None:
        sent.append(route.request.headers["x-sizes"])
        held.append(route) if "," in sent[-1] and not held else route.continue_()

    page.route("**/documents/files", hold_first_of_more)
    page.get_by_label("Documenten toevoegen").set_input_files(many)
    rows = page.locator(".upload-one")
    sending = rows.filter(has_text="bezig met versturen")
    expect(sending).to_have_count(2)
    stopped = sending.first.locator("[data-name]").inner_text()
    sending.first.get_by_role("button", name="Stoppen").click()
    row = rows.filter(has_text=stopped)
    expect(row).to_contain_text("gestopt")
    expect(page.locator("#documents .fw-medium")).to_have_count(len(many) - 1)
    row.get_by_role("button", name="Opnieuw").click()
    expect(page.locator("#documents .fw-medium")).to_have_count(len(many))
    assert len(held) == 1, "two files went in one request"


def test_a_file_that_cannot_be_read_takes_no_other_with_it(
    documents: Page, many: list[Path], troubles: list[str]
) -> None:
    page, held = documents, list[Route]()
    page.route("**/documents/files", lambda route: held.append(route) if len(held) < 3 else route.continue_())
    page.get_by_label("Documenten toevoegen").set_input_files(many)
    expect(page.locator(".upload-one").filter(has_text="bezig met versturen")).to_have_count(3)
    many[5].unlink()
    for route in held:
        route.continue_()
    # By itself, Chromium takes a file that is gone for an empty one.
    expect(page.locator(".upload-one").filter(has_text="foto-5")).to_contain_text("Dit bestand is leeg")
    expect(page.locator("#documents .fw-medium")).to_have_text([f"foto-{one}" for one in (8, 7, 6, 4, 3, 2, 1, 0)])
    troubles.clear()

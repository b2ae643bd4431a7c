"""Each hostile file gets its verdict within the limits, and what is taken in has nothing but its content left."""

import base64
import json
import os
import re
import subprocess
import sys
import zlib
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from PIL import Image

from crm.documents import checking, inspect_pdf, sandbox, sniff
from crm.documents.antivirus import Found
from crm.documents.reasons import ELSEWHERE, REASONS, REMOVED
from tests.crm.documents import hostile

HOUSE = Path(__file__).parents[3]

# All files one after the other in a process of its own, so that what its children took is known.
ALL = """
import json, resource, sys
from pathlib import Path
from crm.documents import sandbox

def spent():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime, used.ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)

corpus, results = Path(sys.argv[1]), Path(sys.argv[2])
outcome = {}
for source in sorted(corpus.iterdir()):
    folder, again = results / source.name, results / (source.name + ".then")
    folder.mkdir()
    again.mkdir()
    before, _ = spent()
    verdict = sandbox.inspect(source, folder)
    after, peak = spent()
    outcome[source.name] = {
        "refused": verdict.refused,
        "mimetype": verdict.mimetype,
        "pages": verdict.pages,
        "safe": str(verdict.safe or ""),
        "thumbnail": str(verdict.thumbnail or ""),
        "removed": verdict.removed,
        "attachments": [str(path) for path in verdict.attachments],
        "cpu": after - before,
        "peak": peak,
        "then": sandbox.inspect(corpus / "good.xlsx", again).refused,
    }
json.dump(outcome, sys.stdout)
"""


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory):
    """What became of every file: its verdict, seconds of CPU, the most MiB so far, and what a good one then got."""
    corpus, results = tmp_path_factory.mktemp("hostile"), tmp_path_factory.mktemp("results")
    for name, (make, _) in hostile.FILES.items():
        (corpus / name).write_bytes(make())
    for name, make in hostile.GOOD.items():
        (corpus / name).write_bytes(make())
    said = subprocess.run(
        [sys.executable, "-c", ALL, corpus, results],
        env=os.environ | {"PYTHONPATH": str(HOUSE)},
        check=True,
        capture_output=True,
    )
    return json.loads(said.stdout)


@pytest.mark.parametrize("name", hostile.FILES)
def test_hostile_file(verdicts, name):
    verdict = verdicts[name]
    assert verdict["refused"] == hostile.FILES[name][1]
    assert bool(verdict["safe"]) == (verdict["refused"] == "")
    assert verdict["cpu"] < 6
    assert verdict["then"] == ""


@pytest.mark.parametrize("name", hostile.GOOD)
def test_good_file(verdicts, name):
    verdict = verdicts[name]
    assert verdict["refused"] == ""
    assert verdict["mimetype"] == sniff.sniff(Path(verdict["safe"])) or name.endswith(("heic", "webp", "tiff"))
    assert bool(verdict["thumbnail"]) == (verdict["pages"] > 0)


def test_no_child_took_more_memory_than_it_may(verdicts):
    assert 50 < max(verdict["peak"] for verdict in verdicts.values()) < 1024


def safe(verdict) -> Path:
    return Path(verdict["safe"])


@pytest.mark.parametrize("name", ["good.jpg", "good.heic", "jpeg-with-zip.jpg"])
def test_a_photo_is_upright_and_has_nothing_but_pixels(verdicts, name):
    assert verdicts[name]["removed"] == ["metadata"]
    content = safe(verdicts[name]).read_bytes()
    for trace in (b"Exif", b"Telefoon", b"thuis gemaakt", b"PK\x03\x04", hostile.EICAR):
        assert trace not in content
    with Image.open(safe(verdicts[name])) as image:
        assert image.size == (900, 1200) and not image.getexif()
        top, bottom = image.convert("L").resize((1, 2)).get_flattened_data()
    assert top != bottom
    with Image.open(verdicts[name]["thumbnail"]) as image:
        assert image.size == (300, 400)


def test_colours_of_a_printer_become_those_of_a_screen(verdicts):
    with Image.open(safe(verdicts["cmyk.jpg"])) as image:
        assert image.mode == "RGB"
        assert all(abs(a - b) < 12 for a, b in zip(image.getpixel((5, 5)), (0xDF, 0xE4, 0xEA), strict=True))


def test_a_photo_of_200_megapixels_is_read_at_half_its_size(verdicts):
    with Image.open(safe(verdicts["200-megapixels.jpg"])) as image:
        assert image.size == (8160, 6120)


def test_of_moving_images_the_first_is_kept(verdicts):
    assert verdicts["10000-frames.webp"]["removed"] == ["frames"]
    with Image.open(safe(verdicts["10000-frames.webp"])) as image:
        assert image.getpixel((8, 8))[0] > 200


def test_no_page_of_a_scan_is_lost(verdicts):
    assert verdicts["good-3-pages.tiff"]["pages"] == 3
    with pikepdf.open(safe(verdicts["good-3-pages.tiff"])) as pdf:
        assert len(pdf.pages) == 3


def test_nothing_active_is_left(verdicts):
    verdict = verdicts["active.pdf"]
    assert verdict["removed"] == ["actions", "attachments", "drawn_form", "form", "javascript", "media"]
    assert [Path(path).read_bytes() for path in verdict["attachments"]] == [b"bijlage"]
    with pikepdf.open(safe(verdict)) as pdf:
        plain = safe(verdict).with_name("plain.pdf")
        pdf.save(plain, qdf=True, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    content = plain.read_bytes()
    for word in (b"JavaScript", b"/JS", b"alert", b"Launch", b"/AA", b"OpenAction", b"SubmitForm", b"/XFA", b"xdp"):
        assert word not in content
    for word in (b"RichMedia", b"EmbeddedFile", b"/EF", b"/AF", b"rekening"):
        assert word not in content
    assert b"https://example.nl" in content  # a link that somebody may click on stays


@pytest.mark.parametrize("name", ["pdf-with-zip.pdf", "good.pdf", "loop-of-tables.pdf", "encrypted-empty-password.pdf"])
def test_a_pdf_is_written_anew(verdicts, name):
    assert verdicts[name]["removed"] == []
    content = safe(verdicts[name]).read_bytes()
    assert b"PK\x03\x04" not in content and b"/Encrypt" not in content
    with pikepdf.open(safe(verdicts[name])) as pdf:
        assert len(pdf.pages) == verdicts[name]["pages"]


def test_attachments_are_pulled_out_as_they_are(verdicts):
    (attached,) = verdicts["eicar-attached.pdf"]["attachments"]
    assert Path(attached).read_bytes() == hostile.EICAR
    inner = [Path(path).read_bytes() for path in verdicts["eicar-attached-twice.pdf"]["attachments"]]
    assert inner[0].startswith(b"%PDF-") and inner[1] == hostile.EICAR
    (embedded,) = verdicts["eicar.docx"]["attachments"]
    assert Path(embedded).read_bytes() == hostile.EICAR


def test_active_content_is_found_by_what_it_is(verdicts):
    verdict = verdicts["disguised.pdf"]
    assert verdict["removed"] == ["actions", "attachments", "javascript"]
    with pikepdf.open(safe(verdict)) as pdf:
        assert "/OpenAction" not in pdf.Root
        assert [annotation.Subtype for annotation in pdf.pages[0].Annots] == ["/Link"]
        assert b"alert" not in b"".join(thing.unparse() for thing in pdf.objects)


def test_what_says_it_is_a_font_is_taken_out_all_the_same(verdicts):
    verdict = verdicts["attached-as-a-font.pdf"]
    assert verdict["removed"] == ["attachments", "drawn_form", "form"]
    assert [Path(path).read_bytes() for path in verdict["attachments"]] == [b"bijlage"]
    with pikepdf.open(safe(verdict)) as pdf:
        plain = safe(verdict).with_name("plain.pdf")
        pdf.save(plain, qdf=True, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    for word in (b"EmbeddedFile", b"/EF", b"bijlage", b"XFA", b"xdp"):
        assert word not in plain.read_bytes()


def test_a_font_with_the_name_of_something_active_stays(tmp_path):
    made = hostile.pdf()
    font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Courier)
    made.pages[0].Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(AF=font))
    verdict = inspected(tmp_path, hostile.written(made))
    assert verdict.removed == ()
    with pikepdf.open(verdict.safe) as pdf:
        assert pdf.pages[0].Resources.Font.AF.BaseFont == "/Courier"


def test_attachments_within_attachments_fill_no_disk(tmp_path):
    assert inspected(tmp_path, hostile.pdf_of_large_attachments_within()).refused == "bomb"
    assert sum(path.stat().st_size for path in (tmp_path / "results").iterdir()) <= 256 << 20


@pytest.mark.parametrize("coding", ["ASCII85Decode", "ASCIIHexDecode", "RunLengthDecode", "FlateDecode", "DCTDecode"])
def test_attachments_come_out_whatever_they_are_packed_in(tmp_path, coding):
    packed = {
        "ASCII85Decode": b"<~" + base64.a85encode(hostile.EICAR) + b"~>",
        "ASCIIHexDecode": hostile.EICAR.hex().encode() + b">",
        "RunLengthDecode": bytes([len(hostile.EICAR) - 1]) + hostile.EICAR + b"\x80",
        "FlateDecode": zlib.compress(hostile.EICAR)[:-4],
        "DCTDecode": hostile.EICAR,
    }
    made = hostile.pdf()
    made.attachments["a"] = b""
    made.attachments["a"].get_file().obj.write(packed[coding], filter=pikepdf.Name("/" + coding))
    verdict = inspected(tmp_path, hostile.written(made, stream_decode_level=pikepdf.StreamDecodeLevel.none))
    assert [path.read_bytes() for path in verdict.attachments] == [hostile.EICAR]


def test_a_signature_is_for_the_original_only(tmp_path):
    signed = hostile.pdf()
    signature = pikepdf.Dictionary(Type=pikepdf.Name.Sig, ByteRange=[0, 1, 2, 3], Contents=b"x" * 20)
    field = pikepdf.Dictionary(FT=pikepdf.Name.Sig, T="bank", V=signed.make_indirect(signature))
    signed.Root.AcroForm = pikepdf.Dictionary(Fields=[field], SigFlags=3)
    signed.Root.Perms = pikepdf.Dictionary(DocMDP=field.V)
    verdict = inspected(tmp_path, hostile.written(signed))
    assert verdict.removed == ("signature",) and b"ByteRange" not in verdict.safe.read_bytes()


def test_fonts_and_images_may_be_called_as_they_like(tmp_path):
    made = hostile.pdf()
    font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
    made.pages[0].Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(AF=font))
    made.Root.Old = pikepdf.Dictionary(S=pikepdf.Object.parse(b"/Stijl#ef"))  # a name in Latin-1
    made.Root.OpenAction = [made.pages[0].obj, pikepdf.Name.Fit]
    verdict = inspected(tmp_path, hostile.written(made))
    assert verdict.removed == ()
    with pikepdf.open(verdict.safe) as pdf:
        assert pdf.pages[0].Resources.Font.AF.BaseFont == "/Helvetica"


@pytest.mark.skipif(hostile.FILES["cropped.heic"][1] != "", reason="this libheif cannot read photos with a large crop")
def test_a_cropped_photo_stays_cropped(verdicts):
    with Image.open(safe(verdicts["cropped.heic"])) as image:
        assert image.size == (600, 450)


def inspected(folder: Path, content: bytes) -> sandbox.Verdict:
    (folder / "source").write_bytes(content)
    (folder / "results").mkdir()
    return sandbox.inspect(folder / "source", folder / "results")


def written(folder: Path, **files: bytes) -> list[Path]:
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return [folder / name for name in files]


def test_what_an_office_with_a_higher_limit_took_in_can_be_joined(tmp_path):
    large = hostile.pdf()
    large.Root.Thumb = large.make_stream(os.urandom(26 << 20))
    sources = written(tmp_path, one=hostile.written(large), two=hostile.plain_pdf())
    reason, found, made = checking.joined(sources, tmp_path, 2)
    assert (reason, found.pages) == ("", 4) and made.exists()


def test_photos_and_pdfs_become_one_pdf_in_order(tmp_path):
    sources = written(
        tmp_path,
        a=hostile.jpeg(),
        b=hostile.plain_pdf(),
        c=hostile.encoded(hostile.photo(5000, 3000), "PNG"),
        d=hostile.tiff_of_pages(2),
        e=hostile.heic(),
    )
    verdict = sandbox.join(sources, tmp_path / "joined.pdf", [0, 90])
    assert verdict.refused == "" and verdict.safe == tmp_path / "joined.pdf"
    assert verdict.pages == 8 and verdict.thumbnail.exists()
    with pikepdf.open(verdict.safe) as pdf:
        for page in pdf.pages:
            assert [round(float(side)) for side in page.mediabox[2:]] == [595, 842] or page.index == 4
        assert [round(float(side)) for side in pdf.pages[4].mediabox[2:]] == [842, 595]
        assert [int(page.get("/Rotate", 0)) for page in pdf.pages] == [0, 90, 0, 0, 0, 0, 0, 0]
        images = [image for page in pdf.pages for image in page.get_images().values()]
        assert len(images) == 5
        assert max(max(image.Width, image.Height) for image in images) == 3508


def test_a_photo_that_lies_gets_a_page_that_lies(tmp_path):
    sources = written(tmp_path, a=hostile.encoded(hostile.photo(), "JPEG"))
    verdict = sandbox.join(sources, tmp_path / "joined.pdf", [])
    with pikepdf.open(verdict.safe) as pdf:
        assert [round(float(side)) for side in pdf.pages[0].mediabox[2:]] == [842, 595]


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_pages_turn_clockwise(tmp_path, degrees):
    corner = Image.new("RGB", (400, 400), "white")
    corner.paste("black", (0, 0, 200, 200))
    sources = written(tmp_path, a=hostile.encoded(corner, "PNG"))
    verdict = sandbox.join(sources, tmp_path / "joined.pdf", [degrees])
    with pypdfium2.PdfDocument(verdict.safe) as document:
        page = document[0].render(scale=0.5).to_pil().convert("L")
    dark = {(0, 90, 180, 270).index(degrees): 0}
    around = [(0.25, 0.4), (0.75, 0.4), (0.75, 0.6), (0.25, 0.6)]
    seen = [page.getpixel((int(page.width * x), int(page.height * y))) for x, y in around]
    assert [value < 100 for value in seen] == [place in dark for place in range(4)]


def test_what_was_filled_in_on_a_form_stays(tmp_path):
    verdict = sandbox.join(written(tmp_path, a=filled_in()), tmp_path / "joined.pdf", [])
    with pypdfium2.PdfDocument(verdict.safe) as document:
        assert "Jansen" in document[0].get_textpage().get_text_bounded()


def filled_in() -> bytes:
    made = hostile.pdf()
    font = made.make_indirect(
        pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
    )
    field = made.make_indirect(
        pikepdf.Dictionary(
            Type=pikepdf.Name.Annot,
            Subtype=pikepdf.Name.Widget,
            FT=pikepdf.Name.Tx,
            T="naam",
            V="Jansen",
            Rect=[100, 700, 300, 720],
            DA="/Helv 12 Tf 0 g",
            F=4,
        )
    )
    made.pages[0].Annots = [field]
    fonts = pikepdf.Dictionary(Font=pikepdf.Dictionary(Helv=font))
    made.Root.AcroForm = pikepdf.Dictionary(Fields=[field], NeedAppearances=True, DR=fonts, DA="/Helv 12 Tf 0 g")
    return hostile.written(made)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (hostile.EICAR, "not_joinable"),
        (hostile.zipped(hostile.DOCX), "not_joinable"),
        (hostile.jpeg()[:5000], "unreadable"),
        (hostile.encrypted_pdf("geheim"), "password"),
        (hostile.pdf_of_many_pages(), "too_many_pages"),
        (b"", "empty"),
    ],
    ids=["text", "docx", "half", "password", "pages", "empty"],
)
def test_joining_says_which_file_is_wrong_and_leaves_nothing(tmp_path, content, reason):
    sources = written(tmp_path, a=hostile.plain_pdf(), b=content)
    verdict = sandbox.join(sources, tmp_path / "joined.pdf", [])
    assert (verdict.refused, verdict.source, verdict.safe) == (reason, 1, None)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


def test_every_reason_has_a_sentence():
    room = HOUSE / "crm" / "documents"
    files = [*room.glob("inspect*.py"), room / "pdf_streams.py", room / "sandbox.py"]
    code = "".join(path.read_text("utf-8") for path in files)
    given = set(re.findall(r"(?:Refusal\(|Verdict\(None, |\"refused\": )\"([a-z_]+)\"", code))
    given |= {Found(name).reason for name in ("Eicar", "Heuristics.Limits.Exceeded", "Heuristics.Encrypted.Zip")}
    assert given | {"not_accepted", "external", "not_checked", "gone"} == set(REASONS)
    kinds = {*inspect_pdf._KEYS.values(), *inspect_pdf._ACTIONS.values(), *inspect_pdf._ANNOTATIONS.values()}
    assert kinds | {"metadata", "frames"} | set(ELSEWHERE) == set(REMOVED)

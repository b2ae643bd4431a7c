"""Makes the hostile files that an upload must withstand: `python -m tests.crm.documents.hostile FOLDER`.

They are made anew each time and never committed. `FILES` says of each how to make it and what is to become of it.
"""

import functools
import io
import struct
import sys
import zipfile
import zlib
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import pi_heif
import pikepdf
import pillow_heif
from PIL import Image, ImageDraw

EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR" + b"-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"

NAMES = (
    "a" * 300 + ".pdf",
    "../../etc/passwd",
    "..\\..\\boot.ini",
    "nul\x00.pdf",
    "factuur\u202efdp.exe",
    "🏠📄.pdf",
    "CON.pdf",
    'x"\r\nSet-Cookie: a=b\r\n.pdf',
    "...",
    "caf\u00e9.pdf",
    "cafe\u0301.pdf",
    "",
    " .pdf",
    "-rf.pdf",
    "<script>alert(1)</script>.pdf",
    "{{7*7}}.pdf",
)


def photo(width: int = 1200, height: int = 900) -> Image.Image:
    """A page with text, in colour."""
    image = Image.new("RGB", (width, height), "#dfe4ea")
    draw = ImageDraw.Draw(image)
    for line in range(12):
        draw.text(
            (width / 12, height * (line + 1) / 14), f"Werkgeversverklaring regel {line}", "black", font_size=height / 24
        )
    return image


def encoded(image: Image.Image, kind: str, **options) -> bytes:
    made = io.BytesIO()
    image.save(made, kind, **options)
    return made.getvalue()


def _exif() -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned a quarter
    exif[0x010F] = "Telefoon"
    exif.get_ifd(0x8825).update({1: "N", 2: (52.0, 5.0, 7.0)})
    return exif


def jpeg() -> bytes:
    return encoded(photo(), "JPEG", exif=_exif(), comment=b"thuis gemaakt")


def heic(width: int = 1200, height: int = 900) -> bytes:
    pillow_heif.register_heif_opener()
    image = photo(width, height)
    image.info["exif"] = _exif().tobytes()  # the turn is written where HEIF has it, too
    return encoded(image, "HEIF", quality=50)


def pdf(pages: int = 1) -> pikepdf.Pdf:
    made = pikepdf.Pdf.new()
    for _ in range(pages):
        made.add_blank_page(page_size=(595, 842))
    return made


def written(made: pikepdf.Pdf, **options) -> bytes:
    out = io.BytesIO()
    made.save(out, **options)
    return out.getvalue()


def plain_pdf() -> bytes:
    made = pdf(3)
    made.pages[0].Contents = made.make_stream(b"0.2 0.4 0.6 rg 100 100 300 400 re f")
    return written(made)


def zeros(size: int) -> bytes:
    """`size` bytes of zero as zlib has them (a multiple of a MiB), without ever holding them."""
    squeeze = zlib.compressobj(9)
    block = bytes(1 << 20)
    first = squeeze.compress(block) + squeeze.flush(zlib.Z_FULL_FLUSH)
    again = squeeze.compress(block) + squeeze.flush(zlib.Z_FULL_FLUSH)
    end = b"\x03\x00" + struct.pack(">HH", size % 65521, 1)
    return first + again * (size // len(block) - 1) + end


def pdf_bomb() -> bytes:
    made = pdf()
    page = made.pages[0]
    page.Contents = made.make_stream(b"")
    page.Contents.write(
        zlib.compress(zlib.compress(zeros(2 << 30), 9), 9),
        filter=pikepdf.Array([pikepdf.Name.FlateDecode] * 3),
    )
    return written(made, stream_decode_level=pikepdf.StreamDecodeLevel.none, compress_streams=False)


def pdf_bomb_in_text() -> bytes:
    """1 GiB behind a second coding, as printers' software uses."""
    made = pdf()
    packed = zlib.compress(zeros(1 << 30), 9).hex().encode() + b">"
    made.pages[0].Contents = made.make_stream(b"")
    made.pages[0].Contents.write(
        packed, filter=pikepdf.Array([pikepdf.Name.ASCIIHexDecode, *[pikepdf.Name.FlateDecode] * 2])
    )
    return written(made, stream_decode_level=pikepdf.StreamDecodeLevel.none, compress_streams=False)


def pdf_bomb_in_objects() -> bytes:
    """2 GiB in the stream that the objects themselves stand in, which is read before anything else can be looked at."""
    packed = zlib.compress(zeros(2 << 30), 9)
    start = b"<< /Type /ObjStm /N 1 /First 4 /Filter [/FlateDecode /FlateDecode] /Length %d >> stream\n" % len(packed)
    objects = {1: b"<< /Type /Catalog /Pages 2 0 R >>", 3: PAGE, 4: start + packed + b"\nendstream"}
    out, places = b"%PDF-1.5\n", {}
    for number, content in objects.items():
        places[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    places[5] = len(out)
    rows = [
        b"\0" * 6,
        *(b"\1%s\0" % places[number].to_bytes(4) if number in places else b"\2\0\0\0\4\0" for number in range(1, 6)),
    ]
    table = b"".join(rows)
    out += b"5 0 obj\n<< /Type /XRef /W [1 4 1] /Size 6 /Root 1 0 R /Length %d >> stream\n%s" % (len(table), table)
    return out + b"\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % places[5]


def pdf_of_forms_in_forms() -> bytes:
    """Draws 10 ** 12 rectangles: a picture of ten pictures of ten pictures."""
    made = pdf()
    inner = None
    for _ in range(12):
        form = made.make_stream(b"/F Do " * 10 if inner is not None else b"0 0 1 1 re f")
        form.stream_dict = pikepdf.Dictionary(
            Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Form, BBox=[0, 0, 595, 842]
        )
        if inner is not None:
            form.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(F=inner))
        inner = form
    made.pages[0].Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(F=inner))
    made.pages[0].Contents = made.make_stream(b"/F Do")
    return written(made)


def raw_pdf(objects: list[bytes], trailer: bytes = b"/Root 1 0 R") -> bytes:
    out = b"%PDF-1.7\n"
    places = []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + b"trailer\n<< /Size %d %s >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, trailer, start)


PAGE = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>"


def pdf_of_many_pages() -> bytes:
    kids = b" ".join([b"3 0 R"] * 100_000)
    return raw_pdf(
        [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Count 100000 /Kids [" + kids + b"] >>", PAGE]
    )


def pdf_of_many_pages_that_says_one() -> bytes:
    return pdf_of_many_pages().replace(b"/Count 100000", b"/Count 1     ")


def pdf_with_loop_of_tables() -> bytes:
    made = raw_pdf([b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>", PAGE])
    start = int(made.split(b"startxref\n")[1].split(b"\n")[0])
    return made.replace(b"/Root 1 0 R", b"/Root 1 0 R /Prev %d" % start)


def pdf_with_loop_of_pages() -> bytes:
    return raw_pdf([b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Count 1 /Kids [2 0 R] /Parent 2 0 R >>"])


def pdf_nested() -> bytes:
    deep = b"[" * 10_000 + b"]" * 10_000
    return raw_pdf(
        [b"<< /Type /Catalog /Pages 2 0 R /Deep " + deep + b" >>", b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>", PAGE]
    )


def pdf_nested_dictionaries() -> bytes:
    deep = b"<< /A " * 10_000 + b"1" + b" >>" * 10_000
    return raw_pdf(
        [b"<< /Type /Catalog /Pages 2 0 R /Deep " + deep + b" >>", b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>", PAGE]
    )


def encrypted_pdf(user: str) -> bytes:
    return written(pdf(), encryption=pikepdf.Encryption(owner="geheim", user=user))


def active_pdf() -> bytes:
    """Active content in every place where viewers look for it, most of it within other dictionaries."""
    made = pdf(2)
    script = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")
    made.Root.OpenAction = script
    made.Root.AA = pikepdf.Dictionary(WC=made.make_indirect(script))
    made.Root.Names = pikepdf.Dictionary(JavaScript=pikepdf.Dictionary(Names=["a", script]))
    made.Root.AcroForm = pikepdf.Dictionary(XFA=made.make_stream(b"<xdp/>"), Fields=[])
    launch = pikepdf.Dictionary(S=pikepdf.Name.Launch, F="cmd.exe")
    made.pages[0].Annots = [
        made.make_indirect(
            pikepdf.Dictionary(
                Type=pikepdf.Name.Annot,
                Subtype=pikepdf.Name.Link,
                Rect=[0, 0, 99, 99],
                A=pikepdf.Dictionary(S=pikepdf.Name.URI, URI="https://example.nl", Next=[launch, launch]),
            )
        ),
        pikepdf.Dictionary(
            Type=pikepdf.Name.Annot,
            Subtype=pikepdf.Name.RichMedia,
            Rect=[0, 0, 99, 99],
            RichMediaContent=pikepdf.Dictionary(),
        ),
    ]
    made.pages[1].AA = pikepdf.Dictionary(O=pikepdf.Dictionary(S=pikepdf.Name.SubmitForm, F="http://example.nl"))
    made.attachments["rekening.txt"] = b"bijlage"
    return written(made)


def disguised_pdf() -> bytes:
    """Active content whose names are written otherwise, or stand elsewhere."""
    return raw_pdf(
        [
            b"<< /Type /Catalog /Pages 2 0 R /OpenAction 4 0 R >>",
            b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
            PAGE.replace(b">>", b"/Annots [<< /Subtype 7 0 R /Rect [0 0 9 9] /A 4 0 R >>] >>"),
            b"<< /S 5 0 R /J#53 6 0 R >>",
            b"/J#61vaScript",
            b"(app.alert(1))",
            b"/FileAttachment",
        ]
    )


def pdf_of_files_called_fonts() -> bytes:
    """An attachment and a form with scripts that say they are a font and an image."""
    return raw_pdf(
        [
            b"<< /Type /Catalog /Pages 2 0 R /Names << /EmbeddedFiles << /Type /Font /Names [(x.docm) 4 0 R] >> >>"
            b" /AcroForm << /Fields [] /XFA 6 0 R >> >>",
            b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
            PAGE,
            b"<< /Type /Filespec /F (x.docm) /EF << /Type /Font /F 5 0 R >> >>",
            b"<< /Type /EmbeddedFile /Length 7 >>\nstream\nbijlage\nendstream",
            b"<< /Subtype /Form /Length 6 >>\nstream\n<xdp/>\nendstream",
        ]
    )


def pdf_of_large_attachments_within() -> bytes:
    """An attached PDF with attachments that are within bounds one by one: 400 MiB of nothing."""
    inner = pdf()
    for number in range(4):
        inner.attachments[f"{number}.txt"] = bytes(100 << 20)
    return virus_in_pdf(written(inner, compress_streams=True))


def virus_in_pdf(content: bytes = EICAR) -> bytes:
    made = pdf()
    made.attachments["bijlage.txt"] = content
    return written(made, compress_streams=True)


def pdf_of_many_attachments() -> bytes:
    made = pdf()
    for number in range(101):
        made.attachments[f"{number}.txt"] = b"%d" % number
    return written(made)


def zipped(parts: dict[str, bytes | zipfile.ZipInfo], **options) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, **options) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
DOCX = {
    "[Content_Types].xml": b'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    b'<Override PartName="/word/document.xml" ContentType="' + WORD.encode() + b'"/></Types>',
    "word/document.xml": b'<w:document xmlns:w="urn:w"><w:body><w:t>Opdracht</w:t></w:body></w:document>',
}
XLSX = {
    "[Content_Types].xml": b"<Types/>",
    "xl/workbook.xml": b"<workbook><sheets/></workbook>",
}


def relation(kind: str, target: str) -> bytes:
    return (
        "<Relationships><Relationship "
        f'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}" '
        f'Target="{target}" TargetMode="External"/></Relationships>'
    ).encode()


def link(kind: str, target: str) -> bytes:
    """To another part of the file itself."""
    return relation(kind, target).replace(b' TargetMode="External"', b"")


BILLION_LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9))
    + b"]><l>&j;</l>"
)


def zip_with_link(parts: dict[str, bytes] = DOCX) -> bytes:
    link = zipfile.ZipInfo("word/link.xml")
    link.external_attr = 0o120777 << 16
    out = io.BytesIO(zipped(parts))
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr(link, "/etc/passwd")
    return out.getvalue()


@functools.cache
def zip_bomb() -> bytes:
    """1 GiB in 1 MB, as the part of a DOCX."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in DOCX.items():
            archive.writestr(name, content)
        with archive.open("word/media/image1.bmp", "w", force_zip64=True) as part:
            for _ in range(1024):
                part.write(bytes(1 << 20))
    return out.getvalue()


def lying_zip_bomb() -> bytes:
    """Says in both headers that its part is 100 bytes."""
    return (
        zip_bomb()
        .replace(struct.pack("<Q", 1 << 30), struct.pack("<Q", 100))
        .replace(struct.pack("<L", 1 << 30), struct.pack("<L", 100))
    )


def password_zip(parts: dict[str, bytes] = DOCX) -> bytes:
    """A DOCX, or another zip, whose parts say that they are encrypted."""
    made = bytearray(zipped(parts))
    for magic, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = made.find(magic)
        while at >= 0:
            made[at + offset] |= 1
            at = made.find(magic, at + 4)
    return bytes(made)


def zip_in_zip(content: bytes, depth: int) -> bytes:
    for level in range(depth):
        content = zipped({f"{level}.zip": content})
    return content


def png(width: int, height: int, rows: bytes, bits: int = 1) -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">L", len(content)) + kind + content + struct.pack(">L", zlib.crc32(kind + content))

    header = struct.pack(">LLBBBBB", width, height, bits, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def gif_of_many_frames() -> bytes:
    screen = b"GIF89a" + struct.pack("<HHBBB", 1, 1, 0x80, 0, 0) + bytes(3) + b"\xff" * 3
    frame = (
        b"\x21\xf9\x04\x00\x0a\x00\x00\x00" + b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\x00"
    )
    return screen + frame * 10_000 + b"\x3b"


def webp_of_many_frames() -> bytes:
    small = [Image.new("RGB", (16, 16), colour) for colour in ("red", "blue")]
    made = encoded(small[0], "WEBP", save_all=True, append_images=small[1:], lossless=True)
    start = made.find(b"ANMF")
    size = 8 + struct.unpack("<L", made[start + 4 : start + 8])[0]
    body = made[8:start] + made[start : start + size] * 10_000
    return b"RIFF" + struct.pack("<L", len(body)) + body


def tiff_of_pages(count: int) -> bytes:
    pages = [photo(600, 800) for _ in range(count)]
    return encoded(pages[0], "TIFF", save_all=True, append_images=pages[1:], compression="jpeg")


def large_jpeg() -> bytes:
    """200 megapixels, as the largest telephones make them."""
    return encoded(Image.linear_gradient("L").resize((16320, 12240)).convert("RGB"), "JPEG", quality=60)


@functools.cache
def heic_of_64_megapixels() -> bytes:
    """As telephones make them; in grey, as making it in colour takes 2 GB. One of 200 is made of tiles."""
    pillow_heif.register_heif_opener()
    return encoded(Image.new("L", (9216, 6912), 128), "HEIF", quality=10, enc_params={"preset": "ultrafast"})


def heic_saying(width: int, height: int) -> bytes:
    """A HEIC of 1200 × 900 that says it is of another size."""
    made = heic()
    at = made.find(b"ispe") + 8
    return made[:at] + struct.pack(">LL", width, height) + made[at + 8 :]


def cropped_heic() -> bytes:
    """A HEIC of 1200 × 900 of which only the 600 × 450 in the middle are to be seen, as telephones crop."""
    pillow_heif.register_heif_opener()
    made = encoded(photo(), "HEIF", quality=50)
    # The box that crops (clap) comes in the place of that of the colours, which is smaller: all behind it moves on.
    at = made.find(b"colr") - 4
    size = struct.unpack(">L", made[at : at + 4])[0]
    crop = struct.pack(">L4sLLLLLLLL", 40, b"clap", 600, 1, 450, 1, 0, 1, 0, 1)
    moved = len(crop) - size
    start = struct.pack(">L", made.find(b"mdat") + 4)
    head = made[:at].replace(start, struct.pack(">L", made.find(b"mdat") + 4 + moved))
    for box in (b"meta", b"iprp", b"ipco"):
        place = head.find(box) - 4
        grown = struct.unpack(">L", head[place : place + 4])[0] + moved
        head = head[:place] + struct.pack(">L", grown) + head[place + 4 :]
    order = bytes([4, 0x81, 2, 3, 4]), bytes([4, 0x81, 3, 4, 0x82])  # the crop last, and not to be passed over
    return head + crop + made[at + size :].replace(*order, 1)


def mail_with_virus() -> bytes:
    message = EmailMessage()
    message["Subject"] = "Stukken"
    message.set_content("Zie bijlage")
    message.add_attachment(EICAR, maintype="application", subtype="octet-stream", filename="stuk.pdf")
    return message.as_bytes()


OK = ""
# Name of the file: how it is made, and the reason why it is refused ("" when it is taken in).
FILES: dict[str, tuple[Callable[[], bytes], str]] = {
    "bomb.pdf": (pdf_bomb, "bomb"),
    "bomb-in-text.pdf": (pdf_bomb_in_text, "bomb"),
    "bomb-in-objects.pdf": (pdf_bomb_in_objects, "unreadable"),
    "forms-in-forms.pdf": (pdf_of_forms_in_forms, "unreadable"),
    "disguised.pdf": (disguised_pdf, OK),
    "100000-pages.pdf": (pdf_of_many_pages, "too_many_pages"),
    "100000-pages-says-1.pdf": (pdf_of_many_pages_that_says_one, "too_many_pages"),
    "loop-of-tables.pdf": (pdf_with_loop_of_tables, OK),
    "loop-of-pages.pdf": (pdf_with_loop_of_pages, "unreadable"),
    "nested.pdf": (pdf_nested, "unreadable"),
    "nested-dictionaries.pdf": (pdf_nested_dictionaries, "unreadable"),
    "encrypted.pdf": (lambda: encrypted_pdf("geheim"), "password"),
    "encrypted-empty-password.pdf": (lambda: encrypted_pdf(""), OK),
    "active.pdf": (active_pdf, OK),
    "101-attachments.pdf": (pdf_of_many_attachments, "bomb"),
    "attached-as-a-font.pdf": (pdf_of_files_called_fonts, OK),
    "400-MiB-attached-within.pdf": (pdf_of_large_attachments_within, "bomb"),
    "30-MiB-attached.pdf": (lambda: virus_in_pdf(bytes(30 << 20)), "bomb"),
    "half.pdf": (lambda: plain_pdf()[:300], "unreadable"),
    "nothing.pdf": (lambda: b"%PDF-1.7\n", "unreadable"),
    "200-newlines.pdf": (lambda: b"\n" * 200 + plain_pdf(), OK),
    "2000-newlines.pdf": (lambda: b"\n" * 2000 + plain_pdf(), "not_accepted"),
    "html.pdf": (lambda: b"<html><script>alert(1)</script>" + plain_pdf(), OK),
    "pdf-with-zip.pdf": (lambda: plain_pdf() + zipped({"a.txt": EICAR}), OK),
    "zip-as.pdf": (lambda: zipped({"a.txt": EICAR}), "not_accepted"),
    "elf-as.pdf": (lambda: b"\x7fELF" + bytes(200), "not_accepted"),
    "exe-as.jpg": (lambda: b"MZ\x90\x00" + bytes(200), "not_accepted"),
    "svg-as.png": (lambda: b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "not_accepted"),
    "gif-with-script.gif": (lambda: b"GIF89a/*" + bytes(20) + b"*/=alert(1)", "not_accepted"),
    "10000-frames.gif": (gif_of_many_frames, "not_accepted"),
    "10000-frames.webp": (webp_of_many_frames, OK),
    "60000x60000.png": (lambda: png(60_000, 60_000, zlib.compress(bytes(7501))), "too_many_pixels"),
    "48-megapixels.png": (lambda: png(8000, 6000, zlib.compress(bytes(1001 * 6000), 9)), OK),
    "half.png": (lambda: encoded(photo(), "PNG")[:-3000], "unreadable"),
    "half.jpg": (lambda: jpeg()[:20_000], "unreadable"),
    "cmyk.jpg": (lambda: encoded(photo().convert("CMYK"), "JPEG"), OK),
    "jpeg-with-zip.jpg": (lambda: jpeg() + zipped({"a.txt": EICAR}), OK),
    "200-megapixels.jpg": (large_jpeg, OK),
    "png-of-200-megapixels.png": (lambda: png(16320, 12240, zlib.compress(bytes(2041 * 12240))), "too_many_pixels"),
    "64-megapixels.heic": (heic_of_64_megapixels, "too_many_pixels"),
    "says-200-megapixels.heic": (lambda: heic_saying(16320, 12240), "too_many_pixels"),
    "says-too-much.heic": (lambda: heic_saying(60_000, 60_000), "too_many_pixels"),
    "says-too-little.heic": (lambda: heic_saying(16, 16), "unreadable"),
    # libheif 1.23.0 reserves room for the crop only and then fails (strukturag/libheif#1856); later ones do not.
    "cropped.heic": (cropped_heic, "unreadable" if pi_heif.libheif_version() == "1.23.0" else OK),
    "half.heic": (lambda: heic()[:3000], "unreadable"),
    "mp4-as.heic": (lambda: struct.pack(">L", 24) + b"ftypisom" + bytes(300), "not_accepted"),
    "eicar.txt": (lambda: EICAR, "not_accepted"),
    "eicar.zip": (lambda: zipped({"a.com": EICAR}), "not_accepted"),
    "eicar-zip-in-zip.zip": (lambda: zip_in_zip(EICAR, 2), "not_accepted"),
    "15-deep.zip": (lambda: zip_in_zip(EICAR, 15), "not_accepted"),
    "3000-files.zip": (lambda: zipped({f"{n}.txt": b"x" for n in range(3000)}), "not_accepted"),
    "link.zip": (lambda: zip_with_link({}), "not_accepted"),
    "password.zip": (lambda: password_zip({"a.txt": EICAR}), "not_accepted"),
    "slip.zip": (lambda: zipped({"../../slip.txt": b"x"}), "not_accepted"),
    "eicar.eml": (mail_with_virus, "not_accepted"),
    "eicar-attached.pdf": (virus_in_pdf, OK),
    "eicar-attached-twice.pdf": (lambda: virus_in_pdf(virus_in_pdf()), OK),
    "eicar.docx": (lambda: zipped(DOCX | {"word/embeddings/a.docx": EICAR}), OK),
    "password.docx": (password_zip, "password"),
    "old-password.docx": (
        lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le"),
        "password",
    ),
    "6000-parts.docx": (lambda: zipped(DOCX | {f"word/{n}.txt": b"x" for n in range(6000)}), "bomb"),
    "100000-parts.docx": (lambda: zipped(DOCX | {f"{n}": b"" for n in range(100_000)}), "not_accepted"),
    "slip.docx": (lambda: zipped(DOCX | {"../../slip.xml": b"<x/>"}), "unreadable"),
    "link.docx": (zip_with_link, "unreadable"),
    "1-GiB.docx": (zip_bomb, "bomb"),
    "1-GiB-says-100.docx": (lying_zip_bomb, "unreadable"),
    "macros.docx": (lambda: zipped(DOCX | {"word/vbaProject.bin": b"x"}), "macros"),
    "macros-other-name.docx": (
        lambda: zipped(
            DOCX
            | {"[Content_Types].xml": DOCX["[Content_Types].xml"].replace(b"document.main", b"x.macroEnabled.main")}
        ),
        "macros",
    ),
    "object.xlsx": (lambda: zipped(XLSX | {"xl/embeddings/oleObject1.bin": b"x"}), "macros"),
    "object-elsewhere.docx": (
        lambda: zipped(
            DOCX | {"word/_rels/document.xml.rels": link("oleObject", "media/o.bin"), "word/media/o.bin": b"x"}
        ),
        "macros",
    ),
    "package-elsewhere.docx": (
        lambda: zipped(
            DOCX | {"word/_rels/document.xml.rels": link("package", "media/a.docx"), "word/media/a.docx": EICAR}
        ),
        "macros",
    ),
    "macrosheet-elsewhere.xlsx": (
        lambda: zipped(
            XLSX
            | {
                "[Content_Types].xml": b'<Types><Override PartName="/xl/a.xml" ContentType="'
                b'application/vnd.ms-excel.macrosheet+xml"/></Types>'
            }
        ),
        "macros",
    ),
    "eicar-in-capitals.docx": (lambda: zipped(DOCX | {"word/Embeddings/a.docx": EICAR}), OK),
    "template-elsewhere.docx": (
        lambda: zipped(
            DOCX | {"word/_rels/settings.xml.rels": relation("attachedTemplate", "http://example.nl/x.dotm")}
        ),
        "external",
    ),
    "entities.docx": (lambda: zipped(DOCX | {"word/document.xml": BILLION_LAUGHS}), "unreadable"),
    "zip-after.docx": (lambda: zipped(DOCX) + b"tail", "not_accepted"),
    "empty.pdf": (lambda: b"", "empty"),
    "too-large.pdf": (lambda: b"%PDF-1.7\n" + bytes(26 << 20), "too_large"),
}

GOOD: dict[str, Callable[[], bytes]] = {
    "good.pdf": plain_pdf,
    "good.jpg": jpeg,
    "good.png": lambda: encoded(photo(), "PNG"),
    "good.webp": lambda: encoded(photo(), "WEBP"),
    "good.tiff": lambda: encoded(photo(), "TIFF"),
    "good-3-pages.tiff": lambda: tiff_of_pages(3),
    "good.heic": heic,
    "good.docx": lambda: zipped(DOCX | {"word/_rels/document.xml.rels": relation("hyperlink", "https://example.nl")}),
    "good.xlsx": lambda: zipped(XLSX),
}


def write(folder: Path) -> None:
    """Writes all files, and a good PDF under each nasty name that a file system takes."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, (make, _) in FILES.items():
        (folder / name).write_bytes(make())
    for name, good in GOOD.items():
        (folder / name).write_bytes(good())
    for name in NAMES:
        if 0 < len(name.encode()) < 256 and not {"/", "\0"} & set(name) and name.strip("."):
            (folder / name).write_bytes(plain_pdf())


if __name__ == "__main__":
    write(Path(sys.argv[1]))

"""Photos and scans, in the child process: decoded, turned upright, written anew without what else was in the file."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from PIL import Image, ImageOps, ImageSequence

from crm.documents import sniff
from crm.documents.refusal import Refusal

_DIRECT = 60_000_000  # pixels that are decoded as they are
_DRAFT = 210_000_000  # pixels of a JPEG, which can be decoded at half its size (telephones of 200 megapixels)
_THUMBNAIL = (400, 400)
_A4 = (2480, 3508)  # pixels at 300 dpi
_FORMATS = {sniff.JPEG: "JPEG", sniff.PNG: "PNG", sniff.WEBP: "WEBP", sniff.TIFF: "TIFF", sniff.HEIC: "HEIF"}
_CLOCKWISE = {90: Image.Transpose.ROTATE_270, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_90}
_EXTRAS = {"exif", "xmp", "comment", "photoshop", "XML:com.adobe.xmp", "Comment", "Description", "Author"}

Image.MAX_IMAGE_PIXELS = None  # our own limits come first


def inspect(source: Path, mimetype: str, folder: Path, pages: int) -> dict[str, Any]:
    """As `crm.documents.inspector.inspect`, for an image.

    A TIFF of several pages becomes a PDF; of other images with several frames only the first is kept.
    """
    with _open(source, mimetype) as image:
        frames = getattr(image, "n_frames", 1)
        if mimetype == sniff.TIFF and frames > 1:
            return _make_pdf(image, frames, folder, pages)
        removed = {"metadata"} if _EXTRAS & set(image.info) else set()
        if frames > 1 and image.format != "MPO":  # an MPO is a JPEG with its preview beside it
            removed.add("frames")
        upright = _upright(image)
    if mimetype == sniff.PNG:
        name = "safe.png"
        upright.save(folder / name, compress_level=3)
    else:
        name = "safe.jpg"
        upright.save(folder / name, quality=88)
    upright.thumbnail(_THUMBNAIL)
    upright.convert("RGB").save(folder / "thumbnail.jpg", quality=80)
    return {"pages": 1, "safe": name, "thumbnail": "thumbnail.jpg", "removed": sorted(removed), "attachments": []}


def _make_pdf(image: Image.Image, frames: int, folder: Path, pages: int) -> dict[str, Any]:
    if frames > pages:
        raise Refusal("too_many_pages")
    sheets = [_sheet(frame, 0) for frame in _frames(image)]
    (folder / "safe.pdf").write_bytes(_on_paper(sheets))
    with Image.open(io.BytesIO(sheets[0])) as first:
        first.thumbnail(_THUMBNAIL)
        first.convert("RGB").save(folder / "thumbnail.jpg", quality=80)
    return {"pages": frames, "safe": "safe.pdf", "thumbnail": "thumbnail.jpg", "removed": [], "attachments": []}


def sheets(source: Path, mimetype: str, turns: list[int], pages: int) -> Iterator[io.BytesIO]:
    """Each page of an image as a PDF of one A4 page of at most 300 dpi, upright, then turned by `turns` (degrees)."""
    with _open(source, mimetype) as image:
        frames = getattr(image, "n_frames", 1) if mimetype == sniff.TIFF else 1
        if frames > pages:
            raise Refusal("too_many_pages")
        for number, frame in enumerate(_frames(image) if frames > 1 else [image]):
            turn = turns[number] if number < len(turns) else 0
            yield io.BytesIO(_on_paper([_sheet(frame, turn)]))


def _open(source: Path, mimetype: str) -> Image.Image:
    """The image, checked for its size but not yet decoded."""
    if mimetype == sniff.HEIC:
        import pi_heif  # a fifth of the time that a small JPEG takes

        pi_heif.register_heif_opener(decode_threads=1)
    image = Image.open(source, formats=[_FORMATS[mimetype]])
    width, height = image.size
    if width * height > _DRAFT or (width * height > _DIRECT and mimetype != sniff.JPEG):
        raise Refusal("too_many_pixels")
    if width * height > _DIRECT:
        image.draft(None, (width // 2, height // 2))
        if image.width * image.height > _DIRECT:
            raise Refusal("too_many_pixels")
    return image


def _frames(image: Image.Image) -> Iterator[Image.Image]:
    for frame in ImageSequence.Iterator(image):
        if frame.width * frame.height > _DIRECT:
            raise Refusal("too_many_pixels")
        yield frame


def _upright(image: Image.Image) -> Image.Image:
    """A copy of the pixels alone, upright, in grey or colour on white."""
    upright = ImageOps.exif_transpose(image)
    if upright.mode.startswith("I"):  # 16 bits of grey
        upright = upright.point(lambda value: value / 256).convert("L")
    if upright.has_transparency_data:
        seen = upright.convert("RGBA")
        upright = Image.new("RGB", seen.size, "white")
        upright.paste(seen, mask=seen.getchannel("A"))
    if upright.mode not in ("1", "L", "RGB"):
        upright = upright.convert("RGB")
    upright.info.clear()
    return upright


def _sheet(image: Image.Image, turn: int) -> bytes:
    """The image as a JPEG that fits A4 at 300 dpi."""
    upright = ImageOps.exif_transpose(image)
    longest, shortest = max(_A4), min(_A4)
    box = (longest, shortest) if upright.width > upright.height else (shortest, longest)
    upright.thumbnail(box, Image.Resampling.LANCZOS, reducing_gap=2.0)
    upright = _upright(upright)
    if turn:
        upright = upright.transpose(_CLOCKWISE[turn])
    if upright.mode == "1":
        upright = upright.convert("L")
    made = io.BytesIO()
    upright.save(made, "JPEG", quality=85)
    return made.getvalue()


def _on_paper(sheets: list[bytes]) -> bytes:
    """A4 pages, standing or lying as each sheet does."""
    import img2pdf  # a third of the time that a small JPEG takes

    size = (img2pdf.mm_to_pt(210), img2pdf.mm_to_pt(297))
    layout = img2pdf.get_layout_fun(size, auto_orient=True)
    return bytes(img2pdf.convert(sheets, layout_fun=layout))

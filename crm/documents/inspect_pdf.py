"""PDFs, in the child process: opened, counted, cleaned of all that acts by itself, written anew."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2

from crm.documents import sniff
from crm.documents.pdf_streams import decoded, name_of, refuse_bombs
from crm.documents.refusal import Refusal

_THUMBNAIL = 400  # pixels, the longest side
_OBJECTS = 500_000
_ATTACHMENTS = 100
_ATTACHED = 256 * 1024 * 1024  # bytes, all attachments together

# What is taken out, by key of a dictionary, by kind of action and by kind of annotation (ISO 32000-2, 7.11.4,
# 12.5.6, 12.6, 12.7.8, 13); the values are keys of crm.documents.reasons.REMOVED.
_FILES = {"/F", "/UF", "/DOS", "/Mac", "/Unix", "/Names", "/Kids"}
_KEYS = {
    "/OpenAction": "actions",
    "/AA": "actions",
    "/Launch": "actions",
    "/JavaScript": "javascript",
    "/JS": "javascript",
    "/EmbeddedFiles": "attachments",
    "/AF": "attachments",
    "/EF": "attachments",
    "/Collection": "attachments",
    "/RichMediaContent": "media",
    "/RichMediaSettings": "media",
    "/XFA": "form",
    "/Perms": "signature",
}
_ACTIONS = {
    "/JavaScript": "javascript",
    "/Launch": "actions",
    "/SubmitForm": "actions",
    "/ImportData": "actions",
    "/GoToE": "actions",
    "/GoToR": "actions",
    "/Rendition": "media",
    "/Movie": "media",
    "/Sound": "media",
    "/RichMediaExecute": "media",
    "/GoTo3DView": "media",
}
_ANNOTATIONS = {
    "/FileAttachment": "attachments",
    "/RichMedia": "media",
    "/Movie": "media",
    "/Sound": "media",
    "/Screen": "media",
    "/3D": "media",
}


def inspect(source: Path, folder: Path, pages: int) -> dict[str, Any]:
    """As `crm.documents.inspector.inspect`, for a PDF of at most `pages` pages."""
    safe = folder / "safe.pdf"
    with _open(source, pages) as pdf:
        count = len(pdf.pages)
        attachments = _pull_out(pdf, folder)
        elsewhere = _elsewhere(pdf, attachments)
        removed = strip(pdf) | elsewhere
        _save(pdf, safe)
    thumbnail = _draw_first_page(safe, folder)
    return {
        "pages": count,
        "safe": safe.name,
        "thumbnail": thumbnail,
        "removed": sorted(removed | ({"attachments"} if attachments else set())),
        "attachments": attachments,
    }


def _elsewhere(pdf: pikepdf.Pdf, attachments: list[str]) -> set[str]:
    """Where the content is when it is not on the pages: in a form that is drawn anew on opening (dynamic XFA, ISO
    32000-1, 12.7.8: it says so, or has no fields on its pages), or in the files of a portfolio (12.3.5)."""
    found = set()
    form = pdf.Root.get("/AcroForm")
    if isinstance(form, pikepdf.Dictionary) and "/XFA" in form:
        fields = form.get("/Fields")
        is_drawn_anew = bool(pdf.Root.get("/NeedsRendering", False))
        if is_drawn_anew or not isinstance(fields, pikepdf.Array) or len(fields) == 0:
            found.add("drawn_form")
    if "/Collection" in pdf.Root and attachments:
        found.add("portfolio")
    return found


def join(sources: list[Path], folder: Path, rotations: list[int], pages: int) -> dict[str, Any]:
    """One PDF in A4 of images and PDFs, in order, written to `folder`.

    `rotations` are degrees clockwise (0, 90, 180, 270) for each page of the outcome; missing ones are 0.
    Pages of a PDF keep their size. Raises Refusal with the place of the source that cannot be taken.
    """
    safe = folder / "safe.pdf"
    joined = pikepdf.Pdf.new()
    removed: set[str] = set()
    for place, source in enumerate(sources):
        try:
            removed |= _append(joined, source, rotations, pages)
        except Refusal as refusal:
            raise Refusal(refusal.reason, place) from refusal
        except Exception as error:
            raise Refusal("unreadable", place) from error
    removed |= strip(joined)
    _save(joined, safe)
    thumbnail = _draw_first_page(safe, folder)
    return {"pages": len(joined.pages), "safe": safe.name, "thumbnail": thumbnail, "removed": sorted(removed)}


def _append(joined: pikepdf.Pdf, source: Path, rotations: list[int], pages: int) -> set[str]:
    mimetype = sniff.sniff(source)
    turns = rotations[len(joined.pages) :]
    removed: set[str] = set()
    if mimetype == sniff.PDF:
        with _open(source, pages - len(joined.pages)) as pdf:
            removed = strip(pdf)
            pdf.generate_appearance_streams()
            pdf.flatten_annotations("all")  # what was filled in on a form would not come along with its page
            for page, turn in zip(pdf.pages, turns, strict=False):
                page.rotate(turn, relative=True)
            joined.pages.extend(pdf.pages)
    elif mimetype in sniff.IMAGES:
        from crm.documents import inspect_image

        for sheet in inspect_image.sheets(source, mimetype, turns, pages - len(joined.pages)):
            with pikepdf.open(sheet) as pdf:
                joined.pages.extend(pdf.pages)
    else:
        raise Refusal("not_joinable")
    return removed


def _open(source: Path, pages: int) -> pikepdf.Pdf:
    try:
        pdf = pikepdf.open(source, suppress_warnings=True)
    except pikepdf.PasswordError as error:
        raise Refusal("password") from error
    if len(pdf.objects) > _OBJECTS:
        raise Refusal("bomb")
    # What the file says of itself is quicker to read than its pages are to count.
    said = pdf.Root.Pages.get("/Count", 0)
    if (isinstance(said, int) and said > pages) or len(pdf.pages) > pages:
        raise Refusal("too_many_pages")
    if not pdf.pages:
        raise Refusal("unreadable")
    refuse_bombs(pdf)
    return pdf


def _save(pdf: pikepdf.Pdf, target: Path) -> None:
    """Writes what is left, and proves by reading it again that nothing active is in it."""
    pdf.save(
        target,
        encryption=False,
        stream_decode_level=pikepdf.StreamDecodeLevel.none,
        object_stream_mode=pikepdf.ObjectStreamMode.generate,
    )
    with pikepdf.open(target, suppress_warnings=True) as again:
        if strip(again):
            raise Refusal("unreadable")


def strip(pdf: pikepdf.Pdf) -> set[str]:
    """Takes everything active out of `pdf`; gives keys of `crm.documents.reasons.REMOVED`, empty when it is clean."""
    return {found for thing in _containers(pdf) if isinstance(thing, pikepdf.Object) for found in _clean(thing)}


def _containers(pdf: pikepdf.Pdf) -> Iterator[Any]:
    """Every dictionary and stream, also those that stand within another: JavaScript hides there."""
    stack: list[Any] = [pdf.Root, *pdf.objects]
    while stack:
        thing = stack.pop()
        if isinstance(thing, pikepdf.Array):
            stack += [one for one in thing if _is_direct(one)]
        elif isinstance(thing, pikepdf.Dictionary | pikepdf.Stream):
            yield thing
            stack += [thing[key] for key in thing.keys() if _is_direct(thing[key])]  # noqa: SIM118


def _is_direct(thing: Any) -> bool:
    """Indirect objects come by themselves, which also keeps loops out."""
    return isinstance(thing, pikepdf.Array | pikepdf.Dictionary) and not thing.is_indirect


def _clean(thing: Any) -> Iterator[str]:
    keys = set(thing.keys())
    if isinstance(thing, pikepdf.Stream):
        if "/F" in keys:  # the content of the stream stands in another file
            del thing["/F"]
            yield "actions"
    elif name_of(thing.get("/S")) in _ACTIONS:
        yield _ACTIONS[name_of(thing["/S"])]
        _empty(thing)
        return
    elif name_of(thing.get("/Subtype")) in _ANNOTATIONS and "/Rect" in keys:
        yield _ANNOTATIONS[name_of(thing["/Subtype"])]
        _empty(thing)
        thing["/Subtype"] = pikepdf.Name.Link
        thing["/Rect"] = [0, 0, 0, 0]
        return
    elif "/ByteRange" in keys:
        yield "signature"
        _empty(thing)
        return
    if name_of(thing.get("/FT")) == "/Sig" and "/V" in keys:
        yield "signature"
        del thing["/V"]
    for key in keys & set(_KEYS):
        if not _is_harmless(key, thing[key]):
            yield _KEYS[key]
            del thing[key]


def _empty(thing: Any) -> None:
    for key in list(thing.keys()):
        del thing[key]


def _is_harmless(key: str, value: Any) -> bool:
    """A page to start at; what an encrypted file permits; fonts and images whose own name happens to be such a key.

    Not what only says that it is one: form data, and what names or holds files, which viewers read all the same.
    """
    if key == "/OpenAction":
        return not isinstance(value, pikepdf.Dictionary) or name_of(value.get("/S")) == "/GoTo"
    if isinstance(value, pikepdf.Dictionary | pikepdf.Stream) and _FILES & set(value.keys()):
        return False
    if isinstance(value, pikepdf.Stream):
        return key != "/XFA" and name_of(value.get("/Subtype")) in ("/Image", "/Form")
    if key == "/Perms":
        return not isinstance(value, pikepdf.Dictionary)
    return isinstance(value, pikepdf.Dictionary) and name_of(value.get("/Type")) == "/Font"


def _pull_out(pdf: pikepdf.Pdf, folder: Path, depth: int = 3) -> list[str]:
    """Writes each attachment into `folder`, decompressed (a virus scanner does not do that); gives their names.

    Of a PDF in a PDF its own attachments too, `depth` deep.
    """
    names: list[str] = []
    for stream in list(_embedded(pdf)):
        number = len(list(folder.glob("attachment-*"))) + 1
        if number > _ATTACHMENTS:
            raise Refusal("bomb")
        target = folder / f"attachment-{number}"
        left = _ATTACHED - sum(one.stat().st_size for one in folder.glob("attachment-*"))
        with target.open("wb") as file:
            for piece in decoded(stream):
                left -= len(piece)
                if left < 0:
                    raise Refusal("bomb")
                file.write(piece)
        names.append(target.name)
        if depth and sniff.sniff(target) == sniff.PDF:
            with contextlib.suppress(pikepdf.PdfError), pikepdf.open(target, suppress_warnings=True) as inner:
                names += _pull_out(inner, folder, depth - 1)
    return names


def _embedded(pdf: pikepdf.Pdf) -> Iterator[pikepdf.Stream]:
    seen = set()
    for thing in _containers(pdf):
        files = [thing]
        if not isinstance(thing, pikepdf.Stream):
            holder = thing.get("/EF")
            files = list(holder.values()) if isinstance(holder, pikepdf.Dictionary) else []
        for stream in files:
            is_file = stream is not thing or name_of(stream.get("/Type")) == "/EmbeddedFile"
            if isinstance(stream, pikepdf.Stream) and is_file and stream.objgen not in seen:
                seen.add(stream.objgen)
                yield stream


def _draw_first_page(source: Path, folder: Path) -> str:
    with pypdfium2.PdfDocument(source) as document:
        page = document[0]
        scale = _THUMBNAIL / max(*page.get_size(), 1)
        image = page.render(scale=scale, may_draw_forms=False).to_pil()
    image.convert("RGB").save(folder / "thumbnail.jpg", quality=80)
    return "thumbnail.jpg"

"""What runs in the child process: one job, read as JSON from stdin, its outcome as JSON on stdout.

The parent is `crm.documents.sandbox`. Whatever is imported here is imported anew for each file, so parsers are
imported where their kind of file is met; and what it says is read by the parent as coming from a stranger.
"""

import importlib
import json
import sys
from pathlib import Path
from typing import Any

from crm.documents import sniff
from crm.documents.confine import confine
from crm.documents.refusal import Refusal

_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


def inspect(source: Path, folder: Path, pages: int) -> dict[str, Any]:
    """Proves by parsing that `source` is what its bytes say, and writes a safe copy of it into `folder`.

    Gives mimetype, pages (0: has none), safe, thumbnail ("": none), attachments (names of files in `folder`) and
    removed (keys of `crm.documents.reasons.REMOVED`). Raises Refusal, or whatever the parsers raise.
    """
    mimetype = sniff.sniff(source)
    if mimetype is None:
        raise Refusal("password" if _is_locked_office(source) else "not_accepted")
    if mimetype == sniff.PDF:
        from crm.documents import inspect_pdf

        found = inspect_pdf.inspect(source, folder, pages)
    elif mimetype in sniff.IMAGES:
        from crm.documents import inspect_image

        found = inspect_image.inspect(source, mimetype, folder, pages)
    else:
        from crm.documents import inspect_office

        found = inspect_office.inspect(source, mimetype, folder)
    return {"mimetype": mimetype, **found}


def _is_locked_office(source: Path) -> bool:
    """Word and Excel wrap a file with a password in the container of their old formats."""
    return _is_compound(source) and _ENCRYPTED in source.read_bytes()


def _is_compound(source: Path) -> bool:
    """Is it in the container of the old formats of Word and Excel, and of Outlook?"""
    with source.open("rb") as file:
        return file.read(len(_COMPOUND)) == _COMPOUND


def join(sources: list[Path], folder: Path, rotations: list[int], pages: int) -> dict[str, Any]:
    """Makes one PDF of images and PDFs; see `crm.documents.inspect_pdf.join`."""
    from crm.documents import inspect_pdf

    return {"mimetype": sniff.PDF, **inspect_pdf.join(sources, folder, rotations, pages)}


def load() -> None:
    """Imports every parser, which shows that they can be found where nothing else can be seen."""
    for name in ("pikepdf", "pypdfium2", "PIL.Image", "pi_heif", "img2pdf", "defusedxml.sax", "olefile"):
        importlib.import_module(name)


def unpack(source: Path, folder: Path) -> dict[str, Any]:
    """Takes an e-mail apart, as Outlook saves it or as all others do; see `crm.documents.inspect_mail.unpack`."""
    if _is_compound(source):
        from crm.documents import inspect_msg

        return inspect_msg.unpack(source, folder)
    from crm.documents import inspect_mail

    return inspect_mail.unpack(source, folder)


def main() -> None:
    """Does the job that stands on stdin."""
    job = json.load(sys.stdin)
    folder = Path(job["folder"])
    sources = [Path(source) for source in job["sources"]]
    held = confine(**job["limits"], folder=folder, readable=sources)
    outcome: dict[str, Any] = {"held": held}
    try:
        if job["do"] == "inspect":
            outcome |= inspect(sources[0], folder, job["pages"])
        elif job["do"] == "join":
            outcome |= join(sources, folder, job["rotations"], job["pages"])
        elif job["do"] == "unpack":
            outcome |= unpack(sources[0], folder)
        else:
            load()
    except Refusal as refusal:
        outcome |= {"refused": refusal.reason, "source": refusal.source}
    except Exception as error:
        # A parser may raise anything at all at a hostile file; the kind of error is for the log.
        outcome |= {"refused": "unreadable", "why": type(error).__name__}
    json.dump(outcome, sys.stdout)


if __name__ == "__main__":
    main()

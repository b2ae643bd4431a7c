"""The check of a file that came in: the virus scanner, then a parser in a child process. Nothing is shown before."""

import logging
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from crm.access import ADMIN
from crm.accounts import queries as accounts
from crm.accounts.models import User
from crm.db import db, utcnow
from crm.documents import antivirus, operations, queries, sandbox, storage
from crm.documents.models import CHECKING, PDF, DocumentVersion, StoredFile
from crm.documents.operations import Checked
from crm.documents.sniff import MIMETYPES
from crm.host import config
from crm.notifications import notify
from crm.records import commit, hold, lock
from crm.settings import setting
from crm.texts import N_

log = logging.getLogger(__name__)

PIECE = 1 << 20
BACK_OFF = (10, 30, 60, 120, 300)  # then `operations.sweep` begins again, every quarter of an hour


class ScannerAway(Exception):
    """The virus scanner gave no verdict: the file stays unseen, and is tried again."""


def check(version_id: int) -> None:
    """Job: look whether a file may be seen. Done twice it changes nothing. Raises ScannerAway."""
    version = db.session.get(DocumentVersion, version_id)
    if version is None or version.state != CHECKING:
        return
    files, about = [storage.sealed(file) for file in sources_of(version)], version.document.subject_ref
    parts, sealer, limits = len(version.parts), storage.sealer(), own_limits()
    seen = storage.Fingerprint(sealer)
    commit()
    with tempfile.TemporaryDirectory(prefix="sleutel-check-") as folder:
        sources, made = [Path(folder) / str(number) for number, _ in enumerate(files)], Path(folder) / "made"
        made.mkdir()
        for source, file in zip(sources, files, strict=True):
            write(source, seen.through(file.content()))
        reason, found, safe = joined(sources, made, parts) if parts else examine(sources[0], made, limits)
        kept = sealer.keep(pieces(safe)) if found and safe else None
    hold(about)
    held: DocumentVersion | None = lock(DocumentVersion, version_id)
    if held is None or held.state != CHECKING:
        return  # taken away, or done by another worker; what was kept is swept away
    if found is None:
        operations.refuse(held, reason)
        tell_refusal(held)
    else:
        operations.accept(held, found, kept, seen.digest())


def sources_of(version: DocumentVersion) -> list[StoredFile]:
    """What came in; of a joined one the files that are shown of its parts."""
    if version.original is not None:
        return [version.original]
    return [part.safe for part in queries.versions_of(version.parts) if part.safe is not None]


Outcome = tuple[str, Checked | None, Path | None]


def joined(sources: list[Path], folder: Path, parts: int) -> Outcome:
    """As `examine`, of one PDF made of photos and PDFs that were checked before."""
    if len(sources) < parts:
        return "gone", None, None
    # Safe copies of ours, as large as a child may make them, whatever the office takes from outside.
    verdict = sandbox.join(sources, folder / "joined.pdf", [], replace(sandbox.JOINING, size=sandbox.JOINING.written))
    if verdict.refused or verdict.safe is None:
        return verdict.refused or "unreadable", None, None
    return "", Checked(PDF, PDF, verdict.pages), verdict.safe


def examine(source: Path, folder: Path, limits: sandbox.Limits) -> Outcome:
    """(why it is refused or "", what it is, the copy that may be shown). Raises ScannerAway."""
    if reason := scanned([source], limits):
        return reason, None, None
    verdict = sandbox.inspect(source, folder, limits)
    if verdict.refused or verdict.mimetype is None:
        if verdict.why:
            log.warning("a file could not be read: %s", verdict.why)
        return verdict.refused or "unreadable", None, None
    if reason := scanned(verdict.attachments, limits):
        return reason, None, None
    shown_as = MIMETYPES[verdict.safe.suffix] if verdict.safe else verdict.mimetype
    return "", Checked(verdict.mimetype, shown_as, verdict.pages, verdict.removed), verdict.safe


def scanned(files: Iterable[Path], limits: sandbox.Limits) -> str:
    """Why the scanner refuses one of these files; "" when it knows nothing against them, or there is none.

    Raises ScannerAway.
    """
    address = config("CLAMD")
    for file in files if address else ():
        outcome = antivirus.scan(file, address, largest=limits.size)
        if isinstance(outcome, antivirus.NotScanned):
            raise ScannerAway(outcome.why)
        if isinstance(outcome, antivirus.Found):
            log.warning("the virus scanner found %s", outcome.name)
            return outcome.reason
    return ""


def own_limits() -> sandbox.Limits:
    """The limits of one file, with the size that the office allows."""
    return sandbox.Limits(size=largest())


def largest() -> int:
    """The most bytes that one file may have: a setting of the office."""
    return int(setting("documents.most_megabytes")) * 1_000_000


def tell_refusal(version: DocumentVersion) -> None:
    """Tell who added it, wherever he is by now."""
    document = version.document
    user = db.session.get(User, version.author_id) if version.author_id else None
    notify(user, N_("%(name)s is geweigerd."), f"/documents/{document.id}", "file-x", name=document.name)


def alarm() -> None:
    """Job: tell the beheerders that files wait for the virus scanner."""
    count = len(queries.left_checking(utcnow() - operations.STUCK_AFTER))
    for user in accounts.active(ADMIN) if count else ():
        text = N_("%(count)s bestanden wachten op hun controle. Kijk of de virusscanner draait.")
        notify(user, text, icon="alert-triangle", count=count)


def write(target: Path, content: Iterable[bytes]) -> None:
    """Put a stream in a file that nobody else can read."""
    with target.open("wb") as file:
        target.chmod(0o600)
        for piece in content:
            file.write(piece)


def pieces(file: Path) -> Iterator[bytes]:
    """A file's bytes, a piece at a time."""
    with file.open("rb") as opened:
        while piece := opened.read(PIECE):
            yield piece

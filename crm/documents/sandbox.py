"""Runs the inspector (`crm.documents.inspector`) on files of strangers, in a child process that can do no harm.

What a child may not do, and on which systems that holds, stands in `crm.documents.confine`. A child that is killed or
crashes means that the file is refused. For jobs, not for requests: it waits until a core is free.
"""

import contextlib
import fcntl
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any, cast

from crm.documents import sniff

_INSPECTOR = ("-P", "-s", "-m", "crm.documents.inspector")
_TOP = Path(__file__).parents[2]
_MIB = 1024 * 1024
_ANSWER = _MIB  # bytes that are read of what a child says
_KEY = re.compile(r"[a-z_]{1,40}")
_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,60}")


@dataclass(frozen=True)
class Limits:
    """What one file may cost: sizes in bytes, times in seconds (`cpu` of processor time, `wall` by the clock)."""

    size: int = 25 * _MIB
    pages: int = 500
    memory: int = 1024 * _MIB
    cpu: int = 20
    wall: int = 60
    written: int = 256 * _MIB  # one file the child writes
    files: int = 64


INSPECTING = Limits()
JOINING = Limits(cpu=120, wall=300)


@dataclass(frozen=True)
class Verdict:
    """What became of a file. Only `safe` may be shown to anyone, and only after `attachments` were scanned as well.

    `refused` is a key of `crm.documents.reasons.REASONS`, or "" when the file is taken in; `source` says which file of
    a joining it is about, from 0. `mimetype` is that of the source, None when it is not of an accepted kind; `pages` is
    0 when there are none to count. `removed` are keys of `crm.documents.reasons.REMOVED`. `why` is for the log.
    """

    mimetype: str | None
    refused: str = ""
    pages: int = 0
    safe: Path | None = None
    thumbnail: Path | None = None
    removed: tuple[str, ...] = ()
    attachments: tuple[Path, ...] = ()
    source: int = 0
    why: str = ""


KEPT_FROM = {
    "memory": "no more memory than it may",
    "cpu": "no more processor time than it may",
    "network": "no network",
    "files": "no files but its own (Landlock, kernel 5.13 or newer)",
    "processes": "no other programs",
}


@dataclass(frozen=True)
class Part:
    """A file that was attached to an e-mail. `name` and `within` are a stranger's words."""

    file: Path
    name: str
    within: str = ""
    in_text: bool = False


@dataclass(frozen=True)
class Unpacked:
    """What became of an e-mail. `refused` and `why` as in a Verdict; `title`, `sender` and the names in
    `left_out`, of what nothing could be made of, are a stranger's words."""

    refused: str = ""
    title: str = ""
    sender: str = ""
    parts: tuple[Part, ...] = ()
    why: str = ""
    left_out: tuple[str, ...] = ()


def inspect(source: Path, folder: Path, limits: Limits = INSPECTING) -> Verdict:
    """Proves that `source` is what its bytes say and makes a safe copy of it in `folder`, which is there and empty.

    The safe copy of a PDF has nothing active and no attachments in it; of an image (.jpg, .png, or .pdf for a TIFF of
    several pages) nothing but its pixels, upright; DOCX and XLSX are packed anew.
    """
    if refused := _refused_for_size([source], limits):
        return refused
    return _run({"do": "inspect"}, [source], folder, limits)


def join(sources: list[Path], target: Path, rotations: list[int], limits: Limits = JOINING) -> Verdict:
    """Makes one PDF, `target`, of images and PDFs in order: each image upright on A4 at 300 dpi at most.

    `rotations` are degrees clockwise (0, 90, 180 or 270) for each page of the outcome; missing ones are 0. `target` is
    whole or not there; its thumbnail stands beside it. Attachments of the PDFs are left out: inspect them first.
    """
    if refused := _refused_for_size(sources, limits):
        return refused
    with tempfile.TemporaryDirectory(dir=target.parent) as made:
        job = {"do": "join", "rotations": [turn % 360 for turn in rotations]}
        verdict = _run(job, sources, Path(made), limits)
        if verdict.safe is None or verdict.thumbnail is None:
            return verdict
        thumbnail = target.with_suffix(".jpg")
        verdict.thumbnail.replace(thumbnail)
        verdict.safe.replace(target)
    return Verdict(sniff.PDF, "", verdict.pages, target, thumbnail, verdict.removed)


def unpack(source: Path, folder: Path, limits: Limits = INSPECTING) -> Unpacked:
    """Takes an e-mail (.eml, .msg) apart: what is attached to it, and to e-mails within it, in the empty `folder`.

    Nothing of these files was looked at: inspect each before it is shown.
    """
    if refused := _refused_for_size([source], limits):
        return Unpacked(refused.refused)
    with _core():
        said, ended = _talk({"do": "unpack"}, [source], folder, limits)
    if ended:
        return Unpacked("unreadable", why=ended)
    try:
        return _believe_parts(json.loads(said), folder)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return Unpacked("unreadable", why="nonsense")


def holds() -> frozenset[str]:
    """What a child is kept from on this machine: keys of KEPT_FROM.

    Raises RuntimeError when no child can be started or its parsers are not found: then no file can be taken in.
    """
    with tempfile.TemporaryDirectory() as folder:
        said, ended = _talk({"do": "load"}, [], Path(folder), INSPECTING)
    outcome = {"why": ended} if ended else json.loads(said)
    if "why" in outcome:
        raise RuntimeError(f"the inspector cannot work here: {outcome['why']}")
    return frozenset(outcome["held"])


def _refused_for_size(sources: list[Path], limits: Limits) -> Verdict | None:
    for place, source in enumerate(sources):
        size = source.stat().st_size
        if size == 0:
            return Verdict(None, "empty", source=place)
        if size > limits.size:
            return Verdict(None, "too_large", source=place)
    return None


def _run(job: dict[str, Any], sources: list[Path], folder: Path, limits: Limits) -> Verdict:
    if any(folder.iterdir()):
        raise ValueError("the folder for safe copies must be empty")
    with _core():
        said, ended = _talk(job, sources, folder, limits)
    if ended:
        return Verdict(None, "unreadable", why=ended)
    try:
        verdict = _believe(json.loads(said), folder)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return Verdict(None, "unreadable", why="nonsense")
    if any(file.stat().st_size > limits.size for file in verdict.attachments):
        return Verdict(None, "bomb", why="attachment")  # larger than what the virus scanner takes
    return verdict


def _talk(job: dict[str, Any], sources: list[Path], folder: Path, limits: Limits) -> tuple[bytes, str]:
    """What a new child says, and how it ended if it did not end well."""
    allowed = {key: value for key, value in asdict(limits).items() if key in ("memory", "cpu", "written", "files")}
    order = job | {
        "sources": [str(source.absolute()) for source in sources],
        "folder": str(folder.absolute()),
        "pages": limits.pages,
        "limits": allowed,
    }
    said = b""
    child = subprocess.Popen(  # noqa: S603 - our own module, no shell
        [sys.executable, *_INSPECTOR],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=folder,
        env=_environment(folder),
        start_new_session=True,
    )
    alarm = threading.Timer(limits.wall, child.kill)
    alarm.start()
    try:
        with child, contextlib.suppress(BrokenPipeError):
            with cast(IO[bytes], child.stdin) as orders:
                orders.write(json.dumps(order).encode())
            said = cast(IO[bytes], child.stdout).read(_ANSWER + 1)
            if len(said) > _ANSWER:
                child.kill()
    finally:
        alarm.cancel()
    return said, _ending(child.returncode)


def _environment(folder: Path) -> dict[str, str]:
    """Nothing of ours: our own environment holds passwords."""
    return {
        "PYTHONPATH": str(_TOP),
        "PYTHONUTF8": "1",
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "MALLOC_ARENA_MAX": "2",  # each further arena reserves 64 MiB of what the child may have
    }


def _ending(code: int) -> str:
    if code < 0:
        return signal.Signals(-code).name
    return f"exit {code}" if code else ""


def _believe(said: dict[str, Any], folder: Path) -> Verdict:
    """The verdict of a child that may be a stranger's by now: only known keys, and only plain files in `folder`.

    Raises ValueError, TypeError, KeyError or AttributeError at nonsense.
    """
    source = int(said.get("source", 0))
    if "refused" in said:
        return Verdict(None, _key(said["refused"]), source=source, why=_why(said))
    mimetype = said["mimetype"]
    if mimetype not in sniff.ACCEPTED:
        raise ValueError("not a kind that is accepted")
    return Verdict(
        mimetype,
        "",
        max(int(said["pages"]), 0),
        _file(folder, said["safe"]),
        _file(folder, said["thumbnail"]) if said["thumbnail"] else None,
        tuple(_key(key) for key in said["removed"]),
        tuple(_file(folder, name) for name in said.get("attachments", [])),
    )


def _believe_parts(said: dict[str, Any], folder: Path) -> Unpacked:
    """The same for an e-mail that was taken apart."""
    if "refused" in said:
        return Unpacked(_key(said["refused"]), why=_why(said))
    parts = tuple(
        Part(_file(folder, row["file"]), _words(row["name"]), _words(row["within"]), row["in_text"] is True)
        for row in said["parts"]
    )
    if len({part.file for part in parts}) != len(parts):
        raise ValueError("one file twice")
    left_out = tuple(_words(name) for name in said["left_out"])
    return Unpacked("", _words(said["title"]), _words(said["sender"]), parts, left_out=left_out)


def _words(said: Any) -> str:
    """A stranger's words, to be tidied before anybody reads them."""
    if not isinstance(said, str):
        raise TypeError("not a text")
    return said.encode("utf-8", "replace").decode()[:500]


def _key(said: Any) -> str:
    if not _KEY.fullmatch(said):
        raise ValueError("not a key")
    return str(said)


def _why(said: dict[str, Any]) -> str:
    return re.sub(r"\W", "", str(said.get("why", "")))[:60]


def _file(folder: Path, name: Any) -> Path:
    path = folder / name if _NAME.fullmatch(name) else folder
    if path.is_symlink() or not path.is_file():
        raise ValueError("not a file of the child")
    return path


@contextlib.contextmanager
def _core() -> Iterator[None]:
    """One of as many places as this machine has cores; the system gives back that of a process that was killed."""
    places = Path(tempfile.gettempdir()) / f"sleutel-inspectors-{os.getuid()}"
    places.mkdir(mode=0o700, exist_ok=True)
    if places.stat(follow_symlinks=False).st_uid != os.getuid():
        raise PermissionError(f"{places} belongs to somebody else")
    while True:
        for number in range(os.cpu_count() or 1):
            with (places / str(number)).open("w") as place:
                try:
                    fcntl.flock(place, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    continue
                yield
                return
        time.sleep(0.02)

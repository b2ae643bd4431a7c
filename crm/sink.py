"""The development mail sink: an SMTP server that delivers nothing and keeps each message as a file.

Files are plain .eml with the envelope (whom it was really for, blind copies included) in two headers on top.
"""

import asyncio
import contextlib
import re
import secrets
import socket
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from enum import StrEnum
from pathlib import Path
from typing import Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

_NAME = re.compile(r"(\d{20})-[0-9a-f]{8}\.eml")
_ENVELOPE_FROM = "X-Envelope-From"
_ENVELOPE_TO = "X-Envelope-To"


class Mode(StrEnum):
    """What the sink does with a message."""

    OK = "ok"
    TEMPFAIL = "tempfail"  # 451: the sender should try again
    REFUSE = "refuse"  # 550: the sender should give up
    SLOW = "slow"  # keeps it, after `delay` seconds
    DROP = "drop"  # keeps it, then hangs up without an answer: the sender cannot know


@dataclass(frozen=True)
class Kept:
    """A message the sink kept. `received` is in UTC; `recipients` are those of the envelope."""

    name: str
    received: datetime
    sender: str
    recipients: tuple[str, ...]
    message: EmailMessage


class Sink:
    """An SMTP server in a thread: `with Sink(folder) as sink: …` listens on `sink.host`, `sink.port`.

    Port 0 takes a free one. `mode` holds for the first `times` messages (None: for all), after which all goes
    well; it may be changed while the server runs. `delay` is in seconds.
    """

    def __init__(
        self,
        folder: Path,
        host: str = "127.0.0.1",
        port: int = 0,
        mode: Mode | str = Mode.OK,
        times: int | None = None,
        delay: float = 2.0,
    ) -> None:
        self.folder = folder
        self.host = host
        self.port = port
        self.mode = Mode(mode)
        self.times = times
        self.delay = delay
        self._controller: _Controller | None = None

    def start(self) -> Self:
        """Listen; returns once connections are accepted. Raises OSError when the port is taken."""
        self._controller = _Controller(self, self.host, self.port)
        self.port = self._controller.port
        self._controller.start()
        return self

    def stop(self) -> None:
        """Stop listening and end the thread; does nothing when it is not running."""
        if self._controller:
            self._controller.stop()
            self._controller = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Called by aiosmtpd for each message; returns the reply."""
        mode = self._mode_of_this_message()
        if mode is Mode.TEMPFAIL:
            return "451 4.3.0 Not now, try again later"
        if mode is Mode.REFUSE:
            return "550 5.7.1 Refused"
        if mode is Mode.SLOW:
            await asyncio.sleep(self.delay)
        name = keep(self.folder, envelope.mail_from or "", envelope.rcpt_tos, envelope.original_content or b"")
        if mode is Mode.DROP and server.transport:
            server.transport.close()
        return f"250 2.0.0 Kept as {name}"

    def _mode_of_this_message(self) -> Mode:
        if self.times is None:
            return self.mode
        self.times -= 1
        return self.mode if self.times >= 0 else Mode.OK


class _Controller(Controller):
    """Binds before it starts, so that a free port is known and stays ours."""

    def __init__(self, sink: Sink, host: str, port: int) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.create_server((host, port), family=family)
        super().__init__(sink, hostname=host, port=self._socket.getsockname()[1], enable_SMTPUTF8=True)

    def _create_server(self):
        return self.loop.create_server(self._factory_invoker, sock=self._socket)


def serve(host: str, port: int, folder: Path) -> None:
    """Keep mail until interrupted. Raises OSError when the port is taken."""
    with contextlib.suppress(KeyboardInterrupt), Sink(folder, host, port):
        threading.Event().wait()


def keep(folder: Path, sender: str, recipients: list[str], content: bytes) -> str:
    """Store a message in `folder`, made when missing; returns its name. No reader sees half a file."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    name = f"{time.time_ns():020d}-{secrets.token_hex(4)}.eml"
    envelope = f"{_ENVELOPE_FROM}: {sender}\r\n{_ENVELOPE_TO}: {', '.join(recipients)}\r\n"
    unfinished = folder / f".{name}.part"
    unfinished.write_bytes(envelope.encode() + content)
    unfinished.replace(folder / name)
    return name


def messages(folder: Path, limit: int = 50) -> list[Kept]:
    """The last `limit` messages, newest first; none when the folder does not exist."""
    if not folder.is_dir():
        return []
    names = sorted((file.name for file in folder.iterdir() if _NAME.fullmatch(file.name)), reverse=True)
    found = []
    for name in names[:limit]:
        with contextlib.suppress(FileNotFoundError):  # cleared away meanwhile
            found.append(read(folder, name))
    return found


def read(folder: Path, name: str) -> Kept:
    """One message. Raises FileNotFoundError when there is none, or `name` is not one that the sink gives."""
    match = _NAME.fullmatch(name)
    if not match:
        raise FileNotFoundError(name)
    message = message_from_bytes((folder / name).read_bytes(), policy=policy.default)
    recipients = str(message.get(_ENVELOPE_TO, "")).split(", ")
    return Kept(
        name=name,
        received=datetime.fromtimestamp(int(match[1]) / 1e9, UTC),
        sender=str(message.get(_ENVELOPE_FROM, "")),
        recipients=tuple(filter(None, recipients)),
        message=message,
    )

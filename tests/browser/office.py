"""A running office: the product on a scratch folder, its worker, and a mail sink, as an assistant would find it."""

import datetime as dt
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from crm import paths, sink
from tests import clocks

TOP = Path(__file__).resolve().parents[2]
PASSWORD = "een-lang-wachtwoord"


@dataclass(frozen=True)
class Person:
    """Someone who can log in with PASSWORD; `role` as the command line calls it."""

    name: str
    role: str
    branch: str

    @property
    def email(self) -> str:
        return f"{self.name.lower().replace(' ', '.')}@kantoor.example"


PEOPLE = {
    "assistant": Person("Marieke Bakker", "assistent", "Utrecht"),
    "adviser": Person("Peter van Dijk", "adviseur", "Utrecht"),
    "admin": Person("Anneke Beheer", "beheerder", "Utrecht"),
    "stranger": Person("Vera Vreemd", "assistent", "Zwolle"),
}


class Office:
    """`with Office(folder) as office:` an empty office with PEOPLE in it, at `office.url`.

    Made by the command line alone: `crm db upgrade` and `crm user add`; with `demo`, `crm demo` fills it instead.
    `settings` are further ones, by the names of their variables.
    Web, worker and sink are processes and a thread of this one; each writes what it has to say to a file in the folder.
    With a `clock` it is that moment there when they begin.
    """

    def __init__(self, folder: Path, demo: bool = False, clock: dt.datetime | None = None, **settings: str) -> None:
        self.folder, self.demo, self.settings = folder, demo, settings
        self.clock = clock
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.sink = sink.Sink(folder / "mail")
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Self:
        try:
            self.open()
        except BaseException:  # nobody else would end what did start
            self.__exit__()
            raise
        return self

    def open(self) -> None:
        """Make the office and start its parts; returns once the log-in page answers."""
        self.sink.start()
        self.crm("db", "upgrade")
        if self.demo:
            self.crm("demo")
        for person in PEOPLE.values() if not self.demo else ():
            self.crm(
                "user", "add", person.email, "--name", person.name, "--role", person.role, "--branch", person.branch,
                "--password", PASSWORD,
            )  # fmt: skip
        self.open_doors()

    def open_doors(self) -> None:
        """Start web and worker; returns once the log-in page answers."""
        self.start("web", "-m", "gunicorn", "-c", str(paths.config() / "gunicorn.conf.py"), "wsgi:app")
        self.start("worker", "-m", "crm.cli", "worker")
        self.wait_until_it_answers()

    def __exit__(self, *_: object) -> None:
        for name in list(self.processes):
            self.stop(name)
        self.sink.stop()

    @property
    def environment(self) -> dict[str, str]:
        """The settings of this office, as the product reads them."""
        return {
            **os.environ,
            "CRM_DATA": str(self.folder),
            "CRM_BIND": f"127.0.0.1:{self.port}",
            "CRM_BASE_URL": self.url,
            "CRM_SMTP_PORT": str(self.sink.port),
            "CRM_ARGON2_MEMORY": "64",
            "WEB_CONCURRENCY": "1",
            "CRM_THREADS": "8",
            "PYTHONPATH": str(TOP),
            "PYTHONUNBUFFERED": "1",
            **(clocks.environment(self.clock) if self.clock else {}),
            **self.settings,
        }

    def crm(self, *words: str) -> str:
        """Run one `crm` command; gives what it printed. Raises AssertionError with its complaint when it fails."""
        command = [sys.executable, "-m", "crm.cli", *words]
        done = subprocess.run(command, env=self.environment, cwd=TOP, capture_output=True, text=True, timeout=180)
        assert done.returncode == 0, f"crm {' '.join(words)}: {done.stderr}"
        return done.stdout

    def start(self, name: str, *arguments: str) -> None:
        """Start one of our processes; its output goes to <name>.log."""
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, *arguments], env=self.environment, cwd=TOP, stdout=log, stderr=log
            )

    def turn_clock(self, clock: dt.datetime) -> None:
        """Begin anew at another moment."""
        self.clock = clock
        for name in list(self.processes):
            self.stop(name)
        self.open_doors()

    def stop(self, name: str, signal: str = "terminate") -> None:
        """End one of our processes; `signal` "kill" gives it no time to finish."""
        process = self.processes.pop(name)
        getattr(process, signal)()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def wait_until_it_answers(self, seconds: float = 120) -> None:
        """Raises AssertionError, with the log, when the log-in page does not come within this time."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.processes["web"].poll() is None:
            try:
                with urllib.request.urlopen(f"{self.url}/login", timeout=5):
                    return
            except urllib.error.HTTPError as error:
                raise AssertionError(f"/login answers {error.code}: {self.log()}") from error
            except OSError:
                time.sleep(0.1)
        raise AssertionError(f"the web server does not answer: {self.log()}")

    def log(self, name: str = "web") -> str:
        """The last lines that a process wrote."""
        return (self.folder / f"{name}.log").read_text(errors="replace")[-4000:]

    def mails(self, to: str = "", count: int = 0, seconds: float = 15) -> list[sink.Kept]:
        """The messages in the sink, oldest first, those to the address `to` when given.

        With `count`, waits until there are so many; raises AssertionError when they do not come within `seconds`.
        """
        end = time.monotonic() + seconds
        while True:
            found = [mail for mail in reversed(sink.messages(self.sink.folder)) if not to or to in mail.recipients]
            if len(found) >= count:
                return found
            assert time.monotonic() < end, f"{len(found)} of {count} messages came within {seconds} s"
            time.sleep(0.1)


def free_port() -> int:
    """A port that nobody uses at this moment."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])

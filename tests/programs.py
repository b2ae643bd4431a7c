"""Our programs as processes of their own, to be killed."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from html.parser import HTMLParser
from pathlib import Path

import httpx

from crm import paths
from crm.supervisor import PARENT

SOON = 300.0  # seconds


class Forms(HTMLParser):
    """The forms of a page: {address: {name: value}} with what would be sent if nobody changed a thing."""

    def __init__(self, page):
        super().__init__()
        self.found, self.values, self.select = {}, {}, ""
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag == "form":
            self.values = self.found.setdefault(given.get("action") or "", {})
        elif tag == "input" and given.get("name") and given.get("type") not in ("checkbox", "radio", "file", "submit"):
            self.values[given["name"]] = given.get("value") or ""
        elif tag == "select":
            self.select = given.get("name", "")
        elif tag == "option" and ("selected" in given or self.select not in self.values):
            self.values[self.select] = given.get("value") or ""


def following(*command):
    """The words that start a program of others so that it ends with this process, as ours do by themselves."""
    tie = (
        "import os, sys; from crm.supervisor import follow_parent; follow_parent(); os.execv(sys.argv[1], sys.argv[1:])"
    )
    return [sys.executable, "-c", tie, *command]


class Unanswered(Exception):
    """A page that did not come."""


class Office:
    """Web and worker as programs of their own."""

    def __init__(self, database):
        self.environment = {
            **os.environ,
            **{f"CRM_{name}": value for name, value in database.items()},
            "CRM_ARGON2_MEMORY": "8",
            "CRM_SECRET_KEY": "testing",
            "CRM_WORKER_POLL": "0.05",
            "WEB_CONCURRENCY": "1",
        }
        self.port = free_port()
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=20)
        self.programs = []

    def start(self):
        self.program("web", "--port", str(self.port))
        self.program("worker")
        until(self.answers)

    def program(self, *words, **streams):
        """Start one of our programs; gives the process."""
        self.programs.append(
            subprocess.Popen(
                [sys.executable, "-m", "crm.cli", *words],
                env=self.environment,
                cwd=Path(paths.PACKAGE).parent,
                start_new_session=True,
                umask=0o022,
                **{"stderr": subprocess.DEVNULL, **streams},
            )
        )
        return self.programs[-1]

    def answers(self):
        try:
            return self.client.get("/login").status_code in (200, 302)
        except httpx.TransportError:
            return False

    def kill(self):
        for program in self.programs:
            if program.poll() is None:
                os.killpg(program.pid, signal.SIGKILL)
                program.wait()
        self.programs.clear()

    def send(self, page, action, files=None, **values):
        """Fill in a form of a page and send it; gives the answer."""
        answer = self.client.get(page)
        if answer.status_code != 200:
            raise Unanswered(f"{page}: {answer.status_code}")
        return self.client.post(action or page, data={**Forms(answer.text).found[action], **values}, files=files)


class Portal:
    """The portal as a program of its own (`crm portal`), on a machine without a CRM: `folder` is all it has.

    `settings` are further ones of portal.toml, without KLUIS_.
    """

    KEYS = ("the-first-key-of-the-crm-of-the-office", "the-next-key-of-the-crm-of-the-office")

    def __init__(self, folder, port=None, keys=KEYS, **settings):
        self.folder, self.port, self.settings = folder, port or free_port(), settings
        self.url = f"http://127.0.0.1:{self.port}"
        self.keys, self.process = keys, None

    @property
    def environment(self):
        known = {name: value for name, value in os.environ.items() if not name.startswith("CRM_")}
        return {
            **known,
            PARENT: str(os.getpid()),
            "CRM_PLUGINS": '["portal"]',
            "CRM_DATA": str(self.folder / "no-crm"),
            "CRM_THREADS": "8",
            "WEB_CONCURRENCY": "1",
            "PYTHONUNBUFFERED": "1",
            "KLUIS_DATA": str(self.folder / "portal"),
            "KLUIS_API_KEYS": json.dumps(list(self.keys)),
            "KLUIS_ARGON2_MEMORY": "8",
            **{f"KLUIS_{name}": value for name, value in self.settings.items()},
        }

    def start(self):
        """Start it; returns once it answers."""
        with (self.folder / "portal.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "crm.cli", "portal", "--port", str(self.port)], env=self.environment,
                cwd=Path(paths.PACKAGE).parent, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        until(self.answers)

    def answers(self):
        assert self.process.poll() is None, self.log()
        try:
            return httpx.get(f"{self.url}/inloggen").status_code == 200
        except httpx.TransportError:
            return False

    def log(self):
        return (self.folder / "portal.log").read_text(errors="replace")

    def call(self, path, key=None, method="GET", **body):
        """A call of the protocol; gives the answer."""
        headers = {"Authorization": f"Bearer {key or self.keys[0]}"}
        return httpx.request(method, f"{self.url}/api/v1{path}", json=body or None, headers=headers)

    def kill(self):
        """End it without time to finish."""
        if self.process and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def free_port():
    """A port that nobody uses at this moment."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def open_to_others(folder):
    """What in a folder others than its owner may read, write or enter."""
    return [file for file in (folder, *folder.rglob("*")) if file.stat().st_mode & 0o077 and not file.is_symlink()]


def until(happened):
    """Wait until this is true."""
    deadline = time.monotonic() + SOON
    while not happened():
        assert time.monotonic() < deadline, "did not happen"
        time.sleep(0.05)

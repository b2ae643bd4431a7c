"""The wheel in an empty environment, far from any checkout: `crm run` shows its pages, `crm demo` fills an office."""

import os
import re
import signal
import socket
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from crm import demo
from crm.supervisor import PARENT

SOON = 300.0  # seconds


@pytest.fixture(scope="module")
def programs(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` of a virtual environment with the wheel in it. The libraries it needs come from the environment of the
    tests, by a path that brings nothing else: no network, and not the checkout."""
    home = tmp_path_factory.mktemp("empty") / "venv"
    python = home / "bin" / "python"
    call(sys.executable, "-m", "venv", "--without-pip", home)
    call(
        sys.executable, "-m", "pip", "--python", python, "install", "-q", "--no-deps", "--no-index",
        "--disable-pip-version-check", wheel,
    )  # fmt: skip
    site = call(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip()
    (Path(site) / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    assert call(python, "-c", "import crm; print(crm.__file__)").startswith(str(home))
    return home / "bin"


def environment(folder: Path) -> dict[str, str]:
    """That of a user who set nothing but where his data are."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CRM_", "PYTHON", "WEB_"))}
    return {**kept, "CRM_DATA": str(folder), "CRM_ARGON2_MEMORY": "64", PARENT: str(os.getpid())}


def call(*command: str | Path, folder: Path = Path("/tmp")) -> str:
    """Run a program that ends; gives what it printed."""
    words = [str(part) for part in command]
    done = subprocess.run(words, capture_output=True, text=True, cwd="/", env=environment(folder), timeout=180)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def running(programs: Path, tmp_path: Path) -> Iterator[tuple[httpx.Client, subprocess.Popen[str]]]:
    """`crm run --port …` and a browser at its address."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with (tmp_path / "log").open("w") as log:
        program = subprocess.Popen(
            [programs / "crm", "run", "--port", str(port)],
            env=environment(tmp_path / "data"), cwd=tmp_path, stdout=log, stderr=log, text=True,
        )  # fmt: skip
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", follow_redirects=True) as browser:
            wait_for(browser, program, tmp_path / "log")
            yield browser, program
    finally:
        if program.poll() is None:
            program.send_signal(signal.SIGINT)
            program.wait(60)


def wait_for(browser: httpx.Client, program: subprocess.Popen[str], log: Path) -> None:
    """Until the log-in page comes; fails with what was said when it does not."""
    end = time.monotonic() + SOON
    while time.monotonic() < end and program.poll() is None:
        try:
            if browser.get("/login").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    raise AssertionError(log.read_text())


def test_crm_run_lets_one_log_in_and_stops_cleanly(running: tuple[httpx.Client, subprocess.Popen[str]]) -> None:
    browser, program = running
    page = browser.get("/login")
    assert "Wachtwoord" in page.text
    for asset in re.findall(r'(?:src|href)="(/static/[^"]+)"', page.text):
        assert browser.get(asset).status_code == 200, asset
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)
    assert token
    typed = {"csrf_token": token[1], "email": demo.BEA, "password": demo.PASSWORD}
    start = browser.post("/login", data=typed)
    assert start.url.path == "/" and "Bea Beheer" in start.text
    assert "Stukken compleet maken" in browser.get("/admin/dossier-statuses").text
    program.send_signal(signal.SIGINT)
    assert program.wait(60) == 0


def test_crm_demo_fills_an_office(programs: Path, tmp_path: Path) -> None:
    call(programs / "crm", "db", "upgrade", folder=tmp_path)
    assert demo.BEA in call(programs / "crm", "demo", folder=tmp_path)

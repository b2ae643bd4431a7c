"""`crm run` as a user meets it: starts, restarts what crashed, ends everything, keeps the data."""

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from crm import paths
from crm.supervisor import Program, supervise
from tests.programs import open_to_others

SOON = 300.0  # seconds
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="looks in /proc")


def until(happened):
    """Wait until this is true; gives it."""
    deadline = time.monotonic() + SOON
    while not (found := happened()):
        assert time.monotonic() < deadline, "did not happen"
        time.sleep(0.05)
    return found


def family(data):
    """{process id: command} of every process that works on this data folder."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            environment = (folder / "environ").read_bytes()
            state = (folder / "stat").read_text().rpartition(")")[2].split()[0]
            if f"CRM_DATA={data}\0".encode() in environment and state != "Z":
                found[int(folder.name)] = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
    return found


@pytest.fixture
def run(tmp_path):
    """Starts `crm run` on a data folder of its own; gives (process, port, file with what it says)."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    environment = {**os.environ, "CRM_DATA": str(tmp_path / "data"), "CRM_ARGON2_MEMORY": "8", "WEB_CONCURRENCY": "1"}
    environment.pop("CRM_CONFIG", None)
    started = []

    def start():
        said = tmp_path / f"said-{len(started)}"
        with said.open("w") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", "crm.cli", "run", "--port", str(port)],
                env=environment,
                cwd=Path(paths.PACKAGE).parent,
                stdout=out,
                stderr=subprocess.DEVNULL,
                umask=0o022,
            )
        started.append(process)
        until(lambda: "Stop with Ctrl-C" in said.read_text() or process.poll() is not None)
        assert process.poll() is None, said.read_text()
        return process, port, said

    yield start
    for process in started:
        if process.poll() is None:
            process.terminate()
            process.wait()


def answers(port):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("GET", "/login")
        return connection.getresponse().status
    except OSError:
        return None
    finally:
        connection.close()


@LINUX
def test_it_starts_mends_and_ends_everything(run, tmp_path):
    process, port, said = run()
    assert f"http://localhost:{port}" in said.read_text()
    assert len(re.findall(r"@sleutel\.example", said.read_text())) == 5
    assert answers(port) == 200
    kinds = ("gunicorn", "crm.cli worker", "crm.cli sink")
    until(lambda: all(any(kind in command for command in family(tmp_path / "data").values()) for kind in kinds))

    worker = next(number for number, command in family(tmp_path / "data").items() if "crm.cli worker" in command)
    os.kill(worker, signal.SIGKILL)
    until(lambda: any("worker" in command for number, command in family(tmp_path / "data").items() if number != worker))
    assert "worker ended" in said.read_text()

    process.send_signal(signal.SIGINT)
    assert process.wait(SOON) == 0
    assert family(tmp_path / "data") == {}
    assert open_to_others(tmp_path / "data") == [], "whichever of our programs made it"

    database = tmp_path / "data" / "sleutel.db"
    made = database.stat().st_ino
    process, port, said = run()
    assert database.stat().st_ino == made and "Making a demo office" not in said.read_text()
    process.kill()
    until(lambda: family(tmp_path / "data") == {})


def test_programs_that_keep_ending_are_started_ever_later(tmp_path):
    log, said, stop = tmp_path / "log", [], threading.Event()
    program = Program("shaky", [sys.executable, "-c", f"open({str(log)!r}, 'a').write('x')"], wait=0.1)
    thread = threading.Thread(target=supervise, args=([program], stop, said.append))
    thread.start()
    until(lambda: len(said) >= 3)
    stop.set()
    thread.join(SOON)
    waits = [float(re.search(r"in (\d+) s", line)[1]) for line in said]
    assert waits == sorted(waits) and program.wait > 0.4 and len(log.read_text()) >= 3


def test_a_program_that_does_not_listen_is_killed(tmp_path, monkeypatch):
    monkeypatch.setattr("crm.supervisor.GRACE", 0.3)
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('on', flush=True); time.sleep(99)"
    program = Program("deaf", [sys.executable, "-c", deaf])
    stop = threading.Event()
    thread = threading.Thread(target=supervise, args=([program], stop, print))
    thread.start()
    until(lambda: program.process)
    time.sleep(1)
    stop.set()
    thread.join(SOON)
    assert program.process.returncode == -signal.SIGKILL

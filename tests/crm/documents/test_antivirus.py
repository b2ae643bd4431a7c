"""clamd, faithful and hostile; and the real one where this machine has it."""

import os
import shutil
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from crm.documents.antivirus import Clean, Found, NotScanned, scan
from tests.crm.documents.hostile import EICAR, virus_in_pdf, zip_in_zip, zipped
from tests.programs import following


def received(link: socket.socket) -> bytes:
    """What comes in by INSTREAM's own framing, to its end."""
    reader = link.makefile("rb")
    assert reader.read(10) == b"zINSTREAM\0"
    content = b""
    while size := struct.unpack(">L", reader.read(4))[0]:
        content += reader.read(size)
    return content


def faithful(link: socket.socket) -> None:
    link.sendall(b"stream: Eicar-Test FOUND\0" if EICAR in received(link) else b"stream: OK\0")


def saying(answer: bytes) -> Callable[[socket.socket], None]:
    def answering(link: socket.socket) -> None:
        received(link)
        link.sendall(answer)

    return answering


def resetting(link: socket.socket) -> None:
    """As the real one does at StreamMaxLength."""
    link.recv(70_000)
    link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def refusing(link: socket.socket) -> None:
    link.recv(70_000)
    link.sendall(b"INSTREAM size limit exceeded. ERROR\0")


def hanging(link: socket.socket) -> None:
    received(link)
    time.sleep(1.5)


def dripping(link: socket.socket) -> None:
    received(link)
    for _ in range(20):
        link.sendall(b"s")
        time.sleep(0.1)


class Server:
    """Listens on a socket of its own and answers each caller with `answer`."""

    def __init__(self, listening: socket.socket, answer: Callable[[socket.socket], None]) -> None:
        self.listening, self.answer = listening, answer
        self.thread = threading.Thread(target=self.serve)

    def serve(self) -> None:
        while True:
            try:
                link, _ = self.listening.accept()
            except OSError:
                return
            with link:
                try:
                    self.answer(link)
                except (OSError, struct.error):
                    continue

    def close(self) -> None:
        self.listening.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        self.listening.close()


@pytest.fixture(params=["unix", "tcp"])
def serve(request, tmp_path) -> Iterator[Callable[[Callable[[socket.socket], None]], str]]:
    servers = []

    def start(answer: Callable[[socket.socket], None]) -> str:
        if request.param == "unix":
            listening = socket.socket(socket.AF_UNIX)
            listening.bind(str(tmp_path / "clamd"))
            address = str(tmp_path / "clamd")
        else:
            listening = socket.create_server(("127.0.0.1", 0))
            address = f"127.0.0.1:{listening.getsockname()[1]}"
        listening.listen()
        server = Server(listening, answer)
        servers.append(server)
        server.thread.start()
        return address

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def good(tmp_path) -> Path:
    path = tmp_path / "good"
    path.write_bytes(b"stukken" * 300_000)
    return path


@pytest.fixture
def bad(tmp_path) -> Path:
    path = tmp_path / "bad"
    path.write_bytes(b"x" * 70_000 + EICAR)
    return path


def test_clean_and_found(serve, good, bad):
    address = serve(faithful)
    assert scan(good, address) == Clean()
    assert scan(bad, address) == Found("Eicar-Test")


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"stream: OK",
        b"stream: OK\n",
        b"stream: O",
        b"OK\0",
        b"stream: Eicar-Test FOU",
        b"stream: lstat() failed. ERROR\0",
        b"stream: OK\0stream: OK\0",
        b"UNKNOWN COMMAND\0",
        b"x" * 10_000,
        bytes(10),
    ],
)
def test_any_other_answer_is_not_clean(serve, good, answer):
    assert isinstance(scan(good, serve(saying(answer))), NotScanned)


@pytest.mark.parametrize("answer", [resetting, refusing, hanging, dripping], ids=lambda answer: answer.__name__)
def test_what_goes_wrong_on_the_way_is_not_clean(serve, good, answer):
    started = time.monotonic()
    assert isinstance(scan(good, serve(answer), timeout=0.5), NotScanned)
    assert time.monotonic() - started < 1.5


def late(link: socket.socket) -> None:
    received(link)
    time.sleep(0.6)
    link.sendall(b"stream: OK\0")


def test_an_answer_that_comes_late_counts_as_long_as_somebody_waits(serve, good):
    """Here seconds are what minutes are for the real one, which is waited for two of."""
    address = serve(late)
    assert scan(good, address, timeout=1.2) == Clean()
    assert isinstance(scan(good, address, timeout=0.3), NotScanned)


@pytest.mark.parametrize("address", ["/nowhere/clamd.ctl", "127.0.0.1:1", "127.0.0.1", "localhost:clamd", ""])
def test_no_scanner_is_not_clean(good, address):
    assert isinstance(scan(good, address, timeout=2), NotScanned)


def test_a_file_larger_than_the_scanner_takes_is_not_sent(serve, good):
    assert scan(good, serve(faithful), largest=1000) == NotScanned("larger than the scanner takes")


def test_not_all_that_is_found_is_a_virus():
    assert Found("Win.Test.EICAR_HDB-1").reason == "virus"
    assert Found("Heuristics.Limits.Exceeded.MaxFiles").reason == "bomb"
    assert Found("Heuristics.Encrypted.Zip").reason == "password"


CONFIGURATION = """
LocalSocket {folder}/clamd.ctl
DatabaseDirectory {folder}/signatures
TemporaryDirectory {folder}
Foreground yes
StreamMaxLength 2M
AlertExceedsMax yes
AlertEncrypted yes
MaxRecursion 10
MaxFiles 1000
User root
"""


@pytest.fixture(scope="module")
def clamd(tmp_path_factory) -> Iterator[str]:
    """The real one, with a database of one signature; gives its address."""
    program = shutil.which("clamd") or shutil.which("clamd", path="/usr/sbin")
    if program is None:
        message = "no clamd on this machine (apt install clamav-daemon)"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    folder = tmp_path_factory.mktemp("clamd")
    (folder / "signatures").mkdir()
    (folder / "signatures" / "local.ndb").write_text(f"Test.EICAR.Any:0:*:{EICAR.hex()}\n")
    (folder / "clamd.conf").write_text(CONFIGURATION.format(folder=folder))
    with subprocess.Popen(
        following(program, "--config-file", str(folder / "clamd.conf")),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as server:
        for _ in range(300):
            if (folder / "clamd.ctl").exists() or server.poll() is not None:
                break
            time.sleep(0.1)
        try:
            yield str(folder / "clamd.ctl")
        finally:
            server.kill()


@pytest.mark.parametrize(
    ("content", "outcome"),
    [
        (EICAR, "Test.EICAR.Any.UNOFFICIAL"),
        (zipped({"a.com": EICAR}), "Test.EICAR.Any.UNOFFICIAL"),
        (zip_in_zip(EICAR, 3), "Test.EICAR.Any.UNOFFICIAL"),
        (zip_in_zip(b"goed", 15), "Heuristics.Limits.Exceeded.MaxRecursion"),
        (zipped({f"{n}.txt": b"%d" % n for n in range(3000)}), "Heuristics.Limits.Exceeded.MaxFiles"),
        (b"goed" * 100_000, ""),
        (virus_in_pdf(), ""),  # what it misses, and why attachments are pulled out and scanned by themselves
    ],
    ids=["plain", "zip", "zip-in-zip", "15-deep", "3000-files", "good", "compressed-attachment"],
)
def test_the_real_scanner(clamd, tmp_path, content, outcome):
    (tmp_path / "file").write_bytes(content)
    assert scan(tmp_path / "file", clamd) == (Found(outcome) if outcome else Clean())


def test_the_real_scanner_takes_no_more_than_it_says(clamd, tmp_path):
    (tmp_path / "file").write_bytes(bytes(3 << 20))
    assert isinstance(scan(tmp_path / "file", clamd), NotScanned)
    (tmp_path / "good").write_bytes(b"goed")
    assert scan(tmp_path / "good", clamd) == Clean()


def test_signatures_that_are_read_anew_meanwhile_never_make_a_virus_clean(clamd, tmp_path):
    (tmp_path / "bad").write_bytes(EICAR + b"x" * 1_900_000)
    (tmp_path / "good").write_bytes(b"goed" * 400_000)
    ended, reloads = threading.Event(), []

    def reload() -> None:
        while not ended.is_set():
            with socket.socket(socket.AF_UNIX) as link:
                link.connect(clamd)
                link.sendall(b"zRELOAD\0")
                reloads.append(link.recv(100))
            time.sleep(0.01)

    thread = threading.Thread(target=reload)
    thread.start()
    try:
        outcomes = [(scan(tmp_path / "bad", clamd), scan(tmp_path / "good", clamd)) for _ in range(30)]
    finally:
        ended.set()
        thread.join()
    assert reloads.count(b"RELOADING\0") > 5
    assert not any(isinstance(bad, Clean) for bad, _ in outcomes)
    assert any(isinstance(bad, Found) for bad, _ in outcomes) and any(good == Clean() for _, good in outcomes)

"""Two hundred clients that send half, slowly or nothing: pages come meanwhile, and they are sent away."""

import socket
import time
from contextlib import closing, contextmanager, nullcontext
from itertools import count, pairwise
from types import SimpleNamespace

import pytest

from crm import migrate, paths
from crm.app import create_app
from crm.buffering import HEAD, PIECE, UPLOADS, Arrival, Pace, PacedSocket, TooSlow
from crm.db import db
from tests.programs import Office, until

COUNT = 200
CONNECTIONS = COUNT + 20  # that may be open
SECONDS = 6.0  # that a head and a piece may take
AT_ONCE = 5.0  # seconds that a page may take on a busy machine; less than any slow client is given

GET = b"GET /login HTTP/1.1\r\nHost: localhost\r\n"
POST = b"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
UPLOAD = b"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=x\r\n"
PART = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
WHOLE = b"Content-Length: 3\r\n\r\na=b"
LARGE = UPLOAD + b"Content-Length: 20000000\r\n\r\n" + PART

# What each sends at once, and then byte by byte, again and again; and how its answer begins, empty for a connection
# that is just closed.
SLOW = {
    "says nothing": (b"", b"", b""),
    "half a line": (b"GET /lo", b"", b"HTTP/1.1 408"),
    "half a head": (GET, b"", b"HTTP/1.1 408"),
    "a head byte by byte": (GET, b"a: b\r\n", b"HTTP/1.1 408"),
    "half a body": (POST + b"Content-Length: 100\r\n\r\na=", b"", b"HTTP/1.1 408"),
    "a body byte by byte": (POST + b"Content-Length: 2000\r\n\r\na=", b"b", b"HTTP/1.1 408"),
    "the beginning of a file": (LARGE, b"", b"HTTP/1.1 408"),
    "the first piece of a file": (LARGE + b"a" * PIECE, b"", b"HTTP/1.1 408"),
    "a file byte by byte": (LARGE + b"a" * PIECE, b"a", b"HTTP/1.1 408"),
    "in chunks": (POST + b"Transfer-Encoding: chunked\r\n\r\n2\r\na=\r\n", b"1\r\nb\r\n", b"HTTP/1.1 408"),
    "asks leave first": (POST + b"Expect: 100-continue\r\nContent-Length: 9\r\n\r\n", b"", b"HTTP/1.1 100"),
    "a second request by half": (GET + b"\r\n" + GET, b"", b"HTTP/1.1 200"),
    "is quiet after an answer": (GET + b"\r\n", b"", b"HTTP/1.1 200"),
    "stays after a last answer": (GET + b"Connection: close\r\n\r\n", b"", b"HTTP/1.1 200"),
}
IN_THREADS = ("the first piece of a file", "a file byte by byte", "in chunks", "asks leave first")


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    """A web server of one process with two threads, and short times."""
    database = {"DATA": str(tmp_path_factory.mktemp("office")), "DATABASE": ""}
    app = create_app(paths.config() / "testing.toml", **database)
    with app.app_context():
        migrate.upgrade()
        db.disconnect()
    office = Office(database)
    office.environment |= {
        "CRM_THREADS": "2",
        "CRM_HEAD_SECONDS": str(SECONDS),
        "CRM_PIECE_SECONDS": str(SECONDS),
        "GUNICORN_CMD_ARGS": f"--worker-connections={CONNECTIONS}",
    }
    office.program("web", "--port", str(office.port))
    until(office.answers)
    yield office
    office.kill()
    office.client.close()


@contextmanager
def slow_clients(office, kinds):
    """Connections of these kinds that have sent their beginning: [(kind, connection)]."""
    made = []
    try:
        for kind in kinds:
            connection = socket.create_connection(("127.0.0.1", office.port), timeout=10)
            made.append((kind, connection))
            connection.sendall(SLOW[kind][0])
            connection.setblocking(False)
        yield made
    finally:
        for _kind, connection in made:
            connection.close()


def page_time(office):
    """Seconds until the first page came, over a connection of its own."""
    began = time.monotonic()
    with closing(socket.create_connection(("127.0.0.1", office.port), timeout=30)) as browser:
        browser.sendall(GET + b"Connection: close\r\n\r\n")
        assert browser.recv(15).startswith(b"HTTP/1.1 200")
    return time.monotonic() - began


def trickle(clients, answers, sent):
    """Let each send its next byte, and take in what it was answered; those that were sent away go from `clients`."""
    for one in list(clients):
        kind, connection = one
        rest = SLOW[kind][1]
        try:
            if rest:
                connection.send(rest[sent % len(rest)].to_bytes())
        except OSError:
            pass  # sent away: its answer can still be read
        try:
            data = connection.recv(1 << 16)
        except BlockingIOError:
            continue
        except ConnectionError:
            data = b""
        answers[one] += data
        if not data:
            clients.remove(one)


def test_pages_come_while_slow_clients_are_there_and_these_are_sent_away(office):
    """Of those for which a thread is needed there are more than there are threads for them, but not many times more."""
    others = [kind for kind in SLOW if kind not in IN_THREADS]
    kinds = [*IN_THREADS * (UPLOADS // len(IN_THREADS) + 1), *others * COUNT][:COUNT]
    with slow_clients(office, kinds) as made:
        clients, answers, turns = list(made), dict.fromkeys(made, b""), count()
        for _ in range(3):
            assert page_time(office) < AT_ONCE
            trickle(clients, answers, next(turns))

        def all_went():
            trickle(clients, answers, next(turns))
            return not clients

        until(all_went)
        for (kind, _connection), answer in answers.items():
            assert answer.startswith(SLOW[kind][2]) and bool(answer) == bool(SLOW[kind][2]), (kind, answer[:200])
    assert page_time(office) < AT_ONCE


CHUNKED = (
    b"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n"
)


@pytest.mark.parametrize("body", [b"zz\r\nemail=a\r\n0\r\n\r\n", b"3\r\nemail=a\r\n0\r\n\r\n", b"-1\r\n\r\n"])
def test_a_body_in_broken_chunks_is_a_bad_request(office, body):
    """Its sender is told, and nothing more is read of what he sends over this connection."""
    with closing(socket.create_connection(("127.0.0.1", office.port), timeout=30)) as sender:
        sender.sendall(CHUNKED + body + GET + b"\r\n")
        answer = b""
        while data := sender.recv(1 << 16):
            answer += data
    assert answer.startswith(b"HTTP/1.1 400 ") and answer.count(b"HTTP/1.1 ") == 1, answer[:80]


def test_of_more_than_may_be_open_those_that_are_due_first_give_way(office):
    began = time.monotonic()
    with slow_clients(office, ["half a head"] * (CONNECTIONS + 30)) as made:
        assert page_time(office) < AT_ONCE
        gone = [is_gone(connection) for _kind, connection in made]
        assert not any(gone[CONNECTIONS:]) or time.monotonic() - began > SECONDS
        assert all(gone[:20])


def is_gone(connection):
    """Was it sent away?"""
    try:
        return not connection.recv(1)
    except BlockingIOError:
        return False
    except ConnectionError:
        return True


@pytest.fixture
def line():
    """(our end, the client's end) of a connection."""
    ours, client = socket.socketpair()
    ours = PacedSocket(ours.family, ours.type, ours.proto, ours.detach())
    ours.pace = Pace(piece=10.0)
    ours.setblocking(True)
    yield ours, client
    ours.close()
    client.close()


@pytest.mark.parametrize(("waited", "came", "is_slow"), [(10.0, 1, False), (10.1, 1, True), (10.1, PIECE, False)])
def test_a_piece_has_its_time(line, monkeypatch, waited, came, is_slow):
    ours, client = line
    monkeypatch.setattr("crm.buffering.time", SimpleNamespace(monotonic=iter([0.0, waited, 0.0, 10.0]).__next__))
    client.sendall(b"a" * came)
    with pytest.raises(TooSlow) if is_slow else nullcontext():
        assert ours.recv(PIECE, socket.MSG_WAITALL if came > 1 else 0) == b"a" * came
    if came == PIECE:
        client.sendall(b"a")
        assert ours.recv(1) == b"a", "the next piece has its own time"


def test_what_does_not_come_is_too_slow_and_who_does_not_read_is_gone(line):
    ours, client = line
    ours.pace = Pace(piece=0.05)
    ours.setblocking(True)
    with pytest.raises(TooSlow):
        ours.recv(1)
    with pytest.raises(ConnectionResetError):
        ours.sendall(b"a" * (100 * PIECE))
    ours.settimeout(0.04)  # as gunicorn does when it reads away what nobody asked for
    client.settimeout(0)
    with pytest.raises(TimeoutError):
        ours.recv(1)


@pytest.mark.parametrize(
    ("head", "wanted", "is_large"),
    [
        (b"GET / HTTP/1.1", 0, False),
        (b"POST / HTTP/1.1\r\nContent-Length: 9", 9, False),
        (b"POST / HTTP/1.1\r\ncontent-length:\t9 ", 9, False),
        (b"POST / HTTP/1.1\r\nX: Content-Length: 9", 0, False),
        (b"POST / HTTP/1.1\r\nContent-Length: %d" % PIECE, PIECE, False),
        (b"POST / HTTP/1.1\r\nContent-Length: %d" % (PIECE + 1), PIECE, True),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked", 0, True),
        (b"POST / HTTP/1.1\r\nContent-Length: 9\r\nExpect: 100-continue", 0, True),
        (b"POST / HTTP/1.1\r\nContent-Length: many", 0, False),
    ],
)
def test_how_much_is_waited_for(head, wanted, is_large):
    """However it is cut, the request is there with its last byte and not before."""
    data = head + b"\r\n\r\n" + b"a" * wanted
    end = len(data) - wanted
    for cuts in ([], [1], [end - 3, end - 1], [len(data) - 1]):
        arrival = Arrival()
        for start, stop in pairwise([0, *cuts, len(data)]):
            assert not arrival.is_there
            arrival.add(data[start:stop])
        assert (arrival.is_there, arrival.is_large) == (True, is_large), (head, cuts)


@pytest.mark.parametrize(("length", "is_endless"), [(HEAD, False), (HEAD + 1, True)])
def test_a_head_has_an_end(length, is_endless):
    assert Arrival(b"a" * length).is_endless == is_endless

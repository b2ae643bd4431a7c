"""A web server whose threads wait for nobody: a gunicorn worker that gives a request a thread when it is there.

gunicorn's own worker with threads gives a connection one at its first byte: a few half-sent requests hold all of them.
Here the loop keeps what comes in until the head and the body, or the first PIECE of a larger body, are whole. Large
bodies are read by threads of their own, so that uploads over slow lines hold up no page. Everything has its time: see
`Pace`.

Knows nothing of the application it serves. TLS is the work of a proxy in front.
"""

import errno
import re
import resource
import selectors
import socket
import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from gunicorn.http.errors import NoMoreData, ParseException
from gunicorn.workers.gthread import TConn, ThreadWorker
from werkzeug.exceptions import BadRequest, RequestTimeout

HEAD = 64 << 10  # bytes a head may have
PIECE = 128 << 10  # bytes of a body that are waited for without a thread
UPLOADS = 8  # larger bodies read at the same time in one process
LINGER = 2.0  # seconds an answered connection has to close
SWEEP = 0.25  # seconds between two looks at who is late
FILES = 4096  # open connections and files of a process, as far as the system lets it
MORE, LARGE = object(), object()  # what a thread says of a request that is not all there, and of a large one

LENGTH = re.compile(rb"\r\ncontent-length[ \t]*:[ \t]*(\d{1,18})[ \t]*\r\n", re.IGNORECASE)
UNTOLD = re.compile(rb"\r\n(?:transfer-encoding|expect)[ \t]*:", re.IGNORECASE)
ANSWER = "HTTP/1.1 {}\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {}\r\n\r\n{}"
LATE = "De verbinding was te traag; er is niets opgeslagen. Ga terug en probeer het opnieuw."


@dataclass(frozen=True)
class Pace:
    """Seconds that a client has for the head of a request, and for each PIECE of a body or of an answer: the least rate
    is PIECE / piece bytes a second."""

    head: float = 10.0
    piece: float = 15.0


class TooSlow(RequestTimeout):
    """A body that comes in below the least rate; raised where the application reads it, which so answers 408."""


class Malformed(BadRequest):
    """A body that is not what its head says, such as one in broken chunks; raised where the application reads it, which
    so answers 400."""


class BodyReader:
    """What gunicorn reads a body with, that says in the application's words what is wrong with one."""

    def __init__(self, reader: Any) -> None:
        self.reader = reader

    def read(self, size: int) -> bytes:
        """Up to so many bytes. Raises Malformed, TooSlow."""
        try:
            return bytes(self.reader.read(size))
        except (ParseException, NoMoreData) as error:
            raise Malformed from error


class PacedSocket(socket.socket):
    """A connection that, where it blocks, does so no longer than the pace allows."""

    pace = Pace()
    came, waited = 0, 0.0  # bytes of the piece that comes in, seconds that it took

    def setblocking(self, flag: bool) -> None:
        self.settimeout(self.pace.piece if flag else 0.0)

    def recv(self, size: int, flags: int = 0) -> bytes:
        """As `socket.recv`. Raises TooSlow; of somebody else's timeout (gunicorn's, after an answer) TimeoutError."""
        if self.gettimeout() != self.pace.piece:
            return super().recv(size, flags)
        began = time.monotonic()
        try:
            data = super().recv(size, flags)
        except TimeoutError as error:
            raise TooSlow from error
        self.came += len(data)
        self.waited += time.monotonic() - began
        if self.came >= PIECE:
            self.came, self.waited = 0, 0.0
        elif self.waited > self.pace.piece:
            raise TooSlow
        return data

    def sendall(self, data: Any, flags: int = 0) -> None:
        """As `socket.sendall`, each piece in its time. Raises ConnectionResetError for a client that does not read."""
        view = memoryview(data)
        try:
            for start in range(0, len(view), PIECE):
                super().sendall(view[start : start + PIECE], flags)
        except TimeoutError as error:
            raise ConnectionResetError(errno.ECONNRESET, "the client does not read") from error


class Arrival:
    """What came in of a request."""

    def __init__(self, data: bytes = b"") -> None:
        self.data = bytearray()
        self.wanted = 0  # bytes until a thread may have it; 0 until the end of the head is there
        self.is_large = False
        self.add(data)

    @property
    def is_there(self) -> bool:
        return 0 < self.wanted <= len(self.data)

    @property
    def is_endless(self) -> bool:
        return not self.wanted and len(self.data) > HEAD

    def add(self, data: bytes) -> None:
        searched = max(0, len(self.data) - 3)
        self.data += data
        if not self.wanted and (end := self.data.find(b"\r\n\r\n", searched)) >= 0:
            self.measure(end + 4)

    def measure(self, head: int) -> None:
        """Find how much to wait for. gunicorn itself reads the head later: here nothing is refused or believed."""
        told = LENGTH.search(self.data, 0, head)
        length = int(told[1]) if told else 0
        is_untold = bool(UNTOLD.search(self.data, 0, head))
        self.is_large = is_untold or length > PIECE
        self.wanted = head if is_untold else head + min(length, PIECE)


class Connection(TConn):
    """A connection, with the request that comes in over it."""

    def __init__(self, pace: Pace, *details: Any) -> None:
        super().__init__(*details)
        self.pace = pace
        self.arrival = Arrival()
        self.deadline: float | None = None  # on the monotonic clock; None until the first byte of a next request
        self.is_ending = False

    def is_late(self, now: float) -> bool:
        return self.deadline is not None and self.deadline <= now

    def take_in(self) -> bool:
        """Take what has come, of a socket that does not block; False when the client is gone. Raises OSError."""
        had_head = bool(self.arrival.wanted)
        while not self.arrival.is_there and not self.arrival.is_endless:
            try:
                data = self.sock.recv(PIECE)
            except BlockingIOError:
                break
            if not data:
                return False
            self.arrival.add(data)
        if self.arrival.wanted and not had_head:
            self.deadline = time.monotonic() + self.pace.piece
        return True

    def init(self) -> None:
        super().init()
        self.parser.unreader.unread(bytes(self.arrival.data))
        self.arrival = Arrival()

    def renew(self) -> None:
        """Begin with the next request, of which some may have come with the last."""
        self.arrival, self.deadline = Arrival(self.parser.unreader.take_buffered()), None

    def refuse(self, status: str, text: str = "") -> None:
        """Answer without asking the application."""
        with suppress(OSError):  # gone, or it does not read
            self.sock.send(ANSWER.format(status, len(text.encode()), text).encode())


class BufferedWorker(ThreadWorker):
    """gunicorn's worker with threads, which a connection gets when there is work for one."""

    pace = Pace()

    def __init__(self, *details: Any) -> None:
        super().__init__(*details)
        self.waiting: dict[Connection, None] = {}
        self.next_sweep = 0.0

    @classmethod
    def check_config(cls, cfg: Any, log: Any) -> None:
        super().check_config(cfg, log)
        if cfg.is_ssl:
            raise RuntimeError("certfile and keyfile: HTTPS is the work of a proxy in front")

    def init_process(self) -> None:
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(FILES, hard)), hard))
        self.uploads = ThreadPoolExecutor(UPLOADS)
        super().init_process()

    def run(self) -> None:
        super().run()
        self.uploads.shutdown(wait=False)

    def accept(self, listener: Any) -> None:
        """Take a connection in; of more than may be open, that which is due first gives way."""
        try:
            plain, client = listener.accept()
        except OSError as error:
            if error.errno in (errno.EMFILE, errno.ENFILE) and self.waiting:
                self.give_way()
            elif error.errno not in (errno.EAGAIN, errno.EWOULDBLOCK, errno.ECONNABORTED):
                raise
            return
        self.nr_conns += 1
        paced = PacedSocket(plain.family, plain.type, plain.proto, plain.detach())
        paced.pace = self.pace
        self.wait(Connection(self.pace, self.cfg, paced, client, listener.getsockname()))
        if self.nr_conns >= self.worker_connections:
            self.give_way()

    def wait(self, conn: Connection) -> None:
        """Let the loop look after a connection until something comes."""
        conn.deadline = conn.deadline or time.monotonic() + self.pace.head
        conn.sock.setblocking(False)
        self.waiting[conn] = None
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self.on_more, conn))

    def on_more(self, conn: Connection, _sock: Any) -> None:
        if conn not in self.waiting:
            return  # gave way to one that came in the same round
        self.forget(conn)
        if conn.is_late(time.monotonic()):
            self.send_away(conn)
        elif conn.is_ending:
            self.read_away(conn)
        else:
            self.enqueue_req(conn)

    def forget(self, conn: Connection) -> None:
        del self.waiting[conn]
        self.poller.unregister(conn.sock)

    def handle(self, conn: Connection) -> Any:
        """In a thread: answer a request that is there; else say why not."""
        try:
            is_open = conn.take_in()
        except OSError:
            return False
        if conn.arrival.is_there:
            return LARGE if conn.arrival.is_large else self.serve(conn)
        if conn.arrival.is_endless:
            conn.refuse("431 Request Header Fields Too Large")
            return False
        return MORE if is_open else False

    def serve(self, conn: Connection) -> bool:
        """In a thread: answer it; True when the connection is good for a next one."""
        conn.data_ready = True
        is_kept = bool(super().handle(conn))
        if is_kept:
            conn.renew()
        return is_kept

    def handle_request(self, req: Any, conn: Connection) -> Any:
        """In a thread: let the application answer."""
        req.body.reader = BodyReader(req.body.reader)
        return super().handle_request(req, conn)

    def finish_request(self, conn: Connection, fs: "Future[Any]") -> None:
        """In the loop again: what a thread left of a connection."""
        result = False if fs.cancelled() or fs.exception() else fs.result()
        if result is MORE:
            self.wait(conn)
        elif result is LARGE:
            done = self.uploads.submit(self.serve, conn)
            done.add_done_callback(lambda future: self.method_queue.defer(self.finish_request, conn, future))
        elif result and conn.arrival.data:
            conn.sock.setblocking(False)
            self.enqueue_req(conn)
        elif result:
            super().finish_request(conn, fs)
        else:
            self.end(conn)

    def end(self, conn: Connection) -> None:
        """Close, but let the client read its answer first: closing while it sends makes the system throw that away."""
        try:
            conn.sock.shutdown(socket.SHUT_WR)
        except OSError:
            self.drop(conn)
        else:
            conn.is_ending, conn.deadline = True, time.monotonic() + LINGER
            self.wait(conn)

    def read_away(self, conn: Connection) -> None:
        try:
            is_open = bool(conn.sock.recv(PIECE))
        except BlockingIOError:
            is_open = True
        except OSError:
            is_open = False
        if is_open:
            self.wait(conn)
        else:
            self.drop(conn)

    def drop(self, conn: Connection) -> None:
        self.nr_conns -= 1
        conn.close()

    def give_way(self) -> None:
        """Drop the waiting connection that is due first, if there is one."""
        first = min(self.waiting, key=lambda conn: conn.deadline or 0.0, default=None)
        if first:
            self.forget(first)
            self.drop(first)

    def murder_pending(self) -> None:
        """End those that are late; when we stop, those that had not begun to be answered soon are."""
        now = time.monotonic()
        if now < self.next_sweep:
            return
        self.next_sweep = now + SWEEP
        for conn in list(self.waiting):
            if not self.alive:
                conn.deadline = min(conn.deadline or now, now + LINGER)
            if conn.is_late(now):
                self.forget(conn)
                self.send_away(conn)

    def send_away(self, conn: Connection) -> None:
        """End one that is late, with an answer when it had begun to ask."""
        if conn.arrival.data and not conn.is_ending:
            conn.refuse("408 Request Timeout", LATE)
            self.end(conn)
        else:
            self.drop(conn)

"""Keeps a few programs running together, and ends them together."""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

PARENT = "CRM_PARENT"
LONGEST_WAIT = 30.0  # seconds between two starts of a program that keeps ending
STEADY = 60.0  # seconds after which a program counts as well started
GRACE = 25.0  # seconds a program gets to end
TICK = 0.2  # seconds


@dataclass
class Program:
    """One program: what to start, with what in its environment besides ours."""

    name: str
    arguments: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    starts_at: float = 0.0
    wait: float = 1.0

    def start(self) -> None:
        """Start it, in a session of its own, so that Ctrl-C comes to us alone."""
        environment = {**os.environ, **self.environment, PARENT: str(os.getpid())}
        self.process = subprocess.Popen(self.arguments, env=environment, start_new_session=True)  # noqa: S603
        self.started = time.monotonic()

    def look(self, say: Callable[[str], None]) -> None:
        """Start it when it is not running, the later the more often it ended soon."""
        now = time.monotonic()
        if self.process is None:
            if now >= self.starts_at:
                self.start()
        elif (code := self.process.poll()) is not None:
            self.wait = 1.0 if now - self.started > STEADY else min(self.wait * 2, LONGEST_WAIT)
            self.starts_at, self.process = now + self.wait, None
            say(f"{self.name} ended (code {code}); starting it again in {self.wait:.0f} s")

    def end(self, number: int) -> None:
        """Send it, and all it started, a signal."""
        if self.process and self.process.poll() is None:
            os.killpg(self.process.pid, number)


def supervise(programs: Sequence[Program], stop: threading.Event, say: Callable[[str], None]) -> None:
    """Keep these programs running until `stop` is set, then end them all; comes back when the last is gone."""
    try:
        while not stop.is_set():
            for program in programs:
                program.look(say)
            stop.wait(TICK)
    finally:
        end_all(programs)


def end_all(programs: Sequence[Program]) -> None:
    """Ask all to end; those that have not after GRACE are killed."""
    for program in programs:
        program.end(signal.SIGTERM)
    deadline = time.monotonic() + GRACE
    for program in programs:
        if program.process:
            try:
                program.process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                program.end(signal.SIGKILL)
                program.process.wait()


def follow_parent() -> None:
    """End when the supervisor that started this process ends, even when it was killed; without one, do nothing."""
    parent = int(os.environ.get(PARENT, "0"))
    if not parent:
        return
    if sys.platform == "linux":
        set_death_signal = 1  # PR_SET_PDEATHSIG
        ctypes.CDLL(None).prctl(set_death_signal, signal.SIGTERM)
    else:
        threading.Thread(target=watch, args=(parent,), daemon=True).start()
    if os.getppid() != parent:  # it ended before we asked to be told
        os.kill(os.getpid(), signal.SIGTERM)


def watch(parent: int) -> None:
    """Where the system does not tell, look every second."""
    while os.getppid() == parent:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)

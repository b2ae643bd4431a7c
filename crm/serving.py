"""Starting the programs of an office: web, worker, mail sink, and all three together."""

import http.client
import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Sequence
from typing import NoReturn

from flask import Flask

from crm import demo, migrate, mounts, sink
from crm.accounts import operations as accounts
from crm.db import db
from crm.jobs import worker as jobs_worker
from crm.listening import CannotServe, address_of, become_server, bound_to, check_port, gunicorn
from crm.supervisor import Program, follow_parent, supervise

SLOT_LOST = 3


def web(app: Flask, host: str, port: int) -> NoReturn:
    """Become the web server. Raises CannotServe."""
    with app.app_context():
        check_demo(app)
        db.disconnect()
    become_server("wsgi:app", host, port)


def check_demo(app: Flask) -> None:
    """Raises CannotServe for an office that anybody can walk into; `crm run` is for trying out, and lets that be."""
    found = demo.open_log_ins(accounts.hasher(app.config["ARGON2_MEMORY"], app.config["ARGON2_ROUNDS"]))
    if found:
        raise CannotServe(
            f"everybody knows the password of {', '.join(found)}: give these demo users another one, or switch them "
            "off; `crm run` is for trying out"
        )


def worker(app: Flask) -> int:
    """Run jobs until told to end; gives the exit code."""
    follow_parent()
    stop = stop_on_signals()
    try:
        jobs_worker.work(app, stop)
    except jobs_worker.SlotLost as error:
        logging.getLogger(__name__).error("%s; ending, so that its jobs are not done twice", error)
        os._exit(SLOT_LOST)  # at once: running jobs are another worker's now
    logging.shutdown()
    os._exit(0)  # a job that did not end in time goes on in another worker, so don't wait for its thread


def mail_sink(app: Flask) -> None:
    """Keep the mail of a trial office until told to end. Raises CannotServe."""
    follow_parent()
    stop = stop_on_signals()
    host, port = app.config["SMTP_HOST"], app.config["SMTP_PORT"]
    try:
        with sink.Sink(app.config["DATA"] / "mail", host, port):
            stop.wait()
    except OSError as error:
        raise CannotServe(f"the mail sink can't listen on {host} port {port}: {error.strerror}")


def stop_on_signals() -> threading.Event:
    """Set by SIGTERM and Ctrl-C."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop


def run(app: Flask, host: str, port: int, say: Callable[[str], None]) -> None:
    """Bring the database up to date, make the demo office when it is new, and keep all programs running.

    Raises CannotServe.
    """
    follow_parent()
    check_port(host, port)
    if app.config["SESSION_COOKIE_SECURE"] and not app.config["BASE_URL"]:
        raise CannotServe("with SESSION_COOKIE_SECURE nobody can log in without https: set BASE_URL, or switch it off")
    with app.app_context():
        prepare(app, say)
        address = address_of(host, port)
        lines = what_to_say(app, address)
        db.disconnect()
    environment = {"CRM_BASE_URL": app.config["BASE_URL"] or address}
    programs = [
        Program("web", gunicorn("wsgi:app"), environment | bound_to(host, port)),
        Program("worker", crm("worker"), environment),
    ]
    if app.config["MAIL_SINK"]:
        environment["CRM_SMTP_PORT"] = str(free_port(app.config["SMTP_HOST"], app.config["SMTP_PORT"]))
        programs.append(Program("mail sink", crm("sink"), environment))
    stop = stop_on_signals()
    threading.Thread(target=announce, args=(host, port, lines, stop, say), daemon=True).start()
    supervise(programs, stop, say)


def what_to_say(app: Flask, address: str) -> list[str]:
    """Where to go, and what there is to try, a line each. Needs the app context."""
    public = app.config["BASE_URL"] or address
    lines = [f"\nSleutel is ready: {address}", *(f"{one.name}: {public}{one.path}" for one in mounts.mounts())]
    if app.config["MAIL_SINK"]:
        lines.append(f"Mail and text messages arrive at {address}/dev/mail")
    return [*lines, *demo.notes(), "Stop with Ctrl-C.\n"]


def prepare(app: Flask, say: Callable[[str], None]) -> None:
    """An up-to-date database; a new one gets a demo office, also when making it was broken off before."""
    unfinished = app.config["DATA"] / "demo.unfinished"
    if migrate.is_new():
        unfinished.touch()
    if migrate.behind():
        say("Bringing the database up to date …")
        migrate.upgrade()
    if unfinished.exists():
        say("Making a demo office …")
        demo.make(app)
        unfinished.unlink()


def crm(command: str) -> list[str]:
    """A command of ours as a program."""
    return [sys.executable, "-m", "crm.cli", command]


def free_port(host: str, wanted: int) -> int:
    """The wanted port when it is free, else any that is."""
    for port in (wanted, 0):
        try:
            with socket.create_server((host, port)) as server:
                return int(server.getsockname()[1])
        except OSError:
            continue
    return wanted


def announce(host: str, port: int, lines: Sequence[str], stop: threading.Event, say: Callable[[str], None]) -> None:
    """Say these lines, once the first page answers."""
    target = "127.0.0.1" if host == "0.0.0.0" else "::1" if host == "::" else host  # noqa: S104
    while not stop.is_set() and not page_answers(target, port):
        time.sleep(0.1)
    for line in lines if not stop.is_set() else ():
        say(line)


def page_answers(host: str, port: int) -> bool:
    """True when the log-in page comes."""
    connection = http.client.HTTPConnection(host, port, timeout=5)
    try:
        connection.request("GET", "/login")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()

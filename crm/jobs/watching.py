"""Watches: what must be looked at every second, by exactly one worker. A row for each look would fill the database."""

import logging
import threading
import time

from flask import Flask

from crm.db import db
from crm.host import by_name, hook, once_per_app
from crm.jobs import queue, slots
from crm.jobs.models import Watch
from crm.records import rollback

log = logging.getLogger(__name__)

LOCK = 1000  # beyond the slots of workers
TRY_EVERY = 2.0  # seconds until a worker asks again whether nobody watches
LONGEST = 60.0  # seconds between two looks of a watch that fails


def watches() -> list[Watch]:
    """Every watch of rooms and plugins; asked once, at the start."""
    return once_per_app("crm.watches", lambda: list(by_name(hook.watches, "watch", lambda one: one.name).values()))


def start(app: Flask, stop: threading.Event) -> threading.Thread | None:
    """Watch in a thread of this worker until `stop` is set, whenever no other worker does; None without watches."""
    with app.app_context():
        if not watches():
            return None
    thread = threading.Thread(target=watch, args=(app, stop), name="watch", daemon=True)
    thread.start()
    return thread


def watch(app: Flask, stop: threading.Event) -> None:
    """Take the lock of watching when it is free, and look until it is lost or `stop` is set."""
    while not stop.is_set():
        with app.app_context():
            locks = slots.locks_of(queue.database_url(), app.config["DATA"])
            known = watches()
        try:
            if locks.take(LOCK):
                log.info("watching: %s", ", ".join(one.name for one in known))
                look(app, known, locks, stop)
        finally:
            locks.close()
        stop.wait(TRY_EVERY)


def look(app: Flask, known: list[Watch], locks: slots.Locks, stop: threading.Event) -> None:
    """Look at everything when its turn comes, as long as the lock is ours."""
    due, pauses = dict.fromkeys(known, 0.0), {one: one.every for one in known}
    while locks.held():
        for one in known:
            if due[one] <= time.monotonic():
                pauses[one] = one.every if look_once(app, one) else min(LONGEST, pauses[one] * 2)
                due[one] = time.monotonic() + pauses[one]
        if stop.wait(max(0.01, min(due.values()) - time.monotonic())):
            return


def look_once(app: Flask, one: Watch) -> bool:
    """Look in a context of its own; False when that failed, which is logged without what anybody said."""
    with app.app_context():
        try:
            one.look()
            return True
        except Exception as error:
            log.warning("watch %s failed: %s", one.name, type(error).__name__)
            return False
        finally:
            rollback()
            db.session.remove()

"""A worker: takes a slot, runs jobs, and takes over what dead workers held."""

import logging
import threading
import time

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from crm import records
from crm.jobs import operations, queue, slots, watching

log = logging.getLogger(__name__)

LOOK_ROUND = 2.0  # seconds
STOP_WITHIN = 20  # seconds
SIGN_EVERY = 20.0  # seconds


class SlotLost(Exception):
    """The connection that held the slot's lock broke: another worker may take over, so this one must stop."""


def work(app: Flask, stop: threading.Event, look_round: float = LOOK_ROUND) -> None:
    """Run jobs until `stop` is set. Raises SlotLost, and RuntimeError when there are too many workers."""
    with app.app_context():
        locks = slots.locks_of(queue.database_url(), app.config["DATA"])
    own, sign_at = slots.first_free(locks), 0.0
    try:
        queue.launch(app, slots.name_of(own))
        log.info("working in slot %d", own)
        watching.start(app, stop)
        while not stop.wait(look_round):
            if not locks.held():
                raise SlotLost(f"the lock of slot {own} is lost")
            with app.app_context():
                rescue(locks, own)
                if time.monotonic() >= sign_at:
                    sign(own)
                    sign_at = time.monotonic() + SIGN_EVERY
        queue.stop(STOP_WITHIN)
    finally:
        locks.close()


def sign(own: int) -> None:
    """Say that we are there; a database that has no time for it hears it next time."""
    try:
        operations.sign(own)
        records.commit()
    except SQLAlchemyError as error:
        records.rollback()
        log.warning("could not say that slot %d is at work: %s", own, type(error).__name__)


def rescue(locks: slots.Locks, own: int) -> int:
    """Put back what dead workers held; gives how many jobs. Each dead slot's lock is held through list and resume."""
    count = 0
    for name in sorted(queue.holders()):
        number = slots.number_of(name)
        if number is None or number == own:
            continue
        with slots.borrowed(locks, number) as is_dead:
            if is_dead:
                taken = queue.take_over(name)
                log.warning("took over %d jobs of slot %d", taken, number)
                count += taken
    return count

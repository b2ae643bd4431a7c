"""A worker: takes a slot, runs jobs, and takes over what dead workers held."""

import logging
import threading

from flask import Flask

from crm.jobs import queue, slots

log = logging.getLogger(__name__)

LOOK_ROUND = 2.0  # seconds
STOP_WITHIN = 20  # seconds


class SlotLost(Exception):
    """The connection that held the slot's lock broke: another worker may take over, so this one must stop."""


def work(app: Flask, stop: threading.Event, look_round: float = LOOK_ROUND) -> None:
    """Run jobs until `stop` is set. Raises SlotLost, and RuntimeError when there are too many workers."""
    with app.app_context():
        locks = slots.locks_of(queue.database_url(), app.config["DATA"])
    own = slots.first_free(locks)
    try:
        queue.launch(app, slots.name_of(own))
        log.info("working in slot %d", own)
        while not stop.wait(look_round):
            if not locks.held():
                raise SlotLost(f"the lock of slot {own} is lost")
            with app.app_context():
                rescue(locks, own)
        queue.stop(STOP_WITHIN)
    finally:
        locks.close()


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

"""Runs in a Python on another clock (tests/clocks.py): libfaketime 0.9 refuses the system call behind `time.sleep`."""

import select
import time


def sleep(seconds: float) -> None:
    """Wait, by another system call."""
    select.select([], [], [], seconds)


time.sleep = sleep

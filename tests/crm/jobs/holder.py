"""A worker to be killed: its jobs note that they began, hold on for some seconds, and note that they ended."""

import sys
import threading
import time
from pathlib import Path

from crm import paths
from crm.app import create_app
from crm.jobs import Job, worker
from crm.supervisor import follow_parent

follow_parent()
data, database, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])


def note(line: str) -> None:
    with (Path(data) / "log").open("a") as log:
        log.write(f"{line}\n")


def hold(number: int) -> None:
    note(f"began {number}")
    time.sleep(seconds)
    note(f"ended {number}")


app = create_app(paths.config() / "testing.toml", DATA=data, DATABASE=database, WORKER_CONCURRENCY=4)
app.extensions["crm.jobs"] = {"hold": Job("hold", hold)}
worker.work(app, threading.Event(), look_round=0.2)

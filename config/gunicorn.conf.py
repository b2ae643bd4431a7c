"""Settings for `gunicorn -c config/gunicorn.conf.py wsgi:app`; environment variables override the numbers."""

import os

from gunicorn.glogging import Logger

from crm.buffering import BufferedWorker, Pace
from crm.supervisor import follow_parent

bind = os.environ.get("CRM_BIND", f"127.0.0.1:{os.environ.get('PORT', '8000')}")
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))


# Threads, which a request gets when it is there: who sends slowly, or not at all, holds up nobody.
class Worker(BufferedWorker):
    pace = Pace(
        head=float(os.environ.get("CRM_HEAD_SECONDS", Pace.head)),
        piece=float(os.environ.get("CRM_PIECE_SECONDS", Pace.piece)),
    )


worker_class = Worker
threads = int(os.environ.get("CRM_THREADS", "4"))
timeout = 60  # seconds
graceful_timeout = 30  # seconds
keepalive = 5  # seconds
max_requests = 10_000
max_requests_jitter = 1_000

accesslog = None
errorlog = "-"


# A search may hold a client's name: addresses are never logged with their query string.
class LoggerWithoutQueries(Logger):
    def exception(self, msg, *args, **kwargs):
        super().exception(msg, *(str(arg).partition("?")[0] for arg in args), **kwargs)


logger_class = LoggerWithoutQueries

# Connections do not survive a fork: each worker loads the app for itself, and crm.jobs connects at its first use.
preload_app = False
control_socket_disable = True

# Started by `crm run`: end when it ends.
follow_parent()

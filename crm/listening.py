"""The web server as a program: where it may listen, and how an application of the house becomes one."""

import os
import socket
import sys
from typing import NoReturn

from crm import paths


class CannotServe(Exception):
    """The message says why, and what to do."""


def check_port(host: str, port: int) -> None:
    """Raises CannotServe when nothing can listen there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.create_server((host, port), family=family):
            pass
    except PermissionError:
        raise CannotServe(f"port {port} is not for ordinary users; choose one above 1023 with --port")
    except OSError as error:
        if port_answers(host, port):
            raise CannotServe(f"port {port} is in use; choose another one with --port")
        raise CannotServe(f"can't listen on {host} port {port}: {error.strerror}")


def port_answers(host: str, port: int) -> bool:
    """True when something listens there."""
    try:
        with socket.create_connection((host, port), timeout=1):
            return True
    except OSError:
        return False


def gunicorn(application: str) -> list[str]:
    """The web server as a program that serves an application, such as `wsgi:app`."""
    settings = str(paths.config() / "gunicorn.conf.py")
    return [sys.executable, "-m", "gunicorn", "--config", settings, application]


def bound_to(host: str, port: int) -> dict[str, str]:
    """How the web server is told where to listen."""
    return {"CRM_BIND": f"{shown(host)}:{port}"}


def shown(host: str) -> str:
    """A host as it stands in an address."""
    return f"[{host}]" if ":" in host else host


def address_of(host: str, port: int) -> str:
    """Where a browser on this machine finds what listens there."""
    is_here = host in ("127.0.0.1", "0.0.0.0", "::")  # noqa: S104
    return f"http://{'localhost' if is_here else shown(host)}:{port}"


def become_server(application: str, host: str, port: int) -> NoReturn:
    """Become the web server of an application: nothing of this process is left. Raises CannotServe."""
    check_port(host, port)
    os.execve(sys.executable, gunicorn(application), {**os.environ, **bound_to(host, port)})  # noqa: S606

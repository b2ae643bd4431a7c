"""A database server that takes a connection and says nothing: who asks if all is well has an answer."""

import socket
import threading

from crm import db as database
from crm import paths
from crm.app import create_app

LONG = 60  # seconds; without a limit it is forever


def test_a_server_that_says_nothing_is_down(tmp_path, monkeypatch):
    monkeypatch.setattr(database, "CONNECT_SECONDS", 2)  # the least that PostgreSQL's client knows
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"postgresql+psycopg://crm@127.0.0.1:{silent.getsockname()[1]}/crm?sslmode=disable"
        app, answers = create_app(paths.config() / "testing.toml", DATA=str(tmp_path), DATABASE=address), []
        asking = threading.Thread(target=lambda: answers.append(app.test_client().get("/healthz")), daemon=True)
        asking.start()
        asking.join(LONG)
    (answer,) = answers
    assert (answer.status_code, answer.json["database"]) == (503, "down")

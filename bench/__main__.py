"""`python -m bench`: measure the product on 100,000 relations and dossiers; prints a table, writes var/bench.json."""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy.engine import make_url

from bench import background, browser, data, floor, imports, pages, paper, photos, server, stukken, uploads
from bench import measure as figures
from bench.measure import Result, Visitor, logged_in, timed
from crm import migrate
from crm.app import create_app
from crm.db import db
from crm.supervisor import PARENT

SERVER = "postgresql://postgres@127.0.0.1:5432/postgres"
TITLES = ("", "median ms", "p95 ms", "floor ms", "ratio", "goal")


def main() -> int:
    os.environ[PARENT] = str(os.getpid())  # what is started here ends with this, however it ends
    asked = arguments()
    if asked.cpu:
        figures.clock = time.process_time
    results: list[Result] = []
    for engine in asked.engine or ["sqlite", "postgresql"]:
        with scratch(engine) as (folder, address):
            if address is None:
                print("postgresql: no server reachable, left out", flush=True)
                continue
            for one in measure_all(engine, folder, address, asked):
                results.append(one)
                print(row(one), flush=True)
    file = Path(asked.out)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps([one.plain() for one in results], indent=1, ensure_ascii=False) + "\n", "utf-8")
    missed = [one.name for one in results if not one.holds]
    print(f"\n{len(results) - len(missed)} of {len(results)} hold; written to {file}")
    if missed:
        print("do not hold: " + ", ".join(missed))
    return 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench")
    parser.add_argument("--count", type=int, default=100_000, help="relations, and dossiers (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=pages.ROUNDS, help="requests a page (default: %(default)s)")
    parser.add_argument("--engine", action="append", choices=["sqlite", "postgresql"], help="only this one")
    parser.add_argument("--cpu", action="store_true", help="processor time in place of the clock, on a busy machine")
    parser.add_argument("--out", default="var/bench.json", help="where the figures go (default: %(default)s)")
    return parser.parse_args()


def measure_all(engine: str, folder: Path, address: str, asked: argparse.Namespace) -> Iterator[Result]:
    """All results on one database."""
    app = create_app(DATA=str(folder), DATABASE=address if engine == "postgresql" else "", PLUGINS=[])
    with app.app_context():
        migrate.upgrade()
        seconds, made = timed(lambda: data.make(asked.count))
        print(f"\n{engine}: {asked.count} relations and as many dossiers in {seconds:.0f} s", flush=True)
        seconds, count = timed(data.index)
        yield Result(f"search index, {engine}", round(seconds / count * 1000, 3), None, None, None, "per record", True)
        data.analyze()
        db.session.remove()
    print(heading(), flush=True)
    visitor = logged_in(app, data.EMAIL, data.PASSWORD)
    plain = address.replace("+psycopg", "") if engine == "postgresql" else str(folder / "sleutel.db")
    least = Visitor(floor.bare(engine, plain, made.branch_id, made.user_id))
    yield pages.probe(visitor, made, engine)
    yield from pages.measure_all(visitor, least, made, engine, asked.rounds)
    yield from stukken.measure(folder, address, least, made, engine, asked.rounds)
    if engine == "sqlite":
        yield from photos.measure(folder)
        yield from background.measure(folder)
        yield from paper.measure(visitor, made.dossier_ids[0])
        yield from uploads.measure(visitor, made.dossier_ids[0], folder)
        yield from server.measure(visitor, folder)
        yield from browser.measure(app, visitor, made.relation_ids[0], made.dossier_ids[0])
    with app.app_context():
        yield imports.measure(made, engine, min(asked.count, 20_000))
        db.disconnect()


@contextmanager
def scratch(engine: str) -> Iterator[tuple[Path, str | None]]:
    """(folder, database address) that are gone afterwards; no address when there is no server."""
    with tempfile.TemporaryDirectory(prefix="sleutel-bench-") as folder:
        if engine == "sqlite":
            yield Path(folder), ""
            return
        server = os.environ.get("CRM_TEST_POSTGRES_URL", SERVER).replace("+psycopg", "")
        name = f"sleutel_bench_{os.getpid()}"
        try:
            command(server, f"CREATE DATABASE {name}")
        except psycopg.OperationalError:
            yield Path(folder), None
            return
        try:
            url = make_url(server).set(drivername="postgresql+psycopg", database=name)
            yield Path(folder), url.render_as_string(hide_password=False)
        finally:
            command(server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def command(server: str, statement: Any) -> None:
    with psycopg.connect(server, autocommit=True, connect_timeout=3) as connection:
        connection.execute(statement)


def heading() -> str:
    return f"{TITLES[0]:34}" + "".join(f"{title:>11}" for title in TITLES[1:5]) + "   goal"


def row(one: Result) -> str:
    figures = (one.median_ms, one.p95_ms, one.floor_ms, one.ratio)
    shown = "".join(f"{'–' if value is None else format(value, '.2f'):>11}" for value in figures)
    return f"{one.name:34}{shown}   {'holds ' if one.holds else 'MISSES'} {one.goal}"


if __name__ == "__main__":
    sys.exit(main())

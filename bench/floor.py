"""The least a page can cost: the same rows by hand-written SQL, in a bare template, in bare Flask."""

import datetime as dt
import json
import sqlite3
from typing import Any

import jinja2
import psycopg
from flask import Flask, Response, redirect, request

# Every cell is escaped and every row has a link, as on the product's pages.
PAGE = """<!doctype html><html lang="nl"><head><meta charset="utf-8"><title>{{ title }}</title></head><body>
<h1>{{ title }}</h1>{% for name, rows in tables %}<h2>{{ name }}</h2><table>
{% for row in rows %}<tr>{% for cell in row %}<td>{{ cell }}</td>{% endfor %}
<td><a href="/{{ name }}/{{ row[0] }}">open</a></td></tr>{% endfor %}
</table>{% endfor %}</body></html>"""

RELATIONS = """SELECT r.id, r.surname, r.surname_prefix, r.first_name, r.birth_date, r.phone, r.email, r.city, b.name,
 r.checked_at FROM relations r JOIN branches b ON b.id = r.branch_id
 WHERE r.branch_id = ? ORDER BY r.sort_name, r.id LIMIT 50"""
DOSSIERS = """SELECT d.id, d.number, d.dossier_type, d.profile, d.status, r.first_name, r.surname_prefix, r.surname,
 p.first_name, p.surname, a.name, s.name, b.name, d.created_at
 FROM dossiers d JOIN relations r ON r.id = d.relation_id LEFT JOIN relations p ON p.id = d.partner_id
 JOIN branches b ON b.id = d.branch_id LEFT JOIN users a ON a.id = d.adviser_id
 LEFT JOIN users s ON s.id = d.assistant_id {where} ORDER BY d.id DESC LIMIT 50"""
POSTS = """SELECT p.id, p.text, p.is_public, p.created_at, u.name FROM posts p LEFT JOIN users u ON u.id = p.author_id
 WHERE p.subject_kind = ? AND p.subject_id = ? ORDER BY p.id DESC LIMIT 20"""
MEMBERS = """SELECT m.id, m.role, m.from_on, m.until_on, r.first_name, r.surname_prefix, r.surname
 FROM household_members me JOIN household_members m ON m.household_id = me.household_id
 JOIN relations r ON r.id = m.relation_id WHERE me.relation_id = ?"""
TASKS = "SELECT id, title, due_on, status FROM tasks WHERE subject_kind = ? AND subject_id = ?"
APPOINTMENTS = """SELECT a.id, a.title, a.starts_at, a.ends_at, a.status, b.name FROM appointments a
 JOIN branches b ON b.id = a.branch_id WHERE a.subject_kind = ? AND a.subject_id = ?"""
REQUESTS = "SELECT id, topic, status, created_at FROM service_requests WHERE {column} = ?"
STUKKEN = """SELECT q.id, q.title, q.status, q.office_verdict, q.lender_verdict, q.due_on, q.valid_until, q.client_text,
 t.name, t.explanation, t.delivered_by, f.verdict, f.came_in_at, d.name, v.number, v.state, u.name
 FROM document_types_requests q JOIN document_types_types t ON t.id = q.type_id
 LEFT JOIN document_types_request_files f ON f.request_id = q.id LEFT JOIN documents d ON d.id = f.document_id
 LEFT JOIN document_versions v ON v.document_id = d.id LEFT JOIN users u ON u.id = d.author_id
 WHERE q.dossier_id = ? ORDER BY t.weight, t.id, q.relation_id, q.item, q.id"""
ONE_RELATION = "SELECT r.*, b.name FROM relations r JOIN branches b ON b.id = r.branch_id WHERE r.id = ? AND b.id = ?"
USER = """SELECT u.id, u.name, u.role, u.theme, b.name FROM users u JOIN user_branches m ON m.user_id = u.id
 JOIN branches b ON b.id = m.branch_id WHERE u.id = ?"""
SETTINGS = "SELECT key, value FROM settings"
BADGE = "SELECT count(*) FROM service_requests WHERE branch_id = ? AND status = 'open'"
SERVICES = "SELECT id, service_kind, status FROM services WHERE dossier_id = ?"
FOUND = {
    "sqlite": "SELECT d.id, d.record_kind, d.title, d.detail FROM search_fts f"
    " JOIN search_documents d ON d.id = f.rowid WHERE {likes} AND d.branch_id = ? LIMIT {limit}",
    "postgresql": "SELECT d.id, d.record_kind, d.title, d.detail FROM search_documents d"
    " WHERE {likes} AND d.branch_id = ? LIMIT {limit}",
}


class Raw:
    """One connection of the bare driver."""

    def __init__(self, engine: str, address: str) -> None:
        self.engine = engine
        if engine == "sqlite":
            self.connection: Any = sqlite3.connect(address, isolation_level=None, check_same_thread=False)
            for pragma in ("synchronous=normal", "busy_timeout=5000", "cache_size=-64000", "mmap_size=268435456"):
                self.connection.execute(f"PRAGMA {pragma}")
        else:
            self.connection = psycopg.connect(address)

    def ask(self, statement: str, *values: Any) -> list[Any]:
        if self.engine == "sqlite":
            return self.connection.execute(statement, values).fetchall()
        return self.connection.execute(statement.replace("?", "%s"), values).fetchall()

    def insert(self, table: str, values: dict[str, Any]) -> int:
        columns, marks = ", ".join(values), ", ".join("?" * len(values))
        return self.ask(f"INSERT INTO {table} ({columns}) VALUES ({marks}) RETURNING id", *values.values())[0][0]

    def begin(self) -> None:
        if self.engine == "sqlite":
            self.connection.execute("BEGIN IMMEDIATE")

    def commit(self) -> None:
        if self.engine == "sqlite":
            self.connection.execute("COMMIT")
        else:
            self.connection.commit()


def bare(engine: str, address: str, branch: int, user: int) -> Flask:
    """Flask with the pages of the product and nothing else; every page knows who looks, as the product's do."""
    app = Flask("floor")
    page = jinja2.Environment(autoescape=True).from_string(PAGE)
    raw = Raw(engine, address)

    def show(title: str, **tables: list[Any]) -> str:
        around = {"user": raw.ask(USER, user), "settings": raw.ask(SETTINGS), "badge": raw.ask(BADGE, branch)}
        tables = around | tables
        if engine == "postgresql":
            raw.commit()
        return page.render(title=title, tables=tables.items())

    @app.get("/relations")
    def relations() -> str:
        return show("Relaties", relations=raw.ask(RELATIONS, branch))

    @app.get("/dossiers")
    def dossiers() -> str:
        # By the primary key: the fastest way to the newest ones on both databases.
        return show("Dossiers", dossiers=raw.ask(DOSSIERS.format(where="WHERE d.branch_id + 0 = ?"), branch))

    @app.get("/relations/<int:id>")
    def relation(id: int) -> str:
        mine = DOSSIERS.format(where="WHERE d.relation_id = ? OR d.partner_id = ?")
        return show(
            "Relatie",
            relations=raw.ask(ONE_RELATION, id, branch),
            members=raw.ask(MEMBERS, id),
            posts=raw.ask(POSTS, "relation", id),
            dossiers=raw.ask(mine, id, id),
            requests=raw.ask(REQUESTS.format(column="relation_id"), id),
            tasks=raw.ask(TASKS, "relation", id),
            appointments=raw.ask(APPOINTMENTS, "relation", id),
        )

    @app.get("/dossiers/<int:id>")
    def dossier(id: int) -> str:
        one = raw.ask(DOSSIERS.format(where="WHERE d.id = ? AND d.branch_id = ?"), id, branch)
        if request.args.get("tab") == "requests":
            mine = {"stukken": raw.ask(STUKKEN, id), "services": raw.ask(SERVICES, id)}
            return show("Stukken", dossiers=one, **mine, tasks=raw.ask(TASKS, "dossier", id))
        return show(
            "Dossier",
            dossiers=one,
            posts=raw.ask(POSTS, "dossier", id),
            requests=raw.ask(REQUESTS.format(column="dossier_id"), id),
            tasks=raw.ask(TASKS, "dossier", id),
            appointments=raw.ask(APPOINTMENTS, "dossier", id),
            services=raw.ask(SERVICES, id),
        )

    def found(limit: int) -> list[Any]:
        words = request.args["q"].lower().split()
        if engine == "sqlite" and not any(len(word) > 2 for word in words):
            return []
        # FTS5 crashes on short patterns beside others; when all are short, nothing is what it finds.
        likes = " AND ".join(f"{'f' if engine == 'sqlite' and len(word) > 2 else 'd'}.hay LIKE ?" for word in words)
        return raw.ask(FOUND[engine].format(likes=likes, limit=limit), *(f"%{word}%" for word in words), branch)

    @app.get("/search")
    def search() -> str:
        return show("Zoeken", found=found(20))

    @app.get("/search/suggest")
    def suggest() -> Response:
        hits = found(8)
        if engine == "postgresql":
            raw.commit()
        return Response(json.dumps([list(hit) for hit in hits]), mimetype="application/json")

    def create(kind: str, table: str, values: dict[str, Any], user: int) -> Any:
        now = dt.datetime.now(dt.UTC)
        moment = now.isoformat(sep=" ")[:26] if engine == "sqlite" else now
        raw.begin()
        made = raw.insert(table, {**values, "version": 1, "created_at": moment, "updated_at": moment})
        document = {"record_kind": kind, "record_id": made, "hay": " bench floor ", "sort": "floor", "title": "Floor",
                    "detail": "", "rank": 10, "branch_id": branch}  # fmt: skip
        number = raw.insert("search_documents", document)
        if engine == "sqlite":
            raw.ask("INSERT INTO search_fts (rowid, hay) VALUES (?, ?)", number, document["hay"])
        entry = {"at": moment, "user_id": user, "user_name": "", "action": "create", "record_kind": kind,
                 "record_id": made, "fields": json.dumps(values)}  # fmt: skip
        raw.insert("audit_entries", entry)
        raw.commit()
        return redirect(f"/{table}/{made}")

    @app.post("/<table>/create")
    def create_any(table: str) -> Any:
        values = request.get_json()
        return create(table.rstrip("s"), table, values["row"], values["user"])

    return app

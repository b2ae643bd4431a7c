"""No search reads the whole index: what the databases say they will do, for every shape of question."""

from contextlib import contextmanager

import pytest
from sqlalchemy import event, text

from crm.db import db
from crm.search.queries import search
from tests.crm.search import crowd

SHAPES = [
    "jansen", "jan", "bo", "b", "van", "van de", "vd b", "van der b", "jan jansen", "de vries jan utrecht",
    "0612345678", "06 12", "5526ty", "5526ty 12", "molenweg 12", "12", "12-03-1985", "j.devries@", "@voorbeeld",
    "zzyzx", "kostre", "willm kostre", "van der kostre 12", "straat", "bo li ng", "j j", "D-2026-00418", "a_b@c_ x",
    "jan de vries - jansen", "el amrani", "jansne",
]  # fmt: skip


@contextmanager
def sent():
    """(statement, parameters) of what is sent meanwhile."""
    found = []

    def note(_connection, _cursor, statement, parameters, *_rest):
        found.append((statement, parameters))

    event.listen(db.engine, "before_cursor_execute", note)
    yield found
    event.remove(db.engine, "before_cursor_execute", note)


@pytest.mark.parametrize("kinds", [None, ["dossier"]], ids=["all", "one kind"])
@pytest.mark.parametrize("typed", SHAPES)
def test_no_search_reads_everything(crowded, app, typed, kinds):
    with sent() as statements:
        search(typed, crowd.seen_by(crowd.BRANCH, crowd.OTHER_BRANCH), kinds, limit=8)
    asked = [(statement, parameters) for statement, parameters in statements if "search_" in statement]
    assert asked or typed in ("b", "bo")
    connection = db.session.connection()
    sqlite = connection.dialect.name == "sqlite"
    if not sqlite:
        db.session.execute(text("SET LOCAL enable_seqscan = off"))  # a few thousand rows would fit in a scan
    for statement, parameters in asked:
        plan = connection.exec_driver_sql(f"EXPLAIN {'QUERY PLAN ' if sqlite else ''}{statement}", parameters)
        for row in plan.fetchall():
            line = row[-1]
            assert "Seq Scan on search_" not in line, (statement, line)
            assert not line.startswith(("SCAN search_documents", "SCAN search_words")), (statement, line)
            assert not line.endswith("VIRTUAL TABLE INDEX 0:"), (statement, line)
            assert "uq_search_documents" not in line, (statement, line)
            assert "Seq Scan on search_names" not in line and not line.startswith("SCAN search_names"), (
                statement,
                line,
            )

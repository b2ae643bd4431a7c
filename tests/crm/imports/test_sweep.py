"""Copies of imported files hold what clients told us: they are kept as long as somebody needs them, and no longer."""

import io
import os

import pytest

from crm import records
from crm.db import utcnow
from crm.imports import receiving
from crm.imports.receiving import KEPT_FOR, UNUSED_FOR

CSV = b"voornaam;achternaam\nSanne;Vries\n"


@pytest.fixture
def copies(app, monkeypatch, tmp_path):
    monkeypatch.setitem(app.config, "DATA", tmp_path)
    return receiving.folder()


@pytest.fixture
def brought(copies, branch, admin):
    """brought(status, age of the copy, age of the import) → the copy, before it is swept."""

    def make(status, copy, work=None):
        made = receiving.receive(io.BytesIO(CSV), "klanten.csv", branch, admin)
        made.status, made.updated_at = status, utcnow() - (work or copy)
        records.save(made, admin)
        records.commit()
        return aged(copies / made.file, copy)

    return make


def aged(path, age):
    moment = (utcnow() - age).timestamp()
    os.utime(path, (moment, moment))
    return path


LONGER, SHORTER = UNUSED_FOR * 1.01, UNUSED_FOR * 0.99


@pytest.mark.parametrize(
    ("status", "copy", "work", "is_kept"),
    [
        ("done", LONGER, None, False),
        ("done", SHORTER, None, True),
        ("undone", LONGER, None, False),
        ("uploaded", LONGER, None, True),
        ("failed", KEPT_FOR * 2, KEPT_FOR * 0.99, True),
        ("uploaded", KEPT_FOR * 1.01, None, False),
        ("running", LONGER, None, True),
    ],
)
def test_a_copy_is_there_as_long_as_somebody_needs_it(brought, status, copy, work, is_kept):
    path = brought(status, copy, work)
    receiving.sweep()
    assert path.exists() is is_kept


@pytest.mark.parametrize(("age", "is_kept"), [(LONGER, False), (SHORTER, True)])
def test_a_copy_that_no_import_has_goes_when_it_is_no_longer_being_made(copies, age, is_kept):
    left = [copies / "0123456789abcdef.csv", copies / "0123456789abcdef.csv.original"]
    for path in left:
        path.write_bytes(CSV)
        aged(path, age)
    receiving.sweep()
    assert [path.exists() for path in left] == [is_kept, is_kept]


def test_the_file_as_it_came_waits_with_its_copy(brought):
    copy = brought("uploaded", LONGER)
    original = copy.with_name(copy.name + ".original")
    original.write_bytes(CSV)
    aged(original, LONGER)
    receiving.sweep()
    assert original.exists()

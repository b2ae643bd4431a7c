"""Installed plugins that are broken: the command line ends in one line with the plugin's name and what to do."""

import subprocess
import sys
from pathlib import Path

import pytest

from crm import paths

GOOD = """
from alembic import op

revision, down_revision, branch_labels, depends_on = "{name}_0001", None, None, None


def upgrade():
    op.execute("CREATE TABLE {name}_notes (note TEXT)")


def downgrade():
    op.execute("DROP TABLE {name}_notes")
"""
MODEL = """
from sqlalchemy.orm import Mapped, mapped_column

from crm.plugin import Base


class Note(Base):
    __tablename__ = "{table}"
    word: Mapped[str] = mapped_column(primary_key=True)
"""


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Makes an installed package of this name out of its files; gives the folder it is in."""

    def make(name: str, **files: str) -> Path:
        folder = tmp_path / "site"
        for path, text in {"__init__": "", "hooks": "", **files}.items():
            file = folder / name / f"{path.replace('__in__', '/')}.py"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        about = folder / f"{name}-1.dist-info"
        about.mkdir()
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n")
        (about / "entry_points.txt").write_text(f"[crm.plugins]\n{name} = {name}.hooks\n")
        monkeypatch.syspath_prepend(str(folder))
        return folder

    return make


@pytest.mark.parametrize(
    ("name", "files", "said"),
    [
        ("guest_a", {"hooks": "import nowhere_at_all"}, "ModuleNotFoundError"),
        ("guest_b", {"hooks": "def ("}, "SyntaxError"),
        ("guest_c", {"hooks": "1 / 0"}, "ZeroDivisionError"),
    ],
)
def test_an_import_that_fails(office, package, refused, monkeypatch, name, files, said):
    package(name, **files)
    monkeypatch.setenv("CRM_PLUGINS", f'["{name}"]')
    line = refused("hooks")
    assert f"plugin {name} cannot be imported" in line and said in line and "out of PLUGINS" in line
    monkeypatch.setenv("CRM_PLUGINS", "[]")


@pytest.mark.parametrize("command", [("db", "upgrade"), ("db", "check")])
@pytest.mark.parametrize(
    ("name", "files", "said"),
    [
        ("guest_d", {"migrations__in__0001": "import nowhere_at_all"}, "ModuleNotFoundError"),
        ("guest_e", {"migrations__in__0001": "def ("}, "SyntaxError"),
        ("guest_f", {"migrations__in__0001": "revision = 7 / 0"}, "ZeroDivisionError"),
    ],
)
def test_a_migration_that_cannot_be_imported_of_a_plugin_that_is_off(
    office,
    package,
    refused,
    crm,
    name,
    files,
    said,
    command,
):
    """Nothing of another one is brought up to date before it."""
    package("a_good_guest", migrations__in__0001=GOOD.format(name="a_good_guest"))
    package(name, **files)
    line = refused(*command)
    assert f"plugin {name} has a migration that cannot be read" in line and said in line and "uninstall" in line


def test_a_package_that_cannot_be_imported_of_a_plugin_that_is_off(office, package, refused):
    package("guest_g", __init__="import nowhere_at_all")
    line = refused("db", "upgrade")
    assert "plugin guest_g cannot be imported" in line and "uninstall" in line


@pytest.mark.parametrize(
    ("tables", "said"),
    [
        ({"guest_h": "notes"}, ["plugin guest_h", "'notes'", "guest_h_"]),
        ({"guest_h": "guest_i_notes", "guest_i": "guest_i_notes"}, ["plugin guest_"]),
        ({"guest_h": "guest_h_notes"}, []),
    ],
)
def test_a_table_without_the_name_of_its_plugin(office, package, tables, said):
    """In a process of its own: a table that was described once stays."""
    for name, table in tables.items():
        folder = package(name, hooks=f"import {name}.models", models=MODEL.format(table=table))
    plugins = ", ".join(f'"{name}"' for name in tables)
    command = [sys.executable, "-m", "crm.cli", "hooks"]
    where = {
        "PYTHONPATH": f"{folder}:{paths.PACKAGE.parent}",
        "CRM_PLUGINS": f"[{plugins}]",
        "CRM_DATA": str(office),
        "CRM_DATABASE": "",
    }
    done = subprocess.run(command, env=where, capture_output=True, text=True, cwd=folder)
    assert done.returncode == (2 if said else 0), done.stderr
    assert all(word in done.stderr for word in said) and done.stderr.count("\n") == bool(said)

"""Checks of the house itself: its shape, its doors, its papers."""

import ast
import inspect
import re
import subprocess
import sys
from configparser import ConfigParser
from importlib import import_module
from pathlib import Path

import pytest

from crm import app as house_app
from crm import hookspecs, plugin
from crm.answers import types_of
from crm.db import Base

HOUSE = Path(__file__).parent.parent
CODE = [
    path
    for folder in ("crm", "plugins")
    for path in sorted((HOUSE / folder).rglob("*.py"))
    if "migrations" not in path.parts
]
TREES = {path: ast.parse(path.read_text("utf-8")) for path in CODE}
PLUGINS = [path.name for path in sorted((HOUSE / "plugins").iterdir()) if (path / "hooks.py").exists()]
OWN = [
    import_module(f"plugins.{name}.hookspecs")
    for name in PLUGINS
    if (HOUSE / "plugins" / name / "hookspecs.py").exists()
]
HOOKS = {
    name: spec for questions in (hookspecs, *OWN) for name, spec in vars(questions).items() if hasattr(spec, "crm_spec")
}
FURNITURE = {"__init__", "hooks", "views", "forms", "operations", "queries", "models"}


def test_every_room_looks_down_only():
    """The floors of the import contract are the furniture, and hold for every folder that has any."""
    parser = ConfigParser()
    parser.read(HOUSE / "setup.cfg")
    contract = parser["importlinter:contract:floors"]
    assert {layer.strip("()") for layer in contract["layers"].split()} == FURNITURE - {"__init__"}
    furnished = {path.parent for path in (HOUSE / "crm").glob("*/*.py") if path.stem in FURNITURE - {"__init__"}}
    rooms = {f"crm.{folder.name}" for folder in furnished}
    assert rooms <= set(contract["containers"].split())


def short(path: Path) -> str:
    return path.relative_to(HOUSE).as_posix()


def asks(path: Path, hook: str) -> bool:
    """True when the file says hook.<name>."""
    return any(
        isinstance(node, ast.Attribute)
        and node.attr == hook
        and isinstance(node.value, ast.Name | ast.Attribute)
        and (node.value.id if isinstance(node.value, ast.Name) else node.value.attr) == "hook"
        for node in ast.walk(TREES[path])
    )


@pytest.mark.parametrize("name", HOOKS)
def test_hook_says_who_calls_it_what_it_returns_and_what_failure_does(name):
    text = inspect.getdoc(HOOKS[name]) or ""
    assert all(word in text for word in ("Caller:", "Returns:", "On failure:"))
    caller = re.search(r"Caller: (\S+\.py)", text)
    assert caller is not None
    assert asks(HOUSE / caller.group(1), name)


@pytest.mark.parametrize("name", HOOKS)
def test_hook_says_what_an_answer_is(name):
    """As a type that the host checks, the same as its text says."""
    answer = HOOKS[name].answer
    returns = re.search(r"Returns: (.*)", inspect.getdoc(HOOKS[name]) or "").group(1)
    assert (answer.form == "nothing") == returns.startswith("nothing")
    assert all(part in returns for part in answer.parts if isinstance(part, str))
    assert all(inspect.isclass(kind) for kind in types_of(answer.parts))


@pytest.mark.parametrize("name", HOOKS)
def test_hook_is_asked_as_it_says_what_failure_does(name):
    """On a screen who fails is left out, at the start the house stops, and what happens stops at the first failure."""
    text = inspect.getdoc(HOOKS[name]) or ""
    failure, caller = text.partition("On failure: ")[2], re.search(r"Caller: (\S+\.py)", text).group(1)
    used = {
        getattr(node.func, "id", "") or node.func.attr
        for node in ast.walk(TREES[HOUSE / caller])
        if isinstance(node, ast.Call) and node.args
        if isinstance(node.args[0], ast.Attribute) and node.args[0].attr == name
    }
    if failure.startswith("logged"):
        ways = {"ask", "ask_each"}
    else:
        ways = {"by_name", "collect"} if "not start" in failure or name in ("load_content", "fill_demo") else {"tell"}
    assert used & ways and used <= ways | {"collect"}


@pytest.mark.parametrize("name", HOOKS)
def test_hook_is_asked_in_exactly_one_file(name):
    assert [short(path) for path in CODE if asks(path, name)] == [
        re.search(r"Caller: (\S+\.py)", inspect.getdoc(HOOKS[name]) or "").group(1)
    ]


@pytest.mark.parametrize("name", HOOKS)
def test_hook_is_answered_by_a_room_or_a_plugin_of_ours(name):
    answering = [
        path
        for path in CODE
        if path.name == "hooks.py"
        and any(isinstance(node, ast.FunctionDef) and node.name == name for node in TREES[path].body)
    ]
    assert answering


def test_only_the_pen_writes():
    writers = {
        short(path)
        for path, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr in ("add", "add_all", "commit", "flush", "delete", "merge")
        and isinstance(node.value, ast.Attribute)
        and node.value.attr == "session"
    }
    assert writers == {"crm/records.py"}


def test_operations_never_commit():
    committing = {
        short(path)
        for path, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr == "commit" and path.name == "operations.py"
    }
    # An import is one long job whose every chunk is a step of its own.
    assert committing <= {"crm/imports/operations.py"}


def test_files_stay_readable():
    assert {short(path): n for path in CODE if (n := len(path.read_text("utf-8").splitlines())) > 410} == {}


def test_templates_stay_readable():
    templates = [*(HOUSE / "templates").rglob("*.html"), *(HOUSE / "plugins").rglob("*.html")]
    assert {short(path): n for path in templates if (n := len(path.read_text("utf-8").splitlines())) > 150} == {}


def test_days_and_numbers_of_forms_stay_in_reach():
    plain = re.compile(r"\b(DateField|IntegerField)\(\s*_\(|= (DateField|IntegerField)\(")
    assert [short(path) for path in CODE if plain.search(path.read_text("utf-8"))] == []  # DayField, NumberField


def test_nothing_is_called_utils():
    assert [short(path) for path in CODE if path.stem in ("utils", "helpers", "common", "misc")] == []


def test_templates_have_no_script_or_style_of_their_own():
    inline = re.compile(r"<script(?![^>]*\bsrc=)|<style|\sstyle=\"|\son[a-z]+=\"")
    templates = [*(HOUSE / "templates").rglob("*.html"), *(HOUSE / "plugins").rglob("*.html")]
    assert [short(path) for path in templates if inline.search(path.read_text("utf-8"))] == []


def test_every_template_is_asked_for():
    sources = [*CODE, *(HOUSE / "templates").rglob("*.html"), *(HOUSE / "plugins").rglob("*.html")]
    text = "\n".join(path.read_text("utf-8") for path in sources)
    asked = set(re.findall(r"[\"']([\w/.-]+\.html)[\"']", text))
    unasked = {
        path.relative_to(HOUSE / "templates").as_posix() for path in (HOUSE / "templates").rglob("*.html")
    } - asked
    # found by their name: a post's kind, an error's code
    assert {name for name in unasked if not re.match(r"(feed/[a-z_]+(\.\w+)?|errors/\d+)\.html$", name)} == set()


def test_everything_on_the_porch_says_what_it_is():
    ours = {name: getattr(plugin, name) for name in plugin.__all__}
    silent = [
        name
        for name, thing in ours.items()
        if (inspect.isfunction(thing) or inspect.isclass(thing)) and not inspect.getdoc(thing)
    ]
    assert silent == []


def test_rooms_have_the_furniture():
    for room in house_app.ROOMS:
        assert (HOUSE / "crm" / room / "hooks.py").exists()
        doc = ast.get_docstring(TREES[HOUSE / "crm" / room / "__init__.py"])
        assert doc, f"{room} does not say what it is"


def test_tables_of_plugins_wear_their_name():
    for mapper in Base.registry.mappers:
        package = mapper.class_.__module__.split(".")
        if package[0] == "plugins":
            assert mapper.local_table.name.startswith(f"{package[1]}_")


def test_core_never_names_a_plugin():
    named = {
        short(path): plugin
        for path in CODE
        if path.is_relative_to(HOUSE / "crm")
        for plugin in PLUGINS
        if re.search(rf"\bplugins\.{plugin}\b", path.read_text("utf-8"))
    }
    assert named == {}


def test_nothing_unfinished_is_left_lying_about():
    marks = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|NotImplementedError")
    assert [short(path) for path in CODE if marks.search(path.read_text("utf-8"))] == []


def test_import_contracts_hold():
    # In a process of its own: it switches off every log there is.
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--config", HOUSE / "setup.cfg"]
    done = subprocess.run(command, cwd=HOUSE, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_decisions_have_a_number_each_and_say_it():
    pages = sorted((HOUSE / "docs" / "decisions").glob("*.md"))
    assert [int(page.name[:4]) for page in pages] == list(range(1, len(pages) + 1))
    assert [page.name for page in pages if not page.read_text("utf-8").startswith(f"# {int(page.name[:4])}. ")] == []

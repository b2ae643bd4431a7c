"""Finds the enabled plugins and asks them questions."""

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.metadata import entry_points
from time import perf_counter
from typing import Any, TypeVar

import pluggy
from flask import current_app
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.local import LocalProxy

from crm import hookspecs
from crm.answers import Answer, WrongAnswer
from crm.db import Base, db

T = TypeVar("T")
log = logging.getLogger(__name__)
SLOW = 0.25  # seconds
CORE = "the core ("

hook: Any = LocalProxy(lambda: current_app.extensions["crm"].hook)


def config(name: str) -> Any:
    """A setting of this installation (config/default.toml), for verbs that know nothing of web pages."""
    return current_app.config[name]


def plugin_settings(plugin: str) -> dict[str, Any]:
    """What this installation sets for a plugin, from [PLUGIN_SETTINGS.<plugin>]; empty when nothing is set."""
    return dict(config("PLUGIN_SETTINGS").get(plugin, {}))


def once_per_app(name: str, make: Callable[[], T]) -> T:
    """What `make` gives, made at the first call and kept for the life of this app."""
    if name not in current_app.extensions:
        current_app.extensions[name] = make()
    made: T = current_app.extensions[name]
    return made


def without_crm(command: T) -> T:
    """Mark a command that a plugin brings: it needs no CRM, neither one that fits together nor its database."""
    command.needs_no_crm = True  # type: ignore[attr-defined]
    return command


class PluginError(Exception):
    """A plugin that cannot come in; the message says which and why."""


def installed() -> dict[str, Any]:
    """Entry points of every installed plugin by name, enabled or not."""
    found: dict[str, Any] = {}
    for entry in entry_points(group="crm.plugins"):
        if entry.name in found and found[entry.name].value != entry.value:
            raise PluginError(f"two installed packages call themselves {entry.name!r}")
        found[entry.name] = entry
    return found


def load(rooms: Iterable[str], enabled: Iterable[str], guests: dict[str, Any] | None = None) -> pluggy.PluginManager:
    """A plugin manager with the rooms and the enabled plugins; the first of `enabled` is asked first, rooms last.

    `guests` are plugin modules handed in directly by name (tests). What a plugin names `hookspecs` are questions of its
    own. Raises PluginError when a plugin is missing, asks what is asked already, answers an unknown question or wraps
    others' answers.
    """
    manager = pluggy.PluginManager("crm")
    manager.add_hookspecs(hookspecs)
    known: dict[str, Any] = installed() | (guests or {})
    if missing := [name for name in enabled if name not in known]:
        raise PluginError(
            f"enabled but not installed: {', '.join(missing)}; installed: {', '.join(sorted(known)) or 'none'}"
        )
    plugins = {name: imported(name, known[name]) for name in enabled}
    for name, plugin in plugins.items():
        check_tables(name, plugin)
        add_questions(manager, name, plugin)
    for room in reversed(list(rooms)):
        manager.register(import_module(f"crm.{room}.hooks"), room)
    for name, plugin in reversed(plugins.items()):
        register(manager, name, plugin)
    return manager


def imported(name: str, found: Any) -> Any:
    """The plugin behind an entry point, or the module itself. Raises PluginError when it cannot be imported."""
    try:
        return found.load() if hasattr(found, "load") else found
    except Exception as error:
        raise PluginError(
            f"plugin {name} cannot be imported ({in_short(error)}): mend or reinstall its package, "
            "or take it out of PLUGINS"
        ) from error


def check_tables(name: str, plugin: Any) -> None:
    """Raises PluginError for a table of a plugin's package that does not wear its name."""
    package = getattr(plugin, "__name__", "").rpartition(".")[0]
    for mapper in Base.registry.mappers if package else ():
        if not f"{mapper.class_.__module__}.".startswith(f"{package}."):
            continue
        tables = {mapper.local_table, *(link.secondary for link in mapper.relationships if link.secondary is not None)}
        for table in sorted(str(table) for table in tables):
            if not table.startswith(f"{name}_"):
                raise PluginError(
                    f"plugin {name}: its table {table!r} must be called {name}_…, for another one's may be called "
                    f"{table!r} too: rename it in its model and migration"
                )


def add_questions(manager: pluggy.PluginManager, name: str, plugin: Any) -> None:
    """Add what a plugin asks others. Who answers says `@impl(optionalhook=True)`, for the plugin may be off."""
    if questions := getattr(plugin, "hookspecs", None):
        try:
            manager.add_hookspecs(questions)
        except ValueError as error:
            raise PluginError(f"plugin {name}: {error}") from error


def register(manager: pluggy.PluginManager, name: str, plugin: Any) -> None:
    """Let one plugin in, refusing misspelt hooks and wrappers (a wrapper can break everyone's answer)."""
    try:
        manager.register(plugin, name)
        manager.check_pending()
    except (pluggy.PluginValidationError, ValueError) as error:
        raise PluginError(f"plugin {name}: {error}") from error
    callers = manager.get_hookcallers(plugin) or []
    mine = [impl for caller in callers for impl in caller.get_hookimpls() if impl.plugin is plugin]
    if any(impl.wrapper or impl.hookwrapper for impl in mine):
        raise PluginError(f"plugin {name} wraps a hook; answer it instead")


def ask(caller: Any, failed: list[str] | None = None, **question: Any) -> list[Any]:
    """Ask everyone and gather the answers in one list; one that fails, or is none, is logged and left out.

    For screens only: saving and access use `tell`, where the first failure stops everything. `failed` is told who.
    """
    return [item for _plugin, item in ask_each(caller, failed, **question)]


def ask_each(caller: Any, failed: list[str] | None = None, **question: Any) -> list[tuple[str, Any]]:
    """As `ask`, each item with the name of the room or plugin it came from."""
    check_question(caller, question)
    found: list[tuple[str, Any]] = []
    for impl in reversed(caller.get_hookimpls()):
        try:
            with apart():
                given = answer(caller, impl, question)
                found += [(impl.plugin_name, item) for item in wanted(caller).items(given)]
        except Exception:
            log.exception("%s of %s failed", caller.name, impl.plugin_name)
            if failed is not None:
                failed.append(impl.plugin_name)
    return found


def tell(caller: Any, **question: Any) -> list[Any]:
    """Let everyone hear of something, and give what they said of it; the first failure stops it, and names who."""
    check_question(caller, question)
    said: list[Any] = []
    for impl in reversed(caller.get_hookimpls()):
        try:
            given = answer(caller, impl, question)
            said += wanted(caller).items(given) if given is not None else ()
        except Exception as error:
            error.add_note(f"{caller.name} of {impl.plugin_name}")
            raise
    return said


def collect(caller: Any, **question: Any) -> list[tuple[str, Any]]:
    """What everyone brings at the start: (who, thing). Raises PluginError for one that fails."""
    check_question(caller, question)
    found: list[tuple[str, Any]] = []
    for impl in reversed(caller.get_hookimpls()):
        try:
            found += [(who(impl), item) for item in wanted(caller).items(call(impl, question))]
        except Exception as error:
            raise PluginError(f"{caller.name} of {who(impl)}: {in_short(error)}") from error
    return found


def who(impl: Any) -> str:
    """Who answers, for who starts the house: "plugin stickies", "the core (mail)"."""
    is_room = getattr(impl.plugin, "__name__", "") == f"crm.{impl.plugin_name}.hooks"
    return f"{CORE}{impl.plugin_name})" if is_room else f"plugin {impl.plugin_name}"


def by_name(caller: Any, what: str, name_of: Callable[[Any], str], **question: Any) -> dict[str, Any]:
    """What everyone brings at the start under a name of its own. Raises PluginError for two of one name."""
    found: dict[str, Any] = {}
    names = Names(what)
    for owner, item in collect(caller, **question):
        names.take(name_of(item), owner)
        found[name_of(item)] = item
    return found


class Names:
    """Who took which name, of one sort (`what`): nobody takes another's. `rooms_share`: among themselves they may."""

    def __init__(self, what: str, rooms_share: bool = False) -> None:
        self.what, self.rooms_share = what, rooms_share
        self.owners: dict[Any, str] = {}

    def take(self, name: Any, owner: str) -> None:
        """Note who has this name. Raises PluginError when it is taken."""
        if name in self.owners:
            if self.rooms_share and owner.startswith(CORE) and self.owners[name].startswith(CORE):
                return
            both = " and ".join(dict.fromkeys([self.owners[name], owner]))
            said = name if isinstance(name, str) else " ".join(name)
            raise PluginError(
                f"the {self.what} {said!r} comes from {both}: rename one, or take a plugin out of PLUGINS"
            )
        self.owners[name] = owner


def wanted(caller: Any) -> Answer:
    """What an answer to this question is. Raises TypeError for a question that does not say so."""
    try:
        found: Answer = caller.spec.function.answer
    except AttributeError:
        raise TypeError(f"the question {caller.name} does not say what an answer is") from None
    return found


def check_question(caller: Any, question: dict[str, Any]) -> None:
    """Raises TypeError for a question that is asked without one of its words."""
    if missing := set(caller.spec.argnames) - question.keys():
        raise TypeError(f"{caller.name} is asked without {', '.join(sorted(missing))}")


def answer(caller: Any, impl: Any, question: dict[str, Any]) -> Any:
    """One plugin's answer, as it was given; people wait for it, so a slow one is logged."""
    with timed(caller.name, impl.plugin_name):
        return call(impl, question)


def call(impl: Any, question: dict[str, Any]) -> Any:
    """One plugin's answer, of what it wants to know of the question."""
    return impl.function(*(question[name] for name in impl.argnames))


@contextmanager
def timed(what: str, plugin: str) -> Iterator[None]:
    """Around what a plugin does while somebody waits: logged when it takes longer than SLOW."""
    began = perf_counter()
    try:
        yield
    finally:
        if (took := perf_counter() - began) > SLOW:
            log.warning("%s of %s took %.0f ms", what, plugin, took * 1000)


def in_short(error: BaseException) -> str:
    """What went wrong in one line: for who starts the house."""
    said = " ".join(str(error).split())
    return said if isinstance(error, WrongAnswer | PluginError) else f"{type(error).__name__}: {said}".rstrip(": ")


@contextmanager
def apart() -> Iterator[None]:
    """Around one of many questions to the database: when it fails, the others can still be asked.

    PostgreSQL refuses every statement after a failed one. What also writes keeps that behind a savepoint; what only
    reads has nothing to lose and begins anew, which saves two trips to the server for each question that goes well.
    """
    if db.session.get_bind().dialect.name == "sqlite":
        yield
    elif not db.session.info.get("read"):
        with db.session.begin_nested():
            yield
    else:
        try:
            yield
        except SQLAlchemyError:
            db.session.rollback()
            raise

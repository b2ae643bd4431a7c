"""Names: two who take the same one are told at the start, with both their names and that of the thing.

Tried over every question that is asked at the start, and over what else has a name: addresses, templates, placeholders.
"""

import datetime as dt
import inspect
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click
import pytest
from flask import Blueprint, Flask
from sqlalchemy import select
from wtforms import StringField

from crm import access, cli, paths, records
from crm.access import Permission
from crm.accounts.models import User
from crm.app import ROOMS, create_app
from crm.hookspecs import impl
from crm.host import PluginError
from crm.jobs import Job, Watch
from crm.jobs import queue as jobs
from crm.lists import Column, RecordList
from crm.lists import queries as lists
from crm.mail import MailPurpose, Placeholder, placeholders
from crm.mail.purposes import purposes
from crm.mounts import Mount
from crm.records import Kind
from crm.search import Source
from crm.search import queries as search
from crm.settings import SettingsForm
from crm.settings import queries as settings
from crm.web import public
from crm.workflows import WorkflowAction
from crm.workflows import queries as workflows
from tests.test_guest import SPECS


def record_list(name: str) -> RecordList:
    return RecordList(name, "user", name, "x", "x", "start.see", (Column("name", "Naam", str),), ("name",))


def blueprint(name: str) -> Blueprint:
    return Blueprint(name, "guest")


def settings_form(name: str) -> type[SettingsForm]:
    return type("Card", (SettingsForm,), {"room": name, "title": name, "colour": StringField("Kleur", default="")})


def mount(name: str) -> Mount:
    return Mount(name, f"/{name}", Flask(name), print, lambda: False)


def source(name: str) -> Source:
    return Source(name, lambda _records: {}, str, str, lambda _records: {})


# What is asked at the start: how a thing of a name is made, and the names that are there.
BROUGHT: dict[str, tuple[Callable[[str], Any], Callable[[Any], Any]]] = {
    "blueprints": (blueprint, lambda app: app.blueprints),
    "commands": (lambda name: click.Command(name), lambda app: cli.words.commands),
    "record_kinds": (lambda name: Kind(name, User, lambda user: select(User), str), lambda app: records.kinds()),
    "permissions": (lambda name: Permission(name, name), lambda app: access.permissions()),
    "settings_forms": (settings_form, lambda app: [form.room for form in settings.forms()]),
    "jobs": (lambda name: Job(name, print), lambda app: jobs.jobs()),
    "watches": (lambda name: Watch(name, print), lambda app: []),
    "mounts": (mount, lambda app: []),
    "mail_purposes": (lambda name: MailPurpose(name, name), lambda app: purposes()),
    "search_sources": (source, lambda app: search.sources()),
    "record_lists": (record_list, lambda app: lists.lists()),
    "workflow_actions": (lambda name: WorkflowAction(name, name, print), lambda app: workflows.actions()),
}

NONE_OF_THE_CORE = {"watches", "mounts"}


def bringing(hook: str, *things: Any) -> Any:
    """A plugin that answers one question with these things."""
    answers = list(inspect.signature(SPECS[hook]).parameters)
    given = eval(f"lambda {', '.join(answers)}: things", {"things": list(things)})
    return SimpleNamespace(**{hook: impl(given)})


def start(folder: Path, **guests: Any) -> Any:
    """A house with these guests, as far as the command line starts it."""
    app = create_app(paths.config() / "testing.toml", guests=guests, PLUGINS=list(guests), DATA=str(folder))
    cli.brought_by(app.extensions["crm"])
    return app


def both(said: str, *words: str) -> bool:
    """One line that names all of these."""
    return "\n" not in said and all(word in said for word in words)


def test_every_question_at_the_start_is_tried_here():
    asked = {name for name, spec in SPECS.items() if "not start" in inspect.getdoc(spec).partition("On failure:")[2]}
    assert asked == set(BROUGHT)


@pytest.mark.parametrize("hook", BROUGHT)
def test_two_plugins_that_take_one_name_are_told(hook, tmp_path):
    make, _known = BROUGHT[hook]
    guests = {name: bringing(hook, make("same")) for name in ("alpha", "beta")}
    with pytest.raises(PluginError) as refused:
        start(tmp_path, **guests)
    assert both(str(refused.value), "plugin alpha", "plugin beta", "'same'")
    start(tmp_path, alpha=bringing(hook, make("same")), beta=bringing(hook, make("another")))


@pytest.mark.parametrize("house", ["sqlite"], indirect=True)
@pytest.mark.parametrize("hook", [hook for hook in BROUGHT if hook not in NONE_OF_THE_CORE])
def test_a_plugin_that_takes_a_name_of_the_core_is_told(hook, app, house, tmp_path):
    make, known = BROUGHT[hook]
    name = list(known(house))[-1]  # those of plugins come first
    with pytest.raises(PluginError) as refused:
        start(tmp_path, alpha=bringing(hook, make(name)))
    assert both(str(refused.value), "plugin alpha", "the core (", repr(name))


@pytest.mark.parametrize("hook", BROUGHT)
@pytest.mark.parametrize("wrong", [7, [object()], ["text"]])
def test_an_answer_that_is_none_is_told_with_its_plugin_and_question(hook, wrong, tmp_path):
    plugin = SimpleNamespace(**{hook: impl(lambda: wrong)})
    with pytest.raises(PluginError) as refused:
        start(tmp_path, alpha=plugin)
    assert both(str(refused.value), "plugin alpha", hook)


@pytest.mark.parametrize("hook", BROUGHT)
def test_an_answer_that_raises_is_told_with_its_plugin_and_question(hook, tmp_path):
    def fall():
        raise ValueError("the guest\nfell over")

    with pytest.raises(PluginError) as refused:
        start(tmp_path, alpha=SimpleNamespace(**{hook: impl(fall)}))
    assert both(str(refused.value), "plugin alpha", hook, "the guest fell over")


def page(name: str, rule: str, *methods: str) -> Blueprint:
    """A blueprint with one page."""
    made = Blueprint(name, "guest")
    made.add_url_rule(rule, "page", public(lambda **_arguments: ""), methods=methods or ("GET",))
    return made


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        ("/same/<int:id>", "/same/<int:number>", "'GET /same/<int>'"),
        ("/same/<word>", "/same/<string(length=2):word>", "'GET /same/<string>'"),
    ],
)
def test_two_plugins_with_one_address_are_told(first, second, said, tmp_path):
    guests = {name: bringing("blueprints", page(name, rule)) for name, rule in (("alpha", first), ("beta", second))}
    with pytest.raises(PluginError) as refused:
        start(tmp_path, **guests)
    assert both(str(refused.value), "plugin alpha", "plugin beta", said)


@pytest.mark.parametrize(("rule", "methods"), [("/relations", ()), ("/dossiers/<int:number>", ()), ("/", ("GET",))])
def test_a_plugin_with_an_address_of_the_core_is_told(rule, methods, tmp_path):
    with pytest.raises(PluginError) as refused:
        start(tmp_path, alpha=bringing("blueprints", page("alpha", rule, *methods)))
    assert both(str(refused.value), "plugin alpha", "the core (", "GET /")


def test_another_method_or_another_end_of_an_address_is_free(tmp_path):
    guests = {
        "alpha": page("alpha", "/same"),
        "beta": page("beta", "/same", "POST"),
        "gamma": page("gamma", "/same/it"),
    }
    start(tmp_path, **{name: bringing("blueprints", made) for name, made in guests.items()})


def folder_with(folder: Path, name: str) -> Blueprint:
    """A blueprint whose folder holds this template."""
    (folder / name).parent.mkdir(parents=True)
    (folder / name).write_text("")
    return Blueprint(folder.name, "guest", template_folder=str(folder))


def test_a_template_of_another_one_or_of_the_core_is_told(tmp_path):
    guests = {
        name: bringing("blueprints", folder_with(tmp_path / name, "same/page.html")) for name in ("alpha", "beta")
    }
    with pytest.raises(PluginError) as refused:
        start(tmp_path, **guests)
    assert both(str(refused.value), "plugin alpha", "plugin beta", "'same/page.html'")
    with pytest.raises(PluginError) as refused:
        start(tmp_path, gamma=bringing("blueprints", folder_with(tmp_path / "gamma", "start/home.html")))
    assert both(str(refused.value), "plugin gamma", "the core (", "'start/home.html'")


def test_a_function_of_templates_of_the_core_is_not_replaced(tmp_path):
    def with_function(name: str, called: str) -> Blueprint:
        made = Blueprint(name, "guest")
        made.add_app_template_global(lambda: "", called)
        return made

    for called in ("icon", "mail_status"):
        with pytest.raises(PluginError) as refused:
            start(tmp_path, alpha=bringing("blueprints", with_function("alpha", called)))
        assert both(str(refused.value), "plugin alpha", "the core (", called)
    with pytest.raises(PluginError) as refused:
        start(
            tmp_path,
            alpha=bringing("blueprints", with_function("alpha", "same")),
            beta=bringing("blueprints", with_function("beta", "same")),
        )
    assert both(str(refused.value), "plugin alpha", "plugin beta", "same")


@pytest.mark.parametrize("house", ["sqlite"], indirect=True)
def test_a_placeholder_of_another_one_or_of_the_core_is_told(app):
    manager, core = app.extensions["crm"], next(iter(placeholders.known(None, None, None)))
    placeholders.check_names()
    for names, said in (
        ({"alpha": "x.y", "beta": "x.y"}, ["plugin alpha", "plugin beta"]),
        ({"alpha": core}, ["alpha"]),
    ):
        for name, word in names.items():
            manager.register(bringing("placeholders", Placeholder(word, "Woord")), name)
        try:
            with pytest.raises(PluginError) as refused:
                placeholders.check_names()
        finally:
            for name in names:
                manager.unregister(name=name)
        assert both(str(refused.value), *said, repr(next(iter(names.values()))))


def test_a_schedule_that_cannot_be_kept_is_told_with_its_job(tmp_path):
    with pytest.raises(PluginError, match=r"the job 'alpha.odd': .* does not divide"):
        start(tmp_path, alpha=bringing("jobs", Job("alpha.odd", print, every=dt.timedelta(seconds=7))))


def test_a_plugin_called_as_a_room_is_told(tmp_path):
    with pytest.raises(PluginError, match=f"plugin {ROOMS[0]}"):
        start(tmp_path, **{ROOMS[0]: bringing("jobs")})

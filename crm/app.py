"""create_app: the one place where the house is put together."""

import gc
import os
import re
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from apiflask import APIFlask
from flask import Config, Flask, has_request_context, request
from flask_babel import Babel, get_locale
from flask_login import current_user
from flask_wtf import CSRFProtect
from jinja2 import FileSystemLoader, pass_context
from jinja2.runtime import Context
from markupsafe import Markup
from werkzeug.middleware.proxy_fix import ProxyFix

from crm import (
    access,
    assets,
    db,
    disk,
    door,
    formats,
    forms,
    health,
    host,
    mounts,
    paths,
    records,
    texts,
    trouble,
    ui,
    web,
)
from crm.formats import LARGEST
from crm.host import CORE, Names, collect, hook
from crm.jobs.queue import jobs
from crm.jobs.watching import watches
from crm.lists.queries import lists
from crm.mail.purposes import purposes
from crm.search.queries import sources
from crm.settings.queries import definitions
from crm.workflows.queries import actions

# Lowest floor first; setup.cfg holds the same order as a contract.
ROOMS = (
    "settings",
    "accounts",
    "jobs",
    "notifications",
    "audit",
    "search",
    "lists",
    "feed",
    "documents",
    "activities",
    "mail",
    "document_templates",
    "relations",
    "dossiers",
    "workflows",
    "service_requests",
    "planning",
    "imports",
    "api",
    "start",
)

HOUSE = CORE + "app)"
ARGUMENT = re.compile(r"<(?:([a-z_]+)(?:\([^)]*\))?:)?\w+>")  # of an address

# What a number among the settings may be; any other from 0 on.
RANGES = {
    "SMTP_PORT": (1, 65535),
    "SMTP_TIMEOUT": (1, 3600),
    "SESSION_IDLE_MINUTES": (1, 100_000),
    "SESSION_HOURS": (1, 10_000),
    "ARGON2_MEMORY": (8, 4_194_304),
    "ARGON2_ROUNDS": (1, 1000),
    "WORKER_CONCURRENCY": (1, 1000),
    "WORKER_POLL": (0.001, 3600),
    "TRUSTED_PROXIES": (0, 100),
    "API_RATE": (1, LARGEST),
    "DELETED_FILES_HOURS": (1, 8760),
    "MAX_CONTENT_LENGTH": (1024, LARGEST),
    "MAX_FORM_MEMORY_SIZE": (1024, LARGEST),
    "DISK_LOW_MB": (0, 100_000_000),
}
HALF_RESTORED = "restore.unfinished"  # a file in DATA while crm/restore.py is at work
TYPES: dict[type, Any] = {str: str | Path, list: list | tuple}
WORDS = {str: "a text", bool: "true or false", list: "a list", dict: "a table"}


def create_app(config: str | Path | None = None, guests: dict[str, Any] | None = None, **overrides: Any) -> APIFlask:
    """Sleutel as a WSGI application.

    Settings come from default.toml, then the file `config` (or the one CRM_CONFIG names), then CRM_… variables, then
    `overrides`. `guests` are plugin modules by name, for tests. Raises host.PluginError and LookupError when the
    house does not fit together.
    """
    app = APIFlask(
        "crm",
        template_folder=str(paths.templates()),
        static_folder=str(paths.static()),
        docs_path=None,
        spec_path=None,
    )
    door.init_app(app)
    read_config(app, config, overrides)
    if office := app.config["TEMPLATES"]:
        app.jinja_loader = FileSystemLoader([str(Path(office).resolve()), str(paths.templates())])
    db.init_app(app)
    disk.init_app(app)  # before what reads a form
    CSRFProtect(app)
    Babel(app, locale_selector=language, default_translation_directories=str(paths.translations()))
    app.extensions["crm"] = host.load(ROOMS, app.config["PLUGINS"], guests)
    with app.app_context():
        app.extensions["crm.kinds"] = records.load_kinds()
        app.extensions["crm.permissions"] = access.load_permissions()
        for register in (jobs, watches, purposes, lists, sources, definitions, actions):
            register()
        web.init_app(app)
        trouble.init_app(app)
        dress_templates(app)
        app.register_blueprint(health.pages)
        bring_pages(app)
        web.check_views(app)
        web.open_to_others(app)
        mounts.init_app(app)
    if proxies := app.config["TRUSTED_PROXIES"]:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies)  # type: ignore[method-assign]
    if not app.testing:
        app.wsgi_app = assets.serve(app.wsgi_app, autorefresh=app.debug)  # type: ignore[method-assign]
        keep_for_good()
    return app


def bring_pages(app: Flask) -> None:
    """Everybody's pages and templates. Raises PluginError when two bring one blueprint, address, template, or function
    of templates."""
    owners, files, functions = Names("blueprint"), Names("template"), Names("function of templates")
    for name in app.blueprints:
        owners.take(name, HOUSE)
    known = functions_of_templates(app)
    for function in known:
        functions.take(function, HOUSE)
    note_templates(files, templates_of_the_core(app), HOUSE)
    for owner, blueprint in collect(hook.blueprints):
        owners.take(blueprint.name, owner)
        note_templates(files, blueprint.jinja_loader.list_templates() if blueprint.jinja_loader else (), owner)
        app.register_blueprint(blueprint)
        before, known = known, functions_of_templates(app)
        for function in (name for name, thing in known.items() if before.get(name) is not thing):
            functions.take(function, owner)
    addresses = Names("address")
    for rule in app.url_map.iter_rules():
        address = ARGUMENT.sub(lambda found: f"<{found[1] or 'string'}>", rule.rule)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            addresses.take((method, address), owners.owners.get(rule.endpoint.partition(".")[0], HOUSE))


def templates_of_the_core(app: Flask) -> list[str]:
    """Names of the core's own templates. What an office keeps of its own, in TEMPLATES or in a folder here that is
    named after a plugin, is put in the place of another's on purpose."""
    plugins = set(app.config["PLUGINS"]) - set(ROOMS)
    names = FileSystemLoader(str(paths.templates())).list_templates()
    return [name for name in names if name.partition("/")[0] not in plugins]


def note_templates(files: Names, names: Iterable[str], owner: str) -> None:
    """Note whose these templates are; two blueprints of one owner may share theirs."""
    for name in names:
        if files.owners.get(name) != owner:
            files.take(name, owner)


def functions_of_templates(app: Flask) -> dict[tuple[str, str], Any]:
    """What templates may use by now, by (sort, name)."""
    sorts = ("globals", "filters", "tests")
    return {(sort, name): thing for sort in sorts for name, thing in getattr(app.jinja_env, sort).items()}


def keep_for_good() -> None:
    """Take what the process consists of by now out of the garbage collector's rounds: walking all of it holds up one
    request in a hundred for 0.1 s, and an import for a fifth of its time. Later rounds come once in a few pages, not
    five times in each: a page leaves little that only they can find."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def read_config(app: Flask, config: str | Path | None, overrides: dict[str, Any]) -> None:
    """Layer the settings and work out those that follow from others."""
    layer(app.config, config)
    app.config.from_mapping(overrides)
    check_settings(app.config)
    check_together(app.config)
    if app.config["SESSION_COOKIE_SECURE"]:  # which nobody but this very name can set
        app.config["SESSION_COOKIE_NAME"] = "__Host-session"
    app.config["DATA"] = data = paths.data_folder(Path(app.config["DATA"]).resolve())
    if (data / HALF_RESTORED).exists() and not overrides.get("RESTORING"):
        raise ValueError(f"{data} is half restored; run `crm restore` again")
    app.config.setdefault("SQLALCHEMY_DATABASE_URI", app.config["DATABASE"] or f"sqlite:///{data / 'sleutel.db'}")
    app.config["SECRET_KEY"] = app.config["SECRET_KEY"] or paths.kept_secret(data / "secret.key")
    app.config["FILES_KEY"] = app.config["FILES_KEY"] or paths.kept_secret(data / "files.key")
    app.config["BABEL_DEFAULT_LOCALE"] = "nl"
    app.config["WTF_CSRF_TIME_LIMIT"] = None  # as long as the session: a form may stay open over lunch
    app.config["WTF_I18N_ENABLED"] = False  # Flask-WTF would read the file of WTForms' texts anew for each request
    if app.config["BASE_URL"]:  # behind our own name we answer to no other
        own = urlsplit(app.config["BASE_URL"]).hostname
        app.config["TRUSTED_HOSTS"] = app.config["TRUSTED_HOSTS"] or [own, "localhost", "127.0.0.1", "[::1]"]


def layer(settings: Config, config: str | Path | None = None) -> None:
    """default.toml, then the installation's own file, then the environment. Raises OSError, tomllib.TOMLDecodeError."""
    settings.from_file(str(paths.config() / "default.toml"), load=tomllib.load, text=False)
    if named := config or os.environ.get("CRM_CONFIG"):
        settings.from_file(str(Path(named).resolve()), load=tomllib.load, text=False)
    settings.from_prefixed_env("CRM")


def check_settings(settings: Config) -> None:
    """Raises ValueError for a setting of another type than in default.toml, or a number out of its range."""
    with (paths.config() / "default.toml").open("rb") as file:
        defaults = tomllib.load(file)
    for name, default in defaults.items():
        value = settings[name]
        if isinstance(default, str) and isinstance(value, int | float):  # a password of digits, read as a number
            value = settings[name] = os.environ.get(f"CRM_{name}", str(value))
        if isinstance(default, int | float) and not isinstance(default, bool):
            least, most = RANGES.get(name, (0, LARGEST))
            kinds: Any = int if isinstance(default, int) else int | float
            if isinstance(value, bool) or not isinstance(value, kinds) or not least <= value <= most:
                whole = "a whole number" if isinstance(default, int) else "a number"
                raise ValueError(f"{name} must be {whole} from {least} to {most}, not {value!r}")
        elif not isinstance(value, TYPES.get(type(default), type(default))):
            raise ValueError(f"{name} must be {WORDS[type(default)]}, not {value!r}")


def check_together(settings: Config) -> None:
    """Raises ValueError for settings that each may be, and not together."""
    address = settings["BASE_URL"]
    is_https = address.startswith("https://")
    if is_https and not settings["SESSION_COOKIE_SECURE"]:
        raise ValueError(f"BASE_URL is {address}, so SESSION_COOKIE_SECURE must be true")
    if address and not is_https and settings["SESSION_COOKIE_SECURE"]:
        raise ValueError(
            f"with SESSION_COOKIE_SECURE nobody can log in at {address}: BASE_URL must begin with https://"
        )
    if settings["MAIL_SINK"] and (is_https or settings["TRUSTED_PROXIES"]):
        raise ValueError(
            "MAIL_SINK shows all mail at /dev/mail and delivers none: it must be false behind a proxy "
            "(TRUSTED_PROXIES, or a BASE_URL with https)"
        )


def language() -> str:
    """The language of this request: the user's own, else the browser's, else Dutch; jobs speak Dutch."""
    if not has_request_context():
        return "nl"
    if current_user and current_user.is_authenticated:
        return str(current_user.language)
    return request.accept_languages.best_match(("nl", "en")) or "nl"


@pass_context
def draw(around: Context, template: str, **variables: Any) -> Markup:
    """A template within a template that knows nothing of it but its own variables and who is looking (a panel)."""
    inner = around.environment.get_template(template)
    drawn = inner.render(current_user=around["current_user"], **variables)
    return Markup(drawn)  # noqa: S704 (rendered with autoescape)


@pass_context
def box(around: Context, panel: ui.Panel, page: Any = None) -> Markup:
    """What a panel shows; one that cannot be drawn says so, and the rest of the page is as it was."""

    def put(template: str, **context: Any) -> Markup:
        return draw(around, template, page=page, **context)

    return ui.drawn(panel, put, lambda: draw(around, "errors/_panel.html", panel=panel))


def translate(text: str, /, **variables: Any) -> Markup:
    """`_` of the templates: the text in the user's language with its variables escaped."""
    said = Markup(texts.gettext(text))  # noqa: S704 (our own texts)
    return said % variables if variables else said


def dress_templates(app: Flask) -> None:
    """What every template may use."""
    app.jinja_env.globals.update(
        _=translate,
        asset=assets.url,
        box=box,
        account_items=ui.account_items,
        draw=draw,
        gettext=translate,
        icon=assets.icon,
        field_attributes=ui.field_attributes,
        get_locale=get_locale,
        address_with=web.address_with,
        menu=ui.menu,
        now=db.utcnow,
        menu_keys=ui.menu_keys,
        seconds_until=formats.seconds_until,
        panels_at=lambda subject, place: ui.panels(subject, current_user, place),
        once=forms.once,
        role_name=access.role_name,
        allowed=access.allowed,
        url_of=web.url_of,
        record_title=records.title,
    )
    filters: Sequence[Any] = (
        formats.show_phone,
        formats.show_postal_code,
        formats.short_date,
        texts.long_date,
        texts.day_label,
        texts.clock,
        formats.moment,
        texts.when,
        formats.euro,
        formats.file_size,
        formats.local,
    )
    app.jinja_env.filters.update({function.__name__: function for function in filters})
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True

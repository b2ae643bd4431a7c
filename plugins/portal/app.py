"""The portal as a WSGI application of its own; it shares the CRM's furniture and none of its records."""

import os
import tomllib
from io import BytesIO
from pathlib import Path
from typing import IO, Any

from flask import Flask, Response, request
from flask_babel import Babel, get_locale
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from crm import furniture
from plugins.portal import entrances
from plugins.portal.doors import sessions
from plugins.portal.doors import views as doors
from plugins.portal.office import queries as office
from plugins.portal.pages import errors, words
from plugins.portal.pages import views as pages
from plugins.portal.protocol import calls
from plugins.portal.protocol import views as protocol
from plugins.portal.uploads import views as uploads

HERE = Path(__file__).parent
POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; style-src 'self'; script-src 'self'; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
MOST_BYTES = 1 << 20  # of a form; files are counted by who takes them in


class Request(furniture.Request):
    def _get_file_stream(self, *_args: Any, **_more: Any) -> IO[bytes]:
        """Files of a plain form stay in memory until they are sealed: nothing of them ever lies open on a disk."""
        return BytesIO()


def create_portal(**overrides: Any) -> Flask:
    """The portal. Settings come from portal.toml, then the file that KLUIS_CONFIG names, then KLUIS_… variables, then
    `overrides`."""
    app = Flask("portal", template_folder=str(HERE / "templates"), static_folder=str(furniture.static_folder()))
    furniture.hang_door(app)
    app.url_map.converters["name"] = calls.Name
    app.request_class = Request
    read_config(app, overrides)
    furniture.hang_database(app)
    CSRFProtect(app)
    Babel(app, locale_selector=language, default_translation_directories=str(furniture.translations_folder()))
    app.after_request(furniture.end_transaction)
    app.after_request(furniture.add_headers)
    app.after_request(allow_previews)
    app.before_request(furniture.refuse_other_sites)
    app.before_request(furniture.choose_engine)
    entrances.init_app(app, inside=sessions.come_in, office=calls.come_in)
    app.teardown_request(furniture.drop_unfinished)
    app.teardown_request(sessions.note_seen)
    errors.register(app)
    for blueprint in (protocol.pages, doors.pages, uploads.pages, pages.pages):
        app.register_blueprint(blueprint)
    entrances.check_views(app)
    furniture.open_to_others(app)
    dress_templates(app)
    return app


def create_alone() -> Flask:
    """The portal in processes of its own: its files come from disk, its visitors through the proxies in front."""
    app = create_portal()
    if proxies := app.config["KLUIS_TRUSTED_PROXIES"]:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies)  # type: ignore[method-assign]
    app.wsgi_app = furniture.serve_files(app.wsgi_app)  # type: ignore[method-assign]
    return app


def read_config(app: Flask, overrides: dict[str, Any]) -> None:
    """Layer the settings and work out those that follow from others."""
    app.config.from_file(str(HERE / "portal.toml"), load=tomllib.load, text=False)
    if named := os.environ.get("KLUIS_CONFIG"):
        app.config.from_file(str(Path(named).resolve()), load=tomllib.load, text=False)
    own = {name: value for name, value in os.environ.items() if name.startswith("KLUIS_")}
    app.config.from_mapping({name: read(name, app.config[name], own[name]) for name in own if name in app.config})
    app.config.from_mapping(overrides)
    is_secure, is_mounted = app.config["KLUIS_COOKIE_SECURE"], bool(app.config["SESSION_COOKIE_PATH"])
    data = Path(app.config["KLUIS_DATA"]).resolve()
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    app.config["KLUIS_DATA"] = data
    database = app.config["KLUIS_DATABASE"] or f"sqlite:///{data / 'portal.db'}"
    app.config["SQLALCHEMY_DATABASE_URI"] = database
    app.config["KLUIS_KEY"] = app.config["KLUIS_KEY"] or furniture.kept_secret(data / "kluis.key")
    app.config["SECRET_KEY"] = app.config["KLUIS_SECRET_KEY"] or furniture.kept_secret(data / "secret.key")
    app.config.update(
        BABEL_DEFAULT_LOCALE="nl",
        MAX_CONTENT_LENGTH=MOST_BYTES,
        SESSION_COOKIE_NAME="__Host-kluis" if is_secure and not is_mounted else "kluis",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=is_secure,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_I18N_ENABLED=False,
    )


def read(name: str, default: Any, text: str) -> Any:
    """A setting from the environment, as the kind that portal.toml has. Raises ValueError."""
    if isinstance(default, str):
        return text
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except ValueError:
        raise ValueError(f"{name} can't be read; write it as in portal.toml") from None


def language() -> str:
    """Dutch, or English for a browser that asks for it."""
    return request.accept_languages.best_match(("nl", "en")) or "nl" if request else "nl"


def allow_previews(response: Response) -> Response:
    """Pictures a client chose are shown to him before they are sent: those are addresses within his own browser."""
    response.headers.setdefault("Content-Security-Policy", POLICY)
    return response


def dress_templates(app: Flask) -> None:
    """What every template may use."""
    app.jinja_env.globals.update(
        _=words.translate,
        asset=furniture.asset,
        get_locale=get_locale,
        icon=furniture.icon,
        office=office.office,
        once=furniture.once,
        say=words.say,
        visitor=sessions.visitor,
    )
    app.jinja_env.filters.update(show_phone=furniture.show_phone, long_date=furniture.long_date, clock=furniture.clock)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True

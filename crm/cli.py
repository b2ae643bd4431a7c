"""The command line `crm`: run, web, worker, sink; db; user, token; demo, import, backup, restore; hooks, routes.

Bad input ends in one line on standard error and exit code 2; CRM_TRACEBACK=1 shows where a failure comes from.
"""

import logging
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any, NoReturn

import click
from alembic.util import CommandError
from apiflask import APIFlask
from flask import Config, current_app
from pluggy import PluginManager
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError

from crm import access, addresses, looking, migrate, paths, records, serving
from crm import backup as backups
from crm import demo as demos
from crm import host as houses
from crm import restore as restores
from crm.accounts import operations as accounts
from crm.accounts import queries
from crm.accounts.models import Branch, User
from crm.app import ROOMS, create_app, layer
from crm.db import db
from crm.imports import console
from crm.imports import operations as imports
from crm.imports.queries import findings
from crm.mail import placeholders

ROLES = {"assistent": access.ASSISTANT, "adviseur": access.ADVISER, "beheerder": access.ADMIN}
ROLES |= {role: role for role in access.ROLES}

SHOWN_FINDINGS = 50
# What create_app raises when an installation's settings, plugins or folders don't fit together.
MISFITS = (houses.PluginError, LookupError, ValueError, OSError, ImportError, ArgumentError, NoSuchModuleError)


class Words(click.Group):
    """Our own commands, and those that rooms and plugins bring through the hook `commands`."""

    def brought(self) -> dict[str, click.Command]:
        with fitting():
            settings = Config(str(Path.cwd()))
            layer(settings)
            return brought_by(houses.load(ROOMS, settings["PLUGINS"]))

    def list_commands(self, context: click.Context) -> list[str]:
        return sorted({*super().list_commands(context), *self.brought()})

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        return super().get_command(context, name) or self.brought().get(name)


def brought_by(manager: PluginManager) -> dict[str, click.Command]:
    """The commands of rooms and plugins. Raises PluginError when one takes the name of another, or of ours."""
    names, found = houses.Names("command"), {}
    for name in words.commands:
        names.take(name, f"{houses.CORE}cli)")
    for owner, command in houses.collect(manager.hook.commands):
        names.take(str(command.name), owner)
        found[str(command.name)] = command
    return found


@click.group(cls=Words, invoke_without_command=True)
@click.pass_context
def words(context: click.Context) -> None:
    """Sleutel, a CRM for mortgage-advice offices."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())
    elif context.invoked_subcommand not in words.commands:
        command = words.get_command(context, context.invoked_subcommand)
        if not getattr(command, "needs_no_crm", False):
            context.with_resource(ready_house().app_context())


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """What the program `crm` does; ends the process."""
    paths.keep_to_ourselves()
    try:
        code = words.main(args=arguments, prog_name="crm", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        code = 2
    except click.Abort:
        code = 130
    except Exception as error:
        if os.environ.get("CRM_TRACEBACK"):
            raise
        reason = explain(error)
        if reason is None:
            raise
        click.echo(f"crm: {' '.join(reason.split())}", err=True)
        code = 2
    sys.exit(code if isinstance(code, int) else 0)


def explain(error: Exception) -> str | None:
    """One line for a mistake in the input or the installation; None for a fault of ours."""
    match error:
        case click.ClickException():
            return error.format_message()
        case houses.PluginError() | records.Refused() | CommandError() | backups.CannotBackUp() | serving.CannotServe():
            return str(error)
        case OperationalError():
            return f"the database can't be used: {str(error.orig).strip().splitlines()[0]}"
        case OSError() if error.filename:
            return f"{error.strerror}: {error.filename}"
    return None


# --- The house ---------------------------------------------------------------------------------------------------


@contextmanager
def fitting() -> Iterator[None]:
    """Settings, plugins and folders that don't fit together become a click.ClickException."""
    try:
        yield
    except MISFITS as error:
        if os.environ.get("CRM_TRACEBACK"):
            raise
        raise click.ClickException(misfit(error)) from error


def misfit(error: Exception) -> str:
    """What does not fit: the file, or what was said and where the settings come from."""
    if isinstance(error, OSError) and error.filename:
        return f"{error.strerror}: {error.filename}"
    return f"{error} (settings: {os.environ.get('CRM_CONFIG', 'config/default.toml')})"


def house() -> APIFlask:
    """The app. Raises click.ClickException when the installation's settings don't fit together."""
    with fitting():
        app = create_app()
        with app.app_context():
            brought_by(app.extensions["crm"])
        return app


def ready_house() -> APIFlask:
    """The app, with a database that answers and is up to date. Raises click.ClickException."""
    app = house()
    with app.app_context():
        if missing := owners_behind():
            raise click.ClickException(
                f"the database is not up to date ({', '.join(missing)}); run `crm db upgrade`, after a backup"
            )
        placeholders.check_names()
    return app


def owners_behind() -> list[str]:
    """What is not up to date. Raises click.ClickException when the database does not answer."""
    try:
        return migrate.behind()
    except DBAPIError as error:
        reason = str(error.orig).strip().splitlines()[0]
        raise click.ClickException(
            f"the database {db.engine.url.render_as_string()} can't be used: {reason}"
        ) from error


def in_house(command: Callable[..., Any]) -> Callable[..., Any]:
    """Run a command in an app with a database that is up to date."""

    @wraps(command)
    def run(*arguments: Any, **options: Any) -> Any:
        with ready_house().app_context():
            return command(*arguments, **options)

    return run


# --- Serving -----------------------------------------------------------------------------------------------------

host_option = click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
port_option = click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))


@words.command()
@host_option
@port_option
def run(host: str, port: int) -> None:
    """Everything for one office on one machine: web, worker, mail sink. A new database gets a demo office."""
    app = house()
    with app.app_context():
        owners_behind()
        db.disconnect()
    serving.run(app, host, port, click.echo)


@words.command()
@host_option
@port_option
def web(host: str, port: int) -> None:
    """The web server alone."""
    serving.web(ready_house(), host, port)


@words.command()
def worker() -> int:
    """A worker alone; start as many as you like, on as many machines as reach the database."""
    app = ready_house()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    return serving.worker(app)


@words.command()
def sink() -> None:
    """The mail sink alone: keeps what is sent to SMTP_PORT, delivers nothing."""
    serving.mail_sink(house())


# --- Database ----------------------------------------------------------------------------------------------------


@words.group("db")
def database() -> None:
    """Tables: upgrade, revision, check."""


@database.command()
def upgrade() -> None:
    """Bring all tables and the starting content up to date; safe to repeat."""
    with house().app_context():
        owners_behind()
        migrate.upgrade()
        click.echo("The database is up to date.")


@database.command()
@click.argument("owner")
@click.option("--message", "-m", required=True, help="What changes, in a few words.")
def revision(owner: str, message: str) -> None:
    """Write a migration for OWNER (crm or a plugin) from the difference between models and tables."""
    with ready_house().app_context():
        known = [name for name, _ in migrate.owners()]
        if owner not in known:
            raise click.ClickException(f"nobody called {owner!r} keeps tables; choose from {', '.join(known)}")
        migrate.revision(owner, message)


@database.command()
@in_house
def check() -> None:
    """Do models and migrations agree?"""
    migrate.check()
    click.echo("Models and migrations agree.")


@words.command()
@click.argument("target", type=click.Path(path_type=Path))
def backup(target: Path) -> None:
    """Back up database and files to TARGET: a new file, or a folder that exists."""
    with house().app_context():
        click.echo(f"Written: {backups.back_up(target)}")


@words.command()
@click.argument("source", type=click.Path(exists=True, path_type=Path))
def restore(source: Path) -> int:
    """Make an office of SOURCE, a backup or a folder of them, in an empty place; ends in 1 if not all is right."""
    with fitting():
        return int(restores.restore(source, click.echo) > 0)


# --- Users and data ----------------------------------------------------------------------------------------------


@words.command()
def demo() -> None:
    """Make a demo office, once."""
    with ready_house().app_context():
        demos.make(current_app)
        for email, about in demos.log_ins().items():
            click.echo(f"{email:<32} {about}")
        click.echo(f"Password: {demos.PASSWORD}")


@words.group()
def user() -> None:
    """People who work here."""


@user.command("add")
@click.argument("email")
@click.option("--name", required=True, help="As colleagues and clients know him.")
@click.option("--role", required=True, help="assistent, adviseur or beheerder.")
@click.option("--branch", "branches", multiple=True, required=True, help="Vestiging, made when absent; repeatable.")
@click.option("--password", help="Asked for when left out.")
@in_house
def add_user(email: str, name: str, role: str, branches: tuple[str, ...], password: str | None) -> None:
    """Add a user with this e-mail address."""
    if role not in ROLES:
        raise click.ClickException(f"there is no role {role!r}; choose from assistent, adviseur, beheerder")
    try:
        email = addresses.email(email)
    except addresses.NoAddress as error:
        raise click.ClickException(f"{email!r} is not an e-mail address: {error}") from error
    password = ask_password() if password is None else password
    places = [queries.branch_named(branch) or accounts.create_branch(branch) for branch in dict.fromkeys(branches)]
    config = current_app.config
    passwords = accounts.hasher(config["ARGON2_MEMORY"], config["ARGON2_ROUNDS"])
    accounts.create_user(email, name, password, ROLES[role], places, passwords=passwords)
    records.commit()
    click.echo(f"Added: {email} ({role}, {', '.join(place.name for place in places)})")


def user_called(email: str) -> User:
    """The user with this address. Raises click.ClickException."""
    found = queries.by_email(email)
    if found is None:
        raise click.ClickException(f"there is no user {email}; `crm user add` makes one")
    return found


@words.group()
def token() -> None:
    """Keys to the API."""


@token.command("add")
@click.argument("email")
@click.option("--name", required=True, help="What the key is for.")
@click.option("--scope", "scopes", multiple=True, required=True, help="What it may do; repeatable.")
@in_house
def add_token(email: str, name: str, scopes: tuple[str, ...]) -> None:
    """Make a key that acts as the user EMAIL. It is shown once."""
    key = accounts.create_token(user_called(email), name, list(scopes))
    records.commit()
    click.echo(key)


def ask_password() -> str:
    """A password typed twice. Raises click.ClickException where nobody can type."""
    if not sys.stdin.isatty():
        raise click.ClickException("there is no terminal to ask for the password; give it with --password")
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))


@words.group("import")
def bring_in() -> None:
    """Data from elsewhere."""


@bring_in.command("relations")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path))
@click.option("--user", "email", required=True, help="E-mail address of the user who imports.")
@click.option("--branch", help="Vestiging of the relations; the user's own when he has one.")
@click.option("--dry-run", is_flag=True, help="Only tell what would happen.")
@console.options
@in_house
def import_relations(file: Path, email: str, branch: str | None, dry_run: bool, **said: Any) -> None:
    """Bring in relations from FILE, a CSV with a line of headers."""
    user = user_called(email)
    with console.Progress(sys.stderr) as progress:
        choices = console.choices(**said)
        done = imports.import_file(file, branch_of(user, branch), user, dry_run, choices, console.explain, progress)
    for line in console.report(done, dry_run):
        click.echo(line)
    for finding in findings(done, SHOWN_FINDINGS):
        click.echo(f"  row {finding.row}: {finding.message}")
    if done.error:
        raise click.ClickException(done.error)


def branch_of(user: User, name: str | None) -> Branch:
    """The vestiging that was named, or this user's only one. Raises click.ClickException."""
    if name is None:
        if len(user.branches) != 1:
            raise click.ClickException(
                f"{user.email} belongs to {len(user.branches)} vestigingen; name one with --branch"
            )
        return user.branches[0]
    if (found := queries.branch_named(name)) is None:
        raise click.ClickException(f"there is no vestiging {name!r}")
    return found


# --- Looking at the house ----------------------------------------------------------------------------------------


@words.command()
def hooks() -> None:
    """Every question the house asks, and who answers."""
    looking.show_hooks(house(), click.echo)


@words.command()
def routes() -> None:
    """Every address, its methods, its page and what one must be allowed."""
    looking.show_routes(house(), click.echo)


if __name__ == "__main__":
    main()

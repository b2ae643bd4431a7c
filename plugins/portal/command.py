"""The command `crm portal`: the portal in a process of its own, on this machine or another, without a CRM."""

import os
from typing import Any

import click
from flask import Config
from sqlalchemy.exc import ArgumentError

from crm.furniture import CannotServe, address_of, become_server, check_port, db, without_crm
from plugins.portal import schema
from plugins.portal.app import create_portal

SHORTEST_KEY, MOST_KEYS = 32, 2


@without_crm
@click.command("portal")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8100, show_default=True, type=click.IntRange(1, 65535))
def portal(host: str, port: int) -> None:
    """The portal for clients alone: no CRM is needed. Its settings are those of KLUIS_CONFIG, and KLUIS_…"""
    try:
        app = create_portal()
        check_settings(app.config)
    except (ValueError, ArgumentError) as error:
        raise CannotServe(f"{error} (settings: {os.environ.get('KLUIS_CONFIG', 'portal.toml')})") from error
    check_port(host, port)
    with app.app_context():
        if schema.is_behind():
            click.echo("Bringing the portal's database up to date …")
            schema.upgrade()
        db.disconnect()
    click.echo(f"The portal: {app.config['KLUIS_URL'] or address_of(host, port)}")
    become_server("plugins.portal.wsgi:app", host, port)


def check_settings(settings: Config) -> None:
    """Raises ValueError for what lets nobody in, or too many."""
    keys: list[Any] = settings["KLUIS_API_KEYS"]
    if not 1 <= len(keys) <= MOST_KEYS or any(len(str(key)) < SHORTEST_KEY for key in keys):
        raise ValueError(f"KLUIS_API_KEYS must have one key or two, of {SHORTEST_KEY} signs at the least")
    is_https = settings["KLUIS_URL"].startswith("https://")
    if settings["KLUIS_URL"] and is_https != settings["KLUIS_COOKIE_SECURE"]:
        raise ValueError("KLUIS_COOKIE_SECURE must be true for a KLUIS_URL with https://, and false for one without")

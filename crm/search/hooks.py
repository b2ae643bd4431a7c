"""What search says to the house."""

import click

from crm import records
from crm.access import Permission
from crm.hookspecs import impl
from crm.search import operations, views


@impl
def blueprints():
    return [views.pages]


@impl
def permissions():
    return [Permission("search.use", "Zoeken")]


@impl
def commands():
    return [search]


@impl
def after_save(changes, user):
    operations.note(changes)


@click.group()
def search():
    """The search box's index."""


@search.command()
def rebuild():
    """Bring the index up to date from the records themselves; searching goes on meanwhile."""
    for kind, done in operations.rebuild():
        records.commit()
        click.echo(f"{kind}: {done}")
    records.commit()

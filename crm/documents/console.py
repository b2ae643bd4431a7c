"""`crm files`: what a beheerder does with the keys of files on the command line."""

import click

from crm.documents import operations
from crm.records import commit


@click.group()
def files() -> None:
    """The keys that files are locked with."""


@files.command("rotate-key")
def rotate_key() -> None:
    """Begin a new key of the office and lock the keys of all files with it; broken off, it can be run again."""
    sealer, done = operations.rotate_key(), 0
    commit()
    while count := operations.lock_files_again(sealer):
        commit()
        done += count
    click.echo(f"{done} files are locked with a new key.")

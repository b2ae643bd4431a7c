"""`crm files`: what a beheerder does with the keys of files on the command line."""

import click

from crm.documents import operations, sandbox
from crm.records import commit


@click.group()
def files() -> None:
    """The keys that files are locked with, and what keeps files from doing harm."""


@files.command("rotate-key")
def rotate_key() -> None:
    """Begin a new key of the office and lock the keys of all files with it; broken off, it can be run again."""
    sealer, done = operations.rotate_key(), 0
    commit()
    while count := operations.lock_files_again(sealer):
        commit()
        done += count
    click.echo(f"{done} files are locked with a new key.")


@files.command("safety")
def safety() -> None:
    """Tell what the process that opens a file of a stranger is kept from, on this machine; ends in 1 if not all."""
    held = sandbox.holds()
    for name, what in sandbox.KEPT_FROM.items():
        click.echo(f"{'yes' if name in held else 'NO ':3}  {what}")
    if set(sandbox.KEPT_FROM) - held:
        raise SystemExit(1)

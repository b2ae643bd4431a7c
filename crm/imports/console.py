"""An import from the command line: what may be said, what is told before, meanwhile and after."""

from collections.abc import Callable, Iterator
from typing import Any, Self, TextIO

import click

from crm.imports.letters import CANDIDATES
from crm.imports.models import Import
from crm.imports.operations import Choices

STEP = 10  # per cent between two lines where nobody watches


class Progress:
    """Says on `out` how far an import is: one line that changes on a terminal, else a line now and then."""

    def __init__(self, out: TextIO) -> None:
        self.out, self.lives, self.said = out, out.isatty(), 0

    def __call__(self, work: Import) -> None:
        text = f"{work.position} of {work.rows} rows ({work.percentage} %), {work.created} new"
        if self.lives:
            click.echo(f"\r\033[K{text}", file=self.out, nl=False)
        elif work.percentage >= self.said + STEP:
            self.said = work.percentage - work.percentage % STEP
            click.echo(text, file=self.out)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Leave the terminal to what comes next; Ctrl-C says what is left."""
        if self.lives:
            click.echo("\r\033[K", file=self.out, nl=False)
        if kind is KeyboardInterrupt:
            click.echo("crm: stopped; what came in is there. Run it again for the rest.", file=self.out)


def options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that answer what a file leaves open; `choices` takes them."""
    for option in (
        click.option(
            "--strict", is_flag=True, help="Refuse a row with a wrong value, instead of leaving that value out."
        ),
        click.option(
            "--encoding", type=click.Choice(list(CANDIDATES)), help="How letters are meant, where that is asked."
        ),
        click.option("--dates", type=click.Choice(["day", "month"]), help="What 06/25/1985 begins with, where asked."),
    ):
        command = option(command)
    return command


def choices(strict: bool, encoding: str | None, dates: str | None) -> Choices:
    """What the options say."""
    order = None if dates is None else dates == "month"
    return Choices(lenient=not strict, encoding=encoding or "", month_first=order)


def explain(work: Import) -> None:
    """Say which columns come in as what, before the first row. Raises click.ClickException with what is asked."""
    for field, header in work.mapping.items():
        click.echo(f"  {header} -> {field}")
    for line in left_out(work):
        click.echo(line)
    if work.letters:
        read = "; ".join(f"--encoding {encoding} reads {words}" for encoding, words in work.letters.items())
        raise click.ClickException(f"the letters of this file can be read in more ways: {read}")
    if work.is_month_asked:
        name = work.mapping["birth_date"]
        raise click.ClickException(f"dates in {name} as 06/25/1985 may begin with the month: say --dates month or day")


def left_out(work: Import) -> Iterator[str]:
    """The columns that nobody takes, by name; those without a value apart."""
    if work.left_out:
        yield f"Columns that are not brought in: {', '.join(work.left_out)}"
    if work.left_out_empty:
        yield f"Columns without a value, not brought in: {', '.join(work.left_out_empty)}"


def report(done: Import, dry_run: bool) -> Iterator[str]:
    """How it ended, a line at a time."""
    yield (
        f"{'Would import' if dry_run else 'Imported'}: {done.created} of {done.rows} rows; "
        f"{done.doubles} known already, {done.refused} refused, {done.marked} without a value that is wrong"
    )
    yield from left_out(done)

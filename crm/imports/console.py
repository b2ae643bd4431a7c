"""How far an import is, for who started it from the command line."""

from typing import Self, TextIO

import click

from crm.imports.models import Import

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

"""What the house consists of, for who looks at it: its questions and its addresses."""

from collections.abc import Callable

from flask import Flask
from pluggy import HookCaller

Say = Callable[[str], None]


def show_hooks(app: Flask, say: Say) -> None:
    """Say every question the house asks, and who answers."""
    for name, caller in sorted(vars(app.extensions["crm"].hook).items()):
        if isinstance(caller, HookCaller) and caller.spec:
            who = ", ".join(answer.plugin_name for answer in reversed(caller.get_hookimpls())) or "nobody"
            about = str(caller.spec.function.__doc__ or "").strip().splitlines()[0]
            say(f"{name}({', '.join(caller.spec.argnames)})\n    {about}\n    answered by: {who}")


def show_routes(app: Flask, say: Say) -> None:
    """Say every address, its methods, its page and what one must be allowed."""
    rows = []
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        methods = ",".join(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))
        rows.append((rule.rule, methods, rule.endpoint, getattr(view, "permission", None) or "public"))
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for row in sorted(rows):
        cells = [cell.ljust(width) for cell, width in zip(row[:3], widths, strict=True)]
        say("  ".join([*cells, row[3]]))

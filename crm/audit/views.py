"""Windows of the audit chain: Logboek, the history of any record, and `crm audit verify`."""

import datetime as dt

import click
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from crm import records
from crm.audit import operations, queries
from crm.formats import sent_day
from crm.jobs import enqueue
from crm.texts import gettext as _
from crm.web import get_or_404, requires

pages = Blueprint("audit", __name__)


@pages.get("/admin/log")
@requires("audit.see")
def index() -> str:
    """Logboek: who did what, newest first."""
    asked = {name: request.args.get(name, "") for name in ("user", "kind", "day")}
    found = queries.entries(
        user_id=request.args.get("user", type=int),
        kind=asked["kind"] or None,
        day=as_day(asked["day"]),
        before=request.args.get("before", type=int),
    )
    page = found[: queries.PAGE]
    return render_template(
        "audit/index.html",
        entries=page,
        more=len(found) > queries.PAGE,
        asked=asked,
        head=queries.head(),
        people=queries.people(),
        kinds=sorted(records.kinds().values(), key=lambda kind: str(kind.label or kind.name)),
        events=queries.EVENTS,
        told=queries.TOLD,
        actions=queries.ACTIONS,
    )


def as_day(text: str) -> dt.date | None:
    """The day of an address; anything else is no filter."""
    try:
        return sent_day(text)
    except ValueError:
        return None


@pages.post("/admin/log/verify")
@requires("audit.see")
def verify() -> Response:
    """Have the whole chain verified by a worker; the answer comes on the page."""
    enqueue("audit.verify")
    flash(_("De controle loopt. Ververs deze pagina over een ogenblik."))
    return redirect(url_for("audit.index"))


@pages.get("/history/<kind>/<int:id>")
@requires("audit.history")
def history(kind: str, id: int) -> str:
    """Geschiedenis of a record this user may see: who changed what, from what to what."""
    subject = get_or_404(kind, id)
    found = queries.history(kind, id, request.args.get("before", type=int))
    page = found[: queries.PAGE]
    return render_template(
        "audit/history.html",
        subject=subject,
        kind=records.kinds()[kind],
        entries=page,
        lines=queries.lines(page, current_user, subject),
        more=len(found) > queries.PAGE,
        actions=queries.ACTIONS,
    )


@click.group()
def audit() -> None:
    """The chain of who did what."""


@audit.command("verify")
def verify_now() -> None:
    """Verify the whole chain; exit code 1 when it is broken."""
    broken_at = operations.check_chain()
    if broken_at is not None:
        click.echo(f"The audit chain is broken at entry {broken_at}: changed, put in or taken out there.", err=True)
        raise SystemExit(1)
    head = queries.head()
    length, seal = (head.length, head.seal) if head else (0, "none")
    click.echo(f"The audit chain is whole: {length} entries, head {seal}. Kept elsewhere, this line proves it later.")

"""Windows of notifications: the list, the bell that asks now and then, open and read."""

from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from crm.db import utcnow
from crm.formats import sent_moment
from crm.notifications import operations, queries
from crm.notifications.models import Notification
from crm.web import requires

pages = Blueprint("notifications", __name__)


@pages.get("/notifications")
@requires("notifications.own")
def index() -> str:
    """Meldingen, the newest first."""
    return render_template("notifications/index.html", notifications=queries.newest(current_user))


@pages.get("/notifications/news")
@requires("notifications.own", in_background=True)
def news() -> AnyResponse | str:
    """The bell as it is now, with what came since the page was opened; 204 when that is what the page shows."""
    found = fresh()
    if request.args.get("last", 0, type=int) == (found["news"][0].id if found["news"] else 0):
        return Response(status=204)
    return render_template("notifications/_news.html", **found)


def fresh() -> dict[str, Any]:
    """What `notifications/_news.html` needs."""
    try:
        since = sent_moment(request.values.get("since", ""))
    except ValueError:
        since = utcnow()
    here = urlsplit(request.headers.get("HX-Current-URL", "")).path
    return {"news": queries.news(current_user, since, here), "since": since}


def one_or_404(notification_id: int) -> Notification:
    """A notification of one's own."""
    return queries.one(notification_id, current_user) or abort(404)


@pages.post("/notifications/<int:id>/open")
@requires("notifications.own")
def open_one(id: int) -> AnyResponse:
    """Mark it as read and go to the page it is about."""
    notification = one_or_404(id)
    operations.mark_read(notification)
    return redirect(notification.url or url_for("notifications.index"))


@pages.post("/notifications/<int:id>/read")
@requires("notifications.own")
def read(id: int) -> AnyResponse | str:
    """Mark it as read, and stay where one is."""
    operations.mark_read(one_or_404(id))
    if request.headers.get("HX-Request"):
        return render_template("notifications/_news.html", **fresh())
    return redirect(url_for("notifications.index"))


@pages.post("/notifications/read")
@requires("notifications.own")
def read_all() -> AnyResponse:
    operations.mark_all_read(current_user)
    return redirect(url_for("notifications.index"))

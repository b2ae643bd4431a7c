"""Windows of the feed: posting a registratie, its Publiek button, older posts."""

from typing import Any

from flask import Blueprint, render_template, request
from flask_login import current_user
from werkzeug.wrappers import Response

from crm.feed import operations, queries
from crm.feed.forms import RegistrationForm
from crm.web import get_or_404, go, requires, subject_or_404

pages = Blueprint("feed", __name__)


def context(subject: Any) -> dict[str, Any]:
    """What `feed/_feed.html` needs for a record the caller was allowed to load."""
    posts = list(queries.feed((subject.kind, subject.id)))
    return {"posts": posts[: queries.PAGE], "more": len(posts) > queries.PAGE, "subject": subject}


@pages.get("/feed/<kind>/<int:id>")
@requires("feed.read")
def older(kind: str, id: int) -> str:
    """The next stretch of a feed, as a fragment (htmx) below the last post."""
    subject = subject_or_404(kind, id)
    posts = list(queries.feed((kind, id), before=request.args.get("before", type=int)))
    return render_template(
        "feed/_posts.html", posts=posts[: queries.PAGE], more=len(posts) > queries.PAGE, subject=subject
    )


@pages.post("/feed/<kind>/<int:id>/register")
@requires("feed.write")
def register(kind: str, id: int) -> Response | tuple[str, int]:
    subject = subject_or_404(kind, id)
    form = RegistrationForm()
    if not form.validate_on_submit():
        return render_template("feed/register.html", form=form, subject=subject), 422
    operations.register((kind, id), form.text.data, form.is_public.data, current_user)
    return go(subject, tab="feed")


@pages.post("/feed/posts/<int:id>/public")
@requires("feed.write")
def set_public(id: int) -> Response:
    """Turn Publiek on or off (`on` is "1" or "0"): the wanted state, so that a double click does no harm."""
    post = get_or_404("post", id)
    operations.set_public(post, request.form.get("on") == "1", current_user)
    return go(get_or_404(post.subject_kind or "", post.subject_id or 0), tab="feed")

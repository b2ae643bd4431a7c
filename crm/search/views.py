"""Windows of the search box: the page of results, and what appears while one types.

What was asked for is never logged; every answer is `no-store` (crm/web.py).
"""

from typing import Any

from flask import Blueprint, Response, current_app, jsonify, render_template, request, url_for
from flask_login import current_user

from crm.access import allowed
from crm.records import Kind, kinds
from crm.search import Hit, queries
from crm.texts import gettext as _
from crm.web import requires

PAGE = 20
LAST_PAGE = 25
SUGGESTED = 8

pages = Blueprint("search", __name__)


def findable() -> dict[str, Kind]:
    """The kinds that are searched and whose page this user may see, first ranked first."""
    found = {}
    for source in sorted(queries.sources().values(), key=lambda source: source.rank):
        kind = kinds()[source.kind]
        view = current_app.view_functions.get(kind.endpoint or "")
        permission = getattr(view, "permission", None)
        if kind.endpoint and (permission is None or allowed(current_user, permission)):
            found[source.kind] = kind
    return found


def url_of_hit(hit: Hit) -> str:
    """The address of a hit's page, without loading the record."""
    return url_for(kinds()[hit.kind].endpoint or "", id=hit.id)


def wanted() -> tuple[str, dict[str, Kind]]:
    """What is asked for, and the kinds to look in (`kind`, as often as one likes; all when it is none of them)."""
    found = findable()
    some = {kind: found[kind] for kind in request.args.getlist("kind") if kind in found}
    return request.args.get("q", "").strip(), some or found


@pages.get("/search")
@requires("search.use")
def results() -> str:
    text, asked = wanted()
    page = min(max(request.args.get("page", 1, type=int), 1), LAST_PAGE)
    hits = queries.search(text, current_user, asked, limit=page * PAGE + 1)
    shown = hits[(page - 1) * PAGE : page * PAGE]
    return render_template(
        "search/results.html",
        text=text,
        kind=next(iter(asked)) if len(asked) == 1 else "",
        kinds=findable(),
        groups={name: [hit for hit in shown if hit.kind == name] for name in asked},
        guessed=any(hit.guessed for hit in shown),
        count=len(shown),
        page=page,
        more=len(hits) > page * PAGE and page < LAST_PAGE,
        url_of_hit=url_of_hit,
    )


@pages.get("/search/suggest")
@requires("search.use")
def suggest() -> Response:
    """At most eight hits, as JSON; also what the pickers ask (`kind`)."""
    text, asked = wanted()
    hits = queries.search(text, current_user, asked, limit=SUGGESTED)
    return jsonify(hits=[plain(hit, asked[hit.kind]) for hit in hits], guessed=any(hit.guessed for hit in hits))


def plain(hit: Hit, kind: Kind) -> dict[str, Any]:
    return {
        "kind": hit.kind,
        "id": hit.id,
        "title": hit.title,
        "detail": hit.detail,
        "url": url_of_hit(hit),
        "label": _(kind.label),
        "icon": kind.icon,
    }

"""Windows of stukken: the tab of a dossier, one stuk, files for it, off the list and back."""

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from crm.plugin import (
    Document,
    Dossier,
    counts_itself,
    get_or_404,
    go,
    largest_file,
    requires,
    say,
    setting,
    take_in_about,
    today,
    url_of,
)
from crm.plugin import gettext as _
from plugins.document_types import terms
from plugins.document_types.requests import answers, giving, operations, queries, states
from plugins.document_types.requests.forms import RequestForm
from plugins.document_types.requests.models import DocumentRequest

pages = Blueprint(
    "requests", __name__, url_prefix="/requests", static_folder="../static", static_url_path="/static"
)  # fmt: skip
AGAIN = "Wij vragen dit document opnieuw."  # the client reads it, so Dutch
Answer = str | Response | tuple[str, int]


def tab(dossier: Dossier) -> dict[str, Any]:
    """What `requests/_tab.html` needs: every stuk of a dossier per product or dienst, and where lists can be made."""
    found = queries.requests_of(dossier.id)
    answers.remember(dossier.id, found)
    products = queries.with_products()
    groups = queries.groups(found, products)
    parts = dossier.products if products else dossier.services
    shown = {(group.kind, group.part.id if group.part else None) for group in groups}
    new = [part for part in parts if (part.kind, part.id) not in shown]
    return {"dossier": dossier, "groups": groups, "new": new, "products": products, **words_of_rows()}


def under(part: Any) -> dict[str, Any]:
    """What `requests/_under.html` needs: how far the stukken of one dienst or product are."""
    products = queries.with_products()
    mine = [
        one
        for one in answers.standings([part.dossier_id])
        if queries.place_of(one, products) == (part.kind, part.id)
    ]  # fmt: skip
    expected = (part.kind == "product") == products
    to_review = sum(one.needs_review for one in mine)
    known = {"progress": queries.progress(one.status for one in mine), "to_review": to_review}
    return {"part": part, "expected": expected, "asked": bool(mine), **known}


def words_of_rows() -> dict[str, Any]:
    """What a row of the list needs besides its stuk."""
    return {"states": states, "terms": terms, "today": today()}


@pages.get("/<int:id>")
@requires("requests.read")
def show(id: int) -> str:
    """One stuk: what is asked, what came in, what was said of it."""
    found = whole_or_404(id)
    return render_template("document_types/requests/show.html", **facts(found))


def whole_or_404(id: int) -> DocumentRequest:
    """A stuk this user may see, with its files."""
    found: DocumentRequest = get_or_404("document_request", id)
    return queries.whole_request(found.id) or found


def facts(found: DocumentRequest) -> dict[str, Any]:
    """What the page of a stuk needs."""
    kind, identity = queries.place_of(found, setting("dossiers.works_with") == "products")
    review = url_for("requests.review", kind=kind, id=identity or found.dossier_id, stuk=found.id)
    upload = {"largest": largest_file(), "takes_files": states.allowed("submit", found.status)}
    return {"stuk": found, "dossier": found.dossier, "review": review, **upload, **words_of_rows()}


@pages.get("/<int:id>/row")
@requires("requests.read", in_background=True)
def row(id: int) -> str:
    """Its row in the list as it is now, and how far the list is (htmx): while a file is checked, after an upload."""
    found = whole_or_404(id)
    products = queries.with_products()
    place = queries.place_of(found, products)
    mine = [one for one in queries.standings([found.dossier_id]) if queries.place_of(one, products) == place]
    waiting = sum(one.needs_review for one in mine)
    done = queries.progress(one.status for one in mine)
    known = {"stuk": found, "progress": done, "place": place, "waiting": waiting}
    return render_template("document_types/requests/row.html", **known, **words_of_rows())


@pages.get("/<int:id>/upload")
@requires("requests.write")
def upload_form(id: int) -> Answer:
    """The form for a file, within the row (htmx)."""
    found: DocumentRequest = get_or_404("document_request", id)
    if "HX-Request" not in request.headers:
        return go(found)
    return render_template("document_types/requests/_upload.html", in_list=True, **facts(found))


@pages.post("/<int:id>/upload")
@requires("requests.write")
@counts_itself
def upload(id: int) -> Any:
    """Files straight into a stuk: each becomes a document of the dossier."""
    found: DocumentRequest = get_or_404("document_request", id)

    def given(document: Document) -> None:
        giving.give(get_or_404("document_request", id), document, current_user)

    return take_in_about(found.dossier, url_for("requests.show", id=id), given)


@pages.route("/<int:id>/edit", methods=["GET", "POST"])
@requires("requests.write")
def edit(id: int) -> Answer:
    """Another name, explanation, day or phase."""
    found: DocumentRequest = get_or_404("document_request", id)
    form = RequestForm(obj=found)
    if form.submit(lambda: operations.edit(found, form.values(), current_user, form.version.data), "title"):
        return go(found)
    return render_template("document_types/requests/edit.html", form=form, stuk=found), form.code


@pages.post("/<int:id>/withdraw")
@requires("requests.write")
def withdraw(id: int) -> Response:
    """Off the list, with a way back; a second click does no harm."""
    found: DocumentRequest = get_or_404("document_request", id)
    if found.status != states.WITHDRAWN:
        operations.withdraw(found, current_user)
    undo = url_for("requests.restore", id=id)
    say(_("%(title)s staat niet meer op de lijst.", title=found.title), undo, _("Ongedaan maken"))
    return to_tab(found)


@pages.post("/<int:id>/restore")
@requires("requests.write")
def restore(id: int) -> Response:
    """Back on the list."""
    found = operations.restore(get_or_404("document_request", id), current_user)
    say(_("%(title)s staat weer op de lijst.", title=found.title))
    return to_tab(found)


@pages.post("/<int:id>/reopen")
@requires("requests.write")
def reopen(id: int) -> Response:
    """Ask it once more."""
    return go(operations.reopen(get_or_404("document_request", id), current_user, AGAIN))


@pages.post("/files/<int:id>/take-back")
@requires("requests.write")
def take_back(id: int) -> Response:
    """A file that was given by mistake, before anybody judged it."""
    return go(giving.take_back(get_or_404("request_file", id), current_user))


def to_tab(found: DocumentRequest) -> Response:
    """To the list of its dossier."""
    return redirect(url_of(found.dossier, tab="requests"), 303)

"""The window of reviewing: document at the left, stuk at the right, by keyboard from one to the next."""

from collections.abc import Callable, Sequence
from typing import Any

from flask import abort, redirect, render_template, request, url_for
from flask_login import current_user

from crm.plugin import Refused, document_preview, requires, say, url_of
from crm.plugin import gettext as _
from plugins.document_types.requests import queries, states, verdicts
from plugins.document_types.requests.forms import (
    ApproveForm,
    ClientTextForm,
    LenderForm,
    PartlyForm,
    RejectForm,
    forms_of,
)
from plugins.document_types.requests.holding import hold
from plugins.document_types.requests.models import DocumentRequest, RequestFile
from plugins.document_types.requests.places import dossier_of, part_or_404
from plugins.document_types.requests.views import Answer, pages, words_of_rows

VERDICTS = ("approve", "reject", "partly")
TO_CLIENT = ("reject-text", "partly-missing", "tell-client_text")


@pages.get("/review/<kind>/<int:id>")
@requires("requests.review")
def review(kind: str, id: int) -> Answer:
    """The stukken under a dienst or product that wait for a verdict, one at a time; `stuk` names another one."""
    part = part_or_404(kind, id)
    found = queries.requests_under(kind, id)
    current = chosen(found, request.args.get("stuk", type=int))
    return page(part, found, current, forms_of(current) if current else {})


def chosen(found: Sequence[DocumentRequest], identity: int | None) -> DocumentRequest | None:
    """The stuk with this id, else the first that waits."""
    named = next((one for one in found if one.id == identity), None)
    return named or next((one for one in found if one.needs_review), None)


def page(
    part: Any, found: Sequence[DocumentRequest], current: DocumentRequest | None, forms: dict[str, Any],
    late: bool = False,
) -> str:  # fmt: skip
    """The review page of one stuk among those that wait; of one that a colleague judged first, with what was typed."""
    queue = [one for one in found if one.needs_review or one is current]
    place = queue.index(current) if current else 0
    file = file_of(current, request.args.get("file", type=int)) if current else None
    return render_template(
        "document_types/requests/review.html", part=part, dossier=dossier_of(part), stuk=current, queue=queue,
        place=place, file=file, forms=forms, previous=queue[place - 1] if place else None,
        next=queue[place + 1] if place + 1 < len(queue) else None,
        shown=document_preview(file.document) if file else None, is_late=late, unsent=typed() if late else "",
        **words_of_rows(),
    )  # fmt: skip


def file_of(stuk: DocumentRequest, identity: int | None) -> RequestFile | None:
    """The file that is looked at: the one that was asked, else the newest that came in; of photos the PDF of them."""
    named = next((file for file in stuk.files if file.id == identity), None)
    shown = stuk.shown_files
    return named or next((file for file in shown if file.came_in_at), next(iter(shown), None))


@pages.post("/review/<kind>/<int:id>/<int:stuk>/begin")
@requires("requests.review")
def begin(kind: str, id: int, stuk: int) -> Answer:
    """*In beoordeling*: sent by the page of a stuk that came in once somebody has it before him, since a GET writes
    nothing; without script it is a button. Answers with how the stuk stands."""
    current = one_of(queries.requests_under(part_or_404(kind, id).kind, id), stuk)
    held = verdicts.begin_review(current, current_user)
    if "HX-Request" not in request.headers:
        return redirect(url_for("requests.review", kind=kind, id=id, stuk=stuk), 303)
    return render_template("document_types/requests/_stand.html", stuk=held)


def one_of(found: Sequence[DocumentRequest], identity: int) -> DocumentRequest:
    """The stuk with this id among those of a list; else 404."""
    named = next((one for one in found if one.id == identity), None)
    if named is None:
        abort(404)
    return named


@pages.post("/review/<kind>/<int:id>/<int:stuk>/<any(approve, reject, partly, again, lender, tell):what>")
@requires("requests.review")
def judge(kind: str, id: int, stuk: int, what: str) -> Answer:
    """A verdict; on to the next that waits."""
    part = part_or_404(kind, id)
    found = queries.requests_under(kind, id)
    current = hold(one_of(found, stuk))
    if is_late(what, current):
        return page(part, found, current, forms_of(current), late=True), 409
    form, save, field = sent(what, current)
    if form is None:
        save()
    elif not form.submit(seen_first(current, save) if what in VERDICTS else save, field):
        return page(part, found, current, forms_of(current) | {what: form}), form.code
    title = current.title
    say(_("%(title)s: %(status)s.", title=title, status=_(current.state.title).lower()))
    stays = what in ("again", "lender", "tell")
    if not stays and not any(one.needs_review for one in queries.requests_under(kind, id)):
        return redirect(url_of(dossier_of(part), tab="requests"), 303)
    to = stuk if stays else following(found, current)
    return redirect(url_for("requests.review", kind=kind, id=id, stuk=to), 303)


def is_late(what: str, stuk: DocumentRequest) -> bool:
    """Can this not be done any more, since somebody was first?"""
    if what == "tell":
        return stuk.status not in states.TO_DELIVER
    return what in states.EVENTS and not states.allowed(what, stuk.status)


def typed() -> str:
    """What was written to the client."""
    return next((text for name in TO_CLIENT if (text := request.form.get(name))), "")


def seen_first(stuk: DocumentRequest, save: Callable[[], Any]) -> Callable[[], Any]:
    """The same, unless something came in or was said since the page was made: nobody judges what he did not see."""

    def save_seen() -> Any:
        if request.form.get("seen", stuk.seen) != stuk.seen:
            raise Refused("Er is intussen iets binnengekomen of beslist. Kijk ernaar en beslis dan opnieuw.")
        return save()

    return save_seen


def following(found: Sequence[DocumentRequest], current: DocumentRequest) -> int | None:
    """The next stuk that waits, from here on and then from the start."""
    at = list(found).index(current)
    return next((one.id for one in [*found[at + 1 :], *found[:at]] if one.needs_review), None)


def sent(what: str, stuk: DocumentRequest) -> tuple[Any, Callable[[], Any], str]:
    """(the form that was sent, what it does, the field a refusal is said at)."""
    user = current_user
    if what == "approve":
        approve = ApproveForm().fit(stuk)
        return approve, lambda: verdicts.approve(stuk, user, **approve.values()), approve.first_field
    if what == "reject":
        reject = RejectForm(prefix="reject-").fit(stuk)
        field = "text" if reject.reason.data else "reason"
        return reject, lambda: verdicts.reject(stuk, user, reject.reason.data or "", reject.text.data), field
    if what == "partly":
        partly = PartlyForm(prefix="partly-")
        return partly, lambda: verdicts.partly(stuk, user, partly.missing.data), "missing"
    if what == "lender":
        lender = LenderForm(prefix="lender-")
        return lender, lambda: verdicts.hear_lender(stuk, lender.said.data, user, lender.text.data), "text"
    if what == "tell":
        tell = ClientTextForm(prefix="tell-")
        return tell, lambda: verdicts.tell_client(stuk, tell.client_text.data, user, tell.version.data), "client_text"
    return None, lambda: verdicts.look_again(stuk, user), ""

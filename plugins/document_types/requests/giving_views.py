"""Windows of giving a document that is in the dossier already: chosen at a stuk, or from the document's own page."""

from collections.abc import Collection
from typing import Any

from flask import abort, render_template, request
from flask_login import current_user

from crm.plugin import (
    Document,
    Dossier,
    Refused,
    allowed,
    find,
    find_all,
    get_or_404,
    go,
    number,
    requires,
    say,
    url_of,
)
from crm.plugin import gettext as _
from plugins.document_types.requests import answers, giving, queries
from plugins.document_types.requests.forms import ChooseForm, GiveForm
from plugins.document_types.requests.models import DocumentRequest
from plugins.document_types.requests.views import Answer, pages, to_tab, words_of_rows


@pages.route("/<int:id>/documents", methods=["GET", "POST"])
@requires("requests.write")
def choose(id: int) -> Answer:
    """*Kies uit Documenten*: the documents of the dossier, newest first; searching and paging keep what was ticked."""
    if not allowed(current_user, "documents.read"):
        abort(403)
    found: DocumentRequest = get_or_404("document_request", id)
    giving.refuse_full(found)
    form = ChooseForm()
    if request.form.get("do") not in ("search", "more") and form.submit(lambda: give(found, form), "documents"):
        return to_tab(found) if "list" in request.values else go(found)
    page = render_template("document_types/requests/choose.html", stuk=found, form=form, **offered(found, form))
    return page, form.code


def give(found: DocumentRequest, form: ChooseForm) -> Any:
    """Give what was ticked. Raises Refused when one of it is not there any more."""
    chosen = chosen_of(form.documents.data)
    there = find_all((("document", one) for one in chosen), current_user)
    if len(there) < len(chosen):
        raise Refused("Een van de documenten is er niet meer. Kies opnieuw.")
    giving.give_all(found, [there["document", one] for one in sorted(chosen)], current_user)
    tell(len(there), found.title)
    return found


def tell(count: int, title: str) -> None:
    """How many documents are at a stuk now."""
    one = _("1 document staat nu bij %(title)s.", title=title)
    say(one if count == 1 else _("%(count)s documenten staan nu bij %(title)s.", count=count, title=title))


def chosen_of(ids: Any) -> set[int]:
    """Ids that were ticked; nonsense is left out, and more than a page of them."""
    return set(sorted({one for one in ids or [] if one})[: queries.PAGE])


def offered(found: DocumentRequest, form: ChooseForm) -> dict[str, Any]:
    """What there is to choose from."""
    chosen = chosen_of(form.documents.data)
    before = number(request.form.get("before")) if request.form.get("do") == "more" else None
    documents = queries.documents_of(found.dossier_id, form.q.data, before, chosen)
    page = documents[: queries.PAGE + len(chosen)]
    return {
        "documents": page,
        "more": page[-1].id if len(documents) > len(page) else None,
        "chosen": chosen,
        "given": {file.document_id for file in found.files},
        "types": dict(answers.type_names()),
        "further": before is not None,
    }


@pages.route("/for/<int:id>", methods=["GET", "POST"])
@requires("requests.write")
def give_document(id: int) -> Answer:
    """*Bij een stuk doen*: the stukken of the dossier that take files, those of its own type first."""
    document: Document = get_or_404("document", id)
    dossier: Dossier | None = find(document.subject_ref, current_user)
    if dossier is None or dossier.kind != "dossier":
        abort(404)
    taking, form, from_list = queries.taking_files(dossier.id), GiveForm(), "list" in request.args
    if given := form.submit(lambda: give_to(document, taking, chosen_of(form.requests.data)), "requests"):
        if from_list:
            return go(dossier, tab="documents")
        return go(given[0]) if len(given) == 1 else to_tab(given[0])
    own = [one for one in taking if one.type.key == document.document_type]
    groups = queries.groups([one for one in taking if one not in own], queries.with_products())
    about = {"document": document, "dossier": dossier, "form": form, "own": own, "groups": groups}
    about["back"] = url_of(dossier, tab="documents") if from_list else url_of(document)
    about["back_to"] = dossier.title if from_list else document.name
    given_for = {one.request_id for one in queries.files_of(document.id)}
    page = render_template(
        "document_types/requests/give.html", **about, given=given_for, chosen=chosen_of(form.requests.data),
        **words_of_rows(),
    )  # fmt: skip
    return page, form.code


def give_to(document: Document, taking: list[DocumentRequest], ids: Collection[int]) -> list[DocumentRequest]:
    """Give it for those that were ticked. Raises Refused when one takes no files any more."""
    chosen = [one for one in taking if one.id in ids]
    if len(chosen) < len(ids):
        raise Refused("Een van de stukken neemt geen bestanden meer aan. Kies opnieuw.")
    giving.give_to(document, chosen, current_user)
    titles = ", ".join(one.title for one in chosen)
    say(_("%(name)s staat nu bij %(titles)s.", name=document.name, titles=titles))
    return chosen

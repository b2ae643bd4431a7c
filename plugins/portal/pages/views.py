"""Windows of the client: what to do now, what was asked, what is done."""

from collections.abc import Callable

from flask import Blueprint, abort, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from crm.furniture import Refused, begin_writing, config, db, takes
from crm.furniture import gettext as _
from plugins.portal.doors.sessions import Visitor, inhabitant
from plugins.portal.entrances import for_everybody, inside
from plugins.portal.office.queries import office
from plugins.portal.pages import asked
from plugins.portal.pages.asked import Asked
from plugins.portal.uploads import operations as uploads
from plugins.portal.uploads import receiving
from plugins.portal.uploads.models import Upload
from plugins.portal.vaults import queries as vaults

pages = Blueprint("pages", __name__, static_folder="../static", static_url_path="/portal-static")
Page = str | Response | tuple[str, int]


@pages.get("/kleur.css")
@for_everybody
def colour() -> Response:
    """The office's one colour; all others follow from it (portal.css)."""
    response = Response(f":root {{ --brand: {office().colour}; }}\n", mimetype="text/css")
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response


def requests_of(visitor: Visitor) -> list[Asked]:
    """Everything this client was asked for."""
    sent = db.session.scalars(select(Upload).where(Upload.vault_id == visitor.vault.id).order_by(Upload.id))
    return asked.requests(vaults.contents(visitor.vault, "request"), sent)


def split(visitor: Visitor) -> tuple[list[Asked], Asked | None]:
    """What this client was asked for, and the place for anything else."""
    found = requests_of(visitor)
    return [one for one in found if not one.is_other], next((one for one in found if one.is_other), None)


def person_of(visitor: Visitor) -> dict[str, str]:
    """What the CRM says of this client and of who helps him."""
    found = vaults.content(visitor.vault, "person", "self")
    return found.says if found else {}


@pages.get("/")
@inside
def start() -> Page:
    """What to do now: what is not right yet, then what is still to come."""
    visitor = inhabitant()
    known, _other = split(visitor)
    first = [one for one in known if one.comes_first]
    waits = [one for one in known if one.is_to_do and not one.comes_first]
    return render_template(
        "portal/start.html", requests=known, person=person_of(visitor), contact=visitor.contact, first=first,
        waits=waits, now=next(iter([*first, *waits]), None), done=sum(one.state == asked.DONE for one in known),
    )  # fmt: skip


@pages.get("/verzoeken")
@inside
def requests() -> Page:
    """What was asked and is not approved yet."""
    return list_page("open", lambda one: one.state != asked.DONE)


@pages.get("/afgerond")
@inside
def done() -> Page:
    """What is approved (U-044)."""
    return list_page("done", lambda one: one.state == asked.DONE)


def list_page(tab: str, wanted: Callable[[Asked], bool]) -> Page:
    visitor = inhabitant()
    known, other = split(visitor)
    shown, done = [one for one in known if wanted(one)], sum(one.state == asked.DONE for one in known)
    rest = [one for one in shown if not one.comes_first]
    return render_template(
        "portal/requests.html", tab=tab, person=person_of(visitor), open_count=len(known) - done, done_count=done,
        first=[one for one in shown if one.comes_first], groups=asked.groups(known, rest), other=other,
    )  # fmt: skip


@pages.get("/verzoeken/<name>")
@inside
def show_request(name: str) -> Page:
    """One request: what is asked and why, how it stands, and the buttons."""
    return request_page(name, "")


def request_page(name: str, trouble: str) -> Page:
    visitor = inhabitant()
    found = next((one for one in requests_of(visitor) if one.name == name), None)
    if found is None:
        abort(404)
    page = render_template(
        "portal/request.html", asked=found, person=person_of(visitor), trouble=trouble, told=uploads.told,
        share=receiving.share, looks=asked.OF_FILES, most=config("KLUIS_LARGEST_FILE") // 1_000_000,
    )  # fmt: skip
    return page, 422 if trouble else 200


@pages.post("/verzoeken/<name>")
@inside
@takes("KLUIS_LARGEST_FORM")
def send_files(name: str) -> Page:
    """Files with a plain form, in the order in which they were chosen."""
    files = [file for file in request.files.getlist("files") if file.filename]
    if not files:
        return request_page(name, _("Kies eerst een foto of een bestand."))
    try:
        for file in files:
            take_in(name, file)
    except Refused as refusal:
        return request_page(name, str(refusal))
    return redirect(url_for("pages.show_request", name=name))


@pages.post("/verzoeken/<name>/weg/<upload>")
@inside
def give_up(name: str, upload: str) -> Page:
    """A file is not sent after all, or taken back: until somebody looked at it (U-030)."""
    visitor = inhabitant()
    found = uploads.of_vault(visitor.vault, upload)
    if found is None or found.request != name:
        abort(404)
    request_of_it = next((one for one in requests_of(visitor) if one.name == name), None)
    if request_of_it and request_of_it.may_withdraw(upload):
        uploads.withdraw(found)
    return redirect(url_for("pages.show_request", name=name))


def take_in(name: str, file: FileStorage) -> None:
    """One file of a form, sealed like any other."""
    size = file.stream.seek(0, 2)
    file.stream.seek(0)
    begin_writing()
    upload = uploads.begin(inhabitant().vault, name, size, file.filename or "")
    receiving.take_in(upload, chunks=iter(lambda: file.stream.read(receiving.CHUNK), b""))

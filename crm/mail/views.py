"""Windows of mail: composing, looking, sending, undoing."""

from collections.abc import Collection, Sequence
from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.wrappers import Response as AnyResponse
from wtforms import SelectChoice

from crm.access import allowed
from crm.activities import queries as activities
from crm.activities.models import Appointment
from crm.documents.views import FILE_HEADERS, attachment
from crm.formats import seconds_until
from crm.forms import begin_anew, number
from crm.mail import attachments, drafts, letter, operations, placeholders, queries, starter
from crm.mail.drafts import Draft
from crm.mail.forms import ComposeForm, SendForm
from crm.mail.kept import mime_of
from crm.mail.models import EmailTemplate, Message
from crm.mail.operations import Doubt
from crm.mail.purposes import purposes
from crm.records import Refused, find, kinds
from crm.settings import setting
from crm.texts import N_
from crm.texts import gettext as _
from crm.web import get_or_404, go, requires, subject_or_404, url_of

pages = Blueprint("mail", __name__)
Answer = str | AnyResponse | tuple[str, int]


@pages.app_template_global()
def mail_status(status: str) -> str:
    """The state of a mail in words."""
    return _(queries.STATUSES.get(status, queries.STATUSES["draft"]))


# What a mail shows may use its own styles, and nothing else: no script, no picture, no link out of the frame.
LETTER_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; sandbox; "
GONE = N_("Een van de bijlagen is er niet meer. Kies de bijlagen opnieuw.")
MANAGED = {"branch": "accounts.edit_branch", "user": "accounts.edit_user"}


def found_or_404(message_id: int) -> tuple[Message, Any]:
    """(message, record it is about), if this user may see that."""
    found = queries.find_message(message_id, current_user)
    if found is None:
        abort(404)
    return found


def message_or_404(message_id: int) -> Message:
    """The message, if this user may see what it is about."""
    return found_or_404(message_id)[0]


# --- Composing -----------------------------------------------------------------------------------------------


@pages.route("/mail/compose/<kind>/<int:id>", methods=["GET", "POST"])
@requires("mail.send")
def compose(kind: str, id: int) -> Answer:
    """A new mail about a record; `purpose`, `appointment` and `template` say what to begin with."""
    subject = subject_or_404(kind, id)
    form = ComposeForm()
    if request.method == "POST":
        return handle(form, subject, None)
    appointment = appointment_for(subject, request.args.get("appointment", type=int))
    choices = queries.templates(current_user)
    template = first_template(choices, subject, appointment)
    draft = operations.compose(subject, template, current_user, appointment)
    choose_files(draft, request.args.getlist("document", type=int))
    if not template and (suggested := suggestion(choices, subject, appointment)):
        form.template.data = str(suggested.id)
    fill_form(form, draft)
    return window(form, draft, None, choices)


@pages.route("/mail/messages/<int:id>/edit", methods=["GET", "POST"])
@requires("mail.send")
def edit(id: int) -> Answer:
    """Go on with a draft, or mend one that failed."""
    message, subject = found_or_404(id)
    if message.status not in ("draft", "failed"):
        return redirect(url_for("mail.show_message", id=id))
    form = ComposeForm()
    if request.method == "POST":
        return handle(form, subject, message)
    kept = {"to": message.to, "cc": message.cc, "title": message.subject, "body": message.body}
    basis = {name: value for name, value in message.basis.items() if name != "="}
    draft = operations.compose(
        subject, None, current_user, message.appointment, purpose=message.purpose, basis=basis, **kept
    )
    gone = not choose_files(draft, [row["document"] for row in message.attachments])
    if gone:
        draft.remarks.append(GONE)
    if titles := queries.changed(basis, draft.known):
        draft.remarks.append(_("Gewijzigd nadat de tekst was ingevoegd: %(what)s.", what=", ".join(titles).lower()))
    fill_form(form, draft)
    form.template.data, form.version.data = str(message.template_id or ""), message.version
    return window(form, draft, message, queries.templates(current_user))


def appointment_for(subject: Any, appointment_id: int | None) -> Appointment | None:
    """The appointment asked for, else the next one of this record."""
    if appointment_id:
        found: Appointment | None = find(("appointment", appointment_id), current_user)
        return found if found and found.subject_ref == (subject.kind, subject.id) else None
    return activities.next_appointment((subject.kind, subject.id))


def choose_files(draft: Draft, ids: Collection[int | None], listed: bool = False) -> bool:
    """Put the chosen documents in a draft, and with these or when `listed` all that may go along; False when a chosen
    one is not there."""
    wanted = {one for one in ids if one}
    if (wanted or listed) and allowed(current_user, "documents.read"):
        draft.offered = attachments.offered((draft.about.kind, draft.about.id), wanted)
    draft.attachments = sorted((one for one in draft.offered if one.document in wanted), key=lambda one: one.document)
    return len(draft.attachments) == len(wanted)


def first_template(choices: Any, subject: Any, appointment: Appointment | None) -> EmailTemplate | None:
    """The template to begin with: the one asked for, or the one that fits the purpose asked for (O-062)."""
    if chosen := request.args.get("template", type=int):
        return next((template for template in choices if template.id == chosen), None)
    form = queries.form_of(placeholders.recipients(subject))
    return queries.best(choices, request.args.get("purpose", ""), form, queries.place_of(appointment))


def suggestion(choices: Any, subject: Any, appointment: Appointment | None) -> EmailTemplate | None:
    """The template most likely wanted: a confirmation of a planned appointment, a change of one that moved."""
    purposes = {"planned": "appointment_confirmation", "rescheduled": "appointment_change"}
    purpose = purposes.get(appointment.status, "") if appointment else ""
    form = queries.form_of(placeholders.recipients(subject))
    return queries.best(choices, purpose, form, queries.place_of(appointment))


def fill_form(form: ComposeForm, draft: Draft) -> None:
    """Show a draft in the compose window."""
    form.to.data, form.cc.data = draft.to, draft.cc
    form.title.data, form.body.data, form.purpose.data = draft.title, draft.body, draft.purpose
    form.appointment.data = str(draft.appointment.id) if draft.appointment else ""
    form.basis.data = drafts.basis_text(draft.basis)
    form.attachments.data = [one.document for one in draft.attachments]
    if draft.template:
        form.template.data = str(draft.template.id)


def window(
    form: ComposeForm, draft: Draft, message: Message | None, choices: Any, code: int = 200, **more: Any
) -> Answer:
    """The compose window."""
    place, people = queries.place_of(draft.appointment), placeholders.recipients(draft.about)
    offered = queries.choices(choices, queries.form_of(people), place)
    form.template.choices = [
        SelectChoice("", _("Kies een sjabloon")),
        *(SelectChoice(str(t.id), t.name) for t in offered),
    ]
    page = render_template(
        "mail/compose.html", form=form, draft=draft, message=message, subject=draft.about, people=people,
        most=setting("mail.most_attached"),
        kept_drafts=kept_drafts(draft),
        fill_in_url=fill_in_url, **more,
    )  # fmt: skip
    return page, code


def kept_drafts(draft: Draft) -> Sequence[Message]:
    """Unsent drafts about the same record, for who comes to write a new mail; not when he came to mail a document."""
    begins = request.method == "GET" and not draft.offered
    return queries.drafts_of((draft.about.kind, draft.about.id)) if begins else []


def fill_in_url(record: Any) -> str:
    """The page on which a user fills in what is empty; empty when there is none for him."""
    if record.kind in MANAGED:
        return url_for(MANAGED[record.kind], id=record.id) if allowed(current_user, "accounts.manage") else ""
    kind = kinds().get(record.kind)
    return url_of(record) if kind and kind.endpoint else ""


def handle(form: ComposeForm, subject: Any, message: Message | None) -> Answer:
    """Whatever button of the compose window was pressed: nothing that was typed is lost."""
    choices = queries.templates(current_user)
    chosen = number(form.appointment.data)
    appointment = appointment_for(subject, chosen) if chosen else None
    form.template.choices = [SelectChoice(str(one.id), one.name) for one in choices]
    form.record = message if form.do.data not in ("insert", "back", "attach") else None
    is_up_to_date = form.is_up_to_date()
    template = next((t for t in choices if str(t.id) == form.template.data), None)
    if form.do.data in ("insert", "back"):
        return rewrite(form, subject, message, template if form.do.data == "insert" else None, appointment, choices)
    draft = typed_draft(form, subject, appointment)
    draft.template = template
    wrong = check_files(form, draft)
    if form.do.data == "attach":
        return window(form, draft, message, choices)
    if not is_up_to_date:
        return window(form, draft, message, choices, 409)
    if not form.validate_on_submit() or wrong:
        form.attachments.errors = [wrong] if wrong else []
        return window(form, draft, message, choices, 422)
    try:
        kept = operations.keep_draft(draft, current_user, message, form.version.data)
        return follow(form, kept, template)
    except Doubt as doubt:
        return window(form, draft, message, choices, 422, doubt=doubt)
    except StaleDataError:  # at the same moment
        begin_anew()
        return handle(form, subject, message)
    except Refused as refusal:
        return window(form, draft, message, choices, 422, refusal=str(refusal))


def check_files(form: ComposeForm, draft: Draft) -> str:
    """Put the chosen documents in the draft; what is wrong with them."""
    if not choose_files(draft, form.attachments.data or [], form.lists_files()):
        return _(GONE)
    try:
        attachments.check_total(draft.attachments)
    except Refused as refusal:
        return str(refusal)
    return ""


def typed_draft(form: ComposeForm, subject: Any, appointment: Appointment | None) -> Draft:
    """The draft as it stands in the window."""
    purpose = form.purpose.data if form.purpose.data in purposes() else "other"
    return operations.compose(
        subject, None, current_user, appointment, to=form.to.data or "", cc=form.cc.data or "",
        title=form.title.data or "", body=form.body.data or "", purpose=purpose,
        basis=drafts.basis_of(form.basis.data or ""),
    )  # fmt: skip


def rewrite(
    form: ComposeForm, subject: Any, message: Message | None, template: EmailTemplate | None,
    appointment: Appointment | None, choices: Any,
) -> Answer:  # fmt: skip
    """*Invoegen* puts a template in place of the text; the text before it can be put back."""
    to, cc, title, body = form.to.data or "", form.cc.data or "", form.title.data or "", form.body.data or ""
    if form.do.data == "back":
        text = {"title": form.earlier_title.data or "", "body": form.earlier_body.data or ""}
        draft = operations.compose(subject, None, current_user, appointment, to=to, cc=cc, **text)
    elif template is None:
        form.template.errors = [_("Kies eerst een sjabloon.")]
        draft = typed_draft(form, subject, appointment)
        choose_files(draft, form.attachments.data or [], form.lists_files())
        return window(form, draft, message, choices, 422)
    else:
        draft = operations.compose(subject, template, current_user, appointment, to=to, cc=cc)
    choose_files(draft, form.attachments.data or [], form.lists_files())
    version = form.version.data
    fill_form(form, draft)
    form.version.data = version
    form.earlier_title.data, form.earlier_body.data = title, body
    return window(form, draft, message, choices, inserted=bool(body.strip()) or None)


def follow(form: ComposeForm, message: Message, template: EmailTemplate | None) -> AnyResponse:
    """Where a button leads, now that the draft is kept."""
    back = url_for("mail.edit", id=message.id)
    if form.do.data == "send":
        operations.queue(message, current_user, form.sure())
        return sent(message)
    if form.do.data == "make":
        return redirect(url_for("mail.new_template", message=message.id, next=back))
    if form.do.data == "change" and template:
        return redirect(url_for("mail.edit_template", id=template.id, next=back))
    return redirect(url_for("mail.show_message", id=message.id) if form.do.data == "preview" else back)


def sent(message: Message) -> AnyResponse:
    """Back to the record, where the feed counts down."""
    left = seconds_until(message.send_at) if message.send_at else 0
    if message.status == "queued" and left:
        flash(_("De e-mail gaat over %(count)s seconden weg. In de feed kunt u dit nog ongedaan maken.", count=left))
    return go(get_or_404(message.subject_kind or "", message.subject_id or 0), tab="feed")


# --- Looking -------------------------------------------------------------------------------------------------


@pages.get("/mail/messages/<int:id>")
@requires("mail.read")
def show_message(id: int) -> Answer:
    """A mail as it is sent: headers, text, calendar; for a draft the preview with its button *Versturen*."""
    return preview(*found_or_404(id), SendForm())


def preview(message: Message, subject: Any, form: SendForm, code: int = 200, **more: Any) -> Answer:
    """The page of one message."""
    form.version.data = message.version
    parts = letter.take_apart(mime_of(message))
    left_out = [starter.blocks().get(name, name) for name in placeholders.blocks_in(message.body)]
    page = render_template(
        "mail/message.html", message=message, subject=subject, parts=parts, form=form, left_out=left_out,
        state=operations.card(message), changed=operations.changed_since(message), **more,
    )  # fmt: skip
    return page, code


@pages.get("/mail/messages/<int:id>/html")
@requires("mail.read")
def letter_html(id: int) -> Response:
    """The HTML part alone, for the frame of the preview; it can do nothing."""
    return framed(letter.take_apart(mime_of(message_or_404(id))).html)


def framed(html: str) -> Response:
    """A mail's HTML in a frame of ours, under its own strict policy."""
    response = Response(html, mimetype="text/html")
    response.headers["Content-Security-Policy"] = LETTER_POLICY + "frame-ancestors 'self'"
    return response


@pages.get("/mail/messages/<int:id>/files/<int:place>")
@requires("mail.read")
def attached(id: int, place: int) -> Response:
    """One attachment, out of the bytes of the mail."""
    files = letter.take_apart(mime_of(message_or_404(id))).files
    if place >= len(files):
        abort(404)
    response = Response(files[place].content, mimetype=files[place].mimetype, headers=FILE_HEADERS)
    response.headers["Content-Disposition"] = attachment(files[place].name)
    return response


@pages.get("/mail/messages/<int:id>/raw")
@requires("mail.read")
def raw(id: int) -> Response:
    """The bytes as they are sent."""
    message = message_or_404(id)
    response = Response(mime_of(message), mimetype="message/rfc822")
    response.headers["Content-Disposition"] = f'attachment; filename="e-mail-{message.id}.eml"'
    return response


@pages.get("/mail/messages/<int:id>/state")
@requires("mail.read")
def state(id: int) -> str:
    """The card of the feed, anew."""
    message = message_or_404(id)
    return render_template("mail/_state.html", data=operations.card(message))


# --- Sending -------------------------------------------------------------------------------------------------


@pages.post("/mail/messages/<int:id>/send")
@requires("mail.send")
def send(id: int) -> Answer:
    """Send what the preview showed; also once more what failed or may have arrived."""
    message, subject = found_or_404(id)
    form = SendForm()
    if not form.validate_on_submit():
        return preview(message, subject, form, 422)
    if form.version.data is not None and message.status == "draft" and form.version.data != message.version:
        return preview(message, subject, form, 409, refusal=_("De e-mail is gewijzigd. Kijk het voorbeeld opnieuw na."))
    try:
        operations.queue(message, current_user, form.sure())
    except Doubt as doubt:
        return preview(message, subject, form, 422, doubt=doubt)
    except Refused as refusal:
        return preview(message, subject, form, 422, refusal=str(refusal))
    return sent(message)


@pages.post("/mail/messages/<int:id>/undo")
@requires("mail.send")
def undo(id: int) -> AnyResponse:
    """*Ongedaan maken*: back to the compose window with the text."""
    operations.undo(message_or_404(id), current_user)
    flash(_("De e-mail is niet verstuurd. U kunt hem nog aanpassen."))
    return redirect(url_for("mail.edit", id=id))


@pages.post("/mail/messages/<int:id>/discard")
@requires("mail.send")
def discard(id: int) -> AnyResponse:
    """Throw a draft away."""
    message, subject = found_or_404(id)
    operations.discard(message, current_user)
    flash(_("Het concept is weggegooid."))
    return go(subject, tab="feed")

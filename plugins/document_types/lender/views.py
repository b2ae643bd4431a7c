"""Windows of messages of lenders: the queue, linking one, what it would do, and doing it."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from crm.plugin import Dossier, Refused, get_or_404, requires, say
from crm.plugin import gettext as _
from plugins.document_types import hdn
from plugins.document_types.lender import operations, plan, queries
from plugins.document_types.lender.forms import LinkForm, MessageForm, ProductForm, process_form
from plugins.document_types.lender.models import PROCESSED, LenderMessage

pages = Blueprint("lender", __name__)
Answer = Any


def show_queue(form: MessageForm, code: int = 200) -> Answer:
    every, before = "all" in request.args, request.args.get("before", type=int)
    found = list(queries.queue(current_user, every, before))
    more = found[queries.PAGE - 1].id if len(found) > queries.PAGE else None
    page = render_template(
        "lender/index.html", form=form, messages=found[: queries.PAGE], more=more, every=every,
        dossier=asked_dossier(),
    )  # fmt: skip
    return page, code


def asked_dossier() -> Dossier | None:
    """The dossier one came from."""
    identity = request.args.get("dossier", type=int)
    return get_or_404("dossier", identity) if identity else None


@pages.route("/hdn", methods=["GET", "POST"])
@requires("requests.write")
def index() -> Answer:
    """What waits for somebody; and bringing in a file, from a dossier or without one."""
    form = MessageForm()
    if not form.validate_on_submit():
        return show_queue(form, form.code)
    with form.file.data.stream as file:
        data = file.read(hdn.LARGEST_RECORD + 1)
    try:
        message = operations.receive(data, current_user, asked_dossier())
    except Refused as refusal:
        form.file.errors = [str(refusal)]
        return show_queue(form, form.code)
    return redirect(url_for("lender.show", id=message.id), 303)


@pages.get("/hdn/<int:id>")
@requires("requests.write")
def show(id: int) -> Answer:
    """One message: where it belongs, and what it would do there or did."""
    if (message := queries.whole(id, current_user)) is None:
        abort(404)
    return show_message(message)


def written() -> list[str]:
    """What was written to the client."""
    return [text for name, text in request.form.items() if name.startswith("text_") and text.strip()]


def show_message(
    message: LenderMessage, link: Any = None, process: Any = None, code: int = 200, unsent: Sequence[str] | None = None
) -> Answer:
    """The page of a message; with `unsent` when it was no longer there to be processed as it was seen."""
    steps = operations.planned(message) if message.can_process else []
    form = process or process_form(steps)(formdata=None)
    parsed = hdn.read(message.xml)
    page = render_template(
        "lender/message.html",
        message=message,
        parsed=parsed,
        link=link or LinkForm(formdata=None),
        proposed=queries.proposed(parsed, current_user) if message.is_homeless else [],
        product=product_form(message),
        steps=steps,
        form=form,
        texts={step.number: form[f"text_{step.number}"] for step in steps if step.is_rejection},
        actions=plan.ACTIONS,
        unsent=unsent,
    )
    return page, code


def product_form(message: LenderMessage) -> ProductForm | None:
    if message.dossier is None or not message.can_process:
        return None
    return ProductForm(formdata=None, data={"product_id": message.product_id}).fill_choices(message.dossier)


@pages.post("/hdn/<int:id>/link")
@requires("requests.write")
def link(id: int) -> Answer:
    """*Koppelen*: the dossier that was proposed or chosen."""
    message: LenderMessage = get_or_404("lender_message", id)
    form = LinkForm()

    def save() -> LenderMessage:
        dossier: Dossier = form.dossier.data
        product = operations.product_of(hdn.read(message.xml), dossier, message.sender_name)
        return operations.link(message, dossier, product, current_user)

    if form.submit(save, "dossier"):
        return redirect(url_for("lender.show", id=id), 303)
    return show_message(message, link=form, code=form.code)


@pages.post("/hdn/<int:id>/product")
@requires("requests.write")
def set_product(id: int) -> Response:
    """Under another product of the same dossier."""
    message: LenderMessage = get_or_404("lender_message", id)
    if message.dossier is not None:
        form = ProductForm().fill_choices(message.dossier)
        product = next((one for one in message.dossier.products if one.id == form.product_id.data), None)
        operations.link(message, message.dossier, product, current_user)
    return redirect(url_for("lender.show", id=id), 303)


@pages.post("/hdn/<int:id>/unlink")
@requires("requests.write")
def unlink(id: int) -> Response:
    """*Ander dossier*."""
    operations.unlink(get_or_404("lender_message", id), current_user)
    return redirect(url_for("lender.show", id=id), 303)


@pages.post("/hdn/<int:id>/process")
@requires("requests.write")
def process(id: int) -> Answer:
    """*Verwerken*, with the words for the client as they were adjusted."""
    message: LenderMessage = get_or_404("lender_message", id)
    seen = request.form.get("seen", message.place)
    if not message.can_process or seen != message.place:  # else what was written would be of other rows
        return show_message(message, unsent=written(), code=409)
    steps = operations.planned(message)
    form = process_form(steps)()
    texts = {step.number: form[f"text_{step.number}"] for step in steps if step.is_rejection}

    def carry_out() -> bool:
        operations.process(message, {number: field.data for number, field in texts.items()}, current_user, seen)
        return True

    if form.submit(carry_out):
        if message.state == PROCESSED:
            flash(_("Het bericht is verwerkt."), "message")
        return redirect(url_for("lender.show", id=id), 303)
    return show_message(message, process=form, code=form.code)


@pages.post("/hdn/<int:id>/aside")
@requires("requests.write")
def set_aside(id: int) -> Response:
    """*Terzijde leggen*, and back: `aside` is the wanted state, so that a double click does no harm."""
    aside = request.form.get("aside") == "1"
    operations.set_aside(get_or_404("lender_message", id), aside, current_user)
    if aside:
        say(_("Het bericht is terzijde gelegd."), url_for("lender.set_aside", id=id), _("Ongedaan maken"))
    return redirect(url_for("lender.index"), 303)

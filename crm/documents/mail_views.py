"""Windows of taking documents out of an e-mail: bringing it in, choosing, and what was not chosen goes."""

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from crm.documents import incoming, storage
from crm.documents.models import IncomingMail
from crm.documents.reasons import REASONS
from crm.documents.upload_views import at_most
from crm.documents.views import pages
from crm.forms import number
from crm.records import Refused
from crm.texts import gettext as _
from crm.web import answer_of_first, begin_writing, counts_itself, requires, subject_or_404, url_of


def mail_or_404(id: int) -> tuple[IncomingMail, Any]:
    """The e-mail and the record it was brought in at, if this user may see that."""
    found = incoming.find(id, current_user)
    if found is None:
        abort(404)
    return found


@pages.get("/documents/<kind>/<int:id>/mail")
@requires("documents.write")
def from_mail(kind: str, id: int) -> str:
    """*Uit een e-mail*: which e-mail."""
    subject = subject_or_404(kind, id)
    waiting = incoming.waiting((subject.kind, subject.id))
    return render_template("documents/mail.html", subject=subject, mail=None, most=incoming.most(), waiting=waiting)


@pages.post("/documents/<kind>/<int:id>/mail")
@requires("documents.write")
@counts_itself
def bring_mail(kind: str, id: int) -> Any:
    """Take an e-mail in, to be taken apart; no transaction is open while its bytes come."""
    subject = subject_or_404(kind, id)
    about, sealer, most = (subject.kind, subject.id), storage.sealer(), incoming.most()
    begin_writing()
    file = request.files.get("mail")
    try:
        if file is None or not file.filename:
            raise Refused("Kies eerst een e-mail.")
        stored = sealer.keep(at_most(file.stream, most))
    except Refused as refusal:
        subject = subject_or_404(kind, id)
        page = render_template("documents/mail.html", subject=subject, mail=None, most=most, refusal=str(refusal))
        return page, 422
    if earlier := answer_of_first():
        return earlier
    mail = incoming.receive_mail(about, file.filename, stored, current_user)
    return redirect(url_for("documents.show_mail", id=mail.id), 303)


@pages.get("/documents/mail/<int:id>")
@requires("documents.write", in_background=True)
def show_mail(id: int) -> str:
    """What is attached to an e-mail, to choose from; asks for itself again while it is taken apart."""
    mail, subject = mail_or_404(id)
    return render_template("documents/mail.html", subject=subject, mail=mail, reasons=REASONS)


@pages.post("/documents/mail/<int:id>/take")
@requires("documents.write")
def take_from_mail(id: int) -> Any:
    """*Overnemen*: the chosen attachments become documents."""
    mail, subject = mail_or_404(id)
    chosen = [found for one in request.form.getlist("part") if (found := number(one))]
    try:
        taken = incoming.take(mail, chosen, current_user)
    except Refused as refusal:
        page = render_template("documents/mail.html", subject=subject, mail=mail, reasons=REASONS, refusal=str(refusal))
        return page, 422
    flash(_("Overgenomen: %(names)s.", names=", ".join(document.name for document in taken)), "message")
    return redirect(url_of(subject, tab="documents"), 303)


@pages.post("/documents/mail/<int:id>/drop")
@requires("documents.write")
def drop_mail(id: int) -> AnyResponse:
    """*Niets overnemen*: the e-mail goes."""
    mail, subject = mail_or_404(id)
    incoming.drop(mail)
    flash(_("Er is niets overgenomen; de e-mail is weg."), "message")
    return redirect(url_of(subject, tab="documents"), 303)

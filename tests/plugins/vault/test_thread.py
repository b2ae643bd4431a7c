"""The way through both applications: invited, in with a code, asked, sent, reviewed, done."""

import io
import re

import pytest
from sqlalchemy import select

from crm.db import db
from crm.documents.models import Document
from crm.formats import today
from crm.mail import kept
from crm.mail.letter import take_apart
from crm.mail.models import Message
from crm.workflows import operations as workflows
from crm.workflows import queries as running
from plugins.document_types.requests import verdicts
from plugins.document_types.requests.models import DocumentRequest
from plugins.vault import events, queries
from tests.crm.documents.hostile import plain_pdf

pytestmark = pytest.mark.postgres


def newest_mail():
    """The only e-mail there is."""
    return db.session.scalars(select(Message)).unique().one()


def token_in(message):
    """What follows the address of the portal's page in the link of the invitation."""
    return re.search(r"/activeren/([\w-]+)", take_apart(kept.mime_of(message)).text)[1]


@pytest.mark.requirement("U-013", "vault")
@pytest.mark.requirement("U-014", "vault")
@pytest.mark.requirement("U-031", "vault")
@pytest.mark.requirement("U-038", "vault")
@pytest.mark.requirement("U-044", "vault")
def test_the_whole_way(office, ask, work, kluis, sms):
    request = ask("payslip")
    (workflow,) = running.workflows_of(office.dossier)
    assert workflow.title == "Kluis – uitnodiging versturen"
    workflows.advance(workflow, "invite", 1, office.assistant)
    work()
    message = newest_mail()
    assert (message.status, message.to) == ("sent", "Sanne de Vries <sanne@voorbeeld.example>")
    link = f"/activeren/{token_in(message)}"
    assert "Activeer uw online kluis" in kluis.see(link)
    kluis.send(link)
    kluis.send(f"{link}/code", code=sms())
    kluis.send("/wachtwoord", password="drie kippen op stok")
    events.watch()
    work()
    assert queries.account_of(office.person.id).state == "active"
    assert "Loonstrook" in kluis.see("/verzoeken")

    kluis.send(f"/verzoeken/stuk-{request.id}", files=(io.BytesIO(plain_pdf()), "loonstrook.pdf"))
    events.watch()
    work()
    request = db.session.get(DocumentRequest, request.id)
    document = db.session.scalars(select(Document)).unique().one()
    assert (request.status, document.by, document.source) == ("submitted", "Sanne de Vries", "client")
    assert f"Gecontroleerd. {office.adviser.name} bekijkt het." in kluis.see("/verzoeken")
    verdicts.approve(request, office.adviser, today())
    work()
    assert "Loonstrook" not in kluis.see("/verzoeken")
    assert "Loonstrook" in kluis.see("/afgerond")

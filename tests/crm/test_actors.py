"""What a client does carries his name, wherever it is written down; what nobody does is the house's."""

from sqlalchemy import select

from crm.actors import acting, name_of
from crm.audit.models import AuditEntry
from crm.db import db
from crm.documents.models import Document
from crm.documents.operations import tell_added
from crm.feed.operations import post
from crm.feed.queries import feed
from crm.records import ref
from tests.crm.activities.conftest import make_dossier


def test_a_name_holds_until_its_end_and_a_user_goes_before_it(assistant):
    with acting("Sanne de Vries"):
        assert (name_of(None), name_of(assistant)) == ("Sanne de Vries", "Marieke Bakker")
        with acting(""):
            assert name_of(None) == ""
        assert name_of(None) == "Sanne de Vries"
    assert name_of(None) == ""


def test_feed_and_history_name_the_client(app, branch, assistant):
    dossier = make_dossier(branch, assistant)
    with acting("Sanne de Vries"):
        made = post(ref(dossier), "vault.accepted", None, "Kluis geactiveerd")
    by_nobody = post(ref(dossier), "vault.accepted", None, "Kluis geactiveerd")
    assert (made.by, by_nobody.by) == ("Sanne de Vries", "")
    noted = select(AuditEntry.user_id, AuditEntry.user_name).where(
        AuditEntry.record_kind == "post", AuditEntry.record_id == made.id
    )
    assert db.session.execute(noted).all() == [(None, "Sanne de Vries")]


def test_what_each_client_sends_within_ten_minutes_is_one_post_of_his_own(app, branch, assistant):
    dossier = make_dossier(branch, assistant)
    for who, name in (("Sanne", "een"), ("Sanne", "twee"), ("Sanne", "drie"), ("Tim", "vier"), ("", "vijf")):
        document = Document(name=name, source="client", sender=who)
        document.subject_kind, document.subject_id = ref(dossier)
        with acting(who):
            tell_added(document, None)
    added = [(one.by, one.data["names"]) for one in feed(ref(dossier)) if one.post_kind == "document.added"]
    assert added == [("", ["vijf"]), ("Tim", ["vier"]), ("Sanne", ["een", "twee", "drie"])]

"""A form that is sent twice, by a double click or a reload, does once what it does: every form of the URL map."""

import io
import threading
from importlib import import_module

import pytest
from itsdangerous import TimestampSigner
from sqlalchemy import func, inspect, literal, select, table, union_all
from werkzeug.exceptions import MethodNotAllowed

from crm import migrate, paths, records
from crm.activities.office import calendar
from crm.app import create_app
from crm.db import db, utcnow
from crm.documents import operations, storage
from crm.documents.models import READY, Document, IncomingMail, MailPart, StoredFile
from crm.dossiers.queries import lead_sources
from crm.dossiers.statuses import DossierStatus, DossierStep
from crm.feed.models import Post
from crm.formats import today
from crm.jobs import queue
from crm.relations import operations as relations
from crm.relations.duplicates import words
from crm.service_requests.forms import signer
from crm.workflows.queries import startable
from tests.conftest import come_in, forget_last_request, log_in, make_branch, make_user, new_session
from tests.crm.activities.conftest import make_dossier
from tests.plugins import switched_on
from tests.test_matrix import addresses, methods, office, pages, undone  # noqa: F401 (fixtures)
from tests.test_two_editors import WHOLE, Forms

PDF = b"%PDF-1.7 loonstrook"
CLIENT = {"title": "mr", "initials": "K.", "first_name": "Karel", "surname": "Nieuwenhuis", "birth_date": "1980-02-01"}
PARTNER = {f"partner-{name}": value for name, value in CLIENT.items()}
ADDRESS = {name: WHOLE[name] for name in ("postal_code", "house_number", "street", "city", "country", "address_form")}
REACHED = {"phone": "0612121213", "email": "karel@voorbeeld.nl"}
ASKED = {
    "first_name": "Karel", "surname": "Nieuwenhuis", "birth_date": "1-2-1980", **REACHED, "postal_code": "3511 AB",
    "house_number": "1", "street": "Kade", "city": "Utrecht", "profile": "starter", "message": "",
}  # fmt: skip


def workday():
    """A day on which the office is open, some weeks ahead."""
    return str(calendar().add(today(), 20))


def shown_a_minute_ago():
    """The signed moment of a public form."""
    with pytest.MonkeyPatch.context() as past:
        past.setattr(TimestampSigner, "get_timestamp", lambda self: int(utcnow().timestamp()) - 60)
        return signer().dumps("")


# Page: what is filled in of its form where what is drawn does not do; of an office, a file is (bytes, name).
FILLED = {
    "accounts.new_branch": lambda _ours: {"name": "Amersfoort"},
    "accounts.new_user": lambda ours: {
        "name": "Nina Nieuw", "email": "nina@kantoor.example", "role": "assistant", "branch_ids": ours.branch.id,
    },
    "accounts.tokens": lambda _ours: {"name": "website", "scopes": "search", "days": "30"},
    "activities.absences": lambda _ours: {"from_day": workday(), "until_day": workday(), "reason": "Vrij"},
    "activities.choose_subject": lambda ours: {"subject": f"dossier:{ours.dossier.id}"},
    "activities.new_task": lambda _ours: {"title": "Bellen"},
    "activities.plan": lambda ours: {
        "day": workday(), "starts": "09:00", "ends": "10:00", "assigned_to": ours.adviser.id, "category": "phone",
        "title": "Bellen",
    },
    "document_templates.new_template": lambda _ours: {"name": "Nog een brief", "body": "Beste {{ klanten.namen }}"},
    "documents.add_version": lambda _ours: {"files": (PDF, "a.pdf")},
    "documents.bring_mail": lambda _ours: {"mail": (b"Subject: Stukken", "stukken.eml")},
    "documents.join": lambda ours: {"document": [ours.document.id, ours.made_document.id]},
    "documents.upload": lambda _ours: {"files": (PDF, "a.pdf")},
    "dossiers.add_step": lambda ours: {"to": other_status(ours)},
    "dossiers.edit_product": lambda _ours: {"provider": "Testbank"},
    "dossiers.lead_sources": lambda _ours: {"name": "Beurs", "weight": "3"},
    "dossiers.new": lambda ours: {
        "dossier_type": "other_service", "profile": "refinancer", "lead_source_id": lead_sources()[0].id,
        "branch_id": ours.branch.id, "confirmed": "y",
    },
    "dossiers.new_product": lambda _ours: {"product_kind": "mortgage", "provider": "Testbank"},
    "dossiers.status_rows": lambda _ours: {"title": "Wacht op taxatie", "weight": "950"},
    "feed.register": lambda _ours: {"text": "Gebeld"},
    "imports.index": lambda ours: {
        "file": (b"voornaam;achternaam\nKarel;Nieuwenhuis\n", "klanten.csv"), "branch_id": ours.branch.id,
    },
    "lists.new_view": lambda _ours: {"name": "Van mij"},
    "mail.new_template": lambda _ours: {"name": "Groet", "subject": "Hallo", "body": "Beste klant"},
    "planning.plan": lambda ours: {
        "do": "plan", "new_client": "1", "dossier": "new", "place": "office", "day": workday(), "starts": "09:00",
        "adviser": ours.adviser.id, "branch": ours.branch.id, "send": "",
        **{f"client-{name}": value for name, value in {**CLIENT, **ADDRESS, **REACHED}.items()},
        "client-branch_id": ours.branch.id, "dossier-dossier_type": "home_purchase", "dossier-profile": "starter",
        "dossier-lead_source_id": lead_sources()[0].id, "dossier-branch_id": ours.branch.id,
    },
    "relations.add_member": lambda _ours: {**PARTNER, "role": "child"},
    "relations.create": lambda ours: {**CLIENT, **ADDRESS, **REACHED, "branch_id": ours.branch.id},
    "service_requests.embedded_form": lambda _ours: {**ASKED, "consent": "y", "shown": shown_a_minute_ago()},
    "service_requests.make_client": lambda ours: {**CLIENT, **ADDRESS, **REACHED, "branch_id": ours.branch.id},
    "service_requests.new": lambda _ours: ASKED,
    "service_requests.public_form": lambda _ours: {**ASKED, "consent": "y", "shown": shown_a_minute_ago()},
    "workflows.start": lambda ours: {"key": startable(ours.service)[-1].key},
}  # fmt: skip
# Pages that refuse here what is sent to them: they only change, end or show what is there.
REFUSED = {
    "accounts.change_password", "accounts.choose_password", "accounts.end_session", "accounts.login",
    "accounts.recovery_codes", "accounts.second_factor", "accounts.second_factor_off", "activities.cancel",
    "activities.close", "activities.move", "document_templates.restore_template", "document_types.bring_in",
    "document_types.put_back", "documents.send", "dossiers.edit_status", "dossiers.remove_service", "imports.letters",
    "imports.undo", "lender.link", "lists.undo", "mail.delete_template", "notifications.open_one",
    "notifications.read", "planning.undo", "requests.reopen", "requests.restore", "requests.take_back",
    "workflows.start_under_product",  # as workflows.start, for what no workflow of the content is for
    "workflows.update",
}  # fmt: skip
# Pages that do the same once more, and the log says so.
SAID_AGAIN = {
    "accounts.end_sessions", "accounts.end_user_sessions", "accounts.reset_password", "accounts.reset_second_factor",
}  # fmt: skip
for plugin in switched_on.names():
    FILLED |= getattr(import_module(f"tests.plugins.{plugin}.matrix"), "FILLED", {})


def other_status(ours):
    """A status to which no step goes yet from where our step begins."""
    origin = ours.dossier_step.origin_id
    there = select(DossierStep.target_id).where(DossierStep.origin_id == origin)
    return db.session.scalar(
        select(DossierStatus.key).where(DossierStatus.id != origin, DossierStatus.id.not_in(there)).limit(1)
    )


# Pages on which more forms are drawn than at first: what is added to their address.
MORE = {
    "documents.show": ["?tab=versions"],
    "dossiers.new": ["?new=1"],
    "dossiers.show": ["?tab=documents", "?tab=holdings", "?tab=requests"],
}


def rows():
    """{table: how many rows it has}, jobs too, but of the sendings themselves."""
    names = set(inspect(db.session.connection()).get_table_names()) - {"submissions"}
    counts = (select(literal(name), select(func.count()).select_from(table(name)).scalar_subquery()) for name in names)
    return dict(list(db.session.execute(union_all(*counts))))


def posted(app):
    """Every page that a form can be sent to."""
    return [rule.endpoint for rule in pages(app) if "POST" in methods(rule) and not rule.rule.startswith("/api/")]


@pytest.fixture
def ready(office):  # noqa: F811
    """The office, with what its forms need; asked for before `addresses`, which writes an e-mail."""
    relations.update(office.relation, WHOLE, office.assistant)
    mail, file = office.incoming_mail, storage.sealer().keep([PDF])
    mail.state = READY
    records.keep(mail, file, MailPart(mail=mail, name="akte.pdf", file=file))
    office.branch.phone = "+31301234567"
    for name in ("street", "house_number", "postal_code", "city"):
        setattr(office.branch, name, WHOLE[name])
    records.save(office.branch, None)
    records.commit()
    return office


@pytest.fixture
def drawn(app, ready, stranger, addresses):  # noqa: F811
    """{page: (address, {field: values})} of the first form for it that is drawn anywhere."""
    found, asking = {}, f"/relations/access/{words().dumps([stranger.id, ready.relation.id])}"
    readable = [rule for rule in pages(app) if "GET" in methods(rule) and not rule.rule.startswith("/api/")]
    shown = [addresses[rule.endpoint] + more for rule in readable for more in ("", *MORE.get(rule.endpoint, ()))]
    for user, ours in ((ready.admin, shown), (stranger, [asking])):
        browser = log_in(app.test_client(), user)
        for answer in map(browser.get, ours):
            forms = Forms(answer.text, answer.request.path).found if answer.mimetype == "text/html" else ()
            for address, values, _others in forms:
                found.setdefault(page_at(app, address), (address, values))
    return found


def page_at(app, address):
    """The page that a form with this address is sent to; "" when its buttons have addresses of their own."""
    path = address.partition("?")[0].partition("#")[0]
    try:
        return app.url_map.bind("localhost").match(path, method="POST")[0]
    except MethodNotAllowed:
        return ""


def send(browser, address, values):
    """Send a form as a browser does: a file is read anew each time."""
    opened = {
        name: (io.BytesIO(value[0]), value[1]) if isinstance(value, tuple) else value for name, value in values.items()
    }
    return browser.post(address, data=opened)


def test_every_form_sent_twice_does_once_what_it_does(app, ready, stranger, addresses, drawn):  # noqa: F811
    """With the name of its sending when it is drawn with one; a page for which none is drawn gets none."""
    if db.engine.dialect.name != "sqlite":
        pytest.skip("one database is enough: what two do at the same moment is tried on both")
    filled = {page: make(ready) for page, make in FILLED.items()}
    cookies = {"relations.ask_access": new_session(stranger)}
    usual, refused, wrong = new_session(ready.admin), set(), []
    records.commit()
    for page in posted(app):
        address, values = drawn.get(page, (addresses[page], {}))
        with undone():
            browser, counts = come_in(app.test_client(), cookies.get(page, usual)), []
            for _time in range(2):
                answer = send(browser, address, values | filled.get(page, {}))
                counts.append(rows())
                if not counts[1:] and answer.status_code >= 400:
                    refused.add(page)
        more = {name for name, count in counts[1].items() if count > counts[0][name]}
        if more - ({"audit_entries"} if page in SAID_AGAIN else set()):
            wrong.append(f"{page}: {more} once more")
    assert not wrong, "\n".join(wrong)
    assert refused == {page for page in REFUSED if page in app.view_functions}


@pytest.fixture
def own_office(new_database, tmp_path):
    """An office on a database of its own: (app, its user, a dossier's id)."""
    app = create_app(paths.config() / "testing.toml", **new_database, PLUGINS=[])
    app.config["DATA"] = str(tmp_path)
    app.before_request_funcs.setdefault(None, []).insert(0, forget_last_request)
    with app.app_context():
        migrate.upgrade()
        branch = make_branch("Utrecht")
        dossier, user = make_dossier(branch), make_user(app, "Marieke Bakker", "assistant", branch)
        records.commit()
        yield app, user, dossier.id
        db.session.remove()
        queue.client().destroy()
        db.disconnect()


# Form: what it is filled in with, and what it makes.
AT_ONCE = {
    "/documents/dossier/{}/upload": ({"files": (PDF, "loonstrook.pdf")}, Document),
    "/documents/dossier/{}/mail": ({"mail": (b"Subject: Stukken", "stukken.eml")}, IncomingMail),
    "/feed/dossier/{}/register": ({"text": "Gebeld"}, Post),
}


@pytest.mark.parametrize("address", AT_ONCE)
def test_a_form_sent_twice_at_the_same_moment_makes_one(own_office, address):
    """The second waits for the first, and has its answer."""
    app, user, number = own_office
    filled, made = AT_ONCE[address]
    before = db.session.scalar(select(func.count()).select_from(made))
    clients = [log_in(app.test_client(), user) for _ in range(2)]
    start, answers = threading.Barrier(len(clients)), []
    db.session.remove()

    def click(client):
        start.wait()
        answers.append(send(client, address.format(number), {**filled, "once": "one"}))

    threads = [threading.Thread(target=click, args=[client]) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status_code for answer in answers} <= {302, 303}
    assert len({answer.headers["Location"] for answer in answers}) == 1
    assert db.session.scalar(select(func.count()).select_from(made)) == before + 1


def test_a_form_that_was_cut_off_is_sent_again_and_makes_one(own_office, monkeypatch):
    """The name of a sending and what it made are there together, or neither is."""
    app, user, number = own_office
    browser, real, address = (
        log_in(app.test_client(), user),
        operations.receive_all,
        f"/documents/dossier/{number}/upload",
    )

    def cut_off(*args, **named):
        real(*args, **named)
        raise RuntimeError("killed here")

    sent = {**AT_ONCE["/documents/dossier/{}/upload"][0], "once": "one"}
    monkeypatch.setattr(operations, "receive_all", cut_off)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    assert send(browser, address, sent).status_code == 500
    monkeypatch.undo()
    assert db.session.scalar(select(func.count(Document.id))) == 0
    for _time in range(2):
        assert send(browser, address, sent).status_code in (302, 303)
        records.rollback()
        assert db.session.scalar(select(func.count(Document.id))) == 1
    assert db.session.scalar(select(func.count(StoredFile.id))) == 1

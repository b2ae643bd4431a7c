"""Every way to a client on the one screen, each to the end of *Plan het gesprek*, as a browser without scripts goes."""

import datetime as dt
import re

import pytest

from crm import records
from crm.activities.models import Appointment
from crm.db import db
from crm.dossiers.models import Dossier
from crm.mail.models import Message
from crm.relations import operations as relations
from crm.relations.models import Relation
from crm.relations.queries import partner_of
from crm.service_requests import operations as service_requests
from tests.crm.planning.conftest import CLIENT, PARTNER
from tests.paper import Paper

pytestmark = pytest.mark.parametrize("house", ["sqlite"], indirect=True)

ADDRESS = "/planning/orientation"
OTHER = {
    **CLIENT,
    "first_name": "Noor",
    "initials": "N.",
    "surname_prefix": "",
    "surname": "Aydin",
    "phone": "0687654321",
    "email": "noor@voorbeeld.nl",
    "postal_code": "9711AA",
    "house_number": "3",
}
TYPED = {f"client-{name}": str(value) for name, value in CLIENT.items()}


class Desk:
    """The screen before an assistant: `page` is what he sees, `do` clicks a button of it."""

    def __init__(self, browser, query=""):
        self.browser, self.page = browser, browser.get(ADDRESS + query).text

    def do(self, typed=(), **button):
        """Type and click; buttons that are not on the page cannot be clicked."""
        ((name, value),) = button.items()
        assert re.search(rf'<button[^>]*name="{name}" value="{value}"', self.page), f"no button {name}={value}"
        answer = self.browser.post(ADDRESS, data={**Paper(self.page, ADDRESS).values, **dict(typed), **button})
        self.page = answer.text
        return answer

    def search(self, words):
        self.do({"q": words}, do="search")


@pytest.fixture
def found(known, branch, assistant):
    """Sanne, found by way of a request that was linked to her."""
    request = service_requests.receive({"surname": "Vries", "phone": CLIENT["phone"]}, "", branch)
    service_requests.link(request, known, assistant)
    records.commit()
    return request


@pytest.fixture
def asked(branch):
    """A request of somebody the office does not know."""
    answers = {"surname": "Vries", "surname_prefix": "de", "phone": CLIENT["phone"], "email": CLIENT["email"]}
    request = service_requests.receive(answers, "", branch)
    records.commit()
    return request


@pytest.fixture
def other(assistant):
    """Noor, who is not meant."""
    relation = relations.create(OTHER, assistant)
    records.commit()
    return relation


def by_search(words):
    def choose(browser, get):
        known, desk = get("known"), Desk(browser)
        desk.search(words)
        desk.do(choose=known.id)
        return desk

    return choose


def by_double(browser, get):
    known, desk = get("known"), Desk(browser)
    meet_double(desk, get)
    desk.do(use=known.id)
    return desk


def meet_double(desk, get):
    """Somebody new is typed, and may be known: that is said when all else is there."""
    desk.do(do="new")
    fill(desk, get("dossier_values"), get("adviser"), TYPED)
    desk.do(do="plan")
    assert "Misschien bestaat deze klant al" in desk.page


def by_request(browser, get):
    return Desk(browser, f"?request={get('found').id}")


def by_page(browser, get):
    return Desk(browser, f"?relation={get('known').id}")


def by_another(browser, get):
    known, desk = get("known"), Desk(browser, f"?relation={get('other').id}")
    desk.do(do="clear")
    desk.search("Vries")
    desk.do(choose=known.id)
    return desk


def back_and_forth(browser, get):
    """*Andere klant* twice: the second choice is not the first."""
    desk = by_another(browser, get)
    desk.do(do="clear")
    desk.search("Aydin")
    desk.do(choose=get("other").id)
    desk.do(do="clear")
    desk.search("Vries")
    desk.do(choose=get("known").id)
    return desk


KNOWN = {
    "name": by_search("vries"),
    "phone": by_search("06-41 57 63 26"),
    "postcode": by_search("3511 ab 12"),
    "double": by_double,
    "request": by_request,
    "page": by_page,
    "another": by_another,
    "back_and_forth": back_and_forth,
}


def new_after(words):
    def choose(browser, _get):
        desk = Desk(browser)
        desk.search(words)
        assert "Niemand gevonden" in desk.page
        desk.do(do="new")
        return desk

    return choose


def new_in_spite_of_a_double(browser, get):
    get("known")
    desk = Desk(browser)
    meet_double(desk, get)
    return desk


def new_by_request(browser, get):
    return Desk(browser, f"?request={get('asked').id}")


def new_instead_of_another(browser, get):
    desk = Desk(browser, f"?relation={get('other').id}")
    desk.do(do="clear")
    desk.do(do="new")
    return desk


def new_after_a_choice(browser, get):
    """A hit was chosen, was not meant, and nobody else is known."""
    get("other")
    desk = Desk(browser)
    desk.search("aydin")
    desk.do(choose=get("other").id)
    desk.do(do="clear")
    desk.do(do="new")
    return desk


NEW = {
    "name": new_after("vries"),
    "phone": new_after("06-41 57 63 26"),
    "postcode": new_after("3511 ab 12"),
    "double": new_in_spite_of_a_double,
    "request": new_by_request,
    "another": new_instead_of_another,
    "choice": new_after_a_choice,
}


def partner_typed():
    return {"partner-present": "y", **{f"partner-{name}": str(value) for name, value in PARTNER.items()}}


def fill(desk, dossier_values, adviser, typed=()):
    """The dossier, and the first free time of this adviser; gives the time."""
    wanted = {f"dossier-{name}": str(value) for name, value in dossier_values.items()}
    desk.do({**dict(typed), **wanted, "adviser": str(adviser.id)}, do="refresh")
    slot = re.search(r'name="slot" id="slot" value="(20[^"]+)"', desk.page)[1]
    desk.do({"slot": slot}, do="refresh")
    return dt.datetime.fromisoformat(slot)


def finish(desk, dossier_values, adviser, typed=()):
    """From the client on: what is asked, the confirmation looked at, the talk planned; gives its time."""
    moment = fill(desk, dossier_values, adviser, typed)
    assert "De uitnodiging voor de agenda gaat mee" in desk.page, re.findall(r"alert-danger.*", desk.page)
    answer = desk.do(do="plan")
    assert answer.status_code == 302, re.findall(r"(?:alert-danger|invalid-feedback).*", answer.text)
    db.session.expire_all()
    return moment


def planned_for(relation, moment):
    """The talk hangs on a dossier of this client, and the confirmation is his."""
    appointment, dossier = db.session.query(Appointment).one(), db.session.query(Dossier).one()
    message = db.session.query(Message).filter_by(appointment_id=appointment.id).one()
    assert dossier.relation_id == relation.id and appointment.subject_id == dossier.id
    assert appointment.starts_at == moment
    assert relation.email in message.to


@pytest.fixture
def get(request):
    """A fixture by its name, made when it is needed."""
    return request.getfixturevalue


@pytest.mark.parametrize("partner", [False, True], ids=["alone", "with_new_partner"])
@pytest.mark.parametrize("way", KNOWN)
def test_a_known_client_is_planned_for(as_assistant, get, dossier_values, adviser, way, partner):
    desk = KNOWN[way](as_assistant, get)
    known = get("known")
    assert "Gegevens met de klant nagelopen" in desk.page
    moment = finish(desk, dossier_values, adviser, partner_typed() if partner else ())
    planned_for(known, moment)
    mate = partner_of(known)
    assert (mate.name if mate else None) == ("Tim Jansen" if partner else None)


def test_a_partner_who_turns_out_to_be_known_is_linked(as_assistant, get, dossier_values, adviser, assistant):
    address = {name: CLIENT[name] for name in ("postal_code", "house_number", "street", "city")}
    mate = relations.create({**PARTNER, **address, "phone": "0687654321", "email": "tim@voorbeeld.nl"}, assistant)
    records.commit()
    desk = NEW["name"](as_assistant, get)
    fill(desk, dossier_values, adviser, TYPED | partner_typed())
    desk.do(do="plan")
    assert "Misschien bestaat deze klant al" in desk.page
    desk.do(use_partner=mate.id)
    moment = finish(desk, dossier_values, adviser)
    new = db.session.query(Relation).filter(Relation.surname == "Vries").one()
    planned_for(new, moment)
    assert partner_of(new) == mate


@pytest.mark.parametrize("partner", [False, True], ids=["alone", "with_new_partner"])
@pytest.mark.parametrize("way", NEW)
def test_a_new_client_is_planned_for(as_assistant, get, dossier_values, adviser, way, partner):
    desk = NEW[way](as_assistant, get)
    before = {one.id for one in db.session.query(Relation)}
    moment = finish(desk, dossier_values, adviser, TYPED | (partner_typed() if partner else {}))
    new = db.session.query(Relation).filter(Relation.id.not_in(before), Relation.surname == "Vries").one()
    planned_for(new, moment)
    mate = partner_of(new)
    assert (mate.name if mate else None) == ("Tim Jansen" if partner else None)

"""Rules of the catalogue with an edge: what holds on the one side of it, and on the other."""

import pytest

from crm import records
from plugins.document_types import exchange, hooks
from plugins.document_types.lender import plan
from plugins.document_types.lender.plan import NEW, Step
from plugins.document_types.requests import demo, states
from plugins.document_types.requests.queries import requests_of
from tests.plugins.document_types.requests.conftest import dossier, files, service  # noqa: F401
from tests.plugins.document_types.test_exchange import send
from tests.plugins.document_types.test_invoices import public, share  # noqa: F401
from tests.plugins.document_types.test_views import LIST, sent

TYPE = '[[types]]\nkey = "drone_photo"\nname = "Dronefoto"\ngroup = "new_home"\n'


def said_of(text):
    return [problem.text for problem in exchange.plan(text).problems]


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ("retention_years = 0", "retention_years = -1"),
        ("retention_years = 99", "retention_years = 100"),
        ("item_count = 1", "item_count = 0"),
        ("item_count = 20", "item_count = 21"),
        ('validity = "months"\nvalidity_count = 1', 'validity = "months"\nvalidity_count = 0'),
        ('validity = "months"\nvalidity_count = 999', 'validity = "months"\nvalidity_count = 1000'),
        ('validity = "months"\nvalidity_count = 3', 'validity = "months"'),
        ("", "validity_count = 3"),
        (f'item_name = "{"x" * 40}"', f'item_name = "{"x" * 41}"'),
        (f'explanation = "{"x" * 1000}"', f'explanation = "{"x" * 1001}"'),
        ('hdn_codes = ["009"]', 'hdn_codes = ["09"]'),
        ("reasons = []", 'reasons = [""]'),
    ],
)
def test_what_a_file_may_say_of_a_type(app, good, bad):
    assert said_of(f"{TYPE}{good}\n") == []
    assert said_of(f"{TYPE}{bad}\n") != []


def test_a_reason_without_a_key_is_told_as_such(app):
    """Not as a reason that is not known: the two are mended otherwise."""
    [empty], [unknown] = (said_of(f"{TYPE}reasons = [{key}]\n") for key in ('""', '"zzz"'))
    assert empty.startswith("reasons") and "zzz" in unknown and empty.partition(":")[2] != unknown.partition(":")[2]


@pytest.mark.parametrize(("length", "fine"), [(40, True), (41, False)])
def test_the_form_asks_no_longer_name_than_the_file(boss, types, length, fine):
    answer = boss.post(f"{LIST}/{types['energy_label'].id}", data=sent(types["energy_label"], item_name="x" * length))
    assert answer.status_code == (302 if fine else 422)


def test_a_file_has_so_many_signs_at_most_however_many_bytes_they_are(boss, monkeypatch):
    monkeypatch.setattr(exchange, "LONGEST", 1000)
    fits = "#" + "€" * (exchange.LONGEST - 2) + "\n"
    assert len(fits) == exchange.LONGEST and said_of(fits) == []
    assert said_of(fits + "\n") != []
    answer = send(boss, fits)
    assert answer.status_code == 200 and "Dit bestand wijzigt niets" in answer.text


def test_two_types_of_one_name_may_be_there_when_one_is_off(app, types, admin):
    named = TYPE.replace("Dronefoto", "Loonstrook")
    assert len(said_of(named)) == 1
    assert said_of(named + "is_active = false\n") == []
    assert said_of(TYPE + TYPE.replace("drone_photo", "other_photo")) != []


def test_the_card_stands_in_beheer_only_and_for_who_may_read(app, admin, assistant, monkeypatch):
    with app.test_request_context():
        assert [panel.key for panel in hooks.panels(None, admin, "admin")] == ["document_types"]
        assert hooks.panels(None, admin, "start") == []
        monkeypatch.setattr(hooks, "allowed", lambda *_args: False)
        assert hooks.panels(None, admin, "admin") == []


@pytest.mark.parametrize("at_once", [3, 5])
def test_what_is_left_of_a_stretch_is_a_jobs_and_of_a_whole_one_nothing(types, admin, share, monkeypatch, at_once):  # noqa: F811
    """Five documents: three now and two by a job, or all of them now."""
    left = []
    monkeypatch.setattr("plugins.document_types.operations.AT_ONCE", at_once)
    monkeypatch.setattr("plugins.document_types.operations.enqueue", lambda name, *_args: left.append(name))
    share("payslip", 5)
    types["payslip"].is_invoice = True
    records.save(types["payslip"], admin)
    assert len(public()) == 5 - at_once
    assert left == ([] if at_once == 5 else ["document_types.hide_invoices"])


def test_a_demo_office_has_stukken_and_files_for_some(dossier, service, files, assistant):  # noqa: F811
    demo.fill([dossier], assistant)
    records.commit()
    asked = requests_of(dossier.id)
    assert asked and any(one.files for one in asked) and not all(one.files for one in asked)
    assert all(one.type.key in demo.WITH_FILES for one in asked if one.files)


class Row:
    """A row of a message as far as its status goes."""

    class status:
        code, text = "99", "In de wacht"


@pytest.mark.parametrize(
    ("verdict", "title"),
    [
        (None, "99 In de wacht"),
        (states.NONE, states.STATUSES[states.OPEN].title),
        (states.APPROVED, states.LENDER_VERDICTS[states.APPROVED]),
        (states.REJECTED, states.LENDER_VERDICTS[states.REJECTED]),
    ],
)
def test_the_lenders_status_is_told_in_our_words_or_in_its_own(verdict, title):
    assert Step(1, Row(), NEW, None, verdict).status_title == title


def test_a_rejection_is_news_once(app):
    for action, said_before, is_news in ((NEW, False, True), (plan.CHANGED, False, True), (NEW, True, False)):
        assert Step(1, Row(), action, None, states.REJECTED, was_said_before=said_before).is_rejection is is_news
    assert not Step(1, Row(), plan.SAME, None, states.REJECTED).is_rejection
    assert not Step(1, Row(), NEW, None, states.APPROVED).is_rejection

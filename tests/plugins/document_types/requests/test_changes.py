"""What other plugins hear of stukken, and how: by a question of this plugin, also in bulk."""

import pytest

from crm import paths, records
from crm.app import create_app
from crm.db import db
from crm.hookspecs import impl
from crm.records import Refused
from plugins.document_types.requests import giving, operations, queries, verdicts
from plugins.document_types.requests.models import DocumentRequest
from tests.guest import hooks as guest
from tests.plugins.document_types.requests.conftest import everything
from tests.plugins.document_types.requests.test_operations import change_type, tasks

requirement = pytest.mark.requirement


class Listener:
    """Another plugin; `refuses` makes it say no."""

    def __init__(self):
        self.heard, self.refuses = [], False

    @impl(optionalhook=True)
    def request_changed(self, changes, user):
        if self.refuses:
            raise Refused("De luisteraar wil dit niet.")
        self.heard.append([(one.request.id, one.action, one.was) for one in changes])
        self.user = user and user.name

    def take(self):
        """What was heard since the last time."""
        found, self.heard = self.heard, []
        return found


@pytest.fixture
def listener(app):
    one = Listener()
    app.extensions["crm"].register(one, "listener")
    yield one
    app.extensions["crm"].unregister(one)


def test_asking_many_is_told_at_once(dossier, types, service, assistant, listener):
    made = operations.ask(dossier, everything(dossier, types), service, assistant)
    assert listener.take() == [[(one.id, "create", {}) for one in made]] and len(made) == 60


def test_each_step_is_told_with_what_was(given, ask, document, assistant, listener):
    request = ask("title_deed")
    assert listener.take() == [[(request.id, "create", {})]]
    giving.give(request, document(), assistant)
    assert listener.take() == [[(request.id, "update", {"status": "open"})]]
    verdicts.begin_review(request, assistant)
    assert listener.take() == [[(request.id, "update", {"status": "submitted", "reviewer_id": None})]]
    verdicts.reject(request, assistant, "unreadable")
    [[(_id, _action, was)]] = listener.take()
    assert (was["status"], was["office_verdict"], was["client_text"]) == ("in_review", "none", "")
    verdicts.tell_client(request, "Maak een nieuwe foto.", assistant)
    [[(_id, _action, was)]] = listener.take()
    assert was.keys() == {"client_text"}
    operations.edit(request, {"title": "Akte"}, assistant)
    [[(_id, _action, was)]] = listener.take()
    assert was.keys() == {"title"}
    assert listener.user == assistant.name


@requirement("U-035", side="crm")
def test_off_the_list_it_leaves_the_clients_sight_and_comes_back(ask, assistant, listener):
    request = ask("payslip")
    listener.take()
    operations.withdraw(request, assistant)
    assert listener.take() == [
        [(request.id, "update", {"status": "open", "status_before": "", "is_shown_to_client": True})]
    ]
    operations.restore(request, assistant)
    assert listener.take() == [
        [(request.id, "update", {"status": "withdrawn", "status_before": "open", "is_shown_to_client": False})]
    ]
    records.delete(request, assistant)
    [[(identity, action, was)]] = listener.take()
    assert (identity, action, was["status"], was["is_shown_to_client"]) == (request.id, "delete", "open", True)


@requirement("U-037", side="crm")
def test_a_type_of_the_maatschappij_takes_all_its_stukken_out_of_sight(
    ask, types, admin, assistant, listener, run_jobs, monkeypatch
):
    monkeypatch.setattr(queries, "AT_ONCE", 2)
    first, second, third = (ask("title_deed", str(number)).id for number in range(3))
    operations.withdraw(ask("title_deed", "x"), assistant)
    ask("payslip")
    for delivered_by, was in (("lender", True), ("client", False)):
        listener.take()
        change_type(types["title_deed"], delivered_by, admin)
        assert listener.take() == [], "by a job, a stretch at a time"
        run_jobs()
        row = ("update", {"is_shown_to_client": was})
        assert listener.take() == [[(first, *row), (second, *row)], [(third, *row)]]
        assert listener.user == admin.name
    change_type(types["title_deed"], "employer", admin)
    run_jobs()
    assert listener.take() == [], "the client sees it as before"


def test_other_words_of_a_type_are_told_of_its_stukken_without_words_of_their_own(
    ask, types, admin, listener, run_jobs
):
    first, own, hidden = (ask("title_deed", str(number)) for number in range(3))
    operations.edit(own, {"title": own.title, "explanation": "De akte van 2019."}, admin)
    operations.withdraw(hidden, admin)
    listener.take()
    types["title_deed"].explanation = "De akte waarmee u eigenaar werd."
    records.save(types["title_deed"], admin)
    run_jobs()
    assert listener.take() == [[(first.id, "update", {"explained": None})]]


def test_what_does_not_change_is_not_told(given, assistant, listener):
    request = given()
    verdicts.begin_review(request, assistant)
    listener.take()
    verdicts.begin_review(request, assistant)
    operations.edit(request, {"title": request.title}, assistant)
    assert listener.take() == []


def test_who_hears_of_it_may_refuse(ask, assistant, listener):
    request = ask("payslip")
    listener.refuses = True
    with pytest.raises(Refused, match="luisteraar"):
        operations.withdraw(request, assistant)


def test_the_task_list_answers_too(given, assistant, listener):
    request = given()
    assert len(tasks()) == 1
    verdicts.approve(request, assistant)
    assert tasks() == [] and db.session.get(DocumentRequest, request.id).status == "approved"


def test_the_guest_of_the_tests_answers_it(tmp_path):
    """By the same door as any third party; without document_types the guest's own tests start the house."""
    plugins = ["guest", "document_types"]
    app = create_app(paths.config() / "testing.toml", guests={"guest": guest}, PLUGINS=plugins, DATA=str(tmp_path))
    answering = [one.plugin_name for one in app.extensions["crm"].hook.request_changed.get_hookimpls()]
    assert sorted(answering) == ["document_types", "guest"]
    with app.app_context():
        db.disconnect()

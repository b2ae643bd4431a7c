"""Two people, or one impatient one, at the same moment: real commits, on both databases."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import func, select

from crm import migrate, paths, records
from crm.activities.models import Task
from crm.app import create_app
from crm.db import db
from crm.dossiers import operations as dossiers
from crm.dossiers.models import Dossier
from crm.feed.models import Post
from crm.workflows import operations
from crm.workflows.models import Workflow, WorkflowStep
from tests.conftest import log_in, make_branch, make_user
from tests.crm.dossiers.conftest import make_appointment, make_dossier, make_relation, values

BOTH = 4


@pytest.fixture
def office(new_database: dict[str, str]) -> Iterator[Any]:
    """An app on its own database with an assistent, an adviser, a client and her dossier."""
    app = create_app(paths.config() / "testing.toml", **new_database)
    with app.app_context():
        migrate.upgrade()
        branch = make_branch("Utrecht")
        app.people = [
            make_user(app, "Marieke Bakker", "assistant", branch),
            make_user(app, "Peter Dijk", "adviser", branch),
        ]
        app.dossier_id = make_dossier(make_relation(branch), app.people[0]).id
        records.commit()
    yield app
    with app.app_context():
        db.disconnect()


def at_once(app: Any, send: Callable[[Any, int], Any], count: int = BOTH) -> list[int]:
    """The status codes of `count` requests sent at the same moment by two users in turn."""
    start, codes = threading.Barrier(count), [0] * count
    with app.app_context():
        people = db.session.merge(app.people[0]), db.session.merge(app.people[1])
        browsers = [log_in(app.test_client(), people[number % 2]) for number in range(count)]
        db.session.remove()

    def run(number: int) -> None:
        start.wait()
        codes[number] = send(browsers[number], number).status_code

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return codes


def count(model: Any, *where: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(model).where(*where)) or 0


def test_numbers_are_given_out_once(office):
    with office.app_context():
        branch = db.session.get(Dossier, office.dossier_id).branch
        addresses = [f"/relations/{make_relation(branch).id}/dossiers/new" for _ in range(8)]
        sent = values(branch)
    codes = at_once(office, lambda browser, number: browser.post(addresses[number], data=sent), count=8)
    assert codes == [302] * 8
    with office.app_context():
        numbers = sorted(db.session.scalars(select(Dossier.number)))
        assert [int(number[-5:]) for number in numbers] == list(range(1, 10))


def test_the_first_number_of_a_year_too(office):
    with office.app_context():
        branch = db.session.get(Dossier, office.dossier_id).branch
        branch_id = branch.id
    made: list[str] = []
    start = threading.Barrier(BOTH)

    def run() -> None:
        with office.app_context():
            start.wait()
            made.append(dossiers.next_number(f"test{branch_id}", "T"))
            records.commit()

    threads = [threading.Thread(target=run) for _ in range(BOTH)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(int(number[-5:]) for number in made) == [1, 2, 3, 4]


def test_the_arrow_has_one_effect(office):
    with office.app_context():
        dossier = db.session.get(Dossier, office.dossier_id)
        user = db.session.merge(office.people[0])
        dossiers.change_status(dossier, "advice", user, assistant_id=user.id)
        service = dossiers.save_service(dossier, {"service_kind": "mortgage_mediation"}, user)
        workflow_id = operations.start(service, "application", user).id
        records.commit()
    where = f"/workflows/{workflow_id}/advance"
    for step in ("submit", "interest_offer", "discuss_offer"):
        for once in (f"one-{step}", None):
            sent = {"step": step, "round": 1, **({"once": once} if once else {})}
            assert at_once(office, lambda browser, number, sent=sent: browser.post(where, data=sent)) == [302] * BOTH
    with office.app_context():
        assert count(WorkflowStep) == 3 and count(Task) == 1
        assert count(Post, Post.post_kind == "status.changed") == 3
        workflow = db.session.get(Workflow, workflow_id)
        assert workflow.step == "collecting" and workflow.dossier.status == "interest_offer"


def test_a_workflow_is_started_once(office):
    with office.app_context():
        dossier = db.session.get(Dossier, office.dossier_id)
        service = dossiers.save_service(dossier, {"service_kind": "mortgage_advice"}, None)
        where = f"/services/{service.id}/workflows"
        records.commit()
    assert at_once(office, lambda browser, number: browser.post(where, data={"key": "orientation"})) == [302] * BOTH
    with office.app_context():
        assert count(Workflow) == 1


def test_a_status_is_set_once(office):
    with office.app_context():
        dossier = db.session.get(Dossier, office.dossier_id)
        make_appointment(dossier, db.session.merge(office.people[1]), db.session.merge(office.people[0]))
    where = f"/dossiers/{office.dossier_id}/status/intake"
    assert at_once(office, lambda browser, number: browser.post(where, data={})) == [302] * BOTH
    with office.app_context():
        assert count(Post, Post.post_kind == "status.changed") == 1 and count(Task) == 1

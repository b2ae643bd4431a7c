"""Saved views: one's own and shared, begun with, changed by two at once; they never show more."""

import pytest
from sqlalchemy import select

from crm.db import db
from crm.lists import operations
from crm.lists.models import DefaultView, ListView
from tests.conftest import log_in, make_user
from tests.crm.dossiers.conftest import make_dossier, make_relation

BACK = "/dossiers?status=open&columns=status,number&view=all&after=9"


def save(client, **typed):
    """Save what is seen as a view."""
    sent = {"name": "Lopend", "audience": "own", "back": BACK, **typed}
    return client.post("/lists/dossiers/views/new", data=sent)


def views() -> list[ListView]:
    return list(db.session.scalars(select(ListView).order_by(ListView.id)))


def browser(app, user):
    return log_in(app.test_client(), user)


def test_a_view_keeps_filters_and_columns_but_no_page(as_assistant):
    answer = save(as_assistant)
    [view] = views()
    assert view.query == "status=open&columns=status%2Cnumber"
    assert answer.location == f"/dossiers?status=open&columns=status%2Cnumber&view={view.id}"
    page = as_assistant.get(answer.location).text
    assert "Weergave Lopend is opgeslagen." in page and '<option selected value="open">' in page
    assert "Weergave bijwerken" not in page
    other = f"/dossiers?status=intake&columns=number&view={view.id}"
    assert "Weergave bijwerken" in as_assistant.get(other).text
    sent = {"back": other}
    assert as_assistant.post(f"/lists/views/{view.id}/keep", data=sent).status_code == 302
    assert view.query == "status=intake&columns=number"


def test_sending_twice_saves_once(as_assistant):
    first, second = (save(as_assistant, once="zelfde") for _ in range(2))
    assert first.location == second.location and len(views()) == 1


def test_a_name_is_needed_and_used_once(as_assistant):
    assert save(as_assistant, name=" ").status_code == 422
    save(as_assistant)
    answer = save(as_assistant)
    assert answer.status_code == 422 and "Kies een andere naam" in answer.text and 'value="Lopend"' in answer.text


def test_own_views_are_nobody_elses(app, as_assistant, adviser):
    save(as_assistant)
    [view] = views()
    other = browser(app, adviser)
    assert "Lopend" not in other.get("/dossiers").text
    for method, address in (("get", "edit"), ("post", "remove"), ("post", "begin"), ("post", "keep")):
        assert getattr(other, method)(f"/lists/views/{view.id}/{address}").status_code == 404


def test_shared_with_a_vestiging_or_by_the_beheerder_with_all(app, as_assistant, adviser, admin, stranger, branch):
    assert save(as_assistant, audience=f"branch:{branch.id}").status_code == 302
    assert "Lopend" in browser(app, adviser).get("/dossiers").text
    assert "Lopend" not in browser(app, stranger).get("/dossiers").text
    assert save(as_assistant, name="Van allen", audience="office").status_code == 422
    assert save(browser(app, admin), name="Van allen", audience="office").status_code == 302
    assert "Van allen" in browser(app, stranger).get("/dossiers").text


def test_not_shared_with_a_vestiging_of_others(as_assistant, other_branch):
    assert save(as_assistant, audience=f"branch:{other_branch.id}").status_code == 422
    assert views() == []


def test_a_shared_view_shows_what_the_viewer_may_see(app, branch, other_branch, assistant, stranger, admin):
    here = make_dossier(make_relation(branch, surname="Bos"), assistant)
    there = make_dossier(make_relation(other_branch, surname="Kuiper"), stranger)
    save(browser(app, admin), audience="office", back=f"/dossiers?branch={branch.id}")
    [view] = views()
    address = f"/dossiers?{view.query}&view={view.id}"
    assert here.number in browser(app, assistant).get(address).text
    page = browser(app, stranger).get(address).text
    assert here.number not in page and there.number not in page


def test_only_its_owner_changes_a_shared_view_and_a_beheerder(app, as_assistant, adviser, admin, branch):
    save(as_assistant, audience=f"branch:{branch.id}")
    [view] = views()
    other = browser(app, adviser)
    assert "Verwijderen" not in other.get("/lists/dossiers/views").text
    assert other.get(f"/lists/views/{view.id}/edit").status_code == 409
    assert other.post(f"/lists/views/{view.id}/remove").status_code == 409
    boss = browser(app, admin)
    assert boss.post(f"/lists/views/{view.id}/remove").status_code == 302
    assert "Lopend" not in other.get("/lists/dossiers/views").text
    assert boss.post(f"/lists/views/{view.id}/restore").status_code == 302
    assert "Lopend" in other.get("/lists/dossiers/views").text


def test_a_list_begins_with_the_view_one_chose(app, as_assistant, adviser, branch):
    save(as_assistant, audience=f"branch:{branch.id}", begin="y")
    [view] = views()
    answer = as_assistant.get("/dossiers")
    assert answer.location.endswith(f"view={view.id}") and "status=open" in answer.location
    assert as_assistant.get("/dossiers?view=all").status_code == 200
    assert as_assistant.get("/dossiers?mine=y").status_code == 200
    assert browser(app, adviser).get("/dossiers").status_code == 200, "each begins as he likes"
    as_assistant.post(f"/lists/views/{view.id}/begin", data={"on": "0"})
    assert as_assistant.get("/dossiers").status_code == 200


def test_a_view_that_is_gone_or_no_longer_shared_is_not_begun_with(app, as_assistant, adviser, branch):
    save(as_assistant, audience=f"branch:{branch.id}")
    [view] = views()
    other = browser(app, adviser)
    other.post(f"/lists/views/{view.id}/begin", data={"on": "1"})
    assert other.get("/dossiers").status_code == 302
    sent = {"name": "Lopend", "audience": "own", "version": view.version}
    assert as_assistant.post(f"/lists/views/{view.id}/edit", data=sent).status_code == 302
    assert other.get("/dossiers").status_code == 200
    as_assistant.post(f"/lists/views/{view.id}/begin", data={"on": "1"})
    as_assistant.post(f"/lists/views/{view.id}/remove")
    assert as_assistant.get("/dossiers").status_code == 200


def test_a_removal_can_be_undone_and_is_forgotten_later(app, as_assistant, adviser, branch, monkeypatch):
    save(as_assistant, audience=f"branch:{branch.id}", begin="y")
    [view] = views()
    where, other = f"/lists/views/{view.id}", browser(app, adviser)
    page = as_assistant.post(f"{where}/remove", follow_redirects=True).text
    assert f'action="{where}/restore"' in page and "Ongedaan maken" in page
    for client in (as_assistant, other):
        assert where not in client.get("/lists/dossiers/views").text
        assert client.get(f"{where}/edit").status_code == 404
    assert other.post(f"{where}/restore").status_code == 404, "somebody else's"
    for _twice in range(2):
        assert as_assistant.post(f"{where}/restore").status_code == 302
    assert "Lopend" in other.get("/lists/dossiers/views").text
    assert as_assistant.get("/dossiers").location.endswith(f"view={view.id}"), "the list begins with it again"
    as_assistant.post(f"{where}/remove")
    save(as_assistant)
    assert as_assistant.post(f"{where}/restore").status_code == 409, "there is another of that name"
    operations.forget()
    assert len(views()) == 2
    monkeypatch.setattr(operations, "UNDO_FOR", -operations.UNDO_FOR)
    operations.forget()
    assert [one.removed_at for one in views()] == [None]
    assert db.session.scalars(select(DefaultView)).all() == []


def test_two_editors_see_each_other(as_assistant):
    save(as_assistant)
    [view] = views()
    began, address = view.version, f"/lists/views/{view.id}/edit"
    assert as_assistant.post(address, data={"name": "Eerst", "audience": "own", "version": began}).status_code == 302
    answer = as_assistant.post(address, data={"name": "Later", "audience": "own", "version": began})
    assert answer.status_code == 409 and "Eerst" in answer.text and "Later" in answer.text


@pytest.mark.parametrize("back", ["https://evil.example/dossiers?status=open", "/relations?name=x", "/dossiers"])
def test_a_view_is_of_its_own_list(as_assistant, back):
    save(as_assistant, back=back)
    assert [view.query for view in views()] == [""]


def test_a_colleague_of_two_vestigingen_gets_the_views_of_both(app, as_assistant, branch, other_branch):
    save(as_assistant, audience=f"branch:{branch.id}")
    both = make_user(app, "Bea Beide", "adviser", branch, other_branch)
    assert "Lopend" in browser(app, both).get("/dossiers").text

"""Where records are, at the top of a server and below a folder of it."""

from types import SimpleNamespace

import pytest
from flask import url_for

from crm import records, web
from tests.conftest import forget_last_request


@pytest.mark.parametrize("base", ["http://localhost/", "http://localhost/kantoor/"])
def test_the_address_of_a_record_is_that_of_its_page(app, base):
    forget_last_request()
    with app.test_request_context("/", base_url=base):
        for kind in records.kinds().values():
            for number in (7, 70):
                record = SimpleNamespace(kind=kind.name, id=number)
                page = url_for(kind.endpoint, id=number) if kind.endpoint else url_for("start.home")
                assert web.url_of(record) == page
                if kind.endpoint:
                    assert web.url_of(record, tab="feed") == f"{page}?tab=feed"


def test_an_address_that_goes_on_after_the_number_is_made_whole(app, monkeypatch):
    forget_last_request()
    monkeypatch.setitem(records.kinds(), "odd", SimpleNamespace(endpoint="documents.checked"))
    assert web.url_of(SimpleNamespace(kind="odd", id=7)).endswith("/documents/7/checked")


def test_who_may_not_is_in_the_log_with_what_he_tried(as_assistant, assistant, caplog):
    assert as_assistant.get("/admin/users?q=geheim").status_code == 403
    assert f"GET accounts.users refused to user {assistant.id}" in caplog.text and "geheim" not in caplog.text
    caplog.clear()
    assert as_assistant.get("/relations").status_code == 200
    assert "refused" not in caplog.text

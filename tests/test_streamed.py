"""Answers that are sent as they are made, found from the pages: they need nothing of the request that is over."""

from crm.db import db
from tests.conftest import log_in
from tests.test_matrix import addresses, methods, office, pages, undone  # noqa: F401 (fixtures)

STREAMED = {"relations.export", "imports.report", "documents.file"}


def test_a_streamed_answer_comes_whole_after_its_request(app, client, admin, addresses):  # noqa: F811 (a fixture)
    log_in(client, admin)
    came = set()
    for rule in pages(app):
        if "GET" not in methods(rule):
            continue
        with undone():
            answer = client.get(addresses[rule.endpoint], buffered=False)
            if answer.status_code == 200:
                came.add(rule.endpoint)
                db.session.remove()  # as the server does before it sends on
                b"".join(answer.iter_encoded())
    assert came >= STREAMED

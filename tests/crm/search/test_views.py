"""The page of results and the type-ahead."""

import pytest

from crm.search import operations
from tests.conftest import log_in
from tests.crm.search import crowd


@pytest.fixture
def crowd_of_utrecht(crowded, app, branch):
    """The crowd, with some of its people at the assistant's own vestiging."""
    jansen = [crowd.person(n, "Ada", "Quispeldoorn") for n in range(25)]
    operations.index(crowd.source(branch.id), [*jansen, crowd.person(99, "Otto", "Zevenhuizen")], all_new=True)
    return app


def test_suggestions_are_few_and_complete(crowd_of_utrecht, as_assistant):
    answer = as_assistant.get("/search/suggest?q=zevenhuizen")
    (hit,) = answer.json["hits"]
    assert (hit["kind"], hit["title"], hit["label"]) == ("relation", "Otto Zevenhuizen", "Relatie")
    assert hit["url"] == f"/relations/{hit['id']}" and answer.json["guessed"] is False
    assert len(as_assistant.get("/search/suggest?q=quispel").json["hits"]) == 8


def test_suggestions_are_not_kept_by_anyone(crowd_of_utrecht, as_assistant):
    assert as_assistant.get("/search/suggest?q=zevenhuizen").headers["Cache-Control"] == "no-store"
    assert as_assistant.get("/search?q=zevenhuizen").headers["Cache-Control"] == "no-store"


def test_suggestions_of_one_kind(crowd_of_utrecht, as_assistant):
    assert as_assistant.get("/search/suggest?q=zevenhuizen&kind=dossier").json["hits"] == []
    assert len(as_assistant.get("/search/suggest?q=zevenhuizen&kind=relation").json["hits"]) == 1
    assert len(as_assistant.get("/search/suggest?q=zevenhuizen&kind=nonsense").json["hits"]) == 1


def test_results_twenty_a_page(crowd_of_utrecht, as_assistant):
    first = as_assistant.get("/search?q=quispeldoorn").text
    assert first.count("Ada Quispeldoorn") == 20 and 'rel="next"' in first
    second = as_assistant.get("/search?q=quispeldoorn&page=2").text
    assert second.count("Ada Quispeldoorn") == 5 and 'rel="next"' not in second


def test_a_guess_says_that_it_is_one(crowd_of_utrecht, as_assistant):
    page = as_assistant.get("/search?q=zevenhuisen").text
    assert "Otto Zevenhuizen" in page and "Niet letterlijk gevonden" in page


def test_nothing_found_says_what_to_try(crowd_of_utrecht, as_assistant):
    page = as_assistant.get("/search?q=<b>xyzzy").text
    assert "Niets gevonden voor “&lt;b&gt;xyzzy”" in page and "Probeer minder woorden" in page


def test_another_vestiging_finds_nothing(crowd_of_utrecht, client, stranger):
    log_in(client, stranger)
    for typed in ("zevenhuizen", "zevenhuisen", "otto zevenh", "z"):
        assert client.get(f"/search/suggest?q={typed}").json["hits"] == []
        assert "Zevenhuizen" not in client.get(f"/search?q={typed}").text


def test_box_is_a_plain_form_on_every_page(as_assistant):
    page = as_assistant.get("/search").text
    assert '<form class="search-box" role="search" action="/search" method="get"' in page


@pytest.mark.parametrize("typed", ["quispeldoorn", "zevenhuisen", "a", "ada", "van", "0612345678", "1234ab 12", ""])
def test_few_statements(crowd_of_utrecht, as_assistant, statements, typed):
    as_assistant.get("/search")
    statements.clear()
    assert as_assistant.get("/search", query_string={"q": typed}).status_code == 200
    assert len(statements) <= 8, statements
    statements.clear()
    as_assistant.get("/search/suggest", query_string={"q": typed})
    assert len(statements) <= 6, statements


HOSTILE = [
    "%", "_", "%%%", "' OR 1=1 --", '"', "\\", "\x00", "a\x00b@c", "_@_", "%_%@_ van", "🏠", "x" * 5000, "*",
    "NEAR(a b)", "a b c d e f g h i j k l m n", "(", "+", "00", "12-99-1985", "é" * 300, "؀؁", "ab_",
    "__@__ zevenhuizen", "a@ zevenhuizen",
]  # fmt: skip


@pytest.mark.parametrize("typed", HOSTILE)
def test_anything_may_be_typed(crowd_of_utrecht, as_assistant, typed):
    assert as_assistant.get("/search", query_string={"q": typed}).status_code == 200
    assert as_assistant.get("/search/suggest", query_string={"q": typed}).status_code == 200

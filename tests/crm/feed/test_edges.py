"""Rules of the feed with an edge: what holds on the one side of it, and on the other."""

import pytest

from crm import records
from crm.feed import operations, queries
from crm.records import Refused
from tests.crm.activities.conftest import make_dossier


@pytest.fixture
def about(app, branch, assistant):
    return records.ref(make_dossier(branch, assistant))


def test_a_page_is_twenty_posts_and_one_that_says_there_are_more(about, assistant):
    made = [operations.post(about, "note", assistant, f"Regel {number}") for number in range(22)]
    first = queries.feed(about)
    assert [one.id for one in first] == [one.id for one in reversed(made[1:])] and len(first) == queries.PAGE + 1
    assert list(queries.feed(about, before=first[queries.PAGE - 1].id)) == [made[1], made[0]]


@pytest.mark.parametrize(("text", "fine"), [("", False), ("  \n", False), (" x ", True)])
def test_a_registratie_says_something(about, assistant, text, fine):
    if fine:
        assert operations.register(about, text, False, assistant).text == "x"
    else:
        with pytest.raises(Refused, match="Schrijf eerst"):
            operations.register(about, text, False, assistant)


def test_only_a_registratie_becomes_public(about, assistant):
    own, ours = operations.register(about, "gebeld", False, assistant), operations.post(about, "note", assistant, "x")
    assert operations.set_public(own, True, assistant).is_public
    assert not operations.set_public(own, False, assistant).is_public
    with pytest.raises(Refused, match="Alleen een registratie"):
        operations.set_public(ours, True, assistant)

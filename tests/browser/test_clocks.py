"""The one screen at the hours where dates are least plain: the office's clock is elsewhere than the machine's."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests import clocks
from tests.browser.look import axe, log_in
from tests.browser.office import Office
from tests.browser.steps import Person
from tests.browser.test_ways import add_partner, by_another, finish
from tests.browser.within import inside, place_branch


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An office of these tests alone, without demo rows, that begins at the earliest of the CLOCKS."""
    with Office(tmp_path_factory.mktemp("office"), clock=min(clocks.CLOCKS.values())) as running:
        with inside(running):
            place_branch()
        yield running


@pytest.fixture(scope="module", params=clocks.CLOCKS)
def clock(request: pytest.FixtureRequest, office: Office) -> str:
    """It is this moment at the office."""
    office.turn_clock(clocks.CLOCKS[request.param])
    return str(request.param)


def test_a_talk_is_planned_at_any_hour(clock: str, page: Page, office: Office) -> None:
    log_in(page)
    someone = Person()
    by_another(page, office, someone)
    add_partner(page, Person(title="De heer"))
    finish(page, someone)
    axe(page)

"""What assistants type, and whom they mean: the one meant is first or second among thousands."""

import pytest

from crm.search.queries import search
from tests.crm.search import crowd
from tests.crm.search.names import TYPED

PROBE = [
    "van de Koster", "vd Koster", "koster, willem", "Koster Willem", "Willem Koster",
    "+31641576326", "641576326", "0641576326", "06 41 57 63 26", "06-41576326", "5526 TY", "5526TY", "5526ty 12",
    "Molenweg 12", "willem.koster99950", "koster99950@",
]  # fmt: skip
KNOWN = crowd.FIRST_ID + 99950


@pytest.mark.parametrize("typed", PROBE)
def test_the_probe_that_others_fail(crowded, app, typed):
    assert KNOWN in [hit.id for hit in search(typed, crowd.seen_by(crowd.BRANCH), limit=8)][:2]


@pytest.mark.parametrize("typed", ["Köster", "Kosetr"])
def test_a_double_name_comes_after_the_two_who_are_called_just_that(crowded, app, typed):
    assert [hit.id for hit in search(typed, crowd.seen_by(crowd.BRANCH), limit=8)][2] == KNOWN


@pytest.mark.parametrize(("typed", "meant"), [pytest.param(t, p, id=f"{t} → {p.name}") for t, p in TYPED])
def test_found_as_assistants_type_it(crowded, app, typed, meant):
    found = [hit.id for hit in search(typed, crowd.seen_by(crowd.BRANCH), limit=8)]
    assert meant.id in found[:2]

"""Who is called as was typed comes before who has a double name with it, and that one before the rest.

Over every kind that the search box knows and every way in which it is asked.
"""

import re
from pathlib import Path

import pytest
from sqlalchemy import func, select

from crm import records
from crm.db import db
from crm.search import operations, queries
from crm.search.models import SearchDocument, SearchName
from crm.service_requests.operations import receive
from tests.crm.dossiers.conftest import make_dossier, make_relation
from tests.crm.search import crowd

ROOT = Path(__file__).parents[3]
TOWNS = ("Utrecht", "Zwolle")

DOUBLES = [f"Jansen - {letter}{end}" for letter in "ABCDEFGH" for end in ("anders", "kker", "os")]
DOUBLES += [f"{letter}{end} - Jansen" for letter in "ABCDEFGH" for end in ("elen", "oster")]
SURNAMES = [*DOUBLES, "Jansens", "Jansen", "Jansens", *DOUBLES[:4], "Jansen"]


def make_request(branch, user, first_name, surname):
    return receive({"first_name": first_name, "surname": surname, "phone": "0612345678"}, "", branch, user, "phone")


MAKERS = {
    "relation": lambda branch, user, first, last: make_relation(
        branch, first_name=first, surname_prefix="", surname=last
    ),
    "dossier": lambda branch, user, first, last: make_dossier(
        make_relation(branch, first_name=first, surname_prefix="", surname=last), user
    ),
    "service_request": make_request,
}


def place(sort: str, asked: str = "jansen") -> int:
    """How near a sort key is to a surname: 0 the same, 1 a part of it, 2 the rest."""
    parts = sort.partition(",")[0].split("-")
    return 0 if parts == [asked] else 1 if asked in parts else 2


def places(kind: str, ids: list[int]) -> list[int]:
    """The same of what was found, in its order."""
    query = select(SearchDocument.record_id, SearchDocument.sort).where(SearchDocument.record_kind == kind)
    sorts = dict(db.session.execute(query).all())
    return [place(sorts[one]) for one in ids]


def test_every_kind_that_is_searched_is_tried_here(app):
    assert set(MAKERS) == set(queries.sources())


@pytest.mark.parametrize("kind", MAKERS)
def test_exact_then_a_part_then_the_rest(app, branch, assistant, kind):
    for surname in SURNAMES:
        MAKERS[kind](branch, assistant, "Jan", surname)
    records.commit()
    for typed in ("jansen", "Jan Jansen", "jansen, jan", "jans"):
        found = places(kind, [hit.id for hit in queries.search(typed, assistant, [kind], limit=60)])
        assert len(found) == len(SURNAMES) and found == sorted(found) if typed != "jans" else found[:2] == [0, 0], typed
        few = places(kind, [hit.id for hit in queries.search(typed, assistant, [kind], limit=8)])
        assert few == found[:8]


def suggested(client, program, typed):
    answer = client.get("/search/suggest", query_string={"q": typed, "kind": "relation"})
    return [hit["id"] for hit in answer.json["hits"]]


def on_the_page(client, program, typed):
    page = client.get("/search", query_string={"q": typed, "kind": "relation"}).text
    return [int(one) for one in re.findall(r'list-group-item-action" href="/relations/(\d+)"', page)]


def in_the_planner(client, program, typed):
    page = client.post("/planning/orientation", data={"do": "search", "q": typed}).text
    return [int(one) for one in re.findall(r'name="choose" value="(\d+)"', page)]


def in_a_picker(client, program, typed):
    page = client.post("/tasks/new", data={"title": "Bellen", "about": typed}).text
    return [int(one) for one in re.findall(r'type="radio" name="about" value="relation:(\d+)"', page)]


def by_a_program(client, program, typed):
    return [hit["id"] for hit in program.get("/search", q=typed, kind="relation").json["items"]]


WAYS = {
    "crm/search/views.py": [suggested, on_the_page],
    "crm/search/picker.py": [in_a_picker],
    "crm/planning/screen.py": [in_the_planner],
    "crm/api/views.py": [by_a_program],
}


def test_every_file_that_asks_is_tried_here():
    asking = re.compile(r"\bqueries\.search\(|from crm\.search\.queries import .*\bsearch\b")
    files = [path for folder in ("crm", "plugins") for path in ROOT.glob(f"{folder}/**/*.py")]
    assert set(WAYS) == {str(path.relative_to(ROOT)) for path in files if asking.search(path.read_text())}


@pytest.mark.parametrize("way", [way for ways in WAYS.values() for way in ways])
def test_every_way_gives_the_same_first_ones(as_assistant, program, branch, assistant, way):
    for surname in SURNAMES:
        MAKERS["relation"](branch, assistant, "Jan", surname)
    for typed in ("jansen", "jan jansen"):
        expected = [hit.id for hit in queries.search(typed, assistant, ["relation"], limit=60)]
        found = way(as_assistant, program, typed)
        assert len(found) >= 6 and found == expected[: len(found)] and places("relation", found)[:3] == [0, 0, 1]


@pytest.fixture(scope="module")
def namesakes(house):
    """Seven hundred people with Jansen in their names, of every kind, in the index alone; gone after the module."""
    surnames = ["Jansen"] * 20 + ["Jansen - Aalders"] * 260 + ["Bakker - Jansen"] * 260 + ["Jansens"] * 160
    with house.app_context():
        for number, kind in enumerate(MAKERS):
            people = [
                crowd.person(n + number * 1000, "Jan" if n % 5 == 4 else "Janneke", surname, city=TOWNS[n % 2])
                for n, surname in enumerate(surnames)
            ]
            operations.index(crowd.source(kind=kind, rank=queries.sources()[kind].rank), people, all_new=True)
        records.commit()
    yield house
    with house.app_context():
        crowd.clear()


@pytest.mark.parametrize("kinds", [*([kind] for kind in MAKERS), None], ids=str)
@pytest.mark.parametrize(
    "typed", ["jansen", "Jan Jansen", "jansen jan", "jansen utrecht", "utrecht jan jansen", "jansne"]
)
def test_among_hundreds_of_namesakes(namesakes, app, statements, typed, kinds):
    user = crowd.seen_by(crowd.BRANCH)
    statements.clear()
    hits = queries.search(typed, user, kinds, limit=8)
    assert len(statements) <= (5 if typed == "jansne" else 3)
    sorts = [sort_of(hit) for hit in hits]
    known = ["jansen, jan"] if "jan " in f"{typed.lower()} " else ["jansen, jan", "jansen, janneke"]
    assert sorts[0] in known and [place(sort) for sort in sorts] == sorted(place(sort) for sort in sorts)
    exact = [hit.title for hit in queries.search(typed, user, kinds, limit=100) if place(sort_of(hit)) == 0]
    assert len(exact) == (10 if "utrecht" in typed else 20) * len(kinds or MAKERS)
    page = queries.search(typed, user, kinds, limit=21)
    assert [hit.id for hit in page[:8]] == [hit.id for hit in hits]


def sort_of(hit):
    mine = SearchDocument.record_kind == hit.kind, SearchDocument.record_id == hit.id
    return db.session.scalar(select(SearchDocument.sort).where(*mine))


@pytest.mark.parametrize(
    ("first", "second", "typed"),
    [
        ("Bakker", "Bakker - Smit", "jan bakker"),
        ("Bakker", "Aalders - Bakker", "bakker, jan"),
        ("El Amrani", "El Amrani - Aalders", "el amrani"),
        ("O'Connor", "Aalders - O'Connor", "o'connor"),
        ("Jansen - Visser", "Jansen - Visser - Aalders", "jansen-visser"),
        ("Ng", "Ng - Aa", "ng"),
        ("Παπάς", "Παπάς - Αα", "παπας"),
    ],
)  # fmt: skip
def test_whatever_the_name_is_made_of(app, branch, assistant, first, second, typed):
    wanted = [make_relation(branch, first_name="Jan", surname_prefix="", surname=one) for one in (second, first)]
    found = [hit.id for hit in queries.search(typed, assistant)]
    assert found == [wanted[1].id, wanted[0].id]


def test_later_parts_follow_the_record(app, branch, assistant):
    relation = make_relation(branch, first_name="Jan", surname_prefix="", surname="Bakker - Smit")
    assert set(db.session.scalars(select(SearchName.name))) >= {"smit, jan"}
    relation.surname = "Bakker - Quist - Zee"
    records.save(relation, assistant)
    mine = select(SearchName.name).join(SearchDocument).where(SearchDocument.record_id == relation.id)
    assert set(db.session.scalars(mine)) == {"quist-zee, jan", "zee, jan"}
    records.delete(relation, assistant)
    assert not db.session.scalar(select(func.count()).where(SearchName.name.like("%zee, jan")))

"""What is measured: pages as an assistant opens them one after another, each beside its floor."""

import itertools
import json
import random
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from bench.data import Made
from bench.measure import WARM_UP, Request, Result, Visitor, result
from bench.people import Person, people

ROUNDS = 200


def measure_all(visitor: Visitor, floor: Visitor, made: Made, engine: str, rounds: int = ROUNDS) -> Iterator[Result]:
    """Every page of the table on one database."""
    times = rounds + WARM_UP
    reads: list[tuple[str, list[str], dict[str, float]]] = [
        ("relation list", ["/relations"], {"goal": 25, "most": 3}),
        ("dossier list", ["/dossiers"], {"goal": 25, "most": 3}),
        ("relation", [f"/relations/{number}" for number in made.relation_ids], {"goal": 25, "most": 3}),
        ("dossier", [f"/dossiers/{number}" for number in made.dossier_ids], {"goal": 25, "most": 3}),
        ("search", [address("/search", text) for text in typed(made.people)], {"goal": 40}),
        ("type-ahead", [address("/search/suggest", text) for text in half_typed(made.people)], {"goal": 15, "p95": 40}),
    ]
    for name, paths, goals in reads:
        asked = [Request(path) for path in itertools.islice(itertools.cycle(paths), times)]
        yield result(f"{name}, {engine}", visitor.times(asked), floor.times(asked), **goals)
    yield create(visitor, floor, made, f"create relation, {engine}", "relations", new_relations(made), rounds)
    yield create(visitor, floor, made, f"create dossier, {engine}", "dossiers", new_dossiers(made), rounds)


def address(path: str, text: str) -> str:
    return f"{path}?{urlencode({'q': text})}"


def typed(everyone: list[Person]) -> list[str]:
    """What is asked for once it is typed: names in both orders, numbers, addresses, and one typo in ten."""
    found = []
    for n, one in enumerate(everyone):
        surname = one.surname.split(" ")[0]
        wrong = surname[:-2] + surname[-1] + surname[-2] if len(surname) > 3 else surname
        found.append(
            [
                f"{one.surname_prefix} {surname}", f"{one.first_name} {surname}", f"{surname}, {one.first_name}",
                f"0{one.phone[3:]}", f"{one.postal_code[:4]} {one.postal_code[4:]} {one.house_number}",
                f"{one.street} {one.house_number}", one.email, surname, f"{one.birth_date:%d-%m-%Y}",
                f"{one.first_name} {wrong}",
            ][n % 10].strip()
        )  # fmt: skip
    return found


def half_typed(everyone: list[Person]) -> list[str]:
    """The same after two keys, three, four …"""
    return [text[: 2 + n % 9] for n, text in enumerate(typed(everyone))]


Form = tuple[str, str, dict[str, str], dict[str, Any]]


def new_relations(made: Made) -> Iterator[Form]:
    """(page of the form, where it is sent, fields, the row for the floor)."""
    for one in people(10_000, 50_000_000, seed=9):
        row = {
            "title": "ms", "initials": one.initials, "first_name": one.first_name, "surname_prefix": one.surname_prefix,
            "surname": one.surname, "phone": one.phone, "email": one.email, "street": one.street, "city": one.city,
            "house_number": one.house_number, "house_number_suffix": one.house_number_suffix, "country": "NL",
            "postal_code": one.postal_code, "address_form": "u", "branch_id": made.branch_id, "record_type": "client",
        }  # fmt: skip
        fields = {**{name: str(value) for name, value in row.items()}, "birth_date": f"{one.birth_date:%Y-%m-%d}"}
        more = {"other_phone": "", "sort_name": "floor", "match_name": "floor", "birth_date": fields["birth_date"]}
        yield "/relations/create", "/relations/create", fields, row | more


def new_dossiers(made: Made) -> Iterator[Form]:
    for number in itertools.cycle(made.relation_ids):
        row = {
            "dossier_type": "home_purchase", "profile": "starter", "profile_other": "", "description": "",
            "lead_source_id": made.lead_source_id, "branch_id": made.branch_id, "assistant_id": made.user_id,
        }  # fmt: skip
        path = f"/relations/{number}/dossiers/new"
        fields = {**{name: str(value) for name, value in row.items()}, "adviser_id": "", "confirmed": "y"}
        code = f"F-{random.getrandbits(60):x}"
        yield f"{path}?new=1", path, fields, {**row, "status": "orienting", "closing_reason": "", "number": code,
                                              "relation_id": number}  # fmt: skip


def create(
    visitor: Visitor, floor: Visitor, made: Made, name: str, table: str, forms: Iterator[Form], rounds: int
) -> Result:
    """Send new forms; fetching the empty form first is not counted, nor are doubles that are shown and confirmed."""
    taken: list[float] = []
    least: list[float] = []
    hidden: dict[str, str] = {}
    for page, path, fields, row in forms:
        hidden = visitor.hidden(page)
        took, status, _headers, content = visitor.send(Request(path, {**hidden, **fields}))
        if status.startswith("422") and b"Toch een nieuwe" in content:
            continue  # by chance somebody like that was there already
        if not status.startswith("302"):
            raise RuntimeError(f"{path}: {status}\n{content[:3000].decode(errors='replace')}")
        taken.append(took)
        sent, status, _headers, content = floor.send(
            Request(f"/{table}/create", json={"row": row, "user": made.user_id})
        )
        if not status.startswith("302"):
            raise RuntimeError(f"floor: {status} {content[:500].decode(errors='replace')}")
        least.append(sent)
        if len(taken) == rounds // 2 + WARM_UP:
            break
    return result(name, taken[WARM_UP:], least[WARM_UP:], 25)


PROBE = [
    "van de Koster", "vd Koster", "Köster", "Kosetr", "koster, willem", "Koster Willem", "Willem Koster",
    "+31641576326", "641576326", "0641576326", "06 41 57 63 26", "06-41576326", "5526 TY", "5526TY", "5526ty 12",
    "Molenweg 12", "willem.koster99950", "koster99950@",
]  # fmt: skip


def probe(visitor: Visitor, made: Made, engine: str) -> Result:
    """The eighteen strings: each puts the known client first or second in the type-ahead."""
    lost, taken = [], []
    for text in PROBE * 3:
        took, _status, _headers, body = visitor.send(Request(address("/search/suggest", text)))
        taken.append(took)
        ids = [hit["id"] for hit in json.loads(body)["hits"][:2]]
        if made.known_id not in ids and text not in lost:
            lost.append(text)
    found = result(f"the 18 strings, {engine}", taken[len(PROBE) :], None, 40)
    goal = f"18 of 18 first or second ({len(PROBE) - len(lost)}{': not ' + ', '.join(lost) if lost else ''})"
    return Result(found.name, found.median_ms, found.p95_ms, None, None, goal, not lost)

"""A demo office: two vestigingen, five users, and clients who do not exist, made through the rooms' own verbs.

Every name, address and number follows from the lists below, so that each demo office is the same but for its dates.
"""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy import select

from crm import formats, records
from crm.access import ADMIN, ADVISER, ASSISTANT
from crm.accounts import operations as accounts
from crm.accounts import queries
from crm.accounts.models import Branch, User
from crm.activities import operations as activities
from crm.activities.queries import calendar
from crm.db import db
from crm.dossiers import operations as dossiers
from crm.dossiers.models import Dossier, LeadSource
from crm.feed import operations as feed
from crm.host import ask, collect, hook
from crm.relations import operations as relations
from crm.relations.models import Relation
from crm.service_requests import operations as requests

PASSWORD = "sleutel-proefkantoor"  # noqa: S105 (a demo office keeps no secrets)
UTRECHT, ZWOLLE = "Utrecht", "Zwolle"
BRANCHES: dict[str, Any] = {
    UTRECHT: {
        "street": "Proefplein",
        "house_number": "1",
        "postal_code": "3511AA",
        "phone": "+31302345600",
        "email": "utrecht@sleutel.example",
    },
    ZWOLLE: {
        "street": "Testkade",
        "house_number": "20",
        "postal_code": "8011AA",
        "phone": "+31384567800",
        "email": "zwolle@sleutel.example",
    },
}
ANNA, PIETER, FATIMA, BEA, ZOE = (f"{name}@sleutel.example" for name in ("anna", "pieter", "fatima", "bea", "zoe"))
USERS = {
    ANNA: ("Anna Bakker", ASSISTANT, (UTRECHT,), "assistent in Utrecht"),
    PIETER: ("Pieter Visser", ADVISER, (UTRECHT,), "adviseur in Utrecht"),
    FATIMA: ("Fatima el Amrani", ADVISER, (UTRECHT, ZWOLLE), "adviseur in Utrecht en Zwolle"),
    BEA: ("Bea Beheer", ADMIN, (UTRECHT, ZWOLLE), "beheerder"),
    ZOE: ("Zoë Willems", ASSISTANT, (ZWOLLE,), "assistent in Zwolle"),
}
WOMEN = ("Sanne", "Emma", "Noor", "Aïsha", "Lotte", "Mila", "Yara", "Femke", "Roos", "Eva", "Julia", "Hanna", "Iris")
MEN = ("Daan", "Sem", "Mohammed", "Lars", "Thijs", "Ruben", "Bram", "Jelle", "Stijn", "Can", "Guus", "Milan", "Finn")
SURNAMES = (
    ("de", "Voorbeeld"), ("van", "Testeren"), ("", "Proefstra"), ("van der", "Fictie"), ("", "Verzonnen"),
    ("van den", "Denkbeeld"), ("ter", "Illustratie"), ("", "Demoes"), ("'t", "Sjabloon"), ("", "Nepveld"),
    ("in 't", "Model"), ("", "Özdemir-Proef"), ("", "Maquette"), ("van", "Schets"), ("op den", "Staal"),
)  # fmt: skip
STREETS = ("Voorbeeldlaan", "Teststraat", "Proefweg", "Schetsplein", "Fictiehof")
HOMES = {UTRECHT: ("3511", "Utrecht"), ZWOLLE: ("8011", "Zwolle")}
HOUSEHOLDS, COUPLES = 26, 14
# What becomes of each household's dossier, in order; households beyond have none yet.
STATES = (
    "intake", "orienting", "intake", "advice", "intake", "orienting", "application", "intake", "orienting",
    "cancelled", "intake", "advice", "orienting", "intake", "aftercare", "orienting",
)  # fmt: skip
PROFILES = ("starter", "next_time_buyer", "starter", "refinancer")
HOURS = (9, 11, 13, 15)


@dataclass
class Office:
    """What was made, to make more of."""

    users: dict[str, User]
    branches: dict[str, Branch]
    clients: list[Relation] = field(default_factory=list)
    talks: int = 0
    dossiers: list[Dossier] = field(default_factory=list)


def log_ins() -> dict[str, str]:
    """{address: who} of the demo users, when this database has them."""
    return {email: about for email, (_, _, _, about) in USERS.items() if queries.by_email(email)}


def notes() -> list[str]:
    """What somebody who tries a demo office out wants to know, a line each; nothing in another office."""
    if not (people := log_ins()):
        return []
    listed = [f"  {email:<32} {about}" for email, about in people.items()]
    return [f"Demo log-ins (password {PASSWORD}):", *listed, *ask(hook.demo_notes)]


def open_log_ins(passwords: PasswordHasher) -> list[str]:
    """Addresses of demo users who can log in with the password that everybody knows."""
    users = [user for email in log_ins() if (user := queries.by_email(email)) and user.is_active]
    return [user.email for user in users if accounts.is_right(passwords, user.password_hash, PASSWORD)]


def make(app: Flask) -> None:
    """Make the whole office in one transaction; a second time changes nothing."""
    if log_ins():
        return
    office = make_users(app)
    for number in range(HOUSEHOLDS):
        office.clients.append(make_client(office, number))
    for number, state in enumerate(STATES):
        make_dossier(office, number, state)
    make_requests(office)
    make_tasks(office)
    collect(hook.fill_demo, dossiers=office.dossiers, user=office.users[ANNA])
    records.commit()


def make_users(app: Flask) -> Office:
    """Two vestigingen, five users."""
    passwords = accounts.hasher(app.config["ARGON2_MEMORY"], app.config["ARGON2_ROUNDS"])
    branches = {name: accounts.create_branch(name, city=name, **values) for name, values in BRANCHES.items()}
    users = {
        email: accounts.create_user(
            email, name, PASSWORD, role, [branches[place] for place in places], passwords=passwords
        )
        for email, (name, role, places, _) in USERS.items()
    }
    for number, adviser in enumerate((users[PIETER], users[FATIMA])):
        adviser.phone = f"+3130234561{number}"
        records.save(adviser, None)
    return Office(users, branches)


def place_of(number: int) -> str:
    """One household in four is of Zwolle."""
    return ZWOLLE if number % 4 == 3 else UTRECHT


def person(number: int, woman: bool, prefix: str, surname: str) -> dict[str, Any]:
    """Somebody who does not exist: numbers within 06 1000 0xxx, addresses at voorbeeld.example."""
    names = WOMEN if woman else MEN
    first_name = names[number % len(names)]
    return {
        "title": "ms" if woman else "mr",
        "first_name": first_name,
        "initials": f"{formats.fold(first_name)[0].upper()}.",
        "surname_prefix": prefix,
        "surname": surname,
        "birth_date": dt.date(1965 + number * 7 % 36, 1 + number * 5 % 12, 1 + number * 11 % 28),
        "phone": f"06 1000 {number * 2 + (0 if woman else 1):04d}",
        "email": f"{formats.fold(first_name)}.{number}@voorbeeld.example",
        "address_form": "je" if number % 3 == 1 else "u",
    }


def make_client(office: Office, number: int) -> Relation:
    """One household: a client, most with a partner."""
    prefix, surname = SURNAMES[number % len(SURNAMES)]
    place = place_of(number)
    digits, city = HOMES[place]
    address = {
        "street": STREETS[number % len(STREETS)],
        "house_number": str(2 + number * 3),
        "postal_code": f"{digits} X{chr(65 + number)}",
        "city": city,
        "branch_id": office.branches[place].id,
    }
    woman = number % 2 == 0
    partner = person(number, not woman, *SURNAMES[(number + 7) % len(SURNAMES)]) if number < COUPLES else None
    return relations.create({**person(number, woman, prefix, surname), **address}, planner(office, number), partner)


def planner(office: Office, number: int) -> User:
    """The assistent of the household's vestiging."""
    return office.users[ZOE if place_of(number) == ZWOLLE else ANNA]


def make_dossier(office: Office, number: int, state: str) -> None:
    """A dossier of the household, brought to this status by the steps a user would take."""
    user = planner(office, number)
    adviser = office.users[FATIMA if place_of(number) == ZWOLLE or number % 3 == 0 else PIETER]
    sources = db.session.scalars(select(LeadSource).where(LeadSource.is_active).order_by(LeadSource.weight)).all()
    profile = PROFILES[number % len(PROFILES)]
    dossier = dossiers.create(
        office.clients[number],
        {
            "dossier_type": "other_service" if profile == "refinancer" else "home_purchase",
            "profile": profile,
            "lead_source_id": sources[number % len(sources)].id,
            "branch_id": office.branches[place_of(number)].id,
            "adviser_id": adviser.id,
        },
        user,
    )
    feed.register(
        records.ref(dossier), "Gebeld: wil weten wat er mogelijk is en welke stukken nodig zijn.", False, user
    )
    if state == "orienting":
        return
    if state == "cancelled":
        dossiers.change_status(dossier, state, user, reason="Koopt voorlopig toch geen huis.")
        return
    make_talk(office, dossier, adviser, user)
    dossiers.change_status(dossier, "intake", user)
    if state != "intake":
        dossiers.change_status(dossier, "advice", user, assistant_id=user.id)
        dossiers.save_service(dossier, {"service_kind": "mortgage_advice"}, user)
        office.dossiers.append(dossier)
    if state not in ("intake", "advice"):
        dossiers.change_status(dossier, state, user, confirmed=True)


def make_talk(office: Office, dossier: Dossier, adviser: User, user: User) -> None:
    """An oriëntatiegesprek on one of the coming working days, each at an hour of its own."""
    day = calendar().add(formats.today(), 1 + office.talks // 2)
    starts_at = formats.at(day, dt.time(HOURS[office.talks % len(HOURS)]))
    activities.plan({"starts_at": starts_at, "assigned_to": adviser, "by_video": office.talks % 2 == 1}, dossier, user)
    office.talks += 1


def make_requests(office: Office) -> None:
    """Requests from the website that nobody has answered yet."""
    for number in range(5):
        prefix, surname = SURNAMES[-1 - number]
        typed = person(60 + number, number % 2 == 1, prefix, surname)
        answers = {
            "first_name": typed["first_name"].lower() if number == 1 else typed["first_name"],
            "surname": f"{prefix} {surname}".strip(),
            "phone": typed["phone"].replace(" ", "") if number % 2 else "",
            "email": typed["email"],
            "postal_code": f"3511x{'abcde'[number]}",
            "profile": PROFILES[number % len(PROFILES)],
            "message": "Wij hebben een huis gezien. Wat kunnen wij lenen, en hoe snel kan dat?",
        }
        branch = office.branches[ZWOLLE if number == 4 else UTRECHT]
        requests.receive(answers, "Ik ga ermee akkoord dat het kantoor mij over mijn aanvraag benadert.", branch)


def make_tasks(office: Office) -> None:
    """A few things to do, one of them late."""
    today, days = formats.today(), calendar()
    for email, title, due_on in (
        (ANNA, "Loonstrook opvragen", days.add(today, -2)),
        (ANNA, "Klant terugbellen over nieuwe afspraak", days.next(today)),
        (PIETER, "Offertes vergelijken", days.add(today, 1)),
        (FATIMA, "Taxatierapport nakijken", days.add(today, 3)),
        (ZOE, "Geboortedatum partner navragen", days.next(today)),
    ):
        owner = office.users[email]
        client = office.clients[3 if email == ZOE else 0]
        activities.create_task({"title": title, "due_on": due_on, "assigned_to": owner}, owner, client)

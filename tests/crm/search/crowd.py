"""People in the index alone, for a vestiging that exists nowhere else; fast enough for thousands of them."""

from types import SimpleNamespace

from sqlalchemy import delete

from bench.people import Person
from crm import records
from crm.db import db
from crm.search import Source, operations, words
from crm.search.models import SearchDocument, Word

BRANCH = 900_001
OTHER_BRANCH = 900_002
FIRST_ID = 5_000_000


def seen_by(*branches):
    """Whoever asks: all that searching needs to know of a user."""
    return SimpleNamespace(branch_ids=list(branches))


def words_of(person):
    return words.join(
        words.person(person.first_name, person.initials, person.surname_prefix, person.surname),
        words.phones(person.phone),
        person.email,
        words.birth_date(person.birth_date),
        words.address(person.street, person.house_number, person.house_number_suffix, person.postal_code, person.city),
    )


def source(branch=BRANCH, kind="relation", rank=10):
    return Source(
        kind,
        words=lambda people: {person.id: words_of(person) for person in people},
        title=lambda person: person.name,
        detail=lambda person: person.city,
        branches=lambda people: {person.id: {branch} for person in people},
        rank=rank,
        sort=lambda person: words.sort_key(person.surname, person.first_name),
    )


def person(number, first_name, surname, **more):
    """Somebody with no more than a name, but for what `more` says."""
    return Person(FIRST_ID + 600_000 + number, first_name, first_name[0], "", surname, **more)


def clear():
    """Take everybody out of the index again."""
    operations.drop_trigrams(SearchDocument.record_id >= FIRST_ID)
    db.session.execute(delete(SearchDocument).where(SearchDocument.record_id >= FIRST_ID))
    db.session.execute(delete(Word))
    records.commit()

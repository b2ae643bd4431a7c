"""The running office from within: the rooms' own verbs, on its database."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import select

from crm import records
from crm.accounts.models import User
from crm.app import create_app
from crm.db import db
from crm.settings import operations as settings
from tests.browser.office import PEOPLE, Office


@contextmanager
def inside(office: Office) -> Iterator[None]:
    """The rooms' own verbs on the running office's database."""
    app = create_app(DATA=str(office.folder), DATABASE="")
    with app.app_context():
        yield
        records.commit()
        db.disconnect()


def person(role: str) -> User:
    """One of PEOPLE; for `inside`."""
    return db.session.scalars(select(User).where(User.email == PEOPLE[role].email)).one()


def place_branch() -> None:
    """Vestiging Utrecht has an address and a telephone number, which every confirmation names; for `inside`."""
    branch = person("assistant").branches[0]
    branch.street, branch.house_number, branch.postal_code, branch.city = "Stationsplein", "8", "3511ED", "Utrecht"
    branch.phone, branch.email = "+31302345678", "utrecht@kantoor.example"
    records.save(branch, None)


def mails_wait(seconds: int) -> None:
    """How long mails wait before they go; for `inside`."""
    settings.change("mail", {"send_delay": seconds}, person("admin"))

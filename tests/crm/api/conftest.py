"""A program with a token."""

import pytest

from crm import records
from crm.accounts.models import SCOPES
from crm.accounts.operations import create_token


@pytest.fixture(autouse=True)
def as_in_an_office(app, monkeypatch):
    """With the check of forms that tests switch off: a program has no token of a session to send along."""
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)


class Program:
    """Calls the API as the holder of a token."""

    def __init__(self, client, token):
        self.client, self.headers = client, {"Authorization": f"Bearer {token}"}

    def get(self, address, **query):
        return self.client.get(f"/api/v1{address}", query_string=query, headers=self.headers)

    def post(self, address, body, **headers):
        return self.client.post(f"/api/v1{address}", json=body, headers={**self.headers, **headers})


@pytest.fixture
def program(client, assistant):
    """A program that may do everything, for an assistant of Utrecht."""
    token = create_token(assistant, "website", list(SCOPES))
    records.commit()
    return Program(client, token)


@pytest.fixture
def narrow(client, assistant):
    """A program with one right: searching."""
    token = create_token(assistant, "zoeken", ["search"])
    records.commit()
    return Program(client, token)

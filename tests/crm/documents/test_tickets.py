"""A file that belongs to nothing yet is its sender's: nobody else can put it anywhere, whatever he knows of it."""

import pytest

from crm.documents import tickets
from tests.conftest import log_in
from tests.crm.documents.conftest import send_bytes


@pytest.mark.parametrize("is_own", [True, False])
def test_a_file_goes_where_its_own_sender_says(app, as_assistant, adviser, dossier, is_own):
    ticket = send_bytes(as_assistant, b"%PDF-1.7 loonstrook").json["files"][0]["key"]
    teller = as_assistant if is_own else log_in(app.test_client(), adviser)
    told = {"files": [{"key": ticket, "name": "loonstrook.pdf"}]}
    (answer,) = teller.post(f"/documents/dossier/{dossier.id}/upload", json=told).json["files"]
    assert ("url" in answer) == is_own and ("Verstuur het opnieuw" in answer.get("message", "")) == (not is_own)
    assert tickets.file_of(ticket, adviser.id) is None

"""A couple's dossier and the messages a lender sends about it."""

import pytest

from plugins.document_types.lender import operations
from plugins.document_types.requests import queries as stukken
from tests.plugins.document_types.requests.conftest import document, dossier, files, product, service, types  # noqa: F401
from tests.plugins.document_types.test_hdn import HEADER, message

SANNE = """<PartijNAWData Volgnummer="1" ID="NA01"><GeboorteAchternaam>Vries</GeboorteAchternaam>
<GeboorteTussenvoegsels>de</GeboorteTussenvoegsels><GeboorteDt>1990-05-04</GeboorteDt></PartijNAWData>"""


def row(number, kind="009 Werkgeversverklaring", status="01", text="", at="2026-06-02", person=True, more="", said=""):
    """One document of a message."""
    whose = '<Hypotheekgever IDREF="NA01"/>' if person else ""
    return (
        f"<DocumentKenmerk><SoortDocument>{kind}</SoortDocument>"
        f"<SoortDocumentOmschr>{said or kind.partition(' ')[2]}</SoortDocumentOmschr>"
        f"<DocumentMijNr>{number}</DocumentMijNr><DocumentStatus>{status}</DocumentStatus>"
        f"<DocumentStatusOmschr>{text}</DocumentStatusOmschr><DocumentStatusDt>{at}</DocumentStatusDt>"
        f"<DocumentStatusTijd>10:00:00</DocumentStatusTijd>{more}{whose}</DocumentKenmerk>"
    )


def about(*rows, person=SANNE, header=HEADER):
    return message(header, *rows, person)


@pytest.fixture
def process(assistant, dossier, product):  # noqa: F811
    """Bring a message in for the dossier and do what it says: process(row, …) → what was done."""

    def process(*rows, texts=None):
        received = operations.receive(about(*rows), assistant, dossier)
        return operations.process(received, texts or {}, assistant)

    return process


@pytest.fixture
def stuk(dossier):  # noqa: F811
    """The only stuk of the dossier."""

    def stuk():
        (found,) = stukken.requests_of(dossier.id)
        return found

    return stuk

"""A trial office: who starts it with `crm run` can invite a client, and reads his mail and his text message."""

import re

import httpx
import pytest

from crm import demo
from tests.programs import Forms, Office, free_port, until


@pytest.fixture
def trial(tmp_path):
    """`crm run` with the vault on, and what it says; once it says that it is ready."""
    office = Office({"DATA": str(tmp_path), "PLUGINS": '["document_types", "vault", "portal"]'})
    office.environment["CRM_SMTP_PORT"] = str(free_port())
    said = tmp_path / "said.txt"
    with said.open("wb") as out:
        office.program("run", "--port", str(office.port), stdout=out)
    until(lambda: "Stop with Ctrl-C" in said.read_text())
    yield office, said.read_text()
    office.kill()
    office.client.close()


def test_a_client_can_be_invited_and_the_text_message_is_beside_the_mail(trial):
    office, said = trial
    address = f"http://localhost:{office.port}"
    assert f"Kluis: {address}/kluis\n" in said
    assert f"Mail and text messages arrive at {address}/dev/mail\n" in said
    number = re.search(r"\(dossier (D-[\d-]+)\) can be invited", said)[1]

    office.client.base_url = address
    office.client.headers["Accept-Language"] = "nl"
    office.send("/login", "/login", email=demo.BEA, password=demo.PASSWORD)
    office.send("/admin/settings", "/admin/settings/mail", send_delay="1")
    found = office.client.get("/search", params={"q": number}, follow_redirects=True)
    dossier = re.search(r"/dossiers/\d+", f"{found.url} {found.text}")[0]
    page = f"{dossier}?tab=holdings"
    step = next(one for one in Forms(office.client.get(page).text).found if one.endswith("/advance"))
    assert office.send(page, step).status_code == 302
    link = newest(office, r"/kluis/activeren/[\w-]+")
    with httpx.Client(base_url=address, timeout=20) as client:
        token = re.search(r'name="csrf_token" value="([^"]+)"', client.get(link).text)[1]
        assert client.post(link, data={"csrf_token": token}).status_code == 302
    assert re.fullmatch(r"#\d{6}", newest(office, r"#\d{6}\b"))


def newest(office, pattern):
    """What looks so in the newest message at /dev/mail that has it; waits for one."""
    found = []

    def there():
        messages = re.findall(r'href="(/dev/mail/[^"/]+)"', office.client.get("/dev/mail").text)
        found.extend(hit for one in messages for hit in re.findall(pattern, office.client.get(one).text))
        return bool(found)

    until(there)
    return found[0]

"""/dev/mail: what the sink kept, for someone at this machine only."""

import pytest

from crm.mail import operations
from crm.sink import messages
from tests.conftest import log_in

HERE = {"REMOTE_ADDR": "127.0.0.1"}
ELSEWHERE = {"REMOTE_ADDR": "192.0.2.7"}


@pytest.fixture
def name(app, monkeypatch, tmp_path, appointment, assistant, sink, run_jobs):
    """A confirmation in the sink."""
    monkeypatch.setitem(app.config, "DATA", tmp_path)
    operations.queue_appointment_mail(appointment, "appointment_confirmation", assistant)
    run_jobs()
    return kept(tmp_path)[0].name


def kept(folder):
    return messages(folder / "mail")


@pytest.mark.requirement("O-006", side="mail")
@pytest.mark.requirement("O-058", side="mail")
@pytest.mark.requirement("O-060", side="mail")
@pytest.mark.requirement("O-007", side="mail")
def test_what_was_sent_can_be_looked_at(client, name):
    assert "Uw afspraak op dinsdag 1 juni 2027" in client.get("/dev/mail", environ_base=HERE).text
    page = client.get(f"/dev/mail/{name}", environ_base=HERE).text
    assert "BEGIN:VCALENDAR" in page and "sanne@voorbeeld.nl" in page and "Vul de kennismaking in" in page
    letter = client.get(f"/dev/mail/{name}/html", environ_base=HERE)
    assert "Geachte mevrouw De Vries" in letter.text and "sandbox" in letter.headers["Content-Security-Policy"]
    assert b'method="REQUEST"' in client.get(f"/dev/mail/{name}/raw", environ_base=HERE).data


@pytest.mark.parametrize("path", ["", "/{name}", "/{name}/html", "/{name}/raw"])
@pytest.mark.parametrize(
    ("environ", "headers"),
    [
        (ELSEWHERE, {}),
        (HERE, {"X-Forwarded-For": "192.0.2.7"}),
        (HERE, {"Host": "boef.example"}),
    ],
)
def test_strangers_and_proxies_see_nothing(client, name, path, environ, headers):
    address = "/dev/mail" + path.format(name=name)
    assert client.get(address, environ_base=environ, headers=headers).status_code == 404


def test_a_beheerder_may_look_from_elsewhere_and_an_assistant_not(client, app, name, admin, assistant):
    assert log_in(client, admin).get("/dev/mail", environ_base=ELSEWHERE).status_code == 200
    assert log_in(app.test_client(), assistant).get("/dev/mail", environ_base=ELSEWHERE).status_code == 404


def test_without_a_sink_there_is_no_page(client, app, monkeypatch):
    monkeypatch.setitem(app.config, "MAIL_SINK", False)
    assert client.get("/dev/mail", environ_base=HERE).status_code == 404


@pytest.mark.parametrize("name", ["../secret.key", "x.eml", "00000000000000000001-0123abcd.eml"])
def test_other_files_are_not_found(client, name):
    assert client.get(f"/dev/mail/{name}", environ_base=HERE).status_code == 404

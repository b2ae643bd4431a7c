import smtplib
import threading
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import pytest

from crm import sink
from crm.sink import Mode, Sink


def letter(subject="Uw dossier", to="klant@example.nl"):
    message = EmailMessage()
    message["From"] = "kantoor@example.nl"
    message["To"] = to
    message["Subject"] = subject
    message.set_content("Beste klant,\n\nTot morgen – om één uur.\n")
    return message


def send(server, message, **envelope):
    with smtplib.SMTP(server.host, server.port, timeout=5) as client:
        client.send_message(message, **envelope)


def test_keeps_a_message_with_its_text_and_subject(tmp_path):
    with Sink(tmp_path / "mail") as server:
        send(server, letter(subject="Één afspraak"))
    [kept] = sink.messages(tmp_path / "mail")
    assert kept.message["Subject"] == "Één afspraak"
    assert "om één uur" in kept.message.get_content()
    assert kept.sender == "kantoor@example.nl"
    assert datetime.now(UTC) - kept.received < timedelta(minutes=1)


def test_names_the_envelope_recipients_blind_copies_included(tmp_path):
    with Sink(tmp_path) as server:
        send(server, letter(), to_addrs=["klant@example.nl", "archief@example.nl"])
    assert sink.messages(tmp_path)[0].recipients == ("klant@example.nl", "archief@example.nl")


def test_lists_newest_first_up_to_the_limit(tmp_path):
    with Sink(tmp_path) as server:
        for subject in ("een", "twee", "drie"):
            send(server, letter(subject))
    assert [kept.message["Subject"] for kept in sink.messages(tmp_path, limit=2)] == ["drie", "twee"]


def test_reads_one_message_by_name(tmp_path):
    name = sink.keep(tmp_path, "a@example.nl", ["b@example.nl"], bytes(letter("een")))
    assert sink.read(tmp_path, name).message["Subject"] == "een"


def test_a_folder_that_does_not_exist_has_no_messages(tmp_path):
    assert sink.messages(tmp_path / "nowhere") == []


@pytest.mark.parametrize(
    "name",
    ["../secret.eml", "/etc/passwd", "..", "", "secret.eml", "00000000000000000001-0123abcd.eml/../x"],
)
def test_names_the_sink_does_not_give_are_not_found(tmp_path, name):
    folder = tmp_path / "mail"
    folder.mkdir()
    (tmp_path / "secret.eml").write_text("Subject: geheim\n\n")
    (folder / "secret.eml").write_text("Subject: geheim\n\n")
    with pytest.raises(FileNotFoundError):
        sink.read(folder, name)


def test_other_and_unfinished_files_in_the_folder_are_left_out(tmp_path):
    (tmp_path / "readme.txt").write_text("hallo")
    (tmp_path / ".00000000000000000001-0123abcd.eml.part").write_text("half")
    assert sink.messages(tmp_path) == []


@pytest.mark.parametrize(("mode", "code"), [(Mode.TEMPFAIL, 451), (Mode.REFUSE, 550)])
def test_refusals_have_their_code_and_keep_nothing(tmp_path, mode, code):
    with Sink(tmp_path, mode=mode) as server, pytest.raises(smtplib.SMTPDataError) as refused:
        send(server, letter())
    assert refused.value.smtp_code == code
    assert sink.messages(tmp_path) == []


def test_after_so_many_failures_all_goes_well(tmp_path):
    with Sink(tmp_path, mode="tempfail", times=1) as server:
        with pytest.raises(smtplib.SMTPDataError):
            send(server, letter("eerste poging"))
        send(server, letter("tweede poging"))
    assert [kept.message["Subject"] for kept in sink.messages(tmp_path)] == ["tweede poging"]


def test_slow_answers_late(tmp_path):
    with Sink(tmp_path, mode=Mode.SLOW, delay=0.5) as server:
        with (
            pytest.raises(smtplib.SMTPServerDisconnected, match="timed out"),
            smtplib.SMTP(server.host, server.port, timeout=0.1) as client,
        ):
            client.send_message(letter())
        send(server, letter())
    assert sink.messages(tmp_path)


def test_drop_keeps_the_message_but_never_says_so(tmp_path):
    with Sink(tmp_path, mode=Mode.DROP) as server, pytest.raises(smtplib.SMTPServerDisconnected):
        send(server, letter())
    assert len(sink.messages(tmp_path)) == 1


def test_takes_messages_of_many_senders_at_once(tmp_path):
    with Sink(tmp_path) as server:
        senders = [threading.Thread(target=send, args=(server, letter(str(number)))) for number in range(20)]
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join()
    subjects = sorted(int(kept.message["Subject"]) for kept in sink.messages(tmp_path))
    assert subjects == list(range(20))


def test_a_taken_port_is_an_error(tmp_path):
    with Sink(tmp_path) as server, pytest.raises(OSError, match="in use"):
        Sink(tmp_path, port=server.port).start()


def test_can_stop_twice_and_start_again(tmp_path):
    server = Sink(tmp_path).start()
    server.stop()
    server.stop()
    with server:
        send(server, letter())
    assert sink.messages(tmp_path)

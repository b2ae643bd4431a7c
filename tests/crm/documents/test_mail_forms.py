"""How mail programs attach things: what is attached is offered, what the text shows is not ticked."""

import base64
import binascii
import struct
from pathlib import Path

import pytest

from crm.documents import inspect_mail
from crm.documents.refusal import Refusal

CASES = Path(__file__).parents[2] / "cases"
HEAD = b"From: a@voorbeeld.example\r\nTo: b@voorbeeld.example\r\nSubject: Stukken\r\nMIME-Version: 1.0\r\n"
PDF = b"%PDF-1.4\n" + bytes(range(256)) * 3


def offered(content, tmp_path):
    """(name, in the text, within, content) of each part that is offered."""
    source, folder = tmp_path / "mail", tmp_path / "made"
    source.write_bytes(content)
    folder.mkdir()
    found = inspect_mail.unpack(source, folder)["parts"]
    return [(one["name"], one["in_text"], one["within"], (folder / one["file"]).read_bytes()) for one in found]


@pytest.mark.parametrize(
    ("case", "name", "in_text", "within", "begins"),
    [
        ("rfc822b64", "loonstrook.pdf", False, "Binnenste", b"%PDF-"),
        ("octeteml", "loonstrook.pdf", False, "Binnenste", b"%PDF-"),
        ("iphone", "IMG_4780.jpeg", False, "", b"\xff\xd8"),
        ("logonodisp", "image001.png", True, "", b"\x89PNG"),
        ("bom", "loonstrook Renee.pdf", False, "", b"%PDF-"),
    ],
)
def test_the_cases(tmp_path, case, name, in_text, within, begins):
    ((*found, content),) = offered((CASES / f"{case}.eml").read_bytes(), tmp_path)
    assert found == [name, in_text, within] and content.startswith(begins)


def mixed(*parts):
    lines = b"".join(b"--x\r\n" + part + b"\r\n" for part in parts)
    return HEAD + b"Content-Type: multipart/mixed; boundary=x\r\n\r\n" + lines + b"--x--\r\n"


def attached(name, content, kind=b"application/pdf", disposition=b"attachment"):
    head = b'Content-Type: %s; name="%s"\r\nContent-Disposition: %s; filename="%s"' % (kind, name, disposition, name)
    return head + b"\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(content)


def test_names_in_raw_utf8_and_in_latin1(tmp_path):
    message = mixed(attached("loonstrook Renée.pdf".encode(), PDF))
    assert offered(message, tmp_path)[0][0] == "loonstrook Renée.pdf"


def test_a_title_in_raw_utf8(tmp_path):
    (tmp_path / "mail").write_bytes(mixed(attached(b"a.pdf", PDF)).replace(b"Stukken", "Stukken René".encode()))
    assert inspect_mail.unpack(tmp_path / "mail", tmp_path)["title"] == "Stukken René"


def uuencoded(name, content):
    lines = b"".join(binascii.b2a_uu(content[start : start + 45]) for start in range(0, len(content), 45))
    return b"begin 644 " + name + b"\n" + lines + b"`\nend\n"


def test_uuencode_in_the_text(tmp_path):
    text = b"Hierbij\n\n" + uuencoded(b"strook.pdf", PDF) + b"\nen\n\n" + uuencoded(b"tweede.pdf", PDF[:100])
    found = offered(HEAD + b"Content-Type: text/plain\r\n\r\n" + text, tmp_path)
    assert [(one[0], one[3]) for one in found] == [("strook.pdf", PDF), ("tweede.pdf", PDF[:100])]


def test_a_sentence_with_begin_and_end_is_no_file(tmp_path):
    with pytest.raises(Refusal) as refusal:
        offered(HEAD + b"\r\nbegin 64 x.pdf\nend\n\nbegin ermee en\nend\n", tmp_path)
    assert refusal.value.reason == "no_attachments"


def left_out(content, tmp_path):
    (tmp_path / "mail").write_bytes(content)
    return inspect_mail.unpack(tmp_path / "mail", tmp_path)["left_out"]


@pytest.mark.parametrize(
    ("part", "name"),
    [
        (b"Content-Type: text/plain\r\n\r\nbegin 644 kapot.pdf\n~~~ niets ~~~\nend\n", "kapot.pdf"),
        (b"Content-Type: application/pdf; name=leeg.pdf\r\n\r\n", "leeg.pdf"),
        (b"Content-Type: message/rfc822; name=in.eml\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAA", "in.eml"),
    ],
)
def test_what_nothing_can_be_made_of_is_named(tmp_path, part, name):
    assert left_out(mixed(part, attached(b"a.pdf", PDF)), tmp_path) == [name]


def attribute(level, number, data):
    return struct.pack("<BHHL", level, number, 6, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)


def winmail(*files):
    out = b"\x78\x9f\x3e\x22\x01\x00" + attribute(1, 0x8008, b"IPM.Note\0")
    for short, long, content in files:
        name = long.encode("utf-16-le") + b"\0\0"
        properties = struct.pack("<L", 2) + struct.pack("<HHL", 3, 0x3705, 1)
        properties += struct.pack("<HHLL", 0x1F, 0x3707, 1, len(name)) + name + b"\0" * (-len(name) % 4)
        out += attribute(2, 0x9002, b"\0" * 14) + attribute(2, 0x8010, short + b"\0")
        out += attribute(2, 0x800F, content) + (attribute(2, 0x9005, properties) if long else b"")
    return out


def test_winmail_dat(tmp_path):
    wrapped = winmail((b"STROOK~1.PDF", "loonstrook Renée.pdf", PDF), (b"kort.pdf", "", PDF[:50]))
    found = offered(mixed(attached(b"winmail.dat", wrapped, b"application/ms-tnef")), tmp_path)
    assert [(one[0], one[3]) for one in found] == [("loonstrook Renée.pdf", PDF), ("kort.pdf", PDF[:50])]


@pytest.mark.parametrize("cut", [7, 20, 60, -3])
def test_a_winmail_dat_that_is_cut_off_stays_whole(tmp_path, cut):
    wrapped = winmail((b"a.pdf", "", PDF))[:cut]
    found = offered(mixed(attached(b"winmail.dat", wrapped, b"application/ms-tnef")), tmp_path)
    assert [one[0] for one in found] == ["winmail.dat"] and found[0][3] == wrapped


def test_a_picture_is_of_the_text_only_when_the_text_shows_it(tmp_path):
    html = b'Content-Type: text/html\r\n\r\n<img src="CID:een%40x">'
    one = attached(b"een.png", b"1", b"image/png", b"inline").replace(
        b"\r\n\r\n", b"\r\nContent-ID: <een@x>\r\n\r\n", 1
    )
    two = attached(b"twee.png", b"2", b"image/png", b"inline").replace(
        b"\r\n\r\n", b"\r\nContent-ID: <twee@x>\r\n\r\n", 1
    )
    assert [(part[0], part[1]) for part in offered(mixed(html, one, two), tmp_path)] == [
        ("een.png", True),
        ("twee.png", False),
    ]


def test_mails_within_mails_end_somewhere(tmp_path):
    message = mixed(attached(b"a.pdf", PDF))
    for _ in range(6):
        message = mixed(attached(b"in.eml", message, b"application/octet-stream"))
    with pytest.raises(Refusal) as refusal:
        offered(message, tmp_path)
    assert refusal.value.reason == "bomb"


@pytest.mark.parametrize("start", [b"\xef\xbb\xbf", b"\r\n", b"\n\n", b"\xef\xbb\xbf\r\n"])
def test_what_stands_in_front_does_not_matter(tmp_path, start):
    assert offered(start + mixed(attached(b"a.pdf", PDF)), tmp_path)[0][3] == PDF

"""A dossier and files to put in it."""

import io

import pikepdf
import pytest
from PIL import Image

from crm.documents import blobs, queries
from tests.crm.activities.conftest import make_dossier


def pdf(text="Loonstrook", pages=1):
    """A good PDF."""
    made, out = pikepdf.new(), io.BytesIO()
    for _ in range(pages):
        made.add_blank_page()
    made.docinfo["/Title"] = text
    made.save(out)
    return out.getvalue()


def jpeg():
    """A good photo, that lies on its side and tells where it was taken."""
    image, out = Image.new("RGB", (60, 40), "red"), io.BytesIO()
    exif = image.getexif()
    exif[0x0112] = 6
    exif[0x010E] = "Keizersgracht 1"
    image.save(out, "JPEG", exif=exif)
    return out.getvalue()


@pytest.fixture
def files(app, tmp_path, monkeypatch):
    """The folder where sealed files lie."""
    monkeypatch.setitem(app.config, "DATA", str(tmp_path))
    app.extensions.pop("crm.documents.blobs", None)
    yield blobs.blob_store().folder
    app.extensions.pop("crm.documents.blobs", None)


def kept(files):
    """The sealed files that can still be opened, or belong to nothing yet: without those that were dropped."""
    found = [file for file in files.rglob("*") if file.is_file()]
    dropped = queries.dropped_keys({file.name for file in found})
    return [file for file in found if file.name not in dropped]


@pytest.fixture
def dossier(app, branch, assistant):
    return make_dossier(branch, assistant)


@pytest.fixture
def send(as_assistant, dossier, files):
    """Send one file as our script does, and tell what it is for: send(bytes, name) → the last answer."""

    def send(content, name="loonstrook.pdf", to=f"/documents/dossier/{dossier.id}/upload", client=as_assistant):
        answer = send_bytes(client, content)
        return tell(client, to, {key_of(answer): name}) if answer.status_code == 200 else answer

    return send


def send_bytes(client, content, **named):
    """The bytes of a file, that are nothing yet."""
    return client.post("/documents/files", data=content, content_type="application/octet-stream", **named)


def key_of(answer):
    """What the sender of one file got for it."""
    [file] = answer.json["files"]
    return file["key"]


def tell(client, to, names):
    """Say what the files with these keys are for, and what they are called."""
    return client.post(to, json={"files": [{"key": key, "name": name} for key, name in names.items()]})

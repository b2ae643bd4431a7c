"""The one client of the vault protocol: the portal in our own processes, or another machine's over HTTPS."""

import base64
import hashlib
import logging
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

import httpx

from crm.plugin import mount_key, mounts, once_per_app, plugin_settings

SECONDS = 3.0
SPEAKS = "1"  # the major version of the protocol
TRIES = 5  # to fetch one file over a line that breaks
BESIDE = "http://portal/api/v1"

logging.getLogger("httpx").setLevel(logging.WARNING)  # it would write every address in the log


class Unreachable(Exception):
    """The portal did not answer in time, or not as one: nothing is known of what it did."""


class PortalRefused(Exception):
    """The portal said no; `status` is its code."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status


class Portal:
    """What the CRM asks and puts. Never called while a transaction is open."""

    def __init__(self, http: httpx.Client) -> None:
        self.http = http

    def call(self, method: str, path: str, body: dict[str, Any] | None = None, **query: Any) -> dict[str, Any]:
        """One call; gives what the portal says. Raises Unreachable, PortalRefused."""
        try:
            answer = self.http.request(method, path, json=body, params=query or None)
            said: dict[str, Any] = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise Unreachable(type(error).__name__) from error
        if answer.is_server_error:
            raise Unreachable(f"answer {answer.status_code}")
        if answer.is_error:
            raise PortalRefused(answer.status_code, str(said.get("detail", "")))
        return said

    def kinds(self) -> set[str]:
        """Kinds of items this portal can show: no other is put. Raises Unreachable, also when it speaks another
        protocol than we do."""
        said = self.call("GET", "/")
        if str(said["version"]).partition(".")[0] != SPEAKS:
            raise Unreachable(f"version {said['version']}")
        return set(said["kinds"])

    def invite(self, vault: str, invitation: dict[str, Any]) -> dict[str, Any]:
        return self.call("POST", f"/vaults/{vault}/invitations", invitation)

    def show(self, vault: str) -> dict[str, Any]:
        return self.call("GET", f"/vaults/{vault}")

    def put(self, vault: str, kind: str, name: str, version: int, content: dict[str, Any]) -> None:
        self.call("PUT", f"/vaults/{vault}/items/{kind}/{name}", {"version": version, "content": content})

    def remove(self, vault: str, kind: str, name: str, version: int) -> None:
        self.call("DELETE", f"/vaults/{vault}/items/{kind}/{name}", version=version)

    def put_office(self, office: dict[str, Any]) -> None:
        self.call("PUT", "/office", office)

    def events(self, after: int) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.call("GET", "/events", after=after)["events"]
        return found

    def acknowledge(self, up_to: int) -> None:
        self.call("POST", "/events/acknowledgements", {"up_to": up_to})

    def upload(self, vault: str, name: str) -> "Download":
        """A client's file, to be fetched."""
        return Download(self.http, f"/vaults/{vault}/uploads/{name}")


class Download:
    """A client's file on its way here; `name` is what it is called, once its first bytes came.

    Iterating gives the bytes, over a broken line from where it broke, and ends only when they are what the portal's
    digest says. Raises Unreachable, PortalRefused.
    """

    def __init__(self, http: httpx.Client, path: str) -> None:
        self.http, self.path, self.name = http, path, ""
        self.sum, self.passed = hashlib.sha256(), 0

    def __iter__(self) -> Iterator[bytes]:
        broken = ""
        for _ in range(TRIES):
            try:
                yield from self.rest()
                return
            except httpx.TransportError as error:
                broken = type(error).__name__
        raise Unreachable(broken)

    def rest(self) -> Iterator[bytes]:
        """What is not here yet."""
        headers = {"Range": f"bytes={self.passed}-"} if self.passed else {}
        with self.http.stream("GET", self.path, headers=headers) as answer:
            if answer.is_error:
                raise PortalRefused(answer.status_code, "")
            if answer.status_code != (httpx.codes.PARTIAL_CONTENT if self.passed else httpx.codes.OK):
                raise Unreachable(f"answer {answer.status_code}")
            self.name = file_name(answer.headers.get("Content-Disposition", ""))
            for chunk in answer.iter_bytes():
                self.sum.update(chunk)
                self.passed += len(chunk)
                yield chunk
            if answer.headers.get("Repr-Digest") != f"sha-256=:{base64.b64encode(self.sum.digest()).decode()}:":
                raise Unreachable("not the bytes the portal has")


def file_name(disposition: str) -> str:
    """The name in a Content-Disposition header (RFC 6266)."""
    return unquote(disposition.partition("filename*=UTF-8''")[2]) or "bestand"


def portal() -> Portal:
    """This office's portal."""
    return once_per_app("vault.portal", make)


def make() -> Portal:
    settings = plugin_settings("vault")
    key = settings.get("api_key") or mount_key("/kluis")
    headers = {"Authorization": f"Bearer {key}"}
    if url := settings.get("url"):
        return Portal(httpx.Client(base_url=f"{url.rstrip('/')}/api/v1", headers=headers, timeout=SECONDS))
    beside = next((mount for mount in mounts() if mount.path == "/kluis"), None)
    if beside is None:
        raise Unreachable("no portal: neither beside the CRM nor at an address")
    transport = httpx.WSGITransport(app=beside.app.wsgi_app)
    return Portal(httpx.Client(transport=transport, base_url=BESIDE, headers=headers, timeout=SECONDS))

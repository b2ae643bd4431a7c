"""What the connector says to a portal is as it is described, and what it hears is believed only as far as that."""

import hashlib
import json
from base64 import b64encode

import httpx
import pytest

from plugins.vault import client, links, operations, queries, sync
from plugins.vault.client import Portal, PortalRefused, Unreachable
from tests.plugins import description

pytestmark = pytest.mark.postgres
VERSION = {"version": "1.0", "kinds": {"person": 1, "request": 1}, "limits": {}, "features": [], "now": ""}
CONTENT = bytes(range(256)) * 1000
DIGEST = f"sha-256=:{b64encode(hashlib.sha256(CONTENT).digest()).decode()}:"


def portal_that(answers):
    """A portal that answers as this function of the request says."""
    transport = httpx.MockTransport(answers)
    return Portal(httpx.Client(transport=transport, base_url="http://portal/api/v1"))


@pytest.fixture
def heard(house, monkeypatch):
    """(method, path, body) of every call to the portal beside the CRM; each is as it is described."""
    calls, real = [], client.portal().http

    def listen(request):
        path = request.url.path.removeprefix("/api/v1")
        body = json.loads(request.content) if request.content else None
        description.check_asked(request.method, path, dict(request.url.params), body)
        calls.append((request.method, path, body))

    monkeypatch.setattr(real, "event_hooks", {"request": [listen], "response": []})
    return calls


def invited(office, work):
    """The account of Sanne, invited, with everything put that there is to put."""
    account = operations.invite(office.person, office.assistant)
    work()
    return queries.account_of(account.relation_id)


def test_what_is_put_asked_and_acknowledged_is_as_described(heard, office, ask, work):
    ask("payslip")
    account = invited(office, work)
    client.portal().show(account.name)
    client.portal().events(0)
    client.portal().acknowledge(0)
    client.portal().remove(account.name, "request", "stuk-0", 1)
    said = {(method, path.partition(account.name)[0]) for method, path, _body in heard}
    assert said >= {
        ("GET", "/"), ("PUT", "/office"), ("POST", "/vaults/"), ("PUT", "/vaults/"), ("GET", "/vaults/"),
        ("DELETE", "/vaults/"), ("GET", "/events"), ("POST", "/events/acknowledgements"),
    }  # fmt: skip
    assert {path.split("/")[4] for method, path, _body in heard if "/items/" in path} == {"person", "request"}


def test_what_the_portal_has_is_what_was_put(house, office, ask, work):
    ask("payslip")
    account = invited(office, work)
    there = client.portal().call("GET", f"/vaults/{account.name}/items")["items"]
    ours = {(one.kind, one.name): (one.version, one.digest) for one in queries.items_of(account).values()}
    assert {(one["kind"], one["ref"]): (one["version"], one["digest"]) for one in there} == {
        key: said for key, said in ours.items() if key != sync.INVITATION
    }


def kinds_at(account):
    """Kinds of what is in a vault now, as the portal says."""
    items = client.portal().call("GET", f"/vaults/{account.name}/items")["items"]
    return {one["kind"] for one in items if one["digest"]}


def test_a_kind_that_the_portal_does_not_list_is_neither_put_nor_taken_away(house, office, ask, work, monkeypatch):
    ask("payslip")
    monkeypatch.setattr(Portal, "kinds", lambda _portal: {"person"})
    account = invited(office, work)
    assert kinds_at(account) == {"person"}
    monkeypatch.undo()
    sync.push(account.id)
    work()
    assert kinds_at(account) == {"person", "request"}
    monkeypatch.setattr(Portal, "kinds", lambda _portal: set())
    monkeypatch.setattr(sync, "wanted_in", lambda _account: {})
    sync.push(account.id)
    work()
    assert kinds_at(account) == {"person", "request"}


@pytest.mark.parametrize(("version", "is_spoken"), [("1.0", True), ("1.7", True), ("2.0", False), ("10.0", False)])
def test_a_newer_minor_version_is_spoken_and_another_major_is_not(version, is_spoken):
    said = VERSION | {"version": version, "something": "new", "kinds": {"person": 3, "hologram": 1}}
    portal = portal_that(lambda _request: httpx.Response(200, json=said))
    if is_spoken:
        assert portal.kinds() == {"person", "hologram"}
    else:
        with pytest.raises(Unreachable):
            portal.kinds()


@pytest.mark.parametrize(("status", "error"), [(404, PortalRefused), (410, PortalRefused), (500, Unreachable)])
def test_a_problem_is_told_apart_from_no_answer(status, error):
    portal = portal_that(lambda _request: httpx.Response(status, json={"type": "about:blank", "status": status}))
    with pytest.raises(error):
        portal.show("v1")


def test_what_is_no_answer_of_a_portal_is_none():
    portal = portal_that(lambda _request: httpx.Response(200, text="<html>Inloggen op het wifi-netwerk</html>"))
    with pytest.raises(Unreachable):
        portal.show("v1")


def file_from(request, last, digest=DIGEST):
    """A file from where the range begins, up to `last`, where the line breaks."""
    start = int(request.headers.get("Range", "bytes=0-")[6:-1])

    def pieces():
        yield CONTENT[start:last]
        if last < len(CONTENT):
            raise httpx.ReadError("the line broke")

    headers = {"Repr-Digest": digest, "Content-Disposition": "attachment; filename*=UTF-8''loon%20strook.pdf"}
    return httpx.Response(206 if start else 200, headers=headers, content=pieces())


def test_a_file_comes_over_a_line_that_breaks_from_where_it_broke():
    ends, starts = iter([1000, 70_000, len(CONTENT)]), []

    def answer(request):
        starts.append(request.headers.get("Range"))
        return file_from(request, next(ends))

    file = portal_that(answer).upload("v1", "u1")
    assert b"".join(file) == CONTENT
    assert (file.name, starts) == ("loon strook.pdf", [None, "bytes=1000-", "bytes=70000-"])


def test_a_line_that_breaks_every_time_is_given_up():
    tries = []

    def answer(request):
        tries.append(request)
        return file_from(request, 1000)

    with pytest.raises(Unreachable):
        list(portal_that(answer).upload("v1", "u1"))
    assert len(tries) == client.TRIES


@pytest.mark.parametrize("digest", ["", DIGEST.replace("sha-256", "md5"), DIGEST[:-3] + "A=:"])
def test_bytes_that_are_not_what_the_portal_has_are_not_taken(digest):
    file = portal_that(lambda request: file_from(request, len(CONTENT), digest)).upload("v1", "u1")
    with pytest.raises(Unreachable):
        list(file)


def test_a_portal_that_begins_anew_in_the_middle_is_not_believed():
    ends = iter([1000, len(CONTENT)])

    def answer(request):
        request.headers.pop("Range", None)
        return file_from(request, next(ends))

    with pytest.raises(Unreachable):
        list(portal_that(answer).upload("v1", "u1"))


def test_a_file_that_is_gone_is_refused():
    with pytest.raises(PortalRefused):
        list(portal_that(lambda _request: httpx.Response(404)).upload("v1", "u1"))


def test_the_portal_knows_a_link_by_its_fingerprint_alone(heard, office, work):
    account = invited(office, work)
    token = links.token(account, account.generation)
    assert token not in str(heard)
    assert links.fingerprint(account, account.generation) in str(heard)

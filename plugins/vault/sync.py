"""What each vault should say, and putting there what differs."""

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from crm.plugin import Dossier, Refused, commit, hook, keep, lock, setting, tell
from plugins.vault import links, queries
from plugins.vault.client import Portal, PortalRefused, portal
from plugins.vault.models import VaultAccount, VaultItem
from plugins.vault.operations import mobile_of, what_is_missing
from plugins.vault.other import OTHER, about_other
from plugins.vault.person import about_person

Key = tuple[str, str]  # kind and name of an item
INVITATION: Key = ("invitation", "self")  # no item of the vault, but put and counted like one
Wanted = dict[Key, dict[str, Any]]


def push(account_id: int) -> None:
    """Job: bring one vault up to date. Late, doubled and crossing ones do no harm: each works out what is so now, and
    the portal keeps the highest version."""
    account: VaultAccount | None = lock(VaultAccount, account_id)
    if account is None or not account.generation:
        return
    name, generation = account.name, account.generation
    told = queries.items_of(account).get(INVITATION)
    invitation = invitation_of(account) if told is None or told.put_version < generation else None
    noted = list(note_changes(account))
    office = about_office()
    commit()
    there = portal()
    kinds = there.kinds()
    changed = [one for one in noted if one[0][0] in kinds]
    if invitation is not None:
        invite(there, name, invitation, office)
    for row_key, version, says in changed:
        put(there, name, row_key, version, says)
    account = lock(VaultAccount, account_id)
    if account is not None:
        note_put(account, [*((one, version) for one, version, _says in changed), (INVITATION, generation)])


def note_put(account: VaultAccount, put: list[tuple[Key, int]]) -> None:
    """Write down which version of each item the portal has; what a crossing job put meanwhile is not undone."""
    rows = queries.items_of(account)
    for row_key, version in put:
        row = rows.get(row_key) or VaultItem(account_id=account.id, kind=row_key[0], name=row_key[1], put_version=0)
        row.version, row.put_version = max(row.version or 0, version), max(row.put_version, version)
        keep(row)


def note_changes(account: VaultAccount) -> Iterator[tuple[Key, int, dict[str, Any] | None]]:
    """(item, its next version, what it says or None for gone) of everything that is not in the vault as it is now;
    the version is written down before it is put, so that it never serves two contents and is known to be missing."""
    wanted, rows = wanted_in(account), queries.items_of(account)
    rows.pop(INVITATION, None)
    for row_key in sorted({*wanted, *rows}):
        says = wanted.get(row_key)
        row = rows.get(row_key) or VaultItem(account_id=account.id, kind=row_key[0], name=row_key[1])
        sum_of = digest(says)
        if row.digest == sum_of and row.version and row.put_version == row.version:
            continue
        row.version, row.digest, row.put_version = (row.version or 0) + 1, sum_of, row.put_version or 0
        keep(row)
        yield row_key, row.version, says


def wanted_in(account: VaultAccount) -> Wanted:
    """Everything this vault should say now."""
    person = account.relation
    found: Wanted = {("person", "self"): about_person(person)}
    if other := about_other(person):
        found["request", OTHER] = other
    return found | {(kind, name): says for kind, name, says in tell(hook.vault_items, person=person)}


def who_can_be_invited() -> Dossier | None:
    """The first dossier of which nothing is missing to invite the client, and that asks him something."""
    for dossier in queries.asked_for():
        person = dossier.relation
        if not what_is_missing(person) and tell(hook.vault_items, person=person):
            return dossier
    return None


def digest(says: dict[str, Any] | None) -> str:
    """The digest of the vault protocol: SHA-256 of canonical JSON, empty for what is gone."""
    if says is None:
        return ""
    return hashlib.sha256(
        json.dumps(says, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
    ).hexdigest()


def invitation_of(account: VaultAccount) -> dict[str, Any]:
    """What the portal must know of the newest invitation. Raises Refused when there is nobody to send a code to."""
    person = account.relation
    if account.valid_until is None or not mobile_of(person):
        raise Refused("Zonder mobiel nummer kan niemand worden uitgenodigd.")
    contact = {
        "first_name": person.first_name or person.initials or person.surname,
        "email": person.email,
        "mobile": mobile_of(person),
        "form": "jij" if person.address_form == "je" else "u",
    }
    return {
        "generation": account.generation,
        "link": links.fingerprint(account, account.generation),
        "valid_until": account.valid_until.isoformat(),
        "contact": contact,
    }


def about_office() -> dict[str, Any]:
    """How the portal presents the office."""
    return {"name": setting("office.name"), "phone": setting("office.phone")}


def invite(there: Portal, name: str, invitation: dict[str, Any], office: dict[str, Any]) -> None:
    """Tell the portal of an invitation; one that is accepted already stays so."""
    there.put_office(office)
    try:
        there.invite(name, invitation)
    except PortalRefused as refusal:
        if refusal.status != 409:
            raise


def put(there: Portal, name: str, row_key: Key, version: int, says: dict[str, Any] | None) -> None:
    """Put one item, or take it away."""
    kind, item = row_key
    if says is None:
        there.remove(name, kind, item, version)
    else:
        there.put(name, kind, item, version, says)

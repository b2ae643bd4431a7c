"""What the beheerder does: users, vestigingen, API tokens."""

import re

import pytest

from crm import paths, records
from crm.accounts import queries
from crm.accounts.models import ApiToken, Branch, User
from crm.app import create_app
from crm.db import db
from tests.conftest import PASSWORD, log_in

NEW = "paard batterij nietje"


@pytest.fixture
def as_admin(client, admin):
    return log_in(client, admin)


def typed_user(user, **changes):
    """A user as his form sends him."""
    now = {"name": user.name, "email": user.email, "role": user.role, "version": user.version}
    return {**now, "branch_ids": user.branch_ids, **changes}


def link_in(answer):
    """The one-time link on the page, without the host."""
    return re.search(r'value="https?://[^/]+(/password/[^"]+)"', answer.text)[1]


def test_a_new_user_chooses_a_password_by_a_link_that_works_once(as_admin, branch, app):
    typed = {"name": "Nora Nieuw", "email": "Nora@kantoor.example", "role": "assistant", "branch_ids": [branch.id]}
    link = link_in(as_admin.post("/admin/users/new", data=typed))
    nora = app.test_client()
    assert "Kies een wachtwoord" in nora.get(link).text
    assert nora.post(link, data={"password": "kort"}).status_code == 422
    assert nora.post(link, data={"password": NEW}).headers["Location"] == "/login"
    assert nora.get(link).status_code == 404
    assert nora.post("/login", data={"email": "nora@kantoor.example", "password": NEW}).headers["Location"] == "/"


def test_a_user_needs_a_vestiging_and_an_address_of_his_own(as_admin, branch, admin):
    typed = {"name": "Nora", "email": admin.email, "role": "assistant"}
    answer = as_admin.post("/admin/users/new", data=typed)
    assert answer.status_code == 422 and "Kies minstens één vestiging" in answer.text and 'value="Nora"' in answer.text
    answer = as_admin.post("/admin/users/new", data={**typed, "branch_ids": [branch.id]})
    assert answer.status_code == 422 and "Er is al een gebruiker" in answer.text


def test_the_last_beheerder_stays(as_admin, admin, assistant):
    answer = as_admin.post(f"/admin/users/{admin.id}", data=typed_user(admin, role="assistant"))
    assert answer.status_code == 422 and "enige beheerder" in answer.text
    page = as_admin.post(f"/admin/users/{admin.id}/enabled", data={"on": "0"}, follow_redirects=True)
    assert "U kunt uzelf niet uitschakelen" in page.text
    assert db.session.get(User, admin.id).is_enabled


def test_who_is_switched_off_is_out_and_stays_in_the_list(as_admin, assistant, app):
    theirs = log_in(app.test_client(), assistant)
    assert theirs.get("/").status_code == 200
    as_admin.post(f"/admin/users/{assistant.id}/enabled", data={"on": "0"})
    assert theirs.get("/").status_code == 302
    typed = {"email": assistant.email, "password": PASSWORD}
    assert "klopt niet" in app.test_client().post("/login", data=typed).text
    assert assistant.name in as_admin.get("/admin/users").text


def test_other_branches_end_the_session_and_are_kept_in_the_chain(as_admin, assistant, other_branch, app):
    from crm.audit.models import AuditEntry

    theirs = log_in(app.test_client(), assistant)
    as_admin.post(f"/admin/users/{assistant.id}", data=typed_user(assistant, branch_ids=[other_branch.id]))
    assert theirs.get("/").status_code == 302
    assert db.session.get(User, assistant.id).branch_ids == [other_branch.id]
    entry = db.session.query(AuditEntry).order_by(AuditEntry.id.desc()).first()
    assert entry.fields["branches"] == [["Utrecht"], ["Zwolle"]]


def test_two_beheerders_edit_one_user_and_lose_nothing(as_admin, admin, assistant):
    mine = typed_user(assistant, name="Marieke de Bakker")
    assistant.name = "Marieke Bakker-Smit"
    records.save(assistant, admin)
    records.commit()
    answer = as_admin.post(f"/admin/users/{assistant.id}", data=mine)
    assert answer.status_code == 409
    assert "Marieke de Bakker" in answer.text and "Marieke Bakker-Smit" in answer.text
    newer = re.search(r'name="version"[^>]*value="(\d+)"', answer.text)[1]
    assert int(newer) == mine["version"] + 1
    assert as_admin.post(f"/admin/users/{assistant.id}", data={**mine, "version": newer}).status_code == 302
    assert db.session.get(User, assistant.id).name == "Marieke de Bakker"


def test_reset_takes_the_old_password_away(as_admin, assistant, app):
    link = link_in(as_admin.post(f"/admin/users/{assistant.id}/reset-password"))
    theirs = app.test_client()
    typed = {"email": assistant.email, "password": PASSWORD}
    assert theirs.post("/login", data=typed).status_code == 422
    assert theirs.post(link, data={"password": NEW}).status_code == 302
    assert theirs.post("/login", data={**typed, "password": NEW}).status_code == 302


def test_a_link_is_of_the_address_of_the_office(as_admin, assistant, app, monkeypatch):
    monkeypatch.setitem(app.config, "BASE_URL", "https://crm.kantoor.example")
    answer = as_admin.post(f"/admin/users/{assistant.id}/reset-password")
    assert 'value="https://crm.kantoor.example/password/' in answer.text


def test_a_forged_host_is_refused(client, tmp_path):
    behind = {"BASE_URL": "https://crm.kantoor.example", "SESSION_COOKIE_SECURE": True, "MAIL_SINK": False}
    office = create_app(paths.config() / "testing.toml", DATA=str(tmp_path), **behind)
    forged = office.test_client().get("/login", headers={"Host": "evil.example"})
    assert forged.status_code == 400 and "evil.example" not in forged.text
    assert office.test_client().get("/login", headers={"Host": "crm.kantoor.example"}).status_code == 200


def test_a_branch_is_made_edited_and_taken_out_of_use_but_not_the_last(as_admin, branch):
    typed = {"name": "Zwolle", "postal_code": "8011 pk", "phone": "038 1234567", "is_active": "y"}
    assert as_admin.post("/admin/branches/new", data=typed).status_code == 302
    made = queries.branch_named("Zwolle")
    assert (made.postal_code, made.phone) == ("8011PK", "+31381234567")
    answer = as_admin.post("/admin/branches/new", data=typed)
    assert answer.status_code == 422 and "Er is al een vestiging" in answer.text
    assert as_admin.post(f"/admin/branches/{made.id}", data={"name": "Zwolle"}).status_code == 302
    answer = as_admin.post(f"/admin/branches/{branch.id}", data={"name": "Utrecht"})
    assert answer.status_code == 422 and "enige vestiging" in answer.text
    assert db.session.get(Branch, branch.id).is_active


def test_wrong_values_of_a_branch_are_said_at_the_field_and_kept(as_admin, branch):
    answer = as_admin.post("/admin/branches/new", data={"name": "X", "postal_code": "12", "phone": "zes"})
    assert answer.status_code == 422
    assert "geen postcode" in answer.text and "geen telefoonnummer" in answer.text
    assert 'value="12"' in answer.text and 'value="zes"' in answer.text


def test_a_token_is_shown_once_and_revoked_at_once(as_admin, admin):
    answer = as_admin.post("/admin/tokens", data={"name": "website", "scopes": ["search"], "days": "30"})
    text = re.search(r'value="(sleutel_[^"]+)"', answer.text)[1]
    assert queries.by_token(text).user.id == admin.id
    assert text not in as_admin.get("/admin/tokens").text
    token = db.session.query(ApiToken).one()
    assert text not in token.digest
    as_admin.post(f"/admin/tokens/{token.id}/revoke")
    assert queries.by_token(text) is None


def test_a_token_without_a_right_is_refused(as_admin):
    answer = as_admin.post("/admin/tokens", data={"name": "website", "days": "30"})
    assert answer.status_code == 422 and "minstens één recht" in answer.text
    answer = as_admin.post("/admin/tokens", data={"name": "website", "scopes": ["alles"], "days": "30"})
    assert answer.status_code == 422 and db.session.query(ApiToken).count() == 0


def test_only_a_teams_link_of_microsoft_is_taken(as_assistant, assistant):
    typed = {"name": "Marieke", "language": "nl", "theme": "dark", "teams_url": "https://teams.microsoft.com.evil.nl/x"}
    answer = as_assistant.post("/account", data=typed)
    assert answer.status_code == 422 and "Plak een Teams-link" in answer.text and "evil.nl" in answer.text
    for broken in ("\r\nX: y", "\ty", " y", "\u2028y"):
        typed["teams_url"] = f"https://teams.microsoft.com/l/x{broken}"
        assert as_assistant.post("/account", data=typed).status_code == 422
    typed["teams_url"] = "https://teams.microsoft.com/l/meetup-join/19"
    assert as_assistant.post("/account", data=typed).status_code == 302
    assert db.session.get(User, assistant.id).teams_url == typed["teams_url"]
    assert 'data-theme="dark"' in as_assistant.get("/account").text


@pytest.mark.parametrize("address", ["/admin/users", "/admin/branches", "/admin/tokens"])
def test_lists_take_the_same_few_statements_however_long(as_admin, admin, branch, statements, address):
    as_admin.get(address)
    statements.clear()
    as_admin.get(address)
    few = len(statements)
    for number in range(20):
        more = records.save(Branch(name=f"Vestiging {number}"), None)
        own = {"email": f"{number}@kantoor.example", "name": f"N {number}", "password_hash": "", "session_key": ""}
        records.save(User(**own, branches=[branch, more]), None)
        records.keep(ApiToken(name=str(number), digest=str(number), scopes="search", user=admin))
    records.commit()
    as_admin.get("/")
    statements.clear()
    as_admin.get(address)
    assert len(statements) == few <= 8


def test_the_frame_costs_two_statements(as_assistant, statements):
    as_assistant.get("/login/again")
    db.session.remove()  # as a request of a real server begins
    statements.clear()
    as_assistant.get("/login/again")
    assert len(statements) <= 2, "\n\n".join(statements)

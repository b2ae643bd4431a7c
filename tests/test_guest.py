"""A guest that answers every hook: each answer shows where it should, and the house stands without it."""

import re
from importlib import import_module
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from crm import access, demo, hookspecs, host, migrate, paths, records, ui
from crm.app import create_app
from crm.db import db
from crm.feed import operations as feed
from crm.host import PluginError
from crm.mail import placeholders
from crm.records import Refused
from crm.search import operations as search_operations
from crm.search import queries as search
from crm.settings import setting
from tests.conftest import PASSWORD, log_in, make_branch, make_user
from tests.guest import hooks as guest

PLUGINS = (paths.checkout() or paths.PACKAGE) / "plugins"
QUESTIONS = [
    hookspecs,
    *(import_module(f"plugins.{path.parent.name}.hookspecs") for path in PLUGINS.glob("*/hookspecs.py")),
]
SPECS = {name: spec for questions in QUESTIONS for name, spec in vars(questions).items() if hasattr(spec, "crm_spec")}
HOOKS = set(SPECS)


def test_guest_answers_every_hook():
    answered = {name for name, thing in vars(guest).items() if hasattr(thing, "crm_impl")}
    assert answered == HOOKS


@pytest.fixture(scope="module")
def guest_house(tmp_path_factory):
    """A house with the guest in it."""
    guest.heard.clear()
    app = create_app(
        paths.config() / "testing.toml",
        guests={"guest": guest},
        PLUGINS=["guest"],
        DATA=str(tmp_path_factory.mktemp("guest")),
        SERVER_NAME="localhost",
    )
    with app.app_context():
        migrate.upgrade()
        db.session.remove()
    yield app
    with app.app_context():
        db.disconnect()


@pytest.fixture
def visited(guest_house):
    """The house with the guest, within an app context; what a test writes is dropped."""
    with guest_house.app_context():
        yield guest_house
        records.rollback()
        db.session.remove()


@pytest.fixture
def host_user(visited):
    """An assistant of a vestiging, kept."""
    number = len(guest.heard)
    return make_user(visited, f"Anne {number}", "assistant", make_branch(f"Vestiging {number}"))


def test_its_page_menu_actions_and_panels_are_there(visited, host_user):
    client = log_in(visited.test_client(), host_user)
    assert client.get("/guest").text == "hello from the guest"
    home = client.get("/").text
    assert "De gast zit in start." in home
    assert "Mijn gast" in home
    assert ">Gast<" in home.replace("</svg>", ">")
    with visited.test_request_context():
        assert [action.label for action in ui.actions(host_user, host_user)][-1] == "Gast groeten"


def test_it_may_say_no_to_a_permission(visited, host_user):
    adviser = make_user(visited, f"Bas {len(guest.heard)}", "adviser")
    assert access.allowed(host_user, "guest.visit")
    assert not access.allowed(adviser, "guest.visit")
    assert log_in(visited.test_client(), adviser).get("/guest").status_code == 403


def test_it_hears_of_saves_and_may_refuse_them(visited, host_user):
    about = ("branch", host_user.branches[0].id)
    feed.register(about, "Gewone tekst", False, host_user)
    assert ("saved", [("create", "post")]) in guest.heard
    with pytest.raises(Refused, match="staat dit woord niet toe"):
        feed.register(about, "Een verboden woord", False, host_user)


def test_it_may_know_what_a_record_was(visited, host_user):
    assert records.changed_since(host_user, 0) == {"name": "zoals de gast het zag"}
    assert records.changed_since(host_user, host_user.version) is None


def test_it_may_hold_a_field(visited, host_user):
    branch = host_user.branches[0]
    branch.city = "Elders"
    with pytest.raises(Refused, match="De gast houdt dit vast"):
        records.save(branch, host_user)


def test_its_settings_jobs_and_commands_are_there(visited):
    from crm.cli import main as command_line
    from crm.jobs import queue

    assert setting("guest.greeting") == "hallo"
    queue.jobs()["guest.work"].run(7)
    assert ("job", [7]) in guest.heard
    assert ("content", []) in guest.heard
    [said] = [found for found in guest.commands() if found.name == "guest"]
    assert CliRunner().invoke(said).output == "hello from the guest\n"
    assert callable(command_line)


def test_its_application_stands_beside_the_house_with_tables_of_its_own(visited):
    assert visited.test_client().get("/guest-book/").text == "the guest book"
    assert ("upgraded", []) in guest.heard
    assert migrate.behind() == []


def test_its_watch_and_its_purpose_of_mails_are_there(visited):
    from crm.jobs import watching
    from crm.mail.purposes import purposes

    [watch] = watching.watches()
    watching.look_once(visited, watch)
    assert ("looked", []) in guest.heard
    assert purposes()["guest_invitation"] == "Uitnodiging van de gast"


def test_its_records_are_found(visited, host_user):
    branch = host_user.branches[0]
    search_operations.reindex([("branch", branch.id)])
    assert [(hit.kind, hit.id) for hit in search.search("zilvervos", host_user)] == [("branch", branch.id)]


def test_its_words_options_steps_and_preparation_are_offered(visited, host_user):
    from crm.activities import queries as activities
    from crm.dossiers import preparing
    from crm.workflows import queries as workflows

    assert placeholders.known(None, None, host_user)["gast.naam"].value == "Gijs"
    assert "guest.option" in {option.key for option in activities.options(None, host_user)}
    assert "guest.greet" in workflows.actions()
    dossier = SimpleNamespace(id=7, ticks=[], applicants=[])
    assert "gast komt nog" in [item.detail for item in preparing.preparation(dossier)]


def test_it_hears_who_logs_in_and_who_takes_a_list_along(visited, host_user):
    client = visited.test_client()
    client.post("/login", data={"email": host_user.email, "password": PASSWORD})
    assert client.get("/relations/export.csv").status_code == 200
    assert ("happened", ["login", "login"]) in guest.heard and ("happened", ["relation", "export"]) in guest.heard


def test_it_fills_a_demo_office(visited, monkeypatch):
    monkeypatch.setattr(records, "commit", lambda: None)
    demo.make(visited)
    assert ("demo", [demo.ANNA]) in guest.heard


def test_its_types_of_documents_are_offered_and_it_hears_of_a_checked_file(visited, host_user):
    from crm.documents import operations as documents
    from crm.documents import queries, storage

    assert queries.type_names() == {"guestbook": "Gastenboek"}
    file, before = storage.sealer().keep([b"%PDF-1.7"]), len(guest.heard)
    made = documents.receive(records.ref(host_user.branches[0]), "gasten.pdf", file, host_user)
    assert ("document", [made.id]) not in guest.heard[before:]
    documents.accept(made.newest, documents.Checked("application/pdf", "application/pdf", 1), None)
    assert ("document", [made.id]) in guest.heard[before:]
    assert [note.text for note in queries.notes_of([made], host_user)[made.id]] == ["Gast las gasten"]
    documents.refuse(made.newest, "virus")
    assert ("refused", [made.id]) in guest.heard[before:]


def test_it_hears_of_what_becomes_public_and_no_longer_is_whichever_way(visited, host_user):
    from crm.documents import operations as documents
    from crm.documents import storage

    made = []
    for name in ("een", "twee"):
        file = storage.sealer().keep([b"%PDF-1.7"])
        made.append(documents.receive(records.ref(host_user.branches[0]), f"{name}.pdf", file, host_user))
        documents.accept(made[-1].newest, documents.Checked("application/pdf", "application/pdf", 1), None)
    first, second = ids = [document.id for document in made]
    before = len(guest.heard)
    for document in made:
        documents.set_public(document, True, host_user)
    documents.set_public(made[0], True, host_user)
    documents.edit(made[0], {"name": "nog een"}, host_user, None)
    documents.hide(made, host_user)
    documents.set_public(made[1], True, host_user)
    documents.remove(made[1], host_user)
    documents.remove(made[0], host_user)
    assert [found for name, found in guest.heard[before:] if name == "shared"] == [
        [(first, True)],
        [(second, True)],
        [(number, False) for number in ids],
        [(second, True)],
        [(second, False)],
    ]


def test_its_options_are_offered_on_the_planning_screen_and_done(visited, host_user):
    """Also for a client and a dossier that are yet to be made."""
    from crm.activities.models import Appointment
    from crm.dossiers.queries import lead_sources

    adviser = make_user(visited, f"Cor {len(guest.heard)}", "adviser", *host_user.branches)
    client, address = log_in(visited.test_client(), host_user), "/planning/orientation"
    assert re.search('value="guest.option">.*Gast uitnodigen', client.get(address).text), "offered, not ticked"
    person = {"title": "ms", "first_name": "Sanne", "surname": "Vries", "birth_date": "1990-05-04", "city": "Utrecht"}
    person |= {"phone": "0641576326", "email": "sanne@voorbeeld.nl", "postal_code": "3511AB", "house_number": "12"}
    person |= {"street": "Oudegracht", "country": "NL", "address_form": "u", "branch_id": host_user.branch_ids[0]}
    dossier = {"dossier_type": "home_purchase", "profile": "starter", "branch_id": host_user.branch_ids[0]}
    talk = {"adviser": adviser.id, "place": "office", "slot": "own", "day": "2030-05-06", "starts": "10:00"}
    typed = {
        "new_client": "1",
        **{f"client-{name}": value for name, value in person.items()},
        **{f"dossier-{name}": value for name, value in (dossier | {"lead_source_id": lead_sources()[0].id}).items()},
        **talk,
        "branch": host_user.branch_ids[0],
        "options": "guest.option",
        "offered": "guest.option,dossier_intake",
        "do": "plan",
    }
    assert client.post(address, data=typed).status_code == 302
    assert ("option", [db.session.query(Appointment).one().id]) in guest.heard


class Wrapper:
    """A plugin that wants to stand around everyone's answer."""

    @staticmethod
    @hookspecs.impl(wrapper=True)
    def menu_items(user):
        return (yield)


class Misspelt:
    """A plugin that answers a question nobody asks."""

    @staticmethod
    @hookspecs.impl
    def menu_itemz(user):
        return []


spec, impl = hookspecs.spec(hookspecs.NOTHING), hookspecs.impl


class Echo:
    """A plugin that asks what the house asks already."""

    class hookspecs:
        @staticmethod
        @spec
        def menu_items(user): ...


class Curious:
    """A plugin with a question of its own, which it answers too."""

    class hookspecs:
        @staticmethod
        @spec
        def how_is_it(subject): ...

    @staticmethod
    @impl
    def how_is_it(subject):
        return f"fine, {subject}"


class Listener:
    """Another that answers it, and starts without it too."""

    @staticmethod
    @impl(optionalhook=True)
    def how_is_it(subject):
        return f"{subject} too"


class Deaf:
    """One that answers it with words it does not say."""

    @staticmethod
    @impl(optionalhook=True)
    def how_is_it(weather):
        return weather


GUESTS = {"curious": Curious, "listener": Listener, "deaf": Deaf}


@pytest.mark.parametrize("order", [["curious", "listener"], ["listener", "curious"]])
def test_a_plugin_asks_a_question_of_its_own_and_others_answer(order):
    manager = host.load((), order, GUESTS)
    assert set(manager.hook.how_is_it(subject="you")) == {"fine, you", "you too"}


def test_who_answers_a_question_starts_without_its_plugin():
    manager = host.load((), ["listener"], GUESTS)
    assert not manager.hook.how_is_it.has_spec()


@pytest.mark.parametrize("order", [["curious", "deaf"], ["deaf", "curious"]])
def test_an_answer_that_does_not_fit_the_question_of_a_plugin_is_refused(order):
    with pytest.raises(PluginError, match="deaf"):
        host.load((), order, GUESTS)


@pytest.mark.parametrize("plugin", [Wrapper, Misspelt, Echo])
def test_a_plugin_that_does_not_fit_is_refused_at_the_door(plugin, tmp_path):
    with pytest.raises(PluginError, match="odd"):
        create_app(paths.config() / "testing.toml", guests={"odd": plugin}, PLUGINS=["odd"], DATA=str(tmp_path))


def test_a_plugin_that_is_not_installed_is_named(tmp_path):
    with pytest.raises(PluginError, match="enabled but not installed: nowhere"):
        create_app(paths.config() / "testing.toml", PLUGINS=["nowhere"], DATA=str(tmp_path))


def test_a_failing_panel_is_left_out_and_the_page_stays(visited, host_user, monkeypatch):
    def broken(subject, user, place):
        raise ValueError("the guest fell over")

    [impl] = [found for found in visited.extensions["crm"].hook.panels.get_hookimpls() if found.plugin_name == "guest"]
    monkeypatch.setattr(impl, "function", broken)
    page = log_in(visited.test_client(), host_user).get("/")
    assert page.status_code == 200
    assert "De gast zit in start." not in page.text

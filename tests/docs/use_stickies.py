"""Uses the tutorial's plugin in a house of its own: `use_stickies.py DATA OFFICE_TEMPLATES`. Prints "works"."""

import datetime as dt
import sys
from types import SimpleNamespace

from sqlalchemy import select

import crm
from crm import migrate, paths, records
from crm.accounts import operations as accounts
from crm.accounts import sessions
from crm.app import create_app
from crm.db import db
from crm.hookspecs import impl
from crm.host import hook
from crm.relations.models import Relation


def house(plugins, **settings):
    return create_app(
        paths.config() / "testing.toml", DATA=sys.argv[1], SERVER_NAME="localhost", PLUGINS=plugins, **settings
    )


def prepare(app):
    """Tables, a user and a relation; gives the cookie of his session and its id."""
    with app.app_context():
        migrate.upgrade()
        branch = accounts.create_branch("Utrecht")
        passwords = accounts.hasher(8, 1)
        user = accounts.create_user(
            "a@kantoor.example", "Anne", "een-lang-geheim-zinnetje", branches=[branch], passwords=passwords
        )
        relation = records.save(Relation(surname="Jansen", branch_id=branch.id), user)
        cookie = f"{user.id}.{sessions.begin(user, '')}"
        records.commit()
        return cookie, relation.id


def page(app, cookie, relation_id, **posted):
    """The relation's page, after putting a note on it when one is given."""
    client = app.test_client()
    with client.session_transaction() as session:
        session["_user_id"], session["_fresh"] = cookie, True
    if posted:
        assert client.post(f"/stickies/relation/{relation_id}", data=posted).status_code == 302
    answer = client.get(f"/relations/{relation_id}")
    assert answer.status_code == 200, answer.text
    return answer.text


def main():
    print(crm.__file__)
    on = house(["stickies"])
    cookie, relation_id = prepare(on)
    assert "Melk halen" in page(on, cookie, relation_id, text="Melk halen", days="1")

    assert "Melk halen" not in page(house([]), cookie, relation_id)
    assert "/stickies/" not in {str(rule) for rule in house([]).url_map.iter_rules()}
    assert "Op de koelkast" in page(house(["stickies"], TEMPLATES=sys.argv[2]), cookie, relation_id)

    from stickies import operations
    from stickies.models import Sticky

    with house(["document_types", "stickies"]).app_context():
        relation = db.session.get(Relation, relation_id)
        stuk = SimpleNamespace(dossier=relation, dossier_id=0, title="Loonstrook", status="rejected")
        hook.request_changed(changes=[SimpleNamespace(request=stuk, was={"status": "submitted"})], user=None)
        said = db.session.scalars(select(Sticky.text)).all()
        assert said == ["Melk halen", "Bel over Loonstrook"]
        records.rollback()
        db.session.remove()

    class Listener:
        heard = []

        @impl(optionalhook=True)
        def notes_cleared(self, notes):
            self.heard.append(len(notes))

    on.extensions["crm"].register(Listener(), "listener")
    with on.app_context():
        note = db.session.scalars(select(Sticky)).one()
        note.until = dt.date.today() - dt.timedelta(days=1)
        records.save(note, None)
        operations.clear()
        records.commit()
        assert db.session.scalars(select(Sticky)).all() == [] and Listener.heard == [1]
        db.session.remove()
        migrate.check()
    print("works")


if __name__ == "__main__":
    main()

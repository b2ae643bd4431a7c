"""The bar: badges are counted together."""

from sqlalchemy import literal_column, select, text

from crm.db import db
from crm.hookspecs import impl
from crm.ui import MenuItem, counted


def test_badges_are_counted_in_one_statement(app, statements):
    items = [
        MenuItem("a", "/a", "x", badge=select(literal_column("3"))),
        MenuItem("b", "/b", "x", badge=4),
        MenuItem("c", "/c", "x", badge=select(literal_column("5"))),
    ]
    assert [item.badge for item in counted(items)] == [3, 4, 5]
    assert len(statements) == 1


def test_a_badge_that_fails_leaves_the_bar_standing(app, caplog):
    items = [MenuItem("a", "/a", "x", badge=select(literal_column("nonsense"))), MenuItem("b", "/b", "x", badge=4)]
    assert [item.badge for item in counted(items)] == [0, 4]
    assert counted([MenuItem("a", "/a", "x", badge=select(literal_column("3")))])[0].badge == 3


class Broken:
    """A plugin whose every question to the database fails."""

    @staticmethod
    @impl
    def menu_items(user):
        return db.session.scalars(text("SELECT nothing FROM nowhere"))

    @staticmethod
    @impl
    def panels(subject, user, place):
        return db.session.scalars(text("SELECT nothing FROM nowhere"))


def test_a_plugin_whose_query_fails_leaves_the_page_standing(app, as_assistant, caplog):
    plugins = app.extensions["crm"]
    plugins.register(Broken, "broken")
    try:
        page = as_assistant.get("/relations/create")
        again = as_assistant.post("/relations/create", data={"surname": "Zilvervos"})
    finally:
        plugins.unregister(name="broken")
    assert page.status_code == 200 and "Takenlijst" in page.text
    assert again.status_code == 422 and "Zilvervos" in again.text and "Takenlijst" in again.text
    assert "menu_items of broken failed" in caplog.text

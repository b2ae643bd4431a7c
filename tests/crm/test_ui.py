"""The bar: badges are counted together."""

from sqlalchemy import literal_column, select

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

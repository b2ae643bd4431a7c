"""Definitions: those of the house are good, and what is wrong with a bad one is said."""

import pytest

from crm.workflows import definitions, queries
from crm.workflows.definitions import DefinitionError

GOOD = """
key = "example"
version = 1
title = "Voorbeeld"
service_kinds = ["mortgage_advice"]

[[steps]]
key = "one"
title = "Een"
action = "core.check_appointment"

[[steps]]
key = "two"
title = "Twee"
action = "core.create_task"
options = { title = "Bellen" }
"""


def check(text, actions=None):
    definition = definitions.parse("example.toml", text)
    definitions.check_actions(definition, queries.actions() if actions is None else actions, ["mortgage_advice"])
    return definition


def test_the_house_has_good_ones(app):
    found = queries.current_definitions()
    assert [step.title for step in found["orientation"].steps] == [
        "Afspraak plannen", "Bevestiging sturen", "Status → Intake", "Klant nabellen",
    ]  # fmt: skip


def test_a_step_goes_on_to_the_one_below_it(app):
    assert [step.next for step in check(GOOD).steps] == ["two", ""]
    assert definitions.from_data(check(GOOD).as_data()) == check(GOOD)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('key = "example"', "", "key ontbreekt"),
        ("version = 1", "version = -1", "version moet 1"),
        ("version = 1", 'version = 1\nproduct_kinds = ["boat"]', "onbekend product boat"),
        ("version = 1", 'version = "1"', "version moet int zijn"),
        ('title = "Voorbeeld"', 'titel = "Voorbeeld"', "title ontbreekt"),
        ('title = "Een"', 'title = "Een"\nkleur = "rood"', "stap one: onbekend veld kleur"),
        ('key = "two"', 'key = "one"', "staat er twee keer"),
        ('title = "Twee"', 'title = "Twee"\nnext = "one"', "komt weer bij zichzelf uit"),
        ('title = "Twee"', 'title = "Twee"\nnext = "drie"', "next wijst naar 'drie'"),
        ('title = "Een"', 'title = "Een"\nnext = ""', "stap two wordt nooit bereikt"),
        ('title = "Een"', 'title = "Een"\nwhen = { colour = ["red"] }', "when kent alleen"),
        ('title = "Een"', 'title = "Een"\nwhen = { status = "intake" }', "moet een lijst"),
        ("core.check_appointment", "core.fly", "onbekende actie 'core.fly'"),
        ('{ title = "Bellen" }', "{ days = 1 }", "options moet title hebben"),
        ('["mortgage_advice"]', '["plumbing"]', "onbekende dienst plumbing"),
        ("version = 1", "version = = 1", "geen goede TOML"),
    ],
)
def test_what_is_wrong_is_said(app, old, new, said):
    assert old in GOOD
    with pytest.raises(DefinitionError, match=said):
        check(GOOD.replace(old, new, 1))


def test_two_files_with_one_key_are_refused(tmp_path):
    for name in ("a.toml", "b.toml"):
        (tmp_path / name).write_text(GOOD, "utf-8")
    with pytest.raises(DefinitionError, match=r"b\.toml: er is al een workflow"):
        definitions.read(tmp_path)


def test_a_definition_of_a_plugin_that_is_off_is_left_out(app):
    definition = definitions.parse("vault.toml", GOOD.replace("core.create_task", "vault.invite"))
    assert queries.absent_offerers(definition) == {"vault"}
    assert queries.absent_offerers(definitions.parse("x", GOOD.replace("core.create_task", "core.fly"))) == set()

"""The status path: that of the domain, what must hold whatever an office makes of it, what is wrong with a bad one."""

import re

import pytest

from crm.dossiers import status_path
from crm.dossiers.status_path import StatusPath, parse
from crm.records import Refused

GOOD = """
[[statuses]]
key = "orienting"
title = "Begin"
phase = "Begin"
meaning = "orienting"
steps = [{ to = "intake" }, { to = "busy" }, { to = "gone" }]

[[statuses]]
key = "intake"
title = "Gesprek"
phase = "Gesprek"
meaning = "intake"
steps = [{ to = "orienting" }]

[[statuses]]
key = "busy"
title = "Bezig"
phase = "Werk"
in_order = true
steps = [{ to = "gone", guards = ["confirmation"] }, { to = "intake" }]

[[statuses]]
key = "done"
title = "Klaar"
phase = "Klaar"
meaning = "closed"
in_order = true
steps = [{ to = "busy" }]

[[statuses]]
key = "gone"
title = "Weg"
meaning = "cancelled"
"""


def test_the_table_is_that_of_the_domain():
    path = status_path.starting_path()
    assert [one.key for one in path.on_path()] == [
        "orienting", "intake", "advice", "application", "interest_offer", "collecting", "binding_offer",
        "final_approval", "closing", "aftercare", "closed",
    ]  # fmt: skip
    assert path.needs("orienting", "intake") == {"appointment"}
    assert path.needs("orienting", "application") is None
    assert path.needs("intake", "orienting") == {"no_appointment"}
    assert path.needs("orienting", "advice") == path.needs("intake", "advice") == {"assistant"}
    assert path.needs("advice", "application") == set()
    assert path.needs("advice", "binding_offer") == {"confirmation"}
    assert path.needs("advice", "intake") == path.needs("binding_offer", "collecting") == {"reason"}
    assert path.needs("binding_offer", "advice") is None
    assert path.needs("advice", "declined") is None
    assert path.needs("final_approval", "declined") == path.needs("application", "declined") == {"reason"}
    assert path.needs("declined", "advice") == set() and path.needs("declined", "cancelled") == {"reason"}
    assert path.needs("closed", "cancelled") is None
    for ended in ("closed", "cancelled"):
        assert path.needs(ended, "intake") == {"admin", "reason"}
    assert set(path.statuses) - set(path.open_keys) == {"closed", "cancelled"}


def test_what_must_hold_needs_no_writing_down():
    path = parse(GOOD)
    assert path.needs("orienting", "intake") == {"appointment"} and path.needs("intake", "orienting") == {
        "no_appointment"
    }
    assert path.needs("orienting", "busy") == {"assistant"}
    assert path.needs("orienting", "gone") == {"reason"}
    assert path.needs("busy", "gone") == {"confirmation", "reason"}
    assert path.needs("busy", "intake") == {"reason"}
    assert path.needs("done", "busy") == {"admin", "reason"}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('meaning = "orienting"', "", "precies één status zijn met betekenis orienting"),
        ('meaning = "intake"', 'meaning = "orienting"', "precies één status zijn met betekenis orienting"),
        ('meaning = "closed"', "", "in gebruik zijn met betekenis closed"),
        ('meaning = "cancelled"', 'meaning = "weg"', "status gone: onbekende meaning 'weg'"),
        ('{ to = "orienting" }', '{ to = "orienting", guards = ["fly"] }', "stap naar orienting: onbekende guard fly"),
        ('{ to = "orienting" }', '{ to = "mars" }', "stap naar onbekende status mars"),
        ('{ to = "orienting" }', '{ from = "orienting" }', "een stap heeft to"),
        ('{ to = "orienting" }', '{ to = "gone" }', "tussen Oriënteren en Intake zijn nodig"),
        ('{ to = "busy" }, { to = "gone" }', '{ to = "gone" }', "De status Bezig is niet te bereiken"),
        ('title = "Klaar"', 'title = "bezig"', "Er is al een status bezig"),
        ('title = "Klaar"', "", "status done: title ontbreekt"),
        ('title = "Klaar"', 'title = "Klaar"\nkleur = "rood"', "onbekend veld kleur"),
        ('key = "intake"', 'key = "busy"', "status busy staat er twee keer"),
        ('phase = "Klaar"', 'phase = "Begin"', "fase Begin staan niet bij elkaar"),
        ("[[statuses]]", "[[statussen]]", "statuses ontbreekt"),
        ("[[statuses]]", "[[statuses", "geen goede TOML"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(old, new, said):
    assert old in GOOD
    with pytest.raises(ValueError, match="^dossier_statuses.toml: .*" + re.escape(said)):
        parse(GOOD.replace(old, new))


def test_a_status_without_a_way_out_is_refused():
    lost = GOOD + '[[statuses]]\nkey = "lost"\ntitle = "Kwijt"\n'
    with pytest.raises(ValueError, match="Uit de status Kwijt is geen stap verder"):
        parse(lost.replace('{ to = "busy" }, ', '{ to = "busy" }, { to = "lost" }, '))


def test_the_fixed_two_stand_in_front():
    statuses = list(parse(GOOD))
    with pytest.raises(Refused, match="staan vooraan"):
        StatusPath([status_path.Status("early", "Vroeg", weight=1), *statuses]).check()


def test_the_arrows_of_the_path():
    path = status_path.starting_path()
    arrows = path.phases("collecting")
    assert [label for label, _state, _to in arrows] == [
        "Oriënteren", "Intake", "Advies", "Aanvraag", "Stukken compleet maken", "Passeren", "Nazorg",
    ]  # fmt: skip
    assert [state for _label, state, _to in arrows] == ["done"] * 4 + ["now"] + ["later"] * 2
    assert {state for _label, state, _to in path.phases("cancelled")} == {"later"}

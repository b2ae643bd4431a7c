"""Several checklists as one: no doubles, alternatives, what comes instead of what."""

import pytest

from plugins.document_types import queries
from plugins.document_types.combining import combine


@pytest.fixture
def asked(app):
    """What some templates ask together, in words: "a", or "a+b | c" for a choice."""
    templates = queries.templates_by_key()

    def ask(*keys, situations=()):
        found = combine([templates[key] for key in keys], situations)
        return [" | ".join("+".join(one.key for one in option) for option in row.options) for row in found]

    return ask


def test_two_lists_ask_nothing_twice(asked):
    found = asked("talk", "starter_talk", "purchase_application")
    assert len(found) == len(set(found))
    assert found[:3] == ["id_document", "payslip", "employer_statement | uwv_insurance_record"]
    assert found.count("savings_statement") == 1 and "purchase_agreement" in found


def test_what_belongs_to_a_situation_is_asked_when_it_is_true(asked):
    assert "student_debt" not in asked("talk")
    assert "student_debt" in asked("talk", situations=["student_debt"])


def test_an_option_may_be_more_than_one_document(asked):
    found = asked("next_time_buyer")
    assert "sale_agreement_current_home | current_home_valuation+double_costs_proof" in found


def test_what_is_replaced_is_not_asked(asked):
    found = asked("purchase_application", "new_build", situations=["new_build"])
    assert "construction_agreement" in found and "purchase_agreement" not in found


def test_what_is_certain_settles_a_choice(asked, app):
    templates = queries.templates_by_key()
    certain = next(item for item in templates["talk"].items if item.type.key == "uwv_insurance_record")
    certain.choice = ""
    found = combine([templates["talk"], templates["purchase_application"]])
    assert [one.choice for one in found if one.choice] == []
    assert [row.options[0][0].key for row in found].count("uwv_insurance_record") == 1


def test_a_choice_with_one_option_left_is_no_choice(asked):
    assert "intent_statement | annual_income_statement" in asked("income", situations=["temporary_work"])
    templates = queries.templates_by_key()
    next(item for item in templates["income"].items if item.type.key == "intent_statement").type.is_active = False
    [one] = combine([templates["income"]], ["temporary_work"])
    assert one.choice == "" and one.options[0][0].key == "annual_income_statement"


def test_the_same_alternative_in_two_choices_is_one_list_each(asked):
    found = asked("income", situations=["temporary_work", "flexible_work"])
    assert found == [
        "intent_statement | annual_income_statement",
        "perspective_statement | labour_market_scan | annual_income_statement",
    ]

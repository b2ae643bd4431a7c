"""The state machine of a stuk: every event from every status, and what the client sees."""

import pytest

from plugins.document_types.requests import states

# domain.md §5.3, row by row: status, event, where it leads.
TABLE = {
    ("open", "submit"): "submitted",
    ("rejected", "submit"): "submitted",
    ("expired", "submit"): "submitted",
    ("submitted", "take_back"): "open",
    ("submitted", "begin_review"): "in_review",
    ("submitted", "approve"): "approved",
    ("in_review", "approve"): "approved",
    ("submitted", "reject"): "rejected",
    ("in_review", "reject"): "rejected",
    ("approved", "reject"): "rejected",
    ("submitted", "lender_rejected"): "rejected",
    ("in_review", "lender_rejected"): "rejected",
    ("approved", "lender_rejected"): "rejected",
    ("approved", "expire"): "expired",
    ("approved", "reopen"): "open",
    ("withdrawn", "restore"): "open",
    **{(status, "withdraw"): "withdrawn" for status in states.THERE},
}


@pytest.mark.parametrize(("status", "event"), TABLE)
def test_every_row_of_the_table(status, event):
    assert states.allowed(event, status)
    assert states.EVENTS[event].target == TABLE[status, event]


@pytest.mark.parametrize(
    ("status", "event"),
    [
        ("open", "approve"), ("open", "reject"), ("approved", "submit"), ("withdrawn", "submit"), ("open", "expire"),
        ("rejected", "expire"), ("withdrawn", "withdraw"), ("withdrawn", "lender_approved"), ("open", "restore"),
        ("rejected", "approve"), ("open", "begin_review"), ("approved", "take_back"),
    ],
)  # fmt: skip
def test_what_cannot_be(status, event):
    assert not states.allowed(event, status)


@pytest.mark.parametrize("said", [key for key in states.LENDER_VERDICTS if key != "none"])
def test_a_rejection_of_the_office_stands_whatever_the_lender_says(said):
    for office in states.OFFICE_SAYS_NO:
        assert states.after_lender(said, office) == ("withdrawn" if said == "cancelled" else "rejected")
    assert states.after_lender("approved", "approved") == "approved"
    assert states.after_lender("rejected", "approved") == "rejected"


def test_the_client_sees_what_is_approved_under_completed():
    view = states.client_view("approved", True)
    assert (view.tab, view.text, view.may_upload) == ("completed", "Goedgekeurd", False)


@pytest.mark.parametrize(
    ("status", "text", "may_upload"),
    [
        ("open", "Nog aanleveren", True),
        ("submitted", "Ontvangen, wordt bekeken", True),
        ("in_review", "Wordt bekeken", False),
        ("rejected", "Afgekeurd, opnieuw aanleveren", True),
        ("expired", "Niet meer geldig, opnieuw aanleveren", True),
    ],
)
def test_the_client_sees_the_rest_under_requests(status, text, may_upload):
    view = states.client_view(status, True, "Het is te oud.")
    assert (view.tab, view.text, view.may_upload) == ("requests", text, may_upload)
    assert view.message == ("Het is te oud." if status in ("open", "rejected", "expired") else "")


def test_what_the_client_does_not_see():
    assert states.client_view("withdrawn", True) is None
    assert states.client_view("open", False) is None

"""What document types add to the authorization matrix; see tests/matrix_data.py."""

from collections.abc import Callable
from typing import Any

from plugins.document_types import queries
from plugins.document_types.lender import operations as lender
from plugins.document_types.requests import giving
from plugins.document_types.requests import operations as requests
from plugins.document_types.requests.wanting import Wanted
from tests.plugins.document_types.test_hdn import message

EVERYONE, ADMINS = ("assistant", "adviser", "admin"), ("admin",)
ROLES: dict[str, tuple[str, ...]] = {
    "document_types.manage": ADMINS,
    "document_types.read": EVERYONE,
    "requests.read": EVERYONE,
    "requests.review": EVERYONE,
    "requests.write": EVERYONE,
}
PAGES = """
document_types.add_item              document_types.manage
document_types.apply                 document_types.manage
document_types.bring_in              document_types.manage
document_types.catalogue             document_types.manage
document_types.checklists            document_types.read
document_types.edit                  document_types.manage
document_types.edit_checklist        document_types.manage
document_types.edit_item             document_types.manage
document_types.edit_reason           document_types.manage
document_types.export_list           document_types.read
document_types.index                 document_types.read
document_types.move_item             document_types.manage
document_types.new                   document_types.manage
document_types.new_checklist         document_types.manage
document_types.new_reason            document_types.manage
document_types.preview               document_types.read
document_types.reasons               document_types.read
document_types.put_back              document_types.manage
document_types.remove_item           document_types.manage
document_types.show                  document_types.read
document_types.show_checklist        document_types.read
document_types.show_reason           document_types.read
document_types.suggest               document_types.read
lender.index                         requests.write
lender.link                          requests.write
lender.process                       requests.write
lender.set_aside                     requests.write
lender.set_product                   requests.write
lender.show                          requests.write
lender.unlink                        requests.write
requests.add                         requests.write
requests.begin                       requests.review
requests.choose                      requests.write
requests.edit                        requests.write
requests.give_document               requests.write
requests.judge                       requests.review
requests.make_list                   requests.write
requests.reopen                      requests.write
requests.restore                     requests.write
requests.review                      requests.review
requests.row                         requests.read
requests.show                        requests.read
requests.take_back                   requests.write
requests.upload                      requests.write
requests.upload_form                 requests.write
requests.withdraw                    requests.write
"""
# The catalogue is the whole office's: another vestiging reads the same.
LENDER = ("link", "process", "set_aside", "set_product", "show", "unlink")
WHOLE_OFFICE = {"document_types.show", "document_types.show_checklist", "document_types.show_reason"}


def type_id(_office: Any) -> dict[str, Any]:
    return {"id": queries.types_by_key()["payslip"].id}


def reason_id(_office: Any) -> dict[str, Any]:
    return {"id": queries.reasons_by_key()["other"].id}


def template_id(_office: Any) -> dict[str, Any]:
    return {"id": queries.templates_by_key()["talk"].id}


def item_id(_office: Any) -> dict[str, Any]:
    return {"id": queries.templates_by_key()["talk"].items[0].id}


def message_id(office: Any) -> dict[str, Any]:
    """A document request of a lender about the dossier."""
    return {"id": lender.receive(message(), office.assistant, office.dossier).id}


def request_of(office: Any) -> Any:
    """A stuk of the office's dossier that came in; made once."""
    if "stuk" not in vars(office):
        wanted = Wanted(queries.types_by_key()["title_deed"], None, "", "Eigendomsbewijs")
        (office.stuk,) = requests.ask(office.dossier, [wanted], office.service, office.assistant)
        giving.give(office.stuk, office.document, office.assistant)
    return office.stuk


def request_id(office: Any) -> dict[str, Any]:
    return {"id": request_of(office).id}


def service_id(office: Any) -> dict[str, Any]:
    return {"kind": "service", "id": request_of(office).service_id}


ARGUMENTS: dict[str, Callable[[Any], dict[str, Any]]] = {
    **dict.fromkeys(("document_types.edit", "document_types.show"), type_id),
    **dict.fromkeys(("document_types.edit_reason", "document_types.show_reason"), reason_id),
    **dict.fromkeys(
        (
            "document_types.add_item",
            "document_types.edit_checklist",
            "document_types.put_back",
            "document_types.show_checklist",
        ),
        template_id,
    ),
    **dict.fromkeys([f"lender.{name}" for name in LENDER], message_id),
    **dict.fromkeys(
        [
            f"requests.{name}"
            for name in ("choose", "edit", "reopen", "restore", "row", "show", "upload", "upload_form", "withdraw")
        ],
        request_id,
    ),
    **dict.fromkeys(("requests.add", "requests.make_list", "requests.review"), service_id),
    "requests.begin": lambda office: service_id(office) | {"stuk": request_of(office).id},
    "requests.judge": lambda office: service_id(office) | {"stuk": request_of(office).id, "what": "approve"},
    "requests.give_document": lambda office: {"id": office.document.id},
    "requests.take_back": lambda office: {"id": request_of(office).files[0].id},
    **dict.fromkeys(("document_types.edit_item", "document_types.move_item", "document_types.remove_item"), item_id),
}

# What is filled in of the forms that make something; see tests/test_sent_twice.py.
FILLED: dict[str, Callable[[Any], dict[str, Any]]] = {
    "document_types.add_item": lambda _office: {"type": f"document_type:{queries.types_by_key()['title_deed'].id}"},
    "document_types.new": lambda _office: {"name": "Nieuwe soort"},
    "document_types.new_checklist": lambda _office: {"name": "Nieuwe lijst"},
    "document_types.new_reason": lambda _office: {"name": "Onleesbaar", "text": "Het stuk is niet te lezen."},
    "lender.index": lambda _office: {"file": (message(), "aanvraag.xml")},
    "requests.add": lambda _office: {"type": f"document_type:{queries.types_by_key()['payslip'].id}"},
    "requests.upload": lambda _office: {"files": (b"%PDF-1.7 akte", "akte.pdf")},
}

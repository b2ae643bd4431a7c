"""Verbs of messages of lenders: take one in, link it to a dossier, do what it says, set it aside."""

from collections import Counter
from collections.abc import Mapping

from crm.plugin import (
    N_,
    Dossier,
    Product,
    Refused,
    User,
    find,
    lock,
    notify,
    post,
    ref,
    save,
    utcnow,
)
from plugins.document_types import hdn
from plugins.document_types import queries as catalogue
from plugins.document_types.lender import plan, queries
from plugins.document_types.lender.models import PROCESSED, SET_ASIDE, TO_LINK, TO_PROCESS, LenderMessage
from plugins.document_types.lender.plan import Step
from plugins.document_types.requests import operations as requests
from plugins.document_types.requests import queries as stukken
from plugins.document_types.requests import states, verdicts
from plugins.document_types.requests.holding import hold_list


def receive(data: bytes, user: User, dossier: Dossier | None = None) -> LenderMessage:
    """Keep a message unchanged; the same one again gives what came in before. Nothing is done with it yet.

    `dossier` is where the user was when he chose the file; else an earlier message of the same application tells.
    Raises hdn.Unreadable, and Refused for a message that another vestiging brought in, or without a vestiging.
    """
    request = hdn.read(data)
    if earlier := queries.same(request.digest):
        if find(ref(earlier), user) is None:
            raise Refused("Een andere vestiging heeft dit bericht al ingelezen.")
        return earlier
    if not user.branches:
        raise Refused("U hoort bij geen vestiging. Vraag de beheerder om u er een te geven.")
    before = queries.linked_before(request, user)
    sender = request.sender
    message = LenderMessage(
        digest=request.digest, xml=request.xml, sender=sender.number, sender_name=sender.name[:200],
        application=sender.application, reference=request.reference, sent_at=sender.sent_at, rows=len(request.rows),
        branch_id=user.branches[0].id,
    )  # fmt: skip
    message.author_id = user.id
    saved: LenderMessage = save(message, user)
    if dossier is None and before is not None and before.dossier is not None:
        dossier = before.dossier
    if dossier is not None:
        known = before.product if before and before.dossier_id == dossier.id else None
        link(saved, dossier, known or product_of(request, dossier), user)
    return saved


def product_of(request: hdn.Request, dossier: Dossier) -> Product | None:
    """The product a message is about: that with its number, else the only one of that lender, else the only one."""
    numbers = {request.reference, request.sender.application} - {""}
    numbered = [one for one in dossier.products if one.policy_number in numbers]
    name = request.sender.name.lower()
    named = [one for one in dossier.products if name and one.provider.lower() == name]
    for fitting in (numbered, named, dossier.products):
        if len(fitting) == 1:
            return fitting[0]
    return None


def link(message: LenderMessage, dossier: Dossier, product: Product | None, user: User) -> LenderMessage:
    """Say to which dossier and product a message belongs. Raises Refused once it was processed."""
    refuse_done(message)
    if product is not None and product.dossier_id != dossier.id:
        raise Refused("Dit product hoort bij een ander dossier.")
    message.dossier, message.product = dossier, product
    message.dossier_id, message.product_id = dossier.id, product.id if product else None
    message.state = TO_PROCESS
    saved: LenderMessage = save(message, user)
    return saved


def unlink(message: LenderMessage, user: User) -> LenderMessage:
    """It belonged to another dossier after all. Raises Refused once it was processed."""
    refuse_done(message)
    message.dossier = message.product = None
    message.state = TO_LINK
    saved: LenderMessage = save(message, user)
    return saved


def refuse_done(message: LenderMessage) -> None:
    if message.state == PROCESSED:
        raise Refused("Dit bericht is al verwerkt.")


def planned(message: LenderMessage) -> list[Step]:
    """What processing it would do as things stand."""
    if message.dossier is None:
        return []
    known = stukken.requests_of(message.dossier.id)
    people, types = message.dossier.applicants, catalogue.types_alone()
    return plan.steps(hdn.read(message.xml), known, people, types, message.product_id)


def process(message: LenderMessage, texts: Mapping[int, str], user: User) -> Counter[str]:
    """Do what a message says (U-033, U-041); done twice it does nothing. Gives how many rows did what.

    `texts` are the words for the client at a rejection, by the number of the row; without them the lender's. Raises
    Refused without a dossier, for a closed one, and for a rejection of which nobody says why.
    """
    held: LenderMessage = lock(LenderMessage, message.id)
    if held.state == PROCESSED:
        return Counter(held.outcome)
    if held.dossier is None:
        raise Refused("Kies eerst bij welk dossier dit bericht hoort.")
    requests.refuse_closed(held.dossier)
    hold_list(held.dossier.id)
    done: Counter[str] = Counter()
    rejected = []
    steps = planned(held)
    ask_new(steps, held, user)
    for step in steps:
        if step.action in (plan.NEW, plan.CHANGED):
            if step.is_rejection:
                rejected.append(step.wanted.title)
            carry_out(step, held, texts.get(step.number, step.client_text).strip(), user)
        elif step.action == plan.SAME and step.request is not None:
            verdicts.heard(step.request, step.row.status_at, user)
        done[step.action] += 1
    held.state, held.outcome, held.processed_at = PROCESSED, dict(done), utcnow()
    save(held, user)
    tell(held, done, rejected, user)
    return done


def ask_new(steps: list[Step], message: LenderMessage, user: User) -> None:
    """Ask the stukken that are not there yet, all together."""
    new = [step for step in steps if step.action == plan.NEW and step.request is None]
    if new and message.dossier is not None:
        wanted = [step.wanted for step in new]
        for step, made in zip(new, requests.ask(message.dossier, wanted, message.product, user, "hdn"), strict=True):
            step.request = made


def carry_out(step: Step, message: LenderMessage, client_text: str, user: User) -> None:
    """One row: let its stuk know what the lender says."""
    row, request = step.row, step.request
    if request is None:
        return
    if request.status == states.WITHDRAWN and step.verdict not in (states.CANCELLED, None):
        requests.restore(request, user)
    request.lender_ref, request.hdn_code = row.number or request.lender_ref, row.kind.code
    request.lender_has_it = row.from_source
    request.due_on = row.due_on or request.due_on
    if request.product_id is None and message.product is not None:
        request.product_id = message.product.id
    save(request, user)
    if step.verdict is None:
        return
    if step.is_rejection and not client_text:
        raise Refused("Schrijf wat de klant moet doen.")
    verdicts.hear_lender(request, step.verdict, user, plan.said_by(row), row.status_at)
    if step.is_rejection and request.status == states.REJECTED and client_text != request.client_text:
        verdicts.tell_client(request, client_text, user)


def tell(message: LenderMessage, done: Counter[str], rejected: list[str], user: User) -> None:
    """In the dossier's feed, and to its adviser when the lender rejected something."""
    dossier = message.dossier
    if dossier is None:
        return
    counted = ", ".join(f"{plan.ACTIONS[key].lower()}: {count}" for key, count in done.items())
    said = N_("Documentaanvraag van %(lender)s verwerkt")
    about = ("dossier", dossier.id)
    post(about, "document_request", user, said, {"lender": message.title}, icon="checklist", detail=counted)
    if rejected and dossier.adviser is not None and dossier.adviser_id != user.id:
        text = N_("De maatschappij keurde af: %(titles)s.")
        notify(dossier.adviser, text, f"/dossiers/{dossier.id}", "alert-circle", titles=", ".join(rejected[:5]))


def set_aside(message: LenderMessage, aside: bool, user: User) -> LenderMessage:
    """It needs nothing, or is not ours; it stays, and can be taken up again. Raises Refused once it was processed."""
    refuse_done(message)
    message.state = SET_ASIDE if aside else TO_PROCESS if message.dossier_id else TO_LINK
    saved: LenderMessage = save(message, user)
    return saved

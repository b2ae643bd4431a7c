"""Verbs of messages of lenders: take one in, link it to a dossier, do what it says, set it aside."""

from collections import Counter
from collections.abc import Mapping, Sequence

from crm.plugin import (
    N_,
    Dossier,
    Product,
    Refused,
    User,
    db,
    enqueue,
    lock,
    notify,
    post,
    save,
    utcnow,
)
from plugins.document_types import hdn
from plugins.document_types import queries as catalogue
from plugins.document_types.lender import plan, queries
from plugins.document_types.lender.models import OPEN, PROCESSED, PROCESSING, SET_ASIDE, LenderMessage
from plugins.document_types.lender.plan import Step
from plugins.document_types.requests import operations as requests
from plugins.document_types.requests import queries as stukken
from plugins.document_types.requests import states, verdicts
from plugins.document_types.requests.holding import hold_list

AT_ONCE = 40  # rows, some 35 ms each: longer than that nobody who writes should wait
GO_ON = "document_types.process_message"


def receive(data: bytes, user: User, dossier: Dossier | None = None) -> LenderMessage:
    """Keep a message unchanged; the same one again gives what came in before. Nothing is done with it yet.

    `dossier` is where the user was when he chose the file; else an earlier message of the same application tells.
    What another vestiging brought in is no business of this one, which may bring in the same. Raises hdn.Unreadable,
    and Refused for who has no vestiging.
    """
    request = hdn.read(data)
    if earlier := queries.same(request.digest, user):
        return earlier
    if not user.branches:
        raise Refused("U hoort bij geen vestiging. Vraag de beheerder om u er een te geven.")
    if queries.is_taken(request.digest, user.branches[0].id):
        raise Refused("Een collega las dit bericht al in, bij een dossier van een andere vestiging.")
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


def product_of(request: hdn.Request, dossier: Dossier, lender: str = "") -> Product | None:
    """The product a message is about: that with its number, else the only one of that lender, else the only one. What
    was kept of a message names its `lender` also where the XML does not."""
    numbers = {request.reference, request.sender.application} - {""}
    numbered = [one for one in dossier.products if one.policy_number in numbers]
    name = (request.sender.name or lender).lower()
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
    message.state = OPEN
    saved: LenderMessage = save(message, user)
    return saved


def unlink(message: LenderMessage, user: User) -> LenderMessage:
    """It belonged to another dossier after all. Raises Refused once it was processed."""
    refuse_done(message)
    message.dossier = message.product = None
    message.state = OPEN
    saved: LenderMessage = save(message, user)
    return saved


def refuse_done(message: LenderMessage) -> None:
    if message.state in (PROCESSING, PROCESSED):
        raise Refused("Dit bericht is al verwerkt.")


def planned(message: LenderMessage) -> list[Step]:
    """What processing it would do as things stand."""
    if message.dossier is None:
        return []
    known = stukken.requests_of(message.dossier.id)
    people, types = message.dossier.applicants, catalogue.types_alone()
    return plan.steps(hdn.read(message.xml), known, people, types, message.product_id)


def process(message: LenderMessage, texts: Mapping[int, str], user: User, seen: str = "") -> Counter[str]:
    """Do what a message says (U-033, U-041); done twice it does nothing. Gives how many rows do what.

    The first AT_ONCE rows are carried out at once, the others by jobs, as many in each transaction. `texts` are the
    words for the client at a rejection, by the number of the row; without them the lender's. `seen` is where it
    belonged when they were written. Raises Refused without a dossier, for a closed one, for a rejection of which nobody
    says why, and when it was set aside or linked otherwise since.
    """
    held: LenderMessage = lock(LenderMessage, message.id)
    if held.state in (PROCESSING, PROCESSED):
        return Counter(held.outcome)
    if held.dossier is None:
        raise Refused("Kies eerst bij welk dossier dit bericht hoort.")
    if held.state != OPEN or (seen and seen != held.place):
        raise Refused("Met dit bericht is intussen iets anders gedaan. Kijk opnieuw wat het doet.")
    requests.refuse_closed(held.dossier)
    hold_list(held.dossier.id)
    steps = planned(held)
    said = {str(one.number): texts.get(one.number, one.client_text).strip() for one in steps if one.is_rejection}
    if not all(said.values()):
        raise Refused("Schrijf wat de klant moet doen.")
    outcome = Counter(step.action for step in steps)
    held.state, held.done, held.outcome, held.client_texts = PROCESSING, 0, dict(outcome), said
    save(held, user)
    tell_adviser(held, [step.wanted.title for step in steps if step.is_rejection], user)
    carry_out_some(held, steps, user)
    return outcome


def go_on(message_id: int, user_id: int) -> None:
    """Job: carry out the next rows of a message. One whose dossier is gone or closed meanwhile waits for somebody."""
    held: LenderMessage | None = lock(LenderMessage, message_id)
    user = db.session.get(User, user_id)
    if held is None or held.state != PROCESSING:
        return
    if user is None or held.dossier is None or not held.dossier.is_open:
        open_again(held, user)
        return
    hold_list(held.dossier.id)
    carry_out_some(held, planned(held), user)
    if held.state == PROCESSED:
        notify(user, N_("%(title)s is verwerkt."), f"/hdn/{held.id}", "inbox", title=held.title)


def give_up(message_id: int, user_id: int) -> None:
    """What becomes of a message when `go_on` could not: somebody may process it once more, which does what is left."""
    held: LenderMessage | None = lock(LenderMessage, message_id)
    if held is not None and held.state == PROCESSING:
        open_again(held, db.session.get(User, user_id))


def open_again(held: LenderMessage, user: User | None) -> None:
    """A message that was not processed to its end, and who is told of it."""
    held.state = OPEN
    save(held, user)
    said = N_("%(title)s is niet helemaal verwerkt: %(done)s van %(rows)s documenten. Verwerk het bericht opnieuw.")
    notify(user, said, f"/hdn/{held.id}", "alert-circle", title=held.title, done=held.done, rows=held.rows)


def carry_out_some(held: LenderMessage, steps: Sequence[Step], user: User) -> None:
    """The next AT_ONCE of these steps, which are all of the message; what is left is a job's."""
    some = steps[held.done : held.done + AT_ONCE]
    ask_new(some, held, user)
    for step in some:
        if step.action in (plan.NEW, plan.CHANGED):
            carry_out(step, held, user)
        elif step.action == plan.SAME and step.request is not None:
            verdicts.heard(step.request, step.row.status_at, user)
        elif step.action == plan.SKIPPED and step.request is not None:
            verdicts.hear_cancelled(step.request, plan.said_by(step.row), user, step.row.status_at)
    held.done += len(some)
    if held.done == len(steps):
        held.state, held.processed_at = PROCESSED, utcnow()
    save(held, user)
    if held.state == PROCESSED:
        tell_dossier(held, user)
    else:
        enqueue(GO_ON, held.id, user.id, key=f"{GO_ON}:{held.id}:{held.version}")


def ask_new(steps: Sequence[Step], message: LenderMessage, user: User) -> None:
    """Ask the stukken that are not there yet, all together."""
    new = [step for step in steps if step.action == plan.NEW and step.request is None]
    if new and message.dossier is not None:
        wanted = [step.wanted for step in new]
        for step, made in zip(new, requests.ask(message.dossier, wanted, message.product, user, "hdn"), strict=True):
            step.request = made


def carry_out(step: Step, message: LenderMessage, user: User) -> None:
    """One row: let its stuk know what the lender says."""
    row, request = step.row, step.request
    if request is None:
        return
    news = None if step.was_said_before else step.verdict
    if request.status == states.WITHDRAWN and news not in (states.CANCELLED, None):
        requests.restore(request, user)
    request.lender_ref, request.hdn_code = row.number or request.lender_ref, row.kind.code
    request.lender_has_it = row.from_source
    request.due_on = row.due_on or request.due_on
    if request.product_id is None and message.product is not None:
        request.product_id = message.product.id
    save(request, user)
    if news is None:
        return
    verdicts.hear_lender(request, news, user, plan.said_by(row), row.status_at)
    client_text = message.client_texts.get(str(step.number), step.client_text).strip()
    if step.is_rejection and request.status == states.REJECTED and client_text not in ("", request.client_text):
        verdicts.tell_client(request, client_text, user)


def tell_dossier(message: LenderMessage, user: User) -> None:
    """In the feed of its dossier."""
    if message.dossier_id is None:
        return
    counted = ", ".join(f"{plan.ACTIONS[key].lower()}: {count}" for key, count in message.outcome.items())
    said, about = N_("Documentaanvraag van %(lender)s verwerkt"), ("dossier", message.dossier_id)
    post(about, "document_request", user, said, {"lender": message.title}, icon="checklist", detail=counted)


def tell_adviser(message: LenderMessage, rejected: Sequence[str], user: User) -> None:
    """What the lender rejected, to the dossier's adviser."""
    dossier = message.dossier
    if rejected and dossier is not None and dossier.adviser is not None and dossier.adviser_id != user.id:
        text = N_("De maatschappij keurde af: %(titles)s.")
        notify(dossier.adviser, text, f"/dossiers/{dossier.id}", "alert-circle", titles=", ".join(rejected[:5]))


def set_aside(message: LenderMessage, aside: bool, user: User) -> LenderMessage:
    """It needs nothing, or is not ours; it stays, and can be taken up again. Raises Refused once it was processed."""
    refuse_done(message)
    message.state = SET_ASIDE if aside else OPEN
    saved: LenderMessage = save(message, user)
    return saved

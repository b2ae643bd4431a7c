"""Verbs of dossiers: make one, change its particulars, take a step on its status path."""

import datetime as dt
import secrets
import tomllib
from contextlib import suppress
from typing import Any

from sqlalchemy import inspect, select
from sqlalchemy.exc import IntegrityError

from crm import paths
from crm.access import ADMIN
from crm.accounts.models import Branch, User
from crm.accounts.queries import colleague
from crm.activities import operations as activities
from crm.activities.models import Appointment, Tick
from crm.db import db
from crm.dossiers import catalogue, queries, status_path, statuses
from crm.dossiers.models import Counter, Dossier, LeadSource, Part, Product, Service
from crm.feed.operations import post
from crm.formats import today
from crm.records import Refused, check_version, delete, discard, keep, lock, ref, save, save_many
from crm.relations.models import Relation
from crm.relations.queries import household_of, partner_in, partners_of
from crm.texts import N_, said

EDITABLE = (
    "dossier_type", "profile", "profile_other", "description", "branch_id", "lead_source_id", "adviser_id",
    "assistant_id",
)  # fmt: skip
CHANGEABLE = (*EDITABLE, "partner_id")


def create(
    relation: Relation,
    values: dict[str, Any],
    user: User,
    partner: Relation | None = None,
    previous: Dossier | None = None,
) -> Dossier:
    """A new dossier in status oriënteren (O-031 … O-041).

    `values`: dossier_type, profile, lead_source_id, branch_id; optional profile_other, description, adviser_id,
    assistant_id (else who makes it, O-037) and `confirmed`, which lets a second open dossier through (O-043).
    `previous` is the dossier this one goes on from: household, partner and products come along (O-046), but nobody
    who left the household since. Raises Refused.
    """
    refuse_second(relation, user, bool(values.get("confirmed")))
    stays = previous is not None and not queries.has_left(previous)
    household = previous.household if previous and stays else household_of(relation)
    if partner is None:
        partner = previous.partner if previous and stays else partner_in(household, relation)
    dossier = Dossier(
        relation=relation,
        relation_id=relation.id,
        partner=partner,
        partner_id=partner.id if partner else None,
        household=household,
        household_id=household.id if household else None,
        previous_id=previous.id if previous else None,
        status=statuses.current().first(status_path.ORIENTING),
    )
    fill(dossier, {"assistant_id": user.id, **{name: values[name] for name in EDITABLE if name in values}}, user)
    dossier.number = next_number("dossier", "D")
    save(dossier, user)
    if previous:
        carry_products(previous, dossier, user)
    came = f"vanuit {previous.number}" if previous else ""
    made = {"number": dossier.number}
    post(ref(dossier), "dossier.created", user, N_("Dossier %(number)s gemaakt"), made, icon="folder-plus", detail=came)
    return dossier


def refuse_second(relation: Relation, user: User, confirmed: bool) -> None:
    """Raises Refused for a second dossier before the talk, unless that is meant (O-043)."""
    if confirmed:
        return
    waiting = [dossier for dossier in queries.dossiers_of(relation, user) if queries.is_reusable(dossier)]
    if waiting:
        raise Refused(
            "Er is al een dossier vóór het gesprek: %(number)s (%(status)s). "
            "Gebruik dat, of bevestig dat u er nog een wilt maken.",
            number=waiting[0].number,
            status=waiting[0].status_title,
        )


def fill(dossier: Dossier, values: dict[str, Any], user: User) -> None:
    """Put checked values in a dossier; relationships too, so that it reads well before it is loaded again."""
    values = {name: (None if value == "" and name.endswith("_id") else value) for name, value in values.items()}
    dossier_type = values.get("dossier_type", dossier.dossier_type)
    profile = values.get("profile", dossier.profile)
    check_subject(dossier_type, profile, values.get("profile_other", dossier.profile_other) or "")
    dossier.dossier_type, dossier.profile = dossier_type, profile
    dossier.profile_other = (values.get("profile_other") or "").strip() if profile == catalogue.OTHER else ""
    if "description" in values:
        dossier.description = (values["description"] or "").strip()
    if "branch_id" in values and values["branch_id"] != dossier.branch_id:
        point(dossier, "branch", own_branch(values["branch_id"], user))
    if "lead_source_id" in values and values["lead_source_id"] != dossier.lead_source_id:
        point(dossier, "lead_source", active_source(values["lead_source_id"]))
    for role in ("adviser", "assistant"):
        if f"{role}_id" in values and values[f"{role}_id"] != getattr(dossier, f"{role}_id"):
            point(dossier, role, colleague(values[f"{role}_id"], user))
    if "partner_id" in values and values["partner_id"] != dossier.partner_id:
        put_partner(dossier, values["partner_id"])


def put_partner(dossier: Dossier, partner_id: int | None) -> None:
    """Who is the partner in the household now, or nobody. Raises Refused for anybody else."""
    now = partners_of([dossier.relation_id]).get(dossier.relation_id)
    if partner_id and (now is None or now.id != partner_id):
        raise Refused("Kies wie nu partner is in het huishouden van de klant, of niemand.")
    point(dossier, "partner", now if partner_id else None)
    point(dossier, "household", household_of(dossier.relation))


def point(dossier: Dossier, name: str, record: Any) -> None:
    """Let a relationship and its column say the same at once: the column for the audit, the other for the screen."""
    setattr(dossier, name, record)
    setattr(dossier, f"{name}_id", record.id if record else None)


def check_subject(dossier_type: str, profile: str, other: str) -> None:
    """Raises Refused for a type and onderwerp that do not go together, or Anders without saying what."""
    if dossier_type not in catalogue.catalogue()["dossier_types"]:
        raise Refused("Kies een type.")
    if not catalogue.fits(dossier_type, profile):
        raise Refused(
            "%(profile)s past niet bij %(type)s. Kies een ander onderwerp.",
            profile=catalogue.title("profiles", profile) or "–",
            type=catalogue.title("dossier_types", dossier_type),
        )
    if profile == catalogue.OTHER and not other.strip():
        raise Refused("Schrijf bij Anders waar het dossier over gaat.")


def own_branch(branch_id: int | None, user: User) -> Branch:
    """A vestiging of this user. Raises Refused."""
    found = next((branch for branch in queries.branches(user) if branch.id == branch_id), None)
    if found is None:
        raise Refused("Kies een van uw eigen vestigingen.")
    return found


def active_source(source_id: int | None) -> LeadSource:
    """A bron that may be chosen. Raises Refused."""
    found = db.session.get(LeadSource, source_id) if source_id else None
    if found is None or not found.is_active:
        raise Refused("Kies een bron; weet u die niet, kies dan Algemeen bekend.")
    return found


def next_number(series: str, letter: str) -> str:
    """The next number of a series in this year, "D-2026-00418"; two users at once never get the same."""
    year = today().year
    name = f"{series}:{year}"
    counter: Counter = lock(Counter, name)
    if counter is None:
        # Somebody else may begin this year's series at the same moment; the second lock waits for him.
        with suppress(IntegrityError), db.session.begin_nested():
            keep(Counter(series=name, last=0))
        counter = lock(Counter, name)
    counter.last += 1
    keep(counter)
    return f"{letter}-{year}-{counter.last:05d}"


def carry_products(previous: Dossier, dossier: Dossier, user: User) -> None:
    """Copy the products of an earlier dossier into the one that goes on from it (O-046)."""
    skipped = {"id", "version", "created_at", "updated_at", "dossier_id", "service_id"}
    columns = [attr.key for attr in inspect(Product).column_attrs if attr.key not in skipped]
    copies = [
        Product(dossier=dossier, **{name: getattr(product, name) for name in columns})
        for product in queries.products_of(previous)
    ]
    if copies:
        save_many(copies, user)


def update(dossier: Dossier, values: dict[str, Any], user: User, version: int | None = None) -> Dossier:
    """Change a dossier's particulars (not its status). Raises Refused, Conflict."""
    check_version(dossier, version)
    with db.session.no_autoflush:
        fill(dossier, {name: values[name] for name in CHANGEABLE if name in values}, user)
    saved: Dossier = save(dossier, user)
    return saved


def set_partner(dossier: Dossier, partner_id: int | None, user: User) -> Dossier:
    """Let the dossier follow the household: who is partner there now, or nobody; twice the same does nothing.

    Raises Refused when the household changed again since it was offered.
    """
    hold(dossier)
    if dossier.partner_id != partner_id:
        with db.session.no_autoflush:
            put_partner(dossier, partner_id)
        save(dossier, user)
    return dossier


def change_status(
    dossier: Dossier,
    to: str,
    user: User,
    reason: str = "",
    confirmed: bool = False,
    assistant_id: int | None = None,
    call_back_on: dt.date | None = None,
) -> Dossier:
    """Take a step on the status path (domain.md §5.1); a step that was already taken does nothing. Raises Refused.

    `assistant_id` is the definite assistent, asked on the way to advies (O-038). Intake makes the task Klant nabellen,
    once per appointment; `call_back_on` gives it another day than a week after the talk (O-067, O-068).
    """
    hold(dossier)
    if dossier.status == to:
        return dossier
    reason = reason.strip()
    check_step(dossier, to, user, reason, confirmed, assistant_id)
    origin, path = dossier.status, statuses.current()
    with db.session.no_autoflush:
        if status_path.ASSISTANT in (path.needs(origin, to) or ()):
            point(dossier, "assistant", colleague(assistant_id, user))
        dossier.status = to
    dossier.closing_reason = reason if dossier.meaning in (status_path.CANCELLED, status_path.DECLINED) else ""
    save(dossier, user)
    titles = {"origin": path.title(origin), "to": path.title(to)}
    text = N_("Status: %(origin)s → %(to)s")
    post(ref(dossier), "status.changed", user, text, titles, icon="route", detail=reason, origin=origin, to=to)
    if dossier.meaning == status_path.INTAKE:
        call_back(dossier, user, call_back_on)
    return dossier


def call_back(dossier: Dossier, user: User, on: dt.date | None) -> None:
    """Klant nabellen for the planned appointment, if there is one: reopening a dossier does not need any."""
    appointment = queries.open_appointment(dossier)
    if appointment is None:
        return
    task = activities.create_call_back(appointment, user)
    if on and on != task.due_on:
        activities.edit_task(task, {"due_on": on}, user)


def adopt_adviser(appointment: Appointment, user: User | None) -> None:
    """Who holds the talk is the dossier's adviser when it had none yet."""
    dossier = db.session.get(Dossier, appointment.subject_id)
    if dossier and dossier.adviser_id is None:
        point(dossier, "adviser", appointment.assigned_to)
        save(dossier, user)


def hold(dossier: Dossier) -> None:
    """Nobody else changes this dossier until the transaction ends; what somebody just changed is read again."""
    current = db.session.scalar(select(Dossier.version).where(Dossier.id == dossier.id).with_for_update())
    if current != dossier.version:
        db.session.refresh(dossier)


def check_step(dossier: Dossier, to: str, user: User, reason: str, confirmed: bool, assistant_id: int | None) -> None:
    """Raises Refused, saying what to do, when the step is not there or lacks something."""
    takes, title = statuses.current().needs(dossier.status, to), statuses.title(to)
    if takes is None:
        raise Refused("Van %(status)s kunt u niet naar %(to)s.", status=dossier.status_title, to=title)
    if refusal := why_not(takes, user, queries.open_appointment(dossier)):
        raise Refused(refusal)
    if status_path.REASON in takes and not reason:
        raise Refused("Schrijf waarom de status %(to)s wordt.", to=title)
    if status_path.CONFIRMATION in takes and not confirmed:
        raise Refused("U slaat stappen over. Bevestig dat de status meteen %(to)s wordt.", to=title)
    if status_path.ASSISTANT in takes and not assistant_id:
        raise Refused("Kies wie de assistent van het dossier wordt.")


def why_not(takes: set[str], user: User, appointment: Appointment | None) -> str:
    """What stands in the way of a step whatever is typed, with this planned appointment; empty when nothing does."""
    if status_path.ADMIN in takes and user.role != ADMIN:
        return said(N_("Alleen een beheerder kan deze stap zetten, bijvoorbeeld een dossier heropenen."))
    if status_path.APPOINTMENT in takes and appointment is None:
        return said(N_("Plan eerst een afspraak met Nieuw event; daarna kan deze stap."))
    if status_path.NO_APPOINTMENT in takes and appointment is not None:
        return said(N_("Er staat nog een afspraak. Annuleer die eerst; daarna kan deze stap."))
    return ""


def next_status(dossier: Dossier, user: User, appointment: Appointment | None) -> str:
    """Key of the first status further on that this user can set now, with this planned appointment; empty for none."""
    path = statuses.current()
    for status, takes in path.steps_from(dossier.status):
        if path.is_ahead(dossier.status, status.key) and not why_not(takes, user, appointment):
            return status.key
    return ""


def load_lead_sources() -> None:
    """Bring in the bronnen of config/content that are not there yet; what an office changed stays."""
    file = paths.content() / "lead_sources.toml"
    rows = tomllib.loads(file.read_text("utf-8"))["lead_sources"]
    known = set(db.session.scalars(select(LeadSource.key)))
    new = [LeadSource(**row) for row in rows if row["key"] not in known]
    if new:
        save_many(new, None)


def save_service(
    dossier: Dossier, values: dict[str, Any], user: User, service: Service | None = None, version: int | None = None
) -> Service:
    """A new dienst under a dossier (U-011), or another kind or status of one. Raises Refused, Conflict."""
    service = service or Service(dossier=dossier, dossier_id=dossier.id)
    if service.id:
        check_version(service, version)
    if values["service_kind"] not in catalogue.catalogue()["service_kinds"]:
        raise Refused("Kies een dienst.")
    service.service_kind, service.status = values["service_kind"], values.get("status") or "open"
    is_new = service.id is None
    save(service, user)
    if is_new:
        text, titles = N_("Dienst %(title)s toegevoegd"), {"title": service.title}
        post(ref(dossier), "service.created", user, text, titles, icon="briefcase")
    return service


def save_product(
    dossier: Dossier, values: dict[str, Any], user: User, product: Product | None = None, version: int | None = None
) -> Product:
    """A new product in a dossier, or its particulars. Raises Refused for dates and amounts that cannot be, Conflict."""
    if product:
        check_version(product, version)
    if values.get("starts_on") and values.get("ends_on") and values["ends_on"] < values["starts_on"]:
        raise Refused("De einddatum ligt voor de ingangsdatum. Kies een latere einddatum.")
    if any(values.get(name) is not None and values[name] < 0 for name in ("amount", "premium", "rate")):
        raise Refused("Een bedrag of rente kan niet onder nul zijn.")
    product = product or Product(dossier=dossier, dossier_id=dossier.id)
    is_new = product.id is None
    for name, value in values.items():
        setattr(product, name, value)
    save(product, user)
    if is_new:
        text, titles = N_("Product %(title)s toegevoegd"), {"title": product.title}
        post(ref(dossier), "product.created", user, text, titles, icon="home")
    return product


def remove(part: Part, user: User) -> None:
    """Take a dienst or product away; other rooms may refuse (a running workflow)."""
    dossier, title = part.dossier, part.title
    text = N_("Dienst %(title)s verwijderd") if isinstance(part, Service) else N_("Product %(title)s verwijderd")
    delete(part, user)
    post(ref(dossier), f"{part.kind}.removed", user, text, {"title": title}, icon="trash")


def tick(dossier: Dossier, item: str, on: bool, user: User) -> None:
    """Tick a preparation item off by hand, or take the tick away; twice the same does nothing. Raises Refused."""
    if item not in catalogue.catalogue()["preparation"]:
        raise Refused("Dit punt kan niet met de hand worden afgevinkt.")
    hold(dossier)
    about = (Tick.subject_kind == dossier.kind, Tick.subject_id == dossier.id, Tick.item == item)
    there = db.session.scalars(select(Tick).where(*about)).first()
    if on and there is None:
        keep(Tick(subject_kind=dossier.kind, subject_id=dossier.id, item=item, user_id=user.id))
    elif not on and there is not None:
        discard(there)


def save_lead_source(
    values: dict[str, Any], user: User, source: LeadSource | None = None, version: int | None = None
) -> LeadSource:
    """A new bron, or another name, place or switch of one (O-034). Raises Refused, Conflict."""
    if source:
        check_version(source, version)
    name = values["name"].strip()
    same = next((other for other in queries.lead_sources(every=True) if other.name.lower() == name.lower()), None)
    if same is not None and same is not source:
        raise Refused("Er is al een bron %(name)s.", name=same.name)
    source = source or LeadSource(key=f"office_{secrets.token_hex(4)}")
    if source.key == "generally_known" and not values.get("is_active", True):
        raise Refused("Algemeen bekend blijft: die is nodig als de bron niet bekend is.")
    source.name, source.weight, source.is_active = name, values.get("weight") or 50, values.get("is_active", True)
    saved: LeadSource = save(source, user)
    return saved

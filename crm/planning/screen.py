"""The planning screen as it stands: what was chosen and typed so far, what may be chosen, and the plan it makes."""

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from flask import request

from crm import formats, names
from crm.access import ADVISER, allowed
from crm.accounts.models import Branch, User
from crm.activities import office
from crm.activities import queries as activities
from crm.dossiers import queries as dossiers
from crm.dossiers import statuses
from crm.dossiers.forms import DossierForm
from crm.dossiers.models import Dossier
from crm.dossiers.queries import Choice
from crm.dossiers.status_path import INTAKE, ORIENTING
from crm.mail.placeholders import digest
from crm.planning import queries
from crm.planning.forms import NEW, OWN, PlanForm
from crm.planning.operations import CALL_BACK, Letter, Plan, Proposal
from crm.records import find
from crm.relations import views as persons
from crm.relations.forms import PartnerForm, RelationForm
from crm.relations.models import Relation
from crm.relations.take_over import Known
from crm.search.queries import search
from crm.service_requests.models import ServiceRequest
from crm.service_requests.operations import close_option
from crm.service_requests.typed import person
from crm.texts import gettext as _
from crm.ui import AppointmentOption

SLOTS, MINUTES, HITS = 6, 120, 8
ORIENTATION = "orientation"
NOBODY = 0
Found = dict[str, list[Any]]


class Screen:
    """One showing of the screen for one user; `form` and its companions hold what was typed."""

    def __init__(self, user: User, asked: Mapping[str, Any], chosen: int | None = None) -> None:
        """`asked` are ids in the address: relation, dossier, request; `chosen` the client who was just picked, NOBODY
        to pick again."""
        self.user = user
        self.form = PlanForm(request_id=asked.get("request"), relation_id=asked.get("relation"))
        self.fresh = not self.form.is_submitted()
        if chosen is not None:
            self.choose(chosen)
        self.found: Found = {}
        self.proposal: Proposal | None = None
        self.refusal = ""
        self.start_from(asked.get("dossier") if self.fresh else None)
        self.partner = PartnerForm()
        self.client = RelationForm(user=user, prefix="client", meta={"csrf": False}, data=self.first_client())
        self.dossier_form = DossierForm(prefix="dossier", meta={"csrf": False}, data=self.first_dossier())
        self.dossier_form.fill_choices(user)
        self.offer()

    def choose(self, relation_id: int) -> None:
        """Take this client, or NOBODY; the dossier is chosen anew."""
        form = self.form
        form.relation_id.data, form.new_client.data, form.q.data, form.dossier.data = relation_id or None, "", "", ""

    # --- What is there -----------------------------------------------------------------------------------

    def start_from(self, dossier_id: int | None) -> None:
        """Look up whom this is about. Opened on a dossier or a request its client comes along, or a new client."""
        form = self.form
        relation_id, request_id = form.relation_id.data, form.request_id.data
        if self.fresh or relation_id:
            self.caller = queries.caller(self.user, relation_id, dossier_id, request_id)
        else:  # a client who was put aside stays aside: a request brings its own only when the screen is opened
            alone = ("service_request", request_id) if request_id else None
            self.caller = queries.Caller(request=find(alone, self.user))
        if self.fresh:
            form.relation_id.data = self.relation.id if self.relation else None
            form.dossier.data = str(dossier_id or "")
            form.new_client.data = "1" if self.request and not self.relation else ""

    @property
    def request(self) -> ServiceRequest | None:
        """The request this talk is planned for."""
        return self.caller.request

    @property
    def relation(self) -> Relation | None:
        """The client who was chosen."""
        return self.caller.relation

    @property
    def known_partner(self) -> Relation | None:
        return self.caller.partner

    @property
    def is_new(self) -> bool:
        return not self.form.relation_id.data and bool(self.form.new_client.data)

    @cached_property
    def differing(self) -> Known | None:
        """A client who is known, when what was typed of him before that was seen says otherwise than what is kept."""
        if self.relation is None or not self.client.surname.raw_data:
            return None
        found = Known("client", self.relation, self.client.usable())
        return found if found.rows else None

    @property
    def carried(self) -> list[tuple[str, str]]:
        """What was typed of a client who turned out to be known, to be sent along."""
        return [pair for pair in request.form.items(multi=True) if pair[0].startswith("client-")]

    @cached_property
    def dossiers(self) -> Sequence[Dossier]:
        """The client's dossiers, those that may be used first (O-042 … O-044)."""
        return sorted(self.caller.dossiers, key=lambda one: not dossiers.is_reusable(one))

    @property
    def dossier(self) -> Dossier | None:
        """The dossier that was chosen, None for a new one."""
        return next((one for one in self.dossiers if str(one.id) == self.form.dossier.data), None)

    @cached_property
    def hits(self) -> list[Any]:
        """Who the search box finds."""
        asked = (self.form.q.data or "").strip()
        return search(asked, self.user, kinds=("relation",), limit=HITS) if asked and not self.relation else []

    @cached_property
    def advisers(self) -> dict[int, str]:
        """The advisers one may plan for: {id: name}."""
        return {one.id: one.name for one in self.dossier_form.colleagues if one.role == ADVISER}

    @cached_property
    def branches(self) -> Sequence[Branch]:
        """The vestigingen a talk may be at."""
        return self.user.branches or dossiers.branches(self.user)

    @cached_property
    def adviser(self) -> Choice | None:
        """Whose agenda is looked in."""
        chosen = self.form.adviser.data if self.form.adviser.data in self.advisers else None
        return next((one for one in self.dossier_form.colleagues if one.id == chosen), None)

    @cached_property
    def slots(self) -> list[activities.Slot]:
        """When the adviser is free next."""
        if self.adviser is None:
            return []
        first = max(self.form.from_day.data or office.first_day(), formats.today())
        return activities.free_slots(self.adviser, first, MINUTES, SLOTS)

    @cached_property
    def remarks(self) -> list[activities.Remark]:
        """What speaks against the chosen moment."""
        start = self.form.starts_at
        if start is None or self.adviser is None:
            return []
        return activities.remarks(self.adviser, start, start + dt.timedelta(minutes=MINUTES), ORIENTATION)

    @property
    def talk_of(self) -> Dossier:
        """The dossier the talk will be of; one that is yet to be made has no id."""
        if self.dossier:
            return self.dossier
        form, client, partner = self.dossier_form, self.relation, self.known_partner
        return Dossier(
            status=statuses.current().first(ORIENTING),
            relation=client or Relation(**self.client.values()),
            relation_id=client.id if client else None,
            partner=partner,
            partner_id=partner.id if partner else None,
            branch_id=form.branch_id.data,
            dossier_type=form.dossier_type.data or "",
            profile=form.profile.data or "",
            profile_other=form.profile_other.data or "",
        )

    @cached_property
    def options(self) -> list[AppointmentOption]:
        """What else may happen when the talk is planned, by rooms and plugins."""
        found = activities.options(self.talk_of, self.user)
        if self.dossier and self.dossier.meaning == INTAKE:
            found.insert(0, AppointmentOption(CALL_BACK, _("Taak Klant nabellen"), not_asked, preselected=True))
        if self.request and self.request.is_open and allowed(self.user, "service_requests.write"):
            # It may be nobody's yet: then no room can know that it belongs to this talk.
            closing = close_option(self.request)
            found += [] if closing.key in {option.key for option in found} else [closing]
        return found

    # --- What may be chosen ------------------------------------------------------------------------------

    def first_client(self) -> dict[str, Any]:
        """What is known of a new client: what he typed in his request, or what was searched for."""
        if self.request:
            branch_id = self.request.branch_id
            own = {"branch_id": branch_id} if branch_id in self.user.branch_ids else {}
            return {**person(self.request.typed), **own}
        return {}

    def first_dossier(self) -> dict[str, Any]:
        """A new dossier as far as it is known: vestiging, and what the client wants to talk about."""
        profile = self.request.typed.get("profile", "") if self.request else ""
        kinds = {"starter": "home_purchase", "next_time_buyer": "home_purchase"}
        kinds |= {"refinancer": "other_service", "increaser": "other_service"}
        branch = self.user.branch_ids[0] if len(self.user.branch_ids) == 1 else None
        known = profile if profile in kinds else ""
        return {"branch_id": branch, "profile": known, "dossier_type": kinds.get(profile, "")}

    def offer(self) -> None:
        """Fill the choices, and choose what is obvious."""
        form = self.form
        form.fill_choices(self.advisers, self.branches, queries.script(form.starts_at))
        if not form.adviser.raw_data:
            wanted = self.dossier.adviser_id if self.dossier else None
            form.adviser.data = queries.first_adviser(self.advisers, wanted)
        if form.branch.data is None and self.branches:
            form.branch.data = self.branches[0].id
        self.choose_dossier()
        self.offer_options()

    def offer_options(self) -> None:
        """Ticks for what may follow; one that is new here is set when it is preselected."""
        form, known = self.form, {option.key: option for option in self.options}
        offered = (form.offered.data or "").split(",")
        ticked = [key for key in form.options.data or [] if key in known]
        form.options.choices = [(key, option.label) for key, option in known.items()]
        form.options.data = ticked + [key for key, option in known.items() if option.preselected and key not in offered]
        form.offered.data = ",".join(known)

    def choose_dossier(self) -> None:
        """An existing dossier that may be used comes first (O-042)."""
        usable = [str(one.id) for one in self.dossiers if dossiers.is_reusable(one)]
        if self.form.dossier.data not in (*usable, NEW) or (self.fresh and usable and self.dossier is None):
            self.form.dossier.data = usable[0] if usable else NEW

    def make_new(self, asked: str) -> None:
        """A new client: what was searched for goes to the field it looks like."""
        self.form.new_client.data = "1"
        name = "email" if "@" in asked else "phone" if any(c.isdigit() for c in asked) else "surname"
        if asked and not self.client[name].data:
            self.client[name].data = names.tidy(asked) if name == "surname" else asked

    # --- The plan it makes -------------------------------------------------------------------------------

    def validate(self) -> bool:
        """True when everything that a plan needs is there; else the errors stand at the fields."""
        good = self.form.validate()
        if self.is_new:
            good = self.client.validate() and good
        elif self.relation is None:
            self.form.q.errors = [_("Zoek de klant, of kies Nieuwe klant.")]
            good = False
        good = self.partner.validate() and good
        if self.dossier is None:
            good = self.dossier_form.validate() and good
        return bool(good)

    def hush(self) -> None:
        """Forget the errors: the planner is not done yet."""
        for form in (self.form, self.client, self.partner, self.dossier_form):
            for field in form:
                field.errors = []

    def plan(self, letter: Letter | None) -> Plan:
        """What was chosen; only after it was found valid."""
        form = self.form
        partner = None if self.known_partner else persons.partner_of(self.partner)
        talk = {
            "starts_at": form.starts_at,
            "assigned_to": find(("user", form.adviser.data), self.user),
            "by_video": form.by_video,
            "teams_url": (form.teams_url.data or "").strip(),
            "branch": next(one for one in self.branches if one.id == form.branch.data),
            "description": (form.description.data or "").strip(),
            "confirmed": (form.confirmed.data or "").split(",") if form.sure.data else (),
        }
        values = {**self.dossier_form.values(), "assistant_id": self.user.id, "adviser_id": form.adviser.data}
        return Plan(
            client=self.relation or self.client.values(),
            partner=partner,
            dossier=self.dossier or values,
            appointment=talk,
            request=self.request if self.request and self.request.is_open else None,
            options=frozenset(form.options.data),
            told=tuple(form.told.data or ()),
            checked=bool(form.checked.data),
            letter=letter,
            **self.take_over(),
        )

    def take_over(self) -> dict[str, Any]:
        """What a plan says of the typed data of a known client."""
        known = self.differing
        return {"typed": known.typed, "parts": tuple(known.parts), "version": known.version} if known else {}

    def letter(self) -> Letter | None:
        """The confirmation as it stands on the screen; None when it is not to be sent."""
        form = self.form
        if not form.send.data:
            return None
        return Letter(form.mail_title.data or "", form.mail_body.data or "", form.mail_seen.data or "")

    def show_letter(self, proposal: Proposal, renew: bool = False) -> None:
        """Put a proposal on the screen; a text the planner adjusted stays, unless he asks for the new one."""
        form = self.form
        typed = Proposal(form.mail_title.data or "", form.mail_body.data or "", "", "", "")
        self.proposal = proposal
        if renew or not form.mail_seen.data or fingerprint(typed) == form.mail_given.data:
            form.mail_title.data, form.mail_body.data = proposal.title, proposal.body
            form.mail_given.data = fingerprint(proposal)
        form.mail_seen.data = proposal.seen

    @property
    def is_adjusted(self) -> bool:
        """True when the text on the screen is not the proposal's."""
        form = self.form
        typed = Proposal(form.mail_title.data or "", form.mail_body.data or "", "", "", "")
        return self.proposal is not None and fingerprint(typed) != fingerprint(self.proposal)

    @property
    def own_time(self) -> bool:
        return self.form.slot.data == OWN


def not_asked(_appointment: Any, _user: User) -> None:
    """Klant nabellen is this room's own: operations.make sees to it."""


def fingerprint(proposal: Proposal) -> str:
    """Title and body, whatever line ends a browser makes of them."""
    return digest(f"{proposal.title}\n{proposal.body}".replace("\r\n", "\n").strip())

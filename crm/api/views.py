"""Windows for programs: read, search, and make relations and service requests."""

from typing import Any

from apiflask import APIBlueprint, Schema
from flask import Response, current_app, jsonify, make_response, request, url_for
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import RequestRedirect

from crm.accounts.models import Branch, User
from crm.accounts.queries import colleague
from crm.api import doorway, problems, queries, schemas, spec
from crm.api.doorway import caller, once
from crm.api.problems import Problem
from crm.forms import number
from crm.records import Refused, find, kinds
from crm.relations import operations as relations
from crm.relations import person
from crm.relations import queries as known_relations
from crm.search.queries import search as find_hits
from crm.service_requests import operations as service_requests
from crm.service_requests.queries import usual_branch
from crm.texts import N_
from crm.web import from_elsewhere, public, scope

PREFIX = "/api/v1"
pages = APIBlueprint("api", __name__, url_prefix=PREFIX, tag="Sleutel")
problems.register(pages)
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
Answer = Any

PostPage, HitPage = schemas.page_of(schemas.PostOut), schemas.page_of(schemas.HitOut)


def listed(kind: str, asked: dict[str, Any]) -> Answer:
    """A page of a kind of record."""
    since = asked.get("updated_since")
    try:
        rows, following = queries.page(kind, caller(), asked["limit"], cursor_of(asked), since)
    except ValueError:
        raise wrong_cursor() from None
    return paged(rows, following)


def cursor_of(asked: dict[str, Any]) -> queries.Cursor | None:
    """The cursor in the address. Raises Problem for one that is not ours."""
    try:
        return queries.decode(asked["cursor"]) if asked["cursor"] else None
    except ValueError:
        raise wrong_cursor() from None


def wrong_cursor() -> Problem:
    return Problem(422, errors={"cursor": [N_("Deze cursor klopt niet. Begin opnieuw zonder cursor.")]})


def paged(rows: Any, following: queries.Cursor | None) -> Answer:
    """A page with the address of the next one, in the body and in the Link header."""
    if following is None:
        return {"items": rows, "next": None}
    again = {**request.args.to_dict(), "cursor": queries.encode(following)}
    address = url_for(request.endpoint or "", _external=False, **again)
    return {"items": rows, "next": address}, 200, {"Link": f'<{address}>; rel="next"'}


def one(kind: str, id: int) -> Any:
    """A record this user may see. Raises Problem 404, also when it exists."""
    found = find((kind, id), caller())
    if found is None:
        raise Problem(404)
    return found


def offer(plural: str, kind: str, schema: type[Schema], titles: tuple[str, str]) -> None:
    """Two addresses of a kind of record: a page of them, and one; `titles` are what the specification calls them."""

    name, reads = schema.__name__.removesuffix("Out"), scope(f"{plural}:read")

    @pages.get(f"/{plural}", endpoint=f"list_{plural}")
    @pages.input(schemas.PageIn, location="query", arg_name="asked")
    @pages.output(schemas.page_of(schema))
    @pages.doc(summary=titles[0], operation_id=f"list{name}s")
    @reads
    def many(asked: dict[str, Any]) -> Answer:
        return listed(kind, asked)

    @pages.get(f"/{plural}/<int:id>", endpoint=f"get_{kind}")
    @pages.output(schema)
    @pages.doc(summary=titles[1], operation_id=f"get{name}")
    @reads
    def single(id: int) -> Answer:
        return one(kind, id)


offer("relations", "relation", schemas.RelationOut, ("Relaties", "Een relatie"))
offer("dossiers", "dossier", schemas.DossierOut, ("Dossiers", "Een dossier"))
offer("service_requests", "service_request", schemas.ServiceRequestOut, ("Serviceaanvragen", "Een serviceaanvraag"))
offer("appointments", "appointment", schemas.AppointmentOut, ("Afspraken", "Een afspraak"))
offer("tasks", "task", schemas.TaskOut, ("Taken", "Een taak"))


@pages.post("/relations")
@once
@pages.input(schemas.RelationIn, location="json", arg_name="sent")
@pages.output(schemas.RelationOut, status_code=201)
@pages.doc(summary="Nieuwe relatie", operation_id="createRelation")
@scope("relations:write")
def create_relation(sent: dict[str, Any]) -> Answer:
    """Refuses (409, `doubles`) when the person may be known already, until `seen_doubles` names them all."""
    seen, partner = set(sent.pop("seen_doubles")), sent.pop("partner", None)
    if partner_id := sent.pop("partner_id", None):
        partner = one("relation", partner_id)
    refuse_doubles(sent, partner, seen)
    relation = relations.create(sent, caller(), partner)
    return relation, 201, {"Location": url_for("api.get_relation", id=relation.id)}


def refuse_doubles(sent: dict[str, Any], partner: Any, seen: set[int]) -> None:
    """Raises Problem with who the client, or a partner who is not known yet, may be.

    One's own relation with the id, another vestiging's by name and birth year only; `role` is client or partner.
    """
    people = {"client": sent}
    if isinstance(partner, dict):
        lives_there = {name: value for name, value in sent.items() if name in relations.ADDRESS}
        people["partner"] = lives_there | partner
    shown = [
        {"id": one.relation_id, "name": one.name, "birth_year": one.birth_year, "branch": one.branch,
         "own": one.relation is not None, "reasons": list(one.reasons), "role": role}
        for role, typed in people.items()
        for one in known_relations.doubles(person.tidy(typed)[0], caller())
        if one.relation_id not in seen
    ]  # fmt: skip
    if shown:
        raise Problem(409, N_("Deze persoon is misschien al bekend."), kind="doubles", doubles=shown)


@pages.post("/service_requests")
@once
@pages.input(schemas.ServiceRequestIn, location="json", arg_name="sent")
@pages.output(schemas.ServiceRequestOut, status_code=201)
@pages.doc(summary="Nieuwe serviceaanvraag", operation_id="createServiceRequest")
@scope("service_requests:write")
def create_service_request(sent: dict[str, Any]) -> Answer:
    branch = branch_for(sent.pop("branch_id", None))
    handler = handler_of(sent.pop("assigned_to_id", None))
    made = service_requests.receive(sent, sent.pop("consent_text"), branch, caller(), "api", handler)
    return made, 201, {"Location": url_for("api.get_service_request", id=made.id)}


def branch_for(id: int | None) -> Branch:
    """The vestiging that was named, or the usual one of the caller's. Raises Problem."""
    own = caller().branches
    found = next((branch for branch in own if branch.id == id), None)
    if id is None:
        usual = usual_branch()
        found = next((branch for branch in own if branch.id == usual.id), own[0] if own else None)
    if found is None:
        raise Problem(422, errors={"branch_id": [N_("Kies een vestiging waar deze sleutel bij hoort.")]})
    return found


def handler_of(id: int | None) -> User | None:
    """The colleague who handles a request. Raises Problem for anybody else."""
    try:
        return colleague(id, caller())
    except Refused as refusal:
        raise Problem(422, errors={"assigned_to_id": [str(refusal)]}) from None


@pages.get("/feed")
@pages.input(schemas.FeedIn, location="query", arg_name="asked")
@pages.output(PostPage)
@pages.doc(summary="De feed van een relatie, dossier of serviceaanvraag", operation_id="listFeed")
@scope("feed:read")
def feed(asked: dict[str, Any]) -> Answer:
    kind, _colon, digits = asked["subject"].partition(":")
    identity = number(digits)
    if kind not in ("relation", "dossier", "service_request") or identity is None:
        raise Problem(422, errors={"subject": [N_("Schrijf het onderwerp als relation:12 of dossier:12.")]})
    subject = one(kind, identity)
    try:
        rows, following = queries.posts((kind, subject.id), caller(), asked["limit"], cursor_of(asked))
    except ValueError:
        raise wrong_cursor() from None
    return paged(rows, following)


@pages.get("/search")
@pages.input(schemas.SearchIn, location="query", arg_name="asked")
@pages.output(HitPage)
@pages.doc(summary="Zoeken", operation_id="search")
@scope("search")
def search(asked: dict[str, Any]) -> Answer:
    """The same hits in the same order as the search box."""
    if asked["kind"] and asked["kind"] not in kinds():
        raise Problem(422, errors={"kind": [N_("Deze soort bestaat niet.")]})
    only = (asked["kind"],) if asked["kind"] else None
    return {"items": find_hits(asked["q"], caller(), kinds=only, limit=asked["limit"]), "next": None}


@pages.get("/openapi.json")
@pages.doc(hide=True)
@public
def openapi() -> Answer:
    """What this API can do, in OpenAPI 3.1."""
    return make_response(jsonify(spec.describe()))


@pages.route("/", defaults={"address": ""}, methods=list(METHODS))
@pages.route("/<path:address>", methods=list(METHODS))
@pages.doc(hide=True)
@from_elsewhere
@public
def unknown(address: str) -> Answer:
    """Any other address: 404, or 405 when another method would do."""
    return no_such_call()


def no_such_call() -> Response:
    """405 with the methods that would do here, else 404."""
    fitting = methods_here()
    return problems.of_http(MethodNotAllowed(fitting) if fitting else NotFound())


def methods_here() -> list[str]:
    """The methods that this address takes; none when it is not there."""
    adapter, found = current_app.url_map.bind(""), []
    for method in METHODS:
        try:
            endpoint, _arguments = adapter.match(request.path, method=method)
        except (NotFound, MethodNotAllowed, RequestRedirect):
            continue
        if endpoint != "api.unknown":
            found += ["GET", "HEAD"] if method == "GET" else [method]
    return [*found, "OPTIONS"] if found else []


@pages.before_app_request
def answer_the_rest() -> Response | None:
    """What reaches no view of ours: a method nobody has heard of, a number that no id can be, and the question which
    methods there are."""
    if not request.path.startswith(f"{PREFIX}/"):
        return None
    if request.method == "OPTIONS":
        fitting = methods_here()
        return Response(status=204, headers={"Allow": ", ".join(sorted(fitting))}) if fitting else no_such_call()
    lost = isinstance(request.routing_exception, NotFound | MethodNotAllowed)
    return no_such_call() if lost else None


pages.before_request(doorway.come_in)

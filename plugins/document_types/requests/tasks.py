"""The task Stukken beoordelen: one per dienst or product, open as long as something there waits for a verdict."""

from typing import Any

from crm.plugin import Dossier, Product, Service, User, db, standing_tasks, today
from plugins.document_types.requests import queries

KIND = "review_requests"
MODELS: dict[str, type[Any]] = {"service": Service, "product": Product}


def follow(dossier_id: int, user: User | None) -> None:
    """Make the tasks of a dossier those of what is to be reviewed now (U-038): each link is called as the product is
    and opens the review (U-039). For the adviser, else the assistent."""
    dossier = db.session.get(Dossier, dossier_id)
    if dossier is not None:
        standing_tasks(dossier, KIND, lambda: wanted(dossier), user)


def wanted(dossier: Dossier) -> dict[str, dict[str, Any]]:
    """{key: a task} for each dienst or product under which something waits."""
    products = queries.with_products()
    waiting = {queries.place_of(row, products) for row in queries.standings([dossier.id]) if row.needs_review}
    return dict(task(dossier, kind, identity) for kind, identity in sorted(waiting, key=str))


def task(dossier: Dossier, kind: str, identity: int | None) -> tuple[str, dict[str, Any]]:
    """The key of a task, and the task."""
    part = db.session.get(MODELS[kind], identity) if kind in MODELS else dossier
    number = identity or dossier.id
    values = {
        "title": "Stukken beoordelen",
        "link": f"/requests/review/{kind}/{number}",
        "link_text": part.title if part else dossier.title,
        "assigned_to": dossier.adviser or dossier.assistant,
        "due_on": today(),
    }
    return f"{KIND}:{kind}:{number}", values

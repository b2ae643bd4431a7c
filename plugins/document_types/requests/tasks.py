"""The task Stukken beoordelen: one per dienst or product, open as long as something there waits for a verdict."""

from typing import Any

from crm.plugin import Dossier, Product, Service, User, db, standing_tasks, today
from plugins.document_types.requests import queries

KIND = "review_requests"
MODELS: dict[str, type[Any]] = {"service": Service, "product": Product}


def follow(dossier_id: int, user: User | None) -> None:
    """Make the tasks of a dossier those of what is to be reviewed now (U-038): each link is called as the product is
    and opens the review (U-039). For the adviser, else the assistent."""
    products = queries.with_products()
    waiting = {queries.place_of(row, products) for row in queries.standings([dossier_id]) if row.needs_review}
    dossier = db.session.get(Dossier, dossier_id)
    if dossier is None:
        return
    wanted = {}
    for kind, identity in sorted(waiting, key=str):
        part = db.session.get(MODELS[kind], identity) if kind in MODELS else dossier
        where = f"{kind}/{identity or dossier_id}"
        wanted[f"{KIND}:{where.replace('/', ':')}"] = {
            "title": "Stukken beoordelen",
            "link": f"/requests/review/{where}",
            "link_text": part.title if part else dossier.title,
            "assigned_to": dossier.adviser or dossier.assistant,
            "due_on": today(),
        }
    standing_tasks(dossier, KIND, wanted, user)

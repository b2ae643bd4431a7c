"""What the feed says to the house."""

from crm.access import Permission
from crm.feed import queries, views
from crm.feed.forms import RegistrationForm
from crm.feed.models import Post
from crm.hookspecs import impl
from crm.records import Kind, kinds
from crm.texts import N_
from crm.ui import Panel


@impl
def blueprints():
    return [views.pages]


@impl
def permissions():
    return [
        Permission("feed.read", "De feed lezen"),
        Permission("feed.write", "Registraties schrijven en Publiek maken"),
    ]


@impl
def record_kinds():
    labels = {"is_public": N_("Publiek")}
    return [
        Kind("post", Post, queries.visible_posts, lambda post: post.text[:80], label=N_("Registratie"), labels=labels)
    ]


@impl
def panels(subject, user, place):
    kind = kinds().get(subject.kind) if subject is not None else None
    if kind is None or not kind.has_feed:
        return []
    if place == "tab":
        return [Panel("feed", "Feed", "feed/_feed.html", lambda: views.context(subject), weight=10)]
    if place == "publisher":
        form = {"subject": subject}
        return [
            Panel(
                "register",
                "Registratie",
                "feed/_register.html",
                lambda: {"form": RegistrationForm(), **form},
                weight=10,
            )
        ]
    return []

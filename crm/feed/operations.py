"""Verbs of the feed."""

from collections.abc import Mapping
from typing import Any

from crm.accounts.models import User
from crm.actors import name_of
from crm.feed.models import Post
from crm.records import Ref, Refused, check_version, save


def post(
    subject: Ref,
    post_kind: str,
    user: User | None,
    text: str = "",
    values: Mapping[str, Any] | None = None,
    **data: Any,
) -> Post:
    """Let the house say what happened with a record. `data` is what `feed/<post_kind>.html` needs (JSON).

    `text` is Dutch, marked with `N_`, with what differs as `%(name)s` from `values`; it is kept in Dutch, and shown in
    the language of who reads it.
    """
    saved: Post = save(unsaved(subject, post_kind, user, text, values, **data), user)
    return saved


def unsaved(
    subject: Ref,
    post_kind: str,
    user: User | None,
    text: str = "",
    values: Mapping[str, Any] | None = None,
    **data: Any,
) -> Post:
    """The same post before it is written, for who writes many at once."""
    if values:
        data, text = {**data, "said": [text, dict(values)]}, text % values
    if user is None and (actor := name_of(None)):
        data = {**data, "actor": actor}
    entry = Post(post_kind=post_kind, text=text, data=data, author=user)
    entry.subject_kind, entry.subject_id = subject
    return entry


def register(subject: Ref, text: str, is_public: bool, user: User) -> Post:
    """A registratie: what a person noted about the record (U-050). Raises Refused when there is no text."""
    if not text.strip():
        raise Refused("Schrijf eerst wat er is besproken.")
    entry = Post(text=text.strip(), is_public=is_public, author=user)
    entry.subject_kind, entry.subject_id = subject
    saved: Post = save(entry, user)
    return saved


def set_public(entry: Post, is_public: bool, user: User, version: int | None = None) -> Post:
    """Turn the Publiek button of a registratie orange or grey (U-052). Raises Refused, Conflict."""
    if entry.post_kind != "registration":
        raise Refused("Alleen een registratie kan Publiek worden.")
    check_version(entry, version)
    entry.is_public = is_public
    saved: Post = save(entry, user)
    return saved

"""Questions to the search box: on both databases `hay LIKE '%word%'` for each word, answered by a trigram index.

Who may see what is in the same statement, before any LIMIT.
"""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, case, column, exists, func, or_, select, table, union_all

from crm.accounts.models import User
from crm.db import db
from crm.host import gather, hook
from crm.search import Hit, Source, spelling, typed
from crm.search.models import SearchBranch, SearchDocument
from crm.search.typed import Term

# So many records that match are put in order; a word that is in more of them (a first name, "straat") is asked for
# more strictly.
ENOUGH = 200
LAST = "\uffff"
Document = SearchDocument
FTS = table("search_fts", column("rowid"), column("hay"), column("search_fts"))
Found = Any


def sources() -> dict[str, Source]:
    """What the search box looks for, by kind."""
    return {source.kind: source for source in gather(hook.search_sources())}


def search(text: str, user: User, kinds: Collection[str] | None = None, limit: int = 20) -> list[Hit]:
    """What this user may see of what he asks for, the likeliest first.

    Surnames that begin with what was typed come first; then whole words, beginnings and parts of words; words in a row
    as typed before others; then by the kind's rank and by name. Only when there is nothing, one typo in each word is
    allowed.
    """
    asked = typed.terms(text)
    ranks = {name: source.rank for name, source in sources().items() if kinds is None or name in kinds}
    if not asked or not ranks or not user.branch_ids:
        return []
    ask = Question(asked, user, ranks, limit)
    found = ask.plainly()
    guesses = [] if found else ask.forgivingly()
    return [
        Hit(row.record_kind, row.record_id, row.title, row.detail, bool(guesses)) for row in (found or guesses)[:limit]
    ]


class Question:
    """One search by one user."""

    def __init__(self, asked: list[Term], user: User, ranks: dict[str, int], limit: int) -> None:
        self.asked, self.user, self.ranks, self.limit = asked, user, ranks, limit

    def plainly(self) -> list[Found]:
        """Records with every word. When too many have them: by surname first, then ever less strictly."""
        loosely: list[Found] = []
        if typed.can_use_index([term.inside for term in self.asked]):
            loosely = self.ranked([term.inside for term in self.asked])
            if not loosely or loosely[0].matches < max(ENOUGH, self.limit):
                return loosely
        whole, start = ([term.patterns[strictness] for term in self.asked] for strictness in (0, 1))
        steps = [self.by_surname, lambda: self.strictly(whole), lambda: self.strictly(start)]
        if len(typed.names(self.asked)) > 1:  # "ng bo" is somebody's whole name before it is how two names begin
            steps[:2] = steps[1::-1]
        found: dict[int, Found] = {}
        for step in steps:
            if len(found) < self.limit:
                found |= {row.id: row for row in step() if row.id not in found}
        return [*found.values(), *(row for row in loosely if row.id not in found)]

    def strictly(self, patterns: list[str]) -> list[Found]:
        """Records that match all patterns, when one of those is long enough to ask for."""
        return self.ranked(patterns) if typed.can_use_index(patterns) else []

    def ranked(self, patterns: Sequence[str]) -> list[Found]:
        """The best of the records that match all patterns."""
        return self.best(documents(self.user, self.ranks, patterns))

    def best(self, query: Select[Any]) -> list[Found]:
        """The first ENOUGH of what a query finds, put in order."""
        found = query.limit(max(ENOUGH, self.limit)).subquery()
        columns = [found.c[name] for name in ("id", "record_kind", "record_id", "title", "detail")]
        ordered = select(*columns, func.count().over().label("matches")).order_by(*self.order(found)).limit(self.limit)
        return list(db.session.execute(ordered).all())

    def order(self, found: Subquery) -> list[ColumnElement[Any]]:
        """Surname, whole words, words in a row; then kind and name."""
        hay = found.c.hay
        # One letter beside a number, as in "2593 b", is rather a postcode on its way.
        names = [term for term in typed.names(self.asked) if len(term.text) > 1]
        surnames = [found.c.sort.like(f"{term.text}%") for term in names]
        strictness = [case((hay.like(t.whole), 0), (hay.like(t.start), 1), else_=2) for t in self.asked]
        row = typed.phrase(self.asked)
        return [
            *([case((or_(*surnames), 0), else_=1)] if surnames else []),
            sum(strictness[1:], strictness[0]),
            *([case((hay.like(row), 0), else_=1)] if row else []),
            found.c.rank,
            found.c.sort,
            found.c.id,
        ]

    def by_surname(self) -> list[Found]:
        """First kind's records in order of surname from what was typed on, straight from the index on it."""
        names = typed.names(self.asked)
        short = not typed.can_use_index([term.inside for term in self.asked])
        if not names or (len(names) > 1 and not short):
            return []
        surname = names[-1]
        others = [term.start for term in self.asked if term is not surname]
        query = (
            select(Document.id, Document.record_kind, Document.record_id, Document.title, Document.detail)
            .where(Document.rank == min(self.ranks.values()))
            .where(Document.sort >= surname.text, Document.sort < surname.text + LAST)
            .where(Document.record_kind.concat("").in_(self.ranks), may_find(self.user))
            .where(*(Document.hay.like(pattern) for pattern in others))
        )
        return list(db.session.execute(query.order_by(Document.sort, Document.id).limit(self.limit)).all())

    def forgivingly(self) -> list[Found]:
        """Records with every word but for one typo in each; tussenvoegsels may be wrong altogether.

        At first only words that nobody has are taken for typos; a name that exists may be meant as it is.
        """
        meant = [term for term in self.asked if not term.is_name or term.text not in typed.NO_SURNAME] or self.asked
        guesses = spelling.alternatives([term.text for term in meant if term.is_name])
        unknown = {text: words for text, words in guesses.items() if text not in words}
        found = self.corrected(meant, unknown) if unknown != guesses else []
        return found or self.corrected(meant, guesses)

    def corrected(self, meant: Sequence[Term], guesses: dict[str, list[str]]) -> list[Found]:
        """Records with all that is meant; a word that has guesses may be one of those instead."""
        patterns = [term.inside for term in meant if not guesses.get(term.text)]
        choices = [[f"% {word} %" for word in words] for term in meant if (words := guesses.get(term.text))]
        if not choices and (len(meant) == len(self.asked) or not typed.can_use_index(patterns)):
            return []
        query = documents(self.user, self.ranks, [] if choices else patterns)
        query = query.where(*(Document.hay.like(pattern) for pattern in patterns if choices))
        return self.best(query.where(*(has_one_of(words) for words in choices)))


def documents(user: User, kinds: Collection[str], patterns: Sequence[str]) -> Select[Any]:
    """Documents of these kinds that this user may find and that match all patterns."""
    # A word with nothing glued on: else SQLite walks the index on kind and asks the trigrams for each document.
    query = select(Document).where(Document.record_kind.concat("").in_(kinds), may_find(user))
    indexed = [pattern for pattern in patterns if is_sqlite() and typed.has_trigram(pattern)]
    if indexed:
        # FTS5 answers LIKE from its trigrams; the documents follow by their number.
        query = query.select_from(FTS.join(Document, Document.id == FTS.c.rowid))
        query = query.where(*(FTS.c.hay.like(pattern) for pattern in indexed))
    return query.where(*(Document.hay.like(pattern) for pattern in patterns if pattern not in indexed))


def has_one_of(patterns: Sequence[str]) -> ColumnElement[bool]:
    """True of a document that matches one of the patterns."""
    if not is_sqlite() or not all(typed.has_trigram(pattern) for pattern in patterns):
        return or_(*(Document.hay.like(pattern) for pattern in patterns))
    found = [select(FTS.c.rowid).where(FTS.c.hay.like(pattern)) for pattern in patterns]
    return Document.id.in_(union_all(*found) if len(found) > 1 else found[0])


def may_find(user: User) -> ColumnElement[bool]:
    """True of a document of one of the user's vestigingen."""
    ids = user.branch_ids
    shared = exists().where(SearchBranch.document_id == Document.id, SearchBranch.branch_id.in_(ids))
    return or_(Document.branch_id.in_(ids), shared)


def is_sqlite() -> bool:
    return db.session.get_bind().dialect.name == "sqlite"

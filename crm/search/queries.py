"""Questions to the search box: on both databases `hay LIKE '%word%'` for each word, answered by a trigram index.

Who may see what is in the same statement, before any LIMIT.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    Subquery,
    and_,
    case,
    column,
    exists,
    func,
    literal,
    or_,
    select,
    table,
    union_all,
)

from crm.accounts.models import User
from crm.db import db
from crm.host import by_name, hook, once_per_app
from crm.search import Hit, Source, spelling, typed
from crm.search.models import SearchBranch, SearchDocument, SearchName
from crm.search.typed import Term

# So many records that match are put in order; a word that is in more of them (a first name, "straat") is asked for
# more strictly.
ENOUGH = 200
LAST = "\uffff"
Document = SearchDocument
FTS = table("search_fts", column("rowid"), column("hay"), column("search_fts"))
Found = Any


def sources() -> dict[str, Source]:
    """What the search box looks for, by kind; asked once, at the start."""
    return once_per_app("crm.search", lambda: by_name(hook.search_sources, "search source", lambda one: one.kind))


@dataclass(frozen=True)
class Surnames:
    """What may be a surname in what was typed: `whole` as `words.sort_key` writes it, `begun` how it may begin."""

    whole: Sequence[str]
    begun: Sequence[str]


def search(text: str, user: User, kinds: Collection[str] | None = None, limit: int = 20) -> list[Hit]:
    """What this user may see of what he asks for, the likeliest first.

    First come those whose surname is what was typed, then those with a double name of which it is a part, then those
    whose surname begins so, then the rest; of each, whole words before beginnings and parts of words, and words in a
    row as typed before others; then by the kind's rank and by name. Only when there is nothing, one typo in each word
    is allowed.
    """
    asked = typed.terms(text)
    ranks = {name: source.rank for name, source in sources().items() if kinds is None or name in kinds}
    if not asked or not ranks or not user.branch_ids:
        return []
    ask = Question(asked, typed.surnames(text), user, ranks, limit)
    found = ask.plainly()
    guesses = [] if found else ask.forgivingly()
    return [
        Hit(row.record_kind, row.record_id, row.title, row.detail, bool(guesses)) for row in (found or guesses)[:limit]
    ]


class Question:
    """One search by one user; `surnames` is what may be somebody's whole surname."""

    def __init__(self, asked: list[Term], surnames: list[str], user: User, ranks: dict[str, int], limit: int) -> None:
        self.asked, self.user, self.ranks, self.limit = asked, user, ranks, limit
        # One letter beside a number, as in "2593 b", is rather a postcode on its way.
        self.surnames = Surnames(surnames, [term.text for term in typed.names(asked) if len(term.text) > 1])
        self.enough = max(ENOUGH, limit)

    def plainly(self) -> list[Found]:
        """Records with every word. When too many have them: by surname first, then ever less strictly."""
        loosely: list[Found] = []
        whole, start, inside = ([term.patterns[strictness] for term in self.asked] for strictness in range(3))
        if typed.can_use_index(inside):
            loosely = self.best([documents(self.user, self.ranks, inside)], self.surnames)
            if not loosely or loosely[0].matches < self.enough:
                return loosely
        found = {row.id: row for row in self.by_surname()}
        strictly = [patterns for patterns in (whole, start) if typed.can_use_index(patterns)]
        if strictly and len(found) < self.limit:
            queries = [documents(self.user, self.ranks, patterns) for patterns in strictly]
            found |= {row.id: row for row in self.best(queries, self.surnames) if row.id not in found}
        return [*found.values(), *(row for row in loosely if row.id not in found)]

    def by_surname(self) -> list[Found]:
        """All whose surname, or a part of it, was typed; then the first kind's whose surname begins so.

        Straight from the indexes on sort keys: the right ones come first among any number of namesakes.
        """
        ids = [self.called(surname) for surname in self.surnames.whole]
        names = typed.names(self.asked)
        if len(names) == 1 or (names and not typed.can_use_index([term.inside for term in self.asked])):
            ids.append(self.beginning(names[-1]))
        if not ids:
            return []
        starts = [Document.hay.like(term.start) for term in self.asked]
        return self.in_order(self.among(*ids).where(*starts), self.surnames)

    def called(self, surname: str) -> Select[Any]:
        """Ids of the documents of people with this surname, or with a double name that has it as a part."""

        def reaches(sort: Any) -> ColumnElement[bool]:
            return and_(sort >= f"{surname},", sort < f"{surname}.")  # a comma, or the dash that is next to it

        whole = select(Document.id).where(Document.rank.in_(set(self.ranks.values())), reaches(Document.sort))
        return select(union_all(whole, select(SearchName.document_id).where(reaches(SearchName.name))).subquery())

    def beginning(self, surname: Term) -> Select[Any]:
        """Ids of the first kind's documents in order of surname, from what was typed on."""
        others = [Document.hay.like(term.start) for term in self.asked if term is not surname]
        query = (
            select(Document.id)
            .where(Document.rank == min(self.ranks.values()))
            .where(Document.sort >= surname.text, Document.sort < surname.text + LAST)
            .where(Document.record_kind.concat("").in_(self.ranks), may_find(self.user), *others)
        )
        return select(query.order_by(Document.sort, Document.id).limit(self.limit).subquery())

    def among(self, *ids: Select[Any]) -> Select[Any]:
        """Documents with these ids that this user may find."""
        found = union_all(*ids) if len(ids) > 1 else ids[0]
        return documents(self.user, self.ranks, []).where(Document.id.in_(found))

    def best(
        self, queries: Sequence[Select[Any]], surnames: Surnames, whole: Sequence[Select[Any]] = ()
    ) -> list[Found]:
        """The first ENOUGH of what each query finds, and all that each of `whole` does, put in order."""
        firsts = [query.limit(self.enough) for query in queries]
        if len(firsts) == 1 and not whole:
            return self.in_order(firsts[0], surnames)
        ids = [select(query.with_only_columns(Document.id).subquery()) for query in (*firsts, *whole)]
        return self.in_order(self.among(*ids), surnames)

    def in_order(self, query: Select[Any], surnames: Surnames) -> list[Found]:
        """What a query finds, put in order; `matches` says how many that are."""
        found = query.subquery()
        columns = [found.c[name] for name in ("id", "record_kind", "record_id", "title", "detail")]
        ordered = select(*columns, func.count().over().label("matches"))
        return list(db.session.execute(ordered.order_by(*self.order(found, surnames)).limit(self.limit)).all())

    def order(self, found: Subquery, surnames: Surnames) -> list[ColumnElement[Any]]:
        """Surname, whole words, words in a row; then kind and name."""
        hay, sort = found.c.hay, found.c.sort
        strictness = [case((hay.like(t.whole), 0), (hay.like(t.start), 1), else_=2) for t in self.asked]
        row = typed.phrase(self.asked)
        return [
            *nearness(sort, surnames),
            sum(strictness[1:], strictness[0]),
            *([case((hay.like(row), 0), else_=1)] if row else []),
            found.c.rank,
            sort,
            found.c.id,
        ]

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
        query = query.where(*(has_one_of(words) for words in choices))
        names = [word for term in meant if term.is_name for word in guesses.get(term.text) or [term.text]]
        return self.best([query], Surnames(names, names), self.namesakes(names, patterns, choices))

    def namesakes(self, names: Sequence[str], patterns: list[str], choices: list[list[str]]) -> list[Select[Any]]:
        """All with one of these surnames, or with a double name of which it is a part, who match the patterns too."""
        if not names:
            return []
        query = self.among(*(self.called(name) for name in names))
        either = [or_(*(Document.hay.like(word) for word in words)) for words in choices]
        return [query.where(*(Document.hay.like(pattern) for pattern in patterns), *either)]


def nearness(sort: Any, surnames: Surnames) -> list[ColumnElement[Any]]:
    """What sort keys are put in order by: a whole surname, a part of one, how one begins, the rest."""
    parts = literal("-").concat(sort)
    steps = [
        [sort.like(f"{name},%") for name in surnames.whole],
        [parts.like(f"%-{name}{end}%") for name in surnames.whole for end in ",-"],
        [sort.like(f"{name}%") for name in surnames.begun],
    ]
    found = [(or_(*step), place) for place, step in enumerate(steps) if step]
    return [case(*found, else_=len(steps))] if found else []


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

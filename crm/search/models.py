"""What the search box looks in: a folded text per record, who may find it, and the words for typos.

Only crm/search/operations.py writes these: on SQLite it keeps the trigram table `search_fts` beside them up to date
itself, a whole batch in one statement, which is thirty times cheaper than a trigger for each row.
"""

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base

# Compared byte by byte on every database, so that a prefix is a range of the index.
BYTES = String().with_variant(String(collation="C"), "postgresql")


class SearchDocument(Base):
    """One findable record. `hay` is folded text: lower case, no accents, a space before and after each word.

    `title` and `detail` are what a hit shows, `rank` puts kinds in order (lower first), `sort` the hits of a kind.
    `branch_id` is the vestiging that may find it; more of them are `SearchBranch` rows. (No foreign keys: it is an
    index, and `crm search rebuild` makes it anew.)
    """

    __tablename__ = "search_documents"
    __table_args__ = (
        UniqueConstraint("record_kind", "record_id"),
        Index("ix_search_documents_sort", "rank", "sort"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    record_kind: Mapped[str]
    record_id: Mapped[int]
    hay: Mapped[str]
    sort: Mapped[str] = mapped_column(BYTES)
    title: Mapped[str]
    detail: Mapped[str]
    rank: Mapped[int] = mapped_column(default=0)
    branch_id: Mapped[int | None] = mapped_column(default=None)


class SearchBranch(Base):
    """One more vestiging whose users may find a document."""

    __tablename__ = "search_branches"

    document_id: Mapped[int] = mapped_column(ForeignKey("search_documents.id", ondelete="CASCADE"), primary_key=True)
    branch_id: Mapped[int] = mapped_column(ForeignKey("branches.id", ondelete="CASCADE"), primary_key=True)


class SearchName(Base):
    """A sort key of a document from a later part of its surname on: who is called Koster - Visser is found as Visser
    by an index too (`words.later_parts`)."""

    __tablename__ = "search_names"

    document_id: Mapped[int] = mapped_column(ForeignKey("search_documents.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(BYTES, primary_key=True, index=True)


class Word(Base):
    """A word that occurs in some document, also written backwards: one typo leaves its beginning or its end whole."""

    __tablename__ = "search_words"

    word: Mapped[str] = mapped_column(BYTES, primary_key=True)
    backwards: Mapped[str] = mapped_column(BYTES, index=True)

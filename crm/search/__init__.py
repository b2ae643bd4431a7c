"""One search box over everything that registers a source."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Source:
    """Which records of a kind the search box finds, and by which words; answered by the hook `search_sources`.

    `words(records)` gives {id: text}: all that the record is found by, made with `crm.search.words` or any plain text
    (it is folded and taken apart here). `title` and `detail` are the two lines of a hit. `branches(records)` gives
    {id: ids of the vestigingen whose users may find it}. Both are asked once for a whole batch. Kinds with a lower
    `rank` come first; within a kind `sort` puts hits in order and tells what a surname is (`words.sort_key`), the
    title does when there is none.
    """

    kind: str
    words: Callable[[Sequence[Any]], Mapping[int, str]]
    title: Callable[[Any], str]
    detail: Callable[[Any], str]
    branches: Callable[[Sequence[Any]], Mapping[int, Collection[int]]]
    rank: int = 50
    sort: Callable[[Any], str] | None = None


@dataclass(frozen=True)
class Hit:
    """A record that was found: its kind and id, and two lines to show; `guessed` when a typo had to be allowed."""

    kind: str
    id: int
    title: str
    detail: str
    guessed: bool = False


__all__ = ["Hit", "Source"]

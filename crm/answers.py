"""What an answer to a question of the house must be, and whether one is."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, is_dataclass
from functools import cache
from importlib import import_module
from types import UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import pluggy
from flask_babel.speaklater import LazyString

Part = type | str
Test = Callable[[Any], bool]
Question = TypeVar("Question", bound=Callable[..., Any])
marker = pluggy.HookspecMarker("crm")


class WrongAnswer(TypeError):
    """An answer that is not what the question asks for; the message says what of it is wrong."""


@dataclass(frozen=True)
class Answer:
    """What everybody answers a question with, named by its spec: a list, one value, or nothing.

    `parts` are the types of an item: one, or one for each place of a tuple. A lower floor names a type of a higher one
    by its path ("crm.ui.Panel"). `form`: list, classes (a list of classes made from it), one, nothing.
    """

    parts: tuple[Part, ...] = ()
    form: Literal["list", "classes", "one", "nothing"] = "list"

    def items(self, given: Any) -> list[Any]:
        """What was given as a list; of None an empty one. Raises WrongAnswer."""
        if given is None or self.form == "nothing":
            return []
        if self.form == "one":
            return [self.checked(given)]
        if isinstance(given, str | bytes | dict) or not isinstance(given, Iterable):
            raise WrongAnswer(f"gives {type(given).__name__}, not a list")
        return [self.checked(item) for item in given]

    def checked(self, item: Any) -> Any:
        """The same item. Raises WrongAnswer."""
        types = types_of(self.parts)
        if self.form == "classes":
            if not (isinstance(item, type) and issubclass(item, types[0])):
                raise WrongAnswer(f"gives {item!r:.60}, not a class of {types[0].__name__}")
        elif len(types) == 1:
            check(item, types[0])
        elif not isinstance(item, tuple) or len(item) != len(types):
            raise WrongAnswer(f"gives {type(item).__name__}, not a tuple of {len(types)}")
        else:
            for part, kind in zip(item, types, strict=True):
                check(part, kind)
        return item


NOTHING = Answer(form="nothing")
YES_OR_NO = Answer((bool,), "one")
DICT = Answer((dict,), "one")


def list_of(*parts: Part) -> Answer:
    """A list of these; of several parts a list of tuples with one of each."""
    return Answer(parts)


def classes_of(part: Part) -> Answer:
    """A list of classes that are made from this one."""
    return Answer((part,), "classes")


@cache
def types_of(parts: tuple[Part, ...]) -> tuple[type, ...]:
    """The types themselves, found when they are first needed."""
    return tuple(found(part) if isinstance(part, str) else part for part in parts)


def found(path: str) -> type:
    """The type at this path. Raises ImportError, AttributeError."""
    module, _dot, name = path.rpartition(".")
    kind: type = getattr(import_module(module), name)
    return kind


def check(item: Any, kind: type) -> None:
    """Raises WrongAnswer for what is not of this type, or is in one of its fields not what that field says."""
    if not (is_text(item) if kind is str else isinstance(item, kind)):
        raise WrongAnswer(f"gives {type(item).__name__}, not {kind.__name__}")
    for name, fits, hint in fields_of(kind):
        value = getattr(item, name)
        if not fits(value):
            wanted = getattr(hint, "__name__", None) if isinstance(hint, type) else hint
            raise WrongAnswer(f"gives {kind.__name__} with {type(value).__name__} as {name}, not {wanted}")


@cache
def fields_of(kind: type) -> tuple[tuple[str, Test, Any], ...]:
    """(name, test, type) of each field of a dataclass that can be tested; nothing for other types."""
    hints = get_type_hints(kind) if is_dataclass(kind) else {}
    return tuple((name, test_of(hint), hint) for name, hint in hints.items() if hint is not Any)


@cache
def test_of(hint: Any) -> Test:
    """A test whether a value is of this type, as far as can be seen without calling it."""
    origin: Any = get_origin(hint) or hint
    inside = get_args(hint)
    if hint is Any:
        return lambda _value: True
    if hint is str:
        return is_text
    if hint is float:
        return lambda value: isinstance(value, int | float)
    if origin in (Union, UnionType):
        tests = tuple(map(test_of, inside))
        return lambda value: any(test(value) for test in tests)
    if origin is Literal:
        return lambda value: value in inside
    if origin is Callable:
        return callable
    if origin is tuple and inside[1:] == (...,):
        each = test_of(inside[0])
        return lambda value: isinstance(value, tuple | list) and all(map(each, value))
    kind: type = origin
    if is_dataclass(kind):
        return lambda value: isinstance(value, kind) and is_whole(value, kind)
    return lambda value: isinstance(value, kind)


def is_whole(item: Any, kind: type) -> bool:
    """True when each field is what it says."""
    return all(fits(getattr(item, name)) for name, fits, _hint in fields_of(kind))


def is_text(value: Any) -> bool:
    """True for a text, also one that is translated when it is read, provided that it can be."""
    return isinstance(value, str) or (isinstance(value, LazyString) and isinstance(str(value), str))


def spec(answer: Answer) -> Callable[[Question], Question]:
    """Mark a question, with what everybody's answer to it is. Raises TypeError when that is not said."""
    if not isinstance(answer, Answer):
        raise TypeError("say what an answer is: @spec(NOTHING), or @spec(list_of(...)) with its type")

    def mark(question: Question) -> Question:
        question.answer = answer  # type: ignore[attr-defined]
        return marker(question)

    return mark

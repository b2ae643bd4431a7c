"""The door of every request: no sign comes in that no text keeps, in addresses, forms, arguments or JSON."""

from collections.abc import Callable
from typing import Any

import flask
from werkzeug.datastructures import ImmutableMultiDict, iter_multi_items
from werkzeug.routing import IntegerConverter, Map, UnicodeConverter, ValidationError

from crm import formats

FORMS = {"application/x-www-form-urlencoded", "multipart/form-data"}  # read whole, also for the CSRF token


class Sent(ImmutableMultiDict[str, Any]):
    """Arguments or fields as they are kept (`formats.clean`); `get(…, type=int)` gives what an id can be."""

    def __init__(self, mapping: Any = ()) -> None:
        pairs = [(formats.clean(key), tidied(value)) for key, value in iter_multi_items(mapping or ())]
        super().__init__(pairs)

    def get(self, key: str, default: Any = None, type: Callable[[Any], Any] | None = None) -> Any:  # type: ignore[override]
        reader: Any = formats.whole if type is int else type
        return super().get(key, default, reader)


def tidied(value: Any) -> Any:
    """A text that can be kept; a file whose name can be."""
    if isinstance(value, str):
        return formats.clean(value)
    value.filename = value.filename and formats.clean(value.filename)
    return value


def takes(setting: str) -> Callable[[Any], Any]:
    """Mark a view whose form may be as large as this setting says (bytes), in place of MAX_CONTENT_LENGTH."""

    def mark(view: Any) -> Any:
        view.largest_form = setting
        return view

    return mark


class Request(flask.Request):
    """A request whose texts are as they are kept before any rule looks at them."""

    parameter_storage_class = Sent

    def get_json(self, *args: Any, **kwargs: Any) -> Any:
        return formats.cleaned(super().get_json(*args, **kwargs))

    @property
    def max_content_length(self) -> int | None:
        """MAX_CONTENT_LENGTH, or what the view says: another limit for its form, none for bytes it counts itself."""
        view = flask.current_app.view_functions.get(self.endpoint or "") if flask.current_app else None
        if getattr(view, "counts_itself", False) and self.mimetype not in FORMS:
            return None
        if setting := getattr(view, "largest_form", ""):
            return int(flask.current_app.config[setting])
        return super().max_content_length

    @max_content_length.setter
    def max_content_length(self, most: int | None) -> None:
        flask.Request.max_content_length.fset(self, most)  # type: ignore[attr-defined]


class Number(IntegerConverter):
    """`<int:…>`: what an id can be; any other address does not exist."""

    def __init__(self, map: Map, *args: Any, **kwargs: Any) -> None:
        super().__init__(map, *args, **{"max": formats.LARGEST, **kwargs})

    def to_python(self, value: str) -> Any:
        if len(value) > len(str(formats.LARGEST)):  # Python itself reads no more than 4300 digits
            raise ValidationError
        return super().to_python(value)


class Word(UnicodeConverter):
    """`<…>`: a text that can be kept; any other address does not exist."""

    def to_python(self, value: str) -> str:
        if value != formats.clean(value):
            raise ValidationError
        return value


def init_app(app: flask.Flask) -> None:
    """Put the door in; must come before the first address."""
    app.request_class = Request
    app.url_map.converters |= {"int": Number, "default": Word, "string": Word}

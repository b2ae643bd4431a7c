"""The door of every request: no sign comes in that no text keeps, in addresses, forms, arguments or JSON."""

from collections.abc import Callable
from typing import Any

import flask
from werkzeug.datastructures import ImmutableMultiDict, iter_multi_items
from werkzeug.routing import IntegerConverter, Map, UnicodeConverter, ValidationError

from crm import formats


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


def reads_body(view: Any) -> Any:
    """Mark a view that reads the bytes of the body itself, and stops at too many: no limit is set to them, whatever
    they are said to be, and no form is read of them. Its CSRF token comes in the header X-CSRFToken."""
    view.reads_body = True
    return view


class Request(flask.Request):
    """A request whose texts are as they are kept before any rule looks at them."""

    parameter_storage_class = Sent

    def get_json(self, *args: Any, **kwargs: Any) -> Any:
        return formats.cleaned(super().get_json(*args, **kwargs))

    @property
    def view(self) -> Any:
        """What answers this request, as long as it is known."""
        return flask.current_app.view_functions.get(self.endpoint or "") if flask.current_app else None

    @property
    def want_form_data_parsed(self) -> bool:
        """Never of a view that reads the body itself: a form would be read whole before it."""
        return super().want_form_data_parsed and not getattr(self.view, "reads_body", False)

    @property
    def max_content_length(self) -> int | None:
        """MAX_CONTENT_LENGTH, or what the view says: another limit for its form, none for what it reads itself."""
        if getattr(self.view, "reads_body", False):
            return None
        if setting := getattr(self.view, "largest_form", ""):
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

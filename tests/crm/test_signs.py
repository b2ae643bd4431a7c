"""What cannot be kept or seen comes in nowhere: forms, arguments, JSON, schemas, imports, tables."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from marshmallow import fields as marshmallow_fields
from marshmallow.validate import OneOf
from wtforms import FileField, FormField, StringField
from wtforms.fields.core import UnboundField
from wtforms.form import BaseForm

from crm import formats, records
from crm.api import schemas
from crm.db import Base
from crm.forms import Form
from crm.imports import columns, file
from crm.signs import MEANT, SUSPECT, clean

HIDDEN = "\u202eJan\u202c\u2066\u2069\u200b\u200c\u200d\ufeff\u00ad\u200e\u061c\u2060\u3164\x07\ufe0fsen\u2028".rstrip(
    "\u2028"
)
SEEN = "Jansen"


@pytest.mark.parametrize(
    "text",
    [
        "Renée 't Hart – 3½ €", "👩‍👩‍👧", "🏳️‍🌈", "👩🏽‍⚕️", "❤️‍🔥", "🙂‍↔️", "1️⃣",
        "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        "می‌خواهم", "क्‌ष", "क्‍ष", "ක්‍ෂ", "葛\U000e0100城", "محمد", "陳", "ﬁnck", "ĳssel",
        "Zalgo̵̐́̈̃̑", "regel\n\tingesprongen\r\n",
    ],
)  # fmt: skip
def test_what_means_something_stays(text):
    assert clean(text) == text


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (HIDDEN, SEEN), ("Cafe\u0301", "Café"), ("Jan\u200dsen", SEEN), ("می‌ ", "می "), ("🏳️\u200d ", "🏳️ "),
        ("\ufe0f\u200d\u200c", ""), ("a\U000e0067", "a"), ("e\u200b\u0301", "é"), ("\0\ud800x\udfff\x85", "x"),
        ("a\u200d\U0001f308", "a\U0001f308"),
    ],
)  # fmt: skip
def test_what_cannot_be_seen_goes(text, kept):
    assert clean(text) == kept


SIGNS = (
    st.sampled_from([*HIDDEN, *"aé\u0301क्षمی🏳🌈👩\U0001f3f4\U000e0067\U000e007f葛\U000e0100 \u180b᠎ᠠ"]) | st.characters()
)


@settings(max_examples=400, deadline=None)
@given(st.text(SIGNS, max_size=12))
def test_cleaning_twice_is_cleaning_once(text):
    kept = clean(text)
    assert clean(kept) == kept
    assert all(MEANT.match(sign) for sign in kept if SUSPECT.match(sign))


def test_search_and_order_pass_over_what_cannot_be_seen():
    assert formats.fold(HIDDEN.replace("\x07", "")) == formats.fold(SEEN) and formats.fold("می‌خواهم") == formats.fold(
        "میخواهم"
    )


# --- Every way in, found from the code ---------------------------------------------------------------------------


def forms_of(form: type[Form]) -> set[type[Form]]:
    return {form}.union(*(forms_of(below) for below in form.__subclasses__()))


def text_fields() -> list[tuple[str, UnboundField]]:
    """(where it is, the field) of each field of a form of the house in which somebody writes."""
    found = []
    for form in forms_of(Form):
        for name in dir(form):
            field = getattr(form, name, None)
            if isinstance(field, UnboundField) and not issubclass(field.field_class, FileField | FormField):
                found.append((f"{form.__module__}.{form.__qualname__}.{name}", field))
    return found


def test_every_text_field_of_every_form_gets_what_is_kept(app):
    texts = 0
    for where, field in text_fields():
        with app.test_request_context("/", method="POST", data={"typed": HIDDEN}) as context:
            form = BaseForm({"typed": field})
            form.process(context.request.form)
            data = form["typed"].data
        if issubclass(field.field_class, StringField) and isinstance(data, str):
            assert data == SEEN, where
            texts += 1
        assert not isinstance(data, str) or data == clean(data), where
    assert texts > 100


def test_arguments_and_json_are_what_is_kept(app):
    with app.test_request_context(
        "/", method="POST", query_string={"q": HIDDEN}, json=[{HIDDEN: [HIDDEN, 1]}]
    ) as context:
        assert context.request.args["q"] == SEEN and context.request.get_json() == [{SEEN: [SEEN, 1]}]
        assert context.request.json == [{SEEN: [SEEN, 1]}]


def bodies(app) -> dict[str, type]:
    """{endpoint: schema} of each address that reads a body."""
    found = {}
    for name, view in app.view_functions.items():
        body = getattr(view, "_spec", {}).get("body")
        if body is not None:
            found[name] = body if isinstance(body, type) else type(body)
    return found


def is_choice(field):
    return any(isinstance(one, OneOf) for one in field.validators)


def test_every_text_in_the_body_of_a_call_is_what_is_kept(app):
    found = bodies(app)
    assert len(found) >= 2
    for endpoint, schema in found.items():
        assert issubclass(schema, schemas.Sent), endpoint
        nested = [one.schema for one in schema().fields.values() if isinstance(one, marshmallow_fields.Nested)]
        for level in (schema(), *nested):
            for name, field in level.fields.items():
                if isinstance(field, marshmallow_fields.String) and not is_choice(field):
                    sent = type(level)(only=[name]).load({name: HIDDEN}, partial=True)
                    assert sent == {name: SEEN}, f"{endpoint} {name}"


def test_every_column_of_an_import_is_what_is_kept(tmp_path):
    path = tmp_path / "a.csv"
    names = list(columns.FIELDS)
    text = f"{';'.join(names)}\n{';'.join([HIDDEN] * len(names))}\n"
    file.copy_as_utf8(io.BytesIO(text.encode()), path)
    _headers, offset = file.header_of(path, ";")
    [row] = file.rows(path, ";", offset, 2, len(names))
    assert row.cells == [SEEN] * len(names)


def test_every_text_of_every_table_is_what_is_kept():
    texts = 0
    for mapper in Base.registry.mappers:
        for name in records.texts_of(mapper.class_):
            row = mapper.class_()
            setattr(row, name, HIDDEN)
            records.clean([row])
            assert getattr(row, name) == SEEN, f"{mapper.class_.__name__}.{name}"
            texts += 1
    assert texts > 100

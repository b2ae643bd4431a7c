"""All forms of the house: what code puts in a field after a form was sent is what the page shows."""

import datetime as dt
import pkgutil
from decimal import Decimal
from importlib import import_module
from types import ModuleType
from typing import Any

import pytest
from flask_login import login_user
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    DateField,
    DecimalField,
    Field,
    FileField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TimeField,
)
from wtforms import Form as AnyForm
from wtforms.fields.core import UnboundField
from wtforms.validators import InputRequired

import crm
import plugins
from crm import records
from crm.forms import DutchNumberField, Form, QueryForm
from crm.relations import operations as relations
from crm.search.picker import RecordField
from plugins.document_types.forms import CodesField

PERSON = {"title": "mr", "surname": "Vries", "record_type": "contact"}
# What a browser sent, and what code makes of it. First come the kinds that are special cases of later ones.
CHANGES: dict[type[Field], tuple[list[str], Any]] = {
    RecordField: (["iemand die er niet is"], "a record"),
    CodesField: (["009"], ["010", "011"]),
    DutchNumberField: (["1,5"], Decimal(7)),
    DecimalField: (["1.5"], Decimal(7)),
    IntegerField: (["1"], 2),
    BooleanField: (["false"], True),
    DateField: (["2026-01-02"], dt.date(2027, 3, 4)),
    TimeField: (["09:00"], dt.time(10, 30)),
    SelectMultipleField: (["1"], ["2"]),
    SelectField: (["1"], "2"),
    RadioField: (["1"], "2"),
    FileField: ([], None),  # a browser lets nobody choose a file for its user
    StringField: (["0612345678"], "+31687654321"),
}


def modules(package: ModuleType) -> None:
    """Import all of a package, so that its forms are known."""
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if ".migrations" not in found.name:
            import_module(found.name)


def forms(kind: type[Any] = AnyForm) -> list[type[Any]]:
    """Every form of the house and its plugins."""
    below = [form for child in kind.__subclasses__() for form in [child, *forms(child)]]
    return [form for form in dict.fromkeys(below) if form.__module__.partition(".")[0] in ("crm", "plugins")]


modules(crm)
modules(plugins)
FIELDS = {
    f"{form.__module__}.{form.__name__}.{name}": unbound
    for form in forms()
    for name in dir(form)
    if isinstance(unbound := getattr(form, name), UnboundField)
}


def alone(name: str, unbound: UnboundField, sent: list[str] | None = None, **known: Any) -> Field:
    """The field in a form of its own, as a browser `sent` it or with what is `known`."""
    form = type("One", (QueryForm,), {name: unbound})
    field = form(None if sent is None else MultiDict([(name, text) for text in sent]), data=known)[name]
    if isinstance(field, SelectField):
        field.choices = [(field.coerce(value), value) for value in ("1", "2")]
    return field


def test_every_form_is_made_of_ours():
    foreign = [form for form in forms() if not issubclass(form, Form | QueryForm)]
    assert foreign == []


@pytest.fixture
def drawing(app, assistant):
    """A record to choose, on a page of somebody who is logged in."""
    known = relations.create(PERSON, assistant)
    records.commit()
    with app.test_request_context(method="POST"):
        login_user(assistant)
        yield known


@pytest.mark.parametrize("house", ["sqlite"], indirect=True)
def test_what_code_sets_after_a_form_was_read_is_what_is_drawn(drawing):
    assert len(FIELDS) > 200, "the forms were not found"
    stale = []
    for name, unbound in FIELDS.items():
        kind = next((kind for kind in CHANGES if issubclass(unbound.field_class, kind)), None)
        assert kind, f"{name}: say in CHANGES what may be sent for a {unbound.field_class.__name__}"
        sent, value = CHANGES[kind]
        value = drawing if kind is RecordField else value
        field, fresh = alone("one", unbound, sent), alone("one", unbound, one=value)
        if isinstance(field, SelectField):
            value = fresh.data
        str(field)  # it may have been drawn before
        field.data = value
        if field() != fresh():
            stale.append(name)
    assert stale == []


@pytest.mark.parametrize("house", ["sqlite"], indirect=True)
def test_what_was_typed_stays_while_nobody_changes_it(drawing):
    field = alone("one", FIELDS["crm.forms.Form.version"], ["geen getal"])
    assert 'value="geen getal"' in field()
    field.data = None
    assert 'value="geen getal"' in field(), "what could not be read is None already"
    field.data = 3
    field.data = 4
    assert 'value="4"' in field()


@pytest.mark.parametrize("house", ["sqlite"], indirect=True)
@pytest.mark.parametrize("sent", ["  \n", "geen keuze", "false"])
def test_what_says_nothing_does_not_fill_a_required_field(drawing, sent):
    filled, tried = [], 0
    for name, unbound in FIELDS.items():
        form = type("One", (Form,), {"one": unbound, "Meta": type("Meta", (Form.Meta,), {"csrf": False})})
        paper = form(MultiDict([("one", sent)]))
        if isinstance(paper.one, SelectField) and not paper.one.choices:
            paper.one.choices = [("", "–"), ("1", "1")]
        if any(isinstance(rule, InputRequired) for rule in paper.one.validators):
            tried += 1
            paper.validate()
            if not paper.one.errors and (not paper.one.data or not str(paper.one.data).strip()):
                filled.append(name)
    assert tried > 40, "the fields were not found"
    assert filled == []

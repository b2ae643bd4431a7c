"""How names are written: a table of what is typed and what is kept, by rules of the language."""

from importlib import import_module

import pytest
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext

from crm import formats, names, paths, records
from crm.db import db
from crm.relations import person
from crm.relations.models import Relation
from crm.relations.queries import salutation
from tests.crm.relations.conftest import make_relation

SURNAMES = [
    ("JANSEN", "", "Jansen"), ("jansen", "", "Jansen"), ("Jansen", "", "Jansen"), ("McDonald", "", "McDonald"),
    ("MCDONALD", "", "McDonald"), ("O'NEILL", "", "O'Neill"), ("o’neill", "", "O’Neill"), ("DE VRIES", "de", "Vries"),
    ("Van Dijk", "van", "Dijk"), ("van ’t Hof", "van ’t", "Hof"), ("VAN ’T HOF", "van ’t", "Hof"),
    ("van 't hof", "van 't", "Hof"), ("’t Hart", "’t", "Hart"), ("in 't Veld", "in 't", "Veld"), ("’t", "", "’t"),
    ("op den Kamp", "op den", "Kamp"), ("UIT DEN BOGAARD", "uit den", "Bogaard"), ("v.d. berg", "v.d.", "Berg"),
    ("vd Berg", "vd", "Berg"), ("von der Leyen", "von der", "Leyen"), ("de la Cruz", "de la", "Cruz"),
    ("DOS SANTOS", "dos", "Santos"), ("jansen-de vries", "", "Jansen-de Vries"),
    ("KOSTER - VAN DER BERG", "", "Koster - van der Berg"), ("EL-KHATIB", "", "El-Khatib"),
    ("IJSPEERT", "", "IJspeert"),
    ("ijzerman", "", "IJzerman"), ("van ijzendoorn", "van", "IJzendoorn"), ("IJAZ", "", "Ijaz"), ("ŞAHİN", "", "Şahin"),
    ("şahin", "", "Şahin"), ("İBİŞOĞLU", "", "İbişoğlu"), ("IŞIK", "", "Işik"), ("ibişoğlu", "", "İbişoğlu"),
    ("GROẞMANN", "", "Großmann"), ("ÖZ", "", "Öz"), ("de", "", "De"), ("ﬁnck", "", "ﬁnck"), ("ĳssel", "", "Ĳssel"),
    ("Ĳssel", "", "Ĳssel"),
    ("محمد", "", "محمد"), ("ИВАНОВ", "", "Иванов"),
]  # fmt: skip
TOWNS = [
    ("IJMUIDEN", "IJmuiden"), ("ijmuiden", "IJmuiden"), ("'S-GRAVENHAGE", "'s-Gravenhage"), ("IJlst", "IJlst"),
    ("’s-gravenhage", "’s-Gravenhage"), ("'s-hertogenbosch", "'s-Hertogenbosch"), ("'T HARDE", "'t Harde"),
    ("CAPELLE AAN DEN IJSSEL", "Capelle aan den IJssel"), ("capelle a/d ijssel", "Capelle a/d IJssel"),
    ("BERGEN OP ZOOM", "Bergen op Zoom"), ("berg en dal", "Berg en Dal"), ("DEN HAAG", "Den Haag"),
    ("DE BILT", "De Bilt"),
    ("ETTEN-LEUR", "Etten-Leur"), ("sint-oedenrode", "Sint-Oedenrode"), ("ALPHEN AAN DEN RIJN", "Alphen aan den Rijn"),
    ("1E DWARSSTRAAT", "1e Dwarsstraat"), ("A.C. DE GRAAFWEG", "A.C. de Graafweg"), ("AAN HET IJ", "Aan het IJ"),
    ("laan van meerdervoort", "Laan van Meerdervoort"),
]  # fmt: skip
FIRST_NAMES = [
    ("IJSBRAND", "IJsbrand"), ("ijsbrand", "IJsbrand"), ("JEAN-PIERRE", "Jean-Pierre"), ("IJEOMA", "Ijeoma"),
    ("renée", "Renée"), ("ANNE MARIE", "Anne Marie"),
]  # fmt: skip
INITIALS = [
    ("IJ.", "", "IJ."), ("ij.b.", "", "IJ.B."), ("IJ", "IJsbrand", "IJ."), ("ijb", "IJsbrand", "IJ.B."),
    ("IJ", "Ina", "I.J."),
    ("aj", "", "A.J."), ("A J", "", "A.J."), ("Th.m", "", "Th.M."), ("J-P", "", "J.-P."), ("J.-P.", "", "J.-P."),
    ("é", "", "É."),
]  # fmt: skip

[MIGRATION] = [path.stem for path in (paths.PACKAGE / "migrations/versions").glob("*_apostrophes.py")]


@pytest.mark.parametrize(("typed", "prefix", "surname"), SURNAMES)
def test_surname(typed, prefix, surname):
    clean, problems = person.tidy({"surname": typed})
    assert (clean.get("surname_prefix", ""), clean["surname"], problems) == (prefix, surname, {})
    again = person.tidy(clean)[0]
    assert (again.get("surname_prefix", ""), again["surname"]) == (prefix, surname)


@pytest.mark.parametrize(("typed", "kept"), TOWNS)
def test_town_or_street(typed, kept):
    assert person.tidy({"city": typed, "street": typed})[0] == {"city": kept, "street": kept}
    assert names.tidy(kept) == kept


@pytest.mark.parametrize(("typed", "kept"), FIRST_NAMES)
def test_first_name(typed, kept):
    assert person.tidy({"first_name": typed})[0]["first_name"] == kept


@pytest.mark.parametrize(("typed", "first_name", "kept"), INITIALS)
def test_initials(typed, first_name, kept):
    clean, _problems = person.tidy({"initials": typed, "first_name": first_name})
    assert clean["initials"] == kept and person.tidy(clean)[0]["initials"] == kept


@pytest.mark.parametrize(("one", "other"), [("O’Neill", "o'neill"), ("van ’t Hof", "van 't Hof"), ("ŞAHİN", "sahin")])
def test_found_however_the_apostrophe_is_typed(one, other):
    assert formats.fold(one) == formats.fold(other)
    assert person.match_name({"surname": one}) == person.match_name({"surname": other})


def test_two_names_in_another_script_are_two_names():
    assert person.match_name({"surname": "محمد"}) != person.match_name({"surname": "علي"}) != ""


def test_the_aanhef_of_who_wants_none_begins_with_the_letter_ij():
    someone = Relation(title="none", first_name="IJsbrand", initials="", surname_prefix="van ’t", surname="Hof")
    assert salutation([someone], "u") == "Geachte IJ. van ’t Hof"
    someone.title = "mr"
    assert salutation([someone], "u") == "Geachte heer Van ’t Hof"


def test_names_of_before_are_found_by_any_apostrophe(app, assistant):
    relation = make_relation(assistant, surname="O’Neill")
    relation.sort_name = "o’neill sanne"
    records.save(relation, assistant)
    step = import_module(f"crm.migrations.versions.{MIGRATION}")
    with Operations.context(MigrationContext.configure(db.session.connection())):
        step.upgrade()
    db.session.expire_all()
    assert relation.sort_name == "o'neill sanne"

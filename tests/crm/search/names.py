"""People with names that are hard to find, and what assistants type to find them."""

import datetime as dt

from bench.people import Person
from tests.crm.search.crowd import FIRST_ID

NAMED: list[Person] = []
TYPED: list[tuple[str, Person]] = []


def named(first, initials, prefix, surname, *typed, **more):
    """One more person; each of `typed` must put this one first or second."""
    person = Person(FIRST_ID + 800_000 + len(NAMED), first, initials, prefix, surname, **more)
    NAMED.append(person)
    TYPED.extend((text, person) for text in typed)


# Dutch, with a tussenvoegsel: in full, without, shortened, glued on, another one, a typo in the name.
named(
    "Fleur", "F.", "van der", "Zandstra",
    "van der Zandstra", "vd Zandstra", "vdr zandstra", "v.d. Zandstra", "v/d zandstra", "Zandstra", "zandstra fleur",
    "vanderzandstra", "van den Zandstra", "Zandtsra", "vd Zandsta", "ZANDSTRA, F.",
)  # fmt: skip
named(
    "Guus", "G.H.", "van den", "Eikelboom",
    "van den eikelboom", "vdn Eikelboom", "vd eikelboom", "Eikelbom", "eikleboom guus", "g.h. van den eikelboom",
    "GH Eikelboom", "3512 KL 7", "3512kl7", "Oudegracht 7", "oudegracht 7 utrecht", "utrecht eikelboom",
    street="Oudegracht", house_number="7", postal_code="3512KL", city="Utrecht",
)  # fmt: skip
named(
    "Hidde", "H.", "in 't", "Groenewoud",
    "in 't Groenewoud", "in ’t groenewoud", "in t groenewoud", "it groenewoud", "i.t. Groenewoud", "Groenewoud",
    "groenwoud", "Groenewoud in het",
)  # fmt: skip
named(
    "Lieke", "L.", "van 't", "Spijker",
    "van 't Spijker", "vant Spijker", "vt spijker", "Spyker", "spijkre", "t spijker",
)  # fmt: skip
# Double names, in any order.
named(
    "Roos", "R.", "van", "Wassenaer - ten Brinke",
    "van Wassenaer", "ten Brinke", "Wassenaer-ten Brinke", "brinke wassenaer", "Wassenaar ten Brinke", "roos brinke",
)  # fmt: skip
named("Anne-Sofie", "A.S.", "", "Quaedvlieg", "anne sofie", "Annesofie", "anne-sofie quaedvlieg", "quadvlieg", "A.S. Q")
# Frisian
named("Sjoukje", "S.", "", "Hiemstra-Gaastra", "hiemstra gaastra", "Gaastra", "sjoukje", "Sjoekje Hiemstra", "hiemstar")
named("Fedde", "F.", "", "Ypeij", "ypeij", "Ypey", "fedde y")
# Turkish
named("Gülşen", "G.", "", "Çağlayan", "gulsen", "Çağlayan", "caglayan", "CAĞLAYAN", "gülsen çaglayan", "calgayan")
named("İbrahim", "İ.", "", "Işıkoğlu", "isikoglu", "ibrahim isikoglu", "IŞIKOĞLU", "Işıkoglu")
# Moroccan
named("Naïma", "N.", "", "El Ouahabi", "el ouahabi", "elouahabi", "naima ouahabi", "ouahabi, naïma", "el ouhabi")
named("Abdel-Karim", "A.K.", "", "Aït Brahim", "ait brahim", "aïtbrahim", "abdelkarim", "abdel karim brahim")
# Polish
named("Łucja", "Ł.", "", "Żółkiewska", "zolkiewska", "łucja", "LUCJA ŻÓŁKIEWSKA", "zolkiewksa", "Zólkiewska lucja")
named("Grzegorz", "G.", "", "Brzęczyszczykiewicz", "brzeczyszczykiewicz", "grzegorz brzęcz", "brzeczyszcykiewicz")
# Surinamese and Antillean
named("Shanti", "S.", "", "Sewbalak-Ramcharan", "sewbalak", "ramcharan shanti", "Sewbalak - Ramcharan", "sewbalk")
named("Rigoberto", "R.", "", "Martis dos Santos", "martis dos santos", "dos santos", "rigoberto martis", "Santos, Rigo")
# Short names
named("Bo", "B.", "", "Ng", "ng", "bo ng", "Ng, Bo", "ng bo")
named("Xi", "X.", "", "Li", "li", "xi li", "LI XI")
named("Yu", "Y.", "de", "Oo", "oo", "yu oo", "de oo")
# Apostrophes, German and Nordic letters
named("Ciarán", "C.", "", "O'Shaughnessy", "o'shaughnessy", "oshaughnessy", "O Shaughnessy", "ciaran", "o’shaugnessy")
named("Guido", "G.", "", "d'Hauterives", "d'hauterives", "dhauterives", "hauterives", "d hauterives guido")
named("Jürgen", "J.", "", "Großmann", "grossmann", "Großmann", "jurgen großman", "JÜRGEN")
named("Bjørn", "B.", "", "Ødegård", "odegard", "ødegård bjørn", "bjorn", "Odegaard bjorn")
named("François", "F.", "", "Curaçaolaan", "curacaolaan", "françois curaçaolaan", "Curacaolan")
# Like a company
named("", "", "", "Bouwbedrijf Oosterhof & Zn. B.V.", "oosterhof bouwbedrijf", "Oosterhof & Zn", "oosterhof bv")
# Everything but the name
named(
    "Tess", "T.", "", "Uiterwijk",
    "010 765 43 21", "(010) 765 4321", "010-7654321", "0031107654321", "+31 (0)10 765 43 21", "107654321", "7654321",
    "uiterwijk 010 765", "tess.uiterwijk@", "tess.uiterwijk@mail.example", "@mail.example uiterwijk", "29-02-1992",
    "29-2-1992", "29/2/1992", "29021992", "1992-02-29", "uiterwijk 1992", "Laan van Nieuw Oost-Indië 133 b",
    "nieuw oost indie 133b", "2593 BM", "2593bm 133", "2593BM 133B", "2593bm, 133-b", "133b 2593bm", "2593 b",
    phone="+31107654321", email="tess.uiterwijk@mail.example", birth_date=dt.date(1992, 2, 29),
    street="Laan van Nieuw Oost-Indië", house_number="133", house_number_suffix="B", postal_code="2593BM",
    city="Den Haag",
)  # fmt: skip
named(
    "Loïc", "L.", "", "Verhaeghe", "+32 475 12 34 56", "0032475123456", "475123456", "475 12 34 56",
    phone="+32475123456",
)  # fmt: skip

"""People who do not exist, as a Dutch office would know them; the same ones at every run."""

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass

SURNAMES = (
    """
de Jong|Jansen|de Vries|van den Berg|van Dijk|Bakker|Janssen|Visser|Smit|Meijer|de Boer|Mulder|de Groot|Bos|Vos|Peters
Hendriks|van Leeuwen|Dekker|Brouwer|de Wit|Dijkstra|Smits|de Graaf|van der Meer|van der Linden|Kok|Jacobs|de Haan
Vermeulen|van den Heuvel|van der Veen|van den Broek|de Bruijn|de Bruin|van der Heijden|Schouten|van Beek|Willems
van Vliet|van de Ven|Hoekstra|Maas|Verhoeven|Kuster|van Dam|van der Wal|Prins|Blom|Huisman|Peeters|de Jonge|Kuipers
van Veen|Post|Kuiper|Veenstra|Kramer|van den Brink|Scholten|van Wijk|Postma|Martens|Vink|de Ruiter|Timmermans|Groen
Gerritsen|Jonker|van Loon|Boer|van der Velde|Willemsen|Smeets|de Lange|de Vos|Bosch|van Dongen|Schipper|de Koning
van der Laan|Koning|van der Velden|Driessen|van Doorn|Hermans|Evers|van den Bosch|van der Meulen|Hofman|Bosman|Wolters
Sanders|van der Horst|Mol|Kuijpers|Molenaar|van de Pol|de Leeuw|Verbeek|Peters|van den Hoek|van der Berg|Kosters
Kosterman|Klooster|van 't Hof|in 't Veld|van der Kolk|op den Kamp|ten Have|ter Horst|van het Loo|Terpstra|Wiersma
Hofstra|Zijlstra|Yılmaz|Öztürk|Demir|Şahin|Çelik|Kaya|Yıldız|Aydın|El Amrani|Benali|El Idrissi|Bouzid|Aït Ali|Chaoui
Kowalski|Nowak|Wiśniewska|Wójcik|Zieliński|Doekhie|Ramdin|Mahabier|Pengel|Wijdenbosch|Chen|Wang|Nguyen|Tran|Ali|Lo
García López|Fernandes|O'Connor|d'Hondt|Müller|Schröder|Weiß|Sørensen|van Rooijen|van Kooten|Kostić|Kort|Kost|Korst
""".replace("\n", "|")
    .strip("|")
    .split("|")
)
FIRST_NAMES = [
    "Johan",
    "Jan",
    "Willem",
    "Pieter",
    "Hendrik",
    "Cornelis",
    "Maria",
    "Anna",
    "Johanna",
    "Emma",
    "Sophie",
    "Julia",
    "Daan",
    "Sem",
    "Lucas",
    "Levi",
    "Finn",
    "Noah",
    "Milan",
    "Luuk",
    "Thomas",
    "Bram",
    "Lars",
    "Mees",
    "Jesse",
    "Ruben",
    "Sanne",
    "Lisa",
    "Eva",
    "Lotte",
    "Femke",
    "Anouk",
    "Iris",
    "Esther",
    "Karin",
    "Monique",
    "Ingrid",
    "Petra",
    "Marieke",
    "Annemarie",
    "Jan-Willem",
    "Anne-Marie",
    "Marie-José",
    "René",
    "Daniëlle",
    "Noël",
    "Zoë",
    "Chloé",
    "François",
    "Fatima",
    "Mohamed",
    "Youssef",
    "Ahmed",
    "Aïcha",
    "Mehmet",
    "Ayşe",
    "Özlem",
    "Emre",
    "Elif",
    "Piotr",
    "Katarzyna",
    "Łukasz",
    "Agnieszka",
    "Radjesh",
    "Sharda",
    "Soeradj",
    "Wei",
    "Linh",
    "Sjoerd",
    "Fokke",
    "Nynke",
    "Jelle",
    "Tjitske",
    "Wiebe",
    "Bo",
    "Jo",
    "Ad",
    "Gé",
    "Cas",
    "Pim",
    "Bas",
    "Tom",
    "Tim",
    "Rik",
    "Rob",
    "Kees",
    "Klaas",
    "Dirk",
    "Wim",
    "Hans",
    "Henk",
    "Gerrit",
    "Gerard",
    "Marco",
    "Mark",
    "Erik",
]
STREETS = (
    """
Burgemeester van Rooijenlaan|Prins Hendrikkade|Van Galenstraat|Lange Nieuwstraat|Oude Gracht|'s-Gravelandseweg
1e Kruisstraat|Jan van Eyckstraat|Willem de Zwijgerlaan|Willemsweg|Kostersweg
""".replace("\n", "|")
    .strip("|")
    .split("|")
)
BEGINNINGS = [
    "Molen",
    "Kerk",
    "Dorp",
    "School",
    "Station",
    "Wilhelmina",
    "Juliana",
    "Beatrix",
    "Parallel",
    "Nieuw",
    "Industrie",
    "Hoofd",
    "Kastanje",
    "Beuken",
    "Eiken",
    "Linde",
    "Acacia",
    "Meidoorn",
    "Rembrandt",
    "Vermeer",
    "Haven",
    "Markt",
    "Noorder",
    "Zuider",
    "Ooster",
    "Wester",
    "Berg",
    "Dal",
    "Bos",
    "Heide",
    "Veld",
    "Water",
    "Brug",
    "Sluis",
    "Polder",
    "Duin",
    "Zee",
    "Klaver",
    "Rozen",
    "Tulpen",
    "Narcis",
    "Lavendel",
    "Merel",
    "Vink",
    "Leeuwerik",
    "Spreeuw",
    "Zwaluw",
    "Reiger",
    "Valk",
    "Otter",
    "Das",
    "Hazel",
    "Wilgen",
    "Populier",
    "Esdoorn",
    "Berken",
    "Dennen",
    "Sparren",
    "Hulst",
    "Sering",
    "Anjer",
    "Viool",
    "Margriet",
    "Klaproos",
]
ENDINGS = ["weg", "straat", "laan", "plein", "dijk", "pad", "hof", "kade", "singel", "dreef", "gaarde", "akker"]
STREETS += [begin + end for begin in BEGINNINGS for end in ENDINGS]
TOWNS = [
    "Utrecht",
    "Eersel",
    "Eindhoven",
    "Zwolle",
    "Amsterdam",
    "Rotterdam",
    "Leeuwarden",
    "Groningen",
    "Nijmegen",
    "Breda",
    "Veldhoven",
    "Bladel",
]
ALLOWED = "abcdefghijklmnopqrstuvwxyz."
LETTERS = "ABCDEGHJKLMNPRTVWXZ"  # without S: SA, SD and SS are not given out
PREFIXES = {"van", "de", "der", "den", "het", "'t", "in", "op", "ten", "ter", "te"}


@dataclass(frozen=True)
class Person:
    """A person with the columns of a relation."""

    id: int
    first_name: str
    initials: str
    surname_prefix: str
    surname: str
    birth_date: dt.date | None = None
    phone: str = ""
    email: str = ""
    street: str = ""
    house_number: str = ""
    house_number_suffix: str = ""
    postal_code: str = ""
    city: str = ""

    @property
    def name(self) -> str:
        return " ".join(part for part in (self.first_name, self.surname_prefix, self.surname) if part)


def people(count: int, first_id: int = 1, seed: int = 1) -> Iterator[Person]:
    """So many of them; surnames skewed as in life, one in eight with a double name."""
    dice = random.Random(seed)
    weights = [1 / (rank + 12) for rank in range(len(SURNAMES))]
    surnames = dice.choices(SURNAMES, weights, k=count)
    for number, full in enumerate(surnames, first_id):
        words = full.split(" ")
        cut = next(i for i, word in enumerate(words) if word not in PREFIXES)
        surname = " ".join(words[cut:])
        if dice.random() < 0.125:
            surname += f" - {dice.choice(SURNAMES)}"
        first = dice.choice(FIRST_NAMES)
        plain = "".join(c for c in f"{first}.{surname.split(' ')[0]}".lower() if c in ALLOWED)
        yield Person(
            number, first, f"{first[0]}.{dice.choice(LETTERS)}.", " ".join(words[:cut]), surname,
            dt.date(1945, 1, 1) + dt.timedelta(days=dice.randrange(22000)),
            f"+316{dice.randrange(10_000_000, 60_000_000)}", f"{plain}{number}@voorbeeld.example",
            dice.choice(STREETS), str(dice.randrange(1, 250)), dice.choice(["", "", "", "", "A", "B", "bis"]),
            f"{dice.randrange(1000, 9999)}{dice.choice(LETTERS)}{dice.choice(LETTERS)}", dice.choice(TOWNS),
        )  # fmt: skip


def known_client(number: int) -> Person:
    """The one whom everybody looks for (see tests/crm/search/test_strings.py)."""
    return Person(
        number, "Willem", "W.", "van de", "Koster - Visser", dt.date(1985, 3, 12), "+31641576326",
        "willem.koster99950@voorbeeld.example", "Molenweg", "12", "", "5526TY", "Eersel",
    )  # fmt: skip


def namesakes(first_id: int) -> list[Person]:
    """People who are easily taken for the known client."""
    names = [("Jan", "", "Koster"), ("Truus", "de", "Koster"), ("Willem", "", "Kosters"), ("Wim", "van de", "Kooster")]
    return [
        Person(first_id + n, first, f"{first[0]}.", prefix, surname, street="Molenweg", house_number="112")
        for n, (first, prefix, surname) in enumerate(names)
    ]

"""Making a document of ten pages: the whole request of *Document maken*, beside Typst alone on the same words."""

import json
from collections.abc import Iterator

import pypdfium2
import typst

from bench import measure as figures
from bench.measure import Request, Result, Visitor, result
from crm.db import utcnow
from crm.document_templates import markup, typeset

ROUNDS, WARM_UP = 40, 3
GOAL, MOST = 250.0, 4.0
PARAGRAPH = (
    "Wij vragen naar uw inkomen, uw woning, uw plannen en wat u weet van hypotheken, zodat ons advies bij u past. "
    "U betaalt ons rechtstreeks; de kosten van het advies zijn € 1.750,00 en die van de bemiddeling € {number},00. "
)
PART = f"""## Wat wij voor u doen

{PARAGRAPH * 3}

1. **Kennismaken.** {PARAGRAPH}
2. **Inventariseren.** {PARAGRAPH}

| Onderdeel | Kosten |
|---|---:|
| Advies | € 1.750,00 |
| Bemiddeling | € {{number}},00 |

"""
PARTS = 23
# The same words as paragraphs, tagged as Typst does by itself: no layout, no tables, no PDF/UA.
BARE = b"#let d = json(bytes(sys.inputs.data))\n#for one in d { par(one) }"


def text(number: int) -> str:
    """Ten pages that differ a little each time: Typst remembers what it set before."""
    return "".join(PART.format(number=1000 + number * PARTS + part) for part in range(PARTS))


def bare(number: int) -> float:
    """Milliseconds of Typst alone, from data to a tagged PDF."""
    words = json.dumps([line for line in text(number).splitlines() if line])
    start = figures.clock()
    typst.compile(BARE, format="pdf", ignore_system_fonts=True, sys_inputs={"data": words})
    return (figures.clock() - start) * 1000


def measure(visitor: Visitor, dossier_id: int) -> Iterator[Result]:
    """From the button to the sealed file in the dossier. Raises RuntimeError when these are not ten pages."""
    pdf = typeset.pdf("Bench", markup.blocks(text(0)), "Kantoor", "#0054a6", utcnow())
    if (pages := len(pypdfium2.PdfDocument(pdf))) != 10:
        raise RuntimeError(f"{pages} pages in place of ten")
    path = f"/documents/make/dossier/{dossier_id}/1"
    token = visitor.hidden(path)["csrf_token"]
    forms = (
        {"csrf_token": token, "title": "Bench", "body": text(number), "sending": f"bench-{number}"}
        for number in range(ROUNDS + WARM_UP)
    )
    least = [bare(-number) for number in range(1, ROUNDS + WARM_UP + 1)][WARM_UP:]
    taken = visitor.times((Request(path, form) for form in forms), good="303", warm_up=WARM_UP)
    yield result("making a document of 10 pages", taken, least, GOAL, most=MOST)

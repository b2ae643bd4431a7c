"""Stukken for a demo office: a list per dossier, and a file for one of its stukken."""

import io
from collections.abc import Sequence

import pikepdf

from crm.plugin import Dossier, User, receive_document, sealer
from plugins.document_types import queries as catalogue
from plugins.document_types.requests import giving, operations, wanting

LIST, WITH_FILES = "talk", ("payslip", "pension_overview_mpo")


def fill(dossiers: Sequence[Dossier], user: User) -> None:
    """What is asked for the first talk of these dossiers, with a file for some of it."""
    template = catalogue.templates_by_key()[LIST]
    for dossier in dossiers:
        asked = wanting.choices([template], [], dossier.applicants)
        wanted = [one for choice in asked for one in choice.options[0]]
        made = operations.ask(dossier, wanted, dossier.services[0], user)
        for request in made[: len(made) // 2]:
            if request.type.key in WITH_FILES:
                file = sealer().keep([page_of(request.title)])
                document = receive_document(("dossier", dossier.id), f"{request.title}.pdf", file, user)
                giving.give(request, document, user)


def page_of(title: str) -> bytes:
    """A PDF of one page that says what it would be."""
    made, out = pikepdf.new(), io.BytesIO()
    page = made.add_blank_page(page_size=(595, 842))
    font = {"/Type": pikepdf.Name.Font, "/Subtype": pikepdf.Name.Type1, "/BaseFont": pikepdf.Name.Helvetica}
    font["/Encoding"] = pikepdf.Name.WinAnsiEncoding
    page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F=pikepdf.Dictionary(font)))
    words = "".join(f"\\{byte:03o}" for byte in title.encode("cp1252", "replace"))
    drawn = f"BT /F 18 Tf 60 760 Td ({words}) Tj /F 11 Tf 0 -30 Td (Een voorbeeld, om mee te oefenen.) Tj ET"
    page.Contents = made.make_stream(drawn.encode())
    made.save(out)
    return out.getvalue()

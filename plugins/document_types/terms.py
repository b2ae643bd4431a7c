"""What can be said of a type: groups, who delivers, for whom it is asked, how long it is good. Keys stand in the
database and in files, and never change; the words may (domain.md §4, §8)."""

from crm.plugin import N_

GROUPS = {
    "person": N_("A. Persoon"),
    "divorce": N_("B. Scheiding"),
    "employment": N_("C. Inkomen uit loondienst"),
    "self_employed": N_("D. Inkomen van ondernemers"),
    "benefits": N_("E. Uitkering en pensioen"),
    "obligations": N_("F. Verplichtingen"),
    "own_funds": N_("G. Eigen geld"),
    "new_home": N_("H. De nieuwe woning"),
    "current_home": N_("I. Huidige woning en hypotheek"),
    "insurance": N_("J. Verzekering"),
    "application": N_("K. Aanvraag, offerte, passeren"),
    "services": N_("L. Dienstverlening"),
}

CLIENT, LENDER, ADVISER, EMPLOYER, THIRD_PARTY = "client", "lender", "adviser", "employer", "third_party"
# Aan te leveren door (U-036). What the maatschappij or the office itself delivers, the client does not see (U-037).
DELIVERED_BY = {
    CLIENT: N_("Klant"),
    LENDER: N_("Maatschappij"),
    ADVISER: N_("Adviseur"),
    EMPLOYER: N_("Werkgever"),
    THIRD_PARTY: N_("Derde"),
}

PERSON, HOUSEHOLD, OBJECT, ITEM = "person", "household", "object", "item"
SCOPES = {
    PERSON: N_("Per persoon"),
    HOUSEHOLD: N_("Per dossier"),
    OBJECT: N_("Per woning"),
    ITEM: N_("Per onderdeel"),
}

MONTHS, WEEKS, YEARS = "months", "weeks", "years"
# How long a document is good. Those in COUNTED have a number: so many months or weeks old at most, or of the last so
# many years.
VALIDITIES = {
    "none": N_("Onbeperkt"),
    MONTHS: N_("Aantal maanden oud"),
    WEEKS: N_("Aantal weken oud"),
    YEARS: N_("Van de laatste jaren"),
    "current_year": N_("Van het lopende jaar"),
    "in_force": N_("Zolang het geldt"),
    "transfer_date": N_("Geldig tot en met de passeerdatum"),
    "stated_date": N_("Tot de datum op het document"),
}
COUNTED = (MONTHS, WEEKS, YEARS)

# What crm.documents takes in, by the word it has for each. A type takes the usual ones unless it says otherwise.
FORMATS = {
    "pdf": "PDF", "jpeg": "JPEG", "png": "PNG", "heic": "HEIC", "webp": "WebP", "tiff": "TIFF",
    "docx": "Word", "xlsx": "Excel",
}  # fmt: skip
USUAL_FORMATS = ("pdf", "jpeg", "png", "heic", "webp", "tiff")

PHASES = {
    "orientation": N_("Oriëntatie"),
    "advice": N_("Advies"),
    "application": N_("Aanvraag"),
    "closing": N_("Afsluiten"),
}

# The words between {{ }} that a reason may use.
VALIDITY_WORD, EXPLANATION_WORD = "geldigheid", "toelichting"

"""Why a file is not taken in, and what was left out of the copy that people see, as whoever uploads it reads it.

Shown with `_`: `_(reasons.REASONS[verdict.refused])`.
"""

from crm.texts import N_

REASONS: dict[str, str] = {
    "empty": N_("Dit bestand is leeg. Controleer het bestand en upload het opnieuw."),
    "too_large": N_("Dit bestand is te groot. Maak het kleiner of verdeel het over meer bestanden."),
    "not_accepted": N_(
        "Dit soort bestand kan hier niet. Upload een PDF, een foto (JPEG, PNG, HEIC, WebP, TIFF), Word (.docx) "
        "of Excel (.xlsx)."
    ),
    "unreadable": N_(
        "Dit bestand kon niet worden gelezen. Het is misschien beschadigd. Maak een nieuwe PDF of foto en upload die."
    ),
    "password": N_("Dit bestand heeft een wachtwoord. Sla het op zonder wachtwoord en upload het opnieuw."),
    "too_many_pages": N_("Dit bestand heeft te veel pagina’s. Verdeel het over meer bestanden."),
    "too_many_pixels": N_(
        "Deze afbeelding heeft te veel beeldpunten. Sla die op als JPEG, of maak een nieuwe foto met minder megapixels."
    ),
    "bomb": N_("Dit bestand wordt bij het openen veel te groot. Maak er een nieuwe PDF van en upload die."),
    "macros": N_("In dit bestand zitten macro’s of andere programma’s. Sla het op als PDF en upload die."),
    "external": N_("Dit bestand haalt inhoud van een andere plek op. Sla het op als PDF en upload die."),
    "not_joinable": N_("Van dit soort bestand kan geen pagina worden gemaakt. Kies een PDF of een foto."),
    "no_mail": N_(
        "Dit is geen e-mail die Sleutel kan lezen. Kies een e-mail die is opgeslagen als .msg (Outlook) of .eml."
    ),
    "no_attachments": N_("In deze e-mail zitten geen bijlagen."),
    "too_many_parts": N_("In deze e-mail zitten te veel bijlagen. Sla ze op en voeg toe wat u nodig hebt."),
    "gone": N_("Een van de bestanden is intussen verwijderd. Voeg de andere opnieuw samen."),
    "virus": N_("In dit bestand zit een virus. Het is geweigerd. Laat het apparaat controleren waar het vandaan komt."),
    "not_checked": N_("Dit bestand wordt gecontroleerd. Daarna is het te zien."),
}

REMOVED: dict[str, str] = {
    "actions": N_("opdrachten die vanzelf starten"),
    "javascript": N_("JavaScript"),
    "attachments": N_("bijlagen in de PDF"),
    "media": N_("beeld en geluid"),
    "form": N_("een formulier dat alleen in Adobe werkt"),
    "drawn_form": N_("de inhoud zelf"),
    "portfolio": N_("de inhoud zelf"),
    "signature": N_("de digitale handtekening; die staat nog in het origineel"),
    "metadata": N_("gegevens over plaats en toestel"),
    "frames": N_("alle beelden behalve het eerste"),
}

# Of a PDF of which the pages are not what it is about: what is to be done. Keys of REMOVED.
ELSEWHERE: dict[str, str] = {
    "drawn_form": N_(
        "De inhoud van deze PDF staat in een formulier dat alleen Adobe toont; hier staat alleen een lege bladzijde. "
        "Open het origineel in Adobe, druk het af als PDF en voeg die toe."
    ),
    "portfolio": N_(
        "Deze PDF is een map met bestanden; hier staat alleen het voorblad. "
        "Open het origineel in Adobe, haal de bestanden eruit en voeg die toe."
    ),
}

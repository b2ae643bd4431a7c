"""What mails are for: the office's own purposes, and those of plugins."""

from dataclasses import dataclass
from pathlib import Path

from crm.host import CORE, Names, collect, hook, once_per_app
from crm.texts import N_

OTHER = "other"
OWN = {
    "appointment_confirmation": N_("Afspraakbevestiging"),
    "appointment_change": N_("Wijzigen afspraak"),
    "appointment_cancelled": N_("Afspraak geannuleerd"),
    "appointment_moved_incomplete": N_("Afspraak verzet: gegevens ontbreken"),
    "prep_reminder": N_("Herinnering"),
    "service_request_received": N_("Ontvangst aanvraag"),
    "aftercare_checkin": N_("Nazorg"),
}


@dataclass(frozen=True)
class MailPurpose:
    """What a plugin's mails are for. `texts` is the file with what an office starts with, in the form of those in
    config/content/email_templates."""

    key: str
    title: str
    texts: Path | None = None


def brought() -> list[MailPurpose]:
    """The purposes of plugins; asked once, at the start. Raises PluginError for one that is there already."""
    return once_per_app("crm.mail_purposes", ask_everyone)


def ask_everyone() -> list[MailPurpose]:
    names, found = Names("mail purpose"), []
    for key in (*OWN, OTHER):
        names.take(key, f"{CORE}mail)")
    for owner, one in collect(hook.mail_purposes):
        names.take(one.key, owner)
        found.append(one)
    return found


def purposes() -> dict[str, str]:
    """What every purpose is called, by key; Overig last."""
    return {**OWN, **{one.key: one.title for one in brought()}, OTHER: N_("Overig")}

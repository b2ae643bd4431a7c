"""What the vault says of the person it is for, and of who helps him."""

from typing import Any

from crm.plugin import Relation, newest_of


def about_person(person: Relation) -> dict[str, Any]:
    """Item `person`: names, and the adviser of the newest open dossier. Nothing of it is secret to this person."""
    dossier = newest_of(person)
    adviser = dossier.adviser if dossier else None
    return {
        "first_name": person.first_name or person.initials,
        "name": person.name,
        "adviser": adviser.name if adviser else "",
        "phone": (adviser.phone if adviser else "") or person.branch.phone,
    }

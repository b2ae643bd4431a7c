"""Several checklists made one, without doubles (domain.md §4.5). Knows no database."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from plugins.document_types.models import ChecklistItem, ChecklistTemplate, DocumentType


@dataclass(frozen=True)
class Asked:
    """One thing to ask: one of `options`, each of which is types that belong together.

    Most have one option with one type. `choice` is the name of one with more, empty else.
    """

    options: tuple[tuple[DocumentType, ...], ...]
    choice: str = ""


def fits(
    template: ChecklistTemplate, dossier_type: str = "", profile: str = "", phase: str = "",
    situations: Collection[str] = (),
) -> bool:  # fmt: skip
    """True for a template in use for such a dossier; an empty key says nothing about it."""
    return (
        template.is_active
        and (not phase or template.phase == phase)
        and all(
            not key or not keys or key in keys
            for key, keys in ((dossier_type, template.dossier_types), (profile, template.profiles))
        )
        and (not template.situations or not set(situations).isdisjoint(template.situations))
    )


def combine(templates: Iterable[ChecklistTemplate], situations: Collection[str] = ()) -> list[Asked]:
    """What these templates ask together, in their order, of a client of whom `situations` (keys) are true.

    A type that is asked for certain is no alternative any more: an option of which nothing else is left settles its
    choice. What one item replaces is not asked; types that are not in use are left out.
    """
    items = [item for template in templates for item in template.items if applies(item, situations)]
    replaced = {item.replaces_id for item in items if item.replaces_id}
    items = [item for item in items if item.type_id not in replaced]
    certain = {item.type_id for item in items if not item.choice}
    asked: dict[str | int, Asked] = {}
    for item in items:
        if item.choice and item.choice not in asked:
            alternatives = [one for one in items if one.choice == item.choice]
            if options := open_options(alternatives, certain):
                asked[item.choice] = Asked(options, item.choice if len(options) > 1 else "")
        elif not item.choice:
            asked.setdefault(item.type_id, Asked(((item.type,),)))
    return list(asked.values())


def applies(item: ChecklistItem, situations: Collection[str]) -> bool:
    """True for an item that is asked always, or of which the situation is true; never for a type out of use."""
    return item.type.is_active and (not item.situation or item.situation in situations)


def open_options(items: Iterable[ChecklistItem], certain: Collection[int]) -> tuple[tuple[DocumentType, ...], ...]:
    """What there is to choose from; nothing when one option is all asked already."""
    options: dict[int, dict[int, DocumentType]] = {}
    for item in items:
        options.setdefault(item.option, {})[item.type_id] = item.type
    left = [tuple(one for key, one in types.items() if key not in certain) for types in options.values()]
    return tuple(dict.fromkeys(left)) if all(left) else ()

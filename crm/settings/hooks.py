"""What settings says to the house."""

from flask import url_for

from crm import disk
from crm.access import ADMIN, Permission, allowed
from crm.hookspecs import impl
from crm.records import Kind
from crm.settings import queries, views
from crm.settings.forms import OfficeForm
from crm.settings.models import Setting
from crm.texts import N_
from crm.texts import gettext as _
from crm.ui import MenuItem, Panel


@impl
def blueprints():
    return [views.pages]


@impl
def permissions():
    return [
        Permission("settings.see", "Beheer openen", (ADMIN,)),
        Permission("settings.edit", "Instellingen wijzigen", (ADMIN,)),
    ]


@impl
def record_kinds():
    return [
        Kind(
            "setting", Setting, queries.visible_settings, lambda row: row.key, label=N_("Instelling"), icon="settings"
        ),
    ]


@impl
def settings_forms():
    return [OfficeForm]


@impl
def menu_items(user):
    if not allowed(user, "settings.see"):
        return []
    return [MenuItem(_("Beheer"), url_for("settings.admin"), "settings", weight=90)]


@impl
def panels(subject, user, place):
    if place not in ("admin", "start") or not allowed(user, "settings.edit"):
        return []
    return disk_panels() + ([settings_panel()] if place == "admin" else [])


def disk_panels():
    """What is told of disks that are nearly full, above all else; nothing while there is room."""
    low = {"disks": disk.low_disks()}
    return (
        [Panel("disk", _("De schijf raakt vol"), "settings/_disk.html", lambda: low, weight=0)] if low["disks"] else []
    )


def settings_panel():
    card = {
        "text": _("Gegevens van het kantoor, en hoe elk onderdeel werkt."),
        "links": [(_("Instellingen openen"), url_for("settings.index"))],
    }
    return Panel("settings", _("Instellingen"), "settings/_card.html", lambda: card, icon="settings", weight=10)

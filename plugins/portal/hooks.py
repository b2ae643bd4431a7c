"""What the portal says to the house it stands beside."""

from pathlib import Path

from crm.plugin import Mount, impl, mount_key
from plugins.portal import command, schema
from plugins.portal.app import create_portal

PATH = "/kluis"


@impl
def commands():
    return [command.portal]


@impl
def mounts(settings):
    """The portal, in the CRM's own processes: for trying out, and for one small office. None beside a CRM whose
    connector goes to another machine's."""
    if settings["PLUGIN_SETTINGS"].get("vault", {}).get("url"):
        return []
    folder = Path(settings["DATA"]) / "portal"
    own = settings["PLUGIN_SETTINGS"].get("portal", {})
    given = {f"KLUIS_{name.upper()}": value for name, value in own.items()}
    beside = {
        "KLUIS_DATA": str(folder),
        "KLUIS_API_KEYS": [mount_key(PATH, settings["SECRET_KEY"])],
        "KLUIS_ARGON2_MEMORY": settings["ARGON2_MEMORY"],
        "KLUIS_ARGON2_ROUNDS": settings["ARGON2_ROUNDS"],
        "KLUIS_COOKIE_SECURE": settings["SESSION_COOKIE_SECURE"],
        "KLUIS_URL": f"{settings['BASE_URL']}{PATH}" if settings["BASE_URL"] else "",
        "SESSION_COOKIE_PATH": PATH,
        "TESTING": settings["TESTING"],
    }
    if settings["MAIL_SINK"]:  # a trial office: text messages arrive where its mail does
        beside |= {"KLUIS_SMS_PROVIDER": "sink", "KLUIS_SMS_SINK": str(Path(settings["DATA"]) / "mail")}
    return [Mount("Kluis", PATH, create_portal(**beside | given), schema.upgrade, schema.is_behind)]

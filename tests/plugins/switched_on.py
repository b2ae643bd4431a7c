"""Which of our plugins the tests run with: those of the settings (CRM_PLUGINS='[]' runs the house without)."""

from flask import Config

from crm import app, paths


def names() -> list[str]:
    """Their names."""
    settings = Config(".")
    app.layer(settings, paths.config() / "testing.toml")
    return list(settings["PLUGINS"])

"""The start page."""

from flask import Blueprint, render_template
from flask_login import current_user

from crm import ui
from crm.web import requires

pages = Blueprint("start", __name__)


@pages.get("/")
@requires("start.see")
def home() -> str:
    return render_template("start/home.html", panels=ui.panels(None, current_user, "start"))

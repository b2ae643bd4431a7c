"""The CRM as a WSGI application: `gunicorn wsgi:app`."""

from crm.app import create_app
from crm.paths import keep_to_ourselves

keep_to_ourselves()
app = create_app()

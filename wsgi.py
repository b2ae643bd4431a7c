"""The CRM as a WSGI application: `gunicorn wsgi:app`."""

from crm.app import create_app

app = create_app()

"""The portal as a WSGI application in processes of its own: `gunicorn plugins.portal.wsgi:app`."""

from crm.furniture import keep_to_ourselves
from plugins.portal.app import create_alone

keep_to_ourselves()
app = create_alone()

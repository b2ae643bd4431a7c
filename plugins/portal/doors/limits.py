"""Limits: on passwords that are tried, and on text messages that cost money."""

import datetime as dt
from typing import Any

from crm.furniture import config, forget_attempts, take_attempt
from plugins.portal import keys
from plugins.portal.doors.models import Attempts

TABLE: Any = Attempts.__table__
WINDOW = dt.timedelta(minutes=15)
HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)
FREE = 5  # passwords tried for one e-mail address from one place, within WINDOW
FREE_ALTOGETHER = 20  # for one e-mail address from everywhere
NEW_MAILS, NEW_MAILS_OF_ONE_PLACE = 3, 10  # within HOUR


def take_password(email: str, place: str) -> None:
    """Count a password before it is looked at. Raises Refused when too many were tried."""
    take_attempt(TABLE, pair(email, place), FREE, WINDOW)
    take_attempt(TABLE, f"account:{keys.digest('limits', email.strip().lower())}", FREE_ALTOGETHER, WINDOW)


def right_password(email: str, place: str) -> None:
    """What was tried here before counts no longer."""
    forget_attempts(TABLE, pair(email, place))


def pair(email: str, place: str) -> str:
    return f"password:{keys.digest('limits', email.strip().lower(), place)}"


def take_new_mail(email: str, place: str) -> None:
    """Count a new mail that is asked, whether or not anybody has this address. Raises Refused."""
    take_attempt(TABLE, f"mail:{keys.digest('limits', email)}", NEW_MAILS, HOUR)
    take_attempt(TABLE, f"mails:{keys.digest('limits', place)}", NEW_MAILS_OF_ONE_PLACE, HOUR)


def take_message(mobile: str) -> None:
    """Count a text message before it is sent: so many a day to one number, and of this portal. Raises Refused."""
    take_attempt(TABLE, f"sms:{keys.digest('limits', mobile)}", config("KLUIS_SMS_A_DAY"), DAY)
    take_attempt(TABLE, "sms", config("KLUIS_SMS_ALTOGETHER"), DAY)

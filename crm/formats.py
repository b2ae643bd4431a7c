"""Dutch ways of writing: telephones, postcodes, names, dates, money. Pure functions."""

import datetime as dt
import math
import re
import unicodedata
from decimal import Decimal
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import phonenumbers
from stdnum.exceptions import ValidationError as NumberError
from stdnum.nl import postcode

from crm.names import straight
from crm.signs import UNSEEN
from crm.signs import clean as clean
from crm.signs import cleaned as cleaned

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
DAYS = ("maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag")
ENGLISH_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
ENGLISH_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
MONTHS = (
    "januari", "februari", "maart", "april", "mei", "juni",
    "juli", "augustus", "september", "oktober", "november", "december",
)  # fmt: skip
NAMES = {"nl": (DAYS, MONTHS), "en": (ENGLISH_DAYS, ENGLISH_MONTHS)}
NEAR = {
    "nl": {0: "vandaag", 1: "gisteren", -1: "morgen"},
    "en": {0: "today", 1: "yesterday", -1: "tomorrow"},
}
# Letters that have no accent to take off.
UNACCENTED = str.maketrans(
    {"ß": "ss", "ẞ": "ss", "ø": "o", "Ø": "o", "ł": "l", "Ł": "l", "ı": "i", "đ": "d", "Đ": "d", "ð": "d", "Ð": "d",
     "æ": "ae", "Æ": "ae", "œ": "oe", "Œ": "oe", "þ": "th", "Þ": "th"}
)  # fmt: skip
LARGEST = 2**31 - 1  # an id, on every database
MOST_SOUGHT = 500  # characters; SQLite takes no pattern above 50,000 bytes
FIRST_YEAR, LAST_YEAR = 1900, 2100
TEAMS_HOSTS = {"teams.microsoft.com", "teams.live.com"}


def phone(text: str, region: str = "NL") -> str:
    """A telephone number in any notation as E.164. Raises ValueError when it is none. Empty stays empty."""
    if not text.strip():
        return ""
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException as error:
        raise ValueError(text) from error
    if not phonenumbers.is_valid_number(number):
        raise ValueError(text)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


@lru_cache(maxsize=2048)
def show_phone(e164: str) -> str:
    """A number as one reads it out: national for +31, else international."""
    if not e164:
        return ""
    if len(e164) == 12 and e164.startswith("+316"):  # most of them, at a hundredth of the cost
        return f"06 {e164[4:]}"
    try:
        number = phonenumbers.parse(e164, "NL")
    except phonenumbers.NumberParseException:
        return e164
    style = phonenumbers.PhoneNumberFormat
    return phonenumbers.format_number(number, style.NATIONAL if number.country_code == 31 else style.INTERNATIONAL)


def is_mobile(e164: str) -> bool:
    """True for a number that takes an SMS; 097 numbers are machines (domain.md §7.9)."""
    if not e164 or e164.startswith("+3197"):
        return False
    try:
        kind = phonenumbers.number_type(phonenumbers.parse(e164, "NL"))
    except phonenumbers.NumberParseException:
        return False
    return kind in (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE)


def postal_code(text: str, country: str = "NL") -> str:
    """A Dutch postcode as "1234AB", a foreign one trimmed. Raises ValueError for a Dutch one that cannot be."""
    if not text.strip():
        return ""
    if country != "NL":
        return " ".join(text.upper().split())
    try:
        return postcode.validate(text).replace(" ", "")
    except NumberError as error:
        raise ValueError(text) from error


def show_postal_code(code: str) -> str:
    """ "1234AB" as "1234 AB"; anything else as it is."""
    return f"{code[:4]} {code[4:]}" if re.fullmatch(r"\d{4}[A-Z]{2}", code) else code


def is_teams_link(url: str) -> bool:
    """True for a link to a meeting at Microsoft itself, whole and on one line: it goes to clients."""
    if not url.isprintable() or " " in url:  # urlsplit leaves line ends out, and says of the rest that it is right
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "https" and parts.netloc.lower() in TEAMS_HOSTS


def whole(text: Any) -> int:
    """A number as an id can be: digits only, at most LARGEST. Raises ValueError for anything else."""
    digits = str(text).strip()
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= 10 and int(digits) <= LARGEST):
        raise ValueError(text)
    return int(digits)


def is_in_reach(day: dt.date) -> bool:
    """True for a day or moment of the years people live in; beyond, the calendar of the computer itself ends."""
    return FIRST_YEAR <= day.year <= LAST_YEAR


def sent_day(iso: str) -> dt.date:
    """The day that an address names. Raises ValueError when it is none, or out of reach."""
    day = dt.date.fromisoformat(iso)
    if not is_in_reach(day):
        raise ValueError(iso)
    return day


def sent_moment(iso: str) -> dt.datetime:
    """The moment (aware) that an address or a script names. Raises ValueError when it is none, or out of reach."""
    moment = dt.datetime.fromisoformat(iso)
    if moment.tzinfo is None or not is_in_reach(moment):
        raise ValueError(iso)
    return moment


def fold(text: str) -> str:
    """Lower case, no accents, plain apostrophes, nothing unseen, single spaces: the same bytes on every database."""
    if not text.isascii():
        text = unicodedata.normalize("NFKD", UNSEEN.sub("", straight(text)).translate(UNACCENTED))
        text = "".join(c for c in text if not unicodedata.combining(c))
    return " ".join(text.lower().split())


def sought(text: str) -> list[str]:
    """The words that a list is narrowed to, as many and as long as a query of any database may have."""
    return text[:MOST_SOUGHT].split()[:10]


def local(moment: dt.datetime) -> dt.datetime:
    """A moment on the clock in Amsterdam."""
    return moment.astimezone(AMSTERDAM)


def at(day: dt.date, time: dt.time) -> dt.datetime:
    """The moment, in UTC, at which the clock in Amsterdam shows this day and time."""
    return dt.datetime.combine(day, time, AMSTERDAM).astimezone(dt.UTC)


def today() -> dt.date:
    """The date in Amsterdam."""
    return dt.datetime.now(AMSTERDAM).date()


def long_date(day: dt.date, language: str = "nl") -> str:
    """ "dinsdag 3 juni 2025", "Tuesday 3 June 2025"."""
    days, months = NAMES[language]
    return f"{days[day.weekday()]} {day.day} {months[day.month - 1]} {day.year}"


def short_date(day: dt.date | None) -> str:
    """ "03-06-2025"; empty for None."""
    return day.strftime("%d-%m-%Y") if day else ""


def day_label(day: dt.date, language: str = "nl") -> str:
    """ "di 3 jun", "Tue 3 Jun", with the year when it is another one."""
    year = "" if day.year == today().year else f" {day.year}"
    days, months = NAMES[language]
    return f"{days[day.weekday()][: 3 if language == 'en' else 2]} {day.day} {months[day.month - 1][:3]}{year}"


def clock(moment: dt.datetime, language: str = "nl") -> str:
    """ "10.00 uur", "10:00"."""
    return f"{local(moment):%H:%M}" if language == "en" else f"{local(moment):%H.%M} uur"


def day_and_time(moment: dt.datetime) -> str:
    """ "dinsdag 3 juni 2025 om 10.00 uur", as one writes to a client."""
    return f"{long_date(local(moment).date())} om {clock(moment)}"


def moment(iso: str) -> dt.datetime:
    """The moment behind its ISO text, as JSON keeps it. Raises ValueError when it is none."""
    return dt.datetime.fromisoformat(iso)


def when(moment: dt.datetime, language: str = "nl") -> str:
    """How a feed says it: "vandaag 09:41", "gisteren 16:20", "di 3 jun 10:00"."""
    there = local(moment)
    days = (today() - there.date()).days
    day = NEAR[language].get(days) or day_label(there.date(), language)
    return f"{day} {there:%H:%M}"


def euro(amount: Decimal | None) -> str:
    """ "€ 1.234,56"; empty for None."""
    if amount is None:
        return ""
    return "€ " + f"{amount:,.2f}".replace(",", "_").replace(".", ",").replace("_", ".")


def file_size(count: int) -> str:
    """A number of bytes as people say it: "3,4 MB", "120 kB"."""
    if count < 1_000_000:
        return f"{max(1, round(count / 1000)) if count else 0} kB"
    return f"{count / 1_000_000:.1f} MB".replace(".", ",").replace(",0 ", " ")


def seconds_until(moment: dt.datetime) -> int:
    """Whole seconds left until a moment; 0 when it is over."""
    return max(0, math.ceil((moment - dt.datetime.now(dt.UTC)).total_seconds()))

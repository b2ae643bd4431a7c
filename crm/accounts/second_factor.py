"""The second factor: a code of the user's telephone beside his password. Its secret lies sealed in the database."""

import base64
import hmac
import logging
import secrets

import pyotp
from itsdangerous import BadData, URLSafeTimedSerializer

from crm import envelope
from crm.accounts import attempts
from crm.accounts.attempts import Place, digest
from crm.accounts.models import User
from crm.accounts.sessions import end_sessions
from crm.db import utcnow
from crm.host import config
from crm.records import Refused, keep, lock, note, save
from crm.texts import N_

RECOVERY_CODES = 10
SET_UP_WITHIN = 900  # seconds between giving the password and the first code
log = logging.getLogger(__name__)


def seal(secret: str, user: User) -> str:
    """The secret as it is kept: locked with FILES_KEY, and of no use in the row of somebody else."""
    return base64.b64encode(envelope.wrap(secret.encode(), master_key(), about(user))).decode()


def unseal(sealed: str, user: User) -> str | None:
    """The secret; None, and said in the log, when FILES_KEY is not the one it was sealed with."""
    try:
        return envelope.unwrap(base64.b64decode(sealed), master_key(), about(user)).decode()
    except (envelope.Broken, ValueError):
        log.error("the second factor of user %s does not open: another FILES_KEY, or a changed row", user.id)
        return None


def about(user: User) -> bytes:
    return f"second factor of user {user.id}".encode()


def master_key() -> bytes:
    """FILES_KEY: 64 hexadecimal digits."""
    return bytes.fromhex(config("FILES_KEY"))


def begin(user: User) -> str:
    """A word that holds a new secret, for who has just given his password; nothing is kept."""
    return words().dumps([user.id, seal(pyotp.random_base32(), user)])


def secret_in(word: str, user: User) -> str | None:
    """The secret in a word that this user got a moment ago; None for any other, or when it was too long ago."""
    try:
        number, sealed = words().loads(word, max_age=SET_UP_WITHIN)
    except (BadData, ValueError):
        return None
    return unseal(sealed, user) if number == user.id else None


def words() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(config("SECRET_KEY"), salt="second factor")


def turn_on(user: User, secret: str, code: str) -> list[str]:
    """From now on logging in takes a code of the user's telephone; gives the recovery codes, this once.

    Raises Refused when the code does not fit the secret.
    """
    counter = counter_of(secret, code, after=0)
    if counter is None:
        raise Refused("Deze code klopt niet. Kijk of de klok van uw telefoon gelijk loopt en neem de nieuwste code.")
    user.totp_secret, user.totp_last_counter = seal(secret, user), counter
    return new_recovery_codes(user)


def new_recovery_codes(user: User) -> list[str]:
    """Ten new codes for when the telephone is lost; the old ones stop. Ends the user's other sessions."""
    codes = ["-".join(secrets.token_hex(2) for _ in range(4)) for _ in range(RECOVERY_CODES)]
    user.recovery_codes = [digest(code) for code in codes]
    end_sessions(user)
    save(user, user)
    return codes


def turn_off(user: User, by: User) -> None:
    """Logging in takes the password alone again; ends the user's sessions."""
    user.totp_secret, user.totp_last_counter, user.recovery_codes = None, 0, []
    end_sessions(user)
    save(user, by)


def check_code(user: User, code: str, place: Place) -> bool:
    """True when this code lets the user in; a code of the telephone and a recovery code each work once.

    Raises Refused while this user must wait here.
    """
    scope = f"code:{attempts.who(user.email, place)}"
    attempts.take(scope)
    lock(User, user.id)
    if not use_code(user, "".join(code.split())):
        note("login", user.id, "refused", None, email=user.email, why=N_("verkeerde code"), place=place.network)
        return False
    attempts.forget(scope)
    return True


def use_code(user: User, code: str) -> bool:
    """Take the code off the user's list, or move his counter past it; False when it is neither."""
    secret = unseal(user.totp_secret, user) if user.totp_secret else None
    if secret and (counter := counter_of(secret, code, after=user.totp_last_counter)):
        user.totp_last_counter = counter
    elif digest(code.lower()) in user.recovery_codes:
        user.recovery_codes = [kept for kept in user.recovery_codes if kept != digest(code.lower())]
    else:
        return False
    keep(user)
    return True


def counter_of(secret: str, code: str, after: int) -> int | None:
    """The time step (30 s) of a code of now, the step before or the next one; None when it fits none after `after`."""
    totp = pyotp.TOTP(secret)
    now = totp.timecode(utcnow())
    typed = code.encode()  # any sign can be typed, and texts are compared in ASCII only
    fits = (step for step in (now - 1, now, now + 1) if hmac.compare_digest(totp.generate_otp(step).encode(), typed))
    return next((step for step in fits if step > after), None)

"""Verbs of accounts: users and vestigingen, passwords, API tokens, and checking a log-in without helping a guesser."""

import datetime as dt
import hashlib
import hmac
import secrets
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from itsdangerous import BadData, URLSafeTimedSerializer

from crm.access import ADMIN, ASSISTANT, ROLES
from crm.accounts import attempts, queries
from crm.accounts.attempts import Place, digest
from crm.accounts.models import SCOPES, ApiToken, Branch, User
from crm.accounts.sessions import end_sessions
from crm.db import db, utcnow
from crm.host import config
from crm.records import Refused, check_version, keep, note, save
from crm.texts import N_

MIN_PASSWORD = 12
OBVIOUS = ("wachtwoord", "password", "welkom", "hypotheek", "sleutel", "qwerty", "123456", "abcdef", "zomer", "winter")
LINK_LASTS = dt.timedelta(hours=24)


@lru_cache(maxsize=4)
def hasher(memory: int, rounds: int) -> PasswordHasher:
    """argon2id at this cost (memory in KiB)."""
    return PasswordHasher(time_cost=rounds, memory_cost=memory, parallelism=1)


def named(name: str) -> str:
    """A name without white space around it. Raises Refused when nothing is left."""
    if not name.strip():
        raise Refused("Vul een naam in.")
    return name.strip()


def create_branch(name: str, by: User | None = None, **values: str) -> Branch:
    """A new vestiging. Raises Refused for a name that is empty or taken."""
    name = named(name)
    if queries.branch_named(name):
        raise Refused("Er is al een vestiging %(name)s.", name=name)
    branch: Branch = save(Branch(name=name, **values), by)
    return branch


def edit_branch(branch: Branch, values: dict[str, Any], by: User, version: int | None = None) -> Branch:
    """Change a vestiging. Raises Conflict, and Refused for a name that is taken or a vestiging that is needed."""
    check_version(branch, version)
    values = {**values, "name": named(values["name"])}
    other = queries.branch_named(values["name"])
    if other and other.id != branch.id:
        raise Refused("Er is al een vestiging %(name)s.", name=other.name)
    if not values["is_active"] and not queries.other_active_branch(branch):
        raise Refused("Dit is de enige vestiging die in gebruik is.")
    for name, value in values.items():
        setattr(branch, name, value)
    saved: Branch = save(branch, by)
    return saved


def create_user(
    email: str, name: str, password: str, role: str = ASSISTANT, branches: Sequence[Branch] | None = None,
    *, passwords: PasswordHasher, by: User | None = None,
) -> User:  # fmt: skip
    """A new user. Raises Refused for no name, an unknown role, a weak password or an address that is taken."""
    if role not in ROLES:
        raise Refused("Onbekende rol: %(role)s. Kies uit %(roles)s.", role=role, roles=", ".join(ROLES))
    if queries.by_email(email):
        raise Refused("Er is al een gebruiker met het adres %(email)s.", email=email)
    user = User(email=email.strip().lower(), name=named(name), role=role, branches=list(branches or []))
    set_password(user, password, passwords)
    saved: User = save(user, by)
    return saved


def invite_user(values: dict[str, Any], *, passwords: PasswordHasher, by: User) -> tuple[User, str]:
    """A new user without a password of his own yet, and the one-time word by which he chooses it."""
    user = create_user(
        values["email"], values["name"], secrets.token_urlsafe(24), values["role"], values["branches"],
        passwords=passwords, by=by,
    )  # fmt: skip
    return user, password_word(user)


def edit_user(user: User, values: dict[str, Any], by: User, version: int | None = None) -> User:
    """Change name, e-mail, role and branches. Who sees other records from now on must log in again.

    Raises Conflict, and Refused when the address is taken or nobody would be beheerder any more.
    """
    check_version(user, version)
    other = queries.by_email(values["email"])
    if other and other.id != user.id:
        raise Refused("Er is al een gebruiker met het adres %(email)s.", email=other.email)
    if values["role"] != ADMIN:
        keep_an_admin(user)
    sees_other = user.role != values["role"] or set(user.branches) != set(values["branches"])
    user.email, user.name, user.role = values["email"].strip().lower(), named(values["name"]), values["role"]
    user.branches = list(values["branches"])
    if sees_other and user.id != by.id:
        end_sessions(user)
    saved: User = save(user, by)
    return saved


def set_enabled(user: User, is_enabled: bool, by: User) -> User:
    """Let someone in, or not any more: sessions and API tokens stop at once. Raises Refused for oneself and for the
    last beheerder."""
    if not is_enabled:
        if user.id == by.id:
            raise Refused("U kunt uzelf niet uitschakelen. Vraag een andere beheerder.")
        keep_an_admin(user)
    user.is_enabled = is_enabled
    end_sessions(user)
    saved: User = save(user, by)
    return saved


def keep_an_admin(user: User) -> None:
    """Raises Refused when this user is the only beheerder who can log in."""
    if user.role == ADMIN and user.is_enabled and not queries.other_admin(user):
        raise Refused("%(name)s is de enige beheerder. Maak eerst iemand anders beheerder.", name=user.name)


def edit_profile(user: User, values: dict[str, Any], version: int | None = None) -> User:
    """What a user changes about himself (name, phone, signature …). Raises Conflict."""
    check_version(user, version)
    for name, value in values.items():
        setattr(user, name, value.strip() if isinstance(value, str) else value)
    saved: User = save(user, user)
    return saved


# --- Passwords -----------------------------------------------------------------------------------------------


def set_password(user: User, password: str, passwords: PasswordHasher) -> None:
    """Give a user a new password and end all of his sessions; the caller saves. Raises Refused for a weak one."""
    check_password(user, password)
    user.password_hash = passwords.hash(as_one_form(password))
    end_sessions(user)


def check_password(user: User, password: str) -> None:
    """Length counts, not odd signs (NIST SP 800-63B): raises Refused when it is short or can be guessed.

    It may hold an obvious word, not be little more than one: eight other characters must be left.
    """
    if len(password) < MIN_PASSWORD:
        raise Refused("Kies een wachtwoord van minstens %(count)s tekens.", count=MIN_PASSWORD)
    rest = password.lower()
    own = f"{user.name} {user.email} {config('OFFICE_NAME')}".lower().replace("@", " ").replace(".", " ").split()
    for word in {*OBVIOUS, *(word for word in own if len(word) > 3)}:
        rest = rest.replace(word, "")
    if len(rest) < 8 or len(set(rest)) < 5:
        raise Refused(
            "Dit wachtwoord is te makkelijk te raden. Neem een paar woorden die niets met elkaar te maken hebben."
        )


def change_password(user: User, password: str, passwords: PasswordHasher) -> User:
    """A new password for who has just shown to know the old one (`confirm_password`). Raises Refused for a weak one."""
    set_password(user, password, passwords)
    saved: User = save(user, user)
    return saved


def confirm_password(user: User, password: str, place: Place, passwords: PasswordHasher) -> bool:
    """True when this is the user's own password, asked again before something that matters.

    Wrong ones are counted per user *and* place. Raises Refused while this pair must wait.
    """
    scope = f"confirm:{attempts.who(user.email, place)}"
    attempts.take(scope)
    if not is_right(passwords, user.password_hash, password):
        note("login", user.id, "refused", user, why=N_("verkeerd wachtwoord"), place=place.network)
        return False
    attempts.forget(scope)
    return True


def password_word(user: User) -> str:
    """A word for a link by which this user chooses a password once, within LINK_LASTS."""
    return words_for_links().dumps([user.id, fingerprint(user)])


def user_of_word(word: str) -> User | None:
    """The user of a one-time link, or None when it was used, is too old, or was never given."""
    try:
        number, seen = words_for_links().loads(word, max_age=int(LINK_LASTS.total_seconds()))
    except (BadData, ValueError):
        return None
    user = db.session.get(User, number)
    fits = user is not None and user.is_enabled and hmac.compare_digest(fingerprint(user), str(seen))
    return user if fits else None


def words_for_links() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(config("SECRET_KEY"), salt="password")


def fingerprint(user: User) -> str:
    """Changes with the password and with every end of sessions, so that a link works once."""
    return hashlib.sha256(f"{user.password_hash}|{user.session_key}".encode()).hexdigest()[:20]


def choose_password(word: str, password: str, passwords: PasswordHasher) -> User:
    """Choose a password by a one-time link. Raises Refused when the link no longer works or the password is weak."""
    user = user_of_word(word)
    if user is None:
        raise Refused("Deze link werkt niet meer. Vraag de beheerder om een nieuwe.")
    set_password(user, password, passwords)
    saved: User = save(user, user)
    return saved


def reset_password(user: User, passwords: PasswordHasher, by: User) -> str:
    """Take away a user's password and sessions; gives the word of the link by which he chooses a new one."""
    set_password(user, secrets.token_urlsafe(24), passwords)
    save(user, by)
    return password_word(user)


# --- Logging in, tokens --------------------------------------------------------------------------------------


def authenticate(email: str, password: str, place: Place, passwords: PasswordHasher) -> User | None:
    """The user, when the password is right; the log tells of one that is not.

    The attempt was counted before (`attempts.take_login`).
    """
    user = queries.by_email(email)
    right = is_right(passwords, user.password_hash if user else dummy_hash(passwords), password)
    if user is None or not right or not user.is_enabled:
        typed = email.strip().lower() if "@" in email else "…"  # who errs may have typed his password
        note(
            "login",
            user.id if user else 0,
            "refused",
            None,
            email=typed[:200],
            why=N_("verkeerd wachtwoord"),
            place=place.network,
        )
        return None
    attempts.succeeded(email, place)
    return user


def note_login(user: User, place: Place) -> None:
    """Remember when this user was last here, and from where."""
    attempts.remember(user.email, place)
    user.last_login_at = utcnow()
    keep(user)
    note("login", user.id, "login", user, place=place.network)


def is_right(passwords: PasswordHasher, kept: str, password: str) -> bool:
    """True when the password is the one behind the kept hash."""
    try:
        return passwords.verify(kept, as_one_form(password))
    except (VerificationError, InvalidHashError):
        return password != as_one_form(password) and is_right_as_typed(passwords, kept, password)


def is_right_as_typed(passwords: PasswordHasher, kept: str, password: str) -> bool:
    """The same for a hash that was made before passwords were brought to one form."""
    try:
        return passwords.verify(kept, password)
    except (VerificationError, InvalidHashError):
        return False


def as_one_form(password: str) -> str:
    """The same text from every keyboard: "é" as one sign or as two is one password (NIST SP 800-63B: NFKC)."""
    return unicodedata.normalize("NFKC", password)


@lru_cache(maxsize=4)
def dummy_hash(passwords: PasswordHasher) -> str:
    """What an unknown address is compared with, so that it takes as long as a known one."""
    return passwords.hash(secrets.token_urlsafe())


def create_token(user: User, name: str, scopes: Sequence[str], days: int = 0) -> str:
    """A new API token that sees what `user` sees; the text is given once, only its digest is kept.

    `days` 0: until it is revoked. Raises Refused for no name and for a scope that does not exist.
    """
    if unknown := sorted(set(scopes) - set(SCOPES)):
        raise Refused(
            "Onbekend recht: %(scopes)s. Kies uit %(known)s.", scopes=", ".join(unknown), known=", ".join(SCOPES)
        )
    token = f"sleutel_{secrets.token_urlsafe(32)}"
    ends = utcnow() + dt.timedelta(days=days) if days else None
    keep(ApiToken(name=named(name), digest=digest(token), scopes=" ".join(scopes), user=user, expires_at=ends))
    return token


def revoke_token(token: ApiToken) -> None:
    """This token stops working at once; it stays in the list, so that one sees it was there."""
    token.revoked_at = token.revoked_at or utcnow()
    keep(token)

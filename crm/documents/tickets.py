"""A file that came in and belongs to nothing yet is known to its sender alone, by a signed ticket: it has no row yet.

So taking in bytes waits for nobody who writes. What a ticket holds of the file's key is locked with the office's.
"""

import datetime as dt
from base64 import b64decode, b64encode

from itsdangerous import BadData, URLSafeTimedSerializer

from crm.documents import storage
from crm.documents.models import StoredFile
from crm.host import config

LASTS = dt.timedelta(hours=23)  # less than operations.UNFINISHED_FOR: a ticket never outlives its file


def ticket_of(file: StoredFile, user_id: int) -> str:
    """What a user holds of a file that is nobody's yet, for LASTS."""
    return signer().dumps([user_id, file.key, file.size, file.file_key_id, b64encode(file.wrapped).decode()])


def file_of(ticket: str, user_id: int) -> StoredFile | None:
    """The row, yet to be saved, of a file that this user sent; None when the ticket was never given to him, is too
    old, or the office has another key since."""
    try:
        owner, key, size, file_key_id, wrapped = signer().loads(ticket, max_age=int(LASTS.total_seconds()))
    except BadData:
        return None
    if owner != user_id or file_key_id != storage.sealer().file_key_id:
        return None
    return StoredFile(key=key, size=size, file_key_id=file_key_id, wrapped=b64decode(wrapped))


def signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(config("SECRET_KEY"), salt="file")

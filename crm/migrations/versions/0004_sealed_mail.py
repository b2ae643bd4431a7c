"""The bytes of mails are sealed, each under a key of its own, in a table of their own"""

import hashlib
import os
import struct

import sqlalchemy as sa
from alembic import op
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import current_app

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# The first form of crm/envelope.py as it was then, so that this does not depend on what it is by now.
MARK, PIECE, TAG = b"SLTL\x01", 1 << 20, 16

messages = sa.table("messages", *map(sa.column, ("id", "message_id", "mime_digest")), sa.column("mime", sa.LargeBinary))
contents = sa.table(
    "message_contents",
    *map(sa.column, ("message_id", "size", "file_key_id")),
    sa.column("wrapped", sa.LargeBinary),
    sa.column("sealed", sa.LargeBinary),
)
file_keys = sa.table(
    "file_keys", sa.column("id", sa.Integer), sa.column("wrapped", sa.LargeBinary),
    sa.column("created_at", sa.DateTime(timezone=True)),
)  # fmt: skip


def upgrade():
    op.create_table(
        "message_contents",
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("file_key_id", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["file_key_id"], ["file_keys.id"], name=op.f("fk_message_contents_file_key_id")),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name=op.f("fk_message_contents_message_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_message_contents")),
    )
    with op.batch_alter_table("message_contents", schema=None) as batch_op:
        batch_op.create_index(op.f("ix_message_contents_file_key_id"), ["file_key_id"], unique=False)
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.add_column(sa.Column("mime_digest", sa.String(), nullable=False, server_default=""))
    overwrite_what_goes()
    for number, name, mime in every(sa.select(messages.c.id, messages.c.message_id, messages.c.mime)):
        digest = hashlib.sha256(mime).hexdigest()
        about, own = f"{name} {digest}".encode(), AESGCM.generate_key(256)
        file_key_id, office = newest_key() or new_key()
        row = {"message_id": number, "size": len(mime), "file_key_id": file_key_id}
        op.execute(
            contents.insert().values(row | {"wrapped": wrap(own, office, about), "sealed": seal(mime, own, about)})
        )
        op.execute(messages.update().where(messages.c.id == number).values(mime_digest=digest))
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.alter_column("mime_digest", server_default=None)
        batch_op.drop_column("mime")


def downgrade():
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.add_column(sa.Column("mime", sa.LargeBinary(), nullable=True))
    rows = sa.select(contents, messages.c.message_id.label("name"), messages.c.mime_digest)
    for row in every(rows.join_from(contents, messages, messages.c.id == contents.c.message_id)):
        about, key = f"{row.name} {row.mime_digest}".encode(), office_key(row.file_key_id)
        own = AESGCM(key).decrypt(row.wrapped[:12], row.wrapped[12:], about)
        mime = unseal(row.sealed, row.size, own, about)
        op.execute(messages.update().where(messages.c.id == row.message_id).values(mime=mime))
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.drop_column("mime_digest")
    op.drop_table("message_contents")


def overwrite_what_goes():
    """SQLite leaves what it frees as it was, unless told not to."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("PRAGMA secure_delete=ON")


def every(query):
    """Rows of a query, one at a time by their numbers: mails are large."""
    connection, number = op.get_bind(), query.selected_columns[0]
    for one in connection.scalars(query.with_only_columns(number).order_by(number)).all():
        row = connection.execute(query.where(number == one)).one()
        if row[-1] is not None:
            yield row


def newest_key():
    """(number, key) of the office; None when it has none yet."""
    number = op.get_bind().scalar(sa.select(sa.func.max(file_keys.c.id)))
    return (number, office_key(number)) if number else None


def new_key():
    key = AESGCM.generate_key(256)
    row = {"wrapped": wrap(key, master_key(), b"office key"), "created_at": sa.func.current_timestamp()}
    op.execute(file_keys.insert().values(row))
    return newest_key()


def office_key(number):
    wrapped = op.get_bind().scalar(sa.select(file_keys.c.wrapped).where(file_keys.c.id == number))
    return AESGCM(master_key()).decrypt(wrapped[:12], wrapped[12:], b"office key")


def master_key():
    return bytes.fromhex(current_app.config["FILES_KEY"])


def wrap(key, outer, about):
    nonce = os.urandom(12)
    return nonce + AESGCM(outer).encrypt(nonce, key, about)


def seal(content, key, about):
    cipher, prefix, count = AESGCM(key), os.urandom(7), max(1, -(-len(content) // PIECE))
    pieces = (
        cipher.encrypt(nonce(prefix, place, count), content[place * PIECE : (place + 1) * PIECE], MARK + about)
        for place in range(count)
    )
    return MARK + prefix + b"".join(pieces)


def unseal(sealed, size, key, about):
    mark, prefix, body = sealed[:5], sealed[5:12], sealed[12:]
    piece = {MARK: PIECE, b"SLTL\x02": 1 << 16}[mark]
    count = max(1, -(-size // piece))
    pieces = (body[place * (piece + TAG) : (place + 1) * (piece + TAG)] for place in range(count))
    opened = (AESGCM(key).decrypt(nonce(prefix, place, count), one, mark + about) for place, one in enumerate(pieces))
    return b"".join(opened)


def nonce(prefix, place, count):
    return prefix + struct.pack(">IB", place, place == count - 1)

"""The secret of a second factor is sealed with FILES_KEY"""

import base64
import os

import sqlalchemy as sa
from alembic import op
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import current_app

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

users = sa.table("users", sa.column("id", sa.Integer), sa.column("totp_secret", sa.String))


def upgrade():
    if op.get_bind().dialect.name == "sqlite":  # or the open secret stays in what is freed
        op.execute("PRAGMA secure_delete=on")
    for number, secret in secrets():
        nonce = os.urandom(12)
        sealed = nonce + cipher().encrypt(nonce, secret.encode(), about(number))
        put(number, base64.b64encode(sealed).decode())


def downgrade():
    for number, sealed in secrets():
        whole = base64.b64decode(sealed)
        put(number, cipher().decrypt(whole[:12], whole[12:], about(number)).decode())


def secrets():
    kept = sa.select(users.c.id, users.c.totp_secret).where(users.c.totp_secret.is_not(None))
    return op.get_bind().execute(kept).all()


def put(number, secret):
    op.execute(users.update().where(users.c.id == number).values(totp_secret=secret))


def cipher():
    return AESGCM(bytes.fromhex(current_app.config["FILES_KEY"]))


def about(number):
    return f"second factor of user {number}".encode()

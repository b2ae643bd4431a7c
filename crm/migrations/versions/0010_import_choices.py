"""Imports know how a file's letters and dates are meant, which columns it has, and which rows came in without a value"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

# name, type, what imports of before have; None may be unknown
COLUMNS = (
    ("lenient", sa.Boolean, sa.false()),
    ("marked", sa.Integer, "0"),
    ("encoding", sa.String, "utf-8"),
    ("letters", sa.JSON, "{}"),
    ("headers", sa.JSON, "[]"),
    ("empty", sa.JSON, "[]"),
    ("months", sa.JSON, "{}"),
    ("month_first", sa.Boolean, None),
)


def upgrade():
    with op.batch_alter_table("imports", schema=None) as batch_op:
        for name, kind, before in COLUMNS:
            batch_op.add_column(sa.Column(name, kind(), nullable=before is None, server_default=before))


def downgrade():
    with op.batch_alter_table("imports", schema=None) as batch_op:
        for name, _kind, _before in COLUMNS:
            batch_op.drop_column(name)

"""An e-mail says what of it could not be read"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade():
    with op.batch_alter_table("incoming_mails", schema=None) as batch_op:
        batch_op.add_column(sa.Column("left_out", sa.JSON(), nullable=False, server_default="[]"))
    with op.batch_alter_table("incoming_mails", schema=None) as batch_op:
        batch_op.alter_column("left_out", server_default=None)
        batch_op.create_index("ix_incoming_mails_subject", ["subject_kind", "subject_id"], unique=False)


def downgrade():
    with op.batch_alter_table("incoming_mails", schema=None) as batch_op:
        batch_op.drop_index("ix_incoming_mails_subject")
        batch_op.drop_column("left_out")

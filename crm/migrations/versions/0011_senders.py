"""Who sent a document, by name, when that was no user"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("documents", sa.Column("sender", sa.String(), nullable=False, server_default=""))
    with op.batch_alter_table("documents") as batch_op:
        batch_op.alter_column("sender", server_default=None)


def downgrade():
    op.drop_column("documents", "sender")

"""How a stuk stood before it was taken off the list"""

import sqlalchemy as sa
from alembic import op

revision = "document_types_0008"
down_revision = "document_types_0007"
branch_labels = None
depends_on = None


def upgrade():
    with op.batch_alter_table("document_types_requests", schema=None) as batch_op:
        batch_op.add_column(sa.Column("status_before", sa.String(), nullable=False, server_default=""))


def downgrade():
    with op.batch_alter_table("document_types_requests", schema=None) as batch_op:
        batch_op.drop_column("status_before")

"""The PDF of the photos of a stuk"""

import sqlalchemy as sa
from alembic import op

revision = "document_types_0006"
down_revision = "document_types_0005"
branch_labels = None
depends_on = None


def upgrade():
    with op.batch_alter_table("document_types_request_files", schema=None) as batch_op:
        batch_op.add_column(sa.Column("is_combined", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade():
    with op.batch_alter_table("document_types_request_files", schema=None) as batch_op:
        batch_op.drop_column("is_combined")

"""Since when the portal does not answer"""

import sqlalchemy as sa
from alembic import op

revision = "vault_0002"
down_revision = "vault_0001"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("vault_cursors", sa.Column("trouble", sa.String(), server_default="", nullable=False))
    op.add_column("vault_cursors", sa.Column("trouble_since", sa.DateTime(timezone=True), nullable=True))


def downgrade():
    op.drop_column("vault_cursors", "trouble_since")
    op.drop_column("vault_cursors", "trouble")

"""Names and receipts of vaults that were let go of"""

import sqlalchemy as sa
from alembic import op

revision = "portal_0003"
down_revision = "portal_0002"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "gone_vaults",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("receipt", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_gone_vaults")),
    )


def downgrade():
    op.drop_table("gone_vaults")

"""Workers say that they are there"""

import sqlalchemy as sa
from alembic import op

from crm.db import UtcDateTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "worker_signs",
        sa.Column("slot", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seen_at", UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("slot", name=op.f("pk_worker_signs")),
    )


def downgrade():
    op.drop_table("worker_signs")

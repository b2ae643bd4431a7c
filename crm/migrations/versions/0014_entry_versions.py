"""An entry of the audit chain knows which version of the record came of it"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("audit_entries", sa.Column("record_version", sa.Integer(), nullable=True))


def downgrade():
    op.drop_column("audit_entries", "record_version")

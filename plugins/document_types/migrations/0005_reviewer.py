"""Who reviews a stuk"""

import sqlalchemy as sa
from alembic import op

revision = "document_types_0005"
down_revision = "document_types_0004"
branch_labels = None
depends_on = None


def upgrade():
    with op.batch_alter_table("document_types_requests", schema=None) as batch_op:
        batch_op.add_column(sa.Column("reviewer_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            op.f("fk_document_types_requests_reviewer_id"), "users", ["reviewer_id"], ["id"], ondelete="SET NULL"
        )


def downgrade():
    with op.batch_alter_table("document_types_requests", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("fk_document_types_requests_reviewer_id"), type_="foreignkey")
        batch_op.drop_column("reviewer_id")

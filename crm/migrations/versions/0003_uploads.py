"""Who sent a file that belongs to nothing yet; a fingerprint comes with the check; which older document is the same"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade():
    with op.batch_alter_table("stored_files", schema=None) as batch_op:
        batch_op.alter_column("fingerprint", existing_type=sa.String(), nullable=True)
        batch_op.add_column(sa.Column("sent_by_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            op.f("fk_stored_files_sent_by_id"), "users", ["sent_by_id"], ["id"], ondelete="CASCADE"
        )
        batch_op.create_index(op.f("ix_stored_files_sent_by_id"), ["sent_by_id"], unique=False)
    with op.batch_alter_table("document_versions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("same_as_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            op.f("fk_document_versions_same_as_id"), "documents", ["same_as_id"], ["id"], ondelete="SET NULL"
        )
        batch_op.create_index(op.f("ix_document_versions_same_as_id"), ["same_as_id"], unique=False)


def downgrade():
    with op.batch_alter_table("document_versions", schema=None) as batch_op:
        batch_op.drop_index(op.f("ix_document_versions_same_as_id"))
        batch_op.drop_constraint(op.f("fk_document_versions_same_as_id"), type_="foreignkey")
        batch_op.drop_column("same_as_id")
    with op.batch_alter_table("stored_files", schema=None) as batch_op:
        batch_op.drop_index(op.f("ix_stored_files_sent_by_id"))
        batch_op.drop_constraint(op.f("fk_stored_files_sent_by_id"), type_="foreignkey")
        batch_op.drop_column("sent_by_id")
        batch_op.alter_column("fingerprint", existing_type=sa.String(), nullable=False)

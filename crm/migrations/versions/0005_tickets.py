"""A file that belongs to nothing yet has a ticket in place of a row: rows of such files go, the sweep takes the files"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

files = sa.table("stored_files", sa.column("sent_by_id"))


def upgrade():
    columns = {column["name"] for column in sa.inspect(op.get_bind()).get_columns("stored_files")}
    if "sent_by_id" not in columns:  # 0003 was without it for some hours
        return
    op.execute(files.delete().where(files.c.sent_by_id.is_not(None)))
    with op.batch_alter_table("stored_files", schema=None) as batch_op:
        batch_op.drop_index(op.f("ix_stored_files_sent_by_id"))
        batch_op.drop_constraint(op.f("fk_stored_files_sent_by_id"), type_="foreignkey")
        batch_op.drop_column("sent_by_id")


def downgrade():
    with op.batch_alter_table("stored_files", schema=None) as batch_op:
        batch_op.add_column(sa.Column("sent_by_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            op.f("fk_stored_files_sent_by_id"), "users", ["sent_by_id"], ["id"], ondelete="CASCADE"
        )
        batch_op.create_index(op.f("ix_stored_files_sent_by_id"), ["sent_by_id"], unique=False)

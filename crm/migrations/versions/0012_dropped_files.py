"""Files outlive their rows for a while: their names are kept, and the sweep takes them away in place of a job for each"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "dropped_files",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_dropped_files")),
    )
    op.create_index(op.f("ix_dropped_files_at"), "dropped_files", ["at"], unique=False)
    cancel_jobs()


def downgrade():
    op.drop_index(op.f("ix_dropped_files_at"), table_name="dropped_files")
    op.drop_table("dropped_files")


def cancel_jobs():
    """The old jobs that wait: what they were to take away no row knows, so that the sweep does."""
    schema = "dbos" if op.get_bind().dialect.name == "postgresql" else None
    if sa.inspect(op.get_bind()).has_table("workflow_status", schema=schema):
        columns = map(sa.column, ("name", "status", "completed_at", "updated_at"))
        work = sa.table("workflow_status", *columns, schema=schema)
        waiting = (work.c.name == "documents.drop_file") & work.c.status.in_(("ENQUEUED", "DELAYED", "PENDING"))
        op.execute(work.update().where(waiting).values(status="CANCELLED", completed_at=work.c.updated_at))

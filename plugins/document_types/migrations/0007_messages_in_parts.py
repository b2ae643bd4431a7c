"""A message of many rows is processed some at a time; where it belongs is not a state; a message per vestiging"""

import sqlalchemy as sa
from alembic import op

revision = "document_types_0007"
down_revision = "document_types_0006"
branch_labels = None
depends_on = None

TABLE = "document_types_messages"
messages = sa.table(TABLE, *map(sa.column, ("id", "digest", "state", "done", "rows", "dossier_id")))
DIGEST = "uq_document_types_messages_digest"
BOTH = "uq_document_types_messages_digest_branch_id"


def upgrade():
    with op.batch_alter_table(TABLE, schema=None) as batch_op:
        batch_op.add_column(sa.Column("done", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("client_texts", sa.JSON(), nullable=False, server_default="{}"))
        batch_op.drop_constraint(DIGEST, type_="unique")
        batch_op.create_unique_constraint(BOTH, ["digest", "branch_id"])
    op.execute(messages.update().where(messages.c.state.in_(("to_link", "to_process"))).values(state="open"))
    op.execute(messages.update().where(messages.c.state == "processed").values(done=messages.c.rows))


def downgrade():
    state = sa.case((messages.c.dossier_id.is_(None), "to_link"), else_="to_process")
    op.execute(messages.update().where(messages.c.state.in_(("open", "processing"))).values(state=state))
    first = sa.select(sa.func.min(messages.c.id)).group_by(messages.c.digest)
    op.execute(messages.delete().where(messages.c.id.not_in(first)))
    with op.batch_alter_table(TABLE, schema=None) as batch_op:
        batch_op.drop_constraint(BOTH, type_="unique")
        batch_op.create_unique_constraint(DIGEST, ["digest"])
        batch_op.drop_column("client_texts")
        batch_op.drop_column("done")

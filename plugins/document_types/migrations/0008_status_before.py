"""How a stuk stood before it was taken off the list"""

import sqlalchemy as sa
from alembic import op

revision = "document_types_0008"
down_revision = "document_types_0007"
branch_labels = None
depends_on = None

REQUESTS = sa.table("document_types_requests", *map(sa.column, ("status", "client_text", "lender_text")))


def upgrade():
    with op.batch_alter_table("document_types_requests", schema=None) as batch_op:
        batch_op.add_column(sa.Column("status_before", sa.String(), nullable=False, server_default=""))

    # What a lender said when it asked again stood here, unseen; from now on a client reads why a stuk is asked again.
    of_lender = (REQUESTS.c.status == "open", REQUESTS.c.client_text == REQUESTS.c.lender_text)
    op.execute(sa.update(REQUESTS).where(*of_lender).values(client_text=""))


def downgrade():
    with op.batch_alter_table("document_types_requests", schema=None) as batch_op:
        batch_op.drop_column("status_before")

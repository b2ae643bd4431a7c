"""Messages of lenders"""

import sqlalchemy as sa
from alembic import op

revision = "document_types_0003"
down_revision = "document_types_0002"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "document_types_messages",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("sender", sa.String(), nullable=False),
        sa.Column("sender_name", sa.String(), nullable=False),
        sa.Column("application", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.JSON(), nullable=False),
        sa.Column("processed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("xml", sa.LargeBinary(), nullable=False),
        sa.Column("dossier_id", sa.Integer(), nullable=True),
        sa.Column("product_id", sa.Integer(), nullable=True),
        sa.Column("branch_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["dossier_id"], ["dossiers.id"], name=op.f("fk_document_types_messages_dossier_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_document_types_messages_product_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["branch_id"], ["branches.id"], name=op.f("fk_document_types_messages_branch_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["author_id"], ["users.id"], name=op.f("fk_document_types_messages_author_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_types_messages")),
        sa.UniqueConstraint("digest", name=op.f("uq_document_types_messages_digest")),
    )
    with op.batch_alter_table("document_types_messages", schema=None) as batch_op:
        batch_op.create_index("ix_document_types_messages_state", ["state", "id"], unique=False)
        batch_op.create_index("ix_document_types_messages_application", ["application", "sender"], unique=False)
        batch_op.create_index(op.f("ix_document_types_messages_dossier_id"), ["dossier_id"], unique=False)
        batch_op.create_index(op.f("ix_document_types_messages_branch_id"), ["branch_id"], unique=False)


def downgrade():
    op.drop_table("document_types_messages")

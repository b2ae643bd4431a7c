"""Types of documents, reasons, checklists"""

import sqlalchemy as sa
from alembic import op

revision = "document_types_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "document_types_reasons",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("is_general", sa.Boolean(), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("content_digest", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_document_types_reasons"),
        sa.UniqueConstraint("key", name="uq_document_types_reasons_key"),
    )
    op.create_table(
        "document_types_templates",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("phase", sa.String(), nullable=False),
        sa.Column("dossier_types", sa.JSON(), nullable=False),
        sa.Column("profiles", sa.JSON(), nullable=False),
        sa.Column("situations", sa.JSON(), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("content_digest", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_document_types_templates"),
        sa.UniqueConstraint("key", name="uq_document_types_templates_key"),
    )
    op.create_table(
        "document_types_types",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("match_name", sa.String(), nullable=False),
        sa.Column("explanation", sa.String(), nullable=False),
        sa.Column("group", sa.String(), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("delivered_by", sa.String(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("item_name", sa.String(), nullable=False),
        sa.Column("item_count", sa.Integer(), nullable=False),
        sa.Column("validity", sa.String(), nullable=False),
        sa.Column("validity_count", sa.Integer(), nullable=True),
        sa.Column("condition", sa.String(), nullable=False),
        sa.Column("formats", sa.JSON(), nullable=False),
        sa.Column("hdn_codes", sa.JSON(), nullable=False),
        sa.Column("retention_years", sa.Integer(), nullable=True),
        sa.Column("is_invoice", sa.Boolean(), nullable=False),
        sa.Column("signable", sa.Boolean(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("content_digest", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_document_types_types"),
        sa.UniqueConstraint("key", name="uq_document_types_types_key"),
    )
    op.create_index("ix_document_types_types_place", "document_types_types", ["weight", "id"])
    op.create_table(
        "document_types_items",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("template_id", sa.Integer(), nullable=False),
        sa.Column("type_id", sa.Integer(), nullable=False),
        sa.Column("situation", sa.String(), nullable=False),
        sa.Column("choice", sa.String(), nullable=False),
        sa.Column("option", sa.Integer(), nullable=False),
        sa.Column("replaces_id", sa.Integer(), nullable=True),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["replaces_id"], ["document_types_types.id"], name="fk_document_types_items_replaces_id"
        ),
        sa.ForeignKeyConstraint(
            ["template_id"],
            ["document_types_templates.id"],
            name="fk_document_types_items_template_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["type_id"], ["document_types_types.id"], name="fk_document_types_items_type_id"),
        sa.PrimaryKeyConstraint("id", name="pk_document_types_items"),
    )
    op.create_index("ix_document_types_items_replaces_id", "document_types_items", ["replaces_id"])
    op.create_index("ix_document_types_items_template_id", "document_types_items", ["template_id"])
    op.create_index("ix_document_types_items_type_id", "document_types_items", ["type_id"])
    op.create_table(
        "document_types_type_reasons",
        sa.Column("type_id", sa.Integer(), nullable=False),
        sa.Column("reason_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["reason_id"],
            ["document_types_reasons.id"],
            name="fk_document_types_type_reasons_reason_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["type_id"], ["document_types_types.id"], name="fk_document_types_type_reasons_type_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("type_id", "reason_id", name="pk_document_types_type_reasons"),
    )
    op.create_index("ix_document_types_type_reasons_reason_id", "document_types_type_reasons", ["reason_id"])


def downgrade():
    op.drop_table("document_types_type_reasons")
    op.drop_table("document_types_items")
    op.drop_table("document_types_types")
    op.drop_table("document_types_templates")
    op.drop_table("document_types_reasons")

"""Stukken and the files given for them"""

import sqlalchemy as sa
from alembic import op

revision = "document_types_0002"
down_revision = "document_types_0001"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "document_types_requests",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("explanation", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("phase", sa.String(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("dated_on", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("client_text", sa.String(), nullable=False),
        sa.Column("office_verdict", sa.String(), nullable=False),
        sa.Column("office_verdict_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("office_reason", sa.String(), nullable=False),
        sa.Column("office_text", sa.String(), nullable=False),
        sa.Column("lender_verdict", sa.String(), nullable=False),
        sa.Column("lender_verdict_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lender_text", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("lender_ref", sa.String(), nullable=False),
        sa.Column("hdn_code", sa.String(), nullable=False),
        sa.Column("lender_status_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lender_has_it", sa.Boolean(), nullable=False),
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=True),
        sa.Column("product_id", sa.Integer(), nullable=True),
        sa.Column("relation_id", sa.Integer(), nullable=True),
        sa.Column("type_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["dossier_id"], ["dossiers.id"], name="fk_document_types_requests_dossier_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name="fk_document_types_requests_product_id", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["relation_id"], ["relations.id"], name="fk_document_types_requests_relation_id", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["service_id"], ["services.id"], name="fk_document_types_requests_service_id", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["type_id"], ["document_types_types.id"], name="fk_document_types_requests_type_id"),
        sa.PrimaryKeyConstraint("id", name="pk_document_types_requests"),
    )
    op.create_index("ix_document_types_requests_lender", "document_types_requests", ["lender_ref"])
    op.create_index("ix_document_types_requests_place", "document_types_requests", ["dossier_id", "status"])
    op.create_index("ix_document_types_requests_product_id", "document_types_requests", ["product_id"])
    op.create_index("ix_document_types_requests_relation_id", "document_types_requests", ["relation_id"])
    op.create_index("ix_document_types_requests_service_id", "document_types_requests", ["service_id"])
    op.create_index("ix_document_types_requests_type_id", "document_types_requests", ["type_id"])
    op.create_index("ix_document_types_requests_validity", "document_types_requests", ["status", "valid_until"])
    op.create_table(
        "document_types_request_files",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("came_in_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name="fk_document_types_request_files_document_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["document_types_requests.id"],
            name="fk_document_types_request_files_request_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_document_types_request_files"),
        sa.UniqueConstraint("request_id", "document_id", name="uq_document_types_request_files_request_id_document_id"),
    )
    op.create_index("ix_document_types_request_files_document_id", "document_types_request_files", ["document_id"])


def downgrade():
    op.drop_table("document_types_request_files")
    op.drop_table("document_types_requests")

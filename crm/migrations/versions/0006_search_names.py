"""Search puts an exact surname before a double one: sort keys are written with dashes, later parts get rows of their own"""

import re

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

BYTES = sa.String().with_variant(sa.String(collation="C"), "postgresql")
BATCH = 2000
PART = re.compile(r"[^\W_]+")

documents = sa.table("search_documents", sa.column("id", sa.Integer), sa.column("sort", sa.String))
names = sa.table("search_names", sa.column("document_id", sa.Integer), sa.column("name", sa.String))


def upgrade():
    op.create_table(
        "search_names",
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("name", BYTES, nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"],
            ["search_documents.id"],
            name=op.f("fk_search_names_document_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("document_id", "name", name=op.f("pk_search_names")),
    )
    op.create_index(op.f("ix_search_names_name"), "search_names", ["name"])
    rewrite(with_dashes)


def downgrade():
    op.drop_table("search_names")
    rewrite(with_spaces, noting=False)


def rewrite(changed, noting=True):
    """Give every document its other sort key, a batch at a time; `noting` writes the later parts too."""
    bind, last = op.get_bind(), 0
    while rows := bind.execute(
        sa.select(documents).where(documents.c.id > last).order_by(documents.c.id).limit(BATCH)
    ).all():
        last = rows[-1].id
        keys = {row.id: changed(row.sort) for row in rows}
        other = [{"number": row.id, "key": keys[row.id]} for row in rows if keys[row.id] != row.sort]
        if other:
            mine = documents.update().where(documents.c.id == sa.bindparam("number")).values(sort=sa.bindparam("key"))
            bind.execute(mine, other)
        parts = [{"document_id": number, "name": name} for number, key in keys.items() for name in later_parts(key)]
        if noting and parts:
            bind.execute(names.insert(), parts)


def with_dashes(sort):
    """ "koster visser, willem" as "koster-visser, willem"; what has no comma was a title."""
    surname, _comma, first = sort.partition(",")
    return "-".join(PART.findall(surname)) + f", {first.strip()}"


def with_spaces(sort):
    surname, _comma, first = sort.partition(",")
    return f"{surname.replace('-', ' ')},{first}"


def later_parts(key):
    """ "koster-visser, willem" gives ["visser, willem"]."""
    dashes = [place for place, sign in enumerate(key.partition(",")[0]) if sign == "-"]
    return [key[place + 1 :] for place in dashes]

"""Lists find a name whichever apostrophe it is typed with: those they sort by become the typewriter's"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

relations = sa.table("relations", sa.column("sort_name", sa.String))
CURLED = "’‘ʼ`´′"


def upgrade():
    for sign in CURLED:
        plain = sa.func.replace(relations.c.sort_name, sign, "'")
        op.execute(relations.update().where(relations.c.sort_name.contains(sign)).values(sort_name=plain))


def downgrade():
    """How they were typed is in the names themselves; what they sort by may stay."""

"""An appointment keeps what the client was last told of it, in place of the start alone"""

import datetime as dt

import sqlalchemy as sa
from alembic import op

from crm.db import UtcDateTime

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

MOMENT = UtcDateTime(timezone=True)
appointments = sa.table(
    "appointments",
    sa.column("id", sa.Integer()),
    sa.column("status", sa.String()),
    sa.column("starts_at", MOMENT),
    sa.column("ends_at", MOMENT),
    sa.column("by_video", sa.Boolean()),
    sa.column("teams_url", sa.String()),
    sa.column("branch_id", sa.Integer()),
    sa.column("assigned_to_id", sa.Integer()),
    sa.column("previous_starts_at", MOMENT),
    sa.column("told", sa.JSON()),
)
messages = sa.table(
    "messages",
    sa.column("id", sa.Integer()),
    sa.column("status", sa.String()),
    sa.column("appointment_id", sa.Integer()),
    sa.column("told", sa.JSON()),
)
UNFINISHED = ("queued", "sending", "unsure", "failed")  # what may still be taken back


def upgrade():
    op.add_column("appointments", sa.Column("told", sa.JSON(), nullable=True))
    connection = op.get_bind()
    for row in connection.execute(sa.select(appointments)).all():
        if told := told_of(row, row.status, row.previous_starts_at):
            connection.execute(appointments.update().where(appointments.c.id == row.id).values(told=told))
    under_way = sa.select(appointments, messages.c.id.label("message_id"), messages.c.told.label("before"))
    under_way = under_way.join(messages, messages.c.appointment_id == appointments.c.id)
    for row in connection.execute(under_way.where(messages.c.status.in_(UNFINISHED))).all():
        if row.before:
            previous = row.before.get("previous_starts_at")
            told = told_of(row, row.before["status"], dt.datetime.fromisoformat(previous) if previous else None)
            before = {"status": row.before["status"], "told": told}
            connection.execute(messages.update().where(messages.c.id == row.message_id).values(told=before))
    op.drop_column("appointments", "previous_starts_at")


def downgrade():
    op.add_column("appointments", sa.Column("previous_starts_at", MOMENT, nullable=True))
    connection = op.get_bind()
    for row in connection.execute(
        sa.select(appointments).where(appointments.c.status.in_(("rescheduled", "cancelled")))
    ):
        if row.told and not row.told.get("off"):
            previous = dt.datetime.fromisoformat(row.told["starts_at"])
            connection.execute(
                appointments.update().where(appointments.c.id == row.id).values(previous_starts_at=previous)
            )
    op.drop_column("appointments", "told")


def told_of(row, status, previous):
    """What the client knows of an appointment, as far as was kept: its start, or the one he knew before."""
    if status == "confirmed":
        previous = row.starts_at
    if previous is None:
        return None
    return {
        "starts_at": previous.isoformat(),
        "ends_at": (previous + (row.ends_at - row.starts_at)).isoformat(),
        "by_video": row.by_video,
        "teams_url": row.teams_url,
        "branch_id": row.branch_id,
        "assigned_to_id": row.assigned_to_id,
    }

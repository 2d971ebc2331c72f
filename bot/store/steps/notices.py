"""Notices, which come after answers to followers; and the outbox read in its own order."""

import sqlite_utils


def notices(db: sqlite_utils.Database) -> None:
    """Whether anybody waits for a reply, and indexes that hold only what is not sent yet."""
    db.execute("ALTER TABLE outbox ADD COLUMN notice INTEGER NOT NULL DEFAULT 0")
    db.execute(
        "CREATE INDEX outbox_turns ON outbox (account, notice, due_at, id) WHERE state = 'pending'"
    )
    db.execute(
        "CREATE INDEX outbox_open ON outbox (conversation_id, state)"
        " WHERE state = 'pending' OR state = 'sending'"
    )

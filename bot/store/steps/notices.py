"""Notices, which come after answers to followers; why a send failed, as a word for pages."""

import sqlite_utils


def notices(db: sqlite_utils.Database) -> None:
    """Whether anybody waits for a reply, what hinders it, and indexes of what is not sent yet."""
    db.execute("ALTER TABLE outbox ADD COLUMN notice INTEGER NOT NULL DEFAULT 0")
    db.execute("ALTER TABLE outbox ADD COLUMN trouble TEXT NOT NULL DEFAULT ''")
    db.execute(
        "CREATE INDEX outbox_turns ON outbox (account, notice, due_at, id) WHERE state = 'pending'"
    )
    db.execute(
        "CREATE INDEX outbox_open ON outbox (conversation_id, state)"
        " WHERE state = 'pending' OR state = 'sending'"
    )

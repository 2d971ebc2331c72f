"""Messages whose networks show that an answer is coming."""

import sqlite_utils


def waiting(db: sqlite_utils.Database) -> None:
    """Those are never met with silence."""
    db.execute("ALTER TABLE messages ADD COLUMN waits INTEGER NOT NULL DEFAULT 0")

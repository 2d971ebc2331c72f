"""The queue's order, and what is due when."""

import sqlite_utils


def ordering(db: sqlite_utils.Database) -> None:
    """Priority, targets, snoozing, and when each item is to be looked at next (`check_at`)."""
    db.execute("ALTER TABLE escalations ADD COLUMN priority INTEGER NOT NULL DEFAULT 2")
    db.execute("ALTER TABLE escalations ADD COLUMN because TEXT NOT NULL DEFAULT '[]'")
    for name in (
        *("respond_by", "resolve_by", "asked_at", "seen_at", "alerted_at", "active_at"),
        *("first_reply_at", "snoozed_at", "snoozed_until", "check_at"),
    ):
        db.execute(f"ALTER TABLE escalations ADD COLUMN {name} TEXT")
    db.execute("UPDATE escalations SET first_reply_at = replied_at")
    db.execute("UPDATE escalations SET check_at = opened_at WHERE state <> 'resolved'")
    db.execute(
        "CREATE INDEX escalations_queue ON escalations (priority, opened_at)"
        " WHERE state <> 'resolved'"
    )
    db.execute(
        "CREATE INDEX escalations_check ON escalations (check_at) WHERE check_at IS NOT NULL"
    )

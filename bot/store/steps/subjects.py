"""What the queue's questions are about."""

import sqlite_utils


def subjects(db: sqlite_utils.Database) -> None:
    """The entry that each seems to ask, as far as it was kept; and their age in an index."""
    db.execute("ALTER TABLE escalations ADD COLUMN subject TEXT")
    db.execute(
        "UPDATE escalations SET subject = (SELECT CASE WHEN verdict = 'escalate' THEN ''"
        " ELSE entry_id END FROM messages WHERE messages.id = escalations.message_id)"
    )
    db.execute(
        "CREATE INDEX escalations_longest ON escalations (opened_at) WHERE state <> 'resolved'"
    )

"""The FAQ's answers among all that was said."""

import sqlite_utils


def answers(db: sqlite_utils.Database) -> None:
    """Which entries were given as answers, by when."""
    db.execute(
        "CREATE INDEX outbox_answers ON outbox (created_at, entry_id, entry_version)"
        " WHERE entry_id <> ''"
    )

"""The FAQ's answers among all that was said."""

import sqlite_utils


def answers(db: sqlite_utils.Database) -> None:
    """Which entries were given as answers, by when."""
    db.execute(
        "CREATE INDEX outbox_answers ON outbox (created_at, entry_id, entry_version)"
        " WHERE entry_id <> ''"
    )


def gaps(db: sqlite_utils.Database) -> None:
    """What people have decided on questions that nothing answers; it keeps no question's words."""
    db.table("gap_decisions").create(
        {"message_id": int, "decision": str, "actor": str, "at": str},
        pk="message_id",
        not_null={"decision", "actor", "at"},
        strict=True,
    )

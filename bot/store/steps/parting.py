"""Messages that ask several things."""

import sqlite_utils


def parts(db: sqlite_utils.Database) -> None:
    """What each reply to such a message is about: places in its words, never the words."""
    db.table("message_parts").create(
        {
            "message_id": int,
            "number": int,  # of the reply, from 0
            "begins": int,
            "ends": int,
            "entry_id": str,
            "for_people": int,
        },
        pk=("message_id", "number"),
        foreign_keys=[("message_id", "messages", "id")],
        not_null={"begins", "ends", "entry_id", "for_people"},
        strict=True,
    )

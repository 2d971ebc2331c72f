"""What people say about answers, and what was learnt from it."""

import sqlite_utils


def judgements(db: sqlite_utils.Database) -> None:
    """Judgements, one for each cause; and learnings, a row for each attempt and each wish."""
    made = db.table("judgements").create(
        {
            "id": int,
            "cause": str,  # "press:GROUP" or "desk:ITEM", so that a second word replaces the first
            "question": str,
            "language": str,
            "entry_id": str,
            "entry_version": str,
            "origin": str,
            "follower_id": int,
            "conversation_id": int,
            "actor": str,
            "at": str,
        },
        pk="id",
        foreign_keys=[
            ("follower_id", "followers", "id"),
            ("conversation_id", "conversations", "id"),
        ],
        not_null={
            *("cause", "question", "language", "entry_id", "entry_version", "origin"),
            *("follower_id", "conversation_id", "actor", "at"),
        },
        strict=True,
    )
    made.create_index(["cause"], unique=True)
    made.create_index(["follower_id"])
    db.table("learnings").create(
        {
            "id": int,
            "at": str,
            "kind": str,
            "actor": str,
            "upto": int,  # the last judgement that it knew
            "judgements": int,  # that counted
            "taught": int,
            "slope": float,
            "shift": float,
            "figures": str,
        },
        pk="id",
        not_null={"at", "kind", "actor", "upto", "judgements", "taught", "slope", "shift"},
        strict=True,
    )

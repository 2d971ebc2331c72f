"""The crisis switch."""

import sqlite_utils


def crises(db: sqlite_utils.Database) -> None:
    """Pauses, who was told of them, and how often each entry is asked, by ten minutes."""
    db.table("crises").create(
        {
            "id": int,
            "subject": str,
            "statement": str,
            "begun_at": str,
            "begun_by": str,
            "ended_at": str,
            "ended_by": str,
        },
        pk="id",
        not_null={"subject", "statement", "begun_at", "begun_by"},
        strict=True,
    )
    db.execute("CREATE UNIQUE INDEX crises_active ON crises (subject) WHERE ended_at IS NULL")
    db.table("crises_told").create(
        {"crisis_id": int, "conversation_id": int, "told_at": str},
        pk=("crisis_id", "conversation_id"),
        foreign_keys=[
            ("crisis_id", "crises", "id"),
            ("conversation_id", "conversations", "id"),
        ],
        not_null={"told_at"},
        strict=True,
    )
    db.table("asked").create(
        {"entry_id": str, "bucket": str, "number": int},
        pk=("entry_id", "bucket"),
        not_null={"number"},
        strict=True,
    ).create_index(["bucket"])
    db.table("asked_upto").create({"id": int, "upto": int}, pk="id", not_null={"upto"}, strict=True)
    db.table("escalations").create_index(["opened_at"])
    db.execute("INSERT INTO asked_upto (id, upto) SELECT 1, coalesce(max(id), 0) FROM messages")

"""Who did what to a follower's data."""

import sqlite_utils


def audit(db: sqlite_utils.Database) -> None:
    """The log of acts; it refers to rows without keeping them, and holds nobody's words."""
    table = db.table("audit").create(
        {
            "id": int,
            "at": str,
            "actor": str,
            "surface": str,
            "deed": str,
            "escalation_id": int,
            "follower_id": int,
            "outbox_id": int,
            "detail": str,
        },
        pk="id",
        not_null={"at", "actor", "surface", "deed", "detail"},
        defaults={"detail": ""},
        strict=True,
    )
    table.create_index(["at"])
    table.create_index(["escalation_id"])


def roles(db: sqlite_utils.Database) -> None:
    """What a token may do."""
    db.table("tokens").add_column("role", str, not_null_default="manager")

"""Steps of the desk's inbox: drafts, and what makes its queue quick to read."""

import sqlite_utils


def drafts(db: sqlite_utils.Database) -> None:
    """Replies that managers have begun; what finds resolved items."""
    db.table("drafts").create(
        {"manager": str, "escalation_id": int, "client_id": str, "text": str, "at": str},
        pk=("escalation_id", "manager"),
        foreign_keys=[("escalation_id", "escalations", "id")],
        not_null={"client_id", "text", "at"},
        strict=True,
    )
    db.execute(
        "CREATE INDEX escalations_resolved ON escalations (resolved_at DESC, id)"
        " WHERE state = 'resolved'"
    )

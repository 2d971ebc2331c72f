"""Steps of the desk's inbox: drafts, and what makes its queue and card quick to read."""

import sqlite_utils


def drafts(db: sqlite_utils.Database) -> None:
    """Replies that managers have begun; indices for the queue's pages and a follower's lines."""
    db.table("drafts").create(
        {"manager": str, "escalation_id": int, "client_id": str, "text": str, "at": str},
        pk=("escalation_id", "manager"),
        foreign_keys=[("escalation_id", "escalations", "id")],
        not_null={"client_id", "text", "at"},
        strict=True,
    )
    db.table("messages").create_index(["follower_id"])
    db.execute(
        "CREATE INDEX escalations_waiting ON escalations (opened_at, id) WHERE state <> 'resolved'"
    )
    db.execute(
        "CREATE INDEX escalations_resolved ON escalations (resolved_at DESC, id)"
        " WHERE state = 'resolved'"
    )

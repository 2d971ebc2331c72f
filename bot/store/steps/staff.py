"""The staff rooms: their topics, what is to be said in them, what the team says, and who it is."""

import sqlite_utils


def rooms(db: sqlite_utils.Database) -> None:
    """Topics and posts, lines of the team's, and which person on a network is which manager."""
    _topics(db)
    _posts(db)
    lines = db.table("staff_lines").create(
        {
            "id": int,
            "account": str,
            "key": str,
            "topic": str,
            "person": str,
            "name": str,
            "kind": str,
            "text": str,
            "choice": str,
            "refers_to": str,
            "attachments": str,
            "seen": int,
            "at": str,
            "received_at": str,
            "handled_at": str,
        },
        pk="id",
        not_null={"account", "key", "topic", "person", "kind", "text", "seen", "received_at"},
        strict=True,
    )
    lines.create_index(["account", "key"], unique=True)
    lines.create_index(["account", "topic"])
    db.execute("CREATE INDEX staff_lines_new ON staff_lines (id) WHERE handled_at IS NULL")
    db.table("staff_members").create(
        {"account": str, "person": str, "user_id": int, "linked_at": str},
        pk=("account", "person"),
        foreign_keys=[("user_id", "users", "id")],
        not_null={"user_id", "linked_at"},
        strict=True,
    )
    db.table("staff_codes").create(
        {"digest": str, "user_id": int, "expires_at": str},
        pk="digest",
        foreign_keys=[("user_id", "users", "id")],
        not_null={"user_id", "expires_at"},
        strict=True,
    )


def _topics(db: sqlite_utils.Database) -> None:
    topics = db.table("staff_topics").create(
        {
            "id": int,
            "account": str,
            "escalation_id": int,  # empty is the lobby
            "address": str,
            "state": str,
            "header": str,
            "header_key": str,
            "told": int,
            "stale_at": str,
            "forgotten": int,
        },
        pk="id",
        foreign_keys=[("escalation_id", "escalations", "id")],
        not_null={"account", "address", "state", "header", "header_key", "told"},
        defaults={
            **dict.fromkeys(("address", "header", "header_key"), ""),
            "state": "new",
            "forgotten": 0,
        },
        strict=True,
    )
    topics.create_index(["account", "escalation_id"], unique=True)
    topics.create_index(["account", "address"])
    topics.create_index(["escalation_id"])
    db.execute(
        "CREATE INDEX staff_topics_stale ON staff_topics (account, stale_at)"
        " WHERE stale_at IS NOT NULL"
    )
    db.table("staff_rooms").create(
        {"account": str, "read": int}, pk="account", not_null={"read"}, strict=True
    )


def _posts(db: sqlite_utils.Database) -> None:
    """What is on its way, or waits for it; what was said is the network's."""
    posts = db.table("staff_posts").create(
        {
            "id": int,
            "account": str,
            "topic_id": int,
            "cause": str,
            "kind": str,
            "text": str,
            "choices": str,
            "line": str,
            "upto": int,
            "state": str,
            "attempts": int,
            "doubtful": int,
            "due_at": str,
            "first_sent_at": str,
        },
        pk="id",
        foreign_keys=[("topic_id", "staff_topics", "id")],
        not_null={"account", "topic_id", "cause", "kind", "text", "line", "state", "due_at"},
        defaults={"text": "", "line": "", "state": "pending", "attempts": 0, "doubtful": 0},
        strict=True,
    )
    posts.create_index(["cause"], unique=True)
    posts.create_index(["topic_id"])

"""The first eight steps: what a bot needs that answers, hands over, and forgets a person.

Messages, replies and the queue; accounts of the desk; revisions of replies, letters, invitations.
"""

import sqlite_utils


def conversations(db: sqlite_utils.Database) -> None:
    """Followers, conversations, messages, and the cursors of their networks."""
    _people(db)
    _messages(db)
    db.table("cursors").create(
        {"account": str, "stream": str, "cursor": str}, pk=("account", "stream"), strict=True
    )


def _people(db: sqlite_utils.Database) -> None:
    db.table("followers").create(
        {
            "id": int,
            "account": str,
            "address": str,
            "name": str,
            "language": str,
            "created_at": str,
        },
        pk="id",
        not_null={"account", "address", "name", "language", "created_at"},
        strict=True,
    ).create_index(["account", "address"], unique=True)
    db.table("conversations").create(
        {
            "id": int,
            "account": str,
            "address": str,
            "follower_id": int,
            "public": int,
            "language": str,
            "reach": str,
            "introduced_at": str,
            "last_said": str,
            "last_said_count": int,
            "due_at": str,
            "created_at": str,
        },
        pk="id",
        foreign_keys=[("follower_id", "followers", "id")],
        not_null={"account", "address", "follower_id", "public", "language", "reach", "created_at"},
        defaults={"last_said": "", "last_said_count": 0},
        strict=True,
    ).create_index(["account", "address"], unique=True)
    db.execute("CREATE INDEX conversations_due ON conversations (due_at) WHERE due_at IS NOT NULL")


def _messages(db: sqlite_utils.Database) -> None:
    messages = db.table("messages").create(
        {
            "id": int,
            "account": str,
            "key": str,
            "conversation_id": int,
            "follower_id": int,
            "kind": str,
            "text": str,
            "choice": str,
            "refers_to": str,
            "attachments": str,
            "latitude": float,
            "longitude": float,
            "at": str,
            "received_at": str,
            "handled_at": str,
            "verdict": str,
            "probability": float,
            "entry_id": str,
            "library": str,
        },
        pk="id",
        foreign_keys=[
            ("conversation_id", "conversations", "id"),
            ("follower_id", "followers", "id"),
        ],
        not_null={"account", "key", "conversation_id", "kind", "text", "at", "received_at"},
        strict=True,
    )
    messages.create_index(["account", "key"], unique=True)
    messages.create_index(["conversation_id"])
    db.execute(
        "CREATE INDEX messages_waiting ON messages (conversation_id, id) WHERE handled_at IS NULL"
    )


def outbox(db: sqlite_utils.Database) -> None:
    """What is to be said, and the choices that it offers."""
    outbox = db.table("outbox").create(
        {
            "id": int,
            "cause": str,
            "conversation_id": int,
            "account": str,
            "author": str,
            "manager": str,
            "text": str,
            "label": str,
            "choices": str,
            "attachments": str,
            "entry_id": str,
            "entry_version": str,
            "after_id": int,
            "state": str,
            "due_at": str,
            "attempts": int,
            "lease": str,
            "lease_until": str,
            "first_sent_at": str,
            "network_key": str,
            "error": str,
            "created_at": str,
            "sent_at": str,
        },
        pk="id",
        foreign_keys=[
            ("conversation_id", "conversations", "id"),
            ("after_id", "outbox", "id"),
        ],
        not_null={"cause", "conversation_id", "account", "author", "text", "state", "due_at"},
        defaults={"attempts": 0, "error": "", "entry_id": "", "entry_version": ""},
        strict=True,
    )
    outbox.create_index(["cause"], unique=True)
    outbox.create_index(["conversation_id"])
    outbox.create_index(["after_id"])
    db.execute("CREATE INDEX outbox_pending ON outbox (account, due_at) WHERE state = 'pending'")
    db.execute("CREATE INDEX outbox_sending ON outbox (id) WHERE state = 'sending'")
    offers = db.table("offers").create(
        {
            "id": str,
            "conversation_id": int,
            "cause": str,
            "position": int,
            "action": str,
            "label": str,
            "entry_id": str,
            "language": str,
            "pressed_at": str,
        },
        pk="id",
        foreign_keys=[("conversation_id", "conversations", "id")],
        not_null={"conversation_id", "cause", "action", "label", "entry_id", "language"},
        strict=True,
    )
    offers.create_index(["cause"])


def desk(db: sqlite_utils.Database) -> None:
    """The queue, and the journal of all that somebody can see happen."""
    escalations = db.table("escalations").create(
        {
            "id": int,
            "cause": str,
            "kind": str,
            "reason": str,
            "state": str,
            "holder": str,
            "version": int,
            "conversation_id": int,
            "message_id": int,
            "outbox_id": int,
            "question": str,
            "language": str,
            "opened_at": str,
            "claimed_at": str,
            "replied_at": str,
            "resolved_at": str,
            "announced_at": str,
        },
        pk="id",
        foreign_keys=[
            ("conversation_id", "conversations", "id"),
            ("message_id", "messages", "id"),
            ("outbox_id", "outbox", "id"),
        ],
        not_null={"cause", "kind", "reason", "state", "holder", "version", "conversation_id"},
        defaults={"holder": "", "version": 1},
        strict=True,
    )
    escalations.create_index(["cause"], unique=True)
    escalations.create_index(["conversation_id"])
    escalations.create_index(["outbox_id"])
    db.execute("CREATE INDEX escalations_unresolved ON escalations (id) WHERE state <> 'resolved'")
    db.execute(
        "CREATE INDEX escalations_unannounced ON escalations (id) WHERE announced_at IS NULL"
    )
    db.table("journal").create(
        {
            "id": int,
            "at": str,
            "kind": str,
            "conversation_id": int,
            "message_id": int,
            "outbox_id": int,
            "escalation_id": int,
            "actor": str,
        },
        pk="id",
        foreign_keys=[("conversation_id", "conversations", "id")],
        not_null={"at", "kind", "actor"},
        defaults={"actor": ""},
        strict=True,
    ).create_index(["conversation_id"])


def accounts(db: sqlite_utils.Database) -> None:
    """Who may use the desk."""
    db.table("users").create(
        {
            "id": int,
            "name": str,
            "password": str,
            "role": str,
            "epoch": int,
            "created_at": str,
        },
        pk="id",
        not_null={"name", "password", "role", "epoch", "created_at"},
        strict=True,
    ).create_index(["name"], unique=True)
    db.table("tokens").create(
        {"id": int, "name": str, "digest": str, "created_at": str},
        pk="id",
        not_null={"name", "digest", "created_at"},
        strict=True,
    ).create_index(["digest"], unique=True)


def revisions(db: sqlite_utils.Database) -> None:
    """What changes a reply that was sent (`act`, `target_id`), and what became of that reply."""
    db.execute("ALTER TABLE outbox ADD COLUMN act TEXT NOT NULL DEFAULT 'say'")
    db.execute("ALTER TABLE outbox ADD COLUMN target_id INTEGER REFERENCES outbox (id)")
    for name in ("original", "revised_at", "withdrawn_at"):
        db.execute(f"ALTER TABLE outbox ADD COLUMN {name} TEXT")
    db.execute("CREATE INDEX outbox_target ON outbox (target_id) WHERE target_id IS NOT NULL")


def letters(db: sqlite_utils.Database) -> None:
    """Replies that are told of by e-mail, unless their follower reads them before."""
    db.execute("ALTER TABLE followers ADD COLUMN email TEXT NOT NULL DEFAULT ''")
    db.table("letters").create(
        {"outbox_id": int, "conversation_id": int, "mailed_at": str},
        pk="outbox_id",
        foreign_keys=[
            ("outbox_id", "outbox", "id"),
            ("conversation_id", "conversations", "id"),
        ],
        not_null={"conversation_id"},
        strict=True,
    ).create_index(["conversation_id"])
    db.execute("CREATE INDEX letters_waiting ON letters (outbox_id) WHERE mailed_at IS NULL")


def people(db: sqlite_utils.Database) -> None:
    """Persons with several accounts, their languages and wishes; ways from one place to another."""
    followers = db.table("followers")
    followers.add_column("person_id", int)  # the first of a person's followers; empty is oneself
    followers.add_column("chosen_language", str, not_null_default="")
    followers.add_column("forget_at", str)
    followers.add_column("erased_at", str)
    db.execute("CREATE INDEX followers_person ON followers (coalesce(person_id, id))")
    db.execute("CREATE INDEX followers_to_erase ON followers (forget_at) WHERE forget_at NOT NULL")
    conversations = db.table("conversations")
    conversations.add_column("thread_id", int)  # the first that the desk shows as one; or empty
    conversations.create_index(["follower_id"])
    conversations.create_index(["thread_id"])
    messages = db.table("messages")
    messages.add_column("edited_text", str)
    messages.add_column("edited_at", str)
    messages.add_column("deleted_at", str)
    db.table("outbox").add_column("in_reply_to", str, not_null_default="")
    invitations = db.table("invitations").create(
        {
            "code": str,
            "conversation_id": int,
            "follower_id": int,
            "message_id": int,
            "created_at": str,
            "used_at": str,
        },
        pk="code",
        foreign_keys=[
            ("conversation_id", "conversations", "id"),
            ("follower_id", "followers", "id"),
            ("message_id", "messages", "id"),
        ],
        not_null={"conversation_id", "follower_id", "created_at"},
        strict=True,
    )
    invitations.create_index(["follower_id"])
    db.table("erasures").create(
        {"id": int, "erased_at": str, "scrubbed_at": str},
        pk="id",
        not_null={"erased_at"},
        strict=True,
    )


def logouts(db: sqlite_utils.Database) -> None:
    """Sessions that were ended before their time."""
    db.table("logouts").create(
        {"session": str, "ends_at": str}, pk="session", not_null={"ends_at"}, strict=True
    )

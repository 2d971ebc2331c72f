"""What community managers know of a person."""

import sqlite_utils


def card(db: sqlite_utils.Database) -> None:
    """Notes, promises, tags, and which followers are one person; earlier joins are kept as such."""
    merges = db.table("merges").create(
        {"id": int, "first_id": int, "second_id": int, "author": str, "merged_at": str},
        pk="id",
        foreign_keys=[("first_id", "followers", "id"), ("second_id", "followers", "id")],
        not_null={"first_id", "second_id", "author", "merged_at"},
        strict=True,
    )
    merges.create_index(["first_id", "second_id"], unique=True)
    merges.create_index(["second_id"])
    db.execute(
        "INSERT INTO merges (first_id, second_id, author, merged_at)"
        " SELECT person_id, id, '', created_at FROM followers"
        " WHERE person_id IS NOT NULL AND person_id <> id"
    )
    notes = db.table("notes").create(
        {
            "id": int,
            "follower_id": int,
            "author": str,
            "text": str,
            "written_at": str,
            "due_at": str,
            "escalation_id": int,
            "done_at": str,
        },
        pk="id",
        foreign_keys=[("follower_id", "followers", "id"), ("escalation_id", "escalations", "id")],
        not_null={"follower_id", "author", "text", "written_at"},
        strict=True,
    )
    notes.create_index(["follower_id"])
    db.execute(
        "CREATE INDEX notes_due ON notes (due_at)"
        " WHERE due_at IS NOT NULL AND escalation_id IS NULL AND done_at IS NULL"
    )
    db.table("tags").create(
        {"follower_id": int, "tag": str, "author": str, "given_at": str},
        pk=("follower_id", "tag"),
        foreign_keys=[("follower_id", "followers", "id")],
        not_null={"author", "given_at"},
        strict=True,
    )
    db.table("messages").create_index(["follower_id"])
    db.table("escalations").create_index(["message_id"])


def recall(db: sqlite_utils.Database) -> None:
    """The words of questions that managers have answered, so that they are found again."""
    db.table("escalations").add_column("recalled_at", str)
    db.execute(
        "CREATE INDEX escalations_to_recall ON escalations (id)"
        " WHERE replied_at IS NOT NULL AND recalled_at IS NULL"
    )
    db.table("asked_words").create(
        {"word": str, "escalation_id": int},
        pk=("word", "escalation_id"),
        foreign_keys=[("escalation_id", "escalations", "id")],
        strict=True,
    ).create_index(["escalation_id"])

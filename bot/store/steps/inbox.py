"""Steps of the desk's inbox: drafts, what makes its queue quick to read, and search."""

from collections.abc import Sequence

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


_SEARCHED = {
    "messages": (("text", "edited_text"), "TRUE"),
    # What the bot says it says to many: nobody looks for a conversation by it.
    "outbox": (("text",), "{row}author = 'manager'"),
    "followers": (("name",), "TRUE"),
}
"""The columns of text that are searched, and of which rows."""


def search(db: sqlite_utils.Database) -> None:
    """Full-text indices of what followers and managers write, and of names, kept by triggers.

    Neither case nor accents count; beginnings of two and three letters have an index of their own
    (https://www.sqlite.org/fts5.html). It is SQL of its own since sqlite-utils' `enable_fts` runs a
    script, which would end the transaction that a step is, and its triggers index a row anew at
    every change: a reply changes its state several times on its way.
    """
    for table, (columns, which) in _SEARCHED.items():
        names = ", ".join(columns)
        db.execute(
            f"CREATE VIRTUAL TABLE {table}_fts USING FTS5 ({names}, content='{table}',"
            " content_rowid='id', tokenize='unicode61 remove_diacritics 2', prefix='2 3')"
        )
        db.execute(
            f"INSERT INTO {table}_fts (rowid, {names})"  # noqa: S608  # names, no values
            f" SELECT id, {names} FROM {table} WHERE {which.format(row='')}"
        )
        _keep(db, table, columns, which)


def _keep(db: sqlite_utils.Database, table: str, columns: Sequence[str], which: str) -> None:
    names, index = ", ".join(columns), f"{table}_fts"
    old, new = (", ".join(f"{row}.{name}" for name in columns) for row in ("old", "new"))
    add = f"INSERT INTO {index} (rowid, {names}) VALUES (new.id, {new});"  # noqa: S608  # as above
    remove = (
        f"INSERT INTO {index} ({index}, rowid, {names})"  # noqa: S608  # as above
        f" VALUES ('delete', old.id, {old});"
    )
    changed = " OR ".join(f"old.{name} IS NOT new.{name}" for name in columns)
    was, is_ = (which.format(row=f"{row}.") for row in ("old", "new"))
    for name, event, when, what in (
        ("added", "INSERT", is_, add),
        ("changed", f"UPDATE OF {names}", f"({changed}) AND {was}", remove + add),
        ("removed", "DELETE", was, remove),
    ):
        db.execute(
            f"CREATE TRIGGER {index}_{name} AFTER {event} ON {table} WHEN {when} BEGIN {what} END"
        )

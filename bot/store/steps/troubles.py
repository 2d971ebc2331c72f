"""Why a send failed, as a word that pages put into their own language."""

import sqlite_utils


def troubles(db: sqlite_utils.Database) -> None:
    """Beside the network's own words; empty where nothing is wrong, or nothing more is known."""
    db.execute("ALTER TABLE outbox ADD COLUMN trouble TEXT NOT NULL DEFAULT ''")

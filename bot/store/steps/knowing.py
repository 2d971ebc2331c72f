"""The saturation gauge."""

import sqlite_utils


def written(db: sqlite_utils.Database) -> None:
    """What managers have written, by when."""
    db.execute("CREATE INDEX outbox_written ON outbox (created_at) WHERE author = 'manager'")

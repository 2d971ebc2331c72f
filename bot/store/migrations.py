"""Taking a database through the numbered steps; each one remembers the last it has taken.

`PRAGMA user_version` holds the number, so that steps and their number are committed together.
"""

import sqlite_utils

from bot.errors import UserError
from bot.store.steps import STEPS


def migrate(db: sqlite_utils.Database, upto: int | None = None) -> None:
    """Take the steps that this database has not taken yet: all of them, or none where one fails.

    Args:
        db: the database.
        upto: stop after this step (tests look at each one); None takes all.

    Raises:
        UserError: the database was made by a newer Comptoir.
    """
    if _version(db) > len(STEPS):
        raise UserError("the database was made by a newer Comptoir: update this one")
    db.execute("BEGIN IMMEDIATE")
    try:
        taken = _version(db)  # read under the lock: another process may just have migrated
        for number, step in enumerate(STEPS[taken:upto], start=taken + 1):
            step(db)
            db.execute(f"PRAGMA user_version = {number}")
    except BaseException:
        db.rollback()
        raise
    db.execute("COMMIT")


def is_current(db: sqlite_utils.Database) -> bool:
    """Whether it has taken all steps, and no others."""
    return _version(db) == len(STEPS)


def _version(db: sqlite_utils.Database) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])

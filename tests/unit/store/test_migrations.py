"""Every database of an earlier version becomes one of today, with all that is in it."""

from contextlib import closing
from pathlib import Path

import pytest
import sqlite_utils

from bot.store import migrations
from bot.store.sqlite import connect
from bot.store.steps import STEPS

NOON = "2026-11-23T12:00:00.000000+00:00"

ROWS = {
    "followers": "(1, 'net', 'f1', 'Ann', 'fr', :now)",
    "conversations": "(1, 'net', 'c1', 1, 0, 'fr', 'reachable', NULL, '', 0, NULL, :now)",
    "messages": "(1, 'net', 'k1', 1, 1, 'message', 'été', '', '', NULL, NULL, NULL, :now, :now,"
    " NULL, NULL, NULL, NULL, NULL)",
    "cursors": "('net', '', '7')",
    "outbox": "(1, 'answer:1:0', 1, 'net', 'bot', '', 'oui', '', NULL, NULL, '', '', NULL,"
    " 'pending', :now, 0, NULL, NULL, NULL, NULL, '', :now, NULL)",
    "offers": "('abc', 1, 'answer:1', 0, 'person', 'Une personne', '', 'fr', NULL)",
    "escalations": "(1, 'ask:1', 'question', 'unsure', 'open', '', 1, 1, 1, NULL, 'été', 'fr',"
    " :now, NULL, NULL, NULL, NULL)",
    "message_parts": "(1, 0, 3, 7, 'prix', 0)",
    "journal": "(1, :now, 'message', 1, 1, NULL, NULL, '')",
    "users": "(1, 'lea', 'hash', 'manager', 0, :now)",
    "tokens": "(1, 'ci', 'digest', :now)",
    "invitations": "('code', 1, 1, 1, :now, NULL)",
    "erasures": "(1, :now, NULL)",
    "logouts": "('nonce', :now)",
    "judgements": "(1, 'desk:1', 'été', 'fr', 'delai', 'v1', 'manager', 1, 1, 'lea', :now)",
    "learnings": "(1, :now, 'adopted', '', 1, 1, 1, 1.0, 0.0, '{}')",
    "drafts": "('lea', 1, 'r1', 'Bonjour', :now)",
    "merges": "(1, 1, 1, 'lea', :now)",
    "notes": "(1, 1, 'lea', 'fidèle', :now, NULL, 1, NULL)",
    "tags": "(1, 'vip', 'lea', :now)",
    "crises": """(1, 'all', '{"fr": "un instant"}', :now, 'lea', NULL, NULL)""",
    "crises_told": "(1, 1, :now)",
    "asked": "('delai', '2026-11-23T12:0', 3)",
    "asked_words": "('fr:colis', 1)",
    "staff_topics": "(1, 'net', 1, '7', 'open', 'no. 1', 'k1', 1, :now, 0)",
    "staff_rooms": "('net', 1)",
    "staff_posts": "(1, 'net', 1, 'tell:1:2', 'tell', 'été', NULL, '', 1, 'pending', 0, 0, :now,"
    " NULL)",
    "staff_lines": "(1, 'net', 'k2', '7', 'p1', 'Léa', 'message', 'oui', '', '', NULL, 1, :now,"
    " :now, NULL)",
    "staff_members": "('net', 'p1', 1, :now)",
    "staff_codes": "('digest', 1, :now)",
    "gap_decisions": "(1, 'dismissed', 'lea', :now)",
    "audit": "(1, :now, 'lea', 'page', 'reply', 1, NULL, 1, '')",
}
"""A row of each table as its first version had it, in the order in which rows refer.

Columns that came later are added behind, so that these values are those of the first ones.
"""


def fill(db: sqlite_utils.Database) -> list[str]:
    """Put a row into every table there is; returns which."""
    names = [name for name in ROWS if db.table(name).exists()]
    for name in names:
        width = db.execute(f"SELECT * FROM (VALUES {ROWS[name]})", {"now": NOON}).description  # noqa: S608
        columns = ", ".join([column.name for column in db.table(name).columns][: len(width)])
        db.execute(f"INSERT INTO {name} ({columns}) VALUES {ROWS[name]}", {"now": NOON})  # noqa: S608
    return names


def content(db: sqlite_utils.Database, names: list[str]) -> dict[str, list[dict[str, object]]]:
    return {name: list(db.table(name).rows) for name in names}


@pytest.mark.parametrize("version", range(1, len(STEPS) + 1))
def test_data_of_each_version_is_carried_over(tmp_path: Path, version: int) -> None:
    with closing(connect(tmp_path / "store.db")) as db:
        migrations.migrate(db, upto=version)
        names = fill(db)
        before = content(db, names)
        migrations.migrate(db)

        after = content(db, names)
        for name in names:
            for old, new in zip(before[name], after[name], strict=True):
                assert new | old == new
        assert not db.execute("PRAGMA foreign_key_check").fetchall()
        assert db.execute("PRAGMA user_version").fetchone() == (len(STEPS),)
        assert set(ROWS) <= set(db.table_names())


def test_where_a_step_fails_all_is_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def whole(db: sqlite_utils.Database) -> None:
        db.execute("CREATE TABLE whole (id INTEGER)")

    def broken(db: sqlite_utils.Database) -> None:
        db.execute("CREATE TABLE half (id INTEGER)")
        raise ZeroDivisionError

    with closing(connect(tmp_path / "store.db")) as db:
        migrations.migrate(db)
        monkeypatch.setattr(migrations, "STEPS", (*STEPS, whole, broken))
        with pytest.raises(ZeroDivisionError):
            migrations.migrate(db)

        assert not {"whole", "half"} & set(db.table_names())
        assert db.execute("PRAGMA user_version").fetchone() == (len(STEPS),)

"""Reading a database that must be neither made nor changed."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.store import migrations
from bot.store.knowledge import learnings
from bot.store.sqlite import connect, peeking
from tests.support.world import world


def test_a_file_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with peeking(tmp_path / "none.db") as tx:
        assert tx is None
    assert not list(tmp_path.iterdir())


def test_a_file_of_another_version_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    with closing(connect(path)) as db:
        migrations.migrate(db, upto=1)
    with peeking(path) as tx:
        assert tx is None
    with closing(connect(path)) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (1,)


async def test_beside_a_running_bot_it_is_read_and_not_written(tmp_path: Path) -> None:
    async with world(tmp_path) as bot:
        await bot.talk("!prix")
        with peeking(tmp_path / "comptoir.db") as tx:
            assert tx is not None
            assert learnings.state(tx).on
            assert len(tx.rows("SELECT id FROM messages")) == 1
            with pytest.raises(sqlite3.OperationalError, match="readonly"):
                tx.delete("messages", "id = 1")

"""What every engine of the store must do; a new engine joins `ENGINES`."""

import asyncio
import signal
import sqlite3
import stat
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from bot.errors import StoreFailed, UserError
from bot.store import migrations, topics
from bot.store.protocol import Row, Store, Tx
from bot.store.sqlite import SqliteStore, SqliteTx, connect
from bot.store.steps import STEPS

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)

Open = Callable[[], Awaitable[Store]]
"""Opens the store under test once more, as another process would."""

ENGINES = ["sqlite"]


@pytest.fixture(params=ENGINES)
async def opened(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Open]:
    assert request.param == "sqlite"
    async with AsyncExitStack() as stack:

        async def open_one() -> Store:
            store = SqliteStore(tmp_path / "var" / "store.db")
            await store.open()
            stack.push_async_callback(store.close)
            return store

        yield open_one


@pytest.fixture
async def store(opened: Open) -> Store:
    return await opened()


# ── units of work that tests run ─────────────────────────────────────────────────────────────────


def follower(address: str, name: str = "", at: datetime = NOON) -> Row:
    row = {"account": "net", "address": address, "name": name, "language": ""}
    return {**row, "created_at": at}


def add(tx: Tx, address: str) -> int:
    return tx.insert("followers", follower(address))


def add_then_fail(tx: Tx, address: str) -> None:
    add(tx, address)
    raise ZeroDivisionError(address)


def add_and_touch(tx: Tx, address: str, topic: str) -> None:
    add(tx, address)
    tx.touch(topic)


def touch_then_fail(tx: Tx, topic: str) -> None:
    tx.touch(topic)
    raise ZeroDivisionError


def addresses(tx: Tx) -> list[str]:
    return [row["address"] for row in tx.rows("SELECT address FROM followers ORDER BY address")]


# ── transactions ─────────────────────────────────────────────────────────────────────────────────


async def test_what_was_run_is_seen_by_another_connection(store: Store, opened: Open) -> None:
    assert await store.run(add, "ann") == 1

    assert await (await opened()).run(addresses) == ["ann"]


async def test_a_failing_unit_undoes_itself_alone(store: Store) -> None:
    outcomes = await asyncio.gather(
        store.run(add, "ann"),
        store.run(add_then_fail, "bob"),
        store.run(add, "cleo"),
        store.run(add, "ann"),  # not unique
        store.run(add, "dan"),
        return_exceptions=True,
    )

    assert [type(one) for one in outcomes] == [
        int,
        ZeroDivisionError,
        int,
        sqlite3.IntegrityError,
        int,
    ]
    assert await store.run(addresses) == ["ann", "cleo", "dan"]


async def test_more_units_than_one_group_holds(store: Store) -> None:
    names = [f"{number:03}" for number in range(200)]

    ids = await asyncio.gather(*(store.run(add, name) for name in names))

    assert ids == list(range(1, 201))  # in the order they were handed in
    assert await store.run(addresses) == names


async def test_cancelling_who_waits_neither_loses_the_work_nor_breaks_the_store(
    store: Store,
) -> None:
    waiting = [asyncio.ensure_future(store.run(add, f"{number:02}")) for number in range(20)]
    await asyncio.sleep(0)  # all are handed in
    for task in waiting[::2]:
        task.cancel()
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)

    assert [isinstance(one, asyncio.CancelledError) for one in outcomes] == [True, False] * 10
    assert len(await store.run(addresses)) == 20


async def test_units_see_what_earlier_ones_of_their_group_did(store: Store) -> None:
    seen = await asyncio.gather(*(store.run(_count_and_add, f"{number}") for number in range(9)))

    assert seen == list(range(9))


def _count_and_add(tx: Tx, address: str) -> int:
    row = tx.row("SELECT count(*) AS number FROM followers")
    add(tx, address)
    return int(row["number"]) if row else -1


async def test_two_processes_write_at_once(store: Store, opened: Open) -> None:
    other = await opened()
    names = [f"{number:03}" for number in range(100)]

    await asyncio.gather(
        *(store.run(_count_and_add, f"a{name}") for name in names),
        *(other.run(_count_and_add, f"b{name}") for name in names),
    )

    assert len(await store.run(addresses)) == 200


async def test_two_processes_open_a_new_database_at_once(opened: Open) -> None:
    stores = await asyncio.gather(*(opened() for _ in range(4)))

    await asyncio.gather(*(store.run(add, str(number)) for number, store in enumerate(stores)))
    assert await stores[0].run(addresses) == ["0", "1", "2", "3"]


# ── topics ───────────────────────────────────────────────────────────────────────────────────────


async def test_topics_are_published_after_the_commit(store: Store, opened: Open) -> None:
    other = await opened()
    with store.topics.listen(topics.INBOX) as woken:
        running = asyncio.ensure_future(store.run(add_and_touch, "ann", topics.INBOX))
        await woken.wait()
        assert await other.run(addresses) == ["ann"]
        await running


async def test_a_failing_unit_wakes_nobody(store: Store) -> None:
    with store.topics.listen("mine") as mine, store.topics.listen("other") as other:
        await asyncio.gather(
            store.run(touch_then_fail, "mine"),
            store.run(add_and_touch, "ann", "other"),
            return_exceptions=True,
        )
        assert other.is_set()
        assert not mine.is_set()


async def test_only_who_listens_to_the_topic_is_woken(store: Store) -> None:
    first, second = topics.conversation(1), topics.conversation(2)
    with store.topics.listen(first) as one, store.topics.listen(second) as two:
        await store.run(add_and_touch, "ann", second)
        assert (one.is_set(), two.is_set()) == (False, True)


async def test_changes_of_another_process_wake_everybody(store: Store, opened: Open) -> None:
    other = await opened()
    with store.topics.listen(topics.OUTBOX) as woken:
        await other.run(add, "ann")  # touches nothing
        async with asyncio.timeout(60):
            await woken.wait()


def spoil_the_commit(tx: Tx, topic: str) -> None:
    """Break a rule that the engine looks at only when it commits."""
    assert isinstance(tx, SqliteTx)
    tx._execute("PRAGMA defer_foreign_keys = ON")
    tx.insert("journal", {"at": NOON, "kind": "sent", "conversation_id": 99})
    tx.touch(topic)


async def test_a_commit_that_fails_is_told_wakes_nobody_and_breaks_nothing(store: Store) -> None:
    with store.topics.listen("mine") as woken:
        with pytest.raises(sqlite3.IntegrityError):
            await store.run(spoil_the_commit, "mine")
        assert not woken.is_set()

    assert await store.run(add, "ann") == 1
    assert await store.run(addresses) == ["ann"]


async def test_a_full_disk_loses_nothing_that_was_stored(store: Store) -> None:
    await store.run(add, "ann")
    await store.run(no_more_pages, 1)
    with pytest.raises(StoreFailed, match="full"):
        await store.run(add, "x" * 1_000_000)
    assert await store.run(addresses) == ["ann"]

    await store.run(no_more_pages, 1_000_000)
    await store.run(add, "bob")
    assert await store.run(addresses) == ["ann", "bob"]


def no_more_pages(tx: Tx, pages: int) -> None:
    """As if the disk had room for so many, or for what there is."""
    assert isinstance(tx, SqliteTx)
    tx._execute(f"PRAGMA max_page_count = {pages}")


# ── primitives ───────────────────────────────────────────────────────────────────────────────────


async def test_instants_come_back_as_they_were_and_sort_as_texts(store: Store) -> None:
    instants = [
        NOON + timedelta(microseconds=1),
        NOON,  # no fraction: as wide as the others all the same
        NOON.astimezone(timezone(timedelta(hours=9))) + timedelta(seconds=1),
        NOON - timedelta(microseconds=1),
    ]
    for number, instant in enumerate(instants):
        await store.run(
            lambda tx, row: tx.insert("followers", row), follower(f"{number}", at=instant)
        )

    rows = await store.run(lambda tx: tx.rows("SELECT * FROM followers ORDER BY created_at"))
    assert [datetime.fromisoformat(row["created_at"]) for row in rows] == sorted(instants)
    until = await store.run(
        lambda tx: tx.rows("SELECT id FROM followers WHERE created_at <= :now", now=NOON)
    )
    assert len(until) == 2


async def test_insert_new_leaves_what_is_there(store: Store) -> None:
    def unit(tx: Tx) -> tuple[int | None, int | None]:
        first = tx.insert_new("followers", follower("ann", "Ann"))
        return first, tx.insert_new("followers", follower("ann", "Anna"))

    assert await store.run(unit) == (1, None)
    row = await store.run(lambda tx: tx.row("SELECT name FROM followers"))
    assert row == {"name": "Ann"}


async def test_insert_new_hides_no_other_fault(store: Store) -> None:
    lacking = {"account": "net", "address": "ann"}
    with pytest.raises(sqlite3.IntegrityError, match="NOT NULL"):
        await store.run(lambda tx: tx.insert_new("followers", lacking))


async def test_upsert_inserts_then_updates(store: Store) -> None:
    key = {"account": "net", "stream": "s"}

    def unit(tx: Tx, cursor: str) -> list[Row]:
        tx.upsert("cursors", key, {"cursor": cursor})
        return tx.rows("SELECT * FROM cursors")

    assert await store.run(unit, "1") == [{**key, "cursor": "1"}]
    assert await store.run(unit, "2") == [{**key, "cursor": "2"}]


async def test_update_and_delete_say_how_many(store: Store) -> None:
    for name in ("ann", "bob", "cleo"):
        await store.run(add, name)

    def unit(tx: Tx) -> tuple[int, int, int]:
        name = {"name": "N"}
        changed = tx.update("followers", name, "address <> :address", address="ann")
        none = tx.update("followers", name, "address = 'nobody'")
        return changed, none, tx.delete("followers", "name = :name", name="N")

    assert await store.run(unit) == (2, 0, 2)
    assert await store.run(addresses) == ["ann"]


async def test_row_is_the_first_or_none(store: Store) -> None:
    assert await store.run(lambda tx: tx.row("SELECT * FROM followers")) is None


async def test_a_row_that_refers_to_nothing_is_refused(store: Store) -> None:
    stray = {"at": NOON, "kind": "sent", "conversation_id": 99}
    with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"):
        await store.run(lambda tx: tx.insert("journal", stray))


async def test_any_text_survives(store: Store) -> None:
    text = "l'été 🎉 \x00 ' \" ; DROP TABLE followers --\n"
    await store.run(add, text)

    assert await store.run(addresses) == [text]


# ── what is deleted is gone ──────────────────────────────────────────────────────────────────────


def traces(folder: Path, words: bytes) -> int:
    return sum(path.read_bytes().count(words) for path in folder.rglob("*") if path.is_file())


def write_and_grow(tx: Tx, start: int) -> None:
    """Rows that move between pages as they grow, whose old places stay behind."""
    for number in range(start, start + 1000):
        name = f"SECRET{'x' * (number * 37 % 400)}" if number % 7 == 0 else f"name {number}"
        tx.insert("followers", follower(f"a{number * 7919 % 100_003}", name))
        grown = {"language": "y" * (number * 53 % 300)}
        tx.update("followers", grown, "address = :one", one=f"a{(number - 9) * 7919 % 100_003}")


def forget_secrets(tx: Tx) -> int:
    return tx.update("followers", {"name": ""}, "name LIKE 'SECRET%'")


async def test_scrubbing_leaves_nothing_of_what_was_deleted(store: Store, tmp_path: Path) -> None:
    for start in range(0, 5000, 1000):
        await store.run(write_and_grow, start)
    assert traces(tmp_path, b"SECRET") > 700

    assert await store.run(forget_secrets) == 715
    assert traces(tmp_path, b"SECRET") > 0
    assert await store.scrub()

    assert traces(tmp_path, b"SECRET") == 0
    assert await store.run(forget_secrets) == 0  # and the store serves on
    assert len(await store.run(addresses)) == 5000


def hurry(tx: Tx) -> None:
    """Wait for others a hundredth of a second only."""
    assert isinstance(tx, SqliteTx)
    tx.rows("PRAGMA busy_timeout = 10")


async def test_scrubbing_waits_for_others(store: Store, tmp_path: Path) -> None:
    await store.run(hurry)
    await store.run(add, "SECRET")
    with closing(connect(tmp_path / "var" / "store.db")) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM followers").fetchall()
        await store.run(lambda tx: tx.delete("followers", "id = 1"))
        assert not await store.scrub()
        reader.execute("COMMIT")

    assert await store.scrub()
    assert traces(tmp_path, b"SECRET") == 0


# ── closing ──────────────────────────────────────────────────────────────────────────────────────


async def test_close_finishes_what_waits(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "store.db")
    await store.open()
    waiting = [asyncio.ensure_future(store.run(add, f"{number:03}")) for number in range(150)]
    await asyncio.sleep(0)
    await store.close()

    assert len(await asyncio.gather(*waiting)) == 150
    with closing(connect(tmp_path / "store.db")) as db:
        assert db.table("followers").count == 150


async def test_a_closed_store_refuses_instead_of_waiting_for_ever(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "store.db")
    await store.open()
    await store.close()

    with pytest.raises(RuntimeError, match="closed"):
        async with asyncio.timeout(60):
            await store.run(addresses)


# ── files that are none of ours ──────────────────────────────────────────────────────────────────


async def refused(path: Path) -> str:
    store = SqliteStore(path)
    with pytest.raises(UserError) as caught:
        await store.open()
    with pytest.raises(RuntimeError):  # nobody serves it
        async with asyncio.timeout(60):
            await store.run(addresses)
    await store.close()
    return str(caught.value)


async def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    path.write_text("Dear diary, " * 100)

    assert str(path) in await refused(path)
    assert path.read_text().startswith("Dear diary")


async def test_a_new_file_and_what_lies_beside_it_is_for_our_user_only(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "var" / "store.db")
    await store.open()
    modes = {one.name: stat.S_IMODE(one.stat().st_mode) for one in (tmp_path / "var").iterdir()}
    await store.close()

    assert modes == dict.fromkeys(("store.db", "store.db-shm", "store.db-wal"), 0o600)


async def test_a_folder(tmp_path: Path) -> None:
    assert str(tmp_path) in await refused(tmp_path)


async def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    assert "cannot be opened" in await refused(tmp_path / "file" / "store.db")


async def test_a_database_of_a_newer_version(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with closing(connect(path)) as db:
        migrations.migrate(db)
        db.execute(f"PRAGMA user_version = {len(STEPS) + 1}")

    assert "newer" in await refused(path)


# ── a killed process ─────────────────────────────────────────────────────────────────────────────

WRITER = """
import asyncio, os, signal, sys
from pathlib import Path
from bot.store.sqlite import SqliteStore
from tests.contract.test_stores import add

async def main():
    store = SqliteStore(Path(sys.argv[1]))
    await store.open()
    await asyncio.gather(*(store.run(add, f"{number:03}") for number in range(100)))
    os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""


@pytest.mark.crash
async def test_what_was_run_survives_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    root = Path(__file__).parents[2]
    writer = await asyncio.create_subprocess_exec(sys.executable, "-c", WRITER, path, cwd=root)
    assert await writer.wait() == -signal.SIGKILL

    store = SqliteStore(path)
    await store.open()
    assert len(await store.run(addresses)) == 100
    await store.close()

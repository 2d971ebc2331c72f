"""The SQLite engine: sqlite-utils, one thread that owns the connection, and commits in groups.

All units of work that wait when the thread gets to them share one transaction, so that one `fsync`
serves them all; none is reported done before that. Where a unit fails, the others are run again
without it. WAL with `synchronous=FULL` survives a power cut.
"""

import asyncio
import queue
import sqlite3
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import sqlite_utils

from bot.errors import StoreFailed, UserError
from bot.store import migrations
from bot.store.protocol import MARK, UNMARK, Hit, Row, Term, Tx
from bot.store.topics import Topics

P = ParamSpec("P")
R = TypeVar("R")

_BUSY_SECONDS = 30.0
"""How long to wait for another process that is writing."""
_POLL_SECONDS = 0.2
"""How often to look for changes that another process has made."""
_STATEMENTS = 256
"""At most so many statements are kept ready."""
_GROUP = 64
"""At most so many units of work share one commit."""


class SqliteTx:
    """A `Tx` on the connection of sqlite-utils' database (see docs/adr/0003)."""

    def __init__(self, db: sqlite_utils.Database) -> None:
        self._execute = db.conn.execute
        self.touched: set[str] = set()

    def rows(self, sql: str, **values: object) -> list[Row]:
        """All rows of a query."""
        cursor = self._execute(sql, _encode(values))
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor]

    def row(self, sql: str, **values: object) -> Row | None:
        """The first row of a query, or None."""
        found = self.rows(sql, **values)
        return found[0] if found else None

    def insert(self, table: str, values: Row) -> int:
        """Insert a row and return its id."""
        return self._execute(_insert(table, tuple(values)), _encode(values)).lastrowid or 0

    def insert_new(self, table: str, values: Row) -> int | None:
        """Insert a row and return its id, or None where a unique value is already there."""
        sql = _insert(table, tuple(values), " ON CONFLICT DO NOTHING")
        cursor = self._execute(sql, _encode(values))
        return cursor.lastrowid if cursor.rowcount else None

    def upsert(self, table: str, key: Row, values: Row) -> None:
        """Insert a row with that key, or update the one there is."""
        changes = ", ".join(f"{name} = excluded.{name}" for name in values)
        row = {**key, **values}
        conflict = f" ON CONFLICT ({', '.join(key)}) DO UPDATE SET {changes}"
        self._execute(_insert(table, tuple(row), conflict), _encode(row))

    def update(self, table: str, changes: Row, where: str, **values: object) -> int:
        """Change the rows a condition names and return how many there were."""
        new = {f"new_{name}": value for name, value in changes.items()}
        sql = _update(table, tuple(changes), where)
        return self._execute(sql, _encode({**values, **new})).rowcount

    def delete(self, table: str, where: str, **values: object) -> int:
        """Remove the rows a condition names and return how many there were."""
        sql = f"DELETE FROM {table} WHERE {where}"  # noqa: S608  # names, no values
        return self._execute(sql, _encode(values)).rowcount

    def search(self, table: str, terms: Sequence[Term], limit: int) -> list[Hit]:
        """The latest rows of a table in which all these terms are found (FTS5)."""
        if not (query := " AND ".join(map(_phrase, terms))):
            return []
        excerpt = f"snippet({table}_fts, -1, '{MARK}', '{UNMARK}', '…', 16) AS excerpt"
        found = self.rows(
            f"SELECT rowid AS id, {excerpt} FROM {table}_fts WHERE {table}_fts MATCH :query"  # noqa: S608  # names, no values
            " ORDER BY rowid DESC LIMIT :limit",
            query=query,
            limit=limit,
        )
        return [Hit(row["id"], row["excerpt"] or "") for row in found]

    def touch(self, *topics: str) -> None:
        """Once this transaction is committed, wake whoever listens to these topics."""
        self.touched.update(topics)


@dataclass(slots=True)
class _Job:
    """A unit of work on its way through the thread."""

    unit: Callable[[Tx], Any]
    future: "asyncio.Future[Any]"
    scrubs: bool = False
    """No unit of work: rid the files of what was deleted, outside of any transaction."""
    result: Any = None
    error: Exception | None = None
    touched: frozenset[str] = frozenset()


class SqliteStore:
    """A `Store` in one file; open, used and closed within one event loop."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._topics = Topics()
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._closed = False

    @property
    def topics(self) -> Topics:
        """Whom to wake after a commit."""
        return self._topics

    async def open(self) -> None:
        """Make the file and its folder where missing, and bring its tables up to date.

        Raises:
            UserError: the file cannot be opened, is no database, or was made by a newer Comptoir.
        """
        loop = asyncio.get_running_loop()
        opened: asyncio.Future[None] = loop.create_future()
        self._thread = threading.Thread(
            target=self._work, args=(loop, opened), name="store", daemon=True
        )
        self._thread.start()
        await opened

    async def close(self) -> None:
        """Finish what is waiting, then let go of the file; later `run` raises RuntimeError."""
        self._closed = True
        if self._thread is not None:
            self._jobs.put(None)
            await asyncio.to_thread(self._thread.join)
            self._thread = None

    async def run(
        self, unit: Callable[Concatenate[Tx, P], R], *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """Run a unit of work in one transaction; return its result once that is durable."""
        result: R = await self._put(lambda tx: unit(tx, *args, **kwargs))
        return result

    async def scrub(self) -> bool:
        """Rid the files of what was deleted; False where others are at work: try again later.

        Deleted words stay in unused parts of pages, and in the log, until all is written anew
        (`PRAGMA secure_delete` misses the copies that a page's split leaves behind). Units of work
        wait meanwhile: measured, 20 s for 0.8 GB.
        """
        return bool(await self._put(lambda _: None, scrubs=True))

    async def _put(self, unit: Callable[[Tx], Any], *, scrubs: bool = False) -> Any:
        if self._closed:
            raise RuntimeError("the store is closed")
        future = asyncio.get_running_loop().create_future()
        self._jobs.put(_Job(unit, future, scrubs))
        return await future

    # ── in the thread ────────────────────────────────────────────────────────────────────────────

    def _work(self, loop: asyncio.AbstractEventLoop, opened: "asyncio.Future[None]") -> None:
        try:
            db = _open(self._path)
        except Exception as error:  # noqa: BLE001  # whoever opens it must hear of it
            self._closed = True
            _call(loop, opened.set_exception, _explain(error, self._path))
            return
        _call(loop, opened.set_result, None)
        with closing(db):
            self._serve(db, loop)

    def _serve(self, db: sqlite_utils.Database, loop: asyncio.AbstractEventLoop) -> None:
        version, look_again = _data_version(db), 0.0
        going = True
        while going:
            jobs, going = self._waiting()
            if units := [job for job in jobs if not job.scrubs]:
                failure = _commit(db, units)
                _call(loop, self._report, units, failure)
            for job in jobs:
                if job.scrubs:
                    _scrub(db, job)
                    _call(loop, self._report, [job], None)
            if (now := time.monotonic()) < look_again:
                continue
            look_again = now + _POLL_SECONDS
            if (changed := _data_version(db)) != version:
                version = changed
                _call(loop, self._topics.publish_all)

    def _waiting(self) -> tuple[list[_Job], bool]:
        """The jobs that wait, none after a while of quiet; and whether more may come."""
        jobs: list[_Job] = []
        try:
            job = self._jobs.get(timeout=_POLL_SECONDS)
            while job is not None:
                jobs.append(job)
                if len(jobs) == _GROUP:
                    return jobs, True
                job = self._jobs.get_nowait()
        except queue.Empty:
            return jobs, True
        return jobs, False

    # ── back in the loop ─────────────────────────────────────────────────────────────────────────

    def _report(self, jobs: list[_Job], failure: Exception | None) -> None:
        for job in jobs:
            if job.future.done():  # whoever waited has been cancelled
                continue
            if error := failure or job.error:
                job.future.set_exception(_told(error))
            else:
                job.future.set_result(job.result)
        if failure is None:
            self._topics.publish(frozenset[str]().union(*(job.touched for job in jobs)))


@asynccontextmanager
async def opened(path: Path) -> AsyncIterator[SqliteStore]:
    """The store in that file, open inside the block; raises as `SqliteStore.open` does."""
    store = SqliteStore(path)
    await store.open()
    try:
        yield store
    finally:
        await store.close()


@contextmanager
def peeking(path: Path) -> Iterator[Tx | None]:
    """What the file holds, for whoever must neither make it nor change it, beside a running bot.

    None where there is no file, or one of another version: its tables may be others.

    Raises:
        sqlite3.Error: it cannot be read.
    """
    if not path.is_file():
        yield None
        return
    address = f"{path.absolute().as_uri()}?mode=rw"  # a reader of a WAL may have to write its index
    with closing(sqlite3.connect(address, uri=True, timeout=_BUSY_SECONDS)) as connection:
        db = sqlite_utils.Database(connection)
        db.execute("PRAGMA query_only = ON")
        yield SqliteTx(db) if migrations.is_current(db) else None


def connect(path: Path) -> sqlite_utils.Database:
    """Open the file as every process of Comptoir does; a new one is for our user only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():  # what lies beside it gets its mode: https://www.sqlite.org/wal.html
        path.touch(mode=0o600)
    connection = sqlite3.connect(
        path, timeout=_BUSY_SECONDS, isolation_level=None, cached_statements=_STATEMENTS
    )
    try:
        db = sqlite_utils.Database(connection)
        db.enable_wal()
        db.execute("PRAGMA synchronous = FULL")
        db.execute("PRAGMA foreign_keys = ON")
    except BaseException:
        connection.close()
        raise
    return db


def _open(path: Path) -> sqlite_utils.Database:
    db = connect(path)
    try:
        migrations.migrate(db)
    except BaseException:
        db.close()
        raise
    return db


def _scrub(db: sqlite_utils.Database, job: _Job) -> None:
    """Write everything anew and empty the log; the result is whether nobody was in the way."""
    try:
        for name in db.table_names(fts5=True):
            # The index keeps what was removed until its parts are merged; SQLite's own
            # "secure-delete" would not, but came with 3.42.
            db.execute(f"INSERT INTO {name} ({name}) VALUES ('optimize')")  # noqa: S608  # ours
        db.vacuum()
        blocked, *_ = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        job.result = not blocked
    except sqlite3.Error as error:
        busy = error.sqlite_errorcode == sqlite3.SQLITE_BUSY
        job.result, job.error = False, None if busy else error


def _commit(db: sqlite_utils.Database, jobs: list[_Job]) -> Exception | None:
    """Run the jobs in one transaction; the error if none of them could be made durable."""
    try:
        # Rarely more than once: savepoints for all would cost more than to run some again.
        while not _attempt(db, [job for job in jobs if job.error is None]):
            db.rollback()
    except sqlite3.Error as error:
        with suppress(sqlite3.Error):
            db.rollback()
        return error
    return None


def _attempt(db: sqlite_utils.Database, jobs: list[_Job]) -> bool:
    """Run and commit the jobs; False, before the commit, where one has failed."""
    # sqlite-utils' own `atomic()` begins deferred: two writers would then meet half-way.
    db.execute("BEGIN IMMEDIATE")
    for job in jobs:
        tx = SqliteTx(db)
        try:
            job.result = job.unit(tx)
        except Exception as error:  # noqa: BLE001  # whatever it is belongs to the one who waits
            job.error = error
            return False
        job.touched = frozenset(tx.touched)
    db.execute("COMMIT")
    return True


def _call(loop: asyncio.AbstractEventLoop, function: Callable[..., object], *args: object) -> None:
    with suppress(RuntimeError):  # the loop is closed: nobody waits any more
        loop.call_soon_threadsafe(function, *args)


def _data_version(db: sqlite_utils.Database) -> int:
    """Changes whenever another connection has committed."""
    return int(db.execute("PRAGMA data_version").fetchone()[0])


def _explain(error: Exception, path: Path) -> Exception:
    if isinstance(error, OSError | sqlite3.Error):
        return UserError(f"the database {path} cannot be opened: {error}")
    return error


def _told(error: Exception) -> Exception:
    """A store that does not work, in words that every engine shares; other errors as they are."""
    if not isinstance(error, sqlite3.OperationalError):
        return error
    failed = StoreFailed(f"the database cannot be read or written now: {error}")
    failed.__cause__ = error
    return failed


def _phrase(term: Term) -> str:
    """A term for FTS5: in quotes nothing is an operator (https://www.sqlite.org/fts5.html)."""
    quoted = term.text.replace('"', '""').replace("\0", " ")
    return f'"{quoted}"*' if term.begins else f'"{quoted}"'


@lru_cache(maxsize=_STATEMENTS)
def _insert(table: str, names: tuple[str, ...], conflict: str = "") -> str:
    marks = ", ".join(f":{name}" for name in names)
    columns = ", ".join(names)
    return f"INSERT INTO {table} ({columns}) VALUES ({marks}){conflict}"  # noqa: S608  # as below


@lru_cache(maxsize=_STATEMENTS)
def _update(table: str, names: tuple[str, ...], where: str) -> str:
    assignments = ", ".join(f"{name} = :new_{name}" for name in names)
    return f"UPDATE {table} SET {assignments} WHERE {where}"  # noqa: S608  # names, no values


def _encode(values: Row) -> dict[str, object]:
    return {
        name: _instant(value) if isinstance(value, datetime) else value
        for name, value in values.items()
    }


def _instant(value: datetime) -> str:
    """One width, one zone: instants sort as texts."""
    return value.astimezone(UTC).isoformat(timespec="microseconds")

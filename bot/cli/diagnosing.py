"""The checks of `comptoir doctor`; they look, and change nothing."""

import asyncio
import os
import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from bot.cli import checking, learning, loading
from bot.cli.checking import Configured
from bot.clock import Clock
from bot.config import HandlerOptions, Settings
from bot.contract import Diagnosis
from bot.core.knowledge import live
from bot.core.queue.hours import Hours
from bot.errors import ConfigError, EncoderError, UserError
from bot.library.reading import library_files
from bot.matching.matcher import Matcher
from bot.models import Reach
from bot.networks import build_handlers
from bot.review import content
from bot.review.content import Read
from bot.review.findings import Finding, Kind
from bot.store.steps import STEPS

_LEAST_FREE_MB = 200
_CLOCK_SLACK = timedelta(minutes=1)
_PATIENCE = 15.0
"""Seconds that a network may take to answer."""
_BUSY_SECONDS = 5.0
_MOST_ROOMS = 100


class State(StrEnum):
    """How a check ended."""

    OK = "ok"
    LOOK = "look"
    """Nothing is broken; somebody should look at it."""
    WRONG = "WRONG"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Check:
    """What was checked, how it is, and what to do if it is not well."""

    subject: str
    state: State
    detail: str


async def diagnose(path: Path, clock: Clock) -> list[Check]:
    """Check everything that the bot.toml at that path asks for."""
    found = checking.configuration(path, clock)
    wrong = [one for one in found.findings if one.kind is Kind.CONFIG]
    checks = [Check("configuration", State.WRONG, str(fault)) for fault in wrong]
    checks = checks or [Check("configuration", State.OK, str(path))]
    settings = found.settings
    if settings is None:
        return checks
    known = content.read(settings)
    checks += _faq(known, settings, clock)
    broken = [one for one in found.findings if one.kind is Kind.ENCODER]
    checks += _encoder(broken, known, found)
    checks += _git(found.findings, settings)
    checks += [_database(settings.database), _clock(path, settings, clock), _disk(settings)]
    checks += _hours(settings, clock.now())
    checks += _learning(settings)
    for section in settings.handlers:
        checks += await _network(section, settings, clock)
    return checks


def _faq(known: Read, settings: Settings, clock: Clock) -> Iterator[Check]:
    if known.faults:
        start = "also starts with it" if live.recall(settings) else "cannot start before"
        for fault in checking.from_here(known.faults, settings.faq_folder):
            detail = f"{fault} (the bot keeps the last good state while it runs, and {start})"
            yield Check("FAQ", State.WRONG, detail)
    if known.whole:
        counts = Counter(entry.language for entry in known.library.entries)
        for language in settings.brand.languages:
            number = counts[language]
            todo = "" if number else ": write some, or take it out of [brand] languages"
            state = State.OK if number else State.LOOK
            yield Check("FAQ", state, f"{number} entries in {language!r}{todo}")
    today = clock.now().astimezone(settings.brand.zone).date()
    old = tuple(content.stale(known.library, today))
    for one in checking.from_here(old, settings.faq_folder):
        yield Check("FAQ", State.LOOK, str(one))


def _git(findings: Sequence[Finding], settings: Settings) -> Iterator[Check]:
    """Whether saves on the FAQ pages are commits, where they are to be."""
    problems = [one for one in findings if one.kind is Kind.GIT]
    for one in problems:
        yield Check("git", State.WRONG, str(one))
    if settings.faq.commit and not problems:
        yield Check("git", State.OK, f"each save in {settings.faq_folder} is a commit")


def _encoder(broken: Sequence[Finding], known: Read, found: Configured) -> Iterator[Check]:
    """Whether it can be used, how long a question takes, and in which languages it is of use."""
    for one in broken:
        yield Check("encoder", State.WRONG, str(one))
    if not found.settings or not found.encoding or not known.whole:
        return
    name, languages = found.settings.matching.encoder, found.settings.brand.languages
    try:
        matcher = Matcher.build(known.library, languages=languages, encoding=found.encoding)
    except EncoderError as error:
        yield Check("encoder", State.WRONG, f"{error} (the bot works without it)")
        return
    yield Check("encoder", State.OK, f"{name} can be used")
    for language, proof in matcher.proofs.items():
        todo = "" if proof.useful else ": take one that knows it, or name others in"
        todo += "" if proof.useful else " [matching] encoder_languages"
        state = State.OK if proof.useful else State.LOOK
        yield Check("encoder", state, f"in {language!r} {proof}{todo}")


def _database(path: Path) -> Check:
    """Looked at through SQLite itself: opening the store would make or migrate the file."""
    if not path.exists():
        folder = _nearest(path.parent)
        if os.access(folder, os.W_OK):
            return Check("database", State.OK, f"{path} will be made at the first run")
        return Check("database", State.WRONG, f"{folder} cannot be written: {path} belongs there")
    try:
        address = f"{path.absolute().as_uri()}?mode=rw"
        with closing(sqlite3.connect(address, uri=True, timeout=_BUSY_SECONDS)) as db:
            db.isolation_level = None
            step = int(db.execute("PRAGMA user_version").fetchone()[0])
            db.execute("BEGIN IMMEDIATE")
            db.execute("ROLLBACK")
    except sqlite3.Error as error:
        return Check("database", State.WRONG, f"{path} cannot be read and written: {error}")
    last = len(STEPS)
    if step > last:
        detail = f"{path} was made by a newer Comptoir: update this one"
        return Check("database", State.WRONG, detail)
    if step < last:
        detail = f"{path} is at step {step} of {last}: the next `comptoir run` takes the others"
        return Check("database", State.LOOK, detail)
    return Check("database", State.OK, f"{path} can be read and written, all {last} steps taken")


def _clock(path: Path, settings: Settings, clock: Clock) -> Check:
    """A clock that was set back stands before the newest of our own files."""
    now, database = clock.now(), settings.database
    files = [path, database, database.with_name(f"{database.name}-wal")]
    files += library_files(settings.faq_folder)
    times = {file: datetime.fromtimestamp(file.stat().st_mtime, UTC) for file in files if _is(file)}
    newest = max(times, key=lambda file: times[file])
    shown = f"{now.astimezone(settings.brand.zone):%A %Y-%m-%d %H:%M} in {settings.brand.timezone}"
    if times[newest] > now + _CLOCK_SLACK:
        detail = f"{shown}, but {newest} was saved {times[newest] - now} later: set the clock"
        return Check("clock", State.WRONG, detail)
    return Check("clock", State.OK, shown)


def _disk(settings: Settings) -> Check:
    folder = _nearest(settings.database.parent)
    free = shutil.disk_usage(folder).free // 1_000_000
    if free < _LEAST_FREE_MB:
        detail = f"{free} MB free at {folder}: make room, {_LEAST_FREE_MB} MB at least"
        return Check("disk", State.WRONG, detail)
    return Check("disk", State.OK, f"{free} MB free at {folder}")


def _hours(settings: Settings, now: datetime) -> Iterator[Check]:
    zone = settings.brand.zone
    try:
        presence = Hours(settings.desk.hours, settings.desk.holidays, zone).presence(now)
    except ConfigError:
        return  # the configuration's own check says so
    if presence is None:
        yield Check("desk hours", State.OK, "none given: followers are told no time")
    elif presence.open:
        yield Check("desk hours", State.OK, f"open until {_moment(presence.closing, settings)}")
    elif presence.opening is None:
        detail = f"{settings.desk.hours!r} never opens: mend [desk] hours"
        yield Check("desk hours", State.LOOK, detail)
    else:
        day = " (a public holiday)" if presence.holiday else ""
        opening = _moment(presence.opening, settings)
        yield Check("desk hours", State.OK, f"closed{day}, opens {opening}")


def _learning(settings: Settings) -> Iterator[Check]:
    """What was learnt, and whether an attempt was made that came to nothing."""
    try:
        state, _ = loading.learning(settings)
    except UserError:
        return  # the database's own check says so
    if state is None:
        yield Check("learning", State.OK, "nothing yet")
        return
    words = dict(learning.rows(state))
    detail = f"judgements: {words['judgements']}; in force: {words['in force']}"
    yield Check("learning", State.OK if state.on else State.OFF, detail)


def _moment(moment: datetime | None, settings: Settings) -> str:
    return f"{moment.astimezone(settings.brand.zone):%A %Y-%m-%d %H:%M}" if moment else "ever"


async def _network(section: HandlerOptions, settings: Settings, clock: Clock) -> list[Check]:
    """What the network's handler finds about its account."""
    name = section.account
    if not section.enabled:
        return [
            Check(name, State.OFF, f"not enabled: [handlers.{name}] enabled = true turns it on")
        ]
    try:
        handler = build_handlers(replace(settings, handlers=(section,)), clock)[name]
    except ConfigError:
        return []  # the configuration's own check says so
    try:
        async with asyncio.timeout(_PATIENCE):
            found = await handler.diagnose(_rooms(settings.database, name))
    except TimeoutError:
        return [Check(name, State.WRONG, f"no answer within {_PATIENCE:.0f} s: try again")]
    except Exception as error:  # noqa: BLE001  # a check that fails is itself a finding
        return [Check(name, State.WRONG, f"cannot be checked: {error!r}")]
    finally:
        await handler.close()
    checks = [Check(f"{name} {one.subject}", _state(one), one.detail) for one in found]
    return checks or [Check(name, State.OK, "enabled; it needs nothing from outside")]


def _state(found: Diagnosis) -> State:
    if not found.ok:
        return State.WRONG
    return State.LOOK if found.look else State.OK


def _rooms(database: Path, account: str) -> list[str]:
    """Public conversations of an account, the latest first; read as `_database` reads."""
    if not database.exists():
        return []
    try:
        address = f"{database.absolute().as_uri()}?mode=ro"
        with closing(sqlite3.connect(address, uri=True, timeout=_BUSY_SECONDS)) as db:
            rows = db.execute(
                "SELECT address FROM conversations WHERE public AND account = ? AND reach <> ?"
                " AND address NOT LIKE 'erased:%' ORDER BY id DESC LIMIT ?",
                (account, Reach.MOVED, _MOST_ROOMS),
            )
            return [row[0] for row in rows]
    except sqlite3.Error:
        return []  # the database's own check says what is wrong


def _is(file: Path) -> bool:
    return file.is_file()


def _nearest(folder: Path) -> Path:
    """The folder, or the nearest that there is around it."""
    return next(place for place in (folder, *folder.parents) if place.exists())

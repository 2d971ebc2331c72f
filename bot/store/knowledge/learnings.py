"""What was learnt, and whether it is wanted: a row for each attempt and each wish, none changed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from bot.store import topics
from bot.store.knowledge import judgements
from bot.store.knowledge.judgements import Counts
from bot.store.protocol import Row, Tx
from bot.store.reading import moment


class Kind(StrEnum):
    """What happened."""

    ADOPTED = "adopted"
    REFUSED = "refused"
    """It did not prove better than the matcher as shipped, which serves from then on."""
    NOT_MADE = "not made"
    """Too few judgements counted, or the attempt failed: what was in force stays."""
    OFF = "off"
    ON = "on"
    RESET = "reset"
    """Forget what was learnt, and what people have said up to now."""


@dataclass(frozen=True, slots=True)
class Learning:
    """One row; of an attempt also what it came to."""

    kind: Kind
    at: datetime
    upto: int
    """The last judgement that was known."""
    actor: str = ""
    judgements: int = 0
    """How many there were."""
    taught: bool = False
    """Lessons are learnt, not the calibration alone."""
    slope: float = 1.0
    shift: float = 0.0
    figures: Mapping[str, Any] = field(default_factory=dict)
    """How many "counted", `Figures` "before" and "after" on held-out ones, the edition of the
    "matcher", and what "doubts" spoke against it; may be empty."""
    id: int = 0


@dataclass(frozen=True, slots=True)
class State:
    """How learning stands."""

    on: bool
    adopted: Learning | None
    """What is in force, unless it is off."""
    tried: Learning | None
    """The latest attempt since the last reset."""
    since: int
    """Judgements up to this one are forgotten."""
    counts: Counts
    """Of those that are not."""


def state(tx: Tx) -> State:
    """How it stands now."""
    rows = [_read(row) for row in tx.rows("SELECT * FROM learnings ORDER BY id")]
    resets = [row for row in rows if row.kind is Kind.RESET]
    since = resets[-1].upto if resets else 0
    tries = [
        row
        for row in rows
        if row.kind in {Kind.ADOPTED, Kind.REFUSED, Kind.NOT_MADE}
        and (not resets or row.id > resets[-1].id)
    ]
    made = [row for row in tries if row.kind is not Kind.NOT_MADE]
    wishes = [row.kind for row in rows if row.kind in {Kind.OFF, Kind.ON}]
    return State(
        on=wishes[-1:] != [Kind.OFF],
        adopted=made[-1] if made and made[-1].kind is Kind.ADOPTED else None,
        tried=tries[-1] if tries else None,
        since=since,
        counts=judgements.counts(tx, since),
    )


def attempted(tx: Tx, learning: Learning, since: int) -> bool:
    """Note what an attempt came to; False where people have reset learning meanwhile."""
    if state(tx).since != since:
        return False
    _write(tx, learning)
    return True


def wish(tx: Tx, kind: Kind, actor: str, now: datetime) -> State:
    """Switch learning on or off, or forget what was learnt; returns how it stands then."""
    before = state(tx)
    idle = {Kind.ON: before.on, Kind.OFF: not before.on}.get(kind, False)
    if not idle:
        _write(tx, Learning(kind, now, before.counts.last, actor))
    return state(tx)


def _write(tx: Tx, learning: Learning) -> None:
    tx.insert(
        "learnings",
        {
            "at": learning.at,
            "kind": learning.kind,
            "actor": learning.actor,
            "upto": learning.upto,
            "judgements": learning.judgements,
            "taught": int(learning.taught),
            "slope": learning.slope,
            "shift": learning.shift,
            "figures": json.dumps(learning.figures),
        },
    )
    tx.touch(topics.LEARNING)


def _read(row: Row) -> Learning:
    return Learning(
        kind=Kind(row["kind"]),
        at=moment(row["at"]),
        upto=row["upto"],
        actor=row["actor"],
        judgements=row["judgements"],
        taught=bool(row["taught"]),
        slope=row["slope"],
        shift=row["shift"],
        figures=json.loads(row["figures"] or "{}"),
        id=row["id"],
    )

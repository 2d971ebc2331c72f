"""A database with tens of thousands of followers, written straight into the tables."""

import itertools
import random
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlite_utils

from bot.store import migrations
from bot.store.sqlite import connect

FIRST = ("Léa", "Noé", "Chloé", "Inès", "Hugo", "Zoé", "Max", "Anton", "Fatima", "Sam", "Jules")
LAST = ("Martin", "Bernard", "Petit", "Robert", "Durand", "Leroy", "Moreau", "Simon", "Laurent")
ASKED = (
    "Bonjour, où est mon colis ? La commande {word} n'est pas arrivée.",
    "Ma machine {word} fuit depuis ce matin, que faire ?",
    "Do you deliver {word} to Germany, and how long does it take?",
    "Puis-je rendre un paquet de {word} ouvert ?",
    "Je voudrais être remboursé de {word}, c'est urgent.",
)
SAID = (
    "Bonjour, nous regardons cela pour {word} et revenons vers vous aujourd'hui.",
    "Hello, your {word} left yesterday, it should arrive within three days.",
)
RULE = '[[desk.priority]]\nname = "Urgent"\nlevel = "urgent"\nwords = ["urgent"]\n'
"""For bot.toml: by it the crowd's requests have the priority that they have."""
ANSWER = "Nous livrons en **3 à 5 jours ouvrés** en France, sans frais à partir de 35 €."
SUBJECTS = ("", "", "delai-livraison", "suivi-colis", "delai-remboursement", "ateliers")
MANAGERS = ("camille", "denis", "lea", "")
_NOW = datetime.now(UTC)
_CHUNK = 5_000

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Crowd:
    """How many there are to be."""

    followers: int
    open: int
    seed: int = 1

    def write(self, path: Path) -> None:
        """Make the database.

        Each follower has asked two questions that the bot answered, and one for a person: so many
        of these requests are open, the others are resolved with a person's reply.
        """
        with closing(connect(path)) as db:
            migrations.migrate(db)
            db.execute("BEGIN IMMEDIATE")
            rows = self._rows()
            while chunk := list(itertools.islice(rows, _CHUNK)):
                _insert(db, chunk)
            db.execute("COMMIT")
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _rows(self) -> Iterator[tuple[str, Row]]:
        dice = random.Random(self.seed)  # noqa: S311  # the same crowd each time
        waiting = set(dice.sample(range(1, self.followers + 1), self.open))
        for number in range(1, self.followers + 1):
            yield from _follower(number, dice, is_open=number in waiting)


def _follower(number: int, dice: random.Random, *, is_open: bool) -> Iterator[tuple[str, Row]]:
    at = _NOW - timedelta(minutes=dice.randrange(10, 500_000 if not is_open else 5_000))
    language = dice.choice(("fr", "fr", "en"))
    who = {"account": "webchat", "address": f"f{number}", "language": language}
    name = f"{dice.choice(FIRST)} {dice.choice(LAST)}" if dice.random() < 0.7 else ""
    yield "followers", {"id": number, **who, "name": name, "created_at": _text(at)}
    reach = {"follower_id": number, "public": 0, "reach": "reachable"}
    yield "conversations", {"id": number, **who, **reach, "created_at": _text(at)}
    for step in range(3):
        at += timedelta(minutes=1)
        yield from _asked(number * 3 + step, number, dice, at)
        if step < 2:
            yield from _said(number * 3 + step, number, at, ANSWER, "")
    manager = dice.choice(MANAGERS)
    item = {"conversation_id": number, "message_id": number * 3 + 2, "opened_at": _text(at)}
    item |= {"id": number, "cause": f"ask:{number}", "kind": "question", "reason": "unsure"}
    question = dice.choice(ASKED).format(word=_word(dice))
    item |= {"question": question, "language": language, "announced_at": _text(at)}
    if "urgent" in question:
        item |= {"priority": 0, "because": '["Urgent"]'}
    else:
        item |= {"priority": 2, "because": "[]"}
    item |= {"subject": dice.choice(SUBJECTS)}
    if is_open:
        yield "escalations", {**item, "state": "claimed" if manager else "open", "holder": manager}
    else:
        reply = dice.choice(SAID).format(word=_word(dice))
        yield from _said(number * 3 + 2, number, at, reply, manager or "camille")
        done = {"state": "resolved", "holder": manager, "resolved_at": _text(at)}
        yield "escalations", {**item, **done}
    yield "journal", _entry("escalated", number, at, escalation_id=number)


def _asked(id_: int, number: int, dice: random.Random, at: datetime) -> Iterator[tuple[str, Row]]:
    text = dice.choice(ASKED).format(word=_word(dice))
    where = {"account": "webchat", "key": f"k{id_}", "conversation_id": number}
    times = {"at": _text(at), "received_at": _text(at), "handled_at": _text(at)}
    line = {"id": id_, **where, "follower_id": number, "kind": "message", "text": text}
    yield "messages", {**line, **times}
    yield "journal", _entry("message", number, at, message_id=id_)


def _said(id_: int, number: int, at: datetime, text: str, who: str) -> Iterator[tuple[str, Row]]:
    times = {"due_at": _text(at), "created_at": _text(at), "sent_at": _text(at)}
    row = {"id": id_, "cause": f"answer:{id_}:0", "conversation_id": number, "account": "webchat"}
    author = {"author": "manager" if who else "bot", "manager": who}
    yield "outbox", {**row, **author, "text": text, "state": "sent", **times}
    yield "journal", _entry("sent", number, at, outbox_id=id_)


def _entry(kind: str, number: int, at: datetime, **about: int) -> Row:
    none = dict.fromkeys(("message_id", "outbox_id", "escalation_id"))
    return {"at": _text(at), "kind": kind, "conversation_id": number, **none, **about}


def _word(dice: random.Random) -> str:
    """One of some thousand words, a few of them often."""
    return (
        f"{dice.choice('bcdfglmprst')}{dice.choice('aeiou')}r{int(dice.paretovariate(0.6)) % 4000}"
    )


def _text(at: datetime) -> str:
    return at.isoformat(timespec="microseconds")


def _insert(db: sqlite_utils.Database, rows: list[tuple[str, Row]]) -> None:
    for (table, names), found in itertools.groupby(
        sorted(rows, key=lambda row: (_ORDER.index(row[0]), tuple(row[1]))),
        key=lambda row: (row[0], tuple(row[1])),
    ):
        marks = ", ".join(f":{name}" for name in names)
        sql = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})"  # noqa: S608  # names
        db.conn.executemany(sql, [row for _, row in found])


_ORDER = ("followers", "conversations", "messages", "outbox", "escalations", "journal")

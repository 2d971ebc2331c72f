"""Followers as persons: who they are, all that is kept about them, and its erasure.

One person may have followers on several networks; what is done for one of them is done for all.
Erasing takes words, names and addresses; rows stay, so that what was counted is still counted.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.errors import NotFound
from bot.models import DeliveryState
from bot.store import topics
from bot.store.protocol import Row, Tx
from bot.store.queue import escalations
from bot.store.reading import load_attachments, moment

GRACE = timedelta(minutes=1)
"""An erasure waits so long, for the farewell to be read where it shows on a page of ours."""
PATIENCE = timedelta(hours=1)
"""An erasure waits so long at most for what is still on its way."""

_PERSON = "SELECT id FROM followers WHERE coalesce(person_id, id) = :person"
_PRIVATE = f"SELECT id FROM conversations WHERE public = 0 AND follower_id IN ({_PERSON})"  # noqa: S608  # ours
_OPEN = f"SELECT id FROM conversations WHERE public = 1 OR follower_id IN ({_PERSON})"  # noqa: S608  # ours
_LINES = f"follower_id IN ({_PERSON}) AND conversation_id IN ({_OPEN})"
_REPLIES = f"""
    conversation_id IN ({_PRIVATE})
    OR (conversation_id IN (SELECT id FROM conversations WHERE public = 1) AND EXISTS (
        SELECT 1 FROM messages WHERE messages.account = outbox.account
        AND messages.key = outbox.in_reply_to AND messages.follower_id IN ({_PERSON})
    ))
"""  # noqa: S608  # ours
_ITEMS = f"""
    conversation_id IN ({_PRIVATE})
    OR message_id IN (SELECT id FROM messages WHERE {_LINES})
    OR outbox_id IN (SELECT id FROM outbox WHERE {_REPLIES})
"""  # noqa: S608  # ours

_STAFF_TOPICS = f"""
    SELECT id FROM staff_topics WHERE escalation_id IN (SELECT id FROM escalations WHERE {_ITEMS})
"""  # noqa: S608  # ours

ABOUT: Mapping[str, str] = {
    "followers": f"id IN ({_PERSON})",
    "conversations": f"id IN ({_PRIVATE})",
    "messages": _LINES,
    "outbox": _REPLIES,
    "offers": f"conversation_id IN ({_PRIVATE})",
    "escalations": _ITEMS,
    "invitations": f"follower_id IN ({_PERSON})",
    "judgements": _LINES,
    "message_parts": f"message_id IN (SELECT id FROM messages WHERE {_LINES})",  # noqa: S608  # ours
    "drafts": f"escalation_id IN (SELECT id FROM escalations WHERE {_ITEMS})",  # noqa: S608  # ours
    "merges": f"first_id IN ({_PERSON}) OR second_id IN ({_PERSON})",
    "notes": f"follower_id IN ({_PERSON})",
    "tags": f"follower_id IN ({_PERSON})",
    "asked_words": f"""
        escalation_id IN (
            SELECT id FROM escalations WHERE conversation_id IN ({_PRIVATE})
            OR message_id IN (SELECT id FROM messages WHERE {_LINES})
        )
    """,  # noqa: S608  # ours
    "staff_topics": f"escalation_id IN (SELECT id FROM escalations WHERE {_ITEMS})",  # noqa: S608  # ours
    "staff_posts": f"topic_id IN ({_STAFF_TOPICS})",
    "staff_lines": f"""
        (account, topic) IN (
            SELECT account, address FROM staff_topics WHERE id IN ({_STAFF_TOPICS})
        )
    """,  # noqa: S608  # ours
    "cursors": f"""
        (account, stream) IN (
            SELECT cursors.account, cursors.stream FROM conversations
            JOIN cursors ON cursors.account = conversations.account AND (
                cursors.stream = conversations.address
                OR cursors.stream > conversations.address || '/'
                AND cursors.stream < conversations.address || '0'
            )
            WHERE conversations.id IN ({_PRIVATE})
        )
    """,  # noqa: S608  # ours; "0" follows "/"
}
"""Which rows are about a person: of a public conversation only their own lines and the replies."""

WIPED: Mapping[str, Mapping[str, object]] = {
    "followers": {
        "address": "erased:",
        "name": "",
        "email": "",
        "person_id": None,
        "forget_at": None,
    },
    "conversations": {"address": "erased:", "due_at": None, "thread_id": None},
    "messages": {
        "key": "erased:",
        "text": "",
        "edited_text": None,
        "refers_to": "",
        "attachments": None,
        "latitude": None,
        "longitude": None,
    },
    "outbox": {
        "text": "",
        "original": None,
        "choices": None,
        "attachments": None,
        "network_key": None,
        "in_reply_to": "",
        "error": "",
        "lease": None,
    },
    "escalations": {"question": ""},
    "judgements": {"question": ""},
    "staff_topics": {
        "header": "",
        "header_key": "",
        "forgotten": 1,
        "stale_at": escalations.AT_ONCE,
    },
    "staff_lines": {
        "key": "erased:",
        "topic": "",
        "person": "",
        "name": "",
        "text": "",
        "choice": "",
        "refers_to": "",
        "attachments": None,
    },
}
"""What becomes of these rows' columns; "erased:" is followed by the row's id, since such a column
tells rows apart."""


@dataclass(frozen=True, slots=True)
class Follower:
    """A person on one network, as those who serve them see it."""

    id: int
    person: int
    """The same for all followers that are one person: the id of the first."""
    account: str
    address: str
    name: str
    language: str
    """The one they have chosen, else what the network tells."""
    since: datetime
    latest: datetime | None
    """When they last wrote."""
    messages: int


def listed(tx: Tx, words: str = "", limit: int = 100) -> list[Follower]:
    """Those who are not erased and whose name or address has these words, latest first."""
    sought = words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    rows = tx.rows(
        f"{_FOLLOWER} AND (name LIKE :words ESCAPE '\\' OR address LIKE :words ESCAPE '\\')"
        " ORDER BY latest DESC, followers.id DESC LIMIT :limit",
        words=f"%{sought}%",
        limit=limit,
    )
    return [_read(row) for row in rows]


def named(tx: Tx, words: str, limit: int = 20) -> list[Follower]:
    """Those whose name or address has these words, or whose id they are; newest first."""
    sought = words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    rows = tx.rows(
        f"{_ALONE} AND (name LIKE :words ESCAPE '\\' OR address LIKE :words ESCAPE '\\'"
        " OR CAST(id AS TEXT) = :id) ORDER BY id DESC LIMIT :limit",
        words=f"%{sought}%",
        id=words.strip(),
        limit=limit,
    )
    return [_read(row) for row in rows]


def person(tx: Tx, follower_id: int) -> list[Follower]:
    """All followers of the person that a follower is; raises NotFound, also after an erasure."""
    whose = _person(tx, follower_id)
    return [
        _read(row) for row in tx.rows(f"{_ALONE} AND id IN ({_PERSON}) ORDER BY id", person=whose)
    ]


_FOLLOWER = """
    SELECT followers.*, said.latest, coalesce(said.number, 0) AS messages
    FROM followers
    LEFT JOIN (
        SELECT follower_id, max(received_at) AS latest, count(*) AS number
        FROM messages WHERE kind IN ('message', 'location') GROUP BY follower_id
    ) AS said ON said.follower_id = followers.id
    WHERE erased_at IS NULL
"""

_SAID = "follower_id = followers.id AND kind IN ('message', 'location')"
_ALONE = f"""
    SELECT followers.*,
        (SELECT max(received_at) FROM messages WHERE {_SAID}) AS latest,
        (SELECT count(*) FROM messages WHERE {_SAID}) AS messages
    FROM followers WHERE erased_at IS NULL
"""  # noqa: S608  # ours
"""As `_FOLLOWER`, quicker for a few of them."""


def _person(tx: Tx, follower_id: int) -> int:
    row = tx.row(
        "SELECT coalesce(person_id, id) AS person FROM followers"
        " WHERE id = :id AND erased_at IS NULL",
        id=follower_id,
    )
    if row is None:
        raise NotFound(f"there is no follower {follower_id}")
    return int(row["person"])


def _read(row: Row) -> Follower:
    return Follower(
        id=row["id"],
        person=row["person_id"] or row["id"],
        account=row["account"],
        address=row["address"],
        name=row["name"],
        language=row["chosen_language"] or row["language"],
        since=moment(row["created_at"]),
        latest=moment(row["latest"]) if row["latest"] else None,
        messages=row["messages"],
    )


def conversations(tx: Tx, whose: int) -> list[int]:
    """The ids of a person's own conversations, not those where others write as well."""
    return [row["id"] for row in tx.rows(_PRIVATE, person=whose)]


def choose_language(tx: Tx, follower_id: int, language: str) -> None:
    """Speak that language with a follower from now on."""
    tx.update("followers", {"chosen_language": language}, "id = :id", id=follower_id)


def export(tx: Tx, follower_id: int) -> dict[str, list[dict[str, Any]]]:
    """Every row about the person that a follower is, by table; raises NotFound as `person` does."""
    whose = _person(tx, follower_id)
    return {table: _about(tx, table, whose) for table in ABOUT}


def document(export: Mapping[str, Sequence[Row]]) -> str:
    """An export as JSON."""
    return json.dumps(export, ensure_ascii=False, indent=2)


def _about(tx: Tx, table: str, whose: int) -> list[dict[str, Any]]:
    sql = f"SELECT * FROM {table} WHERE {ABOUT[table]}"  # noqa: S608  # names of ours
    return [dict(row) for row in tx.rows(sql, person=whose)]


# ── being forgotten ──────────────────────────────────────────────────────────────────────────────


def forget(tx: Tx, follower_id: int, now: datetime) -> None:
    """Have the person erased soon: after GRACE, once nothing to or from them is on its way."""
    tx.update(
        "followers",
        {"forget_at": now + GRACE},
        "forget_at IS NULL AND coalesce(person_id, id) ="
        " (SELECT coalesce(person_id, id) FROM followers WHERE id = :id)",
        id=follower_id,
    )
    tx.touch(topics.PRIVACY)


def to_erase(tx: Tx, now: datetime) -> tuple[list[int], datetime | None]:
    """The persons to be erased now, and when to look again for those who are not yet."""
    waiting: dict[int, datetime] = {}
    for row in tx.rows(
        "SELECT coalesce(person_id, id) AS person, min(forget_at) AS forget_at"
        " FROM followers WHERE forget_at NOT NULL GROUP BY 1"
    ):
        waiting[row["person"]] = moment(row["forget_at"])
    ready = [
        whose
        for whose, at in waiting.items()
        if at <= now and (at <= now - PATIENCE or not _busy(tx, whose))
    ]
    others = [max(at, now + GRACE) for whose, at in waiting.items() if whose not in ready]
    return ready, min(others, default=None)


def _busy(tx: Tx, whose: int) -> bool:
    sending = f"SELECT 1 FROM outbox WHERE state IN ('pending', 'sending') AND ({_REPLIES})"  # noqa: S608  # ours
    unread = f"SELECT 1 FROM messages WHERE handled_at IS NULL AND {_LINES}"  # noqa: S608  # ours
    return any(tx.row(query, person=whose) for query in (sending, unread))


def erase(tx: Tx, whose: int, now: datetime) -> frozenset[str]:
    """Take all that was said by, to and about a person out of the rows; they can be counted still.

    What they write later begins anew: nothing leads back to these rows. The files still hold traces
    until what `unscrubbed` tells of is done.

    Args:
        tx: the transaction.
        whose: `Follower.person`.
        now: the present.

    Returns:
        The references of the files that their rows named, our own among them.
    """
    found = {table: _about(tx, table, whose) for table in WIPED}
    ids = {table: [row["id"] for row in rows] for table, rows in found.items()}
    for table in ABOUT.keys() - WIPED.keys():
        tx.delete(table, ABOUT[table], person=whose)
    for escalation_id in ids["escalations"]:
        escalations.close(tx, escalation_id, now)
    for table, changes in WIPED.items():
        for row_id in ids[table]:
            _wipe(tx, table, row_id, changes)
    _settle(tx, ids, now)
    tx.insert("erasures", {"erased_at": now})
    tx.touch(
        topics.PRIVACY,
        topics.DESK,
        topics.LEARNING,
        *map(topics.conversation, ids["conversations"]),
    )
    sent = (
        load_attachments(row["attachments"])
        for table in ("outbox", "messages")
        for row in found[table]
    )
    return frozenset(file.reference for files in sent for file in files)


def _wipe(tx: Tx, table: str, row_id: int, changes: Mapping[str, object]) -> None:
    values = {
        column: f"erased:{row_id}" if value == "erased:" else value
        for column, value in changes.items()
    }
    tx.update(table, values, "id = :id", id=row_id)


def _settle(tx: Tx, ids: Mapping[str, Sequence[int]], now: datetime) -> None:
    """Nothing of theirs waits for anything any more."""
    for follower_id in ids["followers"]:
        tx.update("followers", {"erased_at": now}, "id = :id", id=follower_id)
    for message_id in ids["messages"]:
        tx.update("messages", {"handled_at": now}, "id = :id AND handled_at IS NULL", id=message_id)
    for outbox_id in ids["outbox"]:
        tx.update(
            "outbox",
            {"state": DeliveryState.CANCELLED},
            "id = :id AND state IN ('pending', 'sending')",
            id=outbox_id,
        )


# ── what an erasure leaves to be done ────────────────────────────────────────────────────────────


def unscrubbed(tx: Tx) -> list[int]:
    """The erasures of which the database's own files still hold traces."""
    rows = tx.rows("SELECT id FROM erasures WHERE scrubbed_at IS NULL ORDER BY id")
    return [row["id"] for row in rows]


def scrubbed(tx: Tx, ids: Sequence[int], now: datetime) -> None:
    """Note that the database's files have nothing of these any more."""
    for erasure_id in ids:
        tx.update("erasures", {"scrubbed_at": now}, "id = :id", id=erasure_id)

"""Searching all that followers and managers have written, and the names of followers."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from heapq import nlargest
from itertools import chain

from bot.escalation import Escalation
from bot.models import Author
from bot.store.protocol import Hit, Row, Term, Tx
from bot.store.queue import escalations
from bot.store.reading import moment, numbers

_LATEST = 200
"""So many lines are looked at of each kind …"""
_NAMED = 50
"""… and so many followers whose name is meant."""
_MOST_TERMS = 12
_PIECES = re.compile(r'"([^"]*)"?|(\S+)')


@dataclass(frozen=True, slots=True)
class Found:
    """A conversation in which something was found."""

    conversation_id: int
    follower_id: int
    """Whose conversation it is."""
    escalation: Escalation | None
    """Its item that is not resolved, else its latest; None where it never was one."""
    name: str
    """Their name; empty where the network tells none."""
    account: str
    author: Author | None
    """Whose line was found, None for a name."""
    excerpt: str
    at: datetime


def terms(words: str) -> list[Term]:
    """What is meant by what somebody types: words, or their beginnings; what is in quotes as is."""
    sound = words.encode(errors="replace").decode()  # halves of surrogates cannot be stored
    pieces = ((quoted or word, not quoted) for quoted, word in _PIECES.findall(sound))
    meant = [Term(text, begins and len(text) > 1) for text, begins in pieces if _is_word(text)]
    return meant[:_MOST_TERMS]


def _is_word(text: str) -> bool:
    return any(one.isalnum() for one in text)


def search(tx: Tx, words: str, limit: int = 50) -> list[Found]:
    """The conversations in which all the words stand in one line, or in a name; latest first."""
    sought = terms(words)
    if not sought:
        return []
    lines = chain(
        _lines(tx, tx.search("messages", sought, _LATEST), _MESSAGE),
        _lines(tx, tx.search("outbox", sought, _LATEST), _REPLY),
        _lines(tx, tx.search("followers", sought, _NAMED), _NAME),
    )
    best: dict[int, Row] = {}
    for line in lines:
        known = best.get(line["conversation_id"])
        if known is None or _rank(line) > _rank(known):
            best[line["conversation_id"]] = line
    chosen = nlargest(limit, best.values(), key=_rank)
    items = _items(tx, [line["conversation_id"] for line in chosen])
    return [_found(line, items.get(line["conversation_id"])) for line in chosen]


def _rank(line: Row) -> tuple[bool, str]:
    return line["author"] is None, line["at"]


_SPOKEN = """
    JOIN conversations ON conversations.id = said.conversation_id
    JOIN followers ON followers.id = conversations.follower_id
    WHERE said.id
"""
_MESSAGE = f"""
    SELECT said.id, said.conversation_id, 'follower' AS author, said.received_at AS at,
           conversations.account, followers.name, followers.id AS whose
    FROM messages AS said {_SPOKEN}
"""  # noqa: S608  # ours
_REPLY = f"""
    SELECT said.id, said.conversation_id, 'manager' AS author, said.created_at AS at,
           conversations.account, followers.name, followers.id AS whose
    FROM outbox AS said {_SPOKEN}
"""  # noqa: S608  # ours
_NAME = """
    SELECT followers.id, conversations.id AS conversation_id, NULL AS author,
           conversations.created_at AS at, conversations.account, followers.name,
           followers.id AS whose
    FROM followers JOIN conversations ON conversations.follower_id = followers.id
    WHERE conversations.public = 0 AND followers.id
"""


def _lines(tx: Tx, hits: Sequence[Hit], select: str) -> Iterable[Row]:
    if not hits:
        return ()
    excerpts = {hit.id: hit.excerpt for hit in hits}
    rows = tx.rows(f"{select} IN ({numbers(list(excerpts))})")
    return ({**row, "excerpt": excerpts[row["id"]]} for row in rows)


def _items(tx: Tx, conversations: Sequence[int]) -> dict[int, Escalation]:
    """The item of each conversation: what is unresolved before what is not, the latest first."""
    rows = tx.rows(
        f"{escalations.SELECT} WHERE escalations.conversation_id IN ({numbers(conversations)})"
        " ORDER BY escalations.state = 'resolved' DESC, escalations.id"
    )
    return {row["conversation_id"]: escalations.read(row) for row in rows}


def _found(line: Row, item: Escalation | None) -> Found:
    return Found(
        conversation_id=line["conversation_id"],
        follower_id=line["whose"],
        escalation=item,
        name=line["name"],
        account=line["account"],
        author=Author(line["author"]) if line["author"] else None,
        excerpt=line["excerpt"],
        at=moment(line["at"]),
    )

"""Whether the store can be written, found out by writing."""

from datetime import datetime

from bot.store.protocol import Tx


def beat(tx: Tx, now: datetime) -> None:
    """Note that somebody asked: a full disk, or files that may only be read, make this fail."""
    key = {"account": "", "stream": "health"}
    tx.upsert("cursors", key, {"cursor": now.isoformat()})

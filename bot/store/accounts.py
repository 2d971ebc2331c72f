"""Who may use the desk: people with a password, and tokens for programs."""

from dataclasses import dataclass
from datetime import datetime

from bot.store import topics
from bot.store.protocol import Row, Tx

ROLES = ("manager", "admin", "owner")
"""manager: serves followers; admin: accounts and settings as well; owner: only reads."""
SERVING = ("manager", "admin")
"""Who takes requests."""
READING_ALL = ("admin", "owner")
"""Who reads the audit log."""


@dataclass(frozen=True, slots=True)
class User:
    """A person with a password."""

    id: int
    name: str
    password: str
    """The password's hash."""
    role: str
    epoch: int
    """Raised when the password changes; sessions of an earlier epoch have ended."""


def by_name(tx: Tx, name: str) -> User | None:
    """The user of that name, or None."""
    row = tx.row("SELECT * FROM users WHERE name = :name", name=name)
    return _read(row) if row else None


def serving(tx: Tx) -> frozenset[str]:
    """The names of all who take requests."""
    rows = tx.rows("SELECT name, role FROM users")
    return frozenset(row["name"] for row in rows if row["role"] in SERVING)


def by_id(tx: Tx, user_id: int) -> User | None:
    """The user of that id, or None."""
    row = tx.row("SELECT * FROM users WHERE id = :id", id=user_id)
    return _read(row) if row else None


def users(tx: Tx) -> list[User]:
    """Everybody, in the order of their names."""
    return [_read(row) for row in tx.rows("SELECT * FROM users ORDER BY name")]


def add(tx: Tx, name: str, password: str, role: str, now: datetime) -> bool:
    """Add a user with a password's hash; false where the name is taken."""
    row = {"name": name, "password": password, "role": role, "epoch": 0, "created_at": now}
    return tx.insert_new("users", row) is not None


def add_first(tx: Tx, name: str, password: str, role: str, now: datetime) -> bool:
    """Add a user if there is none at all; false where there is one."""
    return tx.row("SELECT id FROM users LIMIT 1") is None and add(tx, name, password, role, now)


def set_password(tx: Tx, name: str, password: str) -> bool:
    """Change a password's hash, which ends all sessions; false where there is no such user."""
    found = by_name(tx, name)
    if found is None:
        return False
    tx.update("users", {"password": password, "epoch": found.epoch + 1}, "id = :id", id=found.id)
    tx.touch(topics.DESK)  # open pages look whether their session still holds
    return True


def end_session(tx: Tx, session: str, ends_at: datetime, now: datetime) -> None:
    """Note that a session has ended before its time; those whose time is over are forgotten."""
    tx.delete("logouts", "ends_at <= :now", now=now)
    tx.upsert("logouts", {"session": session}, {"ends_at": ends_at})
    tx.touch(topics.DESK)


def session_user(tx: Tx, user_id: int, session: str) -> User | None:
    """The user of a session, or None where there is none or the session was ended."""
    if tx.row("SELECT session FROM logouts WHERE session = :session", session=session):
        return None
    return by_id(tx, user_id)


def set_role(tx: Tx, name: str, role: str) -> bool:
    """Change what a user may do, from now on; false where there is no such user."""
    changed = tx.update("users", {"role": role}, "name = :name", name=name)
    tx.touch(topics.DESK)
    return changed > 0


@dataclass(frozen=True, slots=True)
class Token:
    """Under which name a program acts, and what it may do."""

    name: str
    role: str


def add_token(tx: Tx, token: Token, digest: str, now: datetime) -> None:
    """Add a token, of which only the digest is kept."""
    row = {"name": token.name, "role": token.role, "digest": digest, "created_at": now}
    tx.insert("tokens", row)


def token(tx: Tx, digest: str) -> Token | None:
    """The token with that digest, or None."""
    row = tx.row("SELECT name, role FROM tokens WHERE digest = :digest", digest=digest)
    return Token(row["name"], row["role"]) if row else None


def _read(row: Row) -> User:
    return User(
        id=row["id"],
        name=row["name"],
        password=row["password"],
        role=row["role"],
        epoch=row["epoch"],
    )

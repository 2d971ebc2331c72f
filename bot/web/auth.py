"""Who is at the desk: passwords, sessions, tokens, and the limits on logging in.

A session is a cookie that we have signed: the user's id, the epoch of the password, when it ends
and a random part that its forms' tokens are made from. Only logging out is stored, for as long as
the session would have lasted; a new password raises the epoch, which ends all sessions of before.
"""

import asyncio
import hashlib
import hmac
import logging
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from itsdangerous import BadSignature, URLSafeSerializer

from bot import durable
from bot.clock import Clock
from bot.errors import ComptoirError, UserError
from bot.store import accounts, audit
from bot.store.accounts import ROLES, SERVING, Token, User
from bot.store.audit import By, Deed, Surface
from bot.store.protocol import Store, Tx
from bot.web.limits import Backoff, client_key

SESSION_LIFE = timedelta(days=7)

_FIRST_NAME = "admin"
_SHORTEST_PASSWORD = 10
_LONGEST_PASSWORD = 200
_LONGEST_NAME = 60
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""No letter that looks like another."""
_NAME_PAUSE = timedelta(minutes=1)
"""Short, so that guessing at a manager's password does not lock the manager out for long."""
_ADDRESS_PAUSE = timedelta(minutes=15)
_HASHES_AT_ONCE = 2
"""Each takes 64 MB for a moment."""
_AT_THE_MACHINE = By("", Surface.COMMAND)
"""Whoever has the machine may do anything."""

_log = logging.getLogger(__name__)


class TooManyLogins(ComptoirError):
    """Logins from this address, or for this name, have failed too often; `seconds` to wait."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"too many failed logins: try again in {seconds:.0f} s")
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody logged in: the name under which they act, and what their forms carry."""

    manager: str
    role: str
    csrf: str

    @property
    def by(self) -> By:
        """Who acts, for what is done on a page."""
        return By(self.manager, Surface.PAGE)

    @property
    def serves(self) -> bool:
        """They may do more than read."""
        return self.role in SERVING


@dataclass(frozen=True, slots=True)
class _Ticket:
    """What a session's cookie says."""

    user_id: int
    epoch: int
    ends: int
    """Seconds since 1970."""
    nonce: str


@dataclass(frozen=True, slots=True)
class FirstAccount:
    """The account made on the first run; until its first login the password lies in a file."""

    name: str
    password: str
    file: Path

    def forget(self) -> None:
        """Remove the file: its reader has the password."""
        _forget(self.file, self.name)


class Auth:
    """Accounts of the desk.

    Args:
        store: where they are kept.
        clock: tells when a session ends.
        key: signs sessions; secret, the same after a restart.
        first_password: the file that may hold the first account's password.
        hasher: how passwords are hashed; argon2id at RFC 9106's second recommendation if not given.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        key: bytes,
        first_password: Path,
        hasher: PasswordHasher | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._key = key
        self._first_password = first_password
        self._sessions = URLSafeSerializer(key, salt="desk session")
        self._hasher = hasher or PasswordHasher()
        self._hashing = asyncio.Semaphore(_HASHES_AT_ONCE)
        self._names = Backoff(clock, _NAME_PAUSE)
        self._addresses = Backoff(clock, _ADDRESS_PAUSE)

    # ── sessions ─────────────────────────────────────────────────────────────────────────────────

    async def log_in(self, name: str, password: str, address: str) -> str | None:
        """The cookie of a new session, or None where name or password is wrong.

        Raises:
            TooManyLogins: this address or this name has to wait; the password was not looked at.
        """
        name, address = name.strip()[:_LONGEST_NAME], client_key(address)
        if wait := max(self._names.wait(name), self._addresses.wait(address)):
            raise TooManyLogins(wait)
        # Counted before the answer is known: attempts made side by side count like others.
        self._names.failed(name)
        self._addresses.failed(address)
        user = await self._store.run(accounts.by_name, name)
        if not await self._is_right(user, password) or user is None:
            if user is not None:  # what was typed as a name may be anything, a password even
                await self._note(By(user.name, Surface.PAGE), Deed.LOGIN_FAILED)
            return None
        await self._note(By(user.name, Surface.PAGE), Deed.LOGIN)
        self._names.succeeded(name)
        self._addresses.succeeded(address)
        await asyncio.to_thread(_forget, self._first_password, user.name)
        ends = self._clock.now() + SESSION_LIFE
        return self._dump(user, ends)

    async def session(self, cookie: str | None) -> Session | None:
        """The session of a cookie: ours, not run out or ended, and its password still holds."""
        ticket = self._load(cookie)
        if ticket is None:
            return None
        user = await self._store.run(accounts.session_user, ticket.user_id, ticket.nonce)
        if user is None or user.epoch != ticket.epoch:
            return None
        return Session(user.name, user.role, self._csrf(ticket.nonce))

    async def log_out(self, cookie: str | None) -> None:
        """End the session of a cookie, so that no copy of it is worth anything."""
        if ticket := self._load(cookie):
            ends, now = datetime.fromtimestamp(ticket.ends, UTC), self._clock.now()
            await self._store.run(_end_session, ticket, ends, now)

    def _load(self, cookie: str | None) -> _Ticket | None:
        try:
            ticket = _Ticket(*self._sessions.loads(cookie or ""))
        except (BadSignature, TypeError, ValueError):
            return None
        return ticket if self._clock.now().timestamp() < ticket.ends else None

    def _dump(self, user: User, ends: datetime) -> str:
        nonce = secrets.token_urlsafe(16)
        return str(self._sessions.dumps([user.id, user.epoch, int(ends.timestamp()), nonce]))

    def _csrf(self, nonce: str) -> str:
        return hmac.digest(self._key, f"desk form {nonce}".encode(), "sha256").hex()

    async def _is_right(self, user: User | None, password: str) -> bool:
        if len(password) > _LONGEST_PASSWORD:
            password = ""  # no password of ours; the same work is done
        if user is None:
            await self._hash(password)  # takes as long as looking at a real one
            return False
        async with self._hashing:
            return await asyncio.to_thread(_verify, self._hasher, user.password, password)

    async def _hash(self, password: str) -> str:
        async with self._hashing:
            return await asyncio.to_thread(self._hasher.hash, password)

    # ── accounts ─────────────────────────────────────────────────────────────────────────────────

    async def ensure_first_user(self) -> FirstAccount | None:
        """The first account, made where there is none yet, until its first login; else None.

        Its password is in the file before the account is in the store: whenever the process is
        killed, a later run makes both anew, or finds both.
        """
        users = await self._store.run(accounts.users)
        if users:
            kept = await asyncio.to_thread(_read_first, self._first_password)
            return kept if kept and kept.name in {user.name for user in users} else None
        password = "-".join("".join(secrets.choice(_LETTERS) for _ in range(5)) for _ in range(4))
        first = FirstAccount(_FIRST_NAME, password, self._first_password)
        hashed = await self._hash(password)
        content = f"{first.name}\n{first.password}\n".encode()
        await asyncio.to_thread(durable.write, first.file, content)
        now = self._clock.now()
        if not await self._store.run(accounts.add_first, first.name, hashed, "admin", now):
            await asyncio.to_thread(first.forget)  # somebody has made one meanwhile
            return None
        return first

    async def add_user(
        self, name: str, password: str, role: str = "manager", by: By = _AT_THE_MACHINE
    ) -> None:
        """Add an account; raises UserError where the name, password or role cannot be used."""
        name = _usable_name(name)
        _check_password(password, name)
        _check_role(role)
        hashed = await self._hash(password)
        if not await self._store.run(accounts.add, name, hashed, role, self._clock.now()):
            raise UserError(f"there is a user {name!r} already: choose another name")
        await self._note(by, Deed.ACCOUNT, f"{name}: {role}")

    async def change_role(self, name: str, role: str, by: By = _AT_THE_MACHINE) -> None:
        """Let a user do more or less, from their next click on; raises UserError."""
        _check_role(role)
        if not await self._store.run(accounts.set_role, name.strip(), role):
            raise await self._unknown(name.strip())
        await self._note(by, Deed.ACCOUNT, f"{name.strip()}: {role}")

    async def change_password(self, name: str, password: str, by: By = _AT_THE_MACHINE) -> None:
        """Set a new password, which ends the user's sessions; raises UserError."""
        name = name.strip()
        _check_password(password, name)
        hashed = await self._hash(password)
        if not await self._store.run(accounts.set_password, name, hashed):
            raise await self._unknown(name)
        await self._note(by, Deed.ACCOUNT, f"{name}: password")
        await asyncio.to_thread(_forget, self._first_password, name)

    async def _unknown(self, name: str) -> UserError:
        names = ", ".join(user.name for user in await self.list_users())
        return UserError(f"there is no user {name!r} (known: {names or 'none yet'})")

    async def _note(self, by: By, deed: Deed, detail: str = "") -> None:
        await self._store.run(audit.write, by, deed, self._clock.now(), detail=detail)

    async def list_users(self) -> Sequence[User]:
        """Everybody with a password, in the order of their names."""
        return await self._store.run(accounts.users)

    # ── tokens ───────────────────────────────────────────────────────────────────────────────────

    async def role_of(self, name: str) -> str:
        """What the account of that name may do; "manager" where there is none."""
        user = await self._store.run(accounts.by_name, name.strip())
        return user.role if user else "manager"

    async def create_token(self, name: str, role: str = "manager", by: By = _AT_THE_MACHINE) -> str:
        """A new token for the HTTP interface, which acts under that name; raises UserError."""
        made = Token(_usable_name(name), role)
        _check_role(role)
        token = f"comptoir_{secrets.token_urlsafe(32)}"
        await self._store.run(accounts.add_token, made, _digest(token), self._clock.now())
        await self._note(by, Deed.ACCESS, f"{made.name}: {role}")
        return token

    async def token(self, token: str) -> Token | None:
        """Under which name a token acts, and what it may do; None where it is not one of ours."""
        return await self._store.run(accounts.token, _digest(token))


def _end_session(tx: Tx, ticket: _Ticket, ends: datetime, now: datetime) -> None:
    accounts.end_session(tx, ticket.nonce, ends, now)
    if user := accounts.by_id(tx, ticket.user_id):
        audit.write(tx, By(user.name, Surface.PAGE), Deed.LOGOUT, now)


def _check_role(role: str) -> None:
    if role not in ROLES:
        raise UserError(f"there is no role {role!r} (known: {', '.join(ROLES)})")


def _digest(token: str) -> str:
    # 256 random bits: a plain hash cannot be turned round, and is found by the table's index.
    return hashlib.sha256(token.encode()).hexdigest()


def _verify(hasher: PasswordHasher, hashed: str, password: str) -> bool:
    try:
        return hasher.verify(hashed, password)
    except (VerificationError, InvalidHashError):
        return False


def _usable_name(name: str) -> str:
    name = name.strip()
    if not name or len(name) > _LONGEST_NAME or not name.isprintable():
        raise UserError(f"a name must have 1 to {_LONGEST_NAME} printable characters")
    return name


def _check_password(password: str, name: str) -> None:
    if not _SHORTEST_PASSWORD <= len(password) <= _LONGEST_PASSWORD:
        raise UserError(
            f"a password must have {_SHORTEST_PASSWORD} to {_LONGEST_PASSWORD} characters"
        )
    if password.casefold() == name.casefold():
        raise UserError("the password must not be the name")


def _read_first(file: Path) -> FirstAccount | None:
    """The account that a password file is about, if there is one that can be read."""
    try:
        name, password = file.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return None
    return FirstAccount(name, password, file)


def _forget(file: Path, name: str) -> None:
    """Remove the first account's password file, once that account needs it no longer."""
    try:
        if file.read_text(encoding="utf-8").split("\n")[0] == name:
            file.unlink()
    except FileNotFoundError:
        pass
    except OSError as error:
        _log.warning("Remove %s by hand: %s", file, error)

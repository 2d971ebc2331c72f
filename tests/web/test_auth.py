"""Accounts, sessions and tokens; and the limits on logging in."""

import stat
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.errors import UserError
from bot.store import accounts
from bot.store.accounts import Token
from bot.store.sqlite import SqliteStore
from bot.web.auth import SESSION_LIFE, Auth, TooManyLogins
from bot.web.limits import Backoff, Limiter, client_key
from tests.support.clock import FakeClock
from tests.web.desk_site import QUICK

PASSWORD = "correct horse battery"
HERE = "192.0.2.1"


class Desk:
    """An `Auth` and what it stands on."""

    def __init__(self, store: SqliteStore, folder: Path) -> None:
        self.store = store
        self.clock = FakeClock()
        self.file = folder / "var" / "first-password.txt"
        self.auth = self.restarted()

    def restarted(self, key: bytes = b"key") -> Auth:
        return Auth(self.store, self.clock, key, self.file, QUICK)

    async def log_in(self, name: str = "camille", password: str = PASSWORD) -> str:
        cookie = await self.auth.log_in(name, password, HERE)
        assert cookie is not None
        return cookie


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    store = SqliteStore(tmp_path / "desk.db")
    await store.open()
    yield Desk(store, tmp_path)
    await store.close()


# ── Sessions ─────────────────────────────────────────────────────────────────────────────────────


async def test_a_session_says_who_acts(desk: Desk) -> None:
    await desk.auth.add_user("camille", PASSWORD, "admin")
    session = await desk.auth.session(await desk.log_in(" camille "))
    assert session is not None
    assert (session.manager, session.role) == ("camille", "admin")
    other = await desk.auth.session(await desk.log_in())
    assert other is not None
    assert other.csrf != session.csrf


async def test_a_session_outlives_a_restart_but_not_another_key(desk: Desk) -> None:
    await desk.auth.add_user("camille", PASSWORD)
    cookie = await desk.log_in()
    assert await desk.restarted().session(cookie)
    assert await desk.restarted(b"another key").session(cookie) is None


async def test_a_session_ends_after_a_week(desk: Desk) -> None:
    await desk.auth.add_user("camille", PASSWORD)
    cookie = await desk.log_in()
    desk.clock.advance(SESSION_LIFE.total_seconds() - 1)
    assert await desk.auth.session(cookie)
    desk.clock.advance(1)
    assert await desk.auth.session(cookie) is None


async def test_a_new_password_ends_all_sessions(desk: Desk) -> None:
    await desk.auth.add_user("camille", PASSWORD)
    cookie = await desk.log_in()
    await desk.auth.change_password("camille", "another password")
    assert await desk.auth.session(cookie) is None
    assert await desk.auth.log_in("camille", PASSWORD, HERE) is None
    assert await desk.auth.session(await desk.log_in(password="another password"))


async def test_logging_out_ends_this_session_for_whoever_has_its_cookie(desk: Desk) -> None:
    await desk.auth.add_user("camille", PASSWORD)
    cookie, elsewhere = await desk.log_in(), await desk.log_in()
    await desk.auth.log_out(cookie)
    assert await desk.auth.session(cookie) is None
    assert await desk.restarted().session(cookie) is None
    assert await desk.auth.session(elsewhere)
    await desk.auth.log_out(cookie)  # as a second tab would


async def test_what_logged_out_is_forgotten_once_it_would_have_ended(desk: Desk) -> None:
    await desk.auth.add_user("camille", PASSWORD)
    for _ in range(3):
        await desk.auth.log_out(await desk.log_in())
        desk.clock.advance(SESSION_LIFE.total_seconds())
    await desk.auth.log_out(await desk.log_in())
    assert len(await desk.store.run(lambda tx: tx.rows("SELECT * FROM logouts"))) == 1


@pytest.mark.parametrize("cookie", [None, "", "nonsense", "W10.x", "a.b.c"])
async def test_what_is_no_cookie_of_ours_is_nobody(desk: Desk, cookie: str | None) -> None:
    assert await desk.auth.session(cookie) is None
    await desk.auth.log_out(cookie)


async def test_a_changed_cookie_is_nobody(desk: Desk) -> None:
    await desk.auth.add_user("camille", PASSWORD)
    cookie = await desk.log_in()
    assert await desk.auth.session(f"x{cookie}") is None
    assert await desk.auth.session(cookie[:-4]) is None


# ── Logging in ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["camille", "nobody", "", "x" * 500])
@pytest.mark.parametrize("password", ["wrong", "", "x" * 5000])
async def test_wrong_is_wrong(desk: Desk, name: str, password: str) -> None:
    await desk.auth.add_user("camille", PASSWORD)
    assert await desk.auth.log_in(name, password, HERE) is None


async def test_an_unknown_name_costs_as_much_as_a_known_one(desk: Desk) -> None:
    """The work is a hash with the same parameters, whether there is a user or not."""
    auth = Auth(desk.store, desk.clock, b"key", desk.file)
    await auth.add_user("camille", PASSWORD)
    found = await desk.store.run(accounts.by_name, "camille")
    assert found is not None
    parameters = found.password.rsplit("$", 2)[0]
    assert (await auth._hash("wrong")).rsplit("$", 2)[0] == parameters
    assert parameters.startswith("$argon2id$v=19$m=65536,t=3,")


async def test_failed_logins_from_one_address_have_to_wait(desk: Desk) -> None:
    await desk.auth.add_user("camille", PASSWORD)
    for number in range(5):
        assert await desk.auth.log_in(f"guess {number}", PASSWORD, HERE) is None
    with pytest.raises(TooManyLogins) as error:
        await desk.auth.log_in("camille", PASSWORD, HERE)
    assert error.value.seconds == 1
    assert await desk.auth.log_in("camille", PASSWORD, "192.0.2.2")
    desk.clock.advance(1)
    assert await desk.auth.log_in("camille", PASSWORD, HERE)


async def test_guesses_at_one_name_have_to_wait_wherever_they_come_from(desk: Desk) -> None:
    for name in ("camille", "nobody"):  # the same for both: nothing tells which exists
        for number in range(5):
            assert await desk.auth.log_in(name, "guess", f"192.0.2.{number}") is None
        with pytest.raises(TooManyLogins):
            await desk.auth.log_in(name, "guess", "198.51.100.1")


# ── The first account ────────────────────────────────────────────────────────────────────────────


async def test_the_first_run_makes_an_account_whose_password_works(desk: Desk) -> None:
    first = await desk.auth.ensure_first_user()
    assert first is not None
    assert len(first.password) == 23
    session = await desk.auth.session(await desk.log_in(first.name, first.password))
    assert session is not None
    assert session.role == "admin"


async def test_the_password_file_is_ours_alone_and_goes_at_first_login(desk: Desk) -> None:
    first = await desk.auth.ensure_first_user()
    assert first is not None
    assert first.file == desk.file
    assert stat.S_IMODE(desk.file.stat().st_mode) == 0o600
    assert desk.file.read_text(encoding="utf-8") == f"{first.name}\n{first.password}\n"
    await desk.auth.add_user("camille", PASSWORD)
    await desk.log_in()
    assert desk.file.exists()  # somebody else's login says nothing about the first account
    assert await desk.auth.log_in(first.name, "wrong", HERE) is None
    assert desk.file.exists()
    await desk.log_in(first.name, first.password)
    assert not desk.file.exists()


async def test_the_first_account_is_told_of_until_its_first_login(desk: Desk) -> None:
    first = await desk.auth.ensure_first_user()
    assert first is not None
    assert await desk.restarted().ensure_first_user() == first
    await desk.log_in(first.name, first.password)
    assert await desk.restarted().ensure_first_user() is None


class Killed(BaseException):
    """The process is gone; what it has committed and written stays."""


@pytest.mark.parametrize("committed", [False, True])
async def test_whenever_a_first_run_is_killed_the_first_password_is_known(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, committed: bool
) -> None:
    run = desk.store.run

    async def dies(unit: Any, *args: Any) -> Any:
        if unit is not accounts.add_first:
            return await run(unit, *args)
        if committed:
            await run(unit, *args)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(desk.store, "run", dies)
        with pytest.raises(Killed):
            await desk.auth.ensure_first_user()

    first = await desk.restarted().ensure_first_user()
    assert first is not None
    assert desk.file.read_text(encoding="utf-8") == f"{first.name}\n{first.password}\n"
    assert await desk.restarted().log_in(first.name, first.password, HERE)


async def test_where_somebody_else_made_an_account_first_no_password_is_left(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = desk.store.run

    async def overtaken(unit: Any, *args: Any, **more: Any) -> Any:
        if unit is accounts.add_first:
            await desk.auth.add_user("camille", PASSWORD)
        return await run(unit, *args, **more)

    with monkeypatch.context() as patch:
        patch.setattr(desk.store, "run", overtaken)
        assert await desk.auth.ensure_first_user() is None
    assert not desk.file.exists()


async def test_a_new_password_for_the_first_account_removes_the_file(desk: Desk) -> None:
    first = await desk.auth.ensure_first_user()
    assert first is not None
    await desk.auth.change_password(first.name, PASSWORD)
    assert not desk.file.exists()


# ── Accounts and tokens from the command line ────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "password", "role", "told"),
    [
        ("", PASSWORD, "manager", "1 to 60 printable"),
        ("x" * 61, PASSWORD, "manager", "1 to 60 printable"),
        ("a\nb", PASSWORD, "manager", "1 to 60 printable"),
        ("camille", "short", "manager", "10 to 200 characters"),
        ("camille-martin", "Camille-Martin", "manager", "must not be the name"),
        ("camille", PASSWORD, "king", "known: manager, admin"),
        ("denis", PASSWORD, "manager", "already"),
    ],
)
async def test_what_cannot_be_an_account_is_explained(
    desk: Desk, name: str, password: str, role: str, told: str
) -> None:
    await desk.auth.add_user("denis", PASSWORD)
    with pytest.raises(UserError, match=told):
        await desk.auth.add_user(name, password, role)


async def test_users_are_listed_by_name(desk: Desk) -> None:
    for name in ("denis", "camille"):
        await desk.auth.add_user(name, PASSWORD)
    users = await desk.auth.list_users()
    assert [(user.name, user.role) for user in users] == [
        ("camille", "manager"),
        ("denis", "manager"),
    ]
    with pytest.raises(UserError, match="known: camille, denis"):
        await desk.auth.change_password("dennis", PASSWORD)


async def test_only_the_digest_of_a_token_is_kept(desk: Desk) -> None:
    token = await desk.auth.create_token("robot")
    assert " " not in token
    assert await desk.auth.token(token) == Token("robot", "manager")
    assert await desk.auth.token(token[:-1]) is None
    [row] = await desk.store.run(lambda tx: tx.rows("SELECT * FROM tokens"))
    assert token not in str(row)
    with pytest.raises(UserError):
        await desk.auth.create_token(" ")


# ── Limits ───────────────────────────────────────────────────────────────────────────────────────


def test_so_many_a_minute_and_no_more() -> None:
    clock = FakeClock()
    limiter = Limiter(clock, 6)
    assert [limiter.hit("a") for _ in range(6)] == [0] * 6
    assert limiter.hit("a") == pytest.approx(10)
    assert limiter.hit("b") == 0
    clock.advance(10)
    assert limiter.hit("a") == 0
    assert limiter.hit("a") > 0
    clock.advance(3600)
    assert [limiter.hit("a") == 0 for _ in range(7)] == [True] * 6 + [False]


def test_none_a_minute_lets_nothing_through() -> None:
    assert Limiter(FakeClock(), 0).hit("a") > 0


def test_callers_long_unheard_of_are_forgotten() -> None:
    limiter = Limiter(FakeClock(), 1)
    for number in range(10_001):
        limiter.hit(str(number))
    assert limiter.hit("10000") > 0
    assert limiter.hit("0") == 0


def test_pauses_grow_and_end() -> None:
    clock = FakeClock()
    backoff = Backoff(clock, timedelta(seconds=60), free=2)
    waits = []
    for _ in range(10):
        backoff.failed("a")
        waits.append(backoff.wait("a"))
        clock.advance(backoff.wait("a"))
    assert waits == [0, 0, 1, 2, 4, 8, 16, 32, 60, 60]
    clock.advance(61)
    backoff.failed("a")
    assert backoff.wait("a") == 0
    for _ in range(5):
        backoff.failed("a")
    backoff.succeeded("a")
    assert backoff.wait("a") == 0


def test_an_ipv6_line_is_one_caller() -> None:
    assert client_key("2001:db8:1:2:3::4") == client_key("2001:db8:1:2:ffff::1")
    assert client_key("2001:db8:1:2::1") != client_key("2001:db8:1:3::1")
    assert client_key("192.0.2.1") != client_key("192.0.2.2")
    assert client_key("testclient") == "testclient"

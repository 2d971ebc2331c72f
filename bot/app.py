"""The composition root: everything is built here, once, and runs in one task group."""

import asyncio
import importlib
import pkgutil
import secrets
import signal
import socket
import sys
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import uvicorn

import handlers as networks
from bot import config, options
from bot.clock import Clock, SystemClock
from bot.config import HandlerOptions, Settings
from bot.contract import Build, Handler, Section
from bot.core.announcer import Announcer, Channel, by_mail, by_webhook
from bot.core.desk import Desk
from bot.core.dispatcher import Dispatcher
from bot.core.intake import Intake
from bot.core.knowledge import Knowledge
from bot.core.outbox import Outbox
from bot.core.supervisor import Status, supervise
from bot.errors import ConfigError, UserError
from bot.store.lock import exclusive
from bot.store.protocol import Store
from bot.store.sqlite import opened
from bot.web.auth import Auth
from bot.web.server import create_app
from bot.web.services import Services

_GRACE_SECONDS = 2
"""How long open connections may take to end once the bot is told to stop."""

Part = Callable[[], Coroutine[None, None, None]]


@dataclass(frozen=True, slots=True)
class Bot:
    """A built bot: what serves its pages, and the parts that run all the time, by name."""

    services: Services
    parts: Mapping[str, Part]
    statuses: Mapping[str, Status]
    key: bytes


Opening = Callable[[Path], AbstractAsyncContextManager[Store]]


async def serve(
    settings: Settings, *, announce: Callable[[str], None], opening: Opening = opened
) -> None:
    """Run the bot until SIGINT or SIGTERM.

    Args:
        settings: all of bot.toml.
        announce: is given what the person who started the bot must see, line by line.
        opening: opens the store in the file of the settings.

    Raises:
        UserError: it cannot start; says what to mend.
    """
    clock = SystemClock()
    with _listen(settings) as listening, exclusive(settings.database):
        async with opening(settings.database) as store:
            handlers = build_handlers(settings, clock)
            bot = build(settings, clock, store, handlers)
            await _first_account(bot, announce)
            try:
                await _run(bot, settings, listening, announce)
            finally:
                for handler in handlers.values():
                    await handler.close()


def build(settings: Settings, clock: Clock, store: Store, handlers: Mapping[str, Handler]) -> Bot:
    """Put the parts together; raises LibraryError or ConfigError where content cannot be used."""
    knowledge = Knowledge(settings, clock)
    inboxes = {account: Intake(store, account, clock) for account in handlers}
    parts: dict[str, Part] = {
        "faq": knowledge.run,
        "dispatcher": Dispatcher(store, clock, handlers, lambda: knowledge.mind).run,
    }
    statuses = {name: Status() for name in parts}
    for account, handler in handlers.items():
        statuses[account], sending = Status(), Status()
        statuses[f"{account} outbox"] = sending
        parts[account] = partial(handler.run, inboxes[account])
        parts[f"{account} outbox"] = Outbox(store, clock, handler, sending).run
    desk_url = f"{settings.web.public_url or _address(settings.web.host, settings.web.port)}/desk"
    if channels := _channels(settings):
        announcer = Announcer(
            store, clock, channels, lambda: knowledge.mind.texts.texts[0], desk_url
        )
        parts["announcer"], statuses["announcer"] = announcer.run, Status()
    key = signing_key(settings.var)
    services = Services(
        brand=settings.brand,
        web=settings.web,
        clock=clock,
        store=store,
        desk=Desk(store, clock, handlers),
        auth=Auth(store, clock, key, first_password(settings)),
        handlers=handlers,
        inboxes=inboxes,
        statuses=statuses,
        texts=lambda: knowledge.mind.texts,
        stopping=asyncio.Event(),
        faults=lambda: knowledge.faults,
    )
    return Bot(services, parts, statuses, key)


def build_handlers(settings: Settings, clock: Clock) -> dict[str, Handler]:
    """The handlers of all enabled networks, connected to nothing yet; raises ConfigError."""
    return {
        section.account: _handler(section, settings, clock)
        for section in settings.handlers
        if section.enabled
    }


def first_password(settings: Settings) -> Path:
    """The file that holds the first account's password where there was no terminal to tell it."""
    return settings.var / "first-password.txt"


def signing_key(var: Path) -> bytes:
    """The key that outlives restarts, so that sessions and followers' tokens do too."""
    path = var / "signing.key"
    try:
        return path.read_bytes()
    except FileNotFoundError:
        var.mkdir(parents=True, exist_ok=True)
        key = secrets.token_bytes(32)
        path.touch(mode=0o600)
        path.write_bytes(key)
        return key


def _address(host: str, port: int) -> str:
    """Where a browser on this machine finds the pages."""
    shown = "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104  # compared, not bound
    return f"http://{f'[{shown}]' if ':' in shown else shown}:{port}"


def _handler(section: HandlerOptions, settings: Settings, clock: Clock) -> Handler:
    where = f"[handlers.{section.account}]"
    known = {module.name: None for module in pkgutil.iter_modules(networks.__path__)}
    if section.account not in known:
        hint = options.nearest(section.account, known)
        raise ConfigError(f"{where}: there is no such network{hint}")
    try:
        module = importlib.import_module(f"{networks.__name__}.{section.account}")
    except ModuleNotFoundError as error:
        raise ConfigError(
            f"{where} needs the library {error.name!r}: pip install 'comptoir[{section.account}]'"
        ) from None
    build_handler: Build = module.build
    secret = partial(config.secret, values=section.options, folder=settings.folder, where=where)
    return build_handler(Section(section.account, section.options, clock, secret))


def _channels(settings: Settings) -> list[Channel]:
    channels: list[Channel] = []
    if settings.desk.notify_webhook:
        channels.append(by_webhook(settings.desk.notify_webhook))
    if settings.desk.notify_email:
        mail = settings.mail
        password = ""
        if mail.user:
            password = config.secret("password", asdict(mail), settings.folder, "[mail]")
        channels.append(by_mail(mail, password, settings.desk.notify_email))
    return channels


def _listen(settings: Settings) -> socket.socket:
    """The socket of the pages, taken at once so that a port in use is said before all else."""
    host, port = settings.web.host, settings.web.port
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except (OSError, OverflowError) as error:
        listening.close()
        raise UserError(
            f"{host}:{port} cannot be served ({error}): choose another with --port or --host"
        ) from None
    return listening


async def _first_account(bot: Bot, announce: Callable[[str], None]) -> None:
    """On the first run: the desk's first account, its password told once."""
    first = await bot.services.auth.ensure_first_user()
    if first is None:
        return
    if sys.stdout.isatty():
        announce(f"The desk's first account: {first.name}, password: {first.password}")
        return
    announce(f"The desk's first account: {first.name}, password in {first.keep()}")


async def _run(
    bot: Bot, settings: Settings, listening: socket.socket, announce: Callable[[str], None]
) -> None:
    """Serve the pages and run all parts; on a signal pages end first, then what is on its way."""
    services = bot.services
    server = _Server(
        uvicorn.Config(
            create_app(services, bot.key),
            log_config=None,
            access_log=False,
            proxy_headers=True,
            forwarded_allow_ips=list(settings.web.trusted_proxies),
            timeout_graceful_shutdown=_GRACE_SECONDS,
            server_header=False,
        ),
        partial(_greet, services, listening, announce),
    )

    def stop() -> None:
        services.stopping.set()
        services.store.topics.publish_all()
        server.should_exit = True

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(supervise(name, part, services.clock, bot.statuses[name]))
            for name, part in bot.parts.items()
        ]
        await server.serve([listening])
        for task in tasks:
            task.cancel()


def _greet(services: Services, listening: socket.socket, announce: Callable[[str], None]) -> None:
    here = _address(services.web.host, listening.getsockname()[1])
    hosted = any(handler.capabilities.hosting for handler in services.handlers.values())
    if hosted:
        announce(f"The followers' chat: {here}/chat")
    announce(f"The desk:            {here}/desk")


class _Server(uvicorn.Server):
    """uvicorn, but signals are ours, and we are told when it serves."""

    def __init__(self, settings: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(settings)
        self._ready = ready

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone: stopping the pages alone would not stop the bot."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to serve, then say so."""
        await super().startup(sockets)
        self._ready()

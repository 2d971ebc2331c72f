"""The composition root: everything is built here, once, and runs in one task group."""

import asyncio
import signal
import socket
import sys
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path

import uvicorn

from bot import config, durable
from bot.clock import Clock, SystemClock
from bot.config import Rooms, Settings
from bot.contract import Handler, StaffRoom
from bot.core.conversation.crisis import Switch
from bot.core.conversation.decisions import Mind
from bot.core.conversation.dispatcher import Dispatcher
from bot.core.conversation.intake import Intake
from bot.core.delivery.announcer import Announcer, Channel, by_mail, by_webhook
from bot.core.delivery.mail import Post, by_smtp
from bot.core.delivery.mailer import Mailer
from bot.core.delivery.outbox import Outbox
from bot.core.desk import aids
from bot.core.desk.actions import Desk
from bot.core.desk.aids import Aids
from bot.core.desk.presence import Presence
from bot.core.desk.suggesting import Remembering
from bot.core.desk.watch import Watch
from bot.core.faq.correcting import Correcting
from bot.core.faq.keeping import Keeper
from bot.core.knowledge.experience import in_force
from bot.core.knowledge.learner import Learner
from bot.core.knowledge.live import Knowledge
from bot.core.people.cards import Promises
from bot.core.people.gauging import Gauging
from bot.core.privacy.rights import Eraser
from bot.core.privacy.sweeper import Sweeper
from bot.core.running.resting import rest
from bot.core.running.supervisor import Status, supervise
from bot.core.staff_room.serving import Means, Staffing
from bot.core.staff_room.telling import Room
from bot.core.staff_room.voice import Voice
from bot.core.subjects.spikes import Spikes
from bot.errors import UserError
from bot.networks import build_handlers
from bot.process import settle, take_short_turns
from bot.store.files import Files
from bot.store.lock import exclusive
from bot.store.protocol import Store
from bot.store.sqlite import opened
from bot.texts import Languages
from bot.web.auth import Auth
from bot.web.server import create_app
from bot.web.services import Services

_GRACE_SECONDS = 2
"""How long open connections may take to end once the bot is told to stop."""


@dataclass(frozen=True, slots=True)
class Part:
    """What works by itself until it is cancelled, and how it is doing."""

    name: str
    run: Callable[[], Coroutine[None, None, None]]
    status: Status = field(default_factory=Status)


@dataclass(frozen=True, slots=True)
class Bot:
    """A built bot: what serves its pages, and the parts that run all the time."""

    services: Services
    parts: tuple[Part, ...]
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
    take_short_turns()
    clock = SystemClock()
    with _listen(settings) as listening, exclusive(settings.database):
        settings = _served(settings, listening)
        async with opening(settings.database) as store:
            knowledge = Knowledge(settings, clock, await store.run(in_force))
            handlers = build_handlers(settings, clock, lambda: knowledge.mind.texts)
            bot = build(settings, clock, store, handlers, knowledge)
            await _first_account(bot, announce)
            try:
                await _run(bot, settings, listening, announce)
            finally:
                for handler in handlers.values():
                    await handler.close()


def build(
    settings: Settings,
    clock: Clock,
    store: Store,
    handlers: Mapping[str, Handler],
    knowledge: Knowledge,
) -> Bot:
    """Put the parts together; raises ConfigError where a key or a secret cannot be used."""
    ground = _Ground(settings, clock, store, handlers, knowledge)
    files = Files(settings.files)
    presence = Presence(clock, store.topics.publish)
    spikes = Spikes(store, clock, settings.brand.languages)
    desk = Desk(store, clock, handlers, lambda: knowledge.mind.vetting)
    helping = _helping(ground, files)
    rooms = ground.rooms
    inboxes = {account: Intake(store, account, clock, rooms[account]) for account in handlers}
    post = _post(settings)
    key = durable.key(settings.signing_key)
    parts = (
        *_always(ground, files, presence, spikes, helping),
        *_networks(ground, inboxes),
        *_staff_rooms(ground, Means(desk, helping, presence, files)),
        *_notices(ground, post),
    )
    services = Services(
        brand=settings.brand,
        web=settings.web,
        clock=clock,
        store=store,
        desk=desk,
        aids=helping,
        auth=Auth(store, clock, key, settings.first_password),
        presence=presence,
        correcting=Correcting(store, clock, ground.mind, handlers),
        switch=Switch(store, clock, ground.mind),
        gauging=Gauging(store, clock),
        spikes=lambda: spikes.found,
        mind=ground.mind,
        handlers=handlers,
        inboxes=inboxes,
        statuses={part.name: part.status for part in parts},
        texts=ground.texts,
        stopping=asyncio.Event(),
        faults=lambda: knowledge.faults,
        files=files,
        mails=post is not None,
    )
    return Bot(services, parts, key)


# ── the parts ────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Ground:
    """What all parts stand on."""

    settings: Settings
    clock: Clock
    store: Store
    handlers: Mapping[str, Handler]
    knowledge: Knowledge

    def mind(self) -> Mind:
        """What the bot knows now."""
        return self.knowledge.mind

    def texts(self) -> Languages:
        """What it says now."""
        return self.knowledge.mind.texts

    @property
    def rooms(self) -> Mapping[str, Rooms]:
        """Where it speaks in public, by account."""
        return {section.account: section.rooms for section in self.settings.handlers}

    @property
    def pages(self) -> str:
        """The address of its pages."""
        web = self.settings.web
        return web.public_url or _address(web.host, web.port)

    def voice(self, room: StaffRoom) -> Voice:
        """How it speaks in a staff room now."""
        zone = self.settings.brand.zone
        return Voice(self.texts().texts[0], zone, f"{self.pages}/desk", room.capabilities)


def _helping(ground: _Ground, files: Files) -> Aids:
    """What helps managers to answer."""
    settings, knowledge = ground.settings, ground.knowledge
    faq, languages = settings.faq_folder, settings.brand.languages
    keeper = Keeper(
        *(faq, languages, knowledge.reload, knowledge.foresee),
        commit=settings.faq.commit,
        parsed=knowledge.parsed,
        last=lambda: knowledge.mind.library,
    )
    return aids.build(ground.store, ground.clock, ground.mind, settings.brand, files, keeper)


def _always(
    ground: _Ground, files: Files, presence: Presence, spikes: Spikes, helping: Aids
) -> Iterator[Part]:
    """The parts that every bot has."""
    store, clock, handlers = ground.store, ground.clock, ground.handlers
    dispatcher = Dispatcher(store, clock, handlers, ground.mind, files, ground.rooms)
    yield Part("faq", ground.knowledge.run)
    yield Part("dispatcher", dispatcher.run)
    yield Part("eraser", Eraser(store, clock, files).run)
    yield Part("watch", Watch(store, clock, handlers, ground.mind, presence).run)
    yield Part("spikes", spikes.run)
    yield Part("sweeper", Sweeper(store, clock, files).run)
    yield Part("learner", Learner(store, clock, ground.knowledge).run)
    yield Part("promises", Promises(store, clock).run)
    yield Part("recall", Remembering(store, clock).run)
    yield Part("alike", helping.alike.run)
    yield Part("rest", partial(rest, store, clock))


def _networks(ground: _Ground, inboxes: Mapping[str, Intake]) -> Iterator[Part]:
    """For each account of a network, what receives and what sends."""
    for account, handler in ground.handlers.items():
        yield Part(account, partial(handler.run, inboxes[account]))
        status = Status()
        outbox = Outbox(ground.store, ground.clock, handler, status)
        yield Part(f"{account} outbox", outbox.run, status)


def _staff_rooms(ground: _Ground, means: Means) -> Iterator[Part]:
    """For each staff room, what tells the team and what serves it."""
    store, clock = ground.store, ground.clock
    for account, handler in ground.handlers.items():
        if handler.room is not None:
            voice, status = partial(ground.voice, handler.room), Status()
            room = Room(store, clock, account, handler.room, voice, status)
            yield Part(f"{account} room", room.run, status)
            staffing = Staffing(store, clock, ground.handlers, account, means, voice)
            yield Part(f"{account} staff", staffing.run)


def _notices(ground: _Ground, post: Post | None) -> Iterator[Part]:
    """What tells managers, and followers who have left our pages, of what waits for them."""
    store, clock, pages = ground.store, ground.clock, ground.pages
    if channels := _channels(ground.settings, post):
        announcer = Announcer(
            store, clock, channels, lambda: ground.texts().texts[0], f"{pages}/desk"
        )
        yield Part("announcer", announcer.run)
    if post and any(handler.capabilities.hosting for handler in ground.handlers.values()):
        yield Part("mailer", Mailer(store, clock, post, ground.texts, f"{pages}/chat").run)


def _post(settings: Settings) -> Post | None:
    """What sends e-mails, where a server for them is named."""
    mail = settings.mail
    if not mail.host:
        return None
    password = ""
    if mail.user:
        password = config.secret("password", asdict(mail), settings.folder, "[mail]")
    return by_smtp(mail, password)


def _channels(settings: Settings, post: Post | None) -> list[Channel]:
    channels: list[Channel] = []
    if settings.desk.notify_webhook:
        channels.append(by_webhook(settings.desk.notify_webhook))
    if settings.desk.notify_email and post:
        channels.append(by_mail(post, settings.desk.notify_email))
    return channels


# ── the pages, and the process ───────────────────────────────────────────────────────────────────


def _address(host: str, port: int) -> str:
    """Where a browser on this machine finds the pages."""
    shown = "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104  # compared, not bound
    return f"http://{f'[{shown}]' if ':' in shown else shown}:{port}"


def _served(settings: Settings, listening: socket.socket) -> Settings:
    """The settings with the port that is served, which the system chose where they say 0."""
    port: int = listening.getsockname()[1]
    return replace(settings, web=replace(settings.web, port=port))


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
    """On the first run, and until somebody has logged in: the desk's first account."""
    first = await bot.services.auth.ensure_first_user()
    if first is None:
        return
    if sys.stdout.isatty():
        announce(f"The desk's first account: {first.name}, password: {first.password}")
        first.forget()
        return
    announce(f"The desk's first account: {first.name}, password in {first.file}")


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
            group.create_task(supervise(part.name, part.run, services.clock, part.status))
            for part in bot.parts
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
    settle()


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

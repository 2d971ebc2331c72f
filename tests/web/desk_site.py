"""A desk to test: real pages on a real socket, a real database, and a network that obeys."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from pathlib import Path

import httpx
from argon2 import PasswordHasher

from bot import texts
from bot.clock import Clock
from bot.config import Brand, Web
from bot.contract import Capabilities, Handler, Recovery, Section
from bot.core.charter.vetting import Vetting
from bot.core.conversation.crisis import Switch
from bot.core.conversation.decisions import Mind
from bot.core.conversation.intake import Intake
from bot.core.delivery.outbox import Outbox
from bot.core.desk import aids
from bot.core.desk.actions import Desk
from bot.core.desk.presence import Presence
from bot.core.faq.correcting import Correcting
from bot.core.faq.keeping import Keeper
from bot.core.people.gauging import Gauging
from bot.core.running.supervisor import Status
from bot.core.subjects.spikes import Spike
from bot.escalation import EscalationKind, Reason
from bot.library.rules.charter import Charter
from bot.matching.matcher import Matcher
from bot.models import Fault, Reply
from bot.store.conversation import conversations
from bot.store.delivery import outbox
from bot.store.files import Files
from bot.store.protocol import Tx
from bot.store.queue import escalations
from bot.store.queue.escalations import Opening
from bot.store.sqlite import SqliteStore
from bot.web.auth import Auth
from bot.web.server import create_app
from bot.web.services import Services
from handlers import webchat
from tests.support.handler import ScriptedHandler
from tests.support.minds import mind
from tests.support.world import finish, incoming
from tests.web.sites import Site

FAQ = Path(__file__).parents[2] / "faq"
PASSWORD = "correct horse battery"
KEY = b"a key for tests"
ACCOUNT = "net"
HOSTED = "webchat"
MOST = 100_000
"""Bytes of the largest file that the network takes."""
ABLE = Capabilities(
    max_text=1000,
    max_choices=4,
    recovery=Recovery.NONE,
    max_files=3,
    max_file_bytes=MOST,
    revises=True,
    withdraws=True,
)
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""Hashes at once; only tests/web/test_auth.py needs the real cost."""


@dataclass(frozen=True)
class Chatter:
    """A follower of the page that we host: a client with their token, and their request."""

    client: httpx.AsyncClient
    address: str
    item: int


@dataclass
class DeskSite:
    """The server, and what happens behind it."""

    services: Services
    handler: ScriptedHandler
    sender: Outbox
    faults: list[Fault]
    charters: list[Vetting]
    """The last one holds."""
    minds: list[Mind]
    """What the bot knows: the last."""
    spikes: list[Spike]
    site: Site
    keys: "count[int]" = field(default_factory=count)
    clients: list[httpx.AsyncClient] = field(default_factory=list)
    more_senders: list[Outbox] = field(default_factory=list)

    @property
    def base(self) -> str:
        return self.site.base

    @property
    def auth(self) -> Auth:
        return self.services.auth

    @property
    def desk(self) -> Desk:
        return self.services.desk

    async def ask(
        self, text: str, name: str = "Léa", conversation: str = "c1", **more: object
    ) -> int:
        """A follower's question comes in and goes to the queue; returns the item's id."""
        key = f"k{next(self.keys)}"
        now = self.services.clock.now()
        more |= {"at": now, "name": name, "language": "fr"}
        event = incoming(text, key=key, conversation=conversation, **more)  # type: ignore[arg-type]  # `more` names fields
        await self.services.inboxes[ACCOUNT].accept([event])
        return await self.services.store.run(_open, key, conversation, text, now)

    async def answer(self, text: str, conversation: str = "c1", entry: str = "delai") -> None:
        """The bot answers, and the answer is sent."""
        await self.services.store.run(
            _answer, conversation, text, entry, f"a{next(self.keys)}", self.services.clock.now()
        )
        await self.send()

    async def chatter(self, text: str) -> "Chatter":
        """A follower of the hosted page has asked for a person, who can find it in the queue."""
        client = self.client()
        made = (await client.post("/api/chat/conversations", json={})).json()
        client.headers["Authorization"] = f"Bearer {made['token']}"
        await client.post("/api/chat/messages", json={"client_id": "1", "text": text})
        address, now = made["conversation"], self.services.clock.now()
        item = await self.services.store.run(_open, "web", address, text, now, HOSTED)
        return Chatter(client, address, item)

    async def send(self) -> None:
        """Make an attempt for everything that waits in the outbox."""
        for sender in (self.sender, *self.more_senders):
            await sender.step()
            await finish(sender)

    async def stop(self) -> None:
        """Stop serving, as the bot does: pages that go on for ever end themselves."""
        self.services.stopping.set()
        self.services.store.topics.publish_all()
        await self.site.stop()

    async def start(self) -> None:
        """Serve again at the same address."""
        self.services.stopping.clear()
        await self.site.start()

    def client(self, language: str = "fr") -> httpx.AsyncClient:
        """A browser without script."""
        headers = {"Accept-Language": language, "Origin": self.base}
        client = httpx.AsyncClient(base_url=self.base, headers=headers, follow_redirects=True)
        self.clients.append(client)
        return client

    async def logged_in(self, name: str, language: str = "fr") -> httpx.AsyncClient:
        """The same, as that manager, whose account is made if there is none."""
        if name not in [user.name for user in await self.auth.list_users()]:
            await self.auth.add_user(name, PASSWORD)
        client = self.client(language)
        answer = await client.post("/desk/login", data={"name": name, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        return client

    async def api(self, name: str) -> httpx.AsyncClient:
        """A program with a token of that name."""
        token = await self.auth.create_token(name)
        headers = {"Authorization": f"Bearer {token}"}
        client = httpx.AsyncClient(base_url=f"{self.base}/api/desk", headers=headers)
        self.clients.append(client)
        return client


def form(page: str, action: str) -> dict[str, str]:
    """The hidden fields of the form on a page whose action begins so."""
    start = page.index(f'action="{action}')
    body = page[start : page.index("</form>", start)]
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', body)
    assert found
    return dict(found)


@asynccontextmanager
async def desk_site(
    folder: Path, clock: Clock, public_url: str = "", *, hosted: bool = False, mails: bool = True
) -> AsyncIterator[DeskSite]:
    """Serve a desk until the block ends; `hosted` with the web chat, and with e-mail if wanted."""
    store = SqliteStore(folder / "desk.db")
    await store.open()
    handler = ScriptedHandler(ACCOUNT, ABLE)
    files = Files(folder / "files")
    handlers: dict[str, Handler] = {ACCOUNT: handler}
    if hosted:
        handlers[HOSTED] = webchat.build(Section(HOSTED, {}, clock, lambda _: "", file=files.path))
    faults: list[Fault] = []
    charters = [Vetting(Charter())]
    minds = [mind(folder / "faq")]
    status = Status(running=True)
    brand = Brand(name="La Brûlerie", languages=("fr", "en"))
    words = texts.read(FAQ, brand.languages, brand.name)
    spikes = list[Spike]()

    def knowing() -> Mind:
        return minds[-1]

    async def reload() -> None:
        """A test puts what is to be known into `minds` itself."""

    services = Services(
        brand=brand,
        web=Web(public_url=public_url),
        clock=clock,
        store=store,
        desk=Desk(store, clock, handlers, lambda: charters[-1]),
        aids=aids.build(
            *(store, clock, lambda: minds[-1], brand, files),
            keeper=Keeper(folder / "faq", brand.languages, reload, Matcher.build),
        ),
        auth=Auth(store, clock, KEY, folder / "first-password.txt", QUICK),
        presence=Presence(clock, store.topics.publish),
        correcting=Correcting(store, clock, knowing, handlers),
        switch=Switch(store, clock, knowing),
        gauging=Gauging(store, clock),
        spikes=lambda: spikes,
        mind=knowing,
        handlers=handlers,
        inboxes={account: Intake(store, account, clock) for account in handlers},
        statuses={ACCOUNT: status},
        texts=lambda: words,
        stopping=asyncio.Event(),
        faults=lambda: faults,
        files=files,
        mails=hosted and mails,
    )
    sender = Outbox(store, clock, handler, status)
    site = Site(create_app(services, KEY))
    desk = DeskSite(services, handler, sender, faults, charters, minds, spikes, site)
    if hosted:
        desk.more_senders.append(Outbox(store, clock, handlers[HOSTED], Status(running=True)))
    try:
        yield desk
    finally:
        for client in desk.clients:
            await client.aclose()
        await desk.stop()
        await store.close()


def _open(tx: Tx, key: str, address: str, text: str, now: datetime, account: str = ACCOUNT) -> int:
    opening = Opening(
        cause=f"test:{key}",
        kind=EscalationKind.QUESTION,
        reason=Reason.UNSURE,
        conversation_id=_conversation(tx, address, account),
        question=text,
        language="fr",
    )
    return escalations.open_(tx, opening, now)


def _answer(tx: Tx, address: str, text: str, entry: str, cause: str, now: datetime) -> None:
    draft = outbox.Draft(
        cause=cause,
        conversation_id=_conversation(tx, address),
        account=ACCOUNT,
        parts=[Reply(text)],
        entry_id=entry,
    )
    outbox.enqueue(tx, draft, now)


def _conversation(tx: Tx, address: str, account: str = ACCOUNT) -> int:
    found = conversations.at_address(tx, account, address)
    assert found is not None
    return found

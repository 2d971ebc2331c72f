"""What `comptoir doctor` finds about the account, each with the very click to make."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from bot.contract import Command, Diagnosis
from handlers._discord import commands
from handlers._discord.failures import NO_INTENT, PORTAL
from handlers._discord.library import Route, discord
from handlers._discord.rooming import ADVICE, THREADED
from handlers._discord.service import Service

Data = Mapping[str, Any]

MESSAGE_CONTENT = 1 << 18 | 1 << 19
"""Flags of an application that may read messages: of a large one, and of a small one."""
NEEDED = {
    "send_messages": '"Send Messages"',
    "read_message_history": '"Read Message History"',
}
INVITED = discord.Permissions(
    view_channel=True,
    send_messages=True,
    send_messages_in_threads=True,
    read_message_history=True,
    attach_files=True,
    embed_links=True,
)
_TEXT = frozenset({0, 5})
_MOST = 20


def reads_messages(application: Data) -> bool:
    """Whether the intent for the content of messages is switched on."""
    return bool(int(application.get("flags") or 0) & MESSAGE_CONTENT)


def invite(application: Data) -> str:
    """The page that puts the bot into a server."""
    query = f"client_id={application['id']}&permissions={INVITED.value}"
    return f"https://discord.com/oauth2/authorize?{query}&scope=bot+applications.commands"


def intents(application: Data) -> Diagnosis:
    """Whether the bot may read what people write."""
    fine = reads_messages(application)
    return Diagnosis("intents", fine, "what people write can be read" if fine else NO_INTENT)


def endpoint(application: Data) -> Diagnosis:
    """Whether commands and presses come to us."""
    url = application.get("interactions_endpoint_url")
    detail = (
        f"commands and buttons go to {url} instead: open {PORTAL}, choose your application, "
        'empty "Interactions Endpoint URL" under General Information, and save'
    )
    return Diagnosis("interactions", not url, detail if url else "commands and buttons come here")


async def slash_commands(service: Service, application: Data, menu: Sequence[Command]) -> Diagnosis:
    """Whether Discord knows the commands as they now are."""
    known = await commands.registered(service, application["id"])
    if not known and menu:
        detail = "none are registered yet: `comptoir run` does it when it starts"
        return Diagnosis("commands", ok=True, detail=detail)
    fine = commands.same(known, commands.wanted(menu))
    detail = "not registered as they now are: start `comptoir run` again, which does it"
    return Diagnosis("commands", fine, f"{len(known)} are registered" if fine else detail)


async def permissions(service: Service, me: str, application: Data) -> Sequence[Diagnosis]:
    """Where in its servers the bot may not do what it must; raises as `Service.request` does."""
    guilds = await service.request(Route("GET", "/users/@me/guilds"))
    if not guilds:
        where = f"it is in no server yet, so nobody can reach it: open {invite(application)}"
        return [Diagnosis("servers", ok=False, detail=where)]
    found = [Diagnosis("servers", ok=True, detail=f"it is in {len(guilds)}")]
    for guild in guilds[:_MOST]:
        faults = [fault async for fault in _faults(service, me, guild["id"])]
        more = f", and {len(faults) - _MOST} more" if len(faults) > _MOST else ""
        detail = "; ".join(faults[:_MOST]) + more
        click = (
            f"{detail}. In Discord: right-click the channel, Edit Channel, Permissions, "
            "the bot's role, and allow these"
        )
        subject = f"permissions in {guild['name']}"
        well = "it can read and write in every channel that it sees"
        found.append(Diagnosis(subject, not faults, click if faults else well))
    return found


async def staff_room(service: Service, me: str, channel_id: str) -> Diagnosis:
    """Whether the team's channel can be used; raises as `Service.request` does."""
    try:
        channel = await service.request(Route("GET", "/channels/{id}", id=channel_id))
    except discord.HTTPException as error:
        if error.status >= 500:
            raise
        detail = f"there is no channel {channel_id} that the bot sees ({error.text}): {ADVICE}"
        return Diagnosis("staff room", ok=False, detail=detail)
    name = f"staff room #{channel.get('name')}"
    if channel["type"] not in THREADED or "guild_id" not in channel:
        detail = "it is neither a forum channel nor a text channel: make one, and put its id there"
        return Diagnosis(name, ok=False, detail=detail)
    where = {"guild_id": channel["guild_id"]}
    roles = await service.request(Route("GET", "/guilds/{guild_id}/roles", **where))
    path = "/guilds/{guild_id}/members/{user_id}"
    member = await service.request(Route("GET", path, **where, user_id=me))
    mine = {channel["guild_id"], *member["roles"]}
    base = 0
    for role in roles:
        base |= int(role["permissions"]) if role["id"] in mine else 0
    held = _held(base, channel.get("permission_overwrites", []), channel["guild_id"], mine, me)
    missing = [words for right, words in _STAFF_NEEDS.items() if not getattr(held, right)]
    if missing:
        detail = f"it lacks {', '.join(missing)}: {ADVICE}"
        return Diagnosis(name, ok=False, detail=detail)
    return Diagnosis(name, ok=True, detail="the bot can open threads there and write in them")


_STAFF_NEEDS = {
    "view_channel": '"View Channel"',
    "send_messages": '"Send Messages"',
    "create_public_threads": '"Create Public Threads"',
    "send_messages_in_threads": '"Send Messages in Threads"',
    "manage_threads": '"Manage Threads"',
    "add_reactions": '"Add Reactions"',
    "read_message_history": '"Read Message History"',
}


async def _faults(service: Service, me: str, guild: str) -> AsyncIterator[str]:
    path = "/guilds/{guild_id}"
    channels = await service.request(Route("GET", f"{path}/channels", guild_id=guild))
    roles = await service.request(Route("GET", f"{path}/roles", guild_id=guild))
    member = await service.request(
        Route("GET", f"{path}/members/{{user_id}}", guild_id=guild, user_id=me)
    )
    mine = {guild, *member["roles"]}
    base = 0
    for role in roles:
        base |= int(role["permissions"]) if role["id"] in mine else 0
    for channel in channels:
        held = _held(base, channel.get("permission_overwrites", []), guild, mine, me)
        if channel["type"] in _TEXT and held.view_channel:
            missing = [words for name, words in NEEDED.items() if not getattr(held, name)]
            if missing:
                yield f"#{channel['name']} lacks {' and '.join(missing)}"


def _held(
    base: int, overwrites: Sequence[Data], guild: str, mine: set[str], me: str
) -> discord.Permissions:
    """https://discord.com/developers/docs/topics/permissions#permission-overwrites."""
    if discord.Permissions(base).administrator:
        return discord.Permissions.all()
    for applies in (
        [one for one in overwrites if one["id"] == guild],
        [one for one in overwrites if one["id"] in mine and one["id"] != guild],
        [one for one in overwrites if one["id"] == me],
    ):
        for one in applies:
            base &= ~int(one["deny"])
        for one in applies:
            base |= int(one["allow"])
    return discord.Permissions(base)

"""What `comptoir doctor` finds about the account, each with the very click to make."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from telegram import ChatMember, User, WebhookInfo
from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, TelegramError

from bot.contract import Command, Diagnosis, Profile
from handlers._telegram import showing
from handlers._telegram.client import Client
from handlers._telegram.failures import TOKEN_REFUSED
from handlers._telegram.rooming import ADVICE
from handlers._telegram.webhook import Webhook

_RECENT = timedelta(minutes=15)
"""An error of a webhook that is older may long be mended: Telegram goes on telling of it."""
_SETTINGS = "with @BotFather: /mybots, the bot, Bot Settings"
_MOST = 20
"""Groups that are looked at."""


async def diagnose(
    client: Client,
    webhook: Webhook,
    commands: Sequence[Command],
    profile: Profile,
    groups: Sequence[str],
    staff: str,
    now: datetime,
) -> Sequence[Diagnosis]:
    """Check that the service answers, takes the token, and gives updates to us alone.

    Args:
        client: of the account.
        webhook: as it is to be.
        commands: as they are to be shown.
        profile: the same.
        groups: where the bot has been spoken to; ids of chats.
        staff: the id of the chat that is the team's; empty where there is none.
        now: the present.
    """
    try:
        me = await client.get_me()
        info = await client.get_webhook_info()
        changed = [one.name for one in await showing.changed(client, commands, profile)]
        rooms = [await _group(client, me, chat) for chat in groups[:_MOST]]
        rooms += [await _staff_room(client, me, staff)] if staff else []
    except InvalidToken:
        return [Diagnosis("token", ok=False, detail=TOKEN_REFUSED)]
    except TelegramError as error:
        detail = f"{webhook.service} does not answer as it should: {error}"
        return [Diagnosis("connection", ok=False, detail=detail)]
    todo = f"changed, registered when the bot starts: {', '.join(changed)}"
    return [
        Diagnosis("token", ok=True, detail=f"it is that of @{me.username}"),
        _receiving(webhook, info, now),
        Diagnosis("commands", ok=True, detail=todo if changed else "registered"),
        _groups(me),
        *rooms,
    ]


def _receiving(webhook: Webhook, info: WebhookInfo, now: datetime) -> Diagnosis:
    if info.url and not webhook.is_ours(info.url):
        return Diagnosis("webhook", ok=False, detail=webhook.taken(info.url))
    if not webhook.wanted:
        detail = "one is set; it is removed when the bot starts" if info.url else "none is set"
        return Diagnosis("webhook", ok=True, detail=detail)
    if not info.url:
        return Diagnosis("webhook", ok=True, detail=f"{webhook.url} is set when the bot starts")
    if info.url != webhook.url:
        old = urlsplit(info.url).netloc
        detail = f"it leads to {old}, and to {webhook.url} when the bot starts"
        return Diagnosis("webhook", ok=True, detail=detail)
    at = info.last_error_date
    if info.last_error_message and at and (info.pending_update_count or now - at < _RECENT):
        return Diagnosis("webhook", ok=False, detail=webhook.trouble(info))
    return Diagnosis("webhook", ok=True, detail=f"Telegram calls {webhook.url}")


def _groups(me: User) -> Diagnosis:
    if not me.can_join_groups:
        detail = f"the bot cannot be added to groups; to allow it, {_SETTINGS}, Allow Groups?"
        return Diagnosis("groups", ok=True, detail=f"{detail}, Turn groups on")
    if me.can_read_all_group_messages:
        detail = (
            "the bot is sent all that is said in its groups, more than it needs; to get only what "
            f"is meant for it, {_SETTINGS}, Group Privacy, Turn on; then remove it from its groups "
            "and add it again"
        )
        return Diagnosis("groups", ok=True, detail=detail, look=True)
    detail = (
        "privacy mode is on, as it should be: in groups the bot is sent only what mentions it, "
        "answers it, or is a command"
    )
    return Diagnosis("groups", ok=True, detail=detail)


async def _group(client: Client, me: User, chat_id: str) -> Diagnosis:
    """Whether the bot may write in a group, and is no more than a member."""
    try:
        chat = await client.raw("getChat", chat_id=chat_id)
        member = await client.raw("getChatMember", chat_id=chat_id, user_id=me.id)
    except ChatMigrated:
        detail = "it is a supergroup now, where the bot goes on by itself: nothing is to be done"
        return Diagnosis(f"group {chat_id}", ok=True, detail=detail)
    except (BadRequest, Forbidden) as error:
        detail = f"the bot is not there any more ({error}); to bring it back, {_ADD}"
        return Diagnosis(f"group {chat_id}", ok=True, detail=detail, look=True)
    ok, detail = _rights(chat, member)
    look = detail != _WELL
    return Diagnosis(f'group "{chat.get("title")}"', ok, detail, look)


async def _staff_room(client: Client, me: User, chat_id: str) -> Diagnosis:
    """Whether the team's group has topics, and the bot may manage them."""
    try:
        chat = await client.raw("getChat", chat_id=chat_id)
        member = await client.raw("getChatMember", chat_id=chat_id, user_id=me.id)
    except (BadRequest, Forbidden) as error:
        detail = f"it cannot be used ({error}): add the bot to the group, then {ADVICE}"
        return Diagnosis(f"staff room {chat_id}", ok=False, detail=detail)
    subject = f'staff room "{chat.get("title")}"'
    if not chat.get("is_forum"):
        detail = "the group has no topics: open it, tap its name, Edit, Topics, and turn them on"
        return Diagnosis(subject, ok=False, detail=detail)
    rights = "open the group, tap its name, Edit, Administrators, the bot, and allow"
    if member.get("status") != ChatMember.OWNER and not member.get("can_manage_topics"):
        return Diagnosis(subject, ok=False, detail=f"{rights} Manage topics")
    if member.get("status") != ChatMember.OWNER and not member.get("can_delete_messages"):
        detail = f"the topics of erased followers cannot be deleted: {rights} Delete messages"
        return Diagnosis(subject, ok=True, detail=detail, look=True)
    return Diagnosis(subject, ok=True, detail="it has topics, and the bot may manage them")


_WELL = "the bot may write"
_ADD = "open the group, tap its name, Add members, the bot"


def _rights(chat: Mapping[str, Any], member: Mapping[str, Any]) -> tuple[bool, str]:
    status = member.get("status")
    if status in {ChatMember.LEFT, ChatMember.BANNED}:
        return True, f"the bot is not there any more; to bring it back, {_ADD}"
    if status in {ChatMember.ADMINISTRATOR, ChatMember.OWNER}:
        return True, (
            "the bot is an administrator, and so is sent all that is said there, more than it "
            "needs; to change that, open the group, tap its name, Edit, Administrators, the bot, "
            "Dismiss admin"
        )
    if status == ChatMember.RESTRICTED and not member.get("can_send_messages"):
        return False, (
            "the bot itself may not write: open the group, tap its name, Edit, Permissions, "
            "Exceptions, the bot, and allow Send messages"
        )
    if chat.get("permissions", {}).get("can_send_messages") is False:
        return False, (
            "members may not write, so the bot cannot answer: open the group, tap its name, Edit, "
            "Permissions, Send messages; or Edit, Administrators, Add admin, the bot"
        )
    return True, _WELL

"""Memory of the bot at rest, for web chat only and with Telegram and Discord enabled.

    python -m benchmarks.memory [--phrasings 1000] [--json]

The FAQ is made by benchmarks/phrasings.py. The bot runs in a process of its own, connected to the
tests' fakes of the networks; it has answered a question in each language of the FAQ, so that the
matcher holds all that it needs, and is then left alone until its memory no longer changes.
"""

import argparse
import asyncio
import json
import time
from collections.abc import Mapping

from benchmarks.client import Connection
from benchmarks.networks import TOKEN_ENV, Discord, Telegram
from benchmarks.phrasings import ENTRIES, WAYS, library
from benchmarks.running import Running, bot_beside

WEB_CHAT = "[handlers.webchat]\nenabled = true\n"
QUESTIONS = {
    "la bouilloire a du calcaire partout, comment la nettoyer ?": "kettle-clean",
    "how long is the warranty on the hand mill?": "mill-warranty",
}
AT_REST = 12.0
"""Seconds in which memory does not change: the bot gives back what is free ten after a message."""


async def web_chat_only(faq: Mapping[str, str]) -> float:
    """In megabytes."""
    async with bot_beside(WEB_CHAT, library=faq) as running:
        return await _at_rest(running)


async def with_networks(faq: Mapping[str, str]) -> float:
    """In megabytes, with Telegram polled and Discord's gateway connected."""
    async with Telegram() as telegram, Discord() as discord:
        sections = [
            telegram.bot_toml(paced=True),
            discord.bot_toml(paced=True).replace(TOKEN_ENV, "BENCH_DISCORD_TOKEN"),
        ]
        secrets = {TOKEN_ENV: telegram.token, "BENCH_DISCORD_TOKEN": discord.token}
        async with bot_beside("\n".join([WEB_CHAT, *sections]), secrets, library=faq) as running:
            await telegram.ready(running)
            await discord.ready(running)
            return await _at_rest(running)


async def _at_rest(running: Running) -> float:
    for question, entry in QUESTIONS.items():
        await _answered(running.port, question, entry)
    seen, since = running.memory_mb(), time.monotonic()
    while time.monotonic() < since + AT_REST:
        await asyncio.sleep(0.1)
        if (now := running.memory_mb()) != seen:
            seen, since = now, time.monotonic()
    return seen


async def _answered(port: int, question: str, entry: str) -> None:
    asking = Connection(port)
    try:
        made = await asking.call("POST", "/api/chat/conversations", {})
        body = {"client_id": "1", "text": question}
        await asking.call("POST", "/api/chat/messages", body, made["token"])
        while True:
            seen = await asking.call("GET", "/api/chat/messages", None, made["token"])
            answers = [one for one in seen["messages"] if one["from"] == "bot"]
            if answers:
                break
            await asyncio.sleep(0.05)
    finally:
        asking.close()
    if answers[-1]["entry"] != entry:
        raise SystemExit(f"{question!r} was answered otherwise: {answers[-1]}")


async def main() -> None:
    """Measure both and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    most = ENTRIES * WAYS
    parser.add_argument(
        "--phrasings", type=int, default=1000, help=f"a multiple of {ENTRIES} up to {most}"
    )
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    if given.phrasings not in range(ENTRIES, most + 1, ENTRIES):
        parser.error(f"--phrasings must be a multiple of {ENTRIES} up to {most}")
    faq = library(given.phrasings // ENTRIES)
    web, networks = await web_chat_only(faq), await with_networks(faq)
    if given.json:
        found = {"phrasings": given.phrasings, "web_chat_mb": web, "with_networks_mb": networks}
        print(json.dumps(found, indent=2))
        return
    print(f"at rest with {given.phrasings} phrasings, web chat only: {web:.0f} MB")
    print(f"at rest with {given.phrasings} phrasings, and Telegram and Discord: {networks:.0f} MB")


if __name__ == "__main__":
    asyncio.run(main())

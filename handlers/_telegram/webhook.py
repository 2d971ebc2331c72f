"""Webhook mode: Telegram calls us, and proves by a header that it is Telegram.

Source: https://core.telegram.org/bots/api#setwebhook and https://core.telegram.org/bots/webhooks.
"""

import hashlib
import hmac
from urllib.parse import urlsplit

from telegram import WebhookInfo

from bot.errors import ConfigError

PATH = "updates"
PORTS = {None, 80, 88, 443, 8443}
HEADER = "x-telegram-bot-api-secret-token"


class _Secret(str):
    """A text that no log line shows, though the library logs what it sends."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'(hidden)'"


class Webhook:
    """Our address for one bot; also where it polls, to recognise a webhook that we once set."""

    def __init__(self, account: str, token: str, public_url: str, service: str) -> None:
        self.path = f"/hooks/{account}/{PATH}"
        self.wanted = bool(public_url)
        self.url = f"{public_url}{self.path}" if public_url else ""
        self.service = service
        derived = hmac.new(token.encode(), f"webhook of {account}".encode(), hashlib.sha256)
        self.secret = _Secret(derived.hexdigest())
        """Derived, so that it need not be kept and tells nothing of the token."""

    def proves(self, given: str) -> bool:
        """Whether a call is Telegram's."""
        return hmac.compare_digest(given.encode(), self.secret.encode())

    def is_ours(self, url: str) -> bool:
        """Whether a webhook was set by Comptoir, be it under another host."""
        return urlsplit(url).path == self.path

    def taken(self, url: str) -> str:
        """What to say when Telegram calls somebody else; the path may be a secret."""
        return (
            f"Telegram gives this bot's messages to {urlsplit(url).netloc}: stop the program "
            f"there, then open {self.service}YOUR-TOKEN/deleteWebhook in a browser "
            "(with the bot's token in place of YOUR-TOKEN)"
        )

    def trouble(self, info: WebhookInfo) -> str:
        """What to say when Telegram could not reach us."""
        at = f"{info.last_error_date:%Y-%m-%d %H:%M} UTC" if info.last_error_date else "lately"
        return (
            f"Telegram could not deliver to {self.url} ({at}: {info.last_error_message}; "
            f"{info.pending_update_count} waiting): check that public_url in [web] leads to this "
            "machine from outside, with a valid certificate"
        )


def check(public_url: str, where: str) -> None:
    """Refuse what Telegram would refuse; raises ConfigError."""
    if not public_url:
        raise ConfigError(
            f'{where} mode = "webhook" needs public_url = "https://…" in [web], the address at '
            'which Telegram reaches this machine; without one, use mode = "polling"'
        )
    address = urlsplit(public_url)
    if address.scheme != "https" or address.port not in PORTS:
        raise ConfigError(
            f'{where} mode = "webhook": Telegram calls only https:// on port 443, 80, 88 or 8443, '
            f"and public_url in [web] is {public_url!r}"
        )

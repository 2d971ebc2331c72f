"""bot.toml read into frozen settings, every fault with what to mend.

Secrets never stand in bot.toml: a key `NAME_env` names the environment variable that holds one, and
`NAME_file` a file. Relative paths are taken from bot.toml's folder.
"""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot import options
from bot.desk_rules import DeskTimes, PriorityRule
from bot.errors import ConfigError
from bot.models import Manner

SHIPPED_HOURS = "Mo-Fr 09:00-18:00"
"""When people are at the desk, unless the brand says otherwise."""
_STORE_SCHEME = "sqlite:///"


@dataclass(frozen=True, slots=True)
class Brand:
    """Who answers, in which languages (the first is the default), and in which time zone."""

    name: str = "Comptoir"
    languages: tuple[str, ...] = ("fr", "en")
    timezone: str = "Europe/Paris"
    contact: str = ""
    """Another way to reach the brand, shown where the chat cannot work (an e-mail, a phone)."""

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise ConfigError("name must not be empty")
        if not self.languages or not all(map(_is_language, self.languages)):
            raise ConfigError('languages must be two-letter codes, such as ["fr", "en"]')
        if len(set(self.languages)) < len(self.languages):
            raise ConfigError("languages names a language twice")
        try:
            ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ConfigError(
                f"timezone {self.timezone!r} is unknown (one is 'Europe/Paris')"
            ) from None

    @property
    def zone(self) -> ZoneInfo:
        """The time zone itself."""
        return ZoneInfo(self.timezone)


@dataclass(frozen=True, slots=True)
class Faq:
    """Where the FAQ files are, and whether git keeps what is saved on the pages."""

    path: str = "faq"
    commit: bool = False
    """Each save on the FAQ pages is a git commit, by the admin who saves."""


@dataclass(frozen=True, slots=True)
class Matching:
    """How sure an automatic answer must be (0.5 to 0.99); an optional sentence encoder."""

    precision: float = 0.9
    encoder: str = ""
    """A model's folder or `.onnx` file, or its name on the hub ("owner/model")."""
    encoder_languages: tuple[str, ...] = ()
    """Those that it knows; all of the brand's where none are named."""

    def __post_init__(self) -> None:
        if not 0.5 <= self.precision <= 0.99:
            raise ConfigError("precision must lie between 0.5 and 0.99")
        if self.encoder_languages and not self.encoder:
            raise ConfigError("encoder_languages needs the key 'encoder'")


@dataclass(frozen=True, slots=True)
class StoreOptions:
    """Where everything is kept."""

    url: str = "sqlite:///var/comptoir.db"

    def __post_init__(self) -> None:
        if not self.url.startswith(_STORE_SCHEME):
            raise ConfigError(f'url must begin with "{_STORE_SCHEME}"')
        if self.url == _STORE_SCHEME:
            raise ConfigError('url must name a file, such as "sqlite:///var/comptoir.db"')


@dataclass(frozen=True, slots=True)
class Patience:
    """How long an unsure verdict waits for the follower's next line, in seconds."""

    quiet_seconds: float = 2.0
    """After the last line."""
    longest_seconds: float = 6.0
    """After the first line, at most."""

    def __post_init__(self) -> None:
        if not 0 <= self.quiet_seconds <= self.longest_seconds <= 60:
            raise ConfigError("needs 0 <= quiet_seconds <= longest_seconds <= 60")


@dataclass(frozen=True, slots=True)
class DeskOptions:
    """When people are there, and how they are told of a new escalation."""

    hours: str = SHIPPED_HOURS
    holidays: str = ""
    notify_email: str = ""
    notify_webhook: str = ""
    assign: str = "hand"
    """Who takes a request: whoever claims it ("hand"), or managers who are present, in "turn"."""
    times: DeskTimes = field(default_factory=DeskTimes)
    priority: tuple[PriorityRule, ...] = ()

    def __post_init__(self) -> None:
        webhook = self.notify_webhook
        if webhook and not webhook.startswith(("http://", "https://")):
            raise ConfigError("notify_webhook must begin with http:// or https://")
        if self.assign not in {"hand", "turn"}:
            raise ConfigError('assign must be "hand" or "turn"')


@dataclass(frozen=True, slots=True)
class Mail:
    """The server that sends notifications by e-mail."""

    host: str = ""
    port: int = 587
    starttls: bool = True
    user: str = ""
    password_env: str = ""
    password_file: str = ""
    sender: str = ""

    def __post_init__(self) -> None:
        if self.host and not self.sender:
            raise ConfigError("needs the key 'sender', the address that mails come from")


@dataclass(frozen=True, slots=True)
class Web:
    """The address served, and what one follower or one address may do in a minute."""

    host: str = "127.0.0.1"
    port: int = 8080
    public_url: str = ""
    """The address as followers and managers see it, where a proxy stands before us."""
    trusted_proxies: tuple[str, ...] = ("127.0.0.1", "::1")
    """Whose X-Forwarded-For and X-Forwarded-Proto are believed."""
    conversations_per_minute: int = 60
    """New web conversations of one address."""
    messages_per_minute: int = 60
    """Messages of one follower; an address may send ten times as many."""
    text_length: int = 4000
    """Longest message of a web follower, in characters."""

    def __post_init__(self) -> None:
        if not 0 <= self.port <= 65535:
            raise ConfigError("port must lie between 0 and 65535")
        for name in ("conversations_per_minute", "messages_per_minute", "text_length"):
            if getattr(self, name) < 1:
                raise ConfigError(f"{name} must be 1 or more")


@dataclass(frozen=True, slots=True)
class Rooms:
    """How the bot behaves where others read along: `public` of a network, or a channel's own."""

    public: Manner = Manner.ANSWER
    channels: Mapping[str, Manner] = field(default_factory=dict)
    """By the conversation's address; "CHAT" stands for all of its "CHAT/TOPIC" as well."""

    def manner(self, address: str) -> Manner:
        """How the bot behaves in the public conversation at that address."""
        chat = address.partition("/")[0]
        return self.channels.get(address, self.channels.get(chat, self.public))


@dataclass(frozen=True, slots=True)
class HandlerOptions:
    """One `[handlers.NAME]`: its own keys, which its handler reads, and its public rooms."""

    account: str
    enabled: bool
    options: Mapping[str, object]
    rooms: Rooms = field(default_factory=Rooms)


@dataclass(frozen=True, slots=True)
class Settings:
    """All of bot.toml."""

    folder: Path
    brand: Brand = field(default_factory=Brand)
    faq: Faq = field(default_factory=Faq)
    matching: Matching = field(default_factory=Matching)
    store: StoreOptions = field(default_factory=StoreOptions)
    conversation: Patience = field(default_factory=Patience)
    desk: DeskOptions = field(default_factory=DeskOptions)
    mail: Mail = field(default_factory=Mail)
    web: Web = field(default_factory=Web)
    handlers: tuple[HandlerOptions, ...] = ()

    def __post_init__(self) -> None:
        if self.desk.notify_email and not self.mail.host:
            raise ConfigError("[desk] notify_email needs a [mail] section with host and sender")
        known = {handler.account: handler for handler in self.handlers}
        for rule in self.desk.priority:
            for network in set(rule.networks) - known.keys():
                hint = options.nearest(network, known)
                raise ConfigError(f"[[desk.priority]] networks: no [handlers.{network}]{hint}")

    @property
    def faq_folder(self) -> Path:
        """The folder (or one file) of FAQ entries."""
        return self.folder / self.faq.path

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self.folder / self.store.url.removeprefix(_STORE_SCHEME)

    @property
    def var(self) -> Path:
        """Where the bot keeps what is neither content nor configuration: keys, first password."""
        return self.folder / "var"

    @property
    def encoder_languages(self) -> frozenset[str]:
        """The brand's languages that the encoder is asked about."""
        return frozenset(self.matching.encoder_languages or self.brand.languages)

    @property
    def signing_key(self) -> Path:
        """The key that outlives restarts, so that sessions and followers' tokens do too."""
        return self.var / "signing.key"

    @property
    def first_password(self) -> Path:
        """Holds the first account's password where there was no terminal to tell it."""
        return self.var / "first-password.txt"

    @property
    def files(self) -> Path:
        """The folder of our own files, which replies carry."""
        return self.var / "files"


_OURS = frozenset({"enabled", "public", "channels"})
"""The keys of every `[handlers.NAME]` that are the core's; the others are its handler's."""

_SECTIONS: Mapping[str, type] = {
    "brand": Brand,
    "faq": Faq,
    "matching": Matching,
    "store": StoreOptions,
    "conversation": Patience,
    "desk": DeskOptions,
    "mail": Mail,
    "web": Web,
}


def load(path: Path) -> Settings:
    """Read bot.toml.

    Raises:
        ConfigError: the file is missing, is no TOML, or has keys or values that cannot be used; a
            line for each fault.
    """
    try:
        with path.open("rb") as file:
            tables = tomllib.load(file)
    except FileNotFoundError:
        raise ConfigError(
            f"there is no {path}: name one with --config, or make a folder with `comptoir init DIR`"
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not valid TOML: {error}") from None
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from None
    try:
        return _settings(path.resolve().parent, tables)
    except ConfigError as error:
        faults = str(error).splitlines()
        raise ConfigError("\n".join(f"{path}: {fault}" for fault in faults)) from None


def secret(name: str, values: Mapping[str, object], folder: Path, where: str) -> str:
    """The secret that `NAME_env` or `NAME_file` of a table points at.

    Raises:
        ConfigError: neither key is there, or what it names holds nothing.
    """
    variable, file = values.get(f"{name}_env"), values.get(f"{name}_file")
    if file:
        try:
            value = (folder / str(file)).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            raise ConfigError(f"{where} {name}_file: {file} cannot be read") from None
        if not value:
            raise ConfigError(f"{where} {name}_file: {file} is empty")
        return value
    if variable:
        if value := os.environ.get(str(variable), "").strip():
            return value
        raise ConfigError(f"{where} {name}_env: the environment variable {variable} is not set")
    raise ConfigError(f"{where} needs {name}_env (an environment variable) or {name}_file")


def _settings(folder: Path, tables: Mapping[str, object]) -> Settings:
    names = list(dict.fromkeys((*tables, *_SECTIONS, "handlers")))
    found = options.all_of(partial(_section, name, tables.get(name, {})) for name in names)
    settings = Settings(folder, **dict(zip(names, found, strict=True)))
    if strange := settings.encoder_languages.difference(settings.brand.languages):
        raise ConfigError(
            f"[matching] encoder_languages: {min(strange)!r} is none of [brand] languages"
        )
    return settings


def _section(name: str, table: object) -> Any:
    known = {**_SECTIONS, "handlers": dict}
    if name not in known:
        raise ConfigError(f"unknown section [{name}]{options.nearest(name, known)}")
    if not isinstance(table, dict):
        raise ConfigError(f"{name} must be a section, written [{name}] on a line of its own")
    if name == "handlers":
        return _handlers(table)
    return _desk(table) if name == "desk" else options.read(_SECTIONS[name], table, f"[{name}]")


def _desk(table: Mapping[str, object]) -> DeskOptions:
    """[desk], with its [desk.times] and each [[desk.priority]]."""
    times, rules = table.get("times", {}), table.get("priority", [])
    if not isinstance(times, dict):
        raise ConfigError("[desk] times must be a section: [desk.times]")
    if not isinstance(rules, list) or not all(isinstance(rule, dict) for rule in rules):
        raise ConfigError("[desk] priority must be sections, each headed [[desk.priority]]")
    own = {key: value for key, value in table.items() if key not in {"times", "priority"}}
    return replace(
        options.read(DeskOptions, own, "[desk]"),
        times=options.read(DeskTimes, times, "[desk.times]"),
        priority=tuple(options.read(PriorityRule, rule, "[[desk.priority]]") for rule in rules),
    )


def _handlers(tables: Mapping[str, object]) -> tuple[HandlerOptions, ...]:
    return tuple(options.all_of(partial(_handler, *one) for one in tables.items()))


def _handler(account: str, table: object) -> HandlerOptions:
    if not isinstance(table, dict):
        raise ConfigError(f"[handlers] {account} must be a section: [handlers.{account}]")
    enabled = table.get("enabled", True)
    if not isinstance(enabled, bool):
        raise ConfigError(f"[handlers.{account}] enabled must be true or false")
    rest = {key: value for key, value in table.items() if key not in _OURS}
    return HandlerOptions(account, enabled, rest, _rooms(account, table))


def _rooms(account: str, table: Mapping[str, object]) -> Rooms:
    where = f"[handlers.{account}]"
    channels = table.get("channels", {})
    if not isinstance(channels, dict):
        raise ConfigError(f"{where} channels must be a section: [handlers.{account}.channels]")
    return Rooms(
        _manner(table.get("public", Manner.ANSWER), f"{where} public"),
        {
            address: _manner(manner, f"[handlers.{account}.channels] {address}")
            for address, manner in channels.items()
        },
    )


def _manner(value: object, where: str) -> Manner:
    try:
        return Manner(str(value))
    except ValueError:
        known = ", ".join(f'"{manner}"' for manner in Manner)
        raise ConfigError(f"{where} must be one of {known}, not {value!r}") from None


def _is_language(tag: str) -> bool:
    return len(tag) == 2 and tag.isascii() and tag.isalpha() and tag.islower()

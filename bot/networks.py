"""The networks that bot.toml names: finds their handlers and makes them, connected to nothing."""

import importlib
import pkgutil
from collections.abc import Callable
from functools import partial

import handlers as networks
from bot import config, options, texts
from bot.clock import Clock
from bot.config import HandlerOptions, Settings
from bot.contract import Build, Handler, Section
from bot.core.conversation.commands import menu, profile
from bot.errors import ConfigError
from bot.store.files import Files
from bot.texts import Languages


def build_handlers(
    settings: Settings, clock: Clock, spoken: Callable[[], Languages] | None = None
) -> dict[str, Handler]:
    """The handlers of all enabled networks, connected to nothing yet.

    Args:
        settings: all of bot.toml.
        clock: the time.
        spoken: the bot's words as they are now; read from the files where nothing else has them.

    Raises:
        ConfigError: a section or a secret cannot be used.
    """
    brand = settings.brand
    words = spoken or partial(texts.read, settings.faq_folder, brand.languages, brand.name)
    return {
        section.account: _handler(section, settings, clock, words)
        for section in settings.handlers
        if section.enabled
    }


def _handler(
    section: HandlerOptions, settings: Settings, clock: Clock, spoken: Callable[[], Languages]
) -> Handler:
    where = f"[handlers.{section.account}]"
    found = [module.name for module in pkgutil.iter_modules(networks.__path__)]
    known = {name: None for name in found if not name.startswith("_")}  # else a network's own parts
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
    return build_handler(
        Section(
            section.account,
            section.options,
            clock,
            secret,
            menu=lambda: menu(spoken()),
            file=Files(settings.files).path,
            public_url=settings.web.public_url.rstrip("/"),
            profile=lambda: profile(spoken()),
        )
    )

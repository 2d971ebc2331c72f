"""A page or file of the web as a source of entries."""

import zlib
from collections.abc import Callable
from urllib.parse import urlsplit

from bot import fetching
from bot.errors import NotFetched, NotPublic
from bot.exchange.gathering import opened
from bot.exchange.items import Bundle
from bot.fetching import Address, Fetched, Limits, public

_LARGEST = 10_000_000
"""Bytes of one page or file."""
_LONGEST = 20.0
"""Seconds for all of it, redirections included."""


def is_address(source: str) -> bool:
    """Whether a source is an address of the web rather than a path."""
    return "://" in source


def fetch(address: str, allowed: Callable[[Address], bool] = public) -> Bundle:
    """What is at an http(s) address.

    Raises:
        NotFetched: it cannot be had, is too large, takes too long, or lies where `allowed` says no.
    """
    try:
        fetched = fetching.fetch(address, Limits(_LONGEST, _LARGEST, allowed))
    except NotPublic as error:
        raise NotPublic(f"{error} unless you say --private") from None
    if fetched.status != 200:
        raise NotFetched(f"{fetched.url} answered {fetched.status}, not with a page")
    return opened(
        urlsplit(fetched.url)._replace(query="").geturl(),
        _unpacked(fetched),
        address=fetched.url,
        html=fetched.media_type in {"text/html", "application/xhtml+xml"},
        charset=fetched.charset,
    )


def _unpacked(fetched: Fetched) -> bytes:
    too_large = NotFetched(f"{fetched.url} is larger than {_LARGEST // 1_000_000} MB")
    if not fetched.whole:
        raise too_large
    if not fetched.coding:
        return fetched.body
    if fetched.coding not in {"gzip", "x-gzip", "deflate"}:
        raise NotFetched(f"{fetched.url} is packed in a way not asked for ({fetched.coding})")
    unpacking = zlib.decompressobj(32 + zlib.MAX_WBITS)
    try:
        content = unpacking.decompress(fetched.body, _LARGEST + 1)
    except zlib.error:
        raise NotFetched(f"{fetched.url} cannot be unpacked") from None
    if len(content) > _LARGEST:
        raise too_large
    return content

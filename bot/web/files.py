"""Files over HTTP: what managers send along, and what lines of a conversation carry.

Nothing that comes from outside is shown as a page: files go out as downloads, of no type that a
browser would run; pictures may be shown by an `<img>`.
"""

import json
from collections.abc import AsyncIterable, AsyncIterator, Iterable
from urllib.parse import quote

from fastapi import Response
from fastapi.responses import FileResponse, StreamingResponse
from pydantic import BaseModel, Field
from starlette.datastructures import FormData, UploadFile

from bot.contract import Handler
from bot.core.desk.replying import check_files
from bot.errors import Conflict, FileGone
from bot.models import Attachment
from bot.store.conversation import attachments
from bot.web.services import Services

AT_ONCE = 5
"""Files that a follower of our own page may send with one message …"""
LARGEST_OF_FOLLOWERS = 10_000_000
"""… and the bytes of each."""
ANY_BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
"""How the description of the interface tells that a file is a request's whole body."""


class FileIn(BaseModel):
    """A file that was sent before, as it was answered then."""

    reference: str = Field(pattern="^[0-9a-f]{64}$")
    name: str = Field(max_length=300)
    media_type: str = Field(max_length=100)


class FileKept(FileIn):
    """A file among our own, to be named in a message."""

    size: int


PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
"""What any browser shows, and none runs."""
_PIECE = 256 * 1024
_FORM_BYTES = 64 * 1024
_ANY = "application/octet-stream"


def largest_file(handlers: Iterable[Handler]) -> int:
    """Bytes of the largest file that any network takes."""
    able = (one.capabilities for one in handlers)
    return max((one.max_file_bytes for one in able if one.max_files), default=0)


def largest_upload(handlers: Iterable[Handler]) -> int:
    """Bytes of the largest request that carries files for a network, and the words beside them."""
    able = [one.capabilities for one in handlers]
    hosted = LARGEST_OF_FOLLOWERS if any(one.hosting for one in able) else 0
    return _FORM_BYTES + max([hosted, *(one.max_files * one.max_file_bytes for one in able)])


async def uploads(
    form: FormData, services: Services, account: str | None = None
) -> list[Attachment]:
    """Keep the files of a form among our own; the field "kept" names those that are there already.

    Args:
        form: with fields "file" and "kept".
        services: what is behind the pages.
        account: the network that they are for; None where they are only not to be lost.

    Raises:
        FileRefused: the network does not take so many, or one so large; or one is empty.
    """
    files = [one for one in form.getlist("file") if isinstance(one, UploadFile) and one.filename]
    kept = [found for one in form.getlist("kept") if (found := _kept(services, one))]
    # All are looked at before any is written: their sizes are known.
    given = [Attachment("", one.filename or "", "", one.size) for one in files]
    if account is not None:
        handler = services.handlers.get(account)
        if handler is None and (kept or given):
            raise Conflict(
                f"the network {account!r} is not enabled in bot.toml: nothing was sent",
                why="network_off",
            )
        if handler is not None:
            check_files([*kept, *given], handler.capabilities)
    for one in files:
        await one.seek(0)
        name, media_type = one.filename or "", one.content_type or ""
        kept.append(await services.files.add(_pieces(one), name, media_type, one.size or 0))
    return kept


def keep(attachment: Attachment) -> str:
    """What the field "kept" of a form says of a file."""
    kept = {"reference": attachment.reference, "name": attachment.name}
    return json.dumps({**kept, "media_type": attachment.media_type})


def known(services: Services, reference: str, name: str, media_type: str) -> Attachment:
    """A file that was sent before; raises FileGone where it is not among ours."""
    try:
        return services.files.known(reference, name, media_type)
    except FileNotFoundError as error:
        raise FileGone(f"{error}: send it again") from None


def _kept(services: Services, value: object) -> Attachment | None:
    try:
        found = json.loads(str(value))
        return known(services, *(str(found[key]) for key in ("reference", "name", "media_type")))
    except (ValueError, KeyError, TypeError, FileGone):
        return None  # swept away meanwhile, or never ours


async def _pieces(file: UploadFile) -> AsyncIterator[bytes]:
    while piece := await file.read(_PIECE):
        yield piece


async def download(
    services: Services, line_id: str, number: int, conversation: int | None = None
) -> Response:
    """A file of a line, as a download; followers get the replies of their own conversation only.

    Args:
        services: what is behind the pages.
        line_id: of a `Line`.
        number: which of its files, from 0.
        conversation: the follower's, where it is one who asks.

    Raises:
        FileGone: there is no such file, or it cannot be had any more.
    """
    found = await services.store.run(attachments.find, line_id, number, conversation)
    if found is None:
        raise FileGone("there is no such file")
    account, attachment = found
    headers = _headers(attachment)
    media_type = attachment.media_type if attachment.media_type in PICTURES else _ANY
    if line_id.startswith("r"):
        try:
            path = services.files.path(attachment)
        except FileNotFoundError as error:
            raise FileGone(str(error)) from None
        return FileResponse(path, media_type=media_type, headers=headers)
    handler = services.handlers.get(account)
    if handler is None:
        raise FileGone(f"the network {account!r} is not enabled in bot.toml")
    return StreamingResponse(
        await _begun(handler.fetch(attachment)), media_type=media_type, headers=headers
    )


def _headers(attachment: Attachment) -> dict[str, str]:
    name = quote(attachment.name or "file", safe="")
    return {
        "Content-Disposition": f"attachment; filename*=utf-8''{name}",
        # Not for long, and not for whoever logs in next.
        "Cache-Control": "private, max-age=300",
        "Vary": "Authorization, Cookie",
    }


async def _begun(pieces: AsyncIterator[bytes]) -> AsyncIterable[bytes]:
    """The same pieces, once the first is here: what cannot be had is told before the answer."""
    first = await anext(pieces, b"")

    async def all_pieces() -> AsyncIterator[bytes]:
        yield first
        async for piece in pieces:
            yield piece

    return all_pieces()

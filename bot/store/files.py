"""Our own files, what managers send: in a folder beside the database, each named by its content.

A file is written under another name, brought to disk and then moved to its place: what has a name
here is whole, also after a crash. What no row of the store names any more is swept away.
"""

import asyncio
import hashlib
import mimetypes
import os
import re
import secrets
import unicodedata
from collections.abc import AsyncIterable, Collection
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from bot.durable import synchronize
from bot.errors import FileRefused
from bot.models import Attachment

_LONGEST_NAME = 120
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9.+-]*/[a-z0-9][a-z0-9.+-]*")
_REFERENCE = re.compile(r"[0-9a-f]{64}")
_ANY = "application/octet-stream"


class Files:
    """The folder; made with the first file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def add(
        self, pieces: AsyncIterable[bytes], name: str, media_type: str, most: int
    ) -> Attachment:
        """Keep a file; it is on disk when this returns.

        Args:
            pieces: its content.
            name: what its sender calls it; is made harmless (see `clean_name`).
            media_type: what its sender takes it for; where that says nothing, `name` decides.
            most: bytes that it may have.

        Raises:
            FileRefused: it is empty, or larger than that.
            OSError: it cannot be written.
        """
        name = clean_name(name)
        new = await asyncio.to_thread(_new, self._folder)
        try:
            with new.open("wb", buffering=0) as file:
                digest, size = hashlib.sha256(), 0
                async for piece in pieces:
                    size += len(piece)
                    if size > most:
                        raise FileRefused(f"{name} has more than {most} bytes", "large", name, most)
                    digest.update(piece)
                    await asyncio.to_thread(file.write, piece)
                if not size:
                    raise FileRefused(f"{name} is empty", "empty", name)
                await asyncio.to_thread(os.fsync, file.fileno())
            kept = Attachment(digest.hexdigest(), name, _media_type(media_type, name), size)
            await asyncio.to_thread(_move, new, self._place(kept.reference))
        finally:
            await asyncio.to_thread(new.unlink, missing_ok=True)
        return kept

    def path(self, attachment: Attachment) -> Path:
        """Where one of our files lies; raises FileNotFoundError where there is none such."""
        path = self._place(attachment.reference)
        if not _REFERENCE.fullmatch(attachment.reference) or not path.is_file():
            raise FileNotFoundError(f"{attachment.name} is not among our files")
        return path

    def known(self, reference: str, name: str, media_type: str) -> Attachment:
        """A file that is here already, under a name; raises FileNotFoundError as `path` does.

        It counts as new again for `sweep`.
        """
        name = clean_name(name)
        found = Attachment(reference, name, _media_type(media_type, name))
        path = self.path(found)
        path.touch()
        return replace(found, size=path.stat().st_size)

    async def remove(self, references: Collection[str]) -> None:
        """Remove files that nothing names any more, those of them that are here."""
        for reference in filter(_REFERENCE.fullmatch, references):
            await asyncio.to_thread(self._place(reference).unlink, missing_ok=True)

    async def sweep(self, used: Collection[str], before: datetime) -> int:
        """Remove what was written before an instant and is not among the references `used`.

        Returns:
            How many files there were.
        """
        return await asyncio.to_thread(self._sweep, used, before)

    def _sweep(self, used: Collection[str], before: datetime) -> int:
        removed = 0
        for path in [*self._folder.glob("new-*"), *self._folder.glob("??/*")]:
            written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
            if path.name not in used and written < before:
                path.unlink()
                removed += 1
        return removed

    def _place(self, reference: str) -> Path:
        return self._folder / reference[:2] / reference


def clean_name(name: str) -> str:
    """A file's name without folders, and without characters that hide or turn what is beside them.

    At most 120 characters, the extension included; never empty.
    """
    last = PurePosixPath(name.replace("\\", "/")).name
    shown = "".join(one for one in last if unicodedata.category(one)[0] not in "CZ" or one == " ")
    bare = shown.strip(" .")
    extension = PurePosixPath(bare).suffix[:20]
    stem = bare.removesuffix(extension)[: _LONGEST_NAME - len(extension)]
    return f"{stem or 'file'}{extension}"


def _media_type(media_type: str, name: str) -> str:
    plain = media_type.partition(";")[0].strip().lower()
    if plain == _ANY or not _MEDIA_TYPE.fullmatch(plain):
        return mimetypes.guess_type(name)[0] or _ANY
    return plain


def _new(folder: Path) -> Path:
    """An empty file that only we can read, under a name of no meaning."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"new-{secrets.token_hex(8)}"
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    return path


def _move(new: Path, place: Path) -> None:
    """Give a whole file its name; where it is there already, it becomes as new (see `sweep`)."""
    place.parent.mkdir(exist_ok=True)
    new.replace(place)
    for folder in (place.parent, place.parent.parent):
        synchronize(folder)

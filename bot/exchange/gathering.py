"""Brings a source's files together: a file, a folder, or a zip archive of one."""

import io
import lzma
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from bot.errors import UserError
from bot.exchange.items import Bundle

LARGEST = 50_000_000
"""Bytes of all files of a source together, unpacked."""
_MOST = 20_000
"""Files."""
_READ = (".json", ".jsonld", ".yml", ".yaml", ".md", ".tsv", ".csv", ".txt")
"""What is read in a folder or an archive, by the ends of names."""
_TABLE = "save the table as CSV (UTF-8), and import that file"
_TEXT = "save it as a web page (HTML), and import that file"
_OTHERWISE = {
    **dict.fromkeys((".xlsx", ".xls", ".xlsm", ".ods", ".numbers"), _TABLE),
    **dict.fromkeys((".docx", ".doc", ".odt", ".rtf", ".pages"), _TEXT),
    ".pdf": "import the document or web page that it was made from",
}
"""What to do with files of other programs, by the ends of names."""
_BROKEN = (zipfile.BadZipFile, zlib.error, lzma.LZMAError)


def gather(path: Path) -> Bundle:
    """The file or folder at a path; raises UserError where it cannot be read."""
    try:
        if path.is_dir():
            return Bundle(str(path), dict(_folder(path)), folder=True)
        if path.stat().st_size > LARGEST:
            raise UserError(f"{path} is larger than {LARGEST // 1_000_000} MB")
        return opened(str(path), path.read_bytes())
    except FileNotFoundError:
        raise UserError(f"there is no file or folder {path}") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise UserError(f"{path} cannot be read: {reason}") from None


def opened(name: str, content: bytes, **about: str | bool) -> Bundle:
    """A file as a source, with an archive unpacked; raises UserError."""
    if todo := _OTHERWISE.get(PurePosixPath(name).suffix.lower()):
        raise UserError(f"{name} is not read as it is: {todo}")
    if content.startswith(b"PK\x03\x04"):
        return Bundle(name, _unpacked(name, content), folder=True)
    return Bundle(
        name,
        {name: content},
        address=str(about.get("address", "")),
        html=bool(about.get("html")),
        charset=str(about.get("charset", "")),
    )


def _folder(folder: Path) -> Iterator[tuple[str, bytes]]:
    size = 0
    for number, path in enumerate(sorted(folder.rglob("*"))):
        relative = path.relative_to(folder)
        hidden = any(part.startswith(".") for part in relative.parts)
        if hidden or not path.name.lower().endswith(_READ) or not path.is_file():
            continue
        size += path.stat().st_size
        if size > LARGEST or number > _MOST:
            raise UserError(f"{folder} holds too much: name the folder of the FAQ itself")
        yield relative.as_posix(), path.read_bytes()


def _unpacked(name: str, content: bytes) -> Mapping[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = [one for one in archive.infolist() if one.filename.lower().endswith(_READ)]
            size = sum(one.file_size for one in members)
            if size > LARGEST or len(members) > _MOST:
                raise UserError(f"{name} holds more than {LARGEST // 1_000_000} MB unpacked")
            return {one.filename: archive.read(one) for one in members}
    except (*_BROKEN, NotImplementedError, RuntimeError, OSError, EOFError, ValueError):
        raise UserError(f"the archive {name} cannot be unpacked") from None

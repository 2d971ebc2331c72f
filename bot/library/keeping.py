"""The FAQ folder's last good files, kept in one archive beside the store.

Sources are kept, not what was made of them: whoever has lost a file finds it there, and a newer
Comptoir reads them like any others.
"""

import io
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from bot import durable


def pack(
    faq: Path, files: Sequence[Path], contents: Callable[[Path], bytes] = Path.read_bytes
) -> bytes:
    """An archive of files of an FAQ folder (or file), the same for the same files.

    The folder's own name is packed, since it may tell the language of what is in it.
    Raises OSError where a file cannot be read; `contents` reads it.
    """
    folder, alone = (faq, "") if faq.is_dir() else (faq.parent, faq.name)
    name = faq.resolve().name if not alone else faq.resolve().parent.name
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.comment = PurePosixPath(name, alone).as_posix().encode()
        for file in files:
            inside = PurePosixPath(name, file.relative_to(folder).as_posix())
            undated = zipfile.ZipInfo(str(inside))
            archive.writestr(undated, contents(file), zipfile.ZIP_DEFLATED)
    return held.getvalue()


def keep(archive: Path, content: bytes) -> None:
    """Put what was packed in the place of what was kept before; raises OSError."""
    if not (archive.is_file() and archive.read_bytes() == content):
        durable.write(archive, content)


@contextmanager
def unpacked(content: bytes) -> Iterator[Path]:
    """The FAQ folder (or file) of an archive, for as long as the block lasts.

    Raises:
        ValueError: that is no archive of ours.
        OSError: there is no room for it.
    """
    with TemporaryDirectory(prefix="comptoir-") as made:
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                archive.extractall(made)  # zipfile lets no name lead outside
                faq = Path(made, archive.comment.decode())
        except (zipfile.BadZipFile, UnicodeDecodeError) as error:
            raise ValueError(str(error)) from None
        yield faq

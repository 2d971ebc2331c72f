"""Files that are there whole or not at all, whenever the process or the machine stops."""

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path


def write(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Put a file, by default one only we can read, in the place of what is there.

    Makes its folder. It is on disk on return: written beside, synchronized, then renamed (POSIX
    rename(2) is atomic). Raises OSError, and then the old file stays.
    """
    with _alone_in(path.parent):
        _write(path, content, mode)


def exchange(path: Path, before: bytes | None, after: bytes, mode: int = 0o600) -> bool:
    """Write a file that is as it was `before` (None: it is not there); false where it is not.

    Of some threads and processes that exchange the same file at the same moment, one does. The
    mode is that of a new file. Raises OSError, and then the old file stays.
    """
    with _alone_in(path.parent):
        there = path.read_bytes() if path.exists() else None
        if there != before:
            return False
        _write(path, after, mode if there is None else stat.S_IMODE(path.stat().st_mode))
        return True


def key(path: Path) -> bytes:
    """The random key (32 bytes) that a file holds, made on first use."""
    held = path.read_bytes() if path.is_file() else None
    if not held:
        exchange(path, held, secrets.token_bytes(32))  # or another process just did
    return path.read_bytes()


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Hold a folder against all others who write in it here; makes it.

    The lock is on the folder itself and ends with its holder: a lock file would lie among files
    that people look after. Where there are no such locks (Windows, some network file systems) it
    has to do without.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as held:
        with suppress(ImportError, OSError):
            import fcntl  # noqa: PLC0415  # there is none on Windows

            opened = os.open(folder, os.O_RDONLY)
            held.callback(os.close, opened)
            fcntl.flock(opened, fcntl.LOCK_EX)
        yield


def _write(path: Path, content: bytes, mode: int) -> None:
    beside = path.with_name(f"{path.name}.new")
    beside.unlink(missing_ok=True)  # of a process that was killed here
    opened = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(opened, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.chmod(mode)
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    synchronize(path.parent)


def synchronize(folder: Path) -> None:
    """Bring a folder's new names to disk, so that they outlive a loss of power, too."""
    with suppress(OSError):  # Windows opens no folders
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)

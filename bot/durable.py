"""Files that are there whole or not at all, whenever the process or the machine stops."""

import os
import secrets
from contextlib import suppress
from pathlib import Path


def write(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Put a file, by default one only we can read, in the place of what is there.

    Makes its folder. It is on disk on return: written beside, synchronized, then renamed (POSIX
    rename(2) is atomic). Raises OSError, and then the old file stays.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
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


def key(path: Path) -> bytes:
    """The random key (32 bytes) that a file holds, made on first use."""
    if not (path.is_file() and path.stat().st_size):
        write(path, secrets.token_bytes(32))
    return path.read_bytes()


def synchronize(folder: Path) -> None:
    """Bring a folder's new names to disk, so that they outlive a loss of power, too."""
    with suppress(OSError):  # Windows opens no folders
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)

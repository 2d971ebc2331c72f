"""The process's memory: what is free goes back to the system."""

import ctypes
from contextlib import suppress


def give_back() -> None:
    """Give back what a large piece of work has left free; it may take some milliseconds.

    glibc keeps what lies below anything that is still in use, for good: 5 MB after an FAQ was read,
    more with each that is read after it. Where the C library cannot be asked, nothing happens.
    Source: malloc_trim(3).
    """
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)

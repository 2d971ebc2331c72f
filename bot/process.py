"""The process: its memory, and the turns that its threads take."""

import ctypes
import gc
import sys
from contextlib import suppress


def give_back() -> None:
    """Give back what a large piece of work has left free; it may take some milliseconds.

    glibc keeps what lies below anything that is still in use, for good: 5 MB after an FAQ was read,
    more with each that is read after it. Where the C library cannot be asked, nothing happens.
    Source: malloc_trim(3).
    """
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)


def settle() -> None:
    """Let what is there by now stay as it is, out of the way of Python's garbage collector.

    To go through a large FAQ at each full collection would hold up every answer: 80 ms for 50,000
    wordings. What is made later is looked through as ever. Source: gc.freeze in Python's manual.
    """
    gc.collect()
    gc.freeze()


def take_short_turns() -> None:
    """Let a thread keep the interpreter for a millisecond at most while others wait for it.

    With Python's own 5 ms, a question that meets an FAQ being read in another thread waits up to 5
    ms wherever it lets go of the interpreter, which numpy often does.
    """
    sys.setswitchinterval(0.001)


def leave_out(module: str) -> None:
    """Let who imports a module find that it is not installed, unless it is loaded already.

    Some libraries load another one only to see that nobody uses it. Source: `sys.modules` in
    Python's reference, "The module cache".
    """
    sys.modules.setdefault(module, None)  # type: ignore[arg-type]  # as the reference says

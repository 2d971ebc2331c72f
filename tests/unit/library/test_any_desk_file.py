"""Whatever a charter or a file of canned replies holds, it is read or its faults are named."""

import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import LibraryError
from bot.library.canned import fill, read_canned
from bot.library.rules.charter import read_charter

T = TypeVar("T")

PIECES = st.sampled_from(
    [
        *["## A {#a}\n\n", "## S {.human}\n\n", "{.public}", "# C\n", "Why.\n\n", "\n", "\r\n"],
        *["> a\n", "> ok: ", "> ", "[date]", "[entry: a]", "[tag:", "…", "*", "```", "<!--", "---"],
        *["{first_name}", "{name|}", "{brand|x}", "{", "}", "\\", "![a](b.png)\n", "![](../c)"],
    ]
)
VALUES = {"first_name": "A", "name": "B", "brand": "C"}


def attempt(read: Callable[[], T]) -> T | None:
    """What was read; None where faults were told."""
    try:
        return read()
    except LibraryError as error:
        if not error.faults:
            raise
        return None


@settings(deadline=None)
@given(st.lists(PIECES | st.text(max_size=5), max_size=30).map("".join))
def test_any_charter_and_any_canned_replies(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name in ("charter.md", "canned-replies.md"):
            Path(folder, name).write_bytes(text.encode("utf-8", "surrogatepass"))
        charter = attempt(partial(read_charter, Path(folder)))
        replies = attempt(partial(read_canned, Path(folder)))
    assert charter is None or all(rule.reason for rule in charter.rules)
    assert not any(fill(reply.text, VALUES).missing for reply in replies or ())

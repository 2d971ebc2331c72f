"""What helps managers to answer, beside the queue itself."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bot.clock import Clock
from bot.config import Brand
from bot.core.alike import Alike
from bot.core.answering import Answering
from bot.core.decisions import Mind
from bot.core.people import People
from bot.core.suggesting import Suggesting
from bot.store.files import Files
from bot.store.protocol import Store


@dataclass(frozen=True, slots=True)
class Aids:
    """All of them."""

    people: People
    suggesting: Suggesting
    alike: Alike
    answering: Answering


def build(
    store: Store, clock: Clock, mind: Callable[[], Mind], brand: Brand, files: Files, faq: Path
) -> Aids:
    """Put them together; `faq` is the FAQ folder, or the FAQ where that is one file."""
    return Aids(
        people=People(store, clock),
        suggesting=Suggesting(store, clock, mind, brand, files, faq),
        alike=Alike(store, clock),
        answering=Answering(store, clock, brand),
    )

"""What helps managers to answer, beside the queue itself."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from bot.clock import Clock
from bot.config import Brand
from bot.core.alike import Alike
from bot.core.answering import Answering
from bot.core.decisions import Mind
from bot.core.people import People
from bot.core.promoting import Promoting
from bot.core.suggesting import Suggesting
from bot.library.editing import Editor
from bot.matching.matcher import Matcher
from bot.models import Library
from bot.store.files import Files
from bot.store.protocol import Store


@dataclass(frozen=True, slots=True)
class Aids:
    """All of them."""

    people: People
    suggesting: Suggesting
    alike: Alike
    answering: Answering
    promoting: Promoting


def build(
    store: Store,
    clock: Clock,
    mind: Callable[[], Mind],
    brand: Brand,
    files: Files,
    faq: Path,
    foresee: Callable[[Library], Matcher],
    reload: Callable[[], Awaitable[None]],
) -> Aids:
    """Put them together.

    Args:
        store: where all is kept.
        clock: the time.
        mind: what the bot knows now.
        brand: who answers.
        files: our own.
        faq: the FAQ folder, or the FAQ where that is one file.
        foresee: how messages would be matched if that were the FAQ.
        reload: makes what is in the FAQ's files live.
    """
    return Aids(
        people=People(store, clock),
        suggesting=Suggesting(store, clock, mind, brand, files, faq),
        alike=Alike(store, clock),
        answering=Answering(store, clock, brand),
        promoting=Promoting(store, clock, mind, Editor(faq, brand.languages), foresee, reload),
    )

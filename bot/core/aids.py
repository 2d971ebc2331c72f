"""What helps managers to answer, beside the queue itself."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bot.clock import Clock
from bot.config import Brand
from bot.core.alike import Alike
from bot.core.answering import Answering
from bot.core.curating import Curating
from bot.core.decisions import Mind
from bot.core.gaps import Gaps
from bot.core.keeping import Keeper
from bot.core.people import People
from bot.core.promoting import Promoting
from bot.core.suggesting import Suggesting
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
    curating: Curating
    gaps: Gaps


def build(
    store: Store,
    clock: Clock,
    mind: Callable[[], Mind],
    brand: Brand,
    files: Files,
    faq: Path,
    foresee: Callable[[Library], Matcher],
    keeper: Keeper,
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
        keeper: of the FAQ's files.
    """
    return Aids(
        people=People(store, clock),
        suggesting=Suggesting(store, clock, mind, brand, files, faq),
        alike=Alike(store, clock),
        answering=Answering(store, clock, brand),
        promoting=Promoting(store, clock, mind, keeper, foresee),
        curating=Curating(store, clock, mind, keeper, foresee),
        gaps=Gaps(store, clock, mind),
    )

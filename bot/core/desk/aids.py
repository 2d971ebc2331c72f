"""What helps managers to answer, beside the queue itself."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.clock import Clock
from bot.config import Brand
from bot.core.conversation.decisions import Mind
from bot.core.desk.answering import Answering
from bot.core.desk.suggesting import Suggesting
from bot.core.faq.curating import Curating
from bot.core.faq.gaps import Gaps
from bot.core.faq.keeping import Keeper
from bot.core.faq.promoting import Promoting
from bot.core.people.cards import People
from bot.core.subjects.alike import Alike
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
    keeper: Keeper,
) -> Aids:
    """Put them together.

    Args:
        store: where all is kept.
        clock: the time.
        mind: what the bot knows now.
        brand: who answers.
        files: our own.
        keeper: of the FAQ's files.
    """
    return Aids(
        people=People(store, clock),
        suggesting=Suggesting(store, clock, mind, brand, files, keeper.faq),
        alike=Alike(store, clock),
        answering=Answering(store, clock, brand),
        promoting=Promoting(store, clock, mind, keeper),
        curating=Curating(store, clock, mind, keeper),
        gaps=Gaps(store, clock, mind),
    )

"""What an engine provides: a handful of primitives, and units of work that run as a whole.

A unit of work is a plain function `fn(tx, …)`. It is synchronous, so that no network call can sit
inside a transaction, and it may be run again from its start if the engine must: it changes nothing
but the store. Domain verbs, in the packages beside this, are written once over `Tx`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from bot.store.topics import Topics

P = ParamSpec("P")
R = TypeVar("R")

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Term:
    """One thing to be searched for: a word, or several that follow one another."""

    text: str
    begins: bool = True
    """The last word may go on."""


MARK, UNMARK = "\x02", "\x03"
"""Around what was found in an excerpt."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A row in which something was found."""

    id: int
    excerpt: str
    """A part of its text, with MARK and UNMARK around what was found."""


class Tx(Protocol):
    """One open transaction. SQL is standard, with `:name` for values; times are aware datetimes."""

    def rows(self, sql: str, **values: object) -> list[Row]:
        """All rows of a query."""
        ...

    def row(self, sql: str, **values: object) -> Row | None:
        """The first row of a query, or None."""
        ...

    def insert(self, table: str, values: Row) -> int:
        """Insert a row and return its id."""
        ...

    def insert_new(self, table: str, values: Row) -> int | None:
        """Insert a row and return its id, or None where a unique value is already there."""
        ...

    def upsert(self, table: str, key: Row, values: Row) -> None:
        """Insert a row with that key, or update the one there is."""
        ...

    def update(self, table: str, changes: Row, where: str, **values: object) -> int:
        """Change the rows a condition names and return how many there were."""
        ...

    def delete(self, table: str, where: str, **values: object) -> int:
        """Remove the rows a condition names and return how many there were."""
        ...

    def search(self, table: str, terms: Sequence["Term"], limit: int) -> list["Hit"]:
        """The latest rows of a table in which all these terms are found, the latest first.

        Neither case nor accents count. What is searched of a table is set when it is made: of
        `messages` their text, of `outbox` what managers say, of `followers` their names.
        """
        ...

    def touch(self, *topics: str) -> None:
        """Once this transaction is committed, wake whoever listens to these topics."""
        ...


class Store(Protocol):
    """Where everything is kept."""

    @property
    def topics(self) -> Topics:
        """Whom to wake after a commit."""
        ...

    async def run(
        self, unit: Callable[Concatenate[Tx, P], R], *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """Run a unit of work in one transaction; return its result once that is durable."""
        ...

    async def scrub(self) -> bool:
        """Rid the files of what was deleted; False where others are at work: try again later."""
        ...

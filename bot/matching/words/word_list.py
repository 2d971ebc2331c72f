"""A list of words with a number each, in an eighth of what a dictionary takes; immutable."""

from collections import defaultdict
from collections.abc import ItemsView, Iterator, Mapping

_SHELF = 2
"""Words are shelved by so many of their first letters: some forty on each, in common words."""


class WordList(Mapping[str, float]):
    """A mapping that keeps the words of a shelf as one text, on each line one with its number.

    Numbers keep two decimals. Looking one up takes about a microsecond. Words hold neither tabs nor
    ends of lines.
    """

    def __init__(self, numbers: Mapping[str, float]) -> None:
        shelves = defaultdict[str, list[str]](list)
        for word, number in numbers.items():
            shelves[word[:_SHELF]].append(f"{word}\t{number:.2f}\n")
        self._shelves = {letters: "\n" + "".join(words) for letters, words in shelves.items()}
        self._size = len(numbers)

    def __getitem__(self, word: str) -> float:
        shelf = self._shelves.get(word[:_SHELF], "")
        start = shelf.find(f"\n{word}\t")
        if start < 0:
            raise KeyError(word)
        return float(shelf[start + len(word) + 2 : shelf.index("\n", start + 1)])

    def __contains__(self, word: object) -> bool:
        return isinstance(word, str) and f"\n{word}\t" in self._shelves.get(word[:_SHELF], "")

    def __iter__(self) -> Iterator[str]:
        return (word for word, _ in self._lines())

    def items(self) -> ItemsView[str, float]:
        """Each word with its number, read one after the other: none is looked up."""
        return _Items(self)

    def _lines(self) -> Iterator[tuple[str, str]]:
        for shelf in self._shelves.values():
            for line in shelf.strip("\n").split("\n"):
                word, _, number = line.partition("\t")
                yield word, number

    def __len__(self) -> int:
        return self._size


class _Items(ItemsView[str, float]):
    _mapping: WordList

    def __iter__(self) -> Iterator[tuple[str, float]]:
        for word, number in self._mapping._lines():  # noqa: SLF001  # it is a part of it
            yield word, float(number)

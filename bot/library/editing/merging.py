"""Two people's changes to the same entry, put together: what both wrote is there, nothing is lost.

Texts are merged line by line as in Khanna, Kunal and Pierce 2007 ("A formal investigation of
diff3"): between lines that all three versions share, whoever has changed something prevails; where
both have, both versions stand, one after the other.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from itertools import pairwise

from bot.library.editing.changing import Written


@dataclass(frozen=True, slots=True)
class Merged:
    """What comes of it."""

    written: Written
    clashes: tuple[str, ...]
    """The fields in which both changed the same place: a person must look at them."""


def merge(base: Written, mine: Written, theirs: Written) -> Merged:
    """Put together what two people made of the same entry; where both changed a field, see above.

    Of a field that cannot hold two texts (the question, the date), mine prevails.
    """
    made, clashes = theirs, []
    for name in ("question", "tags", "human", "review_by"):
        first, second, third = (getattr(one, name) for one in (base, mine, theirs))
        if second != first:
            made = replace(made, **{name: second})
            if third not in (first, second):
                clashes.append(name)
    answer, clash = merge_lines(*(one.answer.split("\n") for one in (base, mine, theirs)))
    clashes += ["answer"] if clash else []
    phrasings, _ = merge_lines(base.phrasings, mine.phrasings, theirs.phrasings)
    asked = tuple(filter(None, dict.fromkeys(phrasings)))
    made = replace(made, answer="\n".join(answer), phrasings=asked)
    return Merged(made, tuple(clashes))


def merge_lines(
    base: Sequence[str], mine: Sequence[str], theirs: Sequence[str]
) -> tuple[list[str], bool]:
    """The lines of both, and whether both have changed the same place."""
    made: list[str] = []
    clash = False
    for old, ours, others in _chunks(base, mine, theirs):
        if others in (old, ours):
            made += ours
        elif ours == old:
            made += others
        else:
            made += [*ours, *_apart(ours, others), *others]
            clash = True
    return made, clash


def _apart(above: Sequence[str], below: Sequence[str]) -> list[str]:
    """An empty line, where two texts would otherwise read as one paragraph."""
    return [""] if above and below and above[-1].strip() and below[0].strip() else []


def _chunks(
    base: Sequence[str], mine: Sequence[str], theirs: Sequence[str]
) -> Iterator[tuple[list[str], list[str], list[str]]]:
    """What stands between lines that all three share, and those lines."""
    first, second = _places(base, mine), _places(base, theirs)
    shared = [number for number in range(len(base)) if number in first and number in second]
    ends = [(-1, -1, -1), *((one, first[one], second[one]) for one in shared)]
    ends.append((len(base), len(mine), len(theirs)))
    for before, after in pairwise(ends):
        old, ours, others = (
            list(lines[low + 1 : high])
            for lines, low, high in zip((base, mine, theirs), before, after, strict=True)
        )
        yield old, ours, others
        if after[0] < len(base):
            line = [base[after[0]]]
            yield line, line, line


def _places(base: Sequence[str], other: Sequence[str]) -> dict[int, int]:
    """Where the lines of `base` stand in the other, as far as they are there."""
    blocks = SequenceMatcher(None, base, other, autojunk=False).get_matching_blocks()
    return {low + number: high + number for low, high, length in blocks for number in range(length)}

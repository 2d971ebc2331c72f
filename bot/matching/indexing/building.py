"""Building an index: from nothing, or from one of other entries.

Most entries say what they said when the last index was built. Only what is new is read; the rest is
a few operations on whole arrays, which leave Python's lock to the questions that are matched
meanwhile, and make no objects that its garbage collector would have to look through. What depends
on all entries together (how rare a word is, how long a vector) is reckoned anew each time, from
counts, so that it is the same index in either way.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice

import numpy as np
from numpy.typing import NDArray

from bot.matching.indexing.head import HEAD_LIMIT, Head, train
from bot.matching.indexing.index import CHARACTERS, WORDS, Index
from bot.matching.indexing.said import Change, Layout, Said, change, layout, said
from bot.matching.indexing.tfidf import (
    Gathering,
    Postings,
    Rows,
    Space,
    no_postings,
    no_space,
    side_by_side,
)
from bot.matching.words.caution import turns
from bot.matching.words.lexicon import Lexicon, no_words, recounted
from bot.matching.words.terms import runs, single_terms, word_terms
from bot.matching.words.text import tidy, without_accents
from bot.models import Entry

_LONGEST_ANSWER = 400
_K1, _B, _ANSWER_FIELD = 1.2, 0.3, 0.6
_MOST_FRESH, _LEAST_USED = 0.5, 0.5
"""Where more of the entries is new, or less of the terms is in use, all is read anew."""


def build(
    language: str,
    entries: Sequence[Entry],
    common: Mapping[str, float],
    hidden: int = 0,
    before: Index | None = None,
) -> Index:
    """Index these entries, all of one language.

    Args:
        language: two letters.
        entries: at least one.
        common: the weights of the language's common words (see `common_words.weights`).
        hidden: how many of the entries, the last ones, are never shown.
        before: an index of the language; of what it has of these entries nothing is read again.
    """
    now = layout(said(entries))
    held = before if before and _of_use(before) else _nothing(language, common)
    changed = change(held.layout, now)
    if len(changed.fresh) > len(now.said) * _MOST_FRESH:
        held = _nothing(language, common)
        changed = change(held.layout, now)
    if not changed.none:
        held = _revised(held, now, changed)
    verbatim = _verbatim(held.folded.tolist(), now.owners.tolist())
    return replace(held, entries=tuple(entries), hidden=hidden, verbatim=verbatim)


def _of_use(before: Index) -> bool:
    """Most of its terms are those of entries that are there."""
    frequency = before.by_characters.frequency
    return bool(np.count_nonzero(frequency) > len(frequency) * _LEAST_USED)


def _nothing(language: str, common: Mapping[str, float]) -> Index:
    """The index of no entries."""
    space, postings = no_space(), no_postings()
    return Index(
        language=language,
        entries=(),
        layout=layout(()),
        folded=_strings(()),
        sorted=_strings(()),
        verbatim={},
        lexicon=no_words(language, common),
        written={},
        turns=turns(language),
        negative=np.zeros(0),
        by_words=space,
        by_characters=space,
        by_answers=space,
        postings=postings,
        field_counts=postings.counts,
        head=None,
    )


def _revised(held: Index, now: Layout, changed: Change) -> Index:
    """The index of what is said now, but for what `build` puts in."""
    gone, texts = _texts(changed.gone), _texts(changed.fresh)
    lexicon = held.lexicon.revised((*gone.folded, *gone.answers), (*texts.folded, *texts.answers))
    read = _read(changed.fresh, texts, lexicon, held)
    count, phrasings, entries = len(now.said), changed.phrasings, changed.entries
    words, characters, answers, fields, _ = held.parts()
    by_words, words = held.by_words.revised(words, phrasings, read.words, read.vocabulary, count)
    by_characters, characters = held.by_characters.revised(
        characters, phrasings, read.characters, read.letters, count
    )
    by_answers, answers = held.by_answers.revised(
        answers, entries, read.answers, read.vocabulary, count
    )
    fields = replace(fields, counts=held.field_counts)
    fields, _ = fields.moved(entries, read.fields, len(read.vocabulary))
    if now.phrasings == held.phrasings and np.array_equal(now.owners, held.owners):
        head = held.head  # answers have no part in it
    else:
        head = _head(now, (by_words, words), (by_characters, characters))
    return replace(
        held,
        layout=now,
        folded=phrasings.carried(held.folded, _strings(texts.folded)),
        sorted=phrasings.carried(held.sorted, _strings(list(map(_alphabetical, texts.folded)))),
        lexicon=lexicon,
        written=recounted(held.written, gone.tidied, texts.tidied),
        negative=entries.carried(held.negative, read.negative),
        by_words=by_words,
        by_characters=by_characters,
        by_answers=by_answers,
        postings=side_by_side([words, characters, answers, _had(fields), _saturated(fields)]),
        field_counts=fields.counts,
        head=head,
    )


def _head(
    now: Layout, by_words: tuple[Space, Postings], by_characters: tuple[Space, Postings]
) -> Head | None:
    """The supervised head (see `head.train`); None where there are too many phrasings for it."""
    size = len(now.phrasings)
    if size**2 * len(now.said) > HEAD_LIMIT:
        return None
    kernel = np.zeros((size, size), dtype=np.float32)
    for (space, documents), share in ((by_words, WORDS), (by_characters, CHARACTERS)):
        space.add_similarities(kernel, documents, share)
    return train(kernel, now.owners, len(now.said))


def _strings(texts: Sequence[str]) -> NDArray[np.object_]:
    return np.array(texts, dtype=np.object_)


def _alphabetical(folded: str) -> str:
    return " ".join(sorted(folded.split()))


def _verbatim(folded: Sequence[str], owners: Sequence[int]) -> dict[str, int]:
    found: dict[str, int] = {}
    shared = set()
    for phrasing, owner in zip(folded, owners, strict=True):
        if found.setdefault(phrasing, owner) != owner:
            shared.add(phrasing)
    for phrasing in shared:
        del found[phrasing]
    return found


def _had(fields: Postings) -> Postings:
    """1 for each word that an entry has."""
    return replace(fields, counts=np.ones_like(fields.counts))


def _saturated(fields: Postings) -> Postings:
    """Entries as fields (Robertson and Zaragoza 2009, "BM25 and beyond"), by BM25."""
    lengths = np.bincount(fields.documents, fields.counts, len(fields.scale))
    norms = _K1 * (1 - _B + _B * lengths / (lengths.mean() or 1.0))
    counts = fields.counts / (fields.counts + norms[fields.documents])
    return replace(fields, counts=counts.astype(np.float32))


# ── Reading what is new ──────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Texts:
    """The texts of some entries."""

    tidied: Sequence[str]
    """Phrasings and answers."""
    folded: Sequence[str]
    """Phrasings."""
    answers: Sequence[str]
    """One for each entry, folded; empty where it tells nothing."""


def _texts(entries: Sequence[Said]) -> _Texts:
    tidied: list[str] = []
    folded: list[str] = []
    answers: list[str] = []
    for one in entries:
        asked, answer = [tidy(wording) for wording in one.wordings], tidy(one.answer)
        tidied += (*asked, answer)
        folded += map(without_accents, asked)
        answers.append(without_accents(answer) if one.telling else "")
    return _Texts(tidied, folded, answers)


@dataclass(frozen=True, slots=True)
class _Read:
    """Entries as rows of terms, and the vocabularies with what is new in them."""

    words: Rows
    characters: Rows
    answers: Rows
    fields: Rows
    vocabulary: Mapping[str, int]
    letters: Mapping[str, int]
    negative: NDArray[np.float64]


def _read(entries: Sequence[Said], texts: _Texts, lexicon: Lexicon, held: Index) -> _Read:
    """Read entries that are new; the lexicon knows their words already."""
    vocabulary, letters = dict(held.by_words.vocabulary), dict(held.by_characters.vocabulary)
    known = _Runs(letters)
    words, characters, answers, fields = (Gathering() for _ in range(4))
    negative = []
    folded = iter(texts.folded)
    for one, answer in zip(entries, texts.answers, strict=True):
        counts: dict[int, float] = {}
        negated = 0
        for wording in islice(folded, len(one.wordings)):
            tokens = lexicon.read(wording)
            words.add(_numbered(word_terms(tokens), vocabulary))
            characters.add(Counter(chain.from_iterable(known[token.word] for token in tokens)))
            for token in tokens:
                number = vocabulary[token.stem]
                counts[number] = counts.get(number, 0.0) + 1
            negated += held.turns.negates(wording.split())
        told = _numbered(single_terms(lexicon.read(answer, _LONGEST_ANSWER)), vocabulary)
        answers.add(told)
        for number in told:
            counts.setdefault(number, _ANSWER_FIELD)
        fields.add(counts)
        negative.append(negated / len(one.wordings))
    by_root = characters.rows()
    return _Read(
        words.rows(),
        replace(by_root, counts=np.sqrt(by_root.counts)),
        answers.rows(),
        fields.rows(),
        vocabulary,
        letters,
        np.array(negative),
    )


def _numbered(counts: Mapping[str, float], vocabulary: dict[str, int]) -> dict[int, float]:
    """The terms as numbers; new ones join the vocabulary."""
    return {vocabulary.setdefault(term, len(vocabulary)): count for term, count in counts.items()}


class _Runs(dict[str, tuple[int, ...]]):
    """The numbers of each word's runs of characters, which are looked up once."""

    def __init__(self, vocabulary: dict[str, int]) -> None:
        self._numbers = vocabulary

    def __missing__(self, word: str) -> tuple[int, ...]:
        numbers = self._numbers
        self[word] = found = tuple(numbers.setdefault(run, len(numbers)) for run in runs(word))
        return found

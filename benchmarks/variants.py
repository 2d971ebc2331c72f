"""The bench sets as the matcher sees them, and variants of them, to fit and judge weights on."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from bot.library.reading import read_library
from bot.matching.evaluate import Question, read_questions
from bot.matching.indexing.building import build
from bot.matching.indexing.index import Index, telling_answers
from bot.matching.meaning.encoding import Encoded, Encoder, encoded, texts, units
from bot.matching.meaning.proving import prove
from bot.matching.reading import read
from bot.matching.weighing import practice
from bot.matching.weighing.features import ENTRY_FEATURES, Candidates, closest, compared
from bot.matching.weighing.fitting import Choice
from bot.matching.words import common_words
from bot.matching.words.language import detector
from bot.models import Entry

QUESTIONS = 500
"""Of each variant, at most so many are used."""
VARIANTS = 16
"""Besides the whole FAQ, so many variants of each set (see `_thinned`)."""
PHRASINGS = (0, 1, 2, 3, 5, 8, 30, 30, 30)
"""A variant keeps at most one of these numbers of phrasings an entry, besides its question."""
ASKED = 0.5
"""An entry with four times the phrasings of others is taken to be asked for twice as often, where
phrasings were left out: brands write more of them where more is asked, but not as much more."""
SEED = 20261123


@dataclass(frozen=True)
class Case:
    """A question, its candidates, and which of them is right (-1: none of them)."""

    found: Candidates
    right: int
    answerable: bool
    importance: float = 1.0


@dataclass(frozen=True)
class Variant:
    """A set of cases that weigh together as much as any other variant of the same family."""

    name: str
    family: str
    cases: tuple[Case, ...]
    asked: tuple[Choice, ...] = ()
    """Where two encoders are asked: what their ranking is practised on."""
    whole: bool = False
    useful: bool = True
    """The encoder that was added has proved to be of use, or none was."""


def gathered(
    bench: Path,
    own: Encoder | None = None,
    added: Encoder | None = None,
    *,
    count: int = VARIANTS,
) -> list[Variant]:
    """All sets as the matcher sees them with these encoders, and so many variants of each."""
    return [
        variant for folder in folders(bench) for variant in _variants(folder, own, added, count)
    ]


def folders(bench: Path) -> list[Path]:
    """Those of the sets."""
    return sorted(path.parent for path in bench.glob("*/questions.tsv"))


def family(folder: Path) -> str:
    """Sets of the same source are of one family."""
    return folder.name.split("-k")[0]


def _variants(
    folder: Path, own: Encoder | None, added: Encoder | None, count: int
) -> Iterator[Variant]:
    entries = read_library(folder / "faq").entries
    questions = read_questions(folder / "questions.tsv", {entry.id for entry in entries})
    random = np.random.default_rng(SEED)
    named = (folder.name, family(folder))
    yield replace(_variant(named, entries, questions, own, added), whole=True)
    for number in range(count):
        kept = _thinned(entries, random, uneven=number % 2 == 1)
        if len(kept) > 5:
            variant = _variant(named, kept, _some(questions, random), own, added)
            yield replace(variant, cases=_as_asked(variant.cases))


def _thinned(entries: Sequence[Entry], random: np.random.Generator, *, uneven: bool) -> list[Entry]:
    """A smaller FAQ, so that the weights see brands of all sizes.

    Entries are left out (nothing answers their questions then), phrasings, and sometimes answers.
    In uneven FAQs some entries keep more phrasings than others, as brands have them.
    """
    share = random.uniform(0.25, 1.0)
    most = int(random.choice(PHRASINGS))
    silent = random.random() < 0.3
    kept = []
    for entry in entries:
        if random.random() < share:
            count = min(most, len(entry.phrasings))
            count = int(random.integers(count + 1)) if uneven else count
            order = random.permutation(len(entry.phrasings))[:count]
            phrasings = tuple(entry.phrasings[i] for i in order)
            answer = "" if silent else entry.answer
            kept.append(replace(entry, phrasings=phrasings, answer=answer))
    return kept


def _some(questions: Sequence[Question], random: np.random.Generator) -> list[Question]:
    count = min(QUESTIONS, len(questions))
    return [questions[i] for i in sorted(random.choice(len(questions), count, replace=False))]


def _as_asked(cases: Sequence[Case]) -> tuple[Case, ...]:
    """The same, each as important as its entry is asked for (see `ASKED`)."""
    size = ENTRY_FEATURES.index("size")
    asked = [
        math.exp(ASKED * case.found.features[case.right, size]) if case.right >= 0 else 0.0
        for case in cases
    ]
    usual = sum(asked) / max(1, sum(case.right >= 0 for case in cases))
    return tuple(
        replace(case, importance=often / usual) if often else case
        for case, often in zip(cases, asked, strict=True)
    )


def _variant(
    named: tuple[str, str],
    entries: Sequence[Entry],
    questions: Sequence[Question],
    own: Encoder | None,
    added: Encoder | None,
) -> Variant:
    """An FAQ and its questions as the matcher sees them.

    Args:
        named: the set and its family.
        entries: the FAQ, in one language.
        questions: what it is asked.
        own: the bot's own encoder, unless words and letters are to stand alone.
        added: another one beside it; not asked where it proves to be of no use.
    """
    language = entries[0].language
    listed = common_words.read([language])
    index = build(language, entries, common_words.weights(language))
    profiles = detector([language], listed, {language: index.written}).profiles
    ids = [entry.id for entry in entries]
    encoders, known = _known(index, own, added)
    cases = []
    for question in questions:
        message = read(index, question.text, profiles)
        near = [
            rows.compare(units(one.encode([message.meant]))[0])
            for one, rows in zip(encoders, known, strict=True)
        ]
        found = closest(index, compared(index, message), near)
        names = [ids[i] for i in found.entries]
        right = names.index(question.expected) if question.expected in names else -1
        cases.append(Case(found, right, question.expected in ids))
    asked = tuple(practice.questions(index, known, profiles)) if len(known) > 1 else ()
    useful = added is None or added in encoders
    return Variant(*named, tuple(cases), asked, useful=useful)


def _known(
    index: Index, own: Encoder | None, added: Encoder | None
) -> tuple[list[Encoder], list[Encoded]]:
    """The encoders that are asked about an FAQ, and what each makes of it."""
    answers = telling_answers(index.entries)
    said = texts(index.phrasings, answers)
    encoders = [one for one in (own, added) if one]
    known = [encoded(one.encode(said), answers, index.owners) for one in encoders]
    if added and not prove(index, known[-1], *known[:-1]).useful:
        return encoders[:-1], known[:-1]
    return encoders, known

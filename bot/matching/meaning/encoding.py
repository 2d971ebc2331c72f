"""Sentences as vectors, by an encoder that the operator may add; nothing here loads or keeps one.

Vectors of sentences that mean alike point alike, though they share no word (Reimers and Gurevych
2019). Models differ in how near they put sentences that have nothing in common: here 0 is how near
phrasings of different entries usually are, and 1 is the same, so that one set of weights fits all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from bot.errors import EncoderError
from bot.matching.indexing.head import HEAD_LIMIT, Head, logarithms, train
from bot.matching.indexing.tfidf import Floats

ENCODER_FEATURES = (
    "encoder_best",
    "encoder_mean",
    "encoder_answer",
    "encoder_head",
    "encoder_lead",
)
"""Nearness in sense with the nearest phrasing, with the nearest three and with the answer; the
logarithm of the probability by a head of its own; and by how much the nearest phrasing is nearer
than that of any other entry."""
ADDED_FEATURES = tuple(name.replace("encoder", "added") for name in ENCODER_FEATURES)
"""The same by an encoder that stands beside the bot's own."""
_SHARPNESS = np.float32(10.0)
"""Where the head is not trained, nearness of the nearest phrasing stands in for it."""
_FALL = np.float32(1.5)
_MOST_USUAL = 0.95
_SAMPLE = 1000
"""Phrasings among which it is looked how near they usually are."""
_ANSWER_WORDS = 30
"""How many words of an answer are encoded: it begins with what it is about."""


class Encoder(Protocol):
    """Sentences to vectors; thread-safe, and always the same for the same sentence."""

    def encode(self, texts: Sequence[str]) -> Floats:
        """A row for each text (one at least), all of one length, in batches where it is quicker.

        Raises:
            EncoderError: it has failed.
        """


@dataclass(frozen=True, slots=True)
class Encoding:
    """An encoder, and where it is to be used."""

    encoder: Encoder
    """For questions, one at a time."""
    known: Encoder
    """The same for what the admin has written, which comes again at each build: it may remember."""
    languages: frozenset[str]

    def vector(self, text: str) -> Floats | None:
        """What a question means, as a vector of length 1; None where the encoder fails."""
        try:
            vector: Floats = units(self.encoder.encode([text]))[0]
        except EncoderError:
            return None
        return vector


@dataclass(frozen=True, slots=True)
class Encoded:
    """The phrasings and answers of an index as vectors; immutable."""

    phrasings: Floats
    """A row of length 1 for each phrasing."""
    answers: Floats
    """A row of length 1 for each entry, or of length 0 where its answer tells nothing."""
    usual: np.float32
    """The cosine that phrasings of different entries usually have."""
    firsts: NDArray[np.int64]
    """For each entry, its first phrasing; one more at the end."""
    head: Head | None
    """The supervised head; None where there are too many phrasings for it."""

    def compare(self, vector: Floats) -> "Nearness":
        """How near a message is to each entry."""
        near = self._scaled(self.phrasings @ vector)
        best = np.maximum.reduceat(near, self.firsts[:-1])
        scores = _SHARPNESS * best if self.head is None else self.head.scores(_closeness(near))
        return Nearness(best, near, logarithms(scores), vector, self)

    def answering(self, vector: Floats, chosen: NDArray[np.int64]) -> Floats:
        """How near a message is to the answers of these entries."""
        rows = self.answers[chosen]
        return np.where(rows.any(axis=1), self._scaled(rows @ vector), 0)

    def _scaled(self, cosines: Floats) -> Floats:
        return (cosines - self.usual) / (1 - self.usual)


@dataclass(frozen=True, slots=True)
class Nearness:
    """A message's nearness in sense to everything in an index."""

    best: Floats
    phrasings: Floats
    head: Floats
    vector: Floats
    encoded: Encoded

    @property
    def rough(self) -> Floats:
        """For each entry a number by which candidates are chosen."""
        rough: Floats = self.best + np.exp(self.head)
        return rough

    def features(self, chosen: NDArray[np.int64]) -> NDArray[np.float64]:
        """A row for each chosen entry, a column for each of `ENCODER_FEATURES`."""
        rows = np.empty((len(ENCODER_FEATURES), len(chosen)))
        rows[0] = self.best[chosen]
        firsts = self.encoded.firsts
        rows[1] = [
            np.sort(self.phrasings[firsts[one] : firsts[one + 1]])[-3:].mean() for one in chosen
        ]
        rows[2] = self.encoded.answering(self.vector, chosen)
        rows[3] = self.head[chosen]
        rows[4] = self.best[chosen] - self._best_other(chosen)
        return np.asarray(rows.T)

    def _best_other(self, chosen: NDArray[np.int64]) -> NDArray[np.float64]:
        """For each chosen entry, how near the nearest of the others is; 0 where there is none."""
        if len(self.best) == 1:
            return np.zeros(1)
        second, first = np.partition(self.best, -2)[-2:].tolist()
        return np.asarray(np.where(chosen == self.best.argmax(), second, first))


def texts(phrasings: Sequence[str], answers: Sequence[str]) -> list[str]:
    """What is to be encoded of an index: its phrasings, then the answers that tell something."""
    return [*phrasings, *(beginning(answer) for answer in answers if answer)]


def beginning(answer: str) -> str:
    """What is encoded of an answer."""
    return " ".join(answer.split()[:_ANSWER_WORDS])


def encoded(made: Floats, answers: Sequence[str], owners: NDArray[np.int64]) -> Encoded:
    """Make ready what an encoder has made.

    Args:
        made: its rows for `texts`.
        answers: one for each entry, empty where it tells nothing.
        owners: for each phrasing, its entry.
    """
    rows = units(made[: len(owners)])
    by_answer = np.zeros((len(answers), made.shape[1]), dtype=np.float32)
    by_answer[[bool(answer) for answer in answers]] = units(made[len(owners) :])
    usual = _usual(rows, owners)
    return Encoded(
        rows,
        by_answer,
        usual,
        np.searchsorted(owners, np.arange(len(answers) + 1)),
        _head(rows, usual, owners, len(answers)),
    )


def units(vectors: Floats) -> Floats:
    """Each row with length 1; what is no number, or nothing at all, is all zero."""
    rows = np.nan_to_num(np.asarray(vectors, dtype=np.float32), posinf=0.0, neginf=0.0)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(lengths, 1e-12), dtype=np.float32)


def _usual(rows: Floats, owners: NDArray[np.int64]) -> np.float32:
    """The mean cosine of phrasings of different entries; 0 where there is one entry only."""
    places = np.linspace(0, len(rows) - 1, min(len(rows), _SAMPLE)).astype(np.int64)
    some, theirs = rows[places], owners[places]
    strangers = theirs[:, None] != theirs
    if not strangers.any():
        return np.float32(0.0)
    return np.float32(np.clip((some @ some.T)[strangers].mean(), 0.0, _MOST_USUAL))


def _head(rows: Floats, usual: np.float32, owners: NDArray[np.int64], entries: int) -> Head | None:
    """The supervised head (see `head.train`); None where there are too many phrasings for it."""
    if len(rows) ** 2 * entries > HEAD_LIMIT:
        return None
    return train(_closeness((rows @ rows.T - usual) / (1 - usual)), owners, entries)


def _closeness(near: Floats) -> Floats:
    """A radial kernel: an entry may mean several things, so far phrasings count next to nothing."""
    closeness: Floats = np.exp(_FALL * (near - 1))
    return closeness

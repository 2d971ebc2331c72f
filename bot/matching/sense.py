"""What an encoder adds to a matcher: a library as vectors, where that has proved to be of use."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial

import numpy as np

from bot.matching import fusion
from bot.matching.encoding import Encoded, Encoding, Nearness, encoded, texts
from bot.matching.index import Index, telling_answers
from bot.matching.proving import Proof, prove
from bot.matching.tfidf import Floats
from bot.models import Library

Meaning = Callable[[str], Nearness | None]
"""How near a message is to what is said in a language, as far as an encoder can tell."""


@dataclass(frozen=True, slots=True)
class Sense:
    """A library as vectors, and the weights that go with them; immutable."""

    encoding: Encoding
    encoded: Mapping[str, Encoded]
    """By language; only those in which the encoder is of use."""
    proofs: Mapping[str, Proof]
    """By language, how it did where it was tried."""
    weights: fusion.Weights

    def meaning(self, text: str, written_in: str | None) -> Meaning | None:
        """What a message means; it is encoded when that is first asked, and once.

        Args:
            text: the message.
            written_in: its language where that is beyond doubt; the encoder may not know it.
        """
        if not self.encoded or (written_in and written_in not in self.encoding.languages):
            return None
        vector = cache(partial(self.encoding.vector, text))

        def near(language: str) -> Nearness | None:
            known = self.encoded.get(language)
            meant = vector() if known else None
            return None if known is None or meant is None else known.compare(meant)

        return near


def sense(encoding: Encoding, indexes: Sequence[Index], library: Library) -> Sense:
    """Encode what the indexes hold, all at once, and keep what proves to be of use.

    Raises:
        EncoderError: the encoder has failed.
    """
    chosen = [index for index in indexes if index.language in encoding.languages]
    answers = [telling_answers(index.entries) for index in chosen]
    said = [texts(index.phrasings, told) for index, told in zip(chosen, answers, strict=True)]
    rows = _rows(encoding, dict.fromkeys(text for one in said for text in one), library)
    vectors, proofs = {}, {}
    for index, told, one in zip(chosen, answers, said, strict=True):
        made = encoded(np.stack([rows[text] for text in one]), told, index.owners)
        proofs[index.language] = proof = prove(index, made)
        if proof.useful:
            vectors[index.language] = made
    return Sense(encoding, vectors, proofs, fusion.shipped(with_encoder=True))


def _rows(encoding: Encoding, said: Mapping[str, None], library: Library) -> dict[str, Floats]:
    """What the encoder makes of each text; what followers said is not to be remembered by it."""
    written = {
        text
        for entry in library.entries
        for text in (entry.question, *entry.phrasings, entry.answer)
    }
    rows: dict[str, Floats] = {}
    for encoder, some in (
        (encoding.known, [text for text in said if text in written]),
        (encoding.encoder, [text for text in said if text not in written]),
    ):
        if some:
            rows.update(zip(some, encoder.encode(some), strict=True))
    return rows

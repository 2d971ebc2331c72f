"""From features to a probability: two logistic models, fitted by `benchmarks/fit_matcher.py`.

The first ranks the candidates among each other (a conditional logit: McFadden 1974). The second
says how likely the first of them is right at all, from its features, its lead over the others and
what is known of the message. Both are plain weighted sums, so every verdict can be explained.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bot.matching.meaning.encoding import ADDED_FEATURES, ENCODER_FEATURES
from bot.matching.weighing.features import ENTRY_FEATURES, QUERY_FEATURES, Candidates

RANK_FEATURES = ENTRY_FEATURES
ACCEPT_FEATURES = (
    "score",
    "share",
    "lead",
    "votes",
    "word_best",
    "token_sort",
    "contrary",
    "size",
    *QUERY_FEATURES,
)
"""Of the best candidate: its score in the first model, the logit of its share among all, its lead
over the runner-up's score (at most 5), the share of single features that would choose it too, and
how like it is by words and as a string, how unlike in negation, how large; then those of the
message."""
ENCODER_RANK_FEATURES = (*RANK_FEATURES, *ENCODER_FEATURES)
ENCODER_ACCEPT_FEATURES = (*ACCEPT_FEATURES, "encoder_best", "encoder_lead")
"""The same where an encoder is used."""
BOTH_RANK_FEATURES = (*ENCODER_RANK_FEATURES, *ADDED_FEATURES)
BOTH_ACCEPT_FEATURES = (*ENCODER_ACCEPT_FEATURES, "added_best", "added_lead")
"""The same where another encoder stands beside the bot's own."""
FEATURES = (
    (RANK_FEATURES, ACCEPT_FEATURES),
    (ENCODER_RANK_FEATURES, ENCODER_ACCEPT_FEATURES),
    (BOTH_RANK_FEATURES, BOTH_ACCEPT_FEATURES),
)
"""Those of both models, by the number of encoders."""
_OWN = [ENTRY_FEATURES.index(name) for name in ("word_best", "token_sort", "contrary", "size")]
_VOTERS = [
    place
    for place, name in enumerate(ENTRY_FEATURES)
    if name not in {"missing", "contrary", "size"}
]
"""Features of which more is better; all that an encoder adds are of that kind."""
_ENCODER = len(ENTRY_FEATURES)
_ENCODER_OWN = [ENCODER_FEATURES.index(name) for name in ("encoder_best", "encoder_lead")]
_MOST_LEAD = 5.0
VERBATIM = 0.99


@dataclass(frozen=True, slots=True)
class Weights:
    """The weights of both models, in the order of the feature names; immutable.

    Candidates must have the features of as many encoders as there are weights for.
    """

    rank: NDArray[np.float64]
    accept: NDArray[np.float64]
    intercept: float


def shipped(*, with_encoder: bool = False) -> Weights:
    """The weights in `weights.json`, or in `weights-encoder.json` for where an encoder is used."""
    name = "weights-encoder.json" if with_encoder else "weights.json"
    table = json.loads(resources.files(__package__).joinpath(name).read_text(encoding="utf-8"))
    ranking, accepting = FEATURES[with_encoder]
    return Weights(
        _column(table["rank"], ranking),
        _column(table["accept"], accepting),
        float(table["accept"]["intercept"]),
    )


def halved(weights: Weights) -> Weights:
    """Those of two encoders: what one tells by these counts half as much, and the other's as well.

    Args:
        weights: those of one.
    """
    rank, accept = len(RANK_FEATURES), len(ACCEPT_FEATURES)
    half, near = weights.rank[rank:] / 2, weights.accept[accept:] / 2
    return Weights(
        np.concatenate([weights.rank[:rank], half, half]),
        np.concatenate([weights.accept[:accept], near, near]),
        weights.intercept,
    )


def _column(table: Mapping[str, float], names: Sequence[str]) -> NDArray[np.float64]:
    return np.array([float(table[name]) for name in names])


def accept_features(found: Candidates, scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """One value for each of `ACCEPT_FEATURES`, for the candidate with the best score."""
    return np.array(_accept_features(found, scores, (-scores).argsort(kind="stable")))


def _accept_features(
    found: Candidates, scores: NDArray[np.float64], order: NDArray[np.int64]
) -> list[float]:
    top = order[0]
    best = found.features[top]
    lead, votes = _MOST_LEAD, 1.0
    if len(order) > 1:
        voters = found.features[:, [*_VOTERS, *range(_ENCODER, found.features.shape[1])]]
        lead = min(_MOST_LEAD, float(scores[top] - scores[order[1]]))
        votes = float((voters[top] > voters[order[1:]].max(axis=0)).mean())
    share = _logit(float(shares(scores)[top]))
    own = best[_OWN].tolist()
    near = best[_ENCODER:].reshape(-1, len(ENCODER_FEATURES))[:, _ENCODER_OWN].ravel().tolist()
    return [float(scores[top]), share, lead, votes, *own, *found.query.tolist(), *near]


def shares(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each candidate's share of the probability that any of them is right."""
    powers = np.exp(scores - scores.max())
    return np.asarray(powers / powers.sum())


class Weighed(NamedTuple):
    """What the models make of candidates."""

    order: NDArray[np.int64]
    """The likeliest first."""
    chances: NDArray[np.float64]
    """In that order, each one's probability."""
    best: int
    """The candidate with the best score."""
    values: list[float]
    """What its probability was weighed from: one value for each of `ACCEPT_FEATURES`."""


def probabilities(weights: Weights, found: Candidates) -> Weighed:
    """The candidates' order and probabilities.

    What the admin wrote down word for word needs no statistics: it is at least `VERBATIM` likely.
    """
    scores = found.features @ weights.rank
    order = (-scores).argsort(kind="stable")
    best, values = int(order[0]), _accept_features(found, scores, order)
    first = 1 / (1 + math.exp(-float(weights.accept.dot(values) + weights.intercept)))
    if found.verbatim is not None:
        scores[found.verbatim] = scores.max() + _MOST_LEAD
        first = max(first, VERBATIM)
        order = (-scores).argsort(kind="stable")
    share = shares(scores)[order]
    rest = min(first / share[0], (1 - first) / (1 - share[0] + 1e-12))
    chances = np.concatenate([[first], np.minimum(share[1:] * rest, first)])
    return Weighed(order, chances, best, values)


def _logit(probability: float) -> float:
    return math.log((probability + 1e-3) / (1 - probability + 1e-3))

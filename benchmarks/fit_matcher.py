"""Fit the matcher's weights on bench sets, and judge them on the sets that were left out.

    python -m benchmarks.fit_matcher ../shared/bench [--ablate] [--write] [--encoder FOLDER]

Each set's folder has `faq/` and `questions.tsv`. Sets that share their source (same name up to
"-k") are one family; the report judges every family by weights fitted on the other families only.
With --ablate it prints the means of such tables with one family of features left out at a time.
With --write the weights fitted on all families go to `bot/matching/weighing/`: those with the
bot's own encoder to `weights-encoder.json`, those of words and letters alone to `weights.json`.

With --encoder another encoder is beside the bot's own (of one language or more; see
`benchmarks/minilm.py`), as in a bot that has it. Where it proves to be of no use the matcher does
not ask it. The weights stay those fitted with the bot's own encoder alone, as they are shipped.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.variants import Variant, gathered
from bot.encoders.loading import load
from bot.encoders.remembering import Recalling
from bot.errors import UserError
from bot.matching.evaluate import auroc, expected_calibration_error, solved_at
from bot.matching.matcher import threshold
from bot.matching.meaning.encoding import ENCODER_FEATURES
from bot.matching.meaning.own_encoder import own_encoding
from bot.matching.weighing import fusion, practice
from bot.matching.weighing.fitting import Array, Choice, conditional_logit

LEAST_ANSWERABLE = 0.35
"""Of a variant's questions at least such a share weighs as answerable, however many entries are
left out: else the weights would learn that of an FAQ of twenty entries four questions in five ask
for something else. Of the whole sets of some thirty entries about half do."""
RANK_PENALTY = 3.0
ACCEPT_PENALTY = 100.0
PRIOR = {"answer": 5.0}
"""Ranking weights that are taken for granted until data speak. Only one family of sets has answers
worth comparing; when it is left out, nothing would be known of that feature."""
ENCODER_PENALTY = 400.0
"""The same for ranking with an encoder, whose features say much the same as each other."""
ANSWER_ABOVE = threshold(0.9)
FIGURES = ("top-1", "top-3", "AUROC", "solved@P90", "precision", "solved", "ECE")
FAMILIES = {
    "nothing": (),
    "words": ("word_best", "word_mean"),
    "characters": ("char_best", "char_mean"),
    "missing words": ("missing",),
    "BM25": ("bm25",),
    "the head": ("head",),
    "the answer": ("answer",),
    "strings": ("token_sort",),
    "negation": ("contrary",),
    "size": ("size",),
    "sense": ENCODER_FEATURES,
    "sense: nearest": ("encoder_best", "encoder_mean", "encoder_lead"),
    "sense: its head": ("encoder_head",),
    "sense: answers": ("encoder_answer",),
}
"""Features that are left out together for the ablation."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bench", type=Path)
    parser.add_argument("--ablate", action="store_true")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--encoder", metavar="FOLDER")
    arguments = parser.parse_args()
    try:
        own = Recalling(own_encoding().encoder)
        judging = variants = gathered(arguments.bench, own)
        if arguments.encoder:
            added = Recalling(load(arguments.encoder, Path(), Path("var/models")))
            judging = gathered(arguments.bench, own, added, count=0)
    except UserError as error:
        sys.exit(str(error))
    print(f"| left out | questions | {' | '.join(FIGURES)} |\n|{'---|' * (2 + len(FIGURES))}")
    for variant, figures in judged(variants, judging):
        name = variant.name if variant.useful else f"{variant.name} (encoder of no use)"
        print(f"| {name} | {len(variant.cases)} | {_cells(figures)} |", flush=True)
    if arguments.ablate:
        print(f"\n| without | {' | '.join(FIGURES)} |\n|{'---|' * (1 + len(FIGURES))}")
        for name, means in ablated(variants):
            print(f"| {name} | {_cells(means)} |", flush=True)
    if arguments.write:
        names = sorted({variant.name for variant in variants})
        _write(fit(variants), names)
        _write(fit(gathered(arguments.bench)), names)


def ablated(variants: Sequence[Variant]) -> Iterator[tuple[str, list[float]]]:
    """For each of `FAMILIES` the means of the figures without it."""
    for name, features in FAMILIES.items():
        changed = [_without(variant, features) for variant in variants]
        rows = [figures for _, figures in judged(changed, changed)]
        yield name, np.mean(rows, axis=0).tolist()


def judged(
    variants: Sequence[Variant], judging: Sequence[Variant]
) -> Iterator[tuple[Variant, list[float]]]:
    """Each whole set with its `FIGURES`, by weights fitted on the other families."""
    for name in sorted({variant.family for variant in variants}):
        weights = fit([variant for variant in variants if variant.family != name])
        for variant in judging:
            if variant.family == name and variant.whole:
                yield variant, _figures(variant, weights)


def _without(variant: Variant, names: Sequence[str]) -> Variant:
    """The same cases as if these features were always nought."""
    kept = np.array([name not in names for name in fusion.ENCODER_RANK_FEATURES])
    return _changed(variant, lambda features: features * kept[: features.shape[1]])


def _changed(variant: Variant, change: Callable[[Array], Array]) -> Variant:
    return replace(
        variant,
        cases=tuple(
            replace(case, found=replace(case.found, features=change(case.found.features)))
            for case in variant.cases
        ),
    )


def fit(variants: Sequence[Variant]) -> fusion.Weights:
    """Fit both models; every family weighs the same, however many sets and questions it has."""
    families = [variant.family for variant in variants]
    scale = sum(len(v.cases) for v in variants) / len(set(families))
    shares = [scale / families.count(v.family) / len(v.cases) for v in variants]
    cases = [
        (case, share * case.importance, share * case.importance * likelier)
        for variant, share in zip(variants, shares, strict=True)
        for case, likelier in zip(variant.cases, _likelier(variant), strict=True)
    ]
    rank = _fit_rank(
        [Choice(c.found.features, c.right, share) for c, share, _ in cases if c.right >= 0]
    )
    rows, hits = [], []
    for case, *_ in cases:
        scores = case.found.features @ rank
        rows.append(fusion.accept_features(case.found, scores))
        hits.append(int(np.argsort(-scores, kind="stable")[0]) == case.right)
    accept, intercept = _fit_logistic(
        np.array(rows), np.array(hits, dtype=np.float64), np.array([w for *_, w in cases])
    )
    return fusion.Weights(rank, accept, intercept)


def _likelier(variant: Variant) -> Array:
    """How much likelier each case is to be asked than in the variant (see `LEAST_ANSWERABLE`)."""
    answerable = np.array([case.answerable for case in variant.cases])
    share = float(answerable.mean())
    if variant.whole or not 0 < share < LEAST_ANSWERABLE:
        return np.ones(len(answerable))
    beside = (1 - LEAST_ANSWERABLE) / (1 - share)
    return np.where(answerable, LEAST_ANSWERABLE / share, beside)


def _fit_rank(choices: Sequence[Choice]) -> Array:
    """Weights for ranking; those that are taken for granted are `PRIOR`."""
    with_encoder = choices[0].features.shape[1] > len(fusion.RANK_FEATURES)
    names, _ = fusion.FEATURES[with_encoder]
    prior = np.array([PRIOR.get(name, 0.0) for name in names])
    return conditional_logit(choices, prior, ENCODER_PENALTY if with_encoder else RANK_PENALTY)


def _fit_logistic(rows: Array, hits: Array, importance: Array) -> tuple[Array, float]:
    """Logistic regression by iteratively reweighted least squares, penalised likewise."""
    centre, spread = rows.mean(axis=0), rows.std(axis=0) + 1e-9
    design = np.hstack([(rows - centre) / spread, np.ones((len(rows), 1))])
    penalty = np.diag([ACCEPT_PENALTY] * rows.shape[1] + [0.0])
    weights = np.zeros(design.shape[1])
    for _ in range(50):
        chance = 1 / (1 + np.exp(-design @ weights))
        gradient = design.T @ (importance * (chance - hits)) + penalty @ weights
        curvature = (design * (importance * chance * (1 - chance))[:, None]).T @ design + penalty
        step = np.linalg.solve(curvature, gradient)
        weights -= step
        if np.abs(step).max() < 1e-6:
            break
    raw = weights[:-1] / spread
    return raw, float(weights[-1] - raw @ centre)


def _figures(variant: Variant, weights: fusion.Weights) -> list[float]:
    if variant.asked:
        weights = practice.shared(variant.asked, weights)
    top1, top3, confidences = [], [], []
    for case in variant.cases:
        order, chances, *_ = fusion.probabilities(weights, case.found)
        top1.append(order[0] == case.right)
        top3.append(case.right in order[:3])
        confidences.append(float(chances[0]))
    answerable = [case.answerable for case in variant.cases]
    answered = [confidence >= ANSWER_ABOVE for confidence in confidences]
    right = sum(hit for hit, given in zip(top1, answered, strict=True) if given)
    inside = sum(answerable)
    return [
        sum(top1) / inside,
        sum(top3) / inside,
        auroc(confidences, answerable) or 0.0,
        solved_at(0.9, confidences, top1, inside) or 0.0,
        right / max(1, sum(answered)),
        right / inside,
        expected_calibration_error(confidences, top1) or 0.0,
    ]


def _cells(figures: Sequence[float]) -> str:
    return " | ".join(f"{figure:.3f}" for figure in figures)


def _write(weights: fusion.Weights, names: Sequence[str]) -> None:
    with_encoder = len(weights.rank) > len(fusion.RANK_FEATURES)
    ranking, accepting = fusion.FEATURES[with_encoder]
    table = {
        "comment": (
            "Fitted by benchmarks/fit_matcher.py (logistic regression, see there) on the sets "
            "named here; see docs/adr/0002-matcher.md. Do not edit: run it again."
        ),
        "sets": list(names),
        "rank": dict(zip(ranking, _rounded(weights.rank), strict=True)),
        "accept": {
            "intercept": round(weights.intercept, 4),
            **dict(zip(accepting, _rounded(weights.accept), strict=True)),
        },
    }
    name = "weights-encoder.json" if with_encoder else "weights.json"
    target = Path(fusion.__file__).with_name(name)
    target.write_text(json.dumps(table, indent=2) + "\n", encoding="utf-8")
    print(f"\nWritten: {target.name}")


def _rounded(values: Array) -> list[float]:
    return [round(float(value), 4) for value in values]


if __name__ == "__main__":
    main()

"""Fit the matcher's weights on bench sets, and judge them on the sets that were left out.

    python -m benchmarks.fit_matcher ../shared/bench [--ablate] [--write] [--encoder FOLDER]

Each set's folder has `faq/` and `questions.tsv`. Sets that share their source (same name up to
"-k") are one family; the report judges every family by weights fitted on the other families only.
With --ablate it prints the means of such tables with one family of features left out at a time.
With --write the weights fitted on all families go to `bot/matching/`: those with the bot's own
encoder to `weights-encoder.json`, and those of words and letters alone to `weights.json`.

With --encoder another encoder is beside the bot's own (of one language or more; see
`benchmarks/minilm.py`), as in a bot that has it. Where it proves to be of no use the matcher does
not ask it. The weights stay those fitted with the bot's own encoder alone, as they are shipped.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from bot.encoders.loading import load
from bot.encoders.remembering import Recalling
from bot.errors import UserError
from bot.library.reading import read_library
from bot.matching import common_words, fusion, practice
from bot.matching.building import build
from bot.matching.encoding import (
    ENCODER_FEATURES,
    Encoded,
    Encoder,
    encoded,
    texts,
    units,
)
from bot.matching.evaluate import (
    Question,
    auroc,
    expected_calibration_error,
    read_questions,
    solved_at,
)
from bot.matching.features import Candidates, candidates
from bot.matching.fitting import Array, Choice, conditional_logit
from bot.matching.index import Index, telling_answers
from bot.matching.matcher import threshold
from bot.matching.own_encoder import own_encoding
from bot.matching.proving import prove
from bot.matching.text import fold
from bot.models import Entry

QUESTIONS = 500
"""Of each variant, at most so many are used."""
VARIANTS = 8
"""Besides the whole FAQ, so many variants of each set (see `_thinned`)."""
LEAST_ANSWERABLE = 0.35
"""Of a variant's questions at least such a share weighs as answerable, however many entries are
left out: else the weights would learn that of an FAQ of twenty entries four questions in five ask
for something else. Of the whole sets of some thirty entries about half do."""
PHRASINGS = (0, 1, 2, 3, 5, 8, 30, 30, 30)
"""A variant keeps at most one of these numbers of phrasings an entry, besides its question."""
RANK_PENALTY = 3.0
ACCEPT_PENALTY = 100.0
PRIOR = {"answer": 5.0}
"""Ranking weights that are taken for granted until data speak. Only one family of sets has answers
worth comparing; when it is left out, nothing would be known of that feature."""
ENCODER_PENALTY = 400.0
"""The same for ranking with an encoder, whose features say much the same as each other."""
ANSWER_ABOVE = threshold(0.9)
SEED = 20261123
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
    "sense": ENCODER_FEATURES,
    "sense: nearest": ("encoder_best", "encoder_mean", "encoder_lead"),
    "sense: its head": ("encoder_head",),
    "sense: answers": ("encoder_answer",),
}
"""Features that are left out together for the ablation."""


@dataclass(frozen=True)
class Case:
    """A question, its candidates, and which of them is right (-1: none of them)."""

    found: Candidates
    right: int
    answerable: bool


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
            judging = [one for one in gathered(arguments.bench, own, added) if one.whole]
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


def gathered(
    bench: Path, own: Encoder | None = None, added: Encoder | None = None
) -> list[Variant]:
    """The variants of all sets, as the matcher sees them with these encoders."""
    return [variant for folder in folders(bench) for variant in _variants(folder, own, added)]


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


def folders(bench: Path) -> list[Path]:
    """Those of the sets."""
    return sorted(path.parent for path in bench.glob("*/questions.tsv"))


def family(folder: Path) -> str:
    """Sets of the same source are of one family."""
    return folder.name.split("-k")[0]


def _variants(folder: Path, own: Encoder | None, added: Encoder | None) -> Iterator[Variant]:
    entries = read_library(folder / "faq").entries
    questions = read_questions(folder / "questions.tsv", {entry.id for entry in entries})
    random = np.random.default_rng(SEED)
    named = (folder.name, family(folder))
    yield replace(_variant(named, entries, questions, own, added), whole=True)
    for _ in range(VARIANTS):
        kept = _thinned(entries, random)
        if len(kept) > 5:
            yield _variant(named, kept, _some(questions, random), own, added)


def _thinned(entries: Sequence[Entry], random: np.random.Generator) -> list[Entry]:
    """A smaller FAQ, so that the weights see brands of all sizes.

    Entries are left out (nothing answers their questions then), phrasings, and sometimes answers.
    """
    share = random.uniform(0.25, 1.0)
    most = int(random.choice(PHRASINGS))
    silent = random.random() < 0.3
    kept = []
    for entry in entries:
        if random.random() < share:
            order = random.permutation(len(entry.phrasings))[:most]
            phrasings = tuple(entry.phrasings[i] for i in order)
            answer = "" if silent else entry.answer
            kept.append(replace(entry, phrasings=phrasings, answer=answer))
    return kept


def _some(questions: Sequence[Question], random: np.random.Generator) -> list[Question]:
    count = min(QUESTIONS, len(questions))
    return [questions[i] for i in sorted(random.choice(len(questions), count, replace=False))]


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
    index = build(language, entries, common_words.weights(listed[language]))
    ids = [entry.id for entry in entries]
    encoders, known = _known(index, own, added)
    cases = []
    for question in questions:
        read = index.lexicon.mend(question.text, listed)
        near = [
            rows.compare(units(one.encode([read]))[0])
            for one, rows in zip(encoders, known, strict=True)
        ]
        found = candidates(index, fold(question.text), near)
        names = [ids[i] for i in found.entries]
        right = names.index(question.expected) if question.expected in names else -1
        cases.append(Case(found, right, question.expected in ids))
    asked = tuple(practice.questions(index, known)) if len(known) > 1 else ()
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


def fit(variants: Sequence[Variant]) -> fusion.Weights:
    """Fit both models; every family weighs the same, however many sets and questions it has."""
    families = [variant.family for variant in variants]
    scale = sum(len(v.cases) for v in variants) / len(set(families))
    shares = [scale / families.count(v.family) / len(v.cases) for v in variants]
    cases = [
        (case, share, share * weight)
        for variant, share in zip(variants, shares, strict=True)
        for case, weight in zip(variant.cases, _likelier(variant), strict=True)
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
    names = fusion.ENCODER_RANK_FEATURES if with_encoder else fusion.RANK_FEATURES
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
        both = fusion.halved(weights)
        weights = replace(both, rank=practice.ranking(variant.asked, both.rank))
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
    ranking = fusion.ENCODER_RANK_FEATURES if with_encoder else fusion.RANK_FEATURES
    accepting = fusion.ENCODER_ACCEPT_FEATURES if with_encoder else fusion.ACCEPT_FEATURES
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

"""What a brand's own people teach the matcher, simulated on bench sets; prints Markdown tables.

    python -m benchmarks.learning ../shared/bench --seeds 3

Half of a set's questions come in, each from another follower; the other half is never learnt from,
and judges. A community manager says of each question that reaches them which entry answers it, or
that none does. Followers press a button under `PRESSED` of the answers and take the right one of
the offered entries; `MISTAKEN` of all presses are wrong. The weights are those fitted without the
set's family (see `fit_matcher.py`); `--weights FILE` keeps them for the next run.

With `--one-sided` people tell one kind of thing and keep the rest to themselves, and every answer
is pressed: what is learnt then must not be worse than the matcher as shipped.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.fit_matcher import fit
from benchmarks.variants import family, folders, gathered
from bot.encoders.remembering import Recalling
from bot.errors import UserError
from bot.judgements import Judgement, Origin
from bot.library.reading import read_library
from bot.matching.adaptation import Adaptation
from bot.matching.evaluate import (
    NOTHING,
    Question,
    Report,
    evaluate,
    read_questions,
    report,
)
from bot.matching.learning.attempt import learn
from bot.matching.learning.truths import lessons, settled
from bot.matching.matcher import Matcher
from bot.matching.meaning.encoding import Encoding
from bot.matching.meaning.own_encoder import own_encoding
from bot.matching.weighing import fusion
from bot.models import Library, VerdictKind

PRESSED, MISTAKEN = 0.2, 0.05
AMOUNTS = (50, 200, 500)
DRAWS = 200
FIGURES = ("solved@P90", "precision", "solved", "top-1", "AUROC", "ECE")
KINDS: Mapping[str, Callable[[Judgement], bool]] = {
    "helpful": lambda one: one.origin is Origin.HELPFUL,
    "helpful, choices": lambda one: one.origin in {Origin.HELPFUL, Origin.CHOICE},
    "not helpful, none of these": lambda one: one.refuses,
    "managers": lambda one: one.origin is Origin.MANAGER,
    "managers, outside": lambda one: not one.entry_id,
}
"""What is said where people tell one kind of thing and keep the rest to themselves."""
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Scene:
    """One set, its weights, and its questions: those that come in, and those that judge."""

    name: str
    library: Library
    weights: fusion.Weights
    coming: Sequence[Question]
    judging: Sequence[Question]
    own: Encoding

    def build(self, adaptation: Adaptation) -> Matcher:
        """The matcher of the set, taught so, with weights that never saw it."""
        matcher = Matcher.build(self.library, adaptation=adaptation, own=self.own)
        return matcher.weighed(self.weights)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bench", type=Path)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--sets", nargs="*", help="only these")
    parser.add_argument("--weights", type=Path, help="keeps the fitted weights")
    parser.add_argument("--one-sided", action="store_true")
    arguments = parser.parse_args()
    try:
        weights = held_out(arguments.bench, arguments.weights)
    except UserError as error:
        sys.exit(str(error))
    rows: list[tuple[str, int, str, list[float]]] = []
    print(f"| set | judgements | matcher | taken | {' | '.join(FIGURES)} |")
    print(f"|{'---|' * (4 + len(FIGURES))}")
    for folder in folders(arguments.bench):
        if not arguments.sets or folder.name in arguments.sets:
            measured = _one_sided if arguments.one_sided else _measured
            for name, amount, row in measured(folder, weights, arguments.seeds):
                rows.append((folder.name, amount, name, row))
                print(f"| {folder.name} | {amount} | {name} | {_cells(row)} |", flush=True)
    print(f"\n| judgements | matcher | taken | {' | '.join(FIGURES)} |")
    print(f"|{'---|' * (3 + len(FIGURES))}")
    for key in dict.fromkeys((amount, name) for _, amount, name, _ in rows):
        chosen = [row for _, amount, name, row in rows if (amount, name) == key]
        print(f"| {key[0]} | {key[1]} | {_cells(np.mean(chosen, axis=0).tolist())} |")


def held_out(bench: Path, cache: Path | None) -> Mapping[str, fusion.Weights]:
    """For each family of sets the weights fitted on the others."""
    if cache and cache.exists():
        return {name: _weights(values) for name, values in json.loads(cache.read_text()).items()}
    variants = gathered(bench, Recalling(own_encoding().encoder))
    families = sorted({variant.family for variant in variants})
    found = {name: fit([v for v in variants if v.family != name]) for name in families}
    if cache:
        table = {k: [w.rank.tolist(), w.accept.tolist(), w.intercept] for k, w in found.items()}
        cache.write_text(json.dumps(table), encoding="utf-8")
    return found


def _weights(values: Sequence[Sequence[float]]) -> fusion.Weights:
    rank, accept, intercept = values
    return fusion.Weights(np.array(rank), np.array(accept), float(np.array(intercept)))


def _measured(
    folder: Path, weights: Mapping[str, fusion.Weights], seeds: int
) -> Iterator[tuple[str, int, list[float]]]:
    """Means over the seeds for each matcher and number of judgements."""
    found: dict[tuple[int, str], list[list[float]]] = {}
    lower: list[list[list[float]]] = []
    for seed in range(seeds):
        scene = _scene(folder, weights, seed)
        judgements = list(simulated(scene, seed))
        before = evaluate(scene.build(Adaptation()), scene.judging)
        found.setdefault((0, "shipped"), []).append([0.0, *_figures(before)])
        asked = list(dict.fromkeys(one.asker for one in judgements))
        for amount in AMOUNTS:
            chosen = [one for one in judgements if one.asker in set(asked[:amount])]
            for name, adaptation in _taught(scene, chosen).items():
                after = before
                if adaptation is not None:
                    after = evaluate(scene.build(adaptation), scene.judging)
                row = [float(adaptation is not None), *_figures(after)]
                found.setdefault((amount, name), []).append(row)
                if name == "learnt" and adaptation is not None:
                    lower.append(_lower(before, after, seed))
    if lower:
        told = ", ".join(
            f"{name} {number} ({beyond})"
            for name, number, beyond in zip(
                FIGURES, *np.sum(lower, axis=0).astype(int).tolist(), strict=False
            )
        )
        print(
            f"  {folder.name}: taken {len(lower)} times; lower (by more than chance): {told}",
            file=sys.stderr,
        )
    for (amount, name), rows in found.items():
        yield name, amount, np.mean(rows, axis=0).tolist()


def _one_sided(
    folder: Path, weights: Mapping[str, fusion.Weights], seeds: int
) -> Iterator[tuple[str, int, list[float]]]:
    """Means over the seeds for the matcher as shipped, and for what is learnt of each kind."""
    found: dict[str, list[list[float]]] = {}
    for seed in range(seeds):
        scene = _scene(folder, weights, seed)
        judgements = list(simulated(scene, seed, pressed=1.0))
        plain = [0.0, *_figures(evaluate(scene.build(Adaptation()), scene.judging))]
        found.setdefault("shipped", []).append(plain)
        for name, is_said in KINDS.items():
            learnt = learn(scene.build, filter(is_said, judgements))
            row = plain
            if learnt and learnt.taken:
                made = evaluate(scene.build(learnt.adaptation), scene.judging)
                row = [1.0, *_figures(made)]
            found.setdefault(name, []).append(row)
    for name, rows in found.items():
        yield name, len(scene.coming), np.mean(rows, axis=0).tolist()


def _taught(scene: Scene, said: Sequence[Judgement]) -> dict[str, Adaptation | None]:
    """What comes of these judgements in several ways; None where it is the matcher as shipped."""
    learnt = learn(scene.build, said)
    every = lessons(settled(said, frozenset(entry.id for entry in scene.library.entries)))
    return {
        "learnt": learnt.adaptation if learnt and learnt.taken else None,
        "lessons, unchecked": Adaptation(every),
        "without the hidden class": Adaptation(tuple(one for one in every if one.entry_id)),
    }


def _lower(before: Report, after: Report, seed: int) -> list[list[float]]:
    """For each figure but the last, whether it is lower, and by more than two standard errors.

    These are found by drawing the questions anew, the same ones for both (Efron 1979).
    """
    random = np.random.default_rng(seed)
    falls = np.subtract(_figures(before), _figures(after))[:-1]
    drawn = []
    for _ in range(DRAWS):
        chosen = random.integers(before.questions, size=before.questions).tolist()
        one, other = (
            _figures(report([of.predictions[place] for place in chosen])) for of in (before, after)
        )
        drawn.append(np.subtract(one, other)[:-1])
    beyond = falls > 2 * np.nanstd(drawn, axis=0)
    return [(falls > 0).tolist(), ((falls > 0) & beyond).tolist()]


def _scene(folder: Path, weights: Mapping[str, fusion.Weights], seed: int) -> Scene:
    library = read_library(folder / "faq")
    asked = read_questions(folder / "questions.tsv", {entry.id for entry in library.entries})
    order = np.random.default_rng(seed).permutation(len(asked)).tolist()
    half = min(len(asked) // 2, 1500)
    coming, judging = [asked[i] for i in order[:half]], [asked[i] for i in order[half:]]
    recalling = Recalling(own_encoding().encoder)  # some matchers are asked the same
    own = replace(own_encoding(), encoder=recalling, known=recalling)
    return Scene(folder.name, library, weights[family(folder)], coming, judging[:1000], own)


def simulated(scene: Scene, seed: int, pressed: float = PRESSED) -> Iterator[Judgement]:
    """What people say of the questions that come in, to the matcher as shipped."""
    random = np.random.default_rng(1000 + seed)
    matcher = scene.build(Adaptation())
    ids = [entry.id for entry in scene.library.entries]
    for asker, question in enumerate(scene.coming):
        verdict = matcher.match(question.text)
        shown = [match.entry.id for match in verdict.matches]
        language = scene.library.entries[0].language
        said = partial(Judgement, asker, question.text, language, asker=asker, at=NOON)
        expected = "" if question.expected == NOTHING else question.expected
        slips = random.random() < MISTAKEN
        to_manager = verdict.kind is VerdictKind.ESCALATE
        if verdict.kind is VerdictKind.ANSWER and random.random() < pressed:
            good = (shown[0] == expected) != slips
            yield said(entry_id=shown[0], origin=Origin.HELPFUL if good else Origin.NOT_HELPFUL)
            to_manager = not good
        if verdict.kind is VerdictKind.CLARIFY:
            if slips:
                yield said(entry_id=str(random.choice(shown)), origin=Origin.CHOICE)
            elif expected in shown:
                yield said(entry_id=expected, origin=Origin.CHOICE)
            else:
                yield said(entry_id=shown[0], origin=Origin.NONE_OF_THESE)
                to_manager = True
        if to_manager:
            yield said(entry_id=expected if expected in ids else "", origin=Origin.MANAGER)


def _figures(found: Report) -> list[float]:
    values = (
        found.solved_at_p90,
        found.precision,
        found.solved_share,
        found.top_1,
        found.auroc,
        found.calibration_error,
    )
    return [value if value is not None else float("nan") for value in values]


def _cells(row: Sequence[float]) -> str:
    taken, *figures = row
    return f"{taken:.0%} | " + " | ".join(f"{figure:.3f}" for figure in figures)


if __name__ == "__main__":
    main()

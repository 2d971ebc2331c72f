"""From presses over the real dispatcher to a matcher that has learnt, and back."""

import asyncio
import os
import pickle
import random
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from bot.config import Brand, Matching, Settings
from bot.core.knowledge.experience import Experience, in_force
from bot.core.knowledge.learner import Learner, Task, attempt, beside, due_at
from bot.core.knowledge.live import Knowledge
from bot.judgements import Judgement, Origin
from bot.matching.adaptation import Adaptation, Calibration, Lesson, edition
from bot.matching.learning.attempt import Learnt, Parts
from bot.matching.matcher import Matcher
from bot.matching.meaning.encoding import Encoding
from bot.models import Action
from bot.store.knowledge import judgements, learnings
from bot.store.knowledge.judgements import Counts, Question
from bot.store.knowledge.learnings import Kind, Learning, State
from tests.support import encoders
from tests.support import learning as shop
from tests.support.clock import START
from tests.support.encoders import Toy
from tests.support.world import World, world

ASKED = shop.questions()


async def in_this_process(task: Task) -> Learnt | None:
    return attempt(task)


class Bot:
    """The whole bot on the shop's files."""

    def __init__(self, world_: World, knowledge: Knowledge) -> None:
        self.world = world_
        self.knowledge = knowledge
        self.learner = Learner(world_.store, world_.clock, knowledge, in_this_process)
        self.numbers = count()
        self.random = random.Random(20261124)  # noqa: S311  # no secret

    @property
    def adaptation(self) -> Adaptation:
        return self.knowledge.mind.matcher.adaptation

    async def ask(self, number: int, name: str, text: str, *, blindly: bool = False) -> bool:
        """A follower asks and takes the right entry, or any; returns whether it was offered."""
        self.world.mind = self.knowledge.mind
        place = f"c{number}"
        await self.world.talk(text, conversation=place)
        offered = [
            row
            for row in await self.world.rows("SELECT * FROM offers ORDER BY rowid")
            if row["conversation_id"] == number + 1 and row["action"] == Action.ENTRY
        ]
        suitable = [row for row in offered if blindly or row["entry_id"] == name]
        if suitable:
            taken = self.random.choice(suitable)
            await self.world.press_id(taken["id"], place)
            await self.world.turn()
        return bool(suitable)

    async def hear(self, presses: int, *, blindly: bool = False) -> None:
        while presses:
            number = next(self.numbers)
            presses -= await self.ask(number, *ASKED[number % len(ASKED)], blindly=blindly)

    async def tell(self, said: Sequence[tuple[str, str]]) -> None:
        """What managers say, without all that leads to it: each of another follower."""
        for number, (name, text) in enumerate(said):
            await self.world.write(text, conversation=f"c{number}")
            question = Question(text, number + 1, number + 1)
            judged = ("fr", name, "v")
            cause, now = f"desk:{number}", self.world.clock.now()
            await self.world.store.run(
                judgements.add, cause, question, judged, Origin.MANAGER, now, "lea"
            )

    async def learn(self) -> State:
        """Let it learn if it is time, and what is in force become known."""
        await self.learner.step()
        wanted = await self.world.store.run(in_force)
        await until(lambda: self.knowledge.experience == wanted)
        return await self.world.store.run(learnings.state)


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110  # nothing tells that a thread has finished
            await asyncio.sleep(0.01)


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[Bot]:
    """The bot in that folder, which may have run before."""
    (folder / "faq" / "fr").mkdir(parents=True, exist_ok=True)
    (folder / "faq" / "fr" / "faq.md").write_text(shop.FAQ, encoding="utf-8")
    settings = Settings(folder, brand=Brand("La Boutique", languages=("fr",)))
    async with world(folder) as one:
        knowledge = Knowledge(settings, one.clock, await one.store.run(in_force))
        following = asyncio.create_task(knowledge.run())
        yield Bot(one, knowledge)
        following.cancel()
        with suppress(asyncio.CancelledError):
            await following


async def test_fifty_presses_teach_the_bot_and_a_restart_keeps_it(tmp_path: Path) -> None:
    async with running(tmp_path) as bot:
        await bot.hear(49)
        assert (await bot.learn()).tried is None
        await bot.hear(1)
        state = await bot.learn()

        assert state.adopted
        assert state.adopted.figures["after"]["loss"] < state.adopted.figures["before"]["loss"]
        learnt = bot.adaptation
        assert learnt.lessons
        assert [e.phrasings for e in bot.knowledge.mind.library.entries] == [()] * 8

        text, entry_id = learnt.lessons[0].question, learnt.lessons[0].entry_id
        before = shipped(bot).match(text)
        after = bot.knowledge.mind.matcher.match(text)
        assert after.best
        assert after.best.entry.id == entry_id
        assert after.best.probability > (before.best.probability if before.best else 0)

    async with running(tmp_path) as again:
        assert again.adaptation == learnt


def shipped(bot: Bot) -> Matcher:
    settings, library = bot.knowledge.settings, bot.knowledge.mind.library
    return Matcher.build(library, settings.matching.precision, settings.brand.languages)


async def test_fifty_presses_made_blindly_teach_nothing(tmp_path: Path) -> None:
    async with running(tmp_path) as bot:
        await bot.hear(50, blindly=True)
        state = await bot.learn()

        assert state.tried
        assert state.tried.kind is Kind.REFUSED
        assert bot.adaptation == Adaptation()


async def test_off_on_and_reset(tmp_path: Path) -> None:
    async with running(tmp_path) as bot:
        await bot.tell(ASKED[:50])
        await bot.learn()
        learnt = bot.adaptation
        assert learnt.lessons
        for kind, expected in ((Kind.OFF, Adaptation()), (Kind.ON, learnt)):
            await bot.world.store.run(learnings.wish, kind, "lea", bot.world.clock.now())
            await bot.learn()
            assert bot.adaptation == expected
        await bot.world.store.run(learnings.wish, Kind.RESET, "lea", bot.world.clock.now())
        state = await bot.learn()
        assert (bot.adaptation, state.tried, state.counts.all) == (Adaptation(), None, 0)


async def test_erased_words_are_unlearnt(tmp_path: Path) -> None:
    async with running(tmp_path) as bot:
        await bot.tell(ASKED[:50])
        await bot.learn()
        first = bot.adaptation.lessons[0].question
        await bot.world.store.run(
            lambda tx: tx.update("judgements", {"question": ""}, "question = :q", q=first)
        )
        await bot.learn()
        assert first not in [lesson.question for lesson in bot.adaptation.lessons]


async def test_lessons_on_an_entry_that_is_gone_are_dropped(tmp_path: Path) -> None:
    async with running(tmp_path) as bot:
        await bot.tell(ASKED[:50])
        await bot.learn()
        assert "delai" in [lesson.entry_id for lesson in bot.adaptation.lessons]
        faq = shop.FAQ.partition("## Combien")
        (tmp_path / "faq" / "fr" / "faq.md").write_text("".join(faq[1:]), encoding="utf-8")
        await until(lambda: len(bot.knowledge.mind.library.entries) == 7)
        taught = [lesson.entry_id for lesson in bot.adaptation.lessons]
        assert taught
        assert "delai" not in taught


async def test_a_corrected_word_is_unlearnt_at_once_and_learnt_anew(tmp_path: Path) -> None:
    async with running(tmp_path) as bot:
        await bot.tell(ASKED[:50])
        await bot.learn()
        (_, text), *others = ASKED[:50]
        assert text in [lesson.question for lesson in bot.adaptation.lessons]

        await bot.tell([("", text), *others])
        state = await bot.learn()
        assert text not in [lesson.question for lesson in bot.adaptation.lessons]
        assert len(bot.adaptation.lessons) == 49
        assert due_at(state, bot.world.clock.now()) == START + timedelta(days=1)

        bot.world.clock.advance(86400)
        await bot.learn()
        assert Lesson(text, "fr", "", sure=True) in bot.adaptation.lessons


# ── when ─────────────────────────────────────────────────────────────────────────────────────────


def how(
    there: int,
    tried: int | None = None,
    *,
    on: bool = True,
    at: datetime = START,
    last: int | None = None,
) -> State:
    attempt_ = None if tried is None else Learning(Kind.REFUSED, at, tried, judgements=tried)
    return State(on, None, attempt_, 0, Counts({Origin.CHOICE: there}, last or there))


@pytest.mark.parametrize(
    ("state", "seconds"),
    [
        (how(49), None),
        (how(50), 0),
        (how(50, on=False), None),
        (how(50, 50), None),
        (how(59, 50), 86400),
        (how(60, 50), 0),
        (how(50, 50, last=51), 86400),
        (how(51, 50, at=START + timedelta(days=400)), 0),
        (how(50, 50, at=START + timedelta(days=400)), None),
    ],
)
def test_when_to_learn(state: State, seconds: int | None) -> None:
    due = due_at(state, START)
    assert (due and (due - START).total_seconds()) == seconds


async def test_an_attempt_that_fails_is_told_and_not_repeated_at_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    calls = []

    async def broken(task: Task) -> Learnt | None:
        calls.append(len(task.judgements))
        raise RuntimeError("out of memory")

    async with running(tmp_path) as bot:
        await bot.tell(ASKED[:50])
        learner = Learner(bot.world.store, bot.world.clock, bot.knowledge, broken)
        assert await learner.step() is None
        assert await learner.step() is None
    assert calls == [50]
    assert "out of memory" in caplog.text


async def test_an_attempt_that_fails_leaves_in_force_what_is(tmp_path: Path) -> None:
    async def broken(task: Task) -> Learnt | None:
        assert task.held is Parts.LESSONS
        raise RuntimeError("out of memory")

    async with running(tmp_path) as bot:
        await bot.tell(ASKED[:50])
        adopted = (await bot.learn()).adopted
        learnt = bot.adaptation
        assert adopted
        assert learnt.lessons
        await bot.tell(ASKED[:70])
        bot.learner = Learner(bot.world.store, bot.world.clock, bot.knowledge, broken)
        bot.world.clock.advance(86400)
        state = await bot.learn()
        assert state.tried
        assert (state.tried.kind, state.adopted) == (Kind.NOT_MADE, adopted)
        assert bot.adaptation == learnt


async def test_a_process_of_its_own_does_the_same(tmp_path: Path) -> None:
    async with running(tmp_path) as bot:
        library = bot.knowledge.mind.library
        said = tuple(
            Judgement(number, text, "fr", name, Origin.CHOICE, number, START)
            for number, (name, text) in enumerate(ASKED[:60])
        )
        task = Task(library, 0.9, ("fr",), said, held=Parts.NONE)
        assert await beside(task) == attempt(task)


async def test_the_process_learns_with_the_encoder_that_the_bot_has(tmp_path: Path) -> None:
    async with running(tmp_path) as bot:
        library = bot.knowledge.mind.library
    encoders.static(tmp_path / "tiny")
    settings = replace(bot.knowledge.settings, folder=tmp_path, matching=Matching(encoder="tiny"))
    said = tuple(
        Judgement(number, text, "fr", name, Origin.CHOICE, number, START)
        for number, (name, text) in enumerate(ASKED[:60])
    )
    plain = Task(library, 0.9, ("fr",), said, held=Parts.NONE)
    with_it = replace(plain, settings=settings)
    learnt = await beside(with_it)
    assert learnt == attempt(with_it)
    assert learnt != attempt(plain)
    assert not (tmp_path / "var" / "encoded.npz").exists()


async def test_a_process_that_fails_is_an_error(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(RuntimeError, match="status 1"):
        await beside(None)  # type: ignore[arg-type]  # the process stumbles over it
    assert "AttributeError" in capfd.readouterr().err


async def test_a_bot_that_is_killed_meanwhile_is_no_failure(tmp_path: Path) -> None:
    async with running(tmp_path) as bot:
        task = Task(bot.knowledge.mind.library, 0.9, ("fr",), (), held=Parts.NONE)
    reading, writing = os.pipe()
    os.close(reading)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot.core.knowledge.learner"),
        stdin=asyncio.subprocess.PIPE,
        stdout=writing,
        stderr=asyncio.subprocess.PIPE,
    )
    os.close(writing)
    _, said = await process.communicate(pickle.dumps(task))
    assert (process.returncode, said) == (0, b"")


async def test_what_is_cancelled_ends_its_process(tmp_path: Path) -> None:
    async with running(tmp_path) as bot:
        task = Task(bot.knowledge.mind.library, 0.9, ("fr",), (), held=Parts.NONE)
        work = asyncio.create_task(beside(task))
        await asyncio.sleep(0)
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work


async def test_a_calibration_goes_with_its_matcher_only(tmp_path: Path) -> None:
    """With other weights, or an encoder that is not there, phrasings are kept, and no more."""
    async with running(tmp_path) as bot:
        await bot.tell(ASKED[:60])
        state = await bot.learn()
        assert state.adopted
        assert state.adopted.figures["matcher"] == edition()

        adaptation = Adaptation(bot.adaptation.lessons, Calibration(0.9, 0.2))
        matcher = replace(shipped(bot), adaptation=adaptation)
        for made_with, fits in ((edition(), True), ("of before", False), (edition("m"), False)):
            experience = Experience((), adaptation.calibration, made_with)
            fitted = experience.fit(matcher, encoder="m").adaptation
            assert fitted.lessons == adaptation.lessons
            assert (fitted.calibration == adaptation.calibration) is fits, made_with


async def test_what_is_learnt_with_an_encoder_is_used_with_it(tmp_path: Path) -> None:
    async with running(tmp_path) as bot:
        encoders.static(tmp_path / "tiny")
        with_it = replace(bot.knowledge.settings, matching=Matching(encoder="tiny"))
        knowledge = Knowledge(with_it, bot.world.clock)
        following = asyncio.create_task(knowledge.run())
        await until(lambda: knowledge.mind.matcher.sense.added)
        bot.learner = Learner(bot.world.store, bot.world.clock, knowledge, in_this_process)
        bot.knowledge = knowledge
        await bot.tell(ASKED[:60])
        state = await bot.learn()
        following.cancel()
        with suppress(asyncio.CancelledError):
            await following
        assert state.adopted
        assert state.adopted.figures["matcher"] == edition("tiny") != edition()
        assert bot.adaptation.calibration == Calibration(state.adopted.slope, state.adopted.shift)


async def test_an_attempt_encodes_no_text_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(tmp_path) as bot:
        library = bot.knowledge.mind.library
    toy = Toy()
    own = Encoding(toy, toy, frozenset({"fr"}))
    monkeypatch.setattr("bot.core.knowledge.learner.own_encoding", lambda: own)
    said = tuple(
        Judgement(number, text, "fr", name, Origin.MANAGER, number, START)
        for number, (name, text) in enumerate(ASKED[:60])
    )
    assert attempt(Task(library, 0.9, ("fr",), said, held=Parts.NONE)) is not None
    assert toy.asked
    assert len(toy.asked) == len(set(toy.asked))

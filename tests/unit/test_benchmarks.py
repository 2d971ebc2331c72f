"""That the benchmarks measure what they say, by a real process of the bot; no figure is judged."""

import subprocess
import sys
from argparse import Namespace
from contextlib import closing
from pathlib import Path

import pytest

from benchmarks import desk, learning, library, matching, networks, phrasings
from benchmarks.crowd import Crowd
from bot.judgements import Origin
from bot.library.reading import read_library
from bot.matching.evaluate import NOTHING, Question
from bot.matching.meaning.own_encoder import own_encoding
from bot.matching.weighing import fusion
from bot.store.sqlite import connect
from tests.support import learning as shop

SMALL = Namespace(followers=3, seconds=0.2, rate=20.0, chats=3, chat_rate=20.0, retry_after=0.1)


def test_the_generated_faq_is_readable_and_repeats_nothing(tmp_path: Path) -> None:
    files = phrasings.library(5)
    for name, text in files.items():
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(text, encoding="utf-8")
    entries = read_library(tmp_path).entries
    asked = [text for entry in entries for text in (entry.question, *entry.phrasings)]
    assert (len(entries), len(asked)) == (phrasings.ENTRIES, 1000)
    assert len({text.casefold() for text in asked}) == len(asked)
    assert not any("{" in text for text in asked)
    assert files == phrasings.library(5)


async def test_a_large_faq_is_checked_and_its_changes_are_followed(tmp_path: Path) -> None:
    library.made(tmp_path, 120)
    entries = read_library(tmp_path / "faq", ["en"]).entries
    asked = [text for entry in entries for text in (entry.question, *entry.phrasings)]
    assert (len(entries), len(set(asked))) == (120, 600)
    assert library.run(tmp_path, "check").megabytes > 0
    told = await library.changes(tmp_path, times=1, quiet=0.1)
    assert all(milliseconds > 0 for milliseconds in told.values())
    now = {entry.question for entry in read_library(tmp_path / "faq", ["en"]).entries}
    assert {one.question for one in entries} ^ now == {
        "does the wobbly Pineba press dance",
        "How much is the Neramo filter?",
    }
    reloaded = await library.reloads(tmp_path, times=1)
    assert len(reloaded) == 2 * len(library.edits())
    assert all(milliseconds > 0 for milliseconds in reloaded.values())


@pytest.mark.parametrize("name", networks.NETWORKS)
async def test_all_are_answered_from_the_faq(name: str) -> None:
    fast, offered = await networks.speed(name, SMALL)
    assert fast.messages >= SMALL.followers
    assert offered.messages == 4
    assert [(one.unanswered, one.other_answers, one.refused) for one in (fast, offered)] == [
        (0, 0, 0),
        (0, 0, 0),
    ]


async def test_a_third_of_the_crowd_refuses_once_and_is_answered() -> None:
    others, third = await networks.crowd("discord", SMALL, troubled=True)
    assert (others.messages, others.refused) == (2, 0)
    assert (third.messages, third.refused, third.too_early) == (1, 1, 0)


def test_answers_that_are_not_the_faqs_are_counted() -> None:
    load = networks.Load(networks.Discord())
    for said in ("Three days.", "Hello! Three days.", "Would you like to talk to a person?"):
        load._waiting["ada"].append(networks.Asked("When?", 0.0))
        load.taken("ada", said)
    load.taken("ada", "Nobody asked for this.")
    found = load.figures("by hand", ["ada"])
    assert (found.messages, found.other_answers, found.unanswered) == (3, 2, 0)


def test_a_crowd_is_as_large_as_it_is_meant_to_be(tmp_path: Path) -> None:
    Crowd(40, 10).write(tmp_path / "crowd.db")
    with closing(connect(tmp_path / "crowd.db")) as db:
        assert db.table("followers").count == db.table("escalations").count == 40
        assert db.table("escalations").count_where("state <> 'resolved'") == 10
        assert db.table("messages").count == 120
        assert db.table("outbox").count_where("author = 'manager'") == 30
        assert not db.execute("PRAGMA foreign_key_check").fetchall()


def test_the_desk_is_measured_down_to_the_followers_page(
    capsys: pytest.CaptureFixture[str],
) -> None:
    desk.run(Crowd(40, 10), rounds=2)
    told = capsys.readouterr().out.splitlines()
    assert told[0] == "40 followers, 10 open requests"
    assert [line.partition(":")[0] for line in told[1:]] == [
        *("queue page", "search", "open conversation", "live update"),
        *("reply to the follower's page", "queue page", "conversation", "memory"),
    ]
    assert all(line.endswith("8 requests") for line in told[6:8])


def test_simulated_managers_tell_the_truth_and_followers_mostly(tmp_path: Path) -> None:
    (tmp_path / "fr").mkdir()
    (tmp_path / "fr" / "faq.md").write_text(shop.FAQ, encoding="utf-8")
    asked = [Question(name, text) for name, text in shop.questions()]
    asked += [Question(NOTHING, f"{one.text} sur Mars") for one in asked]
    scene = learning.Scene(
        "shop",
        read_library(tmp_path),
        fusion.shipped(with_encoder=True),
        asked,
        (),
        own_encoding(),
    )
    said = list(learning.simulated(scene, seed=1))

    truth = {number: one.expected.replace(NOTHING, "") for number, one in enumerate(asked)}
    by_managers = [one for one in said if one.origin is Origin.MANAGER]
    assert by_managers
    assert all(one.entry_id == truth[one.asker] for one in by_managers)
    taken = [one.entry_id == truth[one.asker] for one in said if one.origin is Origin.CHOICE]
    assert 0.8 < sum(taken) / len(taken) < 1
    assert said == list(learning.simulated(scene, seed=1))


def test_matchers_are_measured_side_by_side(tmp_path: Path) -> None:
    made_set = tmp_path / "shop-k1"
    library.made(made_set, 30)
    entries = read_library(made_set / "faq", ["en"]).entries
    lines = [f"{entry.id}\t{entry.phrasings[0]}, please\n" for entry in entries]
    (made_set / "questions.tsv").write_text("".join([*lines, "-\twho are you\n"]))
    weights = fusion.shipped(with_encoder=True)
    found = list(matching.measured(made_set, weights))
    assert [one.matcher for one in found] == ["Comptoir", "token_set_ratio", "WRatio", "BM25"]
    assert found[0].shares["top-1"] == 1.0
    assert found[0].phrasings == 150
    assert all((one.shares["mistyped"] or 0) <= (one.shares["top-1"] or 0) for one in found)
    assert (found[3].shares["mistyped"] or 0) < (found[3].shares["top-1"] or 0)
    assert any("most lost to mistakes" in row for row in matching.aims(found))
    assert len(list(matching.means(found))) == 4


def test_one_letter_of_some_words_is_mistyped() -> None:
    asked = [Question("a", "where is my parcel of coffee beans")] * 200
    wrong = [one.text.split() for one in matching.with_mistakes(asked)]
    right = asked[0].text.split()
    changed = sum(a != b for words in wrong for a, b in zip(words, right, strict=True))
    long = 200 * sum(len(word) > 2 for word in right)
    assert 0.15 < changed / long < 0.22
    assert all(one.expected == "a" for one in matching.with_mistakes(asked))


def test_the_first_answer_is_measured_where_nothing_is_installed() -> None:
    program = [sys.executable, "-S", "-c", "import benchmarks.first_answer"]
    subprocess.run(program, cwd=Path(__file__).parents[2], check=True)

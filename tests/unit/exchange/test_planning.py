"""An import that is not the first: what was edited here, there, or on both sides."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from bot.errors import UserError
from bot.exchange import memory
from bot.exchange.codecs.html import to_markdown
from bot.exchange.items import ALL, ASKED, Imported, Item
from bot.exchange.memory import Known
from bot.exchange.planning import Plan, Terms, plan
from bot.models import Entry, Library, Source
from tests.unit.exchange.sources import html

TERMS = Terms("source", ("en", "fr"), "en", html, to_markdown)
ITEM = Item("k", "How long?", "3 days.", id="long", language="en", told=ALL)


def entry(item: Item) -> Entry:
    return Entry(
        id=item.id,
        language=item.language,
        question=item.question,
        phrasings=item.phrasings,
        answer=item.answer,
        source=Source("en/a.md", 1),
        version="",
        tags=item.tags,
        human=item.human,
    )


def planned(
    *items: Item, here: Sequence[Item] = (), known: Sequence[Item] = (), terms: Terms = TERMS
) -> Plan:
    held = {(one.key, one.language): Known(one.id, terms.source, one) for one in known}
    return plan(Imported(items), Library(tuple(map(entry, here)), ""), held, terms)


def result(made: Plan) -> Item:
    (change,) = made.changes
    return change.item


def test_a_new_entry_has_its_own_id_or_one_of_its_question() -> None:
    assert planned(ITEM).new == ["long"]
    assert planned(replace(ITEM, id="")).new == ["how-long"]
    assert planned(replace(ITEM, id="no id!")).new == ["how-long"]
    taken = replace(ITEM, id="how-long", question="Other?")
    assert planned(replace(ITEM, id=""), here=[taken]).new == ["how-long-2"]


def test_translations_share_the_id_that_the_first_is_given() -> None:
    french = replace(ITEM, language="fr", question="Combien ?", id="")
    assert planned(replace(ITEM, id=""), french).new == ["how-long", "how-long"]


def test_what_is_the_same_stays() -> None:
    assert planned(ITEM, here=[ITEM]).unchanged == ["long"]
    without_id = Item("how-long", "How long?", "3 days.")
    assert planned(without_id, here=[ITEM]).unchanged == ["long"]


def test_what_changed_there_is_taken_and_what_changed_here_stays() -> None:
    there = replace(ITEM, answer="4 days.")
    here = replace(ITEM, question="How many days?", tags=("parcel",))
    made = planned(there, here=[here], known=[ITEM])
    assert result(made) == replace(
        here, key="long", answer="4 days.", file="en/a.md", category="", told=ALL
    )
    assert planned(ITEM, here=[here], known=[ITEM]).kept == ["long"]


def test_what_changed_on_both_sides_stays_and_is_told() -> None:
    made = planned(
        replace(ITEM, answer="4 days."), here=[replace(ITEM, answer="5 days.")], known=[ITEM]
    )
    assert not made.changes
    assert made.clashes == ["long: its answer was changed here and there"]
    same = replace(ITEM, answer="4 days.")
    assert planned(same, here=[same], known=[ITEM]).unchanged == ["long"]


def test_phrasings_are_merged() -> None:
    before = replace(ITEM, phrasings=("a", "b"))
    here = replace(ITEM, phrasings=("a", "b", "learnt"))
    there = replace(ITEM, phrasings=("b", "c"))
    made = planned(there, here=[here], known=[before])
    assert result(made).phrasings == ("b", "learnt", "c")
    assert result(planned(there, here=[here])).phrasings == ("a", "b", "learnt", "c")
    deleted = replace(ITEM, phrasings=("a",))
    assert planned(before, here=[deleted], known=[before]).kept == ["long"]


def test_a_field_that_the_source_does_not_have_stays() -> None:
    here = replace(ITEM, tags=("parcel",), phrasings=("when",), human=True)
    assert planned(replace(ITEM, told=ASKED), here=[here]).unchanged == ["long"]


def test_an_entry_that_was_deleted_here_stays_deleted() -> None:
    made = planned(ITEM, known=[ITEM])
    assert (made.removed, made.changes) == (["long"], [])


def test_an_entry_that_the_source_has_no_longer_stays() -> None:
    other = replace(ITEM, key="o", id="other", question="Other?")
    made = planned(ITEM, here=[ITEM, other], known=[ITEM, other])
    assert (made.gone, made.unchanged) == (["other"], ["long"])


def test_an_entry_found_by_its_question_is_known_by_its_key_once_that_is_reworded() -> None:
    page = Item("how-long", "How long?", "3 days.", language="en")
    reworded = replace(ITEM, question="How many days until it is here?")
    remembered = {("how-long", "en"): Known("long", "source", page)}
    made = plan(
        Imported((replace(page, answer="4 days."),)), Library((entry(reworded),), ""),
        remembered, TERMS,
    )  # fmt: skip
    assert (result(made).question, result(made).answer) == (reworded.question, "4 days.")


def test_an_answer_that_came_back_as_html_is_the_same_answer() -> None:
    ours = replace(ITEM, answer="* one\n* __two__\n\n1) x")
    back = replace(ITEM, answer=to_markdown(html(ours.answer)), converted=True, told=ASKED)
    assert back.answer != ours.answer
    assert planned(back, here=[ours]).unchanged == ["long"]


def test_what_is_refused() -> None:
    german = replace(ITEM, language="de")
    twice = replace(ITEM, answer="Another.")
    silent = replace(ITEM, key="s", question="Silent?", answer=" <!-- nothing --> ", id="")
    made = planned(german, ITEM, ITEM, twice, silent, replace(ITEM, key="q", id="", question=" "))
    assert made.new == ["long"]
    assert made.refused == [
        "How long?: its language, 'de', is not one of the brand's (en, fr)",
        "How long?: the source has another 'k' before it",
        "Silent?: it has no answer",
        "q: it has no question",
    ]


def test_what_several_remember_at_once_is_all_kept(tmp_path: Path) -> None:
    path = tmp_path / "var" / "exchanged.json"
    many = [Known(f"n{number}", "source", replace(ITEM, key=f"k{number}")) for number in range(40)]
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda one: memory.remember(path, [one]), many))
    assert sorted(one.id for one in memory.recall(path).values()) == sorted(one.id for one in many)


def test_the_memory_outlives_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "var" / "exchanged.json"
    assert memory.recall(path) == {}
    known = Known("long", "source", replace(ITEM, phrasings=("é",), tags=("a",)))
    memory.remember(path, [known])
    assert memory.recall(path) == {("k", "en"): known}
    for broken in ("", "{}", "[]", '{"entries 1": [{}]}', '{"entries 1": 1}'):
        path.write_text(broken)
        with pytest.raises(UserError, match="take it away"):
            memory.recall(path)

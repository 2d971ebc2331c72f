"""Wordings of rules: how they are written, and where in a text they stand."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.library.rules.patterns import BETWEEN, PatternFault, Reading, parse
from bot.library.rules.spotting import finders


def found(pattern: str, text: str, *languages: str) -> list[str]:
    reading = Reading(text, finders(languages or ("fr", "en")))
    return [text[start:end] for start, end in parse(pattern).find(reading)]


@pytest.mark.parametrize(
    ("pattern", "text", "places"),
    [
        ("demain", "Demain ! DEMAIN, après-demain", ["Demain", "DEMAIN", "demain"]),
        ("nous vous rembours*", "Oui : NOUS vous rembourserons.", ["NOUS vous rembourserons"]),
        ("rembours*", "le remboursement, remboursé", ["remboursement", "remboursé"]),
        ("*cash", "du cash, du bitcash, cashier", ["cash", "bitcash"]),
        ("*bourse*", "on rembourserait", ["rembourserait"]),
        ("Œuvre d'été", "l’oeuvre d’ete est là", ["oeuvre d’ete"]),
        ("we'll refund", "We’ll refund you", ["We’ll refund"]),
        ("rembours* … demain", "remboursé sans faute demain", ["remboursé sans faute demain"]),
        ("rembours* ... demain", "remboursé demain", ["remboursé demain"]),
        ("rembours* … demain", "Remboursé. On ferme demain.", []),
        ("rembours* … demain", "Remboursé\ndemain", []),
        ("chat", "achat, chats", []),
        ("a b", "a a b", ["a b"]),
        ("a … a", "a a a a", ["a a", "a a"]),
        ("promis", "pro\u00admis, pro\u200bmis", ["pro\u00admis", "pro\u200bmis"]),
        ("été", "e\u0301te\u0301", ["e\u0301te\u0301"]),
    ],
)
def test_places(pattern: str, text: str, places: list[str]) -> None:
    assert found(pattern, text) == places


def test_few_words_stand_between() -> None:
    assert found("a … b", f"a {'x ' * BETWEEN}b")
    assert not found("a … b", f"a {'x ' * (BETWEEN + 1)}b")


@pytest.mark.parametrize(
    ("kind", "text", "places"),
    [
        ("date", "le 12/05, le 1er août ou 3 fevrier 2026", ["12/05", "1er août", "3 fevrier"]),
        (
            "date",
            "2026-05-12, 12.5.2026, May 3rd, MONDAY",
            ["2026-05-12", "12.5.2026", "May 3rd", "MONDAY"],
        ),
        ("date", "24/7, 1/2, you may come, in march, 12,50", []),
        ("duration", "sous 48h, 3 jours ouvrés, 5 min.", ["48h", "3 jours", "5 min"]),
        ("duration", "3 m de tuyau, 10 personnes", []),
        ("amount", "12,50 €, $3, 12€50, 1 200 euros", ["12,50 €", "$3", "12€50", "1 200 euros"]),
        ("amount", "12 kg", []),
        ("number", "n° 17 et 3,5 ; A4", ["17", "3,5"]),
        (
            "link",
            "https://a.example/b?c www.x.example wwwhy",
            ["https://a.example/b?c", "www.x.example"],
        ),
    ],
)
def test_kinds(kind: str, text: str, places: list[str]) -> None:
    assert found(f"[{kind}]", text) == places


def test_names_of_days_and_units_are_those_of_the_brands_languages() -> None:
    assert found("[date]", "am Dienstag, lundi", "de") == ["Dienstag"]
    assert found("[duration]", "3 Tage, 3 jours", "de") == ["3 Tage"]


def test_a_kind_stands_among_words() -> None:
    assert found("livr* … [date]", "livré chez vous le 12 mai.") == ["livré chez vous le 12 mai"]
    assert found("[date] sans faute", "le 12 mai sans faute") == ["12 mai sans faute"]


def test_personal_kinds_are_found_by_whoever_knows_how() -> None:
    def mails(text: str) -> list[tuple[int, int]]:
        at = text.find("@")
        return [(at - 1, at + 2)] if at > 0 else []

    reading = Reading("write to a@b now", {"e-mail": mails})
    assert list(parse("[personal]").find(reading)) == [(9, 12)]
    assert list(parse("[E-Mail] now").find(reading)) == [(9, 16)]
    assert list(parse("[phone]").find(reading)) == []


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("", "no word"),
        ("…", "no word"),
        ("!?", "no word"),
        ("… demain", "between words"),
        ("demain …", "between words"),
        ("a * b", "for any words between"),
        ("a*b", "right before or behind"),
        ("[dates]", "did you mean 'date'"),
        ("[zzz]", "known: "),
        ("[date", "brackets"),
        ("date]", "brackets"),
    ],
)
def test_what_cannot_be_read_is_said(pattern: str, words: str) -> None:
    with pytest.raises(PatternFault, match=words):
        parse(pattern)


PIECES = st.sampled_from(
    ["a", "b*", "*", "…", "...", "[date]", "[", "]", " ", "é", "ok:", "\u200b"]
)


@given(st.lists(PIECES | st.text(max_size=3), max_size=8).map("".join), st.text(max_size=40))
def test_any_wording_in_any_text(pattern: str, text: str) -> None:
    try:
        wording = parse(pattern)
    except PatternFault:
        return
    spans = list(wording.find(Reading(text, finders(("fr",)))))
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert spans == sorted(spans)
    assert all(one[1] <= other[0] for one, other in pairwise(spans))


@given(st.lists(st.sampled_from("abcde"), min_size=1, max_size=12), st.data())
def test_what_was_written_is_found(spoken: list[str], data: st.DataObject) -> None:
    first = data.draw(st.integers(0, len(spoken) - 1))
    last = data.draw(st.integers(first, len(spoken) - 1))
    assert found(" ".join(spoken[first : last + 1]), " ".join(spoken))

"""Words are cut into the pieces that are most usual together."""

import pytest

from bot.matching.meaning.pieces import END, START, UNKNOWN, Pieces

SCORED = [
    (UNKNOWN, 0.0),
    (START, 0.0),
    (END, 0.0),
    ("▁", -3.0),
    ("▁un", -4.0),
    ("▁unseen", -12.0),
    ("seen", -5.0),
    ("s", -3.0),
    ("een", -4.5),
    ("?", -4.0),
]


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("unseen", ["▁un", "seen"]),  # -9: less than "▁unseen", and than three pieces
        ("Unseen?", ["▁un", "seen", "▁", "?"]),
        ("seen", ["▁", "seen"]),
        ("unx", ["▁un", UNKNOWN]),
        ("", []),
    ],
)
def test_a_cut_is_the_most_probable_one(text: str, cut: list[str]) -> None:
    pieces = Pieces.build(SCORED)
    names = [name for name, _ in SCORED]
    assert [names[number] for number in pieces.cut(text)] == [START, *cut, END]


def test_pieces_are_numbered_as_they_come() -> None:
    pieces = Pieces.build(SCORED)
    assert len(pieces) == len(SCORED)
    assert [pieces.number(name) for name, _ in SCORED] == list(range(len(SCORED)))
    assert pieces.number("nowhere") == pieces.number(UNKNOWN)

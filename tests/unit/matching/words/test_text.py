import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.matching.words.text import fold, tidy, words


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Où est MON colis ?!", "ou est mon colis"),
        ("l’œuvre", "l oeuvre"),
        ("l'Œuvre", "l oeuvre"),
        ("bonjourrrr", "bonjour"),
        ("hello", "hello"),
        ("1000 euros", "1000 euros"),
        ("don't I", "dont i"),
        ("don’t I", "dont i"),
        ("Straße", "strasse"),
        ("  deux\tmots\n", "deux mots"),
        ("snake_case", "snake case"),
        ("ｆｕｌｌ ﬁn", "full fin"),
        ("col\u00adis \u202eabc", "colis abc"),
        ("l\u0336i\u0336v\u0336raison", "livraison"),
        ("התּוֹר", "התור"),
        ("e\u0301te\u0301", "ete"),
        ("😀 ... !", ""),
        ("", ""),
    ],
)
def test_two_ways_to_write_the_same_become_equal(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_words_are_folded_and_in_order() -> None:
    assert words("C'est où, l'école ?") == ["c", "est", "ou", "l", "ecole"]


def test_tidy_keeps_accents() -> None:
    assert tidy("Où ça ?") == "où ça"


@given(st.text())
def test_folded_text_has_only_words_and_single_spaces(text: str) -> None:
    folded = fold(text)
    assert folded == " ".join(folded.split())
    assert not any(c.isspace() and c != " " for c in folded)
    assert all(c.isalnum() or c == " " or not c.isascii() for c in folded)

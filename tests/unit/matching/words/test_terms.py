from bot.matching.words.terms import character_grams, grams


def test_grams_are_words_and_neighbours() -> None:
    assert set(grams(["ou", "est", "colis"], [0.1, 0.1, 1.0])) == {
        "ou",
        "est",
        "colis",
        "ou est",
        "est colis",
    }
    assert grams(["colis"], [1.0])["colis"] > grams(["ou"], [0.1])["ou"]


def test_character_grams_know_the_edges_of_words() -> None:
    found = character_grams(["colis"])
    assert {" c", "s ", "olis", " coli"} <= set(found)
    assert all(2 <= len(gram) <= 5 for gram in found)

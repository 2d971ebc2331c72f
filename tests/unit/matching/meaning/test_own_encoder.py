"""The encoder that comes with the bot puts side by side what means the same."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.matching.matcher import Matcher
from bot.matching.meaning import sense
from bot.matching.meaning.encoding import ENCODER_FEATURES, Encoding
from bot.matching.meaning.own_encoder import (
    FOLDER,
    LANGUAGES,
    WIDTH,
    OwnEncoder,
    own_encoder,
    own_encoding,
)
from bot.matching.meaning.proving import Proof
from bot.models import Entry, Library, Source
from tests.support.encoders import Toy
from tests.unit.matching import shop


@pytest.fixture(scope="module")
def own() -> OwnEncoder:
    return own_encoder()


@pytest.mark.parametrize(
    ("message", "alike", "other"),
    [
        ("where is my parcel?", "when will my order be delivered", "do you sell gift cards"),
        ("où est mon colis ?", "j'attends toujours ma livraison", "quels sont vos horaires ?"),
        ("where is my parcel?", "où est mon colis ?", "quels sont vos horaires ?"),
        ("how much does it cost?", "¿cuánto cuesta?", "¿dónde está?"),
        ("how much does it cost?", "wie viel kostet das?", "wo ist das?"),
    ],
)
def test_what_means_the_same_is_nearer(
    own: OwnEncoder, message: str, alike: str, other: str
) -> None:
    said = own.encode([message, alike, other])
    assert said[0] @ said[1] > said[0] @ said[2] + 0.1


def test_sentences_do_not_look_into_each_other(own: OwnEncoder) -> None:
    texts = ["where is my parcel?", "", "non", "you and I " * 60, "quels sont vos horaires ?"]
    together = own.encode(texts)
    assert together.shape == (len(texts), WIDTH)
    for row, text in zip(together, texts, strict=True):
        assert own.encode([text])[0] == pytest.approx(row, abs=1e-5)


def test_many_texts_are_the_same_as_few(own: OwnEncoder) -> None:
    texts = [f"order number {number}, where is it?" for number in range(150)]
    assert own.encode(texts)[120:] == pytest.approx(own.encode(texts[120:]), abs=1e-5)


def test_case_and_punctuation_say_nothing(own: OwnEncoder) -> None:
    assert own.pieces.cut("Où est mon COLIS ??!") == own.pieces.cut("où est mon colis ?")
    assert own.pieces.cut("où est mon colis") != own.pieces.cut("où est mon colis ?")


def test_a_word_is_cut_where_that_is_most_usual(own: OwnEncoder) -> None:
    lines = (FOLDER / "pieces.tsv").read_text(encoding="utf-8").splitlines()
    names = [line.split("\t")[0] for line in lines]
    assert [names[piece] for piece in own.pieces.cut("ma carte ?")] == [
        "<s>",
        "▁ma",
        "▁carte",
        "▁?",
        "</s>",
    ]
    cut = [names[piece] for piece in own.pieces.cut("parcelization")]
    assert "".join(cut[1:-1]) == "▁parcelization"
    assert names[own.pieces.cut("a中")[-2]] == "<unk>"


@settings(deadline=None)
@given(st.text(max_size=300))
def test_whatever_is_written_has_a_vector(text: str) -> None:
    rows = own_encoder().encode([text])
    assert np.linalg.norm(rows[0]) == pytest.approx(1.0, abs=1e-4)


def test_a_long_text_is_read_as_far_as_a_question_goes(own: OwnEncoder) -> None:
    for text in ("mot " * 5000, "a" * 100_000, "中" * 5000):
        assert len(own.pieces.cut(text)) <= 82


def test_the_files_fit_each_other_and_say_whose_they_are(own: OwnEncoder) -> None:
    assert len(own.pieces) == len(own.codes)
    assert own.codes.shape[1] == sum(len(book) for book in own.books)
    assert "Apache License" in (FOLDER / "LICENSE").read_text(encoding="utf-8")
    assert "universal-sentence-encoder-multilingual" in (FOLDER / "NOTICE").read_text("utf-8")
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 9e6


# ── in the matcher ───────────────────────────────────────────────────────────────────────────────

NO_WORD_IN_COMMON = "may I bring this product to your store for reimbursement"


def test_the_matcher_asks_it_unless_told_otherwise() -> None:
    library = shop.library("en")
    found = Matcher.build(library, 0.9, ("en",)).match(NO_WORD_IN_COMMON)
    plain = Matcher.build(library, 0.9, ("en",), own=False).match(NO_WORD_IN_COMMON)
    assert found.matches[0].entry.id == "retour"
    chances = {match.entry.id: match.probability for match in plain.matches}
    assert found.matches[0].probability > chances.get("retour", 0.0)
    assert set(ENCODER_FEATURES) <= set(found.matches[0].features)
    assert not set(ENCODER_FEATURES) & set(plain.matches[0].features)


def test_a_language_that_it_has_not_learnt_is_matched_by_words() -> None:
    entries = (
        Entry("nl-open", "nl", "Wanneer zijn jullie open?", (), "", Source("faq.md", 1), "v1"),
        Entry("nl-retour", "nl", "Hoe stuur ik iets terug?", (), "", Source("faq.md", 2), "v1"),
    )
    assert "nl" not in LANGUAGES
    verdict = Matcher.build(Library(entries, ""), languages=("nl",)).match("wanneer open?")
    assert verdict.matches[0].entry.id == "nl-open"
    assert "encoder_best" not in verdict.matches[0].features


def test_it_is_not_read_from_its_files_where_no_language_needs_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def read() -> OwnEncoder:
        raise AssertionError

    monkeypatch.setattr("bot.matching.meaning.own_encoder.own_encoder", read)
    entry = Entry("nl-open", "nl", "Wanneer zijn jullie open?", (), "", Source("faq.md", 1), "v1")
    matcher = Matcher.build(Library((entry,), ""), languages=("nl",))
    assert matcher.match("wanneer open?").matches[0].entry.id == "nl-open"
    with pytest.raises(AssertionError):
        Matcher.build(shop.library("en"))


def test_a_message_in_such_a_language_is_not_given_to_it() -> None:
    entry = Entry("nl-open", "nl", "Wanneer zijn jullie open?", (), "", Source("faq.md", 1), "v1")
    matcher = Matcher.build(Library((*shop.entries("en"), entry), ""), languages=("en", "nl"))
    english = next(index for index in matcher.indexes if index.language == "en")
    assert not matcher.sense.meaning("nl")(english, "x")
    assert matcher.sense.meaning("en")(english, "x")


def test_a_very_large_faq_is_matched_by_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sense, "MOST_PHRASINGS", 8)
    assert not Matcher.build(shop.library("en")).sense.known
    monkeypatch.setattr(sense, "MOST_PHRASINGS", 9)
    assert set(Matcher.build(shop.library("en")).sense.known) == {"en"}


def test_an_encoder_that_is_added_goes_beside_it() -> None:
    toy = Toy()
    added = Encoding(toy, toy, frozenset({"en"}))
    matcher = Matcher.build(shop.library("fr", "en"), 0.9, ("fr", "en"), encoding=added)
    assert matcher.sense.known["en"].encodings == (own_encoding(), added)
    assert matcher.sense.known["fr"].encodings == (own_encoding(),)
    assert matcher.proofs["en"].by_own is not None
    assert matcher.slow
    assert not Matcher.build(shop.library("fr", "en")).slow
    message = "has that consignment been in transit ?"
    assert matcher.match(message, "en").matches[0].entry.id == "delai"
    toy.broken = True
    (english,) = (index for index in matcher.indexes if index.language == "en")
    assert len(matcher.sense.meaning("en")(english, message)) == 1  # its own goes on
    assert matcher.match(message, "en").matches
    assert "encoder_best" in matcher.match("où est mon colis ?", "fr").matches[0].features


def test_one_that_is_added_must_be_about_as_good() -> None:
    assert Proof(32, by_encoder=10, by_words=12).useful
    assert not Proof(32, by_encoder=10, by_words=12, by_own=15).useful
    assert Proof(32, by_encoder=13, by_words=12, by_own=15).useful
    assert "the bot's own encoder 15" in str(Proof(32, 10, 12, 15))


def test_it_reads_mistyped_words_as_the_faq_has_them() -> None:
    toy = Toy()
    added = Encoding(toy, toy, frozenset({"en"}))
    matcher = Matcher.build(shop.library("en"), 0.9, ("en",), encoding=added, own=False)
    toy.asked.clear()
    matcher.match("Wen will my DELIVRY arive?")
    matcher.match("Is the Border open?")
    assert toy.asked == ["when will my delivery arrive ?", "Is the Border open?"]

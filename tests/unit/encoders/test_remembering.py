"""What was encoded is kept: after an edit only what has changed is encoded."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from bot.encoders.remembering import Recalling, Remembering
from bot.matching.indexing.tfidf import Floats
from tests.support.encoders import Toy

TEXTS = ["my parcel", "a refund", "opening hours"]


def asked(toy: Toy, file: Path, texts: list[str]) -> list[str]:
    """What of these texts the encoder itself is asked, besides the probe that it is known by."""
    toy.asked.clear()
    rows = Remembering(toy, file).encode(texts)
    told = [text for text in toy.asked if text in texts]
    assert rows.tolist() == Toy().encode(texts).tolist()
    return told


def test_only_what_is_new_is_encoded(tmp_path: Path) -> None:
    toy, file = Toy(), tmp_path / "var" / "encoded.npz"
    assert asked(toy, file, TEXTS) == TEXTS
    assert asked(toy, file, TEXTS) == []
    assert asked(toy, file, [*TEXTS[::-1], "a refund!"]) == ["a refund!"]


def test_a_text_that_comes_twice_is_encoded_once(tmp_path: Path) -> None:
    assert asked(Toy(), tmp_path / "encoded.npz", ["a refund", "a refund"]) == ["a refund"]


def test_what_is_gone_is_forgotten(tmp_path: Path) -> None:
    toy, file = Toy(), tmp_path / "encoded.npz"
    asked(toy, file, TEXTS)
    asked(toy, file, TEXTS[:1])
    assert asked(toy, file, TEXTS) == TEXTS[1:]


def test_another_model_begins_anew(tmp_path: Path) -> None:
    class Other(Toy):
        def encode(self, texts: Sequence[str]) -> Floats:
            return super().encode(texts)[:, ::-1]

    file = tmp_path / "encoded.npz"
    asked(Toy(), file, TEXTS)
    other = Other()
    assert Remembering(other, file).encode(TEXTS).tolist() == other.encode(TEXTS).tolist()


def test_another_version_begins_anew_though_the_probe_tells_nothing(tmp_path: Path) -> None:
    toy, file = Toy(), tmp_path / "encoded.npz"
    Remembering(toy, file, version=b"1").encode(TEXTS)
    toy.asked.clear()
    Remembering(toy, file, version=b"2").encode(TEXTS)
    assert toy.asked[1:] == TEXTS  # after the probe
    toy.asked.clear()
    Remembering(toy, file, version=b"2").encode(TEXTS)
    assert toy.asked[1:] == []


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 rubbish", b"\x93NUMPY"])
def test_a_spoilt_file_is_made_anew(
    tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    toy, file = Toy(), tmp_path / "encoded.npz"
    file.write_bytes(content)
    assert asked(toy, file, TEXTS) == TEXTS
    assert "all is encoded anew" in caplog.text
    assert asked(toy, file, TEXTS) == []


def test_where_nothing_can_be_kept_all_is_encoded(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "var").write_text("in the way")
    assert asked(Toy(), tmp_path / "var" / "encoded.npz", TEXTS) == TEXTS
    assert "cannot be kept" in caplog.text


def test_short_work_asks_nothing_twice() -> None:
    toy = Toy()
    recalling = Recalling(toy)
    assert (
        recalling.encode([*TEXTS, TEXTS[0]]).tolist() == Toy().encode([*TEXTS, TEXTS[0]]).tolist()
    )
    recalling.encode(TEXTS[::-1])
    assert toy.asked == TEXTS


def test_who_only_looks_keeps_nothing_but_uses_what_is_kept(tmp_path: Path) -> None:
    toy, file = Toy(), tmp_path / "encoded.npz"
    Remembering(toy, file, keep=False).encode(TEXTS)
    assert not file.exists()
    asked(toy, file, TEXTS)
    before = file.read_bytes()
    toy.asked.clear()
    Remembering(toy, file, keep=False).encode([*TEXTS[:2], "refund"])
    assert toy.asked[1:] == ["refund"]  # after the probe
    assert file.read_bytes() == before

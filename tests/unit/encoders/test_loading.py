"""Encoders are read from their files, whatever kind they are; what cannot be is told in words."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors.numpy import save_file

from bot.encoders.loading import Checked, load
from bot.errors import EncoderError
from bot.matching.meaning.encoding import Encoder
from tests.support import encoders

STAND_IN = """
class SentenceTransformer:
    def __init__(self, folder, device):
        self.about = len(folder.rsplit("/", 1)[1])
        assert device == "cpu"

    def encode(self, texts, batch_size, show_progress_bar):
        assert not show_progress_bar
        return [[len(text), self.about] for text in texts]
"""
TEXTS = ("When will my PARCEL arrive", "refund", "", "xyz 🙂", "open open return")


def loaded(folder: Path, name: str = "model") -> Encoder:
    return load(name, folder, folder / "var" / "models")


def means(texts: tuple[str, ...]) -> NDArray[np.float64]:
    """The mean vector of the known words, by hand."""
    known = encoders.vocabulary()
    rows = []
    for text in texts:
        words = [word for word in text.lower().split() if word in known]
        vectors = [encoders.table()[known[word]] for word in words]
        rows.append(np.mean(vectors, axis=0) if vectors else np.zeros(3))
    return np.array(rows)


def directions(rows: object) -> list[list[float]]:
    found = np.asarray(rows, dtype=np.float64)
    lengths = np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9)
    return [[round(value, 5) for value in row] for row in (found / lengths).tolist()]


def test_a_static_model_is_the_mean_of_its_words(tmp_path: Path) -> None:
    encoders.static(tmp_path / "model")
    assert loaded(tmp_path).encode(TEXTS) == pytest.approx(means(TEXTS))


def test_a_static_model_may_weigh_its_words_and_share_their_rows(tmp_path: Path) -> None:
    places = encoders.vocabulary()
    weights = np.ones(len(places), dtype=np.float32)
    weights[places["open"]] = 0.0
    rows = np.arange(len(places))
    rows[places["refund"]] = places["parcel"]
    encoders.static(tmp_path / "model", weights=weights, mapping=rows)
    found = loaded(tmp_path).encode(["open return", "refund"])
    assert directions(found) == [[0, 1, 0], [1, 0, 0]]


def test_static_vectors_of_half_precision_are_read(tmp_path: Path) -> None:
    folder = encoders.static(tmp_path / "model")
    save_file({"embeddings": encoders.table().astype(np.float16)}, folder / "model.safetensors")
    assert loaded(tmp_path).encode(TEXTS).dtype == np.float32
    assert loaded(tmp_path).encode(TEXTS) == pytest.approx(means(TEXTS))


@pytest.mark.parametrize("pooled", [False, True])
def test_a_graph_is_run_and_its_tokens_become_one_vector(tmp_path: Path, *, pooled: bool) -> None:
    encoders.graph(tmp_path / "model", pooled=pooled)
    assert directions(loaded(tmp_path).encode(TEXTS)) == directions(means(TEXTS))


def test_padding_changes_nothing(tmp_path: Path) -> None:
    encoders.graph(tmp_path / "model")
    encoder = loaded(tmp_path)
    together = encoder.encode(TEXTS)
    assert together.tolist() == [encoder.encode([text])[0].tolist() for text in TEXTS]


def test_many_texts_come_back_in_their_order(tmp_path: Path) -> None:
    encoders.graph(tmp_path / "model")
    texts = tuple(" ".join(["parcel"] * (place % 7) + ["return"]) for place in range(100))
    assert directions(loaded(tmp_path).encode(texts)) == directions(means(texts))


def test_the_first_token_counts_where_the_model_says_so(tmp_path: Path) -> None:
    folder = encoders.graph(tmp_path / "model") / "1_Pooling"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps({"pooling_mode_cls_token": True}))
    assert loaded(tmp_path).encode(["refund parcel parcel"]).tolist() == [[0, 1, 0]]


def test_of_a_long_text_only_the_beginning_is_read(tmp_path: Path) -> None:
    encoders.graph(tmp_path / "model")
    long = "parcel " * 64 + "refund " * 10_000
    assert loaded(tmp_path).encode([long]).tolist() == [[1, 0, 0]]


def test_a_graph_can_be_named_itself(tmp_path: Path) -> None:
    folder = encoders.graph(tmp_path / "model")
    below = folder / "onnx" / "small.onnx"
    below.parent.mkdir()
    (folder / "model.onnx").rename(below)
    assert directions(loaded(tmp_path, str(below)).encode(["refund"])) == [[0, 1, 0]]


def test_a_static_model_comes_before_a_graph_beside_it(tmp_path: Path) -> None:
    encoders.graph(tmp_path / "model")
    (tmp_path / "model" / "model.onnx").write_bytes(b"would fail")
    encoders.static(tmp_path / "model")
    assert directions(loaded(tmp_path).encode(["refund"])) == [[0, 1, 0]]


def test_a_model_of_the_hub_that_was_downloaded_needs_no_network(tmp_path: Path) -> None:
    encoders.static(tmp_path / "var" / "models" / "somebody--tiny")
    assert directions(loaded(tmp_path, "somebody/tiny").encode(["refund"])) == [[0, 1, 0]]


def test_a_model_that_is_not_there_is_not_downloaded_by_a_check(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="somebody/tiny is not downloaded yet: `comptoir run`"):
        load("somebody/tiny", tmp_path, tmp_path, download=False)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("nowhere", "name a folder, an .onnx file, or a model of the hub such as"),
        ("../a/b/c", "name a folder"),
        ("empty", "has no model that is known"),
        ("broken", "broken cannot be used as an encoder"),
        ("garbled", "garbled cannot be used as an encoder"),
        ("lonely/model.onnx", "has no tokenizer.json beside it"),
    ],
)
def test_what_cannot_be_used_says_what_to_mend(tmp_path: Path, name: str, told: str) -> None:
    (tmp_path / "empty").mkdir()
    (encoders.graph(tmp_path / "broken") / "model.onnx").write_bytes(b"no graph")
    (encoders.static(tmp_path / "garbled") / "model.safetensors").write_bytes(b"\xff" * 20)
    (encoders.graph(tmp_path / "lonely") / "tokenizer.json").unlink()
    with pytest.raises(EncoderError, match=told) as raised:
        loaded(tmp_path, name)
    assert "\n" not in str(raised.value)


def test_without_the_package_it_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "modules.json").write_text("[]")
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(EncoderError, match="pip install 'sentence-transformers'"):
        loaded(tmp_path)
    encoders.graph(tmp_path / "model")
    monkeypatch.delitem(sys.modules, "bot.encoders.onnx")
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(EncoderError, match=r"needs the package onnxruntime: .*comptoir\[encoder\]"):
        loaded(tmp_path)


def test_sentence_transformers_runs_what_nothing_else_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "modules.json").write_text("[]")
    # Its interface only: the package brings PyTorch along, which is ten times all of the bot.
    (tmp_path / "sentence_transformers.py").write_text(STAND_IN)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "sentence_transformers", raising=False)
    encoder = loaded(tmp_path)
    monkeypatch.delitem(sys.modules, "sentence_transformers")
    assert encoder.encode(["a", "four"]).tolist() == [[1, 5], [4, 5]]


def test_what_makes_no_numbers_is_no_encoder(tmp_path: Path) -> None:
    folder = encoders.static(tmp_path / "model")
    broken = np.where(encoders.table() > 0, np.float32(np.inf), np.float32(0))
    save_file({"embeddings": broken}, folder / "model.safetensors")
    with pytest.raises(EncoderError, match="makes what are no numbers"):
        loaded(tmp_path)


def test_a_failure_is_told_once_and_is_of_one_kind(caplog: pytest.LogCaptureFixture) -> None:
    class Broken:
        def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
            raise MemoryError(f"{len(texts)} are too many")

    encoder = Checked("broken", Broken())
    for _ in range(2):
        with pytest.raises(EncoderError, match="broken fails on a text: 1 are too many"):
            encoder.encode(["a"])
    assert [record.levelname for record in caplog.records] == ["WARNING"]

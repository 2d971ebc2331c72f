"""Tiny sentence encoders, made on the spot: words that mean alike have the same vector."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import save_file
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.normalizers import Lowercase
from tokenizers.pre_tokenizers import Whitespace

from bot.errors import EncoderError

SENSES = (
    ("deliver", "delivery", "arrive", "parcel", "consignment", "transit", "order", "colis"),
    ("return", "back", "unwanted", "refund", "retourner", "renvoyer"),
    ("opening", "open", "close", "hours", "shut", "sundays", "heure", "horaires"),
)
"""Each line is a sense; what is in none of them means nothing."""
UNKNOWN = "[UNK]"


class Toy:
    """The sense of a sentence's words; counts what it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.broken = False

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if self.broken:
            raise EncoderError("the toy is broken")
        self.asked += texts
        rows = [[sum(word in text.lower() for word in one) for one in SENSES] for text in texts]
        return np.array(rows, dtype=np.float32)


def vocabulary() -> dict[str, int]:
    words = [UNKNOWN, *(word for one in SENSES for word in one)]
    return {word: place for place, word in enumerate(words)}


def table() -> NDArray[np.float32]:
    """A row for each word of the vocabulary, a column for each sense."""
    rows = np.zeros((len(vocabulary()), len(SENSES)), dtype=np.float32)
    for word, place in vocabulary().items():
        rows[place] = [word in one for one in SENSES]
    return rows


def tokenizer(folder: Path) -> None:
    made = Tokenizer(WordLevel(vocabulary(), unk_token=UNKNOWN))
    made.normalizer = Lowercase()
    made.pre_tokenizer = Whitespace()
    folder.mkdir(parents=True, exist_ok=True)
    made.save(str(folder / "tokenizer.json"))


def static(folder: Path, **more: NDArray[np.generic]) -> Path:
    """A folder as model2vec writes it."""
    tokenizer(folder)
    save_file({"embeddings": table(), **more}, folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps({"model_type": "model2vec"}), encoding="utf-8")
    return folder


def graph(folder: Path, *, pooled: bool = False) -> Path:
    """A folder with an ONNX graph that looks up each token; `pooled` gives one row a sentence."""
    tokenizer(folder)
    nodes = [helper.make_node("Gather", ["table", "input_ids"], ["tokens"])]
    output = "tokens"
    axes: list[str | int | None] = ["batch", "tokens", len(SENSES)]
    if pooled:
        nodes.append(helper.make_node("ReduceSum", ["tokens", "one"], ["summed"], keepdims=0))
        output, axes = "summed", ["batch", len(SENSES)]
    made = helper.make_model(
        helper.make_graph(
            nodes,
            "tiny",
            [helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["batch", "tokens"])],
            [helper.make_tensor_value_info(output, TensorProto.FLOAT, axes)],
            [
                numpy_helper.from_array(table(), "table"),
                numpy_helper.from_array(np.array([1], dtype=np.int64), "one"),
            ],
        ),
        opset_imports=[helper.make_opsetid("", 17)],
    )
    made.ir_version = 8
    onnx.checker.check_model(made)
    onnx.save(made, folder / "model.onnx")
    return folder

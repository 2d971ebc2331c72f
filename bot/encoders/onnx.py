"""A transformer as an ONNX graph with its tokenizer, as Optimum and Sentence Transformers export.

Sentences become token ids by `tokenizer.json` (https://github.com/huggingface/tokenizers), these a
vector for each token by the graph (https://onnxruntime.ai/docs/api/python/), and those one vector
for the sentence: their mean, or the first token's where `1_Pooling/config.json` says so. A graph
whose output is one vector a sentence already is taken at its word.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime  # type: ignore[import-untyped]  # it has no types
from numpy.typing import NDArray
from tokenizers import Tokenizer

MOST_TOKENS = 64
"""Of a text, so many are read: some 45 words. A question is shorter, and time grows with them."""
_BATCH = 32
_SENTENCE = "sentence_embedding"


class OnnxEncoder:
    """A graph, its tokenizer, and how tokens' vectors become the sentence's."""

    def __init__(self, graph: Path, folder: Path) -> None:
        """Load the graph.

        Args:
            graph: the `.onnx` file.
            folder: has `tokenizer.json`, and settings where the model differs from the usual.
        """
        self._tokenizer: Any = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(_most_tokens(folder))
        options = onnxruntime.SessionOptions()
        # The rest of the bot needs a processor, too; and an arena would keep the largest batch.
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False
        self._session: Any = onnxruntime.InferenceSession(
            str(graph), options, providers=["CPUExecutionProvider"]
        )
        self._inputs = {one.name for one in self._session.get_inputs()}
        outputs = [one.name for one in self._session.get_outputs()]
        self._output = _SENTENCE if _SENTENCE in outputs else outputs[0]
        self._first_token = _settings(folder / "1_Pooling" / "config.json").get(
            "pooling_mode_cls_token", False
        )

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """A row for each text, as the model has it, not of any certain length."""
        ids = [one.ids for one in self._tokenizer.encode_batch(list(texts))]
        order = sorted(range(len(ids)), key=lambda place: len(ids[place]))  # little padding
        parts = [
            self._run([ids[place] for place in order[start : start + _BATCH]])
            for start in range(0, len(order), _BATCH)
        ]
        rows = np.concatenate(parts)
        vectors = np.empty_like(rows)
        vectors[order] = rows
        return vectors

    def _run(self, ids: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        longest = max(1, *map(len, ids))
        tokens = np.zeros((len(ids), longest), dtype=np.int64)
        mask = np.zeros_like(tokens)
        for place, row in enumerate(ids):
            tokens[place, : len(row)] = row
            mask[place, : len(row)] = 1
        given = {
            "input_ids": tokens,
            "attention_mask": mask,
            "token_type_ids": np.zeros_like(tokens),
        }
        wanted = {name: value for name, value in given.items() if name in self._inputs}
        output = np.asarray(self._session.run([self._output], wanted)[0], dtype=np.float32)
        if output.ndim == 2:
            return output
        if self._first_token:
            return np.asarray(output[:, 0])
        weights = mask[:, :, None].astype(np.float32)
        return np.asarray((output * weights).sum(axis=1) / np.maximum(weights.sum(axis=1), 1.0))


def _most_tokens(folder: Path) -> int:
    """How many tokens of a sentence are read: as many as the model takes, `MOST_TOKENS` at most."""
    tokens = _settings(folder / "sentence_bert_config.json").get("max_seq_length")
    positions = _settings(folder / "config.json").get("max_position_embeddings")
    # Models of RoBERTa's kind count positions from 2.
    limits = (tokens, positions - 2 if isinstance(positions, int) else None)
    known = [limit for limit in limits if isinstance(limit, int) and limit > 0]
    return min([MOST_TOKENS, *known])


def _settings(path: Path) -> Mapping[str, Any]:
    """A table of the model's settings; empty where there is no such file."""
    if not path.is_file():
        return {}
    table = json.loads(path.read_text(encoding="utf-8"))
    return table if isinstance(table, dict) else {}

"""From the name in bot.toml to an encoder that has been tried, or to what is to be mended.

A name is a folder, an `.onnx` file, or a model of the hub (https://huggingface.co), which is
downloaded once into a folder of our own. What kind of model it is shows in its files.
"""

import json
import logging
import re
import shutil
from collections.abc import Callable, Collection, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.errors import EncoderError
from bot.matching.meaning.encoding import Encoder

_log = logging.getLogger(__name__)

_HUB_NAME = re.compile(r"[\w.-]+/[\w.-]+")
_GRAPHS = ("model.onnx", "onnx/model.onnx")
_STATIC = ("model.safetensors", "0_StaticEmbedding/model.safetensors")
_TRIALS = ("", "Where is my parcel?", "où est mon colis ? 🙂 " * 100, "\u202eمتى\x00 \ufffd")
"""An encoder must make something of all that followers write."""


def load(name: str, folder: Path, models: Path, *, download: bool = True) -> Encoder:
    """Load the encoder of that name, and try it.

    Args:
        name: a path, or "owner/model" of the hub.
        folder: what a relative path begins at.
        models: where downloaded models are kept.
        download: fetch a model of the hub that is not there.

    Raises:
        EncoderError: it cannot be used; says what to mend.
    """
    path = folder / name
    if not path.exists():
        path = _fetched(name, path, models, download=download)
    try:
        encoder = Checked(name, _open(path))
        encoder.encode(_TRIALS)
        encoder.encode(_TRIALS[:1])
    except ModuleNotFoundError as error:
        wanted = "comptoir[encoder]"
        if error.name == "sentence_transformers":
            wanted = "sentence-transformers"
        raise EncoderError(
            f"{name} needs the package {error.name}: pip install '{wanted}'"
        ) from None
    except EncoderError:
        raise
    except Exception as error:  # each library has its own errors, and many have no common root
        raise EncoderError(f"{name} cannot be used as an encoder: {_first_line(error)}") from error
    return encoder


def _open(path: Path) -> Encoder:
    """Load what lies there; raises whatever the libraries raise."""
    if path.is_file():
        return _onnx(path, _beside(path, "tokenizer.json"))
    names = {found.relative_to(path).as_posix() for found in path.rglob("*") if found.is_file()}
    return _OPENERS[_kind(path, names)](path, names)


def _kind(folder: Path, names: Collection[str]) -> str:
    """What kind of model a folder with these files has.

    Static models come first, and graphs before what needs PyTorch: many folders have several.

    Raises:
        EncoderError: none that is known.
    """
    modules = _table(folder / "modules.json")
    static = _table(folder / "config.json").get("model_type") == "model2vec" or any(
        "StaticEmbedding" in str(module.get("type")) for module in modules.get("modules", ())
    )
    if static and any(name in names for name in _STATIC):
        return "static"
    if _graph(names) and "tokenizer.json" in names:
        return "onnx"
    if "modules.json" in names or "config.json" in names:
        return "sentence-transformers"
    raise EncoderError(
        f"{folder} has no model that is known: it needs tokenizer.json and an .onnx file, or the "
        "files of model2vec or of Sentence Transformers"
    )


def _graph(names: Collection[str]) -> str | None:
    """The graph among these files: one of the usual name, or the only one."""
    usual = [name for name in _GRAPHS if name in names]
    graphs = usual or [name for name in names if name.endswith(".onnx")]
    return graphs[0] if usual or len(graphs) == 1 else None


def _static(folder: Path, names: Collection[str]) -> Encoder:
    static = import_module("bot.encoders.static")
    weights = folder / next(name for name in _STATIC if name in names)
    encoder: Encoder = static.StaticEncoder(weights, weights.with_name("tokenizer.json"))
    return encoder


def _onnx(graph: Path, folder: Path) -> Encoder:
    onnx = import_module("bot.encoders.onnx")
    encoder: Encoder = onnx.OnnxEncoder(graph, folder)
    return encoder


def _sentence_transformers(folder: Path, _: Collection[str]) -> Encoder:
    module = import_module("bot.encoders.sentence_transformers")
    encoder: Encoder = module.SentenceTransformersEncoder(folder)
    return encoder


_OPENERS: Mapping[str, Callable[[Path, Collection[str]], Encoder]] = {
    "static": _static,
    "onnx": lambda folder, names: _onnx(folder / str(_graph(names)), folder),
    "sentence-transformers": _sentence_transformers,
}


def _beside(file: Path, name: str) -> Path:
    """The folder of a graph, or the one above, whichever has a file of that name."""
    for folder in (file.parent, file.parent.parent):
        if (folder / name).is_file():
            return folder
    raise EncoderError(f"{file} has no {name} beside it, nor in the folder above")


class Checked:
    """An encoder whose failures are all of one kind, and told once."""

    def __init__(self, name: str, encoder: Encoder) -> None:
        self._name = name
        self._encoder = encoder
        self._told = False

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """A row for each text; raises EncoderError, whatever goes wrong."""
        try:
            rows = self._encoder.encode(texts)
        except Exception as error:
            if not self._told:
                _log.warning("The encoder %s fails: %r", self._name, error)
                self._told = True
            raise EncoderError(f"{self._name} fails on a text: {_first_line(error)}") from error
        if rows.ndim != 2 or len(rows) != len(texts):
            raise EncoderError(f"{self._name} is no sentence encoder: it makes {rows.shape}")
        if not np.isfinite(rows).all():
            raise EncoderError(f"{self._name} is broken: it makes what are no numbers (NaN)")
        return rows


# ── the hub ──────────────────────────────────────────────────────────────────────────────────────


def _fetched(name: str, path: Path, models: Path, *, download: bool) -> Path:
    """The folder of a model of the hub, downloaded where it is not there yet."""
    if not _HUB_NAME.fullmatch(name):
        raise EncoderError(
            f"there is no {path}: name a folder, an .onnx file, or a model of the hub such as "
            "'minishlab/potion-base-8M'"
        )
    target = models / name.replace("/", "--")
    if target.is_dir():
        return target
    if not download:
        raise EncoderError(
            f"there is no {path}, and {name} is not downloaded yet: `comptoir run` does so"
        )
    try:
        hub: Any = import_module("huggingface_hub")
    except ModuleNotFoundError:
        raise EncoderError(
            f"there is no {path}, and a model of the hub needs pip install 'comptoir[encoder]'"
        ) from None
    beside = target.with_name(f".{target.name}.new")
    try:
        _download(hub, name, beside)
        shutil.rmtree(beside / ".cache", ignore_errors=True)
        beside.rename(target)
    except EncoderError:
        raise
    except Exception as error:
        raise EncoderError(
            f"there is no {path}, and {name} cannot be downloaded from the hub: "
            f"{_first_line(error)} (download it elsewhere, and name its folder)"
        ) from error
    return target


def _download(hub: Any, name: str, target: Path) -> None:
    """Only what is needed: settings first, which tell what kind of model it is."""
    names = set(hub.HfApi().list_repo_files(name))
    hub.snapshot_download(name, local_dir=target, allow_patterns=["*.json", "*.txt", "*.model"])
    kind = _kind(target, names)
    weights = {
        "static": list(_STATIC),
        "onnx": [f"{_graph(names)}*"],
        "sentence-transformers": ["*.safetensors" if _safe(names) else "*.bin"],
    }
    hub.snapshot_download(name, local_dir=target, allow_patterns=weights[kind])


def _safe(names: Collection[str]) -> bool:
    return any(name.endswith(".safetensors") for name in names)


def _table(path: Path) -> dict[str, Any]:
    """A file of settings; empty where there is none, a list as the only value of "modules"."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {"modules": content}


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]

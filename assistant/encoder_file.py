"""The embedded embedder's file: its weights by the names that a BERT gives them, and where each stands.

    found = weights(MiniLM.model())
    found["encoder.layer.5.output.dense.weight"].array         # float32, shape (384, 1536)
    found["encoder.layer.5.output.dense.weight"].stored(array)    # place in the file → its bytes, rounded as there

Tables are kept there in whole numbers of -127 to 127 and one scale a column (a row, of embeddings). Needs ``onnx``,
as training does and nothing else.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from assistant.ridge import Floats
from knowledge.embed import Patch

INNER = "inner."
"""What the file puts before a BERT's names."""
MOST = 127


@dataclass(frozen=True, slots=True)
class Weight:
    """A BERT's weight. ``at``: where its numbers begin; ``scales_at``: its scales, -1 where it is not rounded."""

    array: Floats
    at: int
    scales_at: int = -1
    turned: bool = False

    def stored(self, array: Floats) -> Patch:
        """What stands in the file for other values of this weight, which is none of the embeddings' two tables."""
        kept = np.ascontiguousarray(array.T if self.turned else array, dtype="<f4")
        if self.scales_at < 0:
            return {self.at: kept.tobytes()}
        scales = np.maximum(np.abs(kept).max(axis=0, keepdims=True), 1e-12) / MOST
        return {self.at: np.rint(kept / scales).astype(np.int8).tobytes(), self.scales_at: scales.tobytes()}


def weights(data: bytes) -> dict[str, Weight]:
    """All weights of the encoder.

    Raises:
        ImportError: onnx is not installed.
    """
    import onnx

    graph = onnx.load_from_string(data).graph
    raw = {tensor.name: tensor for tensor in graph.initializer}
    by = {made: node for node in graph.node for made in node.output}
    found = {name.removeprefix(INNER): _plain(data, tensor) for name, tensor in raw.items() if _is_plain(name)}
    for name in [n for n in raw if n.endswith(".weight_q")]:
        found[name.removeprefix(INNER).removesuffix("_q")] = _rounded(
            data, raw, name.removesuffix("_q"), turned=False
        )
    for node in graph.node:
        bias = next((i for i in node.input if i in raw and i.endswith(".bias")), "")
        product = next((by[i] for i in node.input if i in by and by[i].op_type == "MatMul"), None)
        if node.op_type == "Add" and bias and product is not None:
            name = bias.removeprefix(INNER).removesuffix("bias") + "weight"
            found[name] = _rounded(data, raw, product.input[1], turned=True)
    return found


def _is_plain(name: str) -> bool:
    return name.startswith(INNER) and name.endswith((".weight", ".bias"))


def _plain(data: bytes, tensor: Any) -> Weight:
    array = np.frombuffer(tensor.raw_data, dtype="<f4").reshape(tensor.dims)
    return Weight(array.astype(np.float32), _place(data, tensor))


def _rounded(data: bytes, raw: dict[str, Any], name: str, turned: bool) -> Weight:
    whole, scales = raw[f"{name}_q"], raw[f"{name}_scale"]
    numbers = np.frombuffer(whole.raw_data, dtype=np.int8).reshape(whole.dims).astype(np.float32)
    array = numbers * np.frombuffer(scales.raw_data, dtype="<f4").reshape(scales.dims)
    return Weight(array.T.copy() if turned else array, _place(data, whole), _place(data, scales), turned)


def _place(data: bytes, tensor: Any) -> int:
    """Where a tensor's bytes stand: there, and nowhere else."""
    at = data.find(tensor.raw_data)
    if at < 0 or data.find(tensor.raw_data, at + 1) >= 0:
        raise ValueError(f"{tensor.name} does not stand in the file once.")
    return at

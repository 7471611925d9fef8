"""What it costs to read the ops of a large frozen export, against parsing it with TensorFlow's own message."""

from __future__ import annotations

import tempfile
from pathlib import Path

from ratio import Ratio, best

from workbench.core.export import read_signatures
from workbench.core.lazy import tensorflow
from workbench.core.savedmodel.reach import reach

WEIGHTS, WEIGHT_BYTES = 100, 1_000_000
"""Constants of a network of 25 million parameters, and as many bytes in each."""

LAYERS = 3000


def run() -> list[Ratio]:
    """The runtime reach and the signatures of an export of 100 MB."""
    tensorflow()
    from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "saved_model.pb"
        path.write_bytes(_large())
        peer = best(lambda: SavedModel.FromString(path.read_bytes()))
        rows = (("reach", reach), ("signatures", read_signatures))
        return [_row(name, best(lambda work=work: work(path.parent)), peer) for name, work in rows]  # type: ignore[misc]


def _row(name: str, ours: float, peer: float) -> Ratio:
    return Ratio(step=f"{name} of 100 MB", ours=ours, peer="SavedModel.FromString", peer_seconds=peer)


def _large() -> bytes:
    from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

    message = SavedModel(saved_model_schema_version=1)
    meta = message.meta_graphs.add()
    meta.meta_info_def.tags.append("serve")
    for number in range(WEIGHTS):
        node = meta.graph_def.node.add(name=f"w{number}", op="Const")
        node.attr["value"].tensor.tensor_content = bytes(WEIGHT_BYTES)
    for number in range(LAYERS):
        node = meta.graph_def.node.add(name=f"conv{number}", op="Conv2D", input=[f"w{number % WEIGHTS}"])
        node.attr["padding"].s = b"SAME"
        node.attr["strides"].list.i.extend([1, 1, 1, 1])
    return bytes(message.SerializeToString())

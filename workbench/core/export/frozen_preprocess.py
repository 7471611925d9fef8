"""The preprocessing of an export alone, frozen as in the export and run as serving runs it, without a model.

It has two parts: the geometry takes a second to trace and depends on few settings; the steps on pixel values take
almost no time. Together they are the graph that an export begins with.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy.typing as npt

from workbench.core.export.freeze import FrozenGraph, freeze
from workbench.core.export.pixels.values import computed
from workbench.core.export.preprocess import preprocess_function
from workbench.core.export.write import PB_NAME
from workbench.core.lazy import tensorflow
from workbench.core.savedmodel.opening import open_session
from workbench.spec.image_feeds import own_size
from workbench.spec.model import TensorFacts
from workbench.spec.preprocess import Preprocess
from workbench.spec.step_forms import parse_step
from workbench.spec.step_rules import channel_and_value_steps
from workbench.spec.steps import ReverseChannels, Values

Array = npt.NDArray[Any]

SIGNATURE, GIVEN, FOUND = "piece", "given", "found"
PREDICT: Final = "tensorflow/serving/predict"


class FrozenSession:
    """A frozen graph with one input and one output, of those dtypes, in a session of its own.

    TensorFlow's graph optimiser is left out: single images do not repay it.
    """

    def __init__(self, frozen: FrozenGraph, given: str, found: str) -> None:
        with tempfile.TemporaryDirectory(prefix="workbench-preprocess-") as folder:
            _write(frozen, (given, found), Path(folder))
            self._session = open_session(Path(folder), optimise=False)

    def run(self, batch: Array | list[bytes]) -> Array:
        """One batch. Raises `WorkbenchError` RUN_FAILED with the graph's own words for an image that it rejects."""
        return self._session.run(SIGNATURE, {GIVEN: batch})[FOUND]

    def close(self) -> None:
        """Free the session and its memory."""
        self._session.close()


def geometry_session(settings: Preprocess, tensor: TensorFacts) -> FrozenSession:
    """Encoded images to pixel values (0-255), for settings as `geometry_of` gives them.

    Paths in the steps start at the working folder (`step_files.located`). Raises as `preprocess_function` does.
    """
    tf = tensorflow()
    function = preprocess_function(settings, channels_of(tensor), own_size(tensor))
    spec = tf.TensorSpec([None], tf.string, name="encoded")
    return FrozenSession(freeze(lambda encoded: [tf.identity(function(encoded))], [spec]), "string", "float32")


def values_session(settings: Preprocess, tensor: TensorFacts) -> FrozenSession:
    """Pixel values (0-255) to the numbers that the network gets. Raises as `preprocess_function` does."""
    tf = tensorflow()
    channels = channels_of(tensor)
    preprocess_function(settings, channels, own_size(tensor))  # It checks all settings together.
    steps = channel_and_value_steps(settings)
    spec = tf.TensorSpec([None, None, None, channels], tf.float32, name="levels")
    frozen = freeze(lambda levels: [tf.cast(tf.identity(computed(levels, steps)), tensor.dtype)], [spec])
    return FrozenSession(frozen, "float32", tensor.dtype)


def geometry_of(settings: Preprocess) -> Preprocess:
    """The settings without the steps on pixel values. Raises `WorkbenchError` BAD_STEP."""
    if not settings.steps:
        return msgspec.structs.replace(settings, scale="0..255", colour="rgb")
    kept = tuple(text for text in settings.steps if not isinstance(parse_step(text), ReverseChannels | Values))
    rest = msgspec.structs.replace(settings, steps=kept)
    return rest if kept else geometry_of(rest)


def channels_of(tensor: TensorFacts) -> int:
    """The channels of a model input; 3 if it leaves them open."""
    return (tensor.shape or (None,) * 4)[3] or 3


def _write(frozen: FrozenGraph, dtypes: tuple[str, str], folder: Path) -> None:
    """A SavedModel of the graph alone."""
    tf = tensorflow()
    from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

    message = SavedModel(saved_model_schema_version=1)
    piece = message.meta_graphs.add()
    piece.meta_info_def.tags.append("serve")
    piece.graph_def.CopyFrom(frozen.graph_def)
    signature = piece.signature_def[SIGNATURE]
    signature.method_name = PREDICT
    sides = ((signature.inputs[GIVEN], frozen.inputs[0]), (signature.outputs[FOUND], frozen.outputs[0]))
    for (info, name), dtype in zip(sides, dtypes, strict=True):
        info.name, info.dtype = name, tf.as_dtype(dtype).as_datatype_enum
        info.tensor_shape.unknown_rank = True
    (folder / PB_NAME).write_bytes(message.SerializeToString())

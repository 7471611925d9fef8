"""The preprocessing of an export alone: the graph that an export would begin with, run without its model."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from workbench.core.export.freeze import freeze_preprocess
from workbench.core.export.preprocess import preprocess_function
from workbench.core.lazy import tensorflow
from workbench.core.tensor_values import brief
from workbench.spec.errors import WorkbenchError
from workbench.spec.image_feeds import own_size
from workbench.spec.model import TensorFacts
from workbench.spec.preprocess import Preprocess


class PreprocessSession:
    """Made for a model input of those facts; paths in the steps start at the working folder (`step_files.located`).

    Raises `WorkbenchError` as `preprocess_function` does. TensorFlow's graph optimiser is left out: single images do
    not repay it.
    """

    def __init__(self, settings: Preprocess, tensor: TensorFacts) -> None:
        function = preprocess_function(settings, channels_of(tensor), own_size(tensor))
        frozen = freeze_preprocess(function, tensor.dtype)
        self._tf = tf = tensorflow()
        config = tf.compat.v1.ConfigProto()
        config.graph_options.rewrite_options.disable_meta_optimizer = True
        graph = tf.Graph()
        with graph.as_default():
            tf.graph_util.import_graph_def(frozen.graph_def, name="")
        self._session = tf.compat.v1.Session(graph=graph, config=config)
        (self._input,), (self._output,) = frozen.inputs, frozen.outputs

    def read(self, data: bytes) -> npt.NDArray[Any]:
        """One encoded image as the network gets it: `(height, width, channels)` of the model input's dtype.

        Raises `WorkbenchError` RUN_FAILED with the graph's own words for an image that it rejects.
        """
        try:
            return np.asarray(self._session.run(self._output, {self._input: [data]})[0])
        except (self._tf.errors.OpError, ValueError, TypeError) as err:
            raise WorkbenchError("RUN_FAILED", brief(err)) from err

    def close(self) -> None:
        """Free the session and its memory."""
        self._session.close()


def channels_of(tensor: TensorFacts) -> int:
    """The channels a model input takes; 3 where it leaves that open."""
    return (tensor.shape or (None,) * 4)[3] or 3

"""Layers and functions that old files name and tf_keras lacks, reimplemented here; TensorFlow must be loaded."""

from __future__ import annotations

from typing import Any

from workbench.core.keras_internals import convnext_layers
from workbench.core.lazy import legacy_keras, tensorflow


def supplied_objects() -> dict[str, Any]:
    """The objects by their names in the files: those of `names.SUPPLIED`, and the layer of the bilinear repair."""
    tf = tensorflow()
    cast, expand = _auto_keras()
    return {
        **convnext_layers(),
        "relu6": tf.nn.relu6,
        "silu": tf.nn.silu,
        "CastToFloat32": cast,
        "Custom>CastToFloat32": cast,
        "ExpandLastDim": expand,
        "Custom>ExpandLastDim": expand,
        "LegacyBilinearUpSampling2D": _bilinear(),
    }


def _auto_keras() -> tuple[type, type]:
    """AutoKeras' two helper layers (`autokeras/keras_layers.py`)."""
    tf = tensorflow()
    base: Any = legacy_keras().layers.Layer

    class CastToFloat32(base):  # type: ignore[misc]
        """Casts to float32."""

        def call(self, inputs: Any) -> Any:
            return tf.cast(inputs, tf.float32)

    class ExpandLastDim(base):  # type: ignore[misc]
        """Adds a last dimension of 1."""

        def call(self, inputs: Any) -> Any:
            return tf.expand_dims(inputs, axis=-1)

    return CastToFloat32, ExpandLastDim


def _bilinear() -> type:
    tf = tensorflow()
    base: Any = legacy_keras().layers.UpSampling2D

    class LegacyBilinearUpSampling2D(base):  # type: ignore[misc]
        """Bilinear UpSampling2D as multi-backend Keras computed it: pixels aligned by their corners."""

        def call(self, inputs: Any) -> Any:
            first = self.data_format == "channels_first"
            picture = tf.transpose(inputs, [0, 2, 3, 1]) if first else inputs
            # A size that is known now is written as a constant, so that a frozen graph keeps its shapes.
            known = picture.shape[1:3].as_list()
            size = tf.shape(picture)[1:3] if None in known else tf.constant(known, tf.int32)
            size *= tf.constant(self.size, tf.int32)
            larger = tf.compat.v1.image.resize_bilinear(picture, size)
            larger = tf.transpose(larger, [0, 3, 1, 2]) if first else larger
            larger.set_shape(self.compute_output_shape(inputs.shape))
            return larger

    return LegacyBilinearUpSampling2D

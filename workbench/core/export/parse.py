"""Serialized `tf.train.Example`s to the serving signature's inputs, with ops of every runtime since 1.15."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from workbench.core.lazy import tensorflow
from workbench.spec.examples import EXAMPLE_DTYPES
from workbench.spec.tensors import NUMPY_NAMES, SignatureInput

Tensor = Any


def parse_examples(
    serialized: Tensor, feeds: Sequence[SignatureInput], defaults: Mapping[str, object]
) -> dict[str, Tensor]:
    """One tensor per alias from serialized Examples `(n,)`; the name of each feature is its alias.

    A missing feature without a default fails the batch with TensorFlow's message, which names it. `ParseExample` and
    not V2, which TF 1.15 does not have.
    """
    if not feeds:
        return {}
    tf = tensorflow()
    kinds = [EXAMPLE_DTYPES[NUMPY_NAMES[feed.tensor.dtype]] for feed in feeds]
    shapes = [list((feed.tensor.shape or (-1,))[1:]) for feed in feeds]
    with tf.device("/CPU:0"):
        values = tf.raw_ops.ParseExample(
            serialized=serialized,
            names=tf.constant([], tf.string),
            sparse_keys=[],
            dense_keys=[feed.alias for feed in feeds],
            dense_defaults=[_default(feed, kind, defaults) for feed, kind in zip(feeds, kinds, strict=True)],
            sparse_types=[],
            dense_shapes=shapes,
        ).dense_values
    return {
        feed.alias: tf.cast(value, NUMPY_NAMES[feed.tensor.dtype]) for feed, value in zip(feeds, values, strict=True)
    }


def _default(feed: SignatureInput, kind: str, defaults: Mapping[str, object]) -> Tensor:
    tf = tensorflow()
    if feed.alias not in defaults:
        return tf.constant([], kind)  # An empty default makes the feature required.
    value = tf.constant(defaults[feed.alias])
    return tf.cast(value, kind) if kind != "string" else value

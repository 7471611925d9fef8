"""Folding changes the number of nodes and nothing else: against the model's own `predict`, for every form of a norm."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from workbench.core.export.fold import fold
from workbench.core.export.freeze import FrozenGraph, freeze_model
from workbench.core.lazy import legacy_keras, tensorflow
from workbench.core.model import load

pytestmark = pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")
SHAPE = (12, 10, 3)


Folded = Callable[[Any], tuple[Counter[str], Counter[str]]]


@pytest.fixture
def folded(tmp_path: Path) -> Folded:
    """Folds a model's graph, holds it to the model, and answers the ops before and after."""

    def run(model: Any) -> tuple[Counter[str], Counter[str]]:
        _shake(model)
        legacy = "tf_keras" in type(model).__module__
        path = tmp_path / ("m.h5" if legacy else "m.keras")
        model.save(path)
        loaded = load(path)
        before = freeze_model(loaded)
        after = fold(before)
        given = np.random.default_rng(2).normal(size=(3, *SHAPE)).astype("float32")
        expected = loaded.predict([given])
        for ours, theirs in zip(_answer(after, given), expected, strict=True):
            np.testing.assert_allclose(ours, theirs, atol=2e-5, rtol=1e-4)
        return _ops(before), _ops(after)

    return run


def _shake(model: Any) -> None:
    """Weights as after training: fresh norms have means of 0 and hide what folding does."""
    random = np.random.default_rng(1)
    model.set_weights([np.abs(w + random.normal(0, 0.3, w.shape)).astype("float32") + 0.1 for w in model.get_weights()])


def _answer(graph: FrozenGraph, given: Any) -> list[Any]:
    tf1 = tensorflow().compat.v1
    with tf1.Session(graph=tf1.Graph()) as session:
        tf1.graph_util.import_graph_def(graph.graph_def, name="")
        answer: list[Any] = session.run(list(graph.outputs), {graph.inputs[0]: given})
        return answer


def _ops(graph: FrozenGraph) -> Counter[str]:
    return Counter(node.op for node in graph.graph_def.node)


NORMS = ("FusedBatchNormV3", "Mul", "AddV2", "Sub", "Rsqrt")


def _left(ops: Counter[str]) -> int:
    return sum(ops[op] for op in NORMS)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("kind", ["Conv2D", "DepthwiseConv2D"])
def test_a_norm_behind_a_convolution_goes_into_it(keras: Any, folded: Folded, kind: str, bias: bool) -> None:
    L = keras.layers
    image = keras.Input(SHAPE)
    first = (
        L.Conv2D(4, 3, use_bias=bias) if kind == "Conv2D" else L.DepthwiseConv2D(3, depth_multiplier=2, use_bias=bias)
    )
    x = L.ReLU()(L.BatchNormalization(epsilon=0.01)(first(image)))
    before, after = folded(keras.Model(image, L.Conv2D(2, 3, padding="same")(x)))
    assert _left(before) > 0
    assert _left(after) == 0
    assert after["BiasAdd"] == 2


def test_a_norm_without_scale_or_centre_goes_too(keras: Any, folded: Folded) -> None:
    L = keras.layers
    image = keras.Input(SHAPE)
    x = L.BatchNormalization(scale=False)(L.Conv2D(3, 3)(image))
    x = L.BatchNormalization(center=False)(L.Conv2D(3, 3)(L.ReLU()(x)))
    _, after = folded(keras.Model(image, x))
    assert _left(after) == 0


def test_a_convolution_that_others_read_too_is_left_alone(keras: Any, folded: Folded) -> None:
    L = keras.layers
    image = keras.Input(SHAPE)
    shared = L.Conv2D(3, 3)(image)
    both = L.Add()([L.BatchNormalization()(shared), L.ReLU()(shared)])
    _, after = folded(keras.Model(image, [both, shared]))
    assert _left(after) > 0


def test_weights_that_two_calls_share_are_left_alone(keras: Any, folded: Folded) -> None:
    L = keras.layers
    image = keras.Input(SHAPE)
    conv = L.Conv2D(3, 3, padding="same")
    once = L.BatchNormalization()(conv(image))
    folded(keras.Model(image, L.BatchNormalization()(conv(L.ReLU()(once)))))


def test_a_norm_that_comes_first_or_behind_a_relu_stays(keras: Any, folded: Folded) -> None:
    L = keras.layers
    image = keras.Input(SHAPE)
    x = L.BatchNormalization()(L.ReLU()(L.Conv2D(3, 3)(L.BatchNormalization()(image))))
    _, after = folded(keras.Model(image, x))
    assert _left(after) > 0
    assert after["Rsqrt"] == 0


def test_arithmetic_by_channel_and_by_one_number_is_folded_and_by_pixel_is_not(folded: Folded) -> None:
    tf = tensorflow()
    import keras

    image = keras.Input(SHAPE)
    x = keras.layers.Conv2D(3, 3, padding="same")(image)
    x = (x * 2.0 - np.array([1.0, 2.0, 3.0], "float32")) * np.array([0.5, 0.25, 2.0], "float32") + 1.0
    _, after = folded(keras.Model(image, keras.layers.ReLU()(x)))
    assert _left(after) == 0
    by_pixel = tf.range(120, dtype=tf.float32).numpy().reshape(1, 12, 10, 1)
    x = keras.layers.Conv2D(3, 3, padding="same")(image)
    _, after = folded(keras.Model(image, x * by_pixel))
    assert after["Mul"] == 1


def test_loops_are_folded_around_and_still_run(folded: Folded) -> None:
    L = legacy_keras().layers
    image = legacy_keras().Input(SHAPE)
    x = L.BatchNormalization()(L.Conv2D(3, 3, padding="same")(image))
    x = L.GRU(4)(L.Reshape((12, 30))(x))
    before, after = folded(legacy_keras().Model(image, L.Dense(2)(x)))
    assert after["Enter"] > 0
    assert sum(after.values()) < sum(before.values())

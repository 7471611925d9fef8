"""Facts of outputs from a traced call: some layers of Keras 3 foretell another shape or dtype than they give.

In 3.15 `TextVectorization` foretells one axis too many for counts, and a lookup with `invert` whole numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from workbench.core.lazy import tensorflow
from workbench.core.model.lookups import LOOKUPS
from workbench.spec.model import ModelFacts, TensorFacts

if TYPE_CHECKING:
    from workbench.core.model.load import LoadedModel


def traced_facts(model: LoadedModel) -> ModelFacts:
    """The facts of a loaded model, its outputs as a call gives them where what Keras foretells is not sure."""
    layers = model.keras_model._flatten_layers()
    if not any(type(layer).__name__ in LOOKUPS for layer in layers):
        return model.facts
    tf = tensorflow()
    specs = [tf.TensorSpec(t.shape or (None,), t.dtype) for t in model.facts.inputs]
    concrete = tf.function(lambda *given: model(given), autograph=False).get_concrete_function(*specs)
    pairs = zip(model.facts.outputs, concrete.outputs, strict=True)
    return msgspec.structs.replace(model.facts, outputs=tuple(_traced(facts, tensor) for facts, tensor in pairs))


def _traced(facts: TensorFacts, tensor: Any) -> TensorFacts:
    if tensor.shape.rank is None:
        return msgspec.structs.replace(facts, dtype=tensor.dtype.name)
    return msgspec.structs.replace(facts, dtype=tensor.dtype.name, shape=(None, *tensor.shape.as_list()[1:]))

"""How a loaded model is called and its outputs are read: by its own structure, tensors matched to the file's facts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from workbench.core.keras_internals import flat_layers, origin_of
from workbench.core.lazy import tensorflow
from workbench.core.model.config import Config, Source, comparable, endpoints
from workbench.core.model.lookups import LOOKUPS
from workbench.core.model.structure import Leaf, leaves, packed, read_by
from workbench.core.model.tensors import output_endpoints
from workbench.spec.errors import WorkbenchError
from workbench.spec.model import ModelFacts, Shape, TensorFacts

if TYPE_CHECKING:
    from workbench.core.model.load import LoadedModel


class InterfaceSide(msgspec.Struct, frozen=True):
    """The inputs or the outputs of a loaded model: its nested structure, and the tensor of each fact."""

    structure: Any
    tensors: tuple[Any, ...]
    order: tuple[int, ...]
    """For each tensor in Keras' order, the index of its fact."""

    def pack(self, values: Sequence[Any]) -> Any:
        """Values in the order of the facts, as the structure that the model is called with."""
        return packed(self.structure, is_tensor, [values[place] for place in self.order])

    def read(self, answered: Any) -> list[Any]:
        """The values of a structured result, in the order of the facts."""
        found = read_by(self.structure, is_tensor, answered)
        return [found[self.order.index(place)] for place in range(len(found))]


class ModelInterface(msgspec.Struct, frozen=True):
    """How a model is called and how its result is read."""

    inputs: InterfaceSide
    outputs: InterfaceSide


def interface_of(facts: ModelFacts, config: Config, model: Any) -> ModelInterface:
    """Match the tensors of a loaded model to the facts of its file.

    A tensor is found by its position in the author's structure; its layer and its index among that layer's outputs must
    be those that the file names. Raises `WorkbenchError` BAD_CONFIG if they are not, or if the numbers of tensors
    differ.
    """
    sequential = config.get("class_name") == "Sequential"
    given = [] if sequential else endpoints(config, "input_layers")
    answered = [] if sequential else output_endpoints(config)
    return ModelInterface(
        _side("inputs", facts, facts.inputs, given, _structure(model, "input")),
        _side("outputs", facts, facts.outputs, answered, _structure(model, "output")),
    )


def _structure(model: Any, side: str) -> Any:
    """The structure of a functional model; for a Sequential or an author's own class, its list of tensors."""
    try:
        structure = getattr(model, side) if type(model).__name__ != "Sequential" else None
    except (AttributeError, RuntimeError, ValueError):
        structure = None
    if structure is not None:
        return structure
    tensors = list(getattr(model, f"{side}s", None) or [])
    return tensors[0] if len(tensors) == 1 else tensors


def is_tensor(value: Any) -> bool:
    """Whether a part of a loaded model's structure is a tensor."""
    return not isinstance(value, dict | list | tuple)


def _side(
    name: str, facts: ModelFacts, told: Sequence[TensorFacts], stored: Sequence[Leaf], structure: Any
) -> InterfaceSide:
    live = leaves(structure, is_tensor)
    if len(live) != len(told):
        text = f"The file names {len(told)} {name}; loaded it has {len(live)}."
        raise WorkbenchError("BAD_CONFIG", text, where=facts.path)
    # Both libraries drop the list around a single tensor.
    by_path = {leaf.path: place for place, leaf in enumerate(stored)} if len(stored) == len(live) > 1 else {}
    order = [by_path.get(leaf.path, place) if by_path else place for place, leaf in enumerate(live)]
    if sorted(order) != list(range(len(live))) or (by_path and any(leaf.path not in by_path for leaf in live)):
        raise WorkbenchError("BAD_CONFIG", f"The structure of its {name} changed when it was loaded.", where=facts.path)
    tensors = [leaf.value for _, leaf in sorted(zip(order, live, strict=True), key=lambda pair: pair[0])]
    for leaf, tensor in zip(stored, tensors, strict=False):
        _same_origin(name, facts, leaf.value, tensor)
    return InterfaceSide(structure, tuple(tensors), tuple(order))


def _same_origin(name: str, facts: ModelFacts, source: Source, tensor: Any) -> None:
    origin = origin_of(tensor)
    if origin is None or (comparable(origin.layer), origin.output) == (comparable(source[0]), source[2]):
        return
    text = f"One of its {name} comes from '{origin.layer}' ({origin.output}) once loaded"
    raise WorkbenchError("BAD_CONFIG", f"{text}; the file says '{source[0]}' ({source[2]}).", where=facts.path)


def exact_facts(facts: ModelFacts, interface: ModelInterface) -> ModelFacts:
    """The scan's facts with the shapes and dtypes of the loaded model; the scan's names stay.

    Raises `WorkbenchError` BAD_CONFIG if the file states another shape or, for an input, another dtype.
    """
    return msgspec.structs.replace(
        facts,
        inputs=tuple(_exact(facts, f, t, "input") for f, t in zip(facts.inputs, interface.inputs.tensors, strict=True)),
        outputs=tuple(
            _exact(facts, f, t, "output") for f, t in zip(facts.outputs, interface.outputs.tensors, strict=True)
        ),
    )


def _exact(facts: ModelFacts, told: TensorFacts, tensor: Any, side: str) -> TensorFacts:
    shape: Shape = (None, *(None if d is None else int(d) for d in tuple(tensor.shape)[1:]))
    dtype = tensor.dtype if isinstance(tensor.dtype, str) else tensor.dtype.name
    if told.shape is not None and not _agree(told.shape, shape):
        text = f"The file says that {side} '{told.name}' has the shape {told.shape}; loaded it has {shape}."
        raise WorkbenchError("BAD_CONFIG", text, where=facts.path)
    # An output's dtype is certain only after loading: the configuration of operations such as Cast does not state it.
    if side == "input" and told.dtype != dtype:
        text = f"The file says that the input '{told.name}' is {told.dtype}; loaded it is {dtype}."
        raise WorkbenchError("BAD_CONFIG", text, where=facts.path)
    return msgspec.structs.replace(told, dtype=dtype, shape=shape)


def _agree(told: Shape, found: Shape) -> bool:
    return len(told) == len(found) and all(a is None or b is None or a == b for a, b in zip(told, found, strict=True))


def traced_facts(model: LoadedModel) -> ModelFacts:
    """The facts of a loaded model, with outputs taken from a traced call if Keras' symbolic outputs are not reliable.

    Lookup layers report another symbolic shape or dtype than they return: in Keras 3.15 `TextVectorization` has one
    axis too many for counts, and a lookup with `invert` reports integers.
    """
    layers = flat_layers(model.keras_model)
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

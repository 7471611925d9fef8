"""The Keras model, called by its own structure, its inputs and outputs named from the live model.

An export is judged by this, so it shares no code with the exporter: structures are flattened and packed by the model's
own library (`keras.tree`, or `tf.nest` for tf_keras), names are those of the model's own dict keys, `Input`s and
`output_names`.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from workbench.core.keras_internals import origin_of
from workbench.core.lazy import keras3, tensorflow
from workbench.core.model.channels import EitherLayout
from workbench.spec.errors import WorkbenchError

Array = npt.NDArray[Any]
Place = tuple[Any, ...]
"""Keys and indices from the outermost dict or list to one tensor."""


TOLERANCE: Final = 1e-5
UNITS: Final = {"float16": 2.0**-10, "bfloat16": 2.0**-7}
"""The spacing of numbers just above 1 (IEEE 754 half precision; bfloat16 keeps seven bits of the fraction)."""


class KerasReference:
    """A loaded Keras model called with named arrays; returns named arrays."""

    def __init__(self, keras_model: Any) -> None:
        """Read the structure of a built model. Raises `WorkbenchError` NO_STRUCTURE for a model that does not expose
        one."""
        self._model = keras_model
        self._layout = EitherLayout(keras_model)
        self._nest = _nest_of(keras_model)
        self._given = _structure_of(keras_model, "input")
        inputs, outputs = self._placed(self._given), self._placed(_structure_of(keras_model, "output"))
        self._places = [place for place, _ in outputs]
        self.inputs = _names(inputs, [_input_name(tensor) for _, tensor in inputs])
        told = zip(outputs, keras_model.output_names, strict=True)
        self.outputs = _names(outputs, [_layer_name(tensor) or name for (_, tensor), name in told])
        """Names in the order in which Keras flattens them."""

    def predict(self, arrays: Mapping[str, Array]) -> dict[str, Array]:
        """The model's `predict` with one array per input, batch first; returns one array per output.

        The input of a model with one input may have any name. Raises `WorkbenchError` NO_INPUT for a missing name.
        """
        if len(self.inputs) == len(arrays) == 1:
            ordered = list(arrays.values())
        else:
            missing = [name for name in self.inputs if name not in arrays]
            if missing:
                text = f"The Keras model has the inputs {', '.join(self.inputs)}; '{missing[0]}' is given nothing."
                raise WorkbenchError("NO_INPUT", text)
            ordered = [arrays[name] for name in self.inputs]
        return self._read(self._layout.predict(self._pack(ordered)))

    def _pack(self, ordered: Sequence[Array]) -> Any:
        # Keras 3's `predict` rejects numpy arrays of texts, but accepts TensorFlow's tensors.
        given = [tensorflow().constant(a.tolist(), "string", a.shape) if a.dtype.kind in "OSU" else a for a in ordered]
        return self._nest.pack_sequence_as(self._given, given)

    def _placed(self, structure: Any) -> list[tuple[Place, Any]]:
        return [(tuple(place), tensor) for place, tensor in self._nest.flatten_with_path(structure)]

    def _read(self, answered: Any) -> dict[str, Array]:
        found = dict(self._placed(answered))
        if len(found) == len(self.outputs) == 1:
            return {self.outputs[0]: np.asarray(next(iter(found.values())))}
        return {name: np.asarray(found[place]) for name, place in zip(self.outputs, self._places, strict=True)}

    def tolerance(self) -> float:
        """The largest relative difference that another order of the same sums explains.

        By the coarsest dtype of the computation: one unit in the last place of half-precision floats; float32 graphs
        differ by about 1e-7.
        """
        return max((UNITS.get(dtype, TOLERANCE) for dtype in _computed_in(self._model)), default=TOLERANCE)

    def not_finite(self) -> list[tuple[str, int]]:
        """Weights that contain NaN or infinity: the name of each and the number of such values."""
        found = []
        for weight in self._model.weights:
            values = np.asarray(weight)
            if values.dtype.kind == "f" and not np.isfinite(values).all():
                found.append((str(getattr(weight, "path", weight.name)), int((~np.isfinite(values)).sum())))
        return found


def _computed_in(model: Any) -> set[str]:
    """The dtypes in which the layers of a model compute, including those of inner models."""
    found = {str(getattr(model, "compute_dtype", "float32"))}
    for layer in getattr(model, "layers", ()):
        found |= _computed_in(layer)
    return found


def _structure_of(model: Any, side: str) -> Any:
    """`Model.input` or `.output` with the author's nesting; a Sequential of Keras 3 only has the plural attributes."""
    try:
        return getattr(model, side)
    except (AttributeError, RuntimeError, ValueError):
        tensors = list(getattr(model, f"{side}s", None) or [])
    if not tensors:
        text = f"The {side}s of the Keras model are unknown, so it cannot be compared."
        raise WorkbenchError("NO_STRUCTURE", text)
    return tensors[0] if len(tensors) == 1 else tensors


def _nest_of(model: Any) -> Any:
    """What flattens and packs the structures of a model: that of the library that built it."""
    legacy = sys.modules.get("tf_keras")
    return _TensorFlowNest if legacy is not None and isinstance(model, legacy.Model) else keras3().tree


class _TensorFlowNest:
    """`tf.nest`, by which tf_keras nests, with the two functions of `keras.tree` that are used here.

    It returns no paths: numbers are packed in place of the tensors, and each is where its tensor was.
    """

    @staticmethod
    def pack_sequence_as(structure: Any, flat: Sequence[Any]) -> Any:
        return tensorflow().nest.pack_sequence_as(structure, flat)

    @staticmethod
    def flatten_with_path(structure: Any) -> list[tuple[Place, Any]]:
        nest = tensorflow().nest
        flat = nest.flatten(structure)
        paths = dict(_numbered(nest.pack_sequence_as(structure, range(len(flat))), ()))
        return [(paths[number], tensor) for number, tensor in enumerate(flat)]


def _numbered(structure: Any, place: Place) -> Iterator[tuple[int, Place]]:
    if isinstance(structure, int):
        yield structure, place
        return
    for key, part in structure.items() if isinstance(structure, Mapping) else enumerate(structure):
        yield from _numbered(part, (*place, key))


def _input_name(tensor: Any) -> str:
    """The name given to `Input`; tf_keras' tensors may have a number after a colon."""
    return str(tensor.name).split(":")[0]


def _layer_name(tensor: Any) -> str:
    """The layer that an output comes from; `output_names` numbers it, differently in the two libraries."""
    origin = origin_of(tensor)
    return origin.layer if origin else ""


def _names(found: Sequence[tuple[Place, Any]], own: Sequence[str]) -> list[str]:
    """A unique name for each tensor: the author's dict key, else its layer's name, numbered if another tensor has
    it."""
    places = [place for place, _ in found]
    keys = [_key(place, places) for place in places]
    wanted = [key or layer for key, layer in zip(keys, own, strict=True)]
    names: dict[Place, str] = {}
    # The author's keys first: a layer with the same name must not take one from the tensor that has it.
    for n in sorted(range(len(places)), key=lambda n: not keys[n]):
        numbered = (f"{wanted[n]}_{number}" for number in itertools.count(1))
        free = itertools.chain([wanted[n]], (name for name in numbered if name not in wanted))
        names[places[n]] = next(name for name in free if name not in names.values())
    return [names[place] for place in places]


def _key(place: Place, places: Sequence[Place]) -> str:
    """Dict keys along the path, with the index in a list below them that holds more than one tensor."""
    first = next((n for n, part in enumerate(place) if isinstance(part, str)), None)
    if first is None:
        return ""
    shown = []
    for n in range(first, len(place)):
        siblings = {other[n] for other in places if other[:n] == place[:n]}
        if isinstance(place[n], str) or len(siblings) > 1:
            shown.append(str(place[n]))
    return "_".join(shown)

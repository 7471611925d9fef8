"""A model's inputs and outputs from its configuration, including a Sequential that was never built."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from workbench.core.model.config import Config, Source, endpoints, is_model, layer_configs, layer_name, wrapped
from workbench.core.model.contents import WeightDataset
from workbench.core.model.flow import LARGEST, Shapes, model_outputs
from workbench.core.model.layers import Shares
from workbench.core.model.shapes import SAME
from workbench.core.model.structure import Leaf, unique_names
from workbench.spec.model import Shape, TensorFacts

_KERNELS: Final = ("kernel", "depthwise_kernel")
_POLICIES: Final = {"mixed_float16": "float16", "mixed_bfloat16": "bfloat16"}


def model_inputs(model: Config, shares: Shares | None = None) -> tuple[TensorFacts, ...]:
    """A model's inputs in order, with the names that both loaders give them.

    Raises `ValueError` on a shape that no tensor can have.
    """
    layers = layer_configs(model)
    if model.get("class_name") == "Sequential":
        return _sequential_input(model, layers, shares or {})
    by_name = {layer_name(layer): layer for layer in layers}
    found = endpoints(model, "input_layers")
    tensors = [_tensor(layer, by_name[layer]) for layer in (e.value[0] for e in found)]
    return tuple(_called(t, name, e.key) for t, name, e in zip(tensors, endpoint_names(found), found, strict=True))


def endpoint_names(found: Sequence[Leaf]) -> list[str]:
    """Unique names of a model's inputs or outputs: the author's key, else the layer's name.

    Outputs of a layer that has several are numbered as both libraries do ("lstm", "lstm_1").
    """
    return unique_names([e.key or e.value[0] for e in found], [_claim(e) for e in found])


def _claim(found: Leaf) -> int:
    """Rank of a name, highest first: a key as the author wrote it, a key joined from several parts, a layer's name."""
    return 2 if found.key in map(str, found.path) else 1 if found.key else 0


def _called(tensor: TensorFacts, name: str, key: str) -> TensorFacts:
    """The tensor under its name; its layer is recorded if the name is the author's key."""
    return msgspec.structs.replace(tensor, name=name, layer=tensor.name if key else "")


def _sequential_input(model: Config, layers: list[Config], shares: Shares) -> tuple[TensorFacts, ...]:
    if not layers:
        return ()
    first = layers[0]
    if is_model(first):
        inner = model_inputs(first)
        return tuple(TensorFacts(f"{layer_name(first)}_input", t.dtype, t.shape) for t in inner[:1])
    name = layer_name(first)
    named = _tensor(name if first.get("class_name") == "InputLayer" else f"{name}_input", first)
    if named.shape is None:
        config = model.get("config")
        built = checked_shape(config.get("build_input_shape")) if isinstance(config, dict) else None
        return (TensorFacts(named.name, named.dtype, built or _from_kernel(layers, shares)),)
    return (named,)


def _tensor(name: str, layer: Config) -> TensorFacts:
    config = layer.get("config") or {}
    shape = checked_shape(config.get("batch_input_shape") or config.get("batch_shape"))
    if shape is None and isinstance(config.get("layer"), dict):  # A wrapper is first: look at its inner layer.
        shape = _tensor(name, config["layer"]).shape
    return TensorFacts(name, _input_dtype(config.get("dtype")), shape)


def checked_shape(value: Any) -> Shape | None:
    """A shape of the configuration with the batch dimension open. Raises `ValueError` on absurd dimensions."""
    if not isinstance(value, list) or not value:
        return None
    # A fixed batch size would make the served model reject every other one.
    return (None, *(_dimension(d) for d in value[1:]))


def _dimension(value: Any) -> int | None:
    if value is None:
        return None
    whole = isinstance(value, int | float) and value == value and abs(value) <= LARGEST and int(value) == value
    if not whole or value < 0:
        raise ValueError(f"{str(value)[:40]} is not a valid tensor dimension")
    return int(value)


def _from_kernel(layers: Sequence[Config], shares: Shares) -> Shape | None:
    """The input shape that the first kernel implies if no layer of a Sequential states one; `None` if that is
    ambiguous."""
    first = next((layer for layer in layers if layer.get("class_name") not in SAME), None)
    if first is None or is_model(first):
        return None
    kernel = next((w for w in shares.get(layer_name(first), ()) if _is_kernel(w)), None)
    return _before(first, kernel.shape) if kernel else None


def _is_kernel(weight: WeightDataset) -> bool:
    *_, last = parts = weight.path.split("/")
    name = last.partition(":")[0]
    return name in _KERNELS or name.endswith("_W") or parts[-2:] == ["vars", "0"]


def _before(layer: Config, kernel: tuple[int, ...]) -> Shape | None:
    """The input shape of a layer with that kernel; batch and all that a kernel does not determine are left open."""
    kind, config = str(layer.get("class_name")), layer.get("config") or {}
    if kind == "Bidirectional" and wrapped(layer):
        return _before(wrapped(layer)[0], kernel)
    if kind == "Dense" and len(kernel) == 2:
        return (None, kernel[0])
    if kind in ("LSTM", "GRU", "SimpleRNN") and len(kernel) == 2:
        return (None, None, kernel[0])
    if "Conv" not in kind or "Transpose" in kind or "LSTM" in kind or len(kernel) < 3:
        return None
    if config.get("data_format", "channels_last") != "channels_last" or "dim_ordering" in config:
        return None
    channels = kernel[-2] * int(config.get("groups") or 1)
    return (None, *(None,) * (len(kernel) - 2), channels)


def _dtype_name(value: Any) -> str:
    """The dtype or policy that a layer names; policies are objects with one argument (`Policy`, `DTypePolicy`)."""
    if isinstance(value, dict):
        inner = value.get("config")
        value = inner.get("name") if isinstance(inner, dict) else None
    return value[:40] if isinstance(value, str) else ""


def _input_dtype(value: Any) -> str:
    name = _dtype_name(value)
    # Under a mixed policy variables and inputs stay float32; only the computation is in half precision.
    return name if name and name not in _POLICIES else "float32"


def model_output_tensors(
    model: Config, inputs: tuple[TensorFacts, ...], record: Shapes | None = None
) -> tuple[TensorFacts, ...]:
    """A model's outputs in order; `record` receives the output shapes of all layers."""
    given = [t.shape for t in inputs if t.shape is not None]
    complete = len(given) == len(inputs) and bool(given)
    found = output_endpoints(model)
    shapes = model_outputs(model, given, record) if complete else []
    shapes += [None] * (len(found) - len(shapes))
    tensors = [TensorFacts(e.value[0], d, s) for e, d, s in zip(found, _output_dtypes(model), shapes, strict=False)]
    return tuple(_called(t, n, e.key) for t, n, e in zip(tensors, endpoint_names(found), found, strict=True))


def output_endpoints(model: Config) -> list[Leaf]:
    """A model's outputs; a Sequential has one, that of its last layer."""
    if model.get("class_name") == "Sequential":
        return [Leaf((), (layer_name(layer), 0, 0)) for layer in layer_configs(model)[-1:]]
    return endpoints(model, "output_layers")


def _output_dtypes(model: Config) -> list[str]:
    by_name = {layer_name(layer): layer for layer in layer_configs(model)}
    sources: list[Source] = [e.value for e in output_endpoints(model)]
    return [_computed_in(by_name.get(name, {}), tensor) for name, _, tensor in sources]


def _computed_in(layer: Config, tensor: int) -> str:
    """The dtype of a layer's output: that of its own policy, regardless of the layers before it."""
    if is_model(layer):
        inner = _output_dtypes(layer)
        return inner[tensor] if tensor < len(inner) else "float32"
    config = layer.get("config")
    name = _dtype_name(config.get("dtype")) if isinstance(config, dict) else ""
    return _POLICIES.get(name, name or "float32")

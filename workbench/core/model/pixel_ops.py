"""Effect of one layer on pixel values: arithmetic with constants, none, or unknown.

Analyses Keras' own layers and the three forms in which Keras writes a bare operation: `TFOpLambda` (tf.keras 2.4 and
later), `TensorFlowOpLayer` (1.13 to 2.3) and Keras 3's operation classes. Nothing in the file is run.
"""

from __future__ import annotations

import math
from typing import Any, Final, Literal

import msgspec

from workbench.core.model.config import Config
from workbench.core.model.layers import activation_of
from workbench.core.model.pixel_calls import LayerCall, is_tensor

Vector = tuple[float, ...]
"""One number for all channels, or one per channel."""

MAX_CHANNELS: Final = 4


class AffineStep(msgspec.Struct, frozen=True):
    """`scale * x + offset`, after reversing the channel order if `flips`.

    Without numbers: `in_weights` means that a Normalization stores them in the weights; otherwise `text` describes the
    step.
    """

    scale: Vector = ()
    offset: Vector = ()
    flips: bool = False
    operation: bool = False
    in_weights: bool = False
    text: str = ""


class ChannelPick(msgspec.Struct, frozen=True):
    """One channel is taken from the image."""

    channel: int


Effect = AffineStep | ChannelPick | Literal["same", "aside", "end"]
"""`same`: the values keep their range; `aside`: the pixels do not continue from here; `end`: anything else."""

FLIP: Final = AffineStep((1.0,), (0.0,), flips=True, operation=True)

_SAME_LAYERS: Final = frozenset(
    """
    ActivityRegularization AlphaDropout AugMix CastToFloat32 CenterCrop Cropping2D CutMix Dropout GaussianDropout
    GaussianNoise Identity InputLayer MixUp RandAugment Reshape Resizing SpatialDropout2D UpSampling2D ZeroPadding2D
    """.split()
)
"""Layers that leave an image's range unchanged; augmentation has no effect in inference.

So do all classes named `Random...`. `CastToFloat32` is AutoKeras'.
"""

_SAME_OPERATIONS: Final = frozenset(
    """
    cast convert_to_tensor identity image.central_crop image.convert_image_dtype image.crop_to_bounding_box
    image.flip_left_right image.flip_up_down image.grayscale_to_rgb image.resize image.resize_bilinear
    image.resize_images image.resize_nearest_neighbor image.resize_with_crop_or_pad image.resize_with_pad repeat reshape
    stop_gradient tile to_float Cast ConvertToTensor Copy Identity Repeat Reshape Resize ResizeBicubic ResizeBilinear
    ResizeNearestNeighbor StopGradient Tile
    """.split()
)
_ASIDE: Final = frozenset("rank shape size Rank Shape Size".split())

_ARITHMETIC: Final = {
    **dict.fromkeys("math.truediv math.divide divide truediv realdiv TrueDivide Divide RealDiv Div".split(), "/"),
    **dict.fromkeys("math.subtract subtract Subtract Sub".split(), "-"),
    **dict.fromkeys("math.multiply multiply math.scalar_mul Multiply Mul".split(), "*"),
    **dict.fromkeys("math.add add __operators__.add nn.bias_add Add AddV2 BiasAdd".split(), "+"),
}
_STANDARDISES: Final = "image.per_image_standardization"
_SECOND: Final = ("x", "x1", "value", "scalar", "y", "x2", "bias")
"""Argument names of operands, those of the first operand before those of the second."""

_EPSILON: Final = 1e-7
"""`keras.backend.epsilon()`, the smallest deviation that Normalization divides by."""


def effect(layer: Config, call: LayerCall) -> Effect:
    """What a layer does to an image in this call."""
    name = str(layer.get("class_name")).rpartition(">")[2]
    found = layer.get("config")
    config: Config = found if isinstance(found, dict) else {}
    match name:
        case "Rescaling":
            return _linear(numbers(config.get("scale")), numbers(config.get("offset", 0.0)))
        case "Normalization":
            return _normalization(config)
        case "Activation":
            return "same" if activation_of(config) == "linear" else "end"
        case "TFOpLambda" | "SlicingOpLambda":
            return _operation(str(config.get("function")).removeprefix("compat.v1."), call, config)
        case "TensorFlowOpLayer":
            return _node(config, call)
    if str(layer.get("module")).startswith("keras.src.ops"):
        return _operation(name, call, config)
    return "same" if name in _SAME_LAYERS or name.startswith("Random") else "end"


def numbers(value: Any) -> Vector:
    """A constant of a configuration, one number or one per channel; empty if it is neither."""
    if isinstance(value, dict):  # Keras 3: {"class_name": "__numpy__", "config": {"value": [...], "dtype": ...}}.
        inner = value.get("config")
        value = inner.get("value") if isinstance(inner, dict) else None
    while isinstance(value, list) and len(value) == 1:
        value = value[0]
    listed = value if isinstance(value, list) else [value]
    plain = all(type(v) in (int, float) and abs(v) < 1e12 for v in listed)
    return tuple(float(v) for v in listed) if plain and 0 < len(listed) <= MAX_CHANNELS else ()


def standardised(mean: Vector, variance: Vector, *, invert: bool = False) -> Effect:
    """`(x - mean) / deviation`, or its inverse."""
    if not mean or len(mean) != len(variance) or min(variance) < 0:
        return AffineStep(text=_STANDARD_TEXT)
    deviation = [max(math.sqrt(v), _EPSILON) for v in variance]
    if invert:
        return _linear(tuple(deviation), mean)
    pairs = list(zip(mean, deviation, strict=True))
    return _linear(tuple(1 / d for _, d in pairs), tuple(-m / d for m, d in pairs))


_STANDARD_TEXT: Final = "subtracts a mean and divides by a standard deviation"


def _normalization(config: Config) -> Effect:
    if config.get("mean") is None:
        return AffineStep(in_weights=not config.get("invert"), text=_STANDARD_TEXT)
    return standardised(numbers(config["mean"]), numbers(config.get("variance")), invert=bool(config.get("invert")))


def _linear(scale: Vector, offset: Vector, *, operation: bool = False) -> Effect:
    if not scale or not offset or 0.0 in scale or not all(math.isfinite(v) for v in scale + offset):
        return AffineStep(operation=operation, text="rescales the pixels")
    if all(abs(s - 1) < 1e-6 for s in scale) and all(abs(o) < 1e-6 for o in offset):
        return "same"
    return AffineStep(scale, offset, operation=operation)


def _operation(name: str, call: LayerCall, config: Config) -> Effect:
    if name in _ARITHMETIC:
        operands = call.arguments + [call.keywords[key] for key in _SECOND if key in call.keywords]
        return _arithmetic(_ARITHMETIC[name], operands)
    if name in ("__operators__.getitem", "GetItem"):
        return _sliced(call.keywords.get("slice_spec", call.arguments[-1]))
    if name in ("reverse", "Flip"):
        return FLIP if _is_last(call.keywords.get("axis", config.get("axis"))) else "same"
    if name == _STANDARDISES:
        return AffineStep(operation=True, text="standardises each image to mean 0 and standard deviation 1")
    return "same" if name in _SAME_OPERATIONS else "aside" if name in _ASIDE else "end"


def _node(config: Config, call: LayerCall) -> Effect:
    """The effect of a NodeDef in JSON, with its constant inputs keyed by their index."""
    node, constants = config["node_def"], config.get("constants") or {}
    name = str(node["op"])
    if name in _ARITHMETIC and len(call.arguments) == len(constants) == 1:
        (place, constant), tensor = next(iter(constants.items())), call.arguments[0]
        return _arithmetic(_ARITHMETIC[name], [constant, tensor] if str(place) == "0" else [tensor, constant])
    if name == "ReverseV2":
        return FLIP if _is_last(constants.get("1")) else "same"
    if name == "StridedSlice":
        return _strided(constants.get("3"))
    return _operation(name, call, {}) if name not in _ARITHMETIC else "end"


def _arithmetic(operator: str, operands: list[Any]) -> Effect:
    """The effect of arithmetic on an image and a constant, in either order."""
    if len(operands) != 2 or is_tensor(operands[0]) == is_tensor(operands[1]):
        return "end"
    first = is_tensor(operands[0])
    constant = numbers(operands[1] if first else operands[0])
    none, one = (0.0,) * len(constant), (1.0,) * len(constant)
    match operator:
        case "+":
            return _linear(one, constant, operation=True)
        case "*":
            return _linear(constant, none, operation=True)
        case "-":
            return _linear(one if first else tuple(-v for v in one), _negative(constant, first), operation=True)
    if not first or 0.0 in constant:
        return "end"
    return _linear(tuple(1 / v for v in constant), none, operation=True)


def _negative(constant: Vector, negative: bool) -> Vector:
    return tuple(-v for v in constant) if negative else constant


def _is_last(axis: Any) -> bool:
    values = axis if isinstance(axis, list) else [axis]
    return values in ([-1], [3])


def _strided(strides: Any) -> Effect:
    if not isinstance(strides, list) or any(s != 1 for s in strides[:-1]):
        return "end"
    return FLIP if strides[-1:] == [-1] else "end"


def _sliced(spec: Any) -> Effect:
    """The effect of indexing as Keras writes it: records for slices and for `...`, numbers."""
    items = spec if isinstance(spec, list) else [spec]
    whole = any(isinstance(i, dict) and i.get("class_name") == "__ellipsis__" for i in items)
    *others, last = items
    if any(not isinstance(item, dict) for item in others):
        return "end"
    if not whole and len(items) < 4:
        return "same" if isinstance(last, dict) else "end"
    return _channels(last)


def _channels(last: Any) -> Effect:
    if not isinstance(last, dict):
        return ChannelPick(last) if type(last) is int else "end"
    found = last.get("config") if last.get("class_name") == "__slice__" else last
    part = found if isinstance(found, dict) else {}
    start, stop, step = part.get("start"), part.get("stop"), part.get("step")
    if start is None and stop is None:
        return FLIP if step == -1 else "same" if step in (None, 1) else "end"
    one = type(start) is int and stop == start + 1 and step in (None, 1)
    return ChannelPick(start) if one and type(start) is int else "end"

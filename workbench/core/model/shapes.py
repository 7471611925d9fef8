"""Output shapes by rule, from the configuration alone; `None` where only loading would tell."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, Final

from workbench.core.model.config import Config, endpoints, inbound, is_model, layer_configs, layer_name
from workbench.spec.model import Shape

Rule = Callable[[Config, Sequence[Shape]], Shape | None]

SAME: Final = frozenset(
    """
    Activation ActivityRegularization AlphaDropout BatchNormalization Dropout ELU GaussianDropout GaussianNoise
    LayerNormalization LeakyReLU Masking Normalization PReLU RandomContrast RandomFlip RandomRotation RandomZoom
    ReLU Rescaling Softmax SpatialDropout1D SpatialDropout2D SpatialDropout3D ThresholdedReLU UnitNormalization
    """.split()
)
"""Layers whose output has the shape of their input."""

MERGES: Final = frozenset("Add Average Maximum Minimum Multiply Subtract".split())


def model_outputs(model: Config, given: Sequence[Shape]) -> list[Shape | None]:
    """Shapes of a model's outputs for the shapes of its inputs."""
    layers = layer_configs(model)
    if model.get("class_name") == "Sequential":
        shape: Shape | None = given[0] if given else None
        for layer in layers:
            shape = _apply(layer, [shape])[0]
        return [shape]
    known = _functional(model, layers, given)
    return [known.get((name, 0), [None])[0] if i == 0 else None for name, i in endpoints(model, "output_layers")]


def _functional(
    model: Config, layers: list[Config], given: Sequence[Shape]
) -> dict[tuple[str, int], list[Shape | None]]:
    # Layers are written in an order where each comes after those it takes from; a shared layer's
    # further calls are left unknown.
    known: dict[tuple[str, int], list[Shape | None]] = {}
    inputs = [name for name, _ in endpoints(model, "input_layers")]
    known.update({(name, 0): [shape] for name, shape in zip(inputs, given, strict=False)})
    for layer in layers:
        name = layer_name(layer)
        if (name, 0) not in known:
            sources = [known.get((source, 0), [None])[0] if i == 0 else None for source, i in inbound(layer)]
            shared = len(layer.get("inbound_nodes") or []) > 1
            known[(name, 0)] = [None] if shared else _apply(layer, sources)
    return known


def _apply(layer: Config, shapes: Sequence[Shape | None]) -> list[Shape | None]:
    sources = [s for s in shapes if s is not None]
    if not sources or len(sources) != len(shapes):
        return [None]
    if is_model(layer):
        return model_outputs(layer, sources) or [None]
    try:
        return [layer_output(str(layer.get("class_name")), layer.get("config") or {}, sources)]
    except (KeyError, TypeError, ValueError, IndexError):
        # A configuration of another Keras generation: unknown is the honest answer, loading will tell.
        return [None]


def layer_output(class_name: str, config: Config, shapes: Sequence[Shape]) -> Shape | None:
    """One layer's output shape for its input shapes, or `None` for a class without a rule."""
    if class_name in SAME or class_name == "InputLayer":
        return shapes[0]
    if class_name in MERGES:
        return shapes[0] if len(set(shapes)) == 1 else None
    rule = RULES.get(class_name)
    return rule(config, shapes) if rule else None


def _channels_last(config: Config) -> bool:
    return str(config.get("data_format")) != "channels_first"


def _pair(value: Any, rank: int) -> tuple[int, ...]:
    return (int(value),) * rank if isinstance(value, int) else tuple(int(v) for v in value)


def _spatial(config: Config, shape: Shape) -> tuple[tuple[int | None, ...], int | None]:
    return (shape[1:-1], shape[-1]) if _channels_last(config) else (shape[2:], shape[1])


def _join(config: Config, batch: int | None, space: Sequence[int | None], channels: int | None) -> Shape:
    return (batch, *space, channels) if _channels_last(config) else (batch, channels, *space)


def _window(config: Config, shape: Shape, channels: int | None, key: str) -> Shape | None:
    space, _ = _spatial(config, shape)
    rank = len(space)
    size = _pair(config[key], rank)
    stride = _pair(config.get("strides") or size, rank)
    dilation = _pair(config.get("dilation_rate", 1), rank)
    padding = config.get("padding", config.get("border_mode", "valid"))
    out: list[int | None] = []
    for n, k, s, d in zip(space, size, stride, dilation, strict=True):
        reach = (k - 1) * d + 1
        room = n if padding in ("same", "causal") or n is None else n - reach + 1
        out.append(None if room is None else math.ceil(room / s))
    return _join(config, shape[0], out, channels)


def _conv(config: Config, shapes: Sequence[Shape]) -> Shape | None:
    return _window(config, shapes[0], int(config["filters"]), "kernel_size")


def _depthwise(config: Config, shapes: Sequence[Shape]) -> Shape | None:
    channels = _spatial(config, shapes[0])[1]
    multiplier = int(config.get("depth_multiplier", 1))
    return _window(config, shapes[0], None if channels is None else channels * multiplier, "kernel_size")


def _pool(config: Config, shapes: Sequence[Shape]) -> Shape | None:
    return _window(config, shapes[0], _spatial(config, shapes[0])[1], "pool_size")


def _dense(config: Config, shapes: Sequence[Shape]) -> Shape:
    return (*shapes[0][:-1], int(config.get("units") or config["output_dim"]))


def _flatten(config: Config, shapes: Sequence[Shape]) -> Shape:
    return (shapes[0][0], _product(shapes[0][1:]))


def _product(dims: Sequence[int | None]) -> int | None:
    sizes = [d for d in dims if d is not None]
    return math.prod(sizes) if len(sizes) == len(dims) else None


def _global_pool(config: Config, shapes: Sequence[Shape]) -> Shape:
    space, channels = _spatial(config, shapes[0])
    if config.get("keepdims"):
        return _join(config, shapes[0][0], [1] * len(space), channels)
    return (shapes[0][0], channels)


def _concatenate(config: Config, shapes: Sequence[Shape]) -> Shape:
    axis = int(config.get("axis", -1)) % len(shapes[0])
    sizes = [s[axis] for s in shapes]
    total = None if None in sizes else sum(d for d in sizes if d is not None)
    return (*shapes[0][:axis], total, *shapes[0][axis + 1 :])


def _reshape(config: Config, shapes: Sequence[Shape]) -> Shape:
    target = [int(d) for d in config["target_shape"]]
    whole = _product(shapes[0][1:])
    if -1 in target:
        rest = math.prod(d for d in target if d != -1)
        return (shapes[0][0], *(d if d != -1 else (whole // rest if whole else None) for d in target))
    return (shapes[0][0], *target)


def _border(sign: int, key: str) -> Rule:
    def rule(config: Config, shapes: Sequence[Shape]) -> Shape:
        space, channels = _spatial(config, shapes[0])
        value = config[key]
        sides = [value] * len(space) if isinstance(value, int) else list(value)
        pairs = [(side, side) if isinstance(side, int) else tuple(side) for side in sides]
        grown = [None if n is None else n + sign * sum(pair) for n, pair in zip(space, pairs, strict=True)]
        return _join(config, shapes[0][0], grown, channels)

    return rule


def _upsample(config: Config, shapes: Sequence[Shape]) -> Shape:
    space, channels = _spatial(config, shapes[0])
    factors = _pair(config["size"], len(space))
    return _join(config, shapes[0][0], [n and n * f for n, f in zip(space, factors, strict=True)], channels)


def _resizing(config: Config, shapes: Sequence[Shape]) -> Shape:
    return _join(config, shapes[0][0], [int(config["height"]), int(config["width"])], _spatial(config, shapes[0])[1])


RULES: Final[dict[str, Rule]] = {
    "Dense": _dense,
    "Flatten": _flatten,
    "Reshape": _reshape,
    "Concatenate": _concatenate,
    "Resizing": _resizing,
    **{f"{kind}{n}D": _conv for kind in ("Conv", "SeparableConv", "Convolution") for n in (1, 2, 3)},
    **{f"DepthwiseConv{n}D": _depthwise for n in (1, 2)},
    **{f"{kind}Pooling{n}D": _pool for kind in ("Max", "Average") for n in (1, 2, 3)},
    **{f"Global{kind}Pooling{n}D": _global_pool for kind in ("Max", "Average") for n in (1, 2, 3)},
    **{f"ZeroPadding{n}D": _border(1, "padding") for n in (1, 2, 3)},
    **{f"Cropping{n}D": _border(-1, "cropping") for n in (1, 2, 3)},
    **{f"UpSampling{n}D": _upsample for n in (2, 3)},
}

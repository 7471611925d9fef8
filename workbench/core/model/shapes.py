"""Computes a layer's output shape from the configuration alone; `None` if only loading can show it.

Sources: `compute_output_shape` of tf_keras 2.21 and Keras 3.15; for Keras 1's argument names its own layers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, Final

from workbench.core.model.config import Config
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


def layer_output(class_name: str, config: Config, shapes: Sequence[Shape]) -> Shape | None:
    """One layer's output shape for its input shapes, or `None` for a class without a rule.

    Wrappers and models are handled by `flow`. A malformed configuration may raise any exception of arithmetic or
    indexing.
    """
    if class_name in SAME or class_name == "InputLayer":
        return shapes[0]
    if class_name in MERGES:
        return shapes[0] if len(set(shapes)) == 1 else None
    rule = RULES.get(class_name)
    return rule(_modern(config), shapes) if rule else None


def _modern(config: Config) -> Config:
    """The configuration with Keras 1's shape arguments renamed to Keras 2's."""
    found = {new: config[old] for old, new in _KERAS1.items() if old in config}
    if "nb_row" in config:
        found["kernel_size"] = [config["nb_row"], config["nb_col"]]
    if config.get("dim_ordering") == "th":
        found["data_format"] = "channels_first"
    return {**found, **config}


_KERAS1: Final = {
    "output_dim": "units",
    "nb_filter": "filters",
    "filter_length": "kernel_size",
    "subsample": "strides",
    "subsample_length": "strides",
    "pool_length": "pool_size",
    "stride": "strides",
    "atrous_rate": "dilation_rate",
    "border_mode": "padding",
    "length": "size",
}


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
    padding = config.get("padding", "valid")
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
    return (*shapes[0][:-1], int(config["units"]))


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


def _transpose(config: Config, shapes: Sequence[Shape]) -> Shape:
    space, _ = _spatial(config, shapes[0])
    rank = len(space)
    sizes = zip(
        space,
        _pair(config["kernel_size"], rank),
        _pair(config.get("strides") or 1, rank),
        _pair(config.get("dilation_rate") or 1, rank),
        _pair(config["output_padding"], rank) if config.get("output_padding") is not None else (None,) * rank,
        strict=True,
    )
    grown = [n and _transposed(n, (k - 1) * d + 1, s, extra, config.get("padding")) for n, k, s, d, extra in sizes]
    return _join(config, shapes[0][0], grown, int(config["filters"]))


def _transposed(n: int, reach: int, stride: int, extra: int | None, padding: Any) -> int:
    """As `deconv_output_length` of both libraries."""
    if extra is None:
        return n * stride + (max(reach - stride, 0) if padding == "valid" else 0)
    return (n - 1) * stride + reach - 2 * (0 if padding == "valid" else reach // 2) + extra


def _recurrent(config: Config, shapes: Sequence[Shape]) -> Shape | None:
    if config.get("return_state"):
        return None  # A layer with several outputs.
    units = int(config["units"])
    batch, steps = shapes[0][:2]
    return (batch, steps, units) if config.get("return_sequences") else (batch, units)


def _conv_recurrent(config: Config, shapes: Sequence[Shape]) -> Shape | None:
    if config.get("return_state"):
        return None
    batch, steps, *picture = shapes[0]
    found = _conv(config, [(batch, *picture)])
    return (batch, steps, *found[1:]) if found and config.get("return_sequences") else found


def _embedding(config: Config, shapes: Sequence[Shape]) -> Shape:
    return (*shapes[0], int(config["output_dim"]))


def _permute(config: Config, shapes: Sequence[Shape]) -> Shape:
    return (shapes[0][0], *(shapes[0][int(d)] for d in config["dims"]))


def _repeat(config: Config, shapes: Sequence[Shape]) -> Shape:
    return (shapes[0][0], int(config["n"]), shapes[0][1])


def _dot(config: Config, shapes: Sequence[Shape]) -> Shape | None:
    """Only for two vectors per instance: the other forms depend on axes that are left to loading."""
    return (shapes[0][0], 1) if [len(s) for s in shapes] == [2, 2] else None


RULES: Final[dict[str, Rule]] = {
    **dict.fromkeys(("Dense", "TimeDistributedDense"), _dense),
    "Flatten": _flatten,
    "Reshape": _reshape,
    "Concatenate": _concatenate,
    "Resizing": _resizing,
    "Embedding": _embedding,
    "Permute": _permute,
    "RepeatVector": _repeat,
    "Dot": _dot,
    **dict.fromkeys(("SimpleRNN", "LSTM", "GRU", "CuDNNLSTM", "CuDNNGRU"), _recurrent),
    **{f"ConvLSTM{n}D": _conv_recurrent for n in (1, 2, 3)},
    **{f"Conv{n}DTranspose": _transpose for n in (1, 2, 3)},
    **{f"LocallyConnected{n}D": _conv for n in (1, 2)},
    **{f"AtrousConvolution{n}D": _conv for n in (1, 2)},
    **{f"{kind}{n}D": _conv for kind in ("Conv", "SeparableConv", "Convolution") for n in (1, 2, 3)},
    **{f"DepthwiseConv{n}D": _depthwise for n in (1, 2)},
    **{f"{kind}Pooling{n}D": _pool for kind in ("Max", "Average") for n in (1, 2, 3)},
    **{f"Global{kind}Pooling{n}D": _global_pool for kind in ("Max", "Average") for n in (1, 2, 3)},
    **{f"ZeroPadding{n}D": _border(1, "padding") for n in (1, 2, 3)},
    **{f"Cropping{n}D": _border(-1, "cropping") for n in (1, 2, 3)},
    **{f"UpSampling{n}D": _upsample for n in (1, 2, 3)},
    "LegacyBilinearUpSampling2D": _upsample,  # The layer of the bilinear repair.
}

"""TensorFlow functions that a model file may call: pure arithmetic on tensors, by the names that Keras writes for
them."""

from __future__ import annotations

import re
from typing import Any, Final

from workbench.core.model.config import Config

_FAMILIES: Final = re.compile(r"(compat\.v1\.)?(math|nn|linalg|__operators__|operators)\.[a-z_0-9]+")
"""Modules of the TensorFlow API whose functions all compute only."""

_FUNCTIONS: Final = frozenset(
    """
    abs add add_n argmax argmin argsort broadcast_to cast clip_by_norm clip_by_value concat cos cumsum divide einsum
    equal exp expand_dims eye fill floor gather gather_nd greater greater_equal identity image.adjust_brightness
    image.adjust_contrast image.central_crop image.crop_and_resize image.extract_patches image.flip_left_right
    image.flip_up_down image.grayscale_to_rgb image.per_image_standardization image.resize image.resize_bilinear
    image.resize_images image.resize_nearest_neighbor image.resize_with_crop_or_pad image.resize_with_pad
    image.rgb_to_grayscale keras.activations.relu less less_equal logical_and logical_not logical_or matmul maximum
    minimum multiply negative norm not_equal one_hot ones ones_like pad pow range rank reduce_all reduce_any
    reduce_max reduce_mean reduce_min reduce_prod reduce_sum repeat reshape reverse round shape sigmoid sign signal.fft
    sin slice softmax sort split sqrt square squeeze stack stop_gradient strided_slice subtract tanh tensordot tile
    to_float transpose truediv unstack where zeros zeros_like
    """.split()
)

_NODES: Final = frozenset(
    """
    Abs Add AddN AddV2 ArgMax ArgMin AvgPool BatchMatMul BatchMatMulV2 BatchToSpaceND BiasAdd BroadcastTo Cast Ceil
    ClipByValue Concat ConcatV2 Conv2D Cos Cumsum DepthToSpace DepthwiseConv2dNative Div DivNoNan Einsum Elu Equal Erf
    Exp ExpandDims Fill Floor FloorDiv FloorMod GatherNd GatherV2 Greater GreaterEqual Identity L2Loss LeakyRelu Less
    LessEqual Log Log1p LogSoftmax LogicalAnd LogicalNot LogicalOr MatMul Max MaxPool Maximum Mean Min Minimum
    MirrorPad Mul Neg NotEqual OneHot OnesLike Pack Pad PadV2 Pow Prod Range RealDiv Reciprocal Relu Relu6 Reshape
    ResizeBicubic ResizeBilinear ResizeNearestNeighbor ReverseV2 Round Rsqrt Select SelectV2 Selu Shape Sigmoid Sign
    Sin Slice Softmax Softplus Softsign SpaceToBatchND SpaceToDepth Split SplitV Sqrt Square SquaredDifference Squeeze
    StopGradient StridedSlice Sub Sum Tan Tanh Tile TopKV2 Transpose Unpack Where Xdivy ZerosLike
    """.split()
)
"""Op types that a `TensorFlowOpLayer` may contain."""


def calls_a_pure_function(layer: Config) -> bool:
    """Whether a `TFOpLambda` or `SlicingOpLambda` names a permitted function."""
    config = layer.get("config")
    name = config.get("function") if isinstance(config, dict) else None
    if not isinstance(name, str):
        return False
    return name.removeprefix("compat.v1.") in _FUNCTIONS or _FAMILIES.fullmatch(name) is not None


def is_pure_node(layer: Config) -> bool:
    """Whether a `TensorFlowOpLayer` contains one permitted op, written as a record."""
    config = layer.get("config")
    node = config.get("node_def") if isinstance(config, dict) else None
    return isinstance(node, dict) and isinstance(node.get("op"), str) and node["op"] in _NODES


def takes_a_tensor(layer: Config, layers: frozenset[str]) -> bool:
    """Whether every call of the layer is on a tensor of the model: a call on constants would run while loading."""
    nodes = layer.get("inbound_nodes") or []
    return isinstance(nodes, list) and all(_names_a_tensor(node, layers) for node in nodes)


def _names_a_tensor(node: Any, layers: frozenset[str]) -> bool:
    stack = [node]
    while stack:
        value = stack.pop()
        if isinstance(value, dict):
            stack += value.values()
        elif isinstance(value, list):
            if len(value) >= 3 and isinstance(value[0], str) and value[0] in layers - {"_CONSTANT_VALUE"}:
                return True
            stack += value
    return False

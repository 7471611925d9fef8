"""The networks of `keras.applications`, recognised by the names of their layers, and the scale of their training.

Source of the scales: the `mode` that each module of `keras.applications` (Keras 3.15, tf_keras 2.21) passes to
`imagenet_utils.preprocess_input`; for MobileNetV3 its docstring ("in the [-1, 1] range" without preprocessing). Source
of the names: the layers that those modules create; the resnet50.py of 2015 to 2019 used other names.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

_NETWORKS: Final[tuple[tuple[str, str, str], ...]] = (
    ("VGG19", "caffe", "block1_conv1 block5_conv4"),
    ("VGG16", "caffe", "block1_conv1 block5_conv3"),
    ("Xception", "-1..1", "block1_conv1 block14_sepconv2"),
    ("ResNet152V2", "-1..1", "conv1_conv conv4_block36_out post_bn"),
    ("ResNet101V2", "-1..1", "conv1_conv conv4_block23_out post_bn"),
    ("ResNet50V2", "-1..1", "conv1_conv conv4_block6_out post_bn"),
    ("ResNet152", "caffe", "conv1_conv conv4_block36_out conv5_block3_out"),
    ("ResNet101", "caffe", "conv1_conv conv4_block23_out conv5_block3_out"),
    ("ResNet50", "caffe", "conv1_conv conv4_block6_out conv5_block3_out"),
    ("ResNet50", "caffe", "bn_conv1 res2a_branch2a res5c_branch2c"),
    ("MobileNet", "-1..1", "conv1 conv_dw_1 conv_pw_13"),
    ("MobileNetV2", "-1..1", "Conv1 expanded_conv_depthwise block_16_project"),
    ("MobileNetV3", "-1..1", "Conv expanded_conv/depthwise expanded_conv_10/project"),
    ("MobileNetV3", "-1..1", "conv expanded_conv_depthwise expanded_conv_10_project"),
    ("InceptionV3", "-1..1", "mixed0 mixed10"),
    ("InceptionResNetV2", "-1..1", "mixed_5b mixed_6a conv_7b"),
    ("DenseNet201", "torch", "pool2_conv pool4_conv conv4_block48_concat"),
    ("DenseNet169", "torch", "pool2_conv pool4_conv conv4_block32_concat"),
    ("DenseNet121", "torch", "pool2_conv pool4_conv conv4_block24_concat"),
    ("NASNet", "-1..1", "stem_conv1 stem_bn1 reduction_conv_1_stem_1"),
)
"""Name, scale, and layer names that occur together in no other network. If two rows match, the first one counts."""

_FAMILIES: Final = (
    ("efficientnetv2", "EfficientNetV2"),
    ("efficientnet", "EfficientNet"),
    ("mobilenetv3", "MobileNetV3"),
    ("convnext", "ConvNeXt"),
    ("regnet", "RegNet"),
    ("resnet-rs", "ResNetRS"),
)
"""Networks that scale the image themselves, by the prefix of their model names."""


def backbone(layers: Iterable[str]) -> tuple[str, str]:
    """The name and scale of the network whose layers have these names; both empty if it is not a known one."""
    there = frozenset(layers)
    return next(((name, scale) for name, scale, has in _NETWORKS if there.issuperset(has.split())), ("", ""))


def family(model: str) -> str:
    """The network that scales images itself and gives its models such a name, or an empty string."""
    return next((name for start, name in _FAMILIES if model.lower().startswith(start)), "")

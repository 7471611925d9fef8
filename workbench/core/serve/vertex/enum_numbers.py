"""Enums of `aiplatform` v1 by number: JSON of protocol buffers may contain either, and a client may request numbers.

The API's description lists the names of an enum in the order of declaration. For the messages that are served here,
that is also the order of the numbers from 0, with three exceptions, which are listed below.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

_ACCELERATORS: Final = {
    "ACCELERATOR_TYPE_UNSPECIFIED": 0,
    "NVIDIA_TESLA_K80": 1,
    "NVIDIA_TESLA_P100": 2,
    "NVIDIA_TESLA_V100": 3,
    "NVIDIA_TESLA_P4": 4,
    "NVIDIA_TESLA_T4": 5,
    "TPU_V2": 6,
    "TPU_V3": 7,
    "NVIDIA_TESLA_A100": 8,
    "NVIDIA_A100_80GB": 9,
    "TPU_V4_POD": 10,
    "NVIDIA_L4": 11,
    "TPU_V5_LITEPOD": 12,
    "NVIDIA_H100_80GB": 13,
    "NVIDIA_H100_MEGA_80GB": 14,
    "NVIDIA_H200_141GB": 15,
    "NVIDIA_B200": 16,
    "NVIDIA_GB200": 17,
    "NVIDIA_RTX_PRO_6000": 18,
}
"""google.cloud.aiplatform.v1.AcceleratorType (accelerator_type.proto)."""


_COLOR_MAPS: Final = {
    "COLOR_MAP_UNSPECIFIED": 0,
    "PINK_GREEN": 1,
    "VIRIDIS": 2,
    "RED": 3,
    "GREEN": 4,
    "PINK_WHITE_GREEN": 5,
    "RED_GREEN": 6,
}
"""ExplanationMetadata.InputMetadata.Visualization.ColorMap (explanation_metadata.proto)."""

_STAGES: Final = {
    "DEPLOYMENT_STAGE_UNSPECIFIED": 0,
    "STARTING_MODEL_SERVER": 3,
    "FINISHING_UP": 4,
    "STARTING_DEPLOYMENT": 5,
    "PREPARING_MODEL": 6,
    "CREATING_SERVING_CLUSTER": 7,
    "ADDING_NODES_TO_CLUSTER": 8,
    "GETTING_CONTAINER_IMAGE": 9,
    "DEPLOYMENT_TERMINATED": 10,
    "SUCCESSFULLY_DEPLOYED": 11,
    "FAILED_TO_DEPLOY": 12,
}
"""DeploymentStage (deployment_stage.proto)."""

_OUT_OF_ORDER: Final = {next(iter(table)): table for table in (_ACCELERATORS, _COLOR_MAPS, _STAGES)}


def numbers(names: Sequence[str]) -> dict[str, int]:
    """The numbers of an enum with these names, in the order of the description."""
    table = _OUT_OF_ORDER.get(names[0])
    if table is not None:
        return {name: table[name] for name in names if name in table}
    return {name: number for number, name in enumerate(names)}


def name_of(names: Sequence[str], number: int) -> str | None:
    """The name that a number stands for; `None` if there is none."""
    return next((name for name, value in numbers(names).items() if value == number), None)

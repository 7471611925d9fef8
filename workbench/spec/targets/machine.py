"""What a version runs on."""

from __future__ import annotations

import msgspec


class Accelerator(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """GPUs or TPUs beside each node: such as NVIDIA_TESLA_T4, and how many."""

    type: str
    count: int = 1


class Machine(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a version runs on, where a push says it otherwise than the target; empty fields leave it as it is."""

    machine_type: str = ""
    min_nodes: int | None = None
    max_nodes: int | None = None
    accelerator: str = ""
    accelerators: int = 1
    labels: dict[str, str] = {}
    description: str = ""

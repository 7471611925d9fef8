"""Refuses GPTQ and AWQ models whose weights are not all in the file, or were never computed.

Keras 3.14.1 and 3.15.1 omit the zero points of such layers when saving (`Dense.save_own_variables` and that of
`EinsumDense` write `kernel_zero` for int4 only), and no release writes the float kernel of a layer that has a
quantization policy but is outside the calibrated blocks: it is silently read back as zeros.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from workbench.core.keras_internals import flat_layers
from workbench.core.model.config import Config, walk
from workbench.core.model.layers import share_out
from workbench.core.model.raw_model import RawModel
from workbench.spec.errors import WorkbenchError

_VARIABLES: Final = {"GPTQDTypePolicy": 4, "AWQDTypePolicy": 5}
"""Number of variables of a layer without a bias: quantized kernel, scale, zero points, group index; for AWQ its own
scales."""

_HINT: Final = "Save the model before quantization, or quantize it to int8 or int4, which Keras saves completely."


def refuse_lost_zeros(raw: RawModel, where: str) -> None:
    """Raise `WorkbenchError` QUANTIZATION_LOST for layers whose zero points are not in the file."""
    found = [(path, layer) for path, layer in walk(raw.config) if _policy(layer) in _VARIABLES]
    shares = share_out(raw.config, raw.weights) if found else {}
    lost = [path for path, layer in found if 0 < len(shares.get(path, ())) < _wanted(layer)]
    if lost:
        text = f"Keras left part of its quantized layers out of the file (the zero points): {', '.join(lost[:6])}."
        raise WorkbenchError("QUANTIZATION_LOST", text, where=where, hint=_HINT)


def _policy(layer: Config) -> str:
    config = layer.get("config")
    policy = config.get("dtype") if isinstance(config, dict) else None
    return str(policy.get("class_name")) if isinstance(policy, dict) else ""


def _wanted(layer: Config) -> int:
    config = layer["config"]
    biased = (
        config.get("use_bias", True) if "use_bias" in config or "units" in config else bool(config.get("bias_axes"))
    )
    return _VARIABLES[_policy(layer)] + bool(biased)


def refuse_uncalibrated(model: Any, where: str) -> None:
    """Raise `WorkbenchError` QUANTIZATION_LOST for layers of a loaded model whose quantized kernel is all zeros."""
    for layer in flat_layers(model):
        kernel = getattr(layer, "quantized_kernel", None)
        if kernel is not None and not np.any(np.asarray(kernel)):
            text = f"'{layer.name}' is marked as quantized but was not: its weights are not in the file."
            raise WorkbenchError("QUANTIZATION_LOST", text, where=where, hint=_HINT)

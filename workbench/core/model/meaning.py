"""Where today's loaders would predict something else than the model did: found before loading.

Each rule is a silent error measured against the 2018 stack (facts/h5.md, section 4).
"""

from __future__ import annotations

from typing import Any, Final

from workbench.core.model.config import walk
from workbench.core.model.h5 import RawModel
from workbench.spec.model import Problem

CODE: Final = "MEANING_CHANGED"


def meaning_problems(raw: RawModel) -> list[Problem]:
    """One problem a rule that fits the file; a file with any of them is not loaded."""
    found: list[Problem] = []
    layers = [layer for _, layer in walk(raw.config)]
    if raw.backend == "theano" and any("Conv" in str(layer.get("class_name")) for layer in layers):
        text = "It was saved with Theano, whose convolutions read their kernels the other way round."
        found.append(Problem(CODE, text))
    if _multi_backend(raw.keras_version) and any(_bilinear_upsampling(layer) for layer in layers):
        text = "Its bilinear UpSampling2D was TF 1's resize; today's libraries would enlarge differently."
        found.append(Problem(CODE, text))
    return found


def _multi_backend(version: str) -> bool:
    # tf.keras wrote "-tf" behind its version up to 2.3; multi-backend Keras ended with 2.3.1.
    return not version.endswith("-tf") and version.split(".")[:2] in (
        ["1", "2"],
        ["2", "0"],
        ["2", "1"],
        ["2", "2"],
        ["2", "3"],
    )


def _bilinear_upsampling(layer: dict[str, Any]) -> bool:
    config = layer.get("config")
    return (
        layer.get("class_name") == "UpSampling2D"
        and isinstance(config, dict)
        and config.get("interpolation") == "bilinear"
    )

"""Rewrites a file's configuration so that the library that loads it builds the intended model.

Pure data to pure data: no framework is imported and nothing in the file is run. Never silent: each change is a `Repair`
with its reason and source. The result still has to pass the load policy.
"""

from __future__ import annotations

import re
from typing import Final

from workbench.core.model.config import MAX_DEPTH, Config, is_model, layer_configs
from workbench.core.model.lookups import refuse_empty_lookups
from workbench.core.model.options import LoadOptions
from workbench.core.model.raw_model import RawModel
from workbench.core.model.repair.augmentation import drop_augmentation
from workbench.core.model.repair.keras1 import from_keras1
from workbench.core.model.repair.keras3 import repair_keras3
from workbench.core.model.repair.notes import RepairContext, RepairKind
from workbench.core.model.repair.rules import RULES

SEQUENTIAL_LIST: Final = RepairKind(
    "SEQUENTIAL_LIST",
    "The layer list of a Sequential was converted to a record",
    "Keras before 2.2.3 wrote only the list.",
    "Keras 2.2.3 engine/sequential.py get_config",
)
LAYER_GROUPS: Final = RepairKind(
    "LAYER_GROUPS",
    "Weights were read from the groups in which Keras 2.12.0 to 2.14.0 kept them",
    "These releases call the group of layers _layer_checkpoint_dependencies, and 2.12.0 and 2.13.1 number a layer "
    "with weights twice; tf_keras looks for them in 'layers', numbered once.",
    "Keras 2.12.0, 2.13.1, 2.14.0 and 2.15.0 saving/saving_lib.py, engine/functional.py",
)
MODULE: Final = RepairKind(
    "MODULE_MOVED",
    "Models of Keras 2.12 name the module in which Keras 2 keeps them today",
    "Keras 2.13 moved its modules to keras.src.",
    "Keras 2.13.1 engine/functional.py",
)
_MODEL_MODULE: Final = re.compile(r"keras\.engine\.(functional|training|sequential)")
INNER: Final = ("layer", "backward_layer", "forward_layer", "cell")


def repaired(raw: RawModel, where: str, kind: str, library: str, options: LoadOptions) -> RepairContext:
    """Rewrite `raw.config` in place for the `library` that will load it; `kind` is the format, "h5" or "keras".

    Raises `WorkbenchError` NO_VOCABULARY, and the codes of `repair` or `repair_keras3`.
    """
    given = frozenset(options.custom_objects)
    if kind == "h5":
        refuse_empty_lookups(raw.config, where)
    if library == "keras":
        return repair_keras3(raw, where, kind, given)
    context = repair(raw, where)
    drop_augmentation(raw.config, context, library, given)
    return context


def repair(raw: RawModel, where: str) -> RepairContext:
    """Rewrite a configuration older than Keras 3; the context holds the repairs and what loading must still do.

    Raises `WorkbenchError` KERAS1_LAYER, KERAS1_MERGE, KERAS1_BN or MEANING_CHANGED if no rewriting is correct.
    """
    context = RepairContext(raw.keras_version, raw.backend, where, raw.config, raw.parameters)
    _model(raw.config, context, 0)
    if any(weight.place for weight in raw.weights):
        context.notes.add(LAYER_GROUPS)
    return context


def _model(model: Config, context: RepairContext, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise RecursionError(f"layers nest deeper than {MAX_DEPTH}")
    if model.get("class_name") == "Sequential" and isinstance(model.get("config"), list):
        model["config"] = {"name": model.get("name") or "sequential_1", "layers": model["config"]}
        context.notes.add(SEQUENTIAL_LIST)
    if isinstance(model.get("module"), str) and _MODEL_MODULE.fullmatch(model["module"]):
        model["module"] = model["module"].replace("keras.", "keras.src.", 1)
        context.notes.add(MODULE)
    for layer in layer_configs(model):
        _layer(layer, context, depth)


def _layer(layer: Config, context: RepairContext, depth: int) -> None:
    if is_model(layer):
        _model(layer, context, depth + 1)
        return
    if not isinstance(layer.get("config"), dict) or not isinstance(layer.get("class_name"), str):
        return
    from_keras1(layer, context)
    for rule in RULES:
        rule(layer, context)
    for inner in _inner(layer["config"]):
        if depth > MAX_DEPTH:
            raise RecursionError(f"layers nest deeper than {MAX_DEPTH}")
        _layer(inner, context, depth + 1)


def _inner(config: Config) -> list[Config]:
    cells = config.get("cells")
    found = [config.get(key) for key in INNER] + (cells if isinstance(cells, list) else [])
    return [inner for inner in found if isinstance(inner, dict) and "class_name" in inner]

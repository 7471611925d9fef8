"""Findings of a scan: repairs that loading would make, and problems that prevent loading."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final, Literal

import msgspec

from workbench.core.model.config import Config, is_keras_own, layer_configs, walk
from workbench.core.model.keras_classes import KNOWN_ACTIVATIONS, KNOWN_CLASSES, REFUSED
from workbench.core.model.layers import activation_of
from workbench.core.model.load_policy import REASONS, findings
from workbench.core.model.options import LoadOptions
from workbench.core.model.quantized import refuse_lost_zeros
from workbench.core.model.raw_model import RawModel
from workbench.core.model.repair import repaired
from workbench.spec.errors import WorkbenchError
from workbench.spec.model import Problem, Repair

SHOWN: Final = 8
"""Parts of a model named in one problem; any further ones are only counted."""

_WORDS: Final = KNOWN_ACTIVATIONS | KNOWN_CLASSES | {"__lambda__", "function"}


class LoadOutlook(msgspec.Struct, frozen=True):
    """The configuration as it would be loaded, the repairs that were made to it, and what prevents loading."""

    config: Config
    repairs: tuple[Repair, ...]
    problems: tuple[Problem, ...]


def judge(
    raw: RawModel, kind: str, library: Literal["tf_keras", "keras"], where: str, options: LoadOptions
) -> LoadOutlook:
    """Repair a copy of the configuration and apply the load policy to it, as `load` would; nothing is loaded."""
    config = _copy(raw.config)
    found: list[Problem] = []
    repairs: tuple[Repair, ...] = ()
    try:
        changed = msgspec.structs.replace(raw, config=config)
        repairs = repaired(changed, where, kind, library, options).notes.repairs()
        refuse_lost_zeros(raw, where)
        found += _gated(config, library, options)
    except WorkbenchError as err:
        found.append(Problem(err.code, f"{err.message} {err.hint}".strip()))
        config = raw.config
    except (KeyError, TypeError, IndexError, AttributeError, ValueError) as err:
        text = f"Its configuration cannot be followed, so it will not load: {type(err).__name__} {err}."
        found.append(Problem("BAD_CONFIG", text[:300]))
        config = raw.config
    return LoadOutlook(config, repairs, (*found, *_missing(raw), *_channels_first(config)))


def _gated(config: Config, library: str, options: LoadOptions) -> list[Problem]:
    """One problem per reason, most serious first, with the parts it concerns: the reasons for which `load` would
    fail."""
    told = list(dict.fromkeys(findings(config, library, options)))
    found = []
    for code, (what, hint) in REASONS.items():
        things = [thing for found_code, thing in told if found_code == code]
        if things:
            found.append(Problem(code, f"Parts of the model {what}: {_listed(things)}. {hint}"))
    return found


def _missing(raw: RawModel) -> list[Problem]:
    found = []
    if not raw.keras_version:
        found.append(Problem("NO_VERSION", "The file does not record its Keras version; it is read as an old file."))
    if not layer_configs(raw.config):
        found.append(Problem("NO_LAYERS", "The model has no layers."))
    return found


def _channels_first(config: Config) -> list[Problem]:
    """A note only: the model can still be loaded and exported."""
    named = [path for path, layer in walk(config) if _convolves_channels_first(layer)]
    if not named:
        return []
    count = f"{len(named)} {'layer reads its' if len(named) == 1 else 'layers read their'} input channels first"
    text = f"{count} ({_listed(named)}), which TensorFlow on a CPU computes only with oneDNN."
    done = "The export computes them with channels last inside, so that it runs on every server; inputs and outputs"
    return [Problem("CHANNELS_FIRST", f"{text} {done} keep their layout. No action is needed.")]


def _convolves_channels_first(layer: Config) -> bool:
    settings = layer.get("config")
    # By a part of the name, so that the author's classes that are built on Keras' ones are included.
    kind = re.search(r"Conv|(?<!Global)(Max|Average)Pool", str(layer.get("class_name")))
    return bool(kind) and isinstance(settings, dict) and settings.get("data_format") == "channels_first"


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"{', '.join(names[:SHOWN])}{more}"


def _copy(value: Any) -> Any:
    """A copy of plain JSON, several times faster than `copy.deepcopy`."""
    if isinstance(value, dict):
        return {k: _copy(v) for k, v in value.items()}
    return [_copy(v) for v in value] if isinstance(value, list) else value


def custom_names(model: Config) -> tuple[str, ...]:
    """Classes and activation functions at any depth that are not Keras' own, sorted by name."""
    names: set[str] = set()
    for _, layer in walk(model):
        config = layer.get("config")
        if not is_keras_own(layer):
            names.add(str(layer.get("class_name"))[:200])
        activation = activation_of(config) if isinstance(config, dict) else ""
        if activation not in _WORDS:
            names.add(activation)
    return tuple(sorted(names - KNOWN_CLASSES - REFUSED.keys()))

"""`inspect`: a model file's facts without TensorFlow and without running anything of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, Literal

from workbench.core.model.config import (
    Config,
    code_layers,
    endpoints,
    is_model,
    layer_configs,
    layer_name,
    walk,
)
from workbench.core.model.h5 import RawModel, read_h5, read_keras
from workbench.core.model.known import KNOWN_CLASSES
from workbench.core.model.meaning import meaning_problems
from workbench.core.model.shapes import model_outputs
from workbench.core.model.sniff import sha256_file, sniff_model
from workbench.spec.errors import WorkbenchError
from workbench.spec.model import ModelFacts, Problem, Shape, TensorFacts

_CODE_TEXT: Final = "carries code that opening the file could run; the Workbench does not load it"


def inspect(path: Path) -> ModelFacts:
    """The facts of a model file, h5py and JSON only (about 0.5 s as a process).

    Raises `WorkbenchError` with a code that names why a file is no model (`sniff`, `h5`).
    """
    path = path.resolve()
    kind = sniff_model(path)
    raw = read_h5(path) if kind == "h5" else read_keras(path)
    try:
        return _facts(path, kind, raw)
    except (RecursionError, KeyError, TypeError, IndexError, AttributeError) as err:
        text = f"Its configuration cannot be followed: {type(err).__name__} {err}."
        raise WorkbenchError("BAD_CONFIG", text, where=str(path)) from err


def _facts(path: Path, kind: Literal["h5", "keras"], raw: RawModel) -> ModelFacts:
    layers = list(walk(raw.config))
    code = code_layers(raw.config)
    custom = sorted({str(x.get("class_name")) for _, x in layers if str(x.get("class_name")) not in KNOWN_CLASSES})
    inputs = model_inputs(raw.config)
    return ModelFacts(
        path=str(path),
        sha256=sha256_file(path),
        bytes=path.stat().st_size,
        format=kind,
        keras_version=raw.keras_version,
        backend=raw.backend,
        class_name=str(raw.config.get("class_name")),
        layers=sum(1 for _, layer in layers if not is_model(layer)),
        parameters=raw.parameters,
        inputs=inputs,
        outputs=_outputs(raw.config, inputs),
        loads_with=library_for(kind, raw.keras_version),
        runs_code=tuple(code),
        custom_objects=tuple(custom),
        problems=tuple(_problems(raw, code, custom)),
    )


def library_for(kind: str, keras_version: str) -> Literal["tf_keras", "keras"]:
    """Which library loads a file: Keras 3 its own, tf_keras everything older.

    By the file's version, never by trial: of 131 real models, "Keras 3 first" made 3 predict
    something else (facts/h5.md, section 2).
    """
    return "keras" if kind == "keras" or keras_version.startswith("3") else "tf_keras"


def _problems(raw: RawModel, code: list[str], custom: list[str]) -> list[Problem]:
    found = [Problem("LAMBDA", f"The layer '{name}' {_CODE_TEXT}.") for name in code]
    found += [
        Problem("CUSTOM_CLASS", f"The class '{name}' is not Keras' own; its author's code would be needed.")
        for name in custom
    ]
    if not raw.keras_version:
        found.append(Problem("NO_VERSION", "The file does not say which Keras wrote it; it is read as Keras 1."))
    return found + meaning_problems(raw)


def model_inputs(model: Config) -> tuple[TensorFacts, ...]:
    """A model's inputs in order, with the names both loaders give them."""
    layers = layer_configs(model)
    if model.get("class_name") == "Sequential":
        return _sequential_input(model, layers)
    by_name = {layer_name(layer): layer for layer in layers}
    return tuple(_tensor(name, by_name[name]) for name, _ in endpoints(model, "input_layers"))


def _sequential_input(model: Config, layers: list[Config]) -> tuple[TensorFacts, ...]:
    if not layers:
        return ()
    first = layers[0]
    if is_model(first):
        inner = model_inputs(first)
        return tuple(TensorFacts(f"{layer_name(first)}_input", t.dtype, t.shape) for t in inner[:1])
    name = layer_name(first)
    named = _tensor(name if first.get("class_name") == "InputLayer" else f"{name}_input", first)
    if named.shape is None and isinstance(model.get("config"), dict):
        built = _shape(model["config"].get("build_input_shape"))
        return (TensorFacts(named.name, named.dtype, built),)
    return (named,)


def _tensor(name: str, layer: Config) -> TensorFacts:
    config = layer.get("config") or {}
    shape = _shape(config.get("batch_input_shape") or config.get("batch_shape"))
    if shape is None and isinstance(config.get("layer"), dict):  # A wrapper first: its inner layer may say.
        shape = _tensor(name, config["layer"]).shape
    return TensorFacts(name, _dtype(config.get("dtype")), shape)


def _shape(value: Any) -> Shape | None:
    if not isinstance(value, list):
        return None
    # The batch is always left open: a fixed one would refuse every other batch when served.
    return (None, *(int(d) if d is not None else None for d in value[1:]))


def _dtype(value: Any) -> str:
    if isinstance(value, dict):  # Keras 3's DTypePolicy
        value = (value.get("config") or {}).get("name")
    return value if isinstance(value, str) and not value.startswith("mixed") else "float32"


def _outputs(model: Config, inputs: tuple[TensorFacts, ...]) -> tuple[TensorFacts, ...]:
    given = [t.shape for t in inputs if t.shape is not None]
    complete = len(given) == len(inputs) and bool(given)
    names = _output_names(model)
    shapes = model_outputs(model, given) if complete else []
    shapes += [None] * (len(names) - len(shapes))
    return tuple(TensorFacts(n, "float32", s) for n, s in zip(names, shapes, strict=False))


def _output_names(model: Config) -> list[str]:
    if model.get("class_name") == "Sequential":
        layers = layer_configs(model)
        return [layer_name(layers[-1])] if layers else []
    seen: dict[str, int] = {}
    names: list[str] = []
    for name, _ in endpoints(model, "output_layers"):
        count = seen.get(name, 0)
        names.append(f"{name}_{count}" if count else name)  # Both libraries number a layer's second output so.
        seen[name] = count + 1
    return names

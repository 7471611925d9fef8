"""`inspect`: a model file's facts, without TensorFlow and without running anything in it."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec

from workbench.core.model.archive import read_keras
from workbench.core.model.config import code_layers, is_model, walk
from workbench.core.model.flow import Shapes
from workbench.core.model.h5 import read_h5
from workbench.core.model.layers import layer_table, share_out
from workbench.core.model.lookups import words_in
from workbench.core.model.normalisers import backbone_scale, normalisers
from workbench.core.model.options import NOTHING_ALLOWED, LoadOptions
from workbench.core.model.parts import model_path
from workbench.core.model.pixel_flow import image_ways
from workbench.core.model.pixel_values import values_in
from workbench.core.model.problems import custom_names, judge
from workbench.core.model.raw_model import RawModel
from workbench.core.model.sniff import bytes_of, sha256_file, sniff_model
from workbench.core.model.tensors import model_inputs, model_output_tensors
from workbench.core.progress import Report, silent
from workbench.spec.errors import WorkbenchError
from workbench.spec.model import CustomCode, ModelFacts, Progress


def inspect(path: Path, report: Report = silent, *, options: LoadOptions = NOTHING_ALLOWED) -> ModelFacts:
    """The facts of a model file, by h5py and JSON only (about 0.5 s as a process).

    A file of weights is read with the architecture in the options, or one stored beside it. Only the names of the
    options' custom objects matter. Raises `WorkbenchError` with a code that states why a file is not a model (`sniff`,
    `h5`, `archive`).
    """
    path = model_path(path.resolve())
    kind = sniff_model(path)
    report(Progress("Reading the file"))
    try:
        raw = read_h5(path, options.architecture) if kind == "h5" else read_keras(path, report)
        facts = _facts(path, kind, raw, options)
    except (RecursionError, KeyError, TypeError, IndexError, AttributeError, ValueError, ArithmeticError) as err:
        text = f"Its configuration cannot be followed: {type(err).__name__} {err}."
        raise WorkbenchError("BAD_CONFIG", text[:500], where=str(path)) from err
    # Last, so that a file that is not a model is refused at once, whatever its size.
    return msgspec.structs.replace(facts, sha256=sha256_file(path, report))


def _facts(path: Path, kind: Literal["h5", "keras"], raw: RawModel, options: LoadOptions) -> ModelFacts:
    layers = list(walk(raw.config))
    library = library_for(kind, raw.keras_version)
    judged = judge(raw, kind, library, str(path), options)
    shares = share_out(raw.config, raw.weights)
    inputs = model_inputs(judged.config, shares)
    shapes: Shapes = {}
    outputs = model_output_tensors(judged.config, inputs, shapes)
    ways = image_ways(judged.config, inputs)
    backbone, scale = backbone_scale(ways)
    return ModelFacts(
        path=str(path),
        sha256="",
        bytes=bytes_of(path),
        format=kind,
        keras_version=raw.keras_version,
        backend=raw.backend,
        class_name=str(raw.config.get("class_name"))[:200],
        layers=sum(1 for _, layer in layers if not is_model(layer)),
        parameters=raw.parameters,
        inputs=inputs,
        outputs=outputs,
        loads_with=library,
        runs_code=tuple(code_layers(raw.config)),
        custom_objects=custom_names(raw.config),
        problems=judged.problems,
        layer_table=layer_table(raw.config, shares, shapes),
        labels=raw.labels,
        optimizer_bytes=raw.optimizer_bytes,
        repairs=judged.repairs,
        normalises=normalisers(ways, values_in(path, kind, shares)),
        backbone=backbone,
        backbone_scale=scale,
        words=words_in(raw.config, path),
        custom_code=_custom_code(raw, kind, library, path, options),
    )


def _custom_code(
    raw: RawModel, kind: Literal["h5", "keras"], library: Literal["tf_keras", "keras"], path: Path, options: LoadOptions
) -> CustomCode:
    """Whether any name in the Python file makes a difference to loading, regardless of other permissions."""
    if not options.custom_objects:
        return ""
    named = msgspec.structs.replace(options, allow_code=False)
    bare = msgspec.structs.replace(named, custom_objects={})
    found = [judge(raw, kind, library, str(path), given) for given in (named, bare)]
    return "unused" if found[0].problems == found[1].problems else "asks"


def library_for(kind: str, keras_version: str) -> Literal["tf_keras", "keras"]:
    """Which library loads a file: Keras 3 its own files, tf_keras everything older.

    By the file's version, never by trial: of 131 real models, 3 predicted something else with "Keras 3 first", none
    with "tf_keras for all older ones". Keras 2.12 to 2.15 and tf_keras write `.keras` files too; one that states no
    version is taken for Keras 3's, as Keras 3 itself does.
    """
    if kind == "keras":
        return "tf_keras" if keras_version.startswith("2.") else "keras"
    return "keras" if keras_version.startswith("3") else "tf_keras"

"""What the fake engine knows of models and of SavedModels, by the names of their files."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

import msgspec

from workbench.spec import messages as m
from workbench.spec.errors import ErrorInfo
from workbench.spec.manifest import manifest_shown
from workbench.spec.model import CustomCode, LayerFacts, ModelFacts, Normaliser, Problem, Repair, TensorFacts
from workbench.spec.tensors import SignatureSpec, TensorSpec

IMAGE: Final = TensorFacts("image", "float32", (None, 32, 32, 3))
SCORES: Final = TensorFacts("dense_1", "float32", (None, 10))


LAYERS: Final = (
    LayerFacts("conv2d_1", "Conv2D", 896, (None, 30, 30, 32), "relu"),
    LayerFacts("max_pooling2d_1", "MaxPooling2D", 0, (None, 15, 15, 32)),
    LayerFacts("base/conv2d_2", "Conv2D", 9248, (None, 13, 13, 32), "relu6", trainable=False),
    LayerFacts("flatten_1", "Flatten", 0, (None, 5408)),
    LayerFacts("dense_1", "Dense", 28_010, (None, 10), "softmax"),
)


REPAIRS: Final = (
    Repair(
        "KERAS1_DENSE", "'output_dim' became 'units' in 1 layer.", "Keras 2 renamed it.", "keras/legacy/interfaces.py"
    ),
)

DIVIDES: Final = (Normaliser("rescaling_1", "Rescaling", "0..255", "divides by 255 itself"),)

RESCALED: Final = (Repair("LAMBDA_TO_RESCALING", "Arithmetic became a Rescaling: lambda_10 (x * 2)."),)


def canned_facts(
    path: str,
    *,
    loaded: bool = False,
    custom: str = "",
    architecture: str = "",
    trusted: bool = False,
    allowed: frozenset[str] = frozenset(),
) -> ModelFacts | ErrorInfo:
    """What the fake engine knows of a model; the file's stem says which kind it is."""
    name = Path(path).stem
    if not Path(path).exists():
        return ErrorInfo("NO_FILE", "There is no such model file.", where=path)
    if name.startswith("bad"):
        return ErrorInfo("NOT_HDF5", "This is not an HDF5 file.", where=path, hint="Open a Keras .h5 or .keras file.")
    if name.startswith("weights") and not architecture:
        return ErrorInfo("WEIGHTS_ONLY", "The file holds weights alone.", where=path)
    if name.startswith("lambda") and loaded and not trusted:
        return ErrorInfo("LAMBDA", "The model carries code.", where=path)
    facts = _facts(path, *_tensors(name, loaded), problems=_problems(name, custom, trusted), runs_code=_code(name))
    return msgspec.structs.replace(
        facts,
        trusted=trusted,
        layer_table=LAYERS * 200 if name.startswith("many") else LAYERS,
        labels=tuple("abcdefghij") if name.startswith("labelled") else (),
        optimizer_bytes=76_400 if name.startswith("labelled") else 0,
        repairs=REPAIRS if name.startswith("odd") else RESCALED if name.startswith("lambda") else (),
        normalises=DIVIDES if name.startswith("divides") else (),
        custom_objects=("MyPool", "swish2") if name.startswith("custom") else (),
        custom_code=_custom_code(name, custom, allowed),
    )


def _facts(
    path: str,
    inputs: tuple[TensorFacts, ...],
    outputs: tuple[TensorFacts, ...],
    *,
    problems: tuple[Problem, ...],
    runs_code: tuple[str, ...],
) -> ModelFacts:
    return ModelFacts(
        path=path,
        sha256=hashlib.sha256(Path(path).read_bytes()).hexdigest() if Path(path).is_file() else "",
        bytes=287_344,
        format="keras" if path.endswith(".keras") else "h5",
        keras_version="2.1.6",
        backend="tensorflow",
        class_name="Sequential",
        layers=9,
        parameters=38_154,
        inputs=inputs,
        outputs=outputs,
        loads_with="tf_keras",
        runs_code=runs_code,
        problems=problems,
    )


def _tensors(name: str, loaded: bool) -> tuple[tuple[TensorFacts, ...], tuple[TensorFacts, ...]]:
    if name.startswith("features"):
        return (IMAGE, TensorFacts("Features", "float32", (None, 3))), (SCORES,)
    if name.startswith("anysize"):
        return (TensorFacts("image", "float32", (None, None, None, 3)),), (SCORES,)
    if name.startswith("lambda_shapeless"):
        return (TensorFacts("image", "float32", None),), (SCORES,)
    if name.startswith("fixed"):
        return (TensorFacts("image", "float32", (8, 32, 32, 3)),), (SCORES,)
    if name.startswith("vector"):
        return (TensorFacts("x", "float32", (None, 4)),), (SCORES,)
    if name.startswith("twins"):
        return (IMAGE, TensorFacts("mask", "float32", (None, 16, 16, 1))), (SCORES,)
    if name.startswith("heads"):
        return (IMAGE,), (SCORES, TensorFacts("age", "float32", (None, 1)))
    if name.startswith(("unknown", "lambda_unknown", "custom_unknown")) and not loaded:
        return (IMAGE,), (TensorFacts("dense_1", "float32", None),)
    return (IMAGE,), (SCORES,)


def _custom_code(name: str, custom: str, allowed: frozenset[str]) -> CustomCode:
    if not custom or "layers" not in custom:
        return ""
    return ("allowed" if custom in allowed else "asks") if name.startswith("custom") else "unused"


def _problems(name: str, custom: str, trusted: bool) -> tuple[Problem, ...]:
    if name.startswith("custom") and "layers" not in custom:
        return (Problem("CUSTOM_CLASS", "MyPool and swish2 are not Keras' own."),)
    if name.startswith("lambda") and not trusted:
        return (Problem("LAMBDA", "lambda_1: such parts carry Python code."),)
    if name.startswith("odd"):
        return (Problem("OLD_KERAS", "The file was written by Keras 1."),)
    return ()


def _code(name: str) -> tuple[str, ...]:
    if name.startswith("lambda"):
        return ("lambda_1", "lambda_10")
    return ("lambda_1",) if name.startswith("rescaled") else ()


def canned_signatures(path: str) -> m.SignaturesRead | ErrorInfo:
    """What the fake engine reads in a SavedModel's folder; one that begins with `bad` is damaged."""
    if Path(path).name.startswith("bad"):
        return ErrorInfo("BAD_SAVEDMODEL", "Its saved_model.pb is damaged.", where=path, hint="Copy it again.")
    inputs = {"image_bytes": TensorSpec("DT_STRING", (-1,), "in:0"), "x": TensorSpec("DT_FLOAT", (-1, 3), "x:0")}
    both = {"scores": TensorSpec("DT_FLOAT", (-1, 2), "out:0")}
    signature = SignatureSpec("tensorflow/serving/predict", inputs, both)
    manifest, trouble = manifest_shown(Path(path))
    return m.SignaturesRead(
        signatures={"predict_images": signature, "second": signature},
        tags=("serve",),
        tensorflow_version="1.15.5",
        manifest=manifest,
        trouble=trouble,
    )

"""Facts of a model file found without running it (`workbench inspect`), results of exports, and rows."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal

import msgspec

from workbench.spec.errors import ErrorInfo

Shape = tuple[int | None, ...]
"""Dimensions with the batch first; `None` is a dimension left open (the batch always is)."""


class ModelExtras(msgspec.Struct, frozen=True):
    """Files beside the model that the user named: Python for its own classes, an architecture for weights."""

    custom: Path | None = None
    architecture: Path | None = None


NOTHING_NAMED: Final = ModelExtras()


class TensorFacts(msgspec.Struct, frozen=True, omit_defaults=True):
    """One input or output of the model. `shape` is `None` where only loading would tell.

    `name` is the author's own key where inputs or outputs are a dict, and `layer` then names the layer; else it is the
    layer's name and `layer` is empty.
    """

    name: str
    dtype: str
    shape: Shape | None
    layer: str = ""


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """A problem or a note: `code` for programs, `message` for the user, `field` for forms."""

    code: str
    message: str
    field: str = ""


class LayerFacts(msgspec.Struct, frozen=True, omit_defaults=True):
    """One row of the layer table: `path` names the layer through the models and wrappers around it."""

    path: str
    class_name: str
    parameters: int = 0
    output: Shape | None = None
    activation: str = ""
    trainable: bool = True


class Repair(msgspec.Struct, frozen=True, omit_defaults=True):
    """One rewriting of a file's obsolete configuration before loading: what, why, and by which source."""

    code: str
    message: str
    reason: str = ""
    source: str = ""


class Normaliser(msgspec.Struct, frozen=True, omit_defaults=True):
    """A place in the model that scales the image itself: a layer, or a known backbone that holds such layers.

    `path` names the layer as the layer table does, `wants` is the scale (a name of `scale.SCALES`, or
    `mean/std:...`) the input before it has to have; empty where that cannot be told. `input` names the image
    input that comes to it where the model has several.
    """

    path: str
    class_name: str
    wants: str = ""
    reason: str = ""
    input: str = ""


CustomCode = Literal["", "unused", "asks", "allowed"]
"""How it stands with the Python file that was named for a model: see `ModelFacts`."""


class ModelFacts(msgspec.Struct, frozen=True):
    """Facts read from a model file by the static scan; the field names are the JSON of `workbench inspect --json`.

    `repairs` are what loading rewrites, `problems` what prevents it; `trusted` says that the user
    allowed this very file to run its code. `custom_code` is how it stands with the Python file that was named:
    `unused` where the model loads without it (it is then never run), `asks` where nobody has allowed that very
    content to run, `allowed`; empty where none was named. `normalises` are the places that scale the image
    within the model.
    `backbone` is the network of keras.applications that the image comes to, `backbone_scale` what its published
    weights were trained with; the scale is empty where the model scales the image before it.
    `words` are some of those that its lookups know, for made-up requests.
    """

    path: str
    sha256: str
    bytes: int
    format: Literal["h5", "keras"]
    keras_version: str
    backend: str
    class_name: str
    layers: int
    parameters: int
    inputs: tuple[TensorFacts, ...]
    outputs: tuple[TensorFacts, ...]
    loads_with: Literal["tf_keras", "keras"]
    runs_code: tuple[str, ...] = ()
    custom_objects: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    layer_table: tuple[LayerFacts, ...] = ()
    labels: tuple[str, ...] = ()
    optimizer_bytes: int = 0
    repairs: tuple[Repair, ...] = ()
    trusted: bool = False
    custom_code: CustomCode = ""
    normalises: tuple[Normaliser, ...] = ()
    backbone: str = ""
    backbone_scale: str = ""
    words: tuple[str, ...] = ()

    def image_inputs(self) -> tuple[TensorFacts, ...]:
        """The inputs that look like pictures: rank 4, one, three or four channels last."""
        return tuple(t for t in self.inputs if is_image(t))


def is_image(tensor: TensorFacts) -> bool:
    """Whether a tensor has the form `(batch, height, width, 1|3|4)` in floats or bytes."""
    shape = tensor.shape
    numbers = tensor.dtype.startswith("float") or tensor.dtype in ("bfloat16", "uint8")
    return shape is not None and len(shape) == 4 and shape[3] in (1, 3, 4) and numbers


class Progress(msgspec.Struct, frozen=True, omit_defaults=True):
    """How far a job is: `done` of `total` units (`total` 0 = unknown), and the step in words.

    `unit` is "bytes" where the units are; else they are steps, files or rows.
    `rate` is units a second, `left` the seconds that the rest takes at that rate; 0 where they are not known.
    """

    step: str
    done: int = 0
    total: int = 0
    unit: Literal["", "bytes"] = ""
    rate: float = 0.0
    left: float = 0.0


class StepTime(msgspec.Struct, frozen=True):
    """One finished step of a job and its seconds."""

    name: str
    seconds: float


class ExportResult(msgspec.Struct, frozen=True):
    """What `workbench export` wrote. `fingerprint` is the hash of model, settings and versions.

    `runtime` is the oldest TensorFlow that reads it, `warmup` the number of warm-up requests in it. `notes` are what is
    doubtful about the scale of the pixels.
    """

    path: str
    bytes: int
    files: int
    seconds: float
    fingerprint: str
    difference: float = 0.0
    reused: bool = False
    steps: tuple[StepTime, ...] = ()
    layout: str = "frozen"
    runtime: str = ""
    warmup: int = 0
    notes: tuple[Problem, ...] = ()


class RuntimeHold(msgspec.Struct, frozen=True, omit_defaults=True):
    """An op, or an attribute of one, that came with a later release; `node` is the first node that has it."""

    op: str
    since: str
    node: str
    attribute: str = ""


class RuntimeReach(msgspec.Struct, frozen=True, omit_defaults=True):
    """The oldest TensorFlow that reads a SavedModel, such as "1.15"; `held_back` says by what, the newest first.

    `oldest` is empty where the newest release known still lacks something; `unknown` are ops of no release.
    """

    oldest: str
    held_back: tuple[RuntimeHold, ...] = ()
    unknown: tuple[str, ...] = ()


class Row(msgspec.Struct, frozen=True, omit_defaults=True):
    """One input of `predict` or `call` with its prediction or its error, in input order."""

    source: str
    prediction: dict[str, object] | None = None
    error: ErrorInfo | None = None
    milliseconds: float = 0.0

    def document(self) -> dict[str, object]:
        """The row as `predict` and `call` write it in JSON: its source with the prediction or the error."""
        if self.error:
            message = f"{self.error.message} {self.error.hint}".strip()
            return {"source": self.source, "error": {"code": self.error.code, "message": message}}
        return {"source": self.source, "prediction": self.prediction}

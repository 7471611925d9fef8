"""The tables of a project beside `[preprocess]`: the signature's keys, further images, the export, the gate."""

from __future__ import annotations

import re
from typing import Final, Literal

import msgspec

from workbench.spec.errors import WorkbenchError
from workbench.spec.preprocess import Colour, Preprocess, check_fit
from workbench.spec.reader import parse_reader
from workbench.spec.reader_family import Fit
from workbench.spec.scale import parse_scale
from workbench.spec.step_rules import SHORT_DEFAULTS, check_steps

Activation = Literal["", "softmax", "sigmoid"]
Layout = Literal["frozen", "variables"]

PASSTHROUGH_DTYPES: Final = (
    *("string", "bool", "int8", "int16", "int32", "int64", "uint8", "float16", "float32", "float64"),
)
"""What a passthrough key may carry: the dtypes that JSON and every TensorFlow since 1.15 have words for."""

_PASSTHROUGH: Final = re.compile(r"(?P<key>[^:=\[\]]+)(:(?P<dtype>\w+)?(\[(?P<shape>[^\]]*)\])?)?(=(?P<reply>.+))?")


GOLDEN_FILE: Final = "golden.json"
"""Where accepted answers are kept, beside the project, unless it names another place."""


class Passthrough(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A request key that comes back unchanged: of any dtype and shape, renamed on the way out if wished.

    `shape` is that of one instance, -1 for an open dimension; `()` is a single value.
    """

    key: str
    reply: str = ""
    dtype: str = "string"
    shape: tuple[int, ...] = ()

    @property
    def alias(self) -> str:
        """The key it has in the reply."""
        return self.reply or self.key


class SignatureSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The `[signature]` table: names of the signatures, aliases, passthrough keys, labels and what is answered.

    Default keys: `input`, `metadata`, `classes`. An output whose alias is empty is left out; a signature whose name is
    empty is not written. `inputs` and `outputs` rename the model's own tensors. `scores_of` names the output
    that holds the scores where there are several. `labels` stand in the order of the scores' last dimension.
    `top_k` above 0 adds the best labels and their scores, `best_key` the best label alone. `defaults` are the
    values of features that a `tf.train.Example` may lack.
    """

    name: str = "serving_default"
    image_key: str = "input"
    scores_key: str = "classes"
    passthrough: tuple[str | Passthrough, ...] = ("metadata",)
    labels: tuple[str, ...] = ()
    inputs: dict[str, str] = {}
    outputs: dict[str, str] = {}
    scores_of: str = ""
    activation: Activation = ""
    top_k: int = 0
    labels_key: str = "labels"
    top_scores_key: str = "scores"
    best_key: str = ""
    tf_example: str = "tf_example"
    examples_key: str = "examples"
    tensor: str = "tensor"
    classify: str = ""
    defaults: dict[str, object] = {}

    def passed(self) -> tuple[Passthrough, ...]:
        """The passthrough keys, each with its dtype and shape."""
        return tuple(Passthrough(p) if isinstance(p, str) else p for p in self.passthrough)


class ImageInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An `[images.NAME]` table: a further model input NAME that a picture feeds.

    `key` is its alias, else the input's name. Without `preprocess` it is read as the first picture is.
    """

    key: str = ""
    preprocess: Preprocess | None = None


class ExportSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The `[export]` table: `frozen` is one file with the weights in it, `variables` has them beside it.

    `examples` are image files or folders, from the project's folder; they become warm-up requests and golden
    cases in `assets.extra`. `example_values` is a CSV or JSON lines file with the values of their other keys.
    """

    layout: Layout = "frozen"
    examples: tuple[str, ...] = ()
    example_values: str = ""


def parse_passthrough(text: str) -> str | Passthrough:
    """`KEY`, `KEY=REPLY`, `KEY:DTYPE`, `KEY:DTYPE[4]`, `KEY:DTYPE[-1,2]=REPLY`. Raises BAD_PASSTHROUGH."""
    found = _PASSTHROUGH.fullmatch(text)
    if found is None:
        hint = "Write KEY, KEY=REPLY, KEY:int64 or KEY:float32[4]."
        raise WorkbenchError("BAD_PASSTHROUGH", f"'{text}' is not a valid passthrough key.", hint=hint)
    shape = _dims(text, found["shape"] or "")
    made = Passthrough(found["key"], found["reply"] or "", found["dtype"] or "string", shape)
    check_passthrough(made)
    return plain(made)


def _dims(text: str, dims: str) -> tuple[int, ...]:
    try:
        return tuple(int(d) for d in dims.split(",") if d.strip())
    except ValueError:
        hint = "Write whole numbers, -1 for any length: KEY:float32[4]."
        raise WorkbenchError("BAD_PASSTHROUGH", f"The shape in '{text}' is not valid.", hint=hint) from None


def plain(passthrough: Passthrough) -> str | Passthrough:
    """The key alone where nothing else is said: how a project file keeps it."""
    return passthrough.key if passthrough == Passthrough(passthrough.key) else passthrough


def passthrough_text(passthrough: str | Passthrough) -> str:
    """A passthrough key as `parse_passthrough` reads it."""
    if isinstance(passthrough, str):
        return passthrough
    dims = f"[{','.join(map(str, passthrough.shape))}]" if passthrough.shape else ""
    kind = f":{passthrough.dtype}{dims}" if dims or passthrough.dtype != "string" else ""
    return f"{passthrough.key}{kind}{f'={passthrough.reply}' if passthrough.reply else ''}"


def check_passthrough(passthrough: Passthrough) -> None:
    """Raise `WorkbenchError` BAD_PASSTHROUGH for a dtype or shape that no request can carry."""
    if passthrough.dtype not in PASSTHROUGH_DTYPES:
        hint = f"One of: {', '.join(PASSTHROUGH_DTYPES)}."
        text = f"'{passthrough.dtype}' is not a dtype for the passthrough key '{passthrough.key}'."
        raise WorkbenchError("BAD_PASSTHROUGH", text, hint=hint)
    if any(d < -1 or d == 0 for d in passthrough.shape):
        text = f"The shape {list(passthrough.shape)} of the passthrough key '{passthrough.key}' is not valid."
        raise WorkbenchError("BAD_PASSTHROUGH", text, hint="Each dimension must be above 0, or -1 for any length.")


class TrainingSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How training read its images where the export is meant to read them otherwise; empty: as `[preprocess]` says.

    `steps` take the place of that table's steps and of its `fit`, `scale` and `colour`.
    """

    reader: str = ""
    scale: str = ""
    fit: Fit | Literal[""] = ""
    colour: Colour | Literal[""] = ""
    steps: tuple[str, ...] = ()


class CheckSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Images and limits of the release gate. Paths start at the project's folder.

    `images` are files and folders (with folders named after the classes: labelled), `values` a CSV or JSON lines
    file with their other keys. `seen` is an `.npz` of what training's own code made of some images: arrays by file
    name. `confirmed` are the readers of the project that somebody has confirmed to be training's, which no model file
    records. `golden` is the file of accepted answers. `python` is the interpreter of another TensorFlow to try the
    export in. `allow_ops` are ops that the security check lets pass. `accuracy` is the least share of labelled images
    that must be right (0..1), `latency_ms` the most that one image may take at the 95th percentile; 0: no limit.
    `matched` is what `match` found the settings by, in words for people: nothing depends on it.
    """

    images: tuple[str, ...] = ()
    values: str = ""
    seen: str = ""
    confirmed: tuple[str, ...] = ()
    golden: str = GOLDEN_FILE
    python: str = ""
    training: TrainingSettings = TrainingSettings()
    allow_ops: tuple[str, ...] = ()
    accuracy: float = 0.0
    latency_ms: float = 0.0
    matched: str = ""


def training_path(preprocess: Preprocess, training: TrainingSettings) -> Preprocess:
    """The settings that training read its images with. Raises `WorkbenchError` BAD_READER, BAD_SCALE, BAD_FIT or
    BAD_STEP."""
    if training.steps:
        preprocess = msgspec.structs.replace(preprocess, **SHORT_DEFAULTS)
    names = ("reader", "scale", "fit", "colour", "steps")
    changes = {name: value for name in names if (value := getattr(training, name))}
    found = msgspec.structs.replace(preprocess, exact=True, **changes)
    parse_reader(found.reader)
    parse_scale(found.scale)
    check_fit(found)
    check_steps(found)
    return found


def check_limits(settings: CheckSettings) -> None:
    """Raises `WorkbenchError` BAD_LIMIT for limits that nothing can meet or miss."""
    if not 0 <= settings.accuracy <= 1:
        raise WorkbenchError("BAD_LIMIT", f"The accuracy {settings.accuracy} is out of range.", hint="Write 0 to 1.")
    if settings.latency_ms < 0:
        text = f"The latency {settings.latency_ms} ms is out of range."
        raise WorkbenchError("BAD_LIMIT", text, hint="Write 0 or more.")

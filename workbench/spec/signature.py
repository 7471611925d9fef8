"""From model facts and a project to SignatureDefs: a pure function, linted as one types."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from workbench.spec.errors import WorkbenchError
from workbench.spec.model import ModelFacts, Problem, Shape, TensorFacts
from workbench.spec.project import Project, image_input, project_problems

PREDICT_METHOD: Final = "tensorflow/serving/predict"
SERVING_DEFAULT: Final = "serving_default"
"""TF Serving's and ML Engine's default signature key (`signature_constants.py` in TensorFlow)."""

DT_NAMES: Final = {
    "string": "DT_STRING",
    "float16": "DT_HALF",
    "bfloat16": "DT_BFLOAT16",
    "float32": "DT_FLOAT",
    "float64": "DT_DOUBLE",
    "int8": "DT_INT8",
    "int16": "DT_INT16",
    "int32": "DT_INT32",
    "int64": "DT_INT64",
    "uint8": "DT_UINT8",
    "bool": "DT_BOOL",
}
"""numpy's dtype names to the enum names of `tensorflow/core/framework/types.proto`."""

_ALIAS = re.compile(r"[A-Za-z0-9_.][A-Za-z0-9_.\-]*")


class TensorSpec(msgspec.Struct, frozen=True):
    """A TensorInfo: `dtype` as the enum's name, `shape` with -1 for open dimensions (null = unknown rank)."""

    dtype: str
    shape: tuple[int, ...] | None
    name: str


class SignatureSpec(msgspec.Struct, frozen=True):
    """A SignatureDef: what goes in and comes out under which alias."""

    method_name: str
    inputs: dict[str, TensorSpec]
    outputs: dict[str, TensorSpec]


class Composition(msgspec.Struct, frozen=True):
    """The signatures of a project as they will be, and what is wrong with them.

    `feeds` says which alias feeds which model input, `scores` which alias carries which model
    output; passthrough aliases are in neither.
    """

    signatures: dict[str, SignatureSpec]
    problems: tuple[Problem, ...]
    image_alias: str = ""
    feeds: dict[str, str] = {}
    scores: dict[str, str] = {}
    passthrough: tuple[str, ...] = ()

    def refuse_problems(self, where: str) -> None:
        """Raise the first problem as `WorkbenchError`, for those who need a clean signature."""
        if self.problems:
            first = self.problems[0]
            place = f" ({first.field})" if first.field else ""
            raise WorkbenchError(first.code, f"{first.message}{place}", where=where)


def compose(facts: ModelFacts, project: Project) -> Composition:
    """The signatures `project` gives the model, tensor names included.

    `serving_default` takes encoded image bytes under the image alias, every other model input
    under its own name, and each passthrough key as a string; it answers the scores and the
    passthrough keys. Never raises for bad settings: they come back as problems.
    """
    problems = project_problems(project, facts)
    try:
        image = image_input(facts, project.preprocess.input)
    except WorkbenchError:
        return Composition({}, tuple(problems))
    keys = project.signature
    feeds = {keys.image_key: image.name} | {t.name: t.name for t in facts.inputs if t.name != image.name}
    scores = _score_aliases(facts, keys.scores_key)
    inputs = {alias: _placeholder(alias, facts, model_input, image) for alias, model_input in feeds.items()}
    outputs = {alias: _output(alias, tensor) for alias, tensor in scores.items()}
    for key in keys.passthrough:
        inputs[key] = TensorSpec("DT_STRING", (-1,), input_tensor(key))
        outputs[key] = TensorSpec("DT_STRING", (-1,), output_tensor(key))
    problems += lint_aliases(facts, project)
    return Composition(
        signatures={SERVING_DEFAULT: SignatureSpec(PREDICT_METHOD, inputs, outputs)},
        problems=tuple(problems),
        image_alias=keys.image_key,
        feeds=feeds,
        scores={alias: tensor.name for alias, tensor in scores.items()},
        passthrough=tuple(dict.fromkeys(keys.passthrough)),
    )


def input_tensor(alias: str) -> str:
    """The graph's name for an input of `serving_default`."""
    return f"{SERVING_DEFAULT}/inputs/{alias}:0"


def output_tensor(alias: str) -> str:
    """The graph's name for an output of `serving_default`."""
    return f"{SERVING_DEFAULT}/outputs/{alias}:0"


def _score_aliases(facts: ModelFacts, scores_key: str) -> dict[str, TensorFacts]:
    if len(facts.outputs) == 1:
        return {scores_key: facts.outputs[0]}
    # With several outputs one alias cannot name them all: each keeps the model's own name.
    return {tensor.name: tensor for tensor in facts.outputs}


def _placeholder(alias: str, facts: ModelFacts, model_input: str, image: TensorFacts) -> TensorSpec:
    if model_input == image.name:
        return TensorSpec("DT_STRING", (-1,), input_tensor(alias))
    tensor = next(t for t in facts.inputs if t.name == model_input)
    return TensorSpec(_dt(tensor.dtype), _shape(tensor.shape), input_tensor(alias))


def _output(alias: str, tensor: TensorFacts) -> TensorSpec:
    return TensorSpec(_dt(tensor.dtype), _shape(tensor.shape), output_tensor(alias))


def _dt(dtype: str) -> str:
    return DT_NAMES.get(dtype, f"DT_{dtype.upper()}")


def _shape(shape: Shape | None) -> tuple[int, ...] | None:
    return None if shape is None else (-1, *(-1 if d is None else d for d in shape[1:]))


def lint_aliases(facts: ModelFacts, project: Project) -> list[Problem]:
    """Alias rules: legal characters, no alias twice, and what a `_bytes` ending does to a reply."""
    keys = project.signature
    found: list[Problem] = []
    others = [t.name for t in facts.inputs if t.name != image_input(facts, project.preprocess.input).name]
    ins = [("signature.image_key", keys.image_key)]
    ins += [("signature.passthrough", key) for key in keys.passthrough]
    outs = [("signature.scores_key", alias) for alias in _score_aliases(facts, keys.scores_key)]
    outs += [("signature.passthrough", key) for key in keys.passthrough]
    found += _illegal(ins + outs)
    found += _twice([("", name) for name in others] + ins, "asked for")
    found += _twice(outs, "answered")
    found += _bytes_ending(outs)
    if keys.labels:
        found += _label_count(facts, len(keys.labels))
    return list(dict.fromkeys(found))


def _illegal(fields: list[tuple[str, str]]) -> Iterator[Problem]:
    for field, alias in fields:
        if not _ALIAS.fullmatch(alias):
            text = f"'{alias}' cannot be a key: use letters, digits, '_', '.', '-' and begin with a letter or digit."
            yield Problem("BAD_ALIAS", text, field)


def _twice(fields: list[tuple[str, str]], verb: str) -> Iterator[Problem]:
    seen: set[str] = set()
    for field, alias in fields:
        if alias in seen:
            yield Problem("DUPLICATE_ALIAS", f"The key '{alias}' is {verb} twice.", field)
        seen.add(alias)


def _bytes_ending(outs: list[tuple[str, str]]) -> Iterator[Problem]:
    for field, alias in outs:
        if field == "signature.passthrough" and alias.endswith("_bytes"):
            text = f"'{alias}' ends in _bytes: its reply would be base64 ({{\"b64\": ...}}), not the text sent."
            yield Problem("BYTES_SUFFIX", text, field)


def _label_count(facts: ModelFacts, labels: int) -> Iterator[Problem]:
    if len(facts.outputs) != 1:
        return
    shape = facts.outputs[0].shape
    width = shape[-1] if shape else None
    if width is not None and width != labels:
        text = f"There are {labels} labels for {width} scores."
        yield Problem("LABEL_COUNT", text, "signature.labels")

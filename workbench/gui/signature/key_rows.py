"""The rows of the three tables of keys: what goes in, what is passed through, what is answered. Pure."""

from __future__ import annotations

import enum
import json
from collections.abc import Iterator
from dataclasses import dataclass

from workbench.gui.texts import tr
from workbench.spec.image_feeds import describe_shape
from workbench.spec.model import ModelFacts
from workbench.spec.project import Project
from workbench.spec.reply_outputs import output_alias, scores_answer, scores_output
from workbench.spec.settings import Passthrough
from workbench.spec.signature import Composition
from workbench.spec.tensors import NUMPY_NAMES, SignatureInput, TensorSpec

IMAGE, TENSOR, PASSED, OUTPUT = "image:", "tensor:", "passed:", "output:"
TOP_LABELS, TOP_SCORES, BEST = "top_labels", "top_scores", "best"
"""What the ids of rows begin with, or are; behind a colon stands the model's name of the tensor, or a place."""


class KeyColumn(enum.IntEnum):
    """The columns; the second is what is behind a key, or the key in the reply."""

    KEY = 0
    WHAT = 1
    TYPE = 2
    SHAPE = 3
    DEFAULT = 4


@dataclass(frozen=True)
class KeyRow:
    """One key. `texts` are the cells as shown, `edits` what is typed in them (None = not to be edited).

    `checked` is None where a key cannot be left out. `fields` are those of the project that the row edits,
    `names` the words by which a problem's sentence would name it.
    """

    id: str
    texts: tuple[str, ...]
    edits: tuple[str | None, ...]
    checked: bool | None = None
    fields: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    why_not: str = ""


def input_rows(facts: ModelFacts, project: Project, composition: Composition) -> list[KeyRow]:
    """The keys of pictures and of the model's other inputs."""
    return [_input_row(feed, facts, project) for feed in composition.feeds if feed.kind != "passthrough"]


def _input_row(feed: SignatureInput, facts: ModelFacts, project: Project) -> KeyRow:
    several = len(facts.inputs) > 1
    picture = feed.kind == "image"
    what = tr("Keys", "image") if picture else tr("Keys", "values")
    what += tr("Keys", " for '{name}'").format(name=feed.source) if several else ""
    first = picture and feed.source not in project.images
    field = "signature.image_key" if first else f"images.{feed.source}.key" if picture else "signature.inputs"
    default = None if picture else default_text(project, feed.alias)
    return KeyRow(
        id=f"{IMAGE if picture else TENSOR}{feed.source}",
        texts=(feed.alias, what, *_kind(feed.tensor), default or ""),
        edits=(feed.alias, None, None, None, default),
        fields=(field, "signature.defaults"),
        names=(feed.alias,),
    )


def passthrough_rows(project: Project) -> list[KeyRow]:
    """The keys that come back unchanged."""
    return [_passed_row(place, passed, project) for place, passed in enumerate(project.signature.passed())]


def _passed_row(place: int, passed: Passthrough, project: Project) -> KeyRow:
    dims = ",".join(map(str, passed.shape))
    default = default_text(project, passed.key)
    return KeyRow(
        id=f"{PASSED}{place}",
        texts=(passed.key, passed.alias, passed.dtype, _dims_text(passed.shape), default),
        edits=(passed.key, passed.alias, passed.dtype, dims, default),
        fields=("signature.passthrough", "signature.defaults"),
        names=(passed.key, passed.alias),
    )


def _dims_text(dims: tuple[int, ...]) -> str:
    return f"[{', '.join('?' if d < 0 else str(d) for d in dims)}]" if dims else tr("Keys", "one value")


def default_text(project: Project, key: str) -> str:
    """What an Example that lacks the key counts as having, as it is typed; empty where it may not lack it."""
    if key not in project.signature.defaults:
        return ""
    value = project.signature.defaults[key]
    return value if isinstance(value, str) else json.dumps(value)


def output_rows(facts: ModelFacts, project: Project, composition: Composition) -> list[KeyRow]:
    """The model's outputs and what can be made of the scores, also what is left out now."""
    return [*_model_outputs(facts, project), *_made_of_scores(facts, project, composition)]


def _model_outputs(facts: ModelFacts, project: Project) -> Iterator[KeyRow]:
    keys = project.signature
    scores = scores_output(facts, keys)
    for tensor in facts.outputs:
        is_scores = tensor is scores
        usual = (keys.scores_key if is_scores else "") or tensor.name
        alias = output_alias(tensor, keys, is_scores=is_scores)
        yield KeyRow(
            id=f"{OUTPUT}{tensor.name}",
            texts=(
                alias or usual,
                _output_words(tensor.name, keys.activation, is_scores),
                tensor.dtype,
                describe_shape(tensor.shape),
            ),
            edits=(alias if alias else None, None, None, None),
            checked=bool(alias),
            fields=("signature.scores_key", "signature.outputs") if is_scores else ("signature.outputs",),
            names=(alias or usual,),
        )


def _output_words(name: str, activation: str, is_scores: bool) -> str:
    if not is_scores:
        return tr("Keys", "output '{name}'").format(name=name)
    if activation:
        return tr("Keys", "{activation} of '{name}'").format(activation=activation, name=name)
    return tr("Keys", "scores '{name}'").format(name=name)


def _made_of_scores(facts: ModelFacts, project: Project, composition: Composition) -> Iterator[KeyRow]:
    keys = project.signature
    why_not = "" if scores_answer(facts, project) else tr("Keys", "The scores are not one number per class.")
    if scores_output(facts, keys) is None:
        why_not = tr("Keys", "Choose the output with the scores below.")
    answered = {a.kind: a.tensor for a in composition.answers}
    words = _label_words(bool(keys.labels), keys.top_k)
    rows = (
        (TOP_LABELS, keys.labels_key, keys.top_k > 0, "labels_key", "labels"),
        (TOP_SCORES, keys.top_scores_key, keys.top_k > 0, "top_scores_key", "scores"),
        (BEST, keys.best_key, True, "best_key", "label"),
    )
    for kind, alias, wanted, field, usual in rows:
        on = bool(alias) and wanted
        tensor = answered.get(kind)  # type: ignore[call-overload] # the three ids are kinds of answers
        yield KeyRow(
            id=kind,
            texts=(alias or usual, words[kind], *(_kind(tensor) if tensor else ("", ""))),
            edits=(alias if on else None, None, None, None),
            checked=on,
            fields=(f"signature.{field}", *(("signature.top_k",) if kind == TOP_LABELS else ())),
            names=(alias,),
            why_not="" if on else why_not,
        )


def _label_words(named: bool, count: int) -> dict[str, str]:
    """What the answers made of scores are called; without labels a class is its number."""
    top = tr("Keys", "top-{k} labels") if named else tr("Keys", "top-{k} class indices")
    scores = tr("Keys", "top-{k} scores")
    best = tr("Keys", "top-1 label") if named else tr("Keys", "top-1 class index")
    k = str(count) if count > 0 else "k"
    return {TOP_LABELS: top.format(k=k), TOP_SCORES: scores.format(k=k), BEST: best}


def _kind(tensor: TensorSpec) -> tuple[str, str]:
    shape = None if tensor.shape is None else tuple(None if d < 0 else d for d in tensor.shape)
    return NUMPY_NAMES.get(tensor.dtype, tensor.dtype), describe_shape(shape)

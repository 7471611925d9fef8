"""Expected outputs of an export, computed from the model's own outputs; used by `verify`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from workbench.spec.model import ModelFacts
from workbench.spec.project import Project
from workbench.spec.reply_outputs import scores_answer
from workbench.spec.signature import Composition

Array = npt.NDArray[Any]
Outputs = Mapping[str, Array]


def model_inputs(
    facts: ModelFacts, made: Composition, pixels: Mapping[str, Array], columns: Mapping[str, Any]
) -> list[Array]:
    """The model's inputs in its own order: preprocessed images by alias, all others from the columns."""
    by_input = {
        f.source: pixels[f.alias] if f.alias in pixels else np.asarray(columns[f.alias])
        for f in made.feeds
        if f.kind != "passthrough"
    }
    return [by_input[t.name] for t in facts.inputs]


def model_outputs(facts: ModelFacts, project: Project, outputs: Sequence[Any]) -> dict[str, Array]:
    """The model's outputs by name, with the project's activation applied to its scores."""
    named = zip((t.name for t in facts.outputs), outputs, strict=True)
    found = {name: np.asarray(y) for name, y in named}
    scores = scores_answer(facts, project)
    if scores is not None and project.signature.activation:
        found[scores.source] = activated(found[scores.source], project.signature.activation)
    return found


def activated(values: Array, activation: str) -> Array:
    """Softmax or sigmoid of logits `(..., classes)`, computed in float64 and returned in the input's dtype."""
    exact = values.astype("float64")
    if activation == "sigmoid":
        found: Array = 1.0 / (1.0 + np.exp(-exact))
    else:
        raised = np.exp(exact - exact.max(-1, keepdims=True))
        found = raised / raised.sum(-1, keepdims=True)
    return found.astype(values.dtype)


def class_scores(facts: ModelFacts, project: Project, outputs: Outputs) -> Array | None:
    """One score per class `(n, classes)`; `None` if the model has none. A single sigmoid unit stands for two
    classes."""
    scores = scores_answer(facts, project)
    if scores is None:
        return None
    found = outputs[scores.source]
    return np.concatenate([1 - found, found], -1) if scores.two_class else found


def differences(ours: Array, theirs: Array) -> Array:
    """The largest absolute difference of each row `(n,)`; infinite if the shapes differ.

    A model that returns NaN is exported as it is, and the release gate judges it. In a row with NaN on both sides only
    numbers are compared: how far NaN spreads depends on the processor (on some, a fused ReLU turns it into 0).
    """
    if ours.shape != theirs.shape:
        return np.full(len(ours), np.inf)
    unknown = _unknown(ours, theirs) if ours.dtype.kind == "f" else np.zeros(ours.shape, bool)
    with np.errstate(invalid="ignore"):  # The difference of two infinities is NaN, which no limit accepts.
        apart = np.where(unknown | (ours == theirs), 0, np.abs(ours.astype(float) - theirs.astype(float)))
    found: Array = apart.reshape(len(apart), -1).max(axis=1, initial=0.0)
    return np.where(np.isnan(found), np.inf, found)


def _unknown(ours: Array, theirs: Array) -> Array:
    """Which values are NaN on either side, in the rows in which both sides have NaN."""
    nan, others = np.isnan(ours), np.isnan(theirs)
    rows = (nan.reshape(len(nan), -1).any(axis=1) & others.reshape(len(nan), -1).any(axis=1)).reshape(
        -1, *[1] * (ours.ndim - 1)
    )
    found: Array = rows & (nan | others)
    return found

"""Notes on a valid signature: the form of the reply, and surprising behaviour."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from workbench.spec.errors import WorkbenchError
from workbench.spec.image_feeds import ImageFeed, own_size, pictures
from workbench.spec.model import ModelFacts, Problem
from workbench.spec.project import Project
from workbench.spec.reply_outputs import scores_answer
from workbench.spec.scaling_notes import scaling_notes
from workbench.spec.step_rules import said_scale, scale_field
from workbench.spec.tensors import SignatureOutput, SignatureSpec

NO_SERVING_DEFAULT: Final = "No signature is named serving_default: callers have to name one in every request."
"""Of a project's signatures and of those in an export."""


def notes_on(
    facts: ModelFacts, project: Project, signatures: Mapping[str, SignatureSpec], answers: Sequence[SignatureOutput]
) -> Iterator[Problem]:
    """Notes, each with the field it belongs to; none of them stands in the way of an export."""
    keys = project.signature
    if "serving_default" not in signatures:
        yield Problem("NO_SERVING_DEFAULT", NO_SERVING_DEFAULT, "signature.name")
    yield from _bytes_endings(answers)
    if len(answers) == 1:
        text = f"Only one output: TensorFlow Serving returns the bare value, ML Engine {{'{answers[0].alias}': value}}."
        yield Problem("BARE_REPLY", f"{text} With a second key, both return an object.", "signature.scores_key")
    yield from _activation(facts, project)
    doubles = [p.key for p in keys.passed() if p.dtype == "float64"]
    if keys.tf_example and doubles:
        text = f"In a tf.train.Example '{doubles[0]}' is stored as float32 and returned rounded."
        yield Problem("ROUNDED", text, "signature.passthrough")
    yield from _pictures(facts, project)


def _bytes_endings(answers: Sequence[SignatureOutput]) -> Iterator[Problem]:
    fields = {"passthrough": "passthrough", "top_labels": "labels_key", "best": "best_key"}
    for answer in answers:
        if answer.tensor.dtype == "DT_STRING" and answer.alias.endswith("_bytes"):
            text = f"'{answer.alias}' ends in _bytes: it is returned as base64 ({{\"b64\": ...}}), not as text."
            yield Problem("BYTES_SUFFIX", text, f"signature.{fields.get(answer.kind, 'outputs')}")


def _activation(facts: ModelFacts, project: Project) -> Iterator[Problem]:
    scores = scores_answer(facts, project)
    last = facts.layer_table[-1].activation if facts.layer_table and len(facts.outputs) == 1 else ""
    if scores is None or not last:
        return
    if project.signature.activation and last in ("softmax", "sigmoid"):
        text = f"The last layer already applies {last}; another {project.signature.activation} flattens the scores."
        yield Problem("DOUBLE_ACTIVATION", text, "signature.activation")
    if not project.signature.activation and last == "linear" and scores.width > 1 and project.signature.labels:
        text = "The last layer has no activation: these are logits. Choose softmax if the scores should sum to 1."
        yield Problem("LOGITS", text, "signature.activation")


def _pictures(facts: ModelFacts, project: Project) -> Iterator[Problem]:
    try:
        found = pictures(facts, project)
    except WorkbenchError:
        return  # Told as a problem.
    for picture in found:
        if picture.preprocess.as_sent:
            yield Problem("AS_SENT", _as_sent(picture), f"{picture.field}.size")
        yield from _scaling(facts, picture)


def _scaling(facts: ModelFacts, picture: ImageFeed) -> Iterator[Problem]:
    try:
        scale = said_scale(picture.preprocess)
    except WorkbenchError:
        return  # Told as a problem.
    for note in scaling_notes(facts, scale, picture.tensor.name):
        yield Problem(note.code, note.message, f"{picture.field}.{scale_field(picture.preprocess)}")


def _as_sent(picture: ImageFeed) -> str:
    """What callers have to know of images that keep their own size."""
    words = (
        f"{side} pixels {word}" for side, word in zip(own_size(picture.tensor), ("high", "wide"), strict=True) if side
    )
    sides = "".join(f" Every image must be {side}." for side in words)
    text = f"The images of '{picture.alias}' are not resized.{sides} All images of one request must have the same size"
    return f"{text}: send one image per request or images of one size, and turn off batching in the server."

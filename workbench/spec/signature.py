"""Composes SignatureDefs from model facts and a project: a pure function, fast enough to run at each keystroke."""

from __future__ import annotations

from typing import Final

import msgspec

from workbench.spec.errors import WorkbenchError
from workbench.spec.image_feeds import ImageFeed, pictures
from workbench.spec.lint import lint
from workbench.spec.model import ModelFacts, Problem, TensorFacts
from workbench.spec.notes import notes_on
from workbench.spec.problems import project_problems
from workbench.spec.project import Project
from workbench.spec.reply_outputs import answers_of, scores_answer
from workbench.spec.tensors import (
    SignatureInput,
    SignatureOutput,
    SignatureSpec,
    TensorSpec,
    dims,
    dt,
    examples_tensor,
    input_tensor,
    output_tensor,
    pixel_tensor,
)

__all__ = ["Composition", "SignatureInput", "SignatureOutput", "SignatureSpec", "TensorSpec", "compose"]

PREDICT_METHOD: Final = "tensorflow/serving/predict"
CLASSIFY_METHOD: Final = "tensorflow/serving/classify"
SERVING_DEFAULT: Final = "serving_default"
"""TF Serving's and ML Engine's default signature key (`signature_constants.py` in TensorFlow)."""

CLASSIFY_INPUT: Final = "inputs"
CLASSIFY_CLASSES: Final = "classes"
CLASSIFY_SCORES: Final = "scores"
"""The only aliases a classify signature may have (`signature_def_utils_impl.py`, TF Serving's classifier)."""


class Composition(msgspec.Struct, frozen=True):
    """The signatures of a project as they will be, and what is wrong (`problems`) or worth knowing (`notes`).

    `serving` is the name of the signature that takes encoded images; `feeds` are its inputs and `answers` its
    outputs, each with what is behind it. `examples` and `tensors` are the graph's tensors that the other
    signatures feed: the serialized Examples, and the preprocessed image of each image alias. `as_sent` are the image
    aliases whose pictures keep their own size: one request holds pictures of one size there.
    """

    signatures: dict[str, SignatureSpec]
    problems: tuple[Problem, ...]
    notes: tuple[Problem, ...] = ()
    serving: str = SERVING_DEFAULT
    feeds: tuple[SignatureInput, ...] = ()
    answers: tuple[SignatureOutput, ...] = ()
    examples: TensorSpec | None = None
    tensors: dict[str, TensorSpec] = {}
    classify: tuple[SignatureOutput, ...] = ()
    as_sent: tuple[str, ...] = ()

    @property
    def image_aliases(self) -> tuple[str, ...]:
        """The keys that carry a picture's bytes, the first picture first."""
        return tuple(f.alias for f in self.feeds if f.kind == "image")

    @property
    def image_alias(self) -> str:
        """The first picture's key; empty where the model takes no picture."""
        return next(iter(self.image_aliases), "")

    @property
    def passthrough(self) -> tuple[str, ...]:
        """The request keys that come back."""
        return tuple(f.alias for f in self.feeds if f.kind == "passthrough")

    @property
    def main(self) -> SignatureSpec | None:
        """The signature that takes encoded images."""
        return self.signatures.get(self.serving)

    def refuse_problems(self, where: str) -> None:
        """Raise the first problem as `WorkbenchError`, for those who need a clean signature."""
        if self.problems:
            first = self.problems[0]
            place = f" ({first.field})" if first.field else ""
            raise WorkbenchError(first.code, f"{first.message}{place}", where=where)


def compose(facts: ModelFacts, project: Project) -> Composition:
    """The signatures `project` gives the model, tensor names included.

    The serving signature takes encoded image bytes, every other model input under its own or the user's name,
    and each passthrough key; it answers the scores, what is made of them and the passthrough keys. The others
    feed inner tensors of the same graph. Never raises for bad settings: they come back as problems.
    """
    problems = project_problems(project, facts)
    try:
        feeds = _feeds(facts, project)
    except WorkbenchError:
        return Composition({}, tuple(problems))
    answers, found = answers_of(facts, project)
    problems += found + lint(facts, project, feeds, answers)
    signatures, examples, tensors, classify = _signatures(facts, project, feeds, answers)
    return Composition(
        signatures=signatures,
        problems=tuple(dict.fromkeys(problems)),
        notes=tuple(notes_on(facts, project, signatures, answers)),
        serving=project.signature.name,
        feeds=feeds,
        answers=answers,
        examples=examples,
        tensors=tensors,
        classify=classify,
        as_sent=tuple(p.alias for p in pictures(facts, project) if p.preprocess.as_sent),
    )


def _feeds(facts: ModelFacts, project: Project) -> tuple[SignatureInput, ...]:
    shown = {p.tensor.name: p for p in pictures(facts, project)}
    keys = project.signature
    images = [
        SignatureInput(p.alias, "image", name, TensorSpec("DT_STRING", (-1,), input_tensor(p.alias)))
        for name, p in shown.items()
    ]
    others = [_fed(keys.inputs.get(t.name, t.name), t) for t in facts.inputs if t.name not in shown]
    passed = [
        SignatureInput(p.key, "passthrough", p.key, TensorSpec(dt(p.dtype), (-1, *p.shape), input_tensor(p.key)))
        for p in keys.passed()
    ]
    return (*images, *others, *passed)


def _fed(alias: str, tensor: TensorFacts) -> SignatureInput:
    return SignatureInput(
        alias, "tensor", tensor.name, TensorSpec(dt(tensor.dtype), dims(tensor.shape), input_tensor(alias))
    )


_Parts = tuple[dict[str, SignatureSpec], TensorSpec | None, dict[str, TensorSpec], tuple[SignatureOutput, ...]]


def _signatures(
    facts: ModelFacts, project: Project, feeds: tuple[SignatureInput, ...], answers: tuple[SignatureOutput, ...]
) -> _Parts:
    keys = project.signature
    inputs = {f.alias: f.tensor for f in feeds}
    outputs = {a.alias: a.tensor for a in answers}
    found = {keys.name: SignatureSpec(PREDICT_METHOD, inputs, outputs)}
    examples = examples_tensor(keys.examples_key)
    if keys.tf_example:
        found[keys.tf_example] = SignatureSpec(PREDICT_METHOD, {keys.examples_key: examples}, outputs)
    tensors = {p.alias: _pixels(p) for p in pictures(facts, project)} if keys.tensor else {}
    if tensors:
        found[keys.tensor] = SignatureSpec(PREDICT_METHOD, inputs | tensors, outputs)
    classify = classify_answers(facts, project) if keys.classify else ()
    if classify:
        named = {a.alias: a.tensor for a in classify}
        found[keys.classify] = SignatureSpec(CLASSIFY_METHOD, {CLASSIFY_INPUT: examples}, named)
    return found, examples if keys.tf_example or classify else None, tensors, classify


def _pixels(picture: ImageFeed) -> TensorSpec:
    """The image input as the model itself takes it: a side that it leaves open stays open."""
    shape = picture.tensor.shape or (None, None, None, 3)
    return TensorSpec(dt(picture.tensor.dtype), dims(shape), pixel_tensor(picture.alias))


def classify_answers(facts: ModelFacts, project: Project) -> tuple[SignatureOutput, ...]:
    """The outputs of a classify signature: every score, and the labels where there are any."""
    scores = scores_answer(facts, project)
    if scores is None:
        return ()
    width = scores.width
    found = [
        SignatureOutput(
            CLASSIFY_SCORES,
            "all_scores",
            scores.source,
            TensorSpec("DT_FLOAT", (-1, width), output_tensor(f"classify/{CLASSIFY_SCORES}")),
        )
    ]
    if project.signature.labels:
        spec = TensorSpec("DT_STRING", (-1, width), output_tensor(f"classify/{CLASSIFY_CLASSES}"))
        found.append(SignatureOutput(CLASSIFY_CLASSES, "all_labels", scores.source, spec))
    return tuple(found)

"""Composes the reply: the model's outputs, top-k labels and scores, and passthrough keys."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from workbench.spec.errors import WorkbenchError
from workbench.spec.model import ModelFacts, Problem, TensorFacts
from workbench.spec.project import Project
from workbench.spec.settings import SignatureSettings
from workbench.spec.tensors import AnswerKind, SignatureOutput, TensorSpec, dims, dt, output_tensor


class ScoresOutput(msgspec.Struct, frozen=True):
    """The output that holds one score a class; `width` classes, `two_class` where one unit stands for two.

    A single sigmoid unit is the score of the second label; the first label's is what is left to 1.
    """

    source: str
    dtype: str
    width: int
    two_class: bool = False


def scores_output(facts: ModelFacts, keys: SignatureSettings) -> TensorFacts | None:
    """The output meant by scores: the one named, or the only one."""
    named = [t for t in facts.outputs if t.name == keys.scores_of] if keys.scores_of else list(facts.outputs)
    return named[0] if len(named) == 1 else None


def scores_answer(facts: ModelFacts, project: Project) -> ScoresOutput | None:
    """The scores where they are one number a class of a known count, else `None`."""
    keys = project.signature
    output = scores_output(facts, keys)
    shape = output.shape if output else None
    if output is None or shape is None or len(shape) != 2 or shape[1] is None or not _is_float(output.dtype):
        return None
    two_class = shape[1] == 1 and len(keys.labels) == 2
    return ScoresOutput(output.name, output.dtype, 2 if two_class else shape[1], two_class)


def _is_float(dtype: str) -> bool:
    return dtype.startswith("float") or dtype == "bfloat16"


def answers_of(facts: ModelFacts, project: Project) -> tuple[tuple[SignatureOutput, ...], list[Problem]]:
    """The outputs of the serving signature in their order, and the problems of outputs that cannot be produced."""
    keys = project.signature
    found = [
        SignatureOutput(alias, "output", t.name, TensorSpec(dt(t.dtype), dims(t.shape), output_tensor(alias)))
        for t, alias in output_aliases(facts, keys)
    ]
    problems: list[Problem] = []
    try:
        found += _made_of_scores(facts, project)
    except WorkbenchError as err:
        problems.append(Problem(err.code, f"{err.message} {err.hint}".strip(), err.where))
    for p in keys.passed():
        spec = TensorSpec(dt(p.dtype), (-1, *p.shape), output_tensor(p.alias))
        found.append(SignatureOutput(p.alias, "passthrough", p.key, spec))
    return tuple(found), problems


def output_aliases(facts: ModelFacts, keys: SignatureSettings) -> Iterator[tuple[TensorFacts, str]]:
    """Each model output with its alias: the scores key for the scores, else the user's or the output's own name.

    Outputs with an empty alias are left out of the reply.
    """
    scores = scores_output(facts, keys)
    for tensor in facts.outputs:
        alias = output_alias(tensor, keys, is_scores=tensor is scores)
        if alias:
            yield tensor, alias


def output_alias(tensor: TensorFacts, keys: SignatureSettings, *, is_scores: bool) -> str:
    """The reply key of a model output; empty where it is left out."""
    return keys.outputs.get(tensor.name, keys.scores_key if is_scores else tensor.name)


def _made_of_scores(facts: ModelFacts, project: Project) -> Iterator[SignatureOutput]:
    keys = project.signature
    if keys.top_k <= 0 and not keys.best_key:
        return
    field = "signature.top_k" if keys.top_k > 0 else "signature.best_key"
    scores = _needed_scores(facts, project, field)
    if keys.top_k > 0:
        k = min(keys.top_k, scores.width)
        label = "DT_STRING" if keys.labels else "DT_INT32"
        if keys.labels_key:
            yield _answer(keys.labels_key, "top_labels", scores, label, (-1, k))
        if keys.top_scores_key:
            yield _answer(keys.top_scores_key, "top_scores", scores, dt(scores.dtype), (-1, k))
    if keys.best_key:
        yield _answer(keys.best_key, "best", scores, "DT_STRING" if keys.labels else "DT_INT32", (-1,))


def _answer(alias: str, kind: AnswerKind, scores: ScoresOutput, dtype: str, shape: tuple[int, ...]) -> SignatureOutput:
    return SignatureOutput(alias, kind, scores.source, TensorSpec(dtype, shape, output_tensor(alias)))


def _needed_scores(facts: ModelFacts, project: Project, field: str) -> ScoresOutput:
    """The scores, for an answer made of them. Raises `WorkbenchError` NO_SCORES with the field as its place."""
    scores = scores_answer(facts, project)
    if scores is not None:
        return scores
    outputs = ", ".join(t.name for t in facts.outputs)
    if scores_output(facts, project.signature) is None:
        text, hint = (
            "The model has several outputs.",
            f"Set signature.scores_of to the one with the scores: {outputs}.",
        )
    else:
        text = "The output is not one score per class for a fixed number of classes."
        hint = "Remove the keys that are computed from scores."
    raise WorkbenchError("NO_SCORES", text, where=field, hint=hint)

"""Lints signatures: legal and unique keys, and the requirements of labels, Examples and classify."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from workbench.spec.argument_names import OWN_ARGUMENT, argument_name, falling_together, is_keyword
from workbench.spec.examples import EXAMPLE_DTYPES, is_fixed
from workbench.spec.model import ModelFacts, Problem
from workbench.spec.project import Project
from workbench.spec.reply_outputs import scores_answer, scores_output
from workbench.spec.settings import SignatureSettings
from workbench.spec.tensors import NUMPY_NAMES, SignatureInput, SignatureOutput, TensorSpec, is_scalar

_ALIAS: Final = re.compile(r"[A-Za-z0-9_.][A-Za-z0-9_.\-]*")

RESERVED_ALIAS: Final = "b64"
"""An object with exactly this key is an encoded byte string, wherever it stands in a request."""

_Named = tuple[str, str]
"""The field of the project that a name stands in, and the name."""


def lint(
    facts: ModelFacts, project: Project, feeds: Sequence[SignatureInput], answers: Sequence[SignatureOutput]
) -> list[Problem]:
    """All problems with names, labels and signatures."""
    keys = project.signature
    ins = [(_feed_field(f, project), f.alias) for f in feeds]
    # What the user typed is to be mended, so the model's own names come first and the typed ones repeat them.
    ins.sort(key=lambda named: named[0] != "")
    outs = [(_answer_field(a, facts, keys), a.alias) for a in answers]
    found = [*_illegal(ins + outs), *_twice(ins, "used"), *_twice(outs, "returned")]
    found += _loaders(ins, keys)
    found += _signature_names(keys)
    if not any(a.kind != "passthrough" for a in answers):
        found.append(Problem("NO_OUTPUT", "The reply has no output of the model: give the scores a key.", _SCORES_KEY))
    found += _labels(facts, project)
    found += _examples(keys, feeds)
    found += _classify(facts, project)
    return found


B64_KEY: Final = "'b64' cannot be a key: servers read it as the mark of encoded bytes."
"""Of a project's keys and of those in an export."""

_SCORES_KEY: Final = "signature.scores_key"


def _feed_field(feed: SignatureInput, project: Project) -> str:
    if feed.kind == "passthrough":
        return "signature.passthrough"
    if feed.kind == "image":
        further = feed.source in project.images
        return f"images.{feed.source}.key" if further else "signature.image_key"
    return "signature.inputs" if feed.source in project.signature.inputs else ""


def _answer_field(answer: SignatureOutput, facts: ModelFacts, keys: SignatureSettings) -> str:
    fields = {"top_labels": "labels_key", "top_scores": "top_scores_key", "best": "best_key"}
    if answer.kind in fields:
        return f"signature.{fields[answer.kind]}"
    if answer.kind == "passthrough":
        return "signature.passthrough"
    scores = scores_output(facts, keys)
    named = answer.source in keys.outputs or scores is None or scores.name != answer.source
    return "signature.outputs" if named else _SCORES_KEY


def _illegal(named: list[_Named]) -> Iterator[Problem]:
    for field, alias in named:
        if not _ALIAS.fullmatch(alias):
            text = f"'{alias}' cannot be a key: use letters, digits, '_', '.', '-' and begin with a letter or digit."
            yield Problem("BAD_ALIAS", text, field)
        elif alias == RESERVED_ALIAS:
            yield Problem("BAD_ALIAS", B64_KEY, field)


def _twice(named: list[_Named], verb: str) -> Iterator[Problem]:
    seen: set[str] = set()
    for field, alias in named:
        if alias in seen:
            yield Problem("DUPLICATE_ALIAS", f"The key '{alias}' is {verb} twice.", field)
        seen.add(alias)


def _loaders(ins: list[_Named], keys: SignatureSettings) -> Iterator[Problem]:
    """Request keys with which `tf.saved_model.load` refuses the model or its callers: `argument_names` has the rule."""
    fields = {alias: field or "signature.inputs" for field, alias in ins if alias}
    asked = list(fields.items())
    if keys.tf_example:
        asked.append((keys.examples_key, "signature.examples_key"))
    for alias, field in asked:
        if is_keyword(alias):
            text = f"'{alias}' cannot be a request key: it is a Python keyword, and {_REFUSED}"
            yield Problem("KEYWORD_ALIAS", f"{text} Choose another, such as {alias}_.", field)
        elif alias == OWN_ARGUMENT:
            text = f"'{alias}' cannot be a request key: no caller of tf.saved_model.load can pass it by name."
            yield Problem("KEYWORD_ALIAS", f"{text} Choose another, such as {alias}_.", field)
    for alias, other in falling_together(fields):
        text = f"'{alias}' cannot be a request key beside '{other}': as Python arguments both are"
        yield Problem("SAME_ARGUMENT", f"{text} {argument_name(alias)}, and {_REFUSED}", fields[alias])


_REFUSED: Final = "tf.saved_model.load refuses the whole model (the v1 loader and TensorFlow Serving serve it)."


def _signature_names(keys: SignatureSettings) -> Iterator[Problem]:
    seen: set[str] = set()
    if not keys.name:
        yield Problem("BAD_SIGNATURE_NAME", "The signature for encoded images needs a name.", "signature.name")
    for field in ("name", "tf_example", "tensor", "classify"):
        name = getattr(keys, field)
        if name in seen:
            yield Problem("DUPLICATE_SIGNATURE", f"Two signatures are named '{name}'.", f"signature.{field}")
        if name.startswith("__"):
            text = f"'{name}' is reserved: names that begin with __ belong to TensorFlow."
            yield Problem("BAD_SIGNATURE_NAME", text, f"signature.{field}")
        seen |= {name} if name else set()


def _labels(facts: ModelFacts, project: Project) -> Iterator[Problem]:
    keys = project.signature
    output = scores_output(facts, keys)
    width = output.shape[-1] if output and output.shape else None
    two_class = width == 1 and len(keys.labels) == 2
    if keys.labels and width is not None and width != len(keys.labels) and not two_class:
        yield Problem("LABEL_COUNT", f"There are {len(keys.labels)} labels for {width} scores.", "signature.labels")
    if keys.activation and scores_answer(facts, project) is None:
        text = "An activation needs an output with one score per class."
        yield Problem("NO_SCORES", text, "signature.activation")
    if keys.activation == "softmax" and width == 1:
        yield Problem("ONE_SCORE", "The softmax of one score is always 1: choose sigmoid.", "signature.activation")
    if keys.top_k < 0:
        yield Problem("BAD_TOP_K", "The number of top-k labels cannot be negative.", "signature.top_k")


def _examples(keys: SignatureSettings, feeds: Sequence[SignatureInput]) -> Iterator[Problem]:
    by_alias = {f.alias: f for f in feeds}
    for alias, value in keys.defaults.items():
        feed = by_alias.get(alias)
        if feed is None or feed.kind == "image":
            text = f"'{alias}' cannot have a default: it is not a value of a tf.train.Example."
            yield Problem("UNKNOWN_KEY", text, "signature.defaults")
        elif not _fits(value, feed.tensor):
            wanted = list((feed.tensor.shape or ())[1:])
            text = f"The default of '{alias}' is not a {feed.tensor.dtype} of shape {wanted}."
            yield Problem("BAD_DEFAULT", text, "signature.defaults")
    if not (keys.tf_example or keys.classify):
        return
    field = "signature.tf_example" if keys.tf_example else "signature.classify"
    for feed in feeds:
        shape = feed.tensor.shape
        if NUMPY_NAMES.get(feed.tensor.dtype) not in EXAMPLE_DTYPES or not is_fixed(
            None if shape is None else shape[1:]
        ):
            text = f"A tf.train.Example cannot contain '{feed.alias}': its shape is not fixed."
            yield Problem("OPEN_SHAPE", f"{text} Disable that signature (empty name).", field)
    if not _ALIAS.fullmatch(keys.examples_key):
        yield Problem("BAD_ALIAS", f"'{keys.examples_key}' cannot be a key.", "signature.examples_key")


def _fits(value: Any, tensor: TensorSpec) -> bool:
    return _nested(value, (tensor.shape or (-1,))[1:], tensor.dtype)


def _nested(value: Any, shape: tuple[int, ...], dtype: str) -> bool:
    if shape:
        fits = isinstance(value, list) and len(value) == shape[0]
        return fits and all(_nested(item, shape[1:], dtype) for item in value)
    return is_scalar(value, dtype)


def _classify(facts: ModelFacts, project: Project) -> Iterator[Problem]:
    scores = scores_answer(facts, project)
    if project.signature.classify and (scores is None or scores.dtype != "float32"):
        text = "A classify signature needs one float32 score per class; the model has no such output."
        yield Problem("NO_SCORES", text, "signature.classify")

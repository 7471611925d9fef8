"""Explains the settings of a project that are the defaults for its model, for `init` and for forms."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from workbench.spec.defaults import default_keys, default_labels, default_scale
from workbench.spec.errors import WorkbenchError
from workbench.spec.image_feeds import ImageFeed, describe_shape, own_size, pictures
from workbench.spec.image_size import size_words
from workbench.spec.model import ModelFacts, TensorFacts
from workbench.spec.project import Project
from workbench.spec.reader import DEFAULT_READER
from workbench.spec.settings import SignatureSettings
from workbench.spec.signature import Composition
from workbench.spec.tensors import SignatureInput, SignatureOutput

_LISTED: Final = 3
"""Labels that are told by name."""


class DefaultSetting(msgspec.Struct, frozen=True):
    """One default: the project's field, the value it has, and why. A model input has `inputs.NAME` for a field."""

    field: str
    value: str
    reason: str

    def sentence(self) -> str:
        """All of it in one line."""
        return f"{self.field} = {self.value}: {self.reason}"


def default_reasons(facts: ModelFacts, project: Project, made: Composition) -> tuple[DefaultSetting, ...]:
    """The settings of `project` that are this model's defaults, with the reasons; those set otherwise are left out.

    `made` is the composition of both.
    """
    return (*reading_reasons(facts, project), *_inputs(facts, made), *_keys(facts, project, made))


def reading_reasons(facts: ModelFacts, project: Project) -> tuple[DefaultSetting, ...]:
    """The same of how the images are read; fields as problems name them (`preprocess.scale`)."""
    try:
        found = pictures(facts, project)
    except WorkbenchError:
        return ()  # Told as a problem.
    return tuple(reason for n, picture in enumerate(found) for reason in _picture(facts, picture, first=n == 0))


def _picture(facts: ModelFacts, picture: ImageFeed, *, first: bool) -> Iterator[DefaultSetting]:
    name, reading = picture.tensor.name, picture.preprocess
    if first:
        yield DefaultSetting(f"{picture.field}.input", name, _why_image(facts, picture.tensor))
    if own_size(picture.tensor) == reading.size:
        yield DefaultSetting(
            f"{picture.field}.size", size_words(reading.size), f"the input '{name}' takes no other size"
        )
    if reading.reader == DEFAULT_READER:
        reason = "Keras' default; a model file does not record how training read its images"
        yield DefaultSetting(f"{picture.field}.reader", reading.reader, reason)
    scale = default_scale(facts, picture.tensor)
    if reading.scale == scale.value:
        yield DefaultSetting(f"{picture.field}.scale", scale.value, scale.reason)


def _why_image(facts: ModelFacts, image: TensorFacts) -> str:
    shape = f"{image.dtype} {describe_shape(image.shape)}"
    count = len(facts.image_inputs())
    if count == 1:
        return f"the only input of an image's shape, {shape}"
    return f"the first of {count} inputs of an image's shape, {shape}"


def _inputs(facts: ModelFacts, made: Composition) -> Iterator[DefaultSetting]:
    """What a request carries for every model input."""
    tensors = {t.name: t for t in facts.inputs}
    for feed in made.feeds:
        if feed.kind == "passthrough":
            continue
        tensor = tensors[feed.source]
        yield DefaultSetting(f"inputs.{feed.source}", feed.alias, _carried(feed, tensor, made.image_alias))


def _carried(feed: SignatureInput, tensor: TensorFacts, first: str) -> str:
    if feed.alias == first:
        told = ", as the model's author calls it" if tensor.layer and feed.alias == tensor.name else ""
        return f"the request key of the image's encoded bytes{told}"
    if feed.kind == "image":
        return "the request key of another image's encoded bytes"
    what = f"{tensor.dtype} {describe_shape(tensor.shape)}"
    beside = " beside the image" if first else ""
    return f"the model needs it{beside}; requests contain its values, {what}"


def _keys(facts: ModelFacts, project: Project, made: Composition) -> Iterator[DefaultSetting]:
    """Keys of the reply, what comes back, labels, and signatures that are left out."""
    keys = project.signature
    for answer in made.answers:
        if answer.kind == "output":
            yield DefaultSetting(f"outputs.{answer.source}", answer.alias, _answered(answer, keys))
    if keys.passthrough == default_keys(facts).passthrough:
        names = ", ".join(p.key for p in keys.passed())
        reason = "returned unchanged, to match predictions to instances"
        yield DefaultSetting("signature.passthrough", names, reason)
    if facts.labels and keys.labels == default_labels(facts):
        yield _labels(facts, keys)
    if not keys.tf_example:
        reason = "left out: a tf.train.Example cannot carry an input of an open shape"
        yield DefaultSetting("signature.tf_example", "(none)", reason)


def _answered(answer: SignatureOutput, keys: SignatureSettings) -> str:
    what = f"{answer.tensor.dtype} {list(answer.tensor.shape or ())}" if answer.tensor.shape else answer.tensor.dtype
    own = answer.alias == answer.source and answer.alias != keys.scores_key
    return f"the reply key of the output '{answer.source}', {'its own name, ' if own else ''}{what}"


def _labels(facts: ModelFacts, keys: SignatureSettings) -> DefaultSetting:
    count = len(facts.labels)
    if not keys.labels:
        reason = f"the model file keeps {count}, which do not fit its scores"
        return DefaultSetting("signature.labels", "(none)", reason)
    named = ", ".join(keys.labels[:_LISTED]) + (", ..." if count > _LISTED else "")
    return DefaultSetting("signature.labels", f"{count} labels", f"found in the model file: {named}")

"""A fresh project for a model: the article's keys, and what the model file says of its inputs, pixels and labels."""

from __future__ import annotations

import msgspec

from workbench.spec.argument_names import free_key
from workbench.spec.errors import WorkbenchError
from workbench.spec.examples import carries
from workbench.spec.model import ModelFacts, TensorFacts
from workbench.spec.pictures import fitted_size, own_size
from workbench.spec.preprocess import DEFAULT_READER, Preprocess, parse_reader, parse_scale, parse_size
from workbench.spec.project import Project
from workbench.spec.scaling import wanted_scale
from workbench.spec.settings import ImageInput, SignatureSettings


class Chosen(msgspec.Struct, frozen=True):
    """A setting's default for one model, and the reason as the rest of a sentence."""

    value: str
    reason: str


def default_project(facts: ModelFacts, model: str, *, size: str = "", reader: str = "", scale: str = "") -> Project:
    """A project for a model: every image input is fed by a picture, the rest by values.

    Raises NO_IMAGE_INPUT when a picture's settings are given for a model without one, NO_SIZE when the model
    takes any size and `size` is empty; BAD_* for options.
    """
    images = facts.image_inputs()
    given = [name for name, text in (("size", size), ("reader", reader), ("scale", scale)) if text]
    if not images and given:
        hint = f"Leave out --{given[0]}; its inputs are fed by values."
        raise WorkbenchError("NO_IMAGE_INPUT", "The model has no image input.", where=facts.path, hint=hint)
    preprocess = _read(facts, images[0], size, reader, scale) if images else None
    if preprocess and len(images) > 1:
        preprocess = msgspec.structs.replace(preprocess, input=images[0].name)
    keys = _keys(facts, images)
    return Project(
        model=model,
        preprocess=preprocess,
        images={t.name: _further(facts, t, preprocess, scale, keys[t.name]) for t in images[1:] if preprocess},
        signature=_signature(facts, images, keys),
    )


def default_scale(facts: ModelFacts, image: TensorFacts) -> Chosen:
    """The scale for one image input: what the file asks for, else the usual one."""
    if not image.dtype.startswith(("float", "bfloat")):
        return Chosen("0..255", f"the model takes whole numbers ({image.dtype})")
    wanted = wanted_scale(facts, image.name)
    if wanted is None:
        return Chosen("0..1", "the file does not say what training did to its pixels; rescale=1/255 is the usual way")
    if not wanted.scale:
        return Chosen("0..1", f"{wanted.reason}, and the file does not tell from which pixels; this is the usual way")
    return Chosen(wanted.scale, wanted.reason if wanted.proven else f"{wanted.reason}; change it if training did not")


def default_labels(facts: ModelFacts) -> tuple[str, ...]:
    """The labels that the model file keeps, where they fit its scores; else none."""
    shape = facts.outputs[0].shape if len(facts.outputs) == 1 else None
    return facts.labels if shape and shape[-1] == len(facts.labels) else ()


def _read(facts: ModelFacts, image: TensorFacts, size: str, reader: str, scale: str) -> Preprocess:
    made = Preprocess(
        size=parse_size(size) if size else _own_size(image, facts.path),
        reader=reader or DEFAULT_READER,
        scale=scale or default_scale(facts, image).value,
    )
    parse_reader(made.reader)
    parse_scale(made.scale)
    return made


def _further(facts: ModelFacts, image: TensorFacts, first: Preprocess, scale: str, key: str) -> ImageInput:
    """Another image input: read like the first one, unless the file asks for another scale there."""
    own = scale or default_scale(facts, image).value
    key = key if key != image.name else ""
    if own == first.scale:
        return ImageInput(key=key)
    reading = msgspec.structs.replace(first, size=fitted_size(image, first.size), scale=own, input=image.name)
    return ImageInput(key=key, preprocess=reading)


def _keys(facts: ModelFacts, images: tuple[TensorFacts, ...]) -> dict[str, str]:
    """The request key of every input but the first image: its own name, or the nearest that every loader opens."""
    usual = SignatureSettings()
    taken = [p.key for p in usual.passed()] + ([usual.image_key] if images else [])
    found = {}
    for tensor in (t for t in facts.inputs if t not in images[:1]):
        # A name that is a key already is a problem to be seen: nothing tells which of the two is meant.
        own = tensor.name in taken
        found[tensor.name] = tensor.name if own else free_key(tensor.name, taken)
        taken.append(found[tensor.name])
    return found


def _signature(facts: ModelFacts, images: tuple[TensorFacts, ...], keys: dict[str, str]) -> SignatureSettings:
    others = [t for t in facts.inputs if t not in images]
    return SignatureSettings(
        labels=default_labels(facts),
        inputs={t.name: keys[t.name] for t in others if keys[t.name] != t.name},
        tf_example=SignatureSettings().tf_example if all(carries(t) for t in others) else "",
    )


def _own_size(image: TensorFacts, where: str) -> tuple[int, int]:
    height, width = own_size(image)
    if not height or not width:
        hint = "Say which with --size HxW, or --size as-sent to resize none."
        raise WorkbenchError("NO_SIZE", "The model takes images of any size.", where=where, hint=hint)
    return height, width

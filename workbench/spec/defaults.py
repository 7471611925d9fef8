"""Default project of a model: the usual keys, and settings derived from the file's inputs, pixel scale and labels."""

from __future__ import annotations

import msgspec

from workbench.spec.argument_names import free_key, legal_key
from workbench.spec.errors import WorkbenchError
from workbench.spec.examples import carries
from workbench.spec.image_feeds import fitted_size, own_size
from workbench.spec.image_size import parse_size
from workbench.spec.model import ModelFacts, TensorFacts
from workbench.spec.preprocess import Preprocess
from workbench.spec.project import Project
from workbench.spec.reader import DEFAULT_READER, parse_reader
from workbench.spec.scale import parse_scale
from workbench.spec.scaling_notes import wanted_scale
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
        hint = f"Leave out --{given[0]}; requests contain its inputs as numbers."
        raise WorkbenchError("NO_IMAGE_INPUT", "The model has no image input.", where=facts.path, hint=hint)
    preprocess = _read(facts, images[0], size, reader, scale) if images else None
    if preprocess and len(images) > 1:
        preprocess = msgspec.structs.replace(preprocess, input=images[0].name)
    keys = default_keys(facts)
    return Project(
        model=model,
        preprocess=preprocess,
        images={t.name: _further(facts, t, preprocess, scale, keys.others[t.name]) for t in images[1:] if preprocess},
        signature=_signature(facts, images, keys),
    )


def default_scale(facts: ModelFacts, image: TensorFacts) -> Chosen:
    """The scale for one image input: what the file asks for, else the usual one."""
    if not image.dtype.startswith(("float", "bfloat")):
        return Chosen("0..255", f"the model takes integers ({image.dtype})")
    wanted = wanted_scale(facts, image.name)
    if wanted is None:
        return Chosen("0..1", "the file does not record how training scaled pixels; rescale=1/255 is the most common")
    if not wanted.scale:
        return Chosen("0..1", f"{wanted.reason}, the file does not record from which pixels; this is the most common")
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


class DefaultKeys(msgspec.Struct, frozen=True):
    """The keys of a fresh project's requests and replies."""

    image: str
    passthrough: tuple[str, ...]
    others: dict[str, str]
    scores: str
    outputs: dict[str, str]


def default_keys(facts: ModelFacts) -> DefaultKeys:
    """A key for everything: what the author's own dicts call it, else the usual key, else the tensor's own name.

    Each is one that every loader opens. A usual key that the model needs for an input of its own gives way.
    """
    usual, images = SignatureSettings(), facts.image_inputs()
    first = images[:1]
    own = {t.name for t in facts.inputs if t not in first}
    image = next((t.name for t in first if t.layer or usual.image_key in own), usual.image_key)
    taken = [free_key(image, ())] if images else []
    found = {}
    for tensor in (t for t in facts.inputs if t not in first):
        found[tensor.name] = free_key(tensor.name, taken)
        taken.append(found[tensor.name])
    only = facts.outputs[0] if len(facts.outputs) == 1 else None
    scores = legal_key(only.name) if only is not None and only.layer else usual.scores_key
    outputs = _reply_keys(facts) if only is None else {}
    passed = (_passed({*taken, scores, *outputs.values()}),)
    return DefaultKeys(taken[0] if images else usual.image_key, passed, found, scores, outputs)


def _reply_keys(facts: ModelFacts) -> dict[str, str]:
    """The reply key of each of several outputs: its own name, or the nearest to it that is a key and not taken."""
    found: dict[str, str] = {}
    names = {t.name for t in facts.outputs}
    for tensor in facts.outputs:
        key, number = legal_key(tensor.name), 2
        while key != tensor.name and (key in names or key in found.values()):
            key, number = f"{legal_key(tensor.name)}_{number}", number + 1
        found[tensor.name] = key
    return found


def _passed(taken: set[str]) -> str:
    """The key that comes back unchanged: the usual one, else the one that ML Engine's guides use."""
    usual = (*(p.key for p in SignatureSettings().passed()), "key")
    return next((key for key in usual if key not in taken), free_key("instance_key", taken))


def _signature(facts: ModelFacts, images: tuple[TensorFacts, ...], keys: DefaultKeys) -> SignatureSettings:
    others = [t for t in facts.inputs if t not in images]
    return SignatureSettings(
        image_key=keys.image,
        scores_key=keys.scores,
        passthrough=keys.passthrough,
        labels=default_labels(facts),
        inputs={t.name: keys.others[t.name] for t in others if keys.others[t.name] != t.name},
        outputs={name: key for name, key in keys.outputs.items() if key != name},
        tf_example=SignatureSettings().tf_example if all(carries(t) for t in others) else "",
    )


def _own_size(image: TensorFacts, where: str) -> tuple[int, int]:
    height, width = own_size(image)
    if not height or not width:
        hint = "Set one with --size HxW, or --size as-sent to keep the size of each image."
        raise WorkbenchError("NO_SIZE", "The model takes images of any size.", where=where, hint=hint)
    return height, width

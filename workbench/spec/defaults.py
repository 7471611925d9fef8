"""A fresh project for a model: the article's keys, and what the model's own inputs tell."""

from __future__ import annotations

import msgspec

from workbench.spec.errors import WorkbenchError
from workbench.spec.examples import carries
from workbench.spec.model import ModelFacts, TensorFacts
from workbench.spec.pictures import own_size
from workbench.spec.preprocess import DEFAULT_READER, Preprocess, parse_reader, parse_scale, parse_size
from workbench.spec.project import Project
from workbench.spec.settings import ImageInput, SignatureSettings


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
    preprocess = _read(images[0], facts.path, size, reader, scale) if images else None
    if preprocess and len(images) > 1:
        preprocess = msgspec.structs.replace(preprocess, input=images[0].name)
    return Project(
        model=model,
        preprocess=preprocess,
        images={t.name: ImageInput() for t in images[1:]},
        signature=_signature(facts, {t.name for t in images}),
    )


def _read(image: TensorFacts, where: str, size: str, reader: str, scale: str) -> Preprocess:
    height, width = parse_size(size) if size else _own_size(image, where)
    whole = not image.dtype.startswith(("float", "bfloat"))
    made = Preprocess(
        size=(height, width), reader=reader or DEFAULT_READER, scale=scale or ("0..255" if whole else "0..1")
    )
    parse_reader(made.reader)
    parse_scale(made.scale)
    return made


def _signature(facts: ModelFacts, images: set[str]) -> SignatureSettings:
    others = [t for t in facts.inputs if t.name not in images]
    return SignatureSettings() if all(carries(t) for t in others) else SignatureSettings(tf_example="")


def _own_size(image: TensorFacts, where: str) -> tuple[int, int]:
    height, width = own_size(image)
    if not height or not width:
        raise WorkbenchError(
            "NO_SIZE", "The model takes images of any size.", where=where, hint="Say which with --size HxW."
        )
    return height, width

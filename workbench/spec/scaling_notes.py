"""The scaling that a model file calls for, and warnings if the project's does not match it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from workbench.spec.errors import WorkbenchError
from workbench.spec.model import ModelFacts, Normaliser, Problem
from workbench.spec.scale import SCALES, Scale, parse_scale

FIELD: Final = "preprocess.scale"

_NEAR: Final = 0.01
"""Part of a number by which people round it: mean/std:128/128 is meant for -1..1."""


class Wanted(msgspec.Struct, frozen=True):
    """The scale a model file asks for at one image input, and why.

    `proven` says that the arithmetic on the way of the pixels was read from the file; else it is what the published
    weights of its backbone were trained with, which training may not have followed. `scale` is empty where the
    model scales the image and the file does not tell from which pixels.
    """

    scale: str
    reason: str
    proven: bool


def wanted_scale(facts: ModelFacts, image_input: str) -> Wanted | None:
    """The scale that the file asks for at the image input of that name ("" = the only one); `None` if it says nothing.

    Never one that an image of the input's channels cannot have: means for three channels of a grey image.
    """
    tensor = next((t for t in facts.image_inputs() if image_input in ("", t.name)), None)
    if tensor is None:
        return None
    met = _met(facts, image_input)
    if met:
        return Wanted(met[0].wants, f"the model {met[0].reason} (layer '{met[0].path}')", proven=True)
    channels = (tensor.shape or (3,))[-1]
    if not facts.backbone_scale or not parse_scale(facts.backbone_scale).fits(channels or 3):
        return None
    reason = f"the published weights of {facts.backbone} in keras.applications were trained with it"
    return Wanted(facts.backbone_scale, reason, proven=False)


def _met(facts: ModelFacts, image_input: str) -> list[Normaliser]:
    """The places that scale what comes in at an image input, in order."""
    return [one for one in facts.normalises if one.input in ("", image_input) or not image_input]


def scaling_notes(facts: ModelFacts, scale: str, image_input: str) -> list[Problem]:
    """What to say of a project's `scale` for the image input of that name ("" = the only one); empty where it fits.

    `DOUBLE_NORMALISATION`: the model takes pixel values (0-255) and scales them itself. `SCALE_MISMATCH`: it was made
    for pixels in another scale. `BACKBONE_SCALE`: the published weights of its backbone were trained with another one,
    which training may have followed or not. A scale that cannot be read is told elsewhere.
    """
    wanted = wanted_scale(facts, image_input)
    try:
        name = _named(parse_scale(scale))
    except WorkbenchError:
        return []
    if wanted is None or wanted.scale in ("", name):
        return []
    return [_against(_met(facts, image_input)[0], name, scale) if wanted.proven else _backbone(facts, scale)]


SCALE_CODES: Final = ("DOUBLE_NORMALISATION", "SCALE_MISMATCH", "BACKBONE_SCALE")


def scale_notes(notes: Iterable[Problem]) -> tuple[Problem, ...]:
    """Those of a composition's notes that are about a scale."""
    return tuple(note for note in notes if note.code in SCALE_CODES)


def _named(scale: Scale) -> str:
    """A scale's name; means and deviations that come to a named scale of the same channel order have its name."""
    if scale.name != "mean/std":
        return scale.name
    same = (
        named.name
        for named in SCALES.values()
        if named.bgr == scale.bgr and _alike(scale.mean, named.mean) and _alike(scale.std, named.std)
    )
    return next(same, "")


def _alike(found: tuple[float, ...], meant: tuple[float, ...]) -> bool:
    width = max(len(found), len(meant))
    pairs = zip(found * (width // len(found)), meant * (width // len(meant)), strict=True)
    return all(abs(f - m) <= _NEAR * max(abs(m), 1.0) for f, m in pairs)


def _against(first: Normaliser, name: str, scale: str) -> Problem:
    does = f"The model {first.reason} (layer '{first.path}')"
    if first.wants != "0..255":
        text = f"{does}, which expects pixels in {first.wants}; the scale {scale} produces others."
        return Problem("SCALE_MISMATCH", f"{text} Choose {first.wants}, unless training did the same.", FIELD)
    twice = "divided" if name == "0..1" and first.reason.startswith("divides") else "normalised"
    text = f"{does}; with the scale {scale} the pixels are {twice} twice."
    return Problem("DOUBLE_NORMALISATION", f"{text} Choose 0..255, unless training did the same.", FIELD)


def _backbone(facts: ModelFacts, scale: str) -> Problem:
    wanted = facts.backbone_scale
    text = f"{facts.backbone}'s published weights were trained with '{wanted}', and the scale is {scale}."
    return Problem(
        "BACKBONE_SCALE", f"{text} If training used the preprocess_input of keras.applications, choose {wanted}.", FIELD
    )

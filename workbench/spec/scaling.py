"""Warnings where a project's scale and what the model does to its pixels do not go together."""

from __future__ import annotations

from typing import Final

from workbench.spec.errors import WorkbenchError
from workbench.spec.model import ModelFacts, Normaliser, Problem
from workbench.spec.preprocess import Scale, parse_scale

FIELD: Final = "preprocess.scale"

_AS_MEAN_STD: Final = {
    "0..255": ((0.0,), (1.0,)),
    "0..1": ((0.0,), (255.0,)),
    "-1..1": ((127.5,), (127.5,)),
    "torch": ((123.675, 116.28, 103.53), (58.395, 57.12, 57.375)),
}
"""The named scales as means and deviations in grey levels; `caffe` has another order of channels."""

_NEAR: Final = 0.01
"""Part of a number by which people round it: mean/std:128/128 is meant for -1..1."""


def scaling_notes(facts: ModelFacts, scale: str, image_input: str) -> list[Problem]:
    """What to say of a project's `scale` for the image input of that name ("" = the only one); empty where it fits.

    `DOUBLE_NORMALISATION`: the model takes grey levels and scales them itself. `SCALE_MISMATCH`: it was made for
    pixels in another scale. `BACKBONE_SCALE`: the published weights of its backbone were trained with another one,
    which training may have followed or not. A scale that cannot be read is told elsewhere.
    """
    if not any(image_input in ("", tensor.name) for tensor in facts.image_inputs()):
        return []
    try:
        name = _named(parse_scale(scale))
    except WorkbenchError:
        return []
    met = [one for one in facts.normalises if one.input in ("", image_input) or not image_input]
    if met:
        first = met[0]
        return [_against(first, name, scale)] if first.wants and first.wants != name else []
    if facts.backbone_scale and facts.backbone_scale != name:
        return [_backbone(facts, scale)]
    return []


def _named(scale: Scale) -> str:
    """A scale's name; means and deviations that come to a named scale have its name, others none."""
    if scale.name != "mean/std":
        return scale.name
    for name, (mean, std) in _AS_MEAN_STD.items():
        if _alike(scale.mean, mean) and _alike(scale.std, std):
            return name
    return ""


def _alike(found: tuple[float, ...], meant: tuple[float, ...]) -> bool:
    width = max(len(found), len(meant))
    pairs = zip(found * (width // len(found)), meant * (width // len(meant)), strict=True)
    return all(abs(f - m) <= _NEAR * max(abs(m), 1.0) for f, m in pairs)


def _against(first: Normaliser, name: str, scale: str) -> Problem:
    does = f"The model {first.reason} (layer '{first.path}')"
    if first.wants != "0..255":
        text = f"{does}, which is made for pixels in {first.wants}; the scale {scale} gives it others."
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

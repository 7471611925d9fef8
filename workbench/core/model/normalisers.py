"""Finds layers of a model that normalise its image input, and its backbone's training scale. Static.

What counts is the path of the pixels from an image input to the first layer that is more than arithmetic: a learned
layer (BatchNormalization included) or code that cannot be analysed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import msgspec

from workbench.core.model.backbones import backbone, family
from workbench.core.model.pixel_flow import PlacedStep, Ways
from workbench.core.model.pixel_ops import AffineStep, Vector, standardised
from workbench.core.model.pixel_values import ReadValues
from workbench.spec.model import Normaliser
from workbench.spec.scale import SCALES

Line = tuple[Vector, Vector]
"""`scale * x + offset`: the combined effect of several steps."""

_RANGES: Final = {
    scale.name: ((0.0 - scale.mean[0]) / scale.std[0], (255.0 - scale.mean[0]) / scale.std[0])
    for scale in SCALES.values()
    if scale.channels == 1
}
"""Values of black and white under the named scales that use the same numbers for all channels."""

_USUAL: Final = (*_RANGES.values(), (-0.5, 0.5), (-127.5, 127.5))
"""Ranges that images are usually scaled to."""

_NEAR: Final = 0.01
"""Allowed deviation, as a fraction of a range: `x / 128 - 1` and `x / 256` are meant for 0..255."""

_LEAST_MEAN: Final = 2.0
"""Means above this are of pixel values (0-255); those of images in 0..1 are below 1."""


def normalisers(ways: Ways, read: ReadValues) -> tuple[Normaliser, ...]:
    """The layers that scale an image input, in order; `wants` is the scale that the first of them is made for.

    If the pixels of an input also reach a learned layer without passing them, nothing is returned for that input.
    """
    several = len(ways) > 1
    found = [
        msgspec.structs.replace(one, input=name if several else "")
        for name, ends in ways.items()
        for one in _of_input(dict.fromkeys(end.steps for end in ends), read)
    ]
    return tuple(dict.fromkeys(found))


def _of_input(chains: Iterable[tuple[PlacedStep, ...]], read: ReadValues) -> Iterator[Normaliser]:
    found = [_of_chain(_readable(chain, read)) for chain in chains]
    if found and all(found) and len({chain[0].wants for chain in found}) == 1:
        yield from (one for chain in found for one in chain)


def backbone_scale(ways: Ways) -> tuple[str, str]:
    """The known network that receives the pixels, and the scale that its published weights were trained with.

    The scale is empty if the model scales the image first: then the input of that scaling counts. Source: `backbones`.
    """
    ends = [end for found in ways.values() for end in found]
    models = {id(end.layers): end.layers for end in ends}
    networks = set(map(backbone, models.values())) - {("", "")}
    if len(networks) != 1:
        return "", ""
    ((name, scale),) = networks
    return name, "" if any(end.steps for end in ends) else scale


def _readable(chain: Sequence[PlacedStep], read: ReadValues) -> list[PlacedStep]:
    """The chain with the numbers that are stored in the weights; a Normalization that was never adapted has no
    effect."""
    found = []
    for placed in chain:
        values = read(placed.path) if placed.step.in_weights else None
        step = standardised(*values) if values else placed.step
        if isinstance(step, AffineStep):
            found.append(msgspec.structs.replace(placed, step=step))
    return found


def _of_chain(chain: Sequence[PlacedStep]) -> list[Normaliser]:
    """One entry per layer; consecutive operations form one entry."""
    found = []
    place = 0
    while place < len(chain):
        end = place + 1
        while end < len(chain) and chain[place].step.operation and chain[end].step.operation:
            end += 1
        if any(not (p.step.flips and p.step.scale == (1.0,)) for p in chain[place:end]):
            found.append(_normaliser(chain[place:end], chain[place:]))
        place = end
    return found


def _normaliser(group: Sequence[PlacedStep], onwards: Sequence[PlacedStep]) -> Normaliser:
    first = group[0]
    design = family(first.within)
    reason = f"{_words([p.step for p in group])} itself"
    return Normaliser(
        path=first.path,
        class_name=first.class_name,
        wants=_wants([p.step for p in onwards]),
        reason=f"{reason}, as {design} does by design" if design else reason,
    )


def _wants(steps: Sequence[AffineStep]) -> str:
    """The scale a chain is made for: the one that it maps to a usual range, or whose mean it subtracts."""
    lines = list(_composed(steps))
    exact = next(filter(None, map(_by_range, lines)), "")
    return exact or next(filter(None, map(_by_mean, lines)), "")


def _composed(steps: Sequence[AffineStep]) -> Iterator[Line]:
    """The effect of the first step, of the first two together, and so on, up to a step without numbers."""
    line: Line = ((1.0,), (0.0,))
    for step in steps:
        if not step.scale:
            return
        line = _then(line, step)
        yield line


def _then(line: Line, step: AffineStep) -> Line:
    scale, offset = (part[::-1] for part in line) if step.flips else line
    width = max(map(len, (scale, offset, step.scale, step.offset)))
    a, b, c, d = (part * width if len(part) == 1 else part for part in (scale, offset, step.scale, step.offset))
    pairs = [(p * r, q * r + s) for p, q, r, s in zip(a, b, c, d, strict=True)]
    return tuple(p for p, _ in pairs), tuple(q for _, q in pairs)


def _by_range(line: Line) -> str:
    scale, offset = line
    if len(set(scale)) != 1 or len(set(offset)) != 1:
        return ""
    a, b = scale[0], offset[0]
    fits = [
        name
        for name, (low, high) in _RANGES.items()
        # Arithmetic that leaves the range as it was (x + 1 on pixel values 0-255) does not identify a scale.
        if _is_usual(sorted((a * low + b, a * high + b))) and not _is_near((a * low + b, a * high + b), low, high)
    ]
    return fits[0] if len(fits) == 1 else ""


def _is_usual(found: Sequence[float]) -> bool:
    return any(_is_near(found, low, high) for low, high in _USUAL)


def _is_near(found: Sequence[float], low: float, high: float) -> bool:
    slack = _NEAR * (high - low)
    return abs(found[0] - low) <= slack and abs(found[1] - high) <= slack


def _by_mean(line: Line) -> str:
    centres = [-b / a for a, b in zip(*line, strict=True)]
    if all(_LEAST_MEAN < centre <= 255 for centre in centres):
        return "0..255"
    narrow = all(abs(a) >= 1 for a in line[0])
    return "0..1" if narrow and all(0 <= c <= 1 for c in centres) and max(centres) > _NEAR else ""


def _words(steps: Sequence[AffineStep]) -> str:
    """The effect of steps as the rest of a sentence: "divides by 255"."""
    lines = list(_composed(steps))
    unknown = next((step.text for step in steps if not step.scale), "")
    if not lines:
        return unknown
    turned = "reverses the channel order and " if sum(step.flips for step in steps) % 2 else ""
    return turned + (_line_words(lines[-1]) if not unknown else f"{_line_words(lines[-1])} and {unknown}")


def _line_words(line: Line) -> str:
    scale, offset = line
    centres = [-b / a for a, b in zip(scale, offset, strict=True)]
    factor = _divisor(scale)
    if not any(centres):
        return factor
    if len(set(scale)) == len(set(offset)) == 1:
        return _formula(scale[0], offset[0])
    means = f"subtracts the means {_listed(centres)}"
    return means if all(abs(s - 1) < _NEAR for s in scale) else f"{means} and {factor}"


def _divisor(scale: Vector) -> str:
    if all(abs(s) < 1 for s in scale):
        return f"divides by {_listed([1 / s for s in scale])}"
    return f"multiplies by {_listed(scale)}"


def _formula(scale: float, offset: float) -> str:
    size = abs(scale)
    factor = "x" if size == 1 else f"x / {1 / size:.4g}" if size < 1 else f"{size:.4g} x"
    if scale < 0:
        return f"computes {offset:.4g} - {factor}"
    return f"computes {factor} {'-' if offset < 0 else '+'} {abs(offset):.4g}"


def _listed(values: Sequence[float]) -> str:
    shown = [f"{v:.4g}" for v in values]
    return shown[0] if len(set(shown)) == 1 else ", ".join(shown)

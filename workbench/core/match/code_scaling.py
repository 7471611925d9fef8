"""Value steps from arithmetic in training code: a named scale if there is one, else mean and deviation, else steps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from workbench.core.match.code_values import Op
from workbench.spec.scale import SCALES

Numbers = npt.NDArray[np.float64]

_NEAR: Final = 1e-6
"""Relative tolerance between factors and those of a named scale, such as 0.00392157 and 1/255."""


class Scaling(msgspec.Struct, frozen=True):
    """The scaling of RGB pixel values (0-255): channel order first, then a scale, or steps if no scale expresses it."""

    bgr: bool
    scale: str
    steps: tuple[tuple[str, int], ...]
    line: int = 0
    order_line: int = 0


def scaling_of(ops: Iterable[Op], *, bgr: bool) -> Scaling:
    """The scaling of an image that is read in BGR or RGB order."""
    kept = [op for op in ops if op.kind in ("value", "reverse")]
    values = _after_reversals(kept)
    turned = [op.line for op in kept if op.kind == "reverse"]
    order = bgr ^ (len(turned) % 2 == 1)
    line, order_line = (values[-1].line if values else 0), (turned[-1] if turned else 0)
    folded = _folded(values)
    named = _alone(values) if folded is None else _named(*folded, bgr=order)
    if folded is not None and named in SCALES and SCALES[named].bgr:
        order = False  # The scale reverses the channels itself.
    steps = () if named else tuple((_step(op), op.line) for op in values)
    return Scaling(order, named, steps, line, order_line)


def _after_reversals(ops: Sequence[Op]) -> list[Op]:
    """The arithmetic as if all reversals of channels preceded it."""
    found = []
    for place, op in enumerate(ops):
        if op.kind == "value":
            later = sum(other.kind == "reverse" for other in ops[place + 1 :])
            numbers = op.numbers[::-1] if later % 2 and len(op.numbers) == 3 else op.numbers
            found.append(msgspec.structs.replace(op, numbers=numbers))
    return found


def _folded(values: Sequence[Op]) -> tuple[Numbers, Numbers] | None:
    """Factor and summand of arithmetic that is one linear map; `None` if it is not."""
    factor, summand = np.ones(1), np.zeros(1)
    for op in values:
        numbers = np.asarray(op.numbers, "float64")
        match op.text:
            case "multiply":
                factor, summand = factor * numbers, summand * numbers
            case "divide":
                factor, summand = factor / numbers, summand / numbers
            case "subtract":
                summand = summand - numbers
            case _:
                return None
    return factor, summand


def _alone(values: Sequence[Op]) -> str:
    """The named scale if it is the only value step; else empty."""
    only = values[0].text if len(values) == 1 else ""
    return only.removeprefix("scale ") if only.startswith("scale ") else ""


def _named(factor: Numbers, summand: Numbers, *, bgr: bool) -> str:
    """The scale with that factor and summand, given the channel order; empty if there is none."""
    for name, scale in SCALES.items():
        std, mean = np.asarray(scale.std), np.asarray(scale.mean)
        if scale.bgr <= bgr and _near(factor, 1 / std) and _near(summand, -mean / std):
            return name
    if not (factor > 0).all():
        return ""
    mean, std = np.broadcast_arrays(-summand / factor, 1 / factor)
    return f"mean/std:{_listed(mean, std)}/{_listed(std, mean)}"


def _near(found: Numbers, wanted: npt.ArrayLike) -> bool:
    other = np.asarray(wanted, "float64")
    return bool(np.allclose(found, other, rtol=_NEAR, atol=_NEAR))


def _listed(numbers: Numbers, others: Numbers) -> str:
    """Numbers as a scale writes them: a single one if mean and deviation are the same for all channels."""
    same = bool((numbers == numbers[0]).all() and (others == others[0]).all())
    return ",".join(f"{n + 0.0:.10g}" for n in (numbers[:1] if same else numbers))


def _step(op: Op) -> str:
    """One value step in a project's notation."""
    return f"{op.text} {','.join(f'{n:.17g}' for n in op.numbers)}" if op.numbers else op.text

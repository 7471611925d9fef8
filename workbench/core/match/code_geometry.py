"""Geometry steps from what training code does to images of several sizes: the rule behind the numbers.

The code is interpreted once for each of several assumed sizes; a resize that gives each of them a shorter side of 256
is `shorter_side 256`, by whatever arithmetic.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from workbench.core.match.code_values import Op

SUPPOSED: Final = ((480, 640), (500, 375), (335, 502), (601, 1803), (1201, 401))
"""(height, width) in pixels of the assumed images: wide and tall, odd and even, so that every rule shows."""


RESIZING: Final = ("resize_with_pad ", "keep_aspect_ratio ", "image_ops_pad ", "thumbnail ")
"""Steps that are one function of a library, including its resize."""


class Part(msgspec.Struct, frozen=True):
    """One geometry step in a project's notation and the line it comes from; `doubt` is what is uncertain about it."""

    text: str
    line: int
    doubt: str = ""


def parts_of(rows: Sequence[Sequence[Op]]) -> list[Part]:
    """The geometry of an image's operations; each row is one operation for every assumed size."""
    kept = [row for row in rows if row[0].kind in ("resize", "crop", "pad", "step")]
    found = [_part(row, _target(kept[place + 1 :])) for place, row in enumerate(kept)]
    return _joined([part for part in found if part is not None])


def _target(later: Sequence[Sequence[Op]]) -> tuple[int, int] | None:
    """The size that a later resize brings every image to, whose aspect ratio an earlier crop or border may already
    have."""
    for row in later:
        sizes = {op.numbers for op in row}
        if row[0].kind == "resize" and len(sizes) == 1 and row[0].numbers:
            return int(row[0].numbers[0]), int(row[0].numbers[1])
    return None


def _part(row: Sequence[Op], target: tuple[int, int] | None) -> Part | None:
    op = row[0]
    if any(other.kind != op.kind for other in row):
        return Part("", op.line, "What is done depends on the image's size in a way that no step expresses.")
    match op.kind:
        case "resize":
            return _resize(row)
        case "crop":
            return _crop(row, target)
        case "pad":
            return _pad(row, target)
        case _:
            same = {other.text for other in row} == {op.text}
            return Part(op.text, op.line, "" if same else "This depends on the image's size.")


def _resize(row: Sequence[Op]) -> Part:
    sizes = [tuple(int(n) for n in op.numbers) for op in row]
    line = row[0].line
    if not all(sizes):
        return Part("", line)  # The missing size was reported where it occurred.
    if len(set(sizes)) == 1:
        return Part(f"resize {sizes[0][0]}x{sizes[0][1]}", line)
    unruly = Part("", line, "The size depends on the image's by a rule that no step expresses.")
    if not all(all(op.before) for op in row):
        return unruly
    for name, first in (("shorter_side", min), ("longer_side", max)):
        target = first(sizes[0])
        for word, rounds in _ROUNDINGS.items():
            if all(size == _by_side(op.before, target, first, rounds) for size, op in zip(sizes, row, strict=True)):
                return Part(f"{name} {target} {word}", line)
    box = (max(height for height, _ in sizes), max(width for _, width in sizes))
    for word, rounds in _ROUNDINGS.items():
        if all(size == _within(op.before, box, rounds) for size, op in zip(sizes, row, strict=True)):
            return Part(f"within {box[0]}x{box[1]} {word}", line)
    return unruly


_ROUNDINGS: Final[dict[str, Callable[[float], int]]] = {"floor": int, "round": round}


def _by_side(
    before: tuple[int, int], target: int, first: Callable[[tuple[int, int]], int], rounds: Callable[[float], int]
) -> tuple[int, int]:
    """A size whose shorter (`min`) or longer (`max`) side is `target`; the other side follows the aspect ratio."""
    own = first(before)
    height, width = (target if side == own else max(rounds(side * target / own), 1) for side in before)
    return height, width


def _within(before: tuple[int, int], box: tuple[int, int], rounds: Callable[[float], int]) -> tuple[int, int]:
    factor = min(box[0] / before[0], box[1] / before[1])
    return rounds(before[0] * factor), rounds(before[1] * factor)


def _crop(row: Sequence[Op], target: tuple[int, int] | None) -> Part:
    line, boxes = row[0].line, [tuple(int(n) for n in op.numbers) for op in row]
    centred = all(
        (top, left) == ((op.before[0] - height) // 2, (op.before[1] - width) // 2)
        for (top, left, height, width), op in zip(boxes, row, strict=True)
    )
    near = all(
        abs(2 * top - op.before[0] + height) <= 1 and abs(2 * left - op.before[1] + width) <= 1
        for (top, left, height, width), op in zip(boxes, row, strict=True)
    )
    if not near:
        return Part("", line, "A part that is not the middle is cut out.")
    doubt = "" if centred else "The middle is cut out half a pixel beside the step's."
    sizes = {(height, width) for _, _, height, width in boxes}
    if len(sizes) == 1:
        height, width = sizes.pop()
        return Part(f"center_crop {height}x{width}", line, doubt)
    wanted = target or (1, 1)
    if all(box[2:] == ratio_box(op.before, wanted) for box, op in zip(boxes, row, strict=True)):
        return Part(f"crop_to_ratio {wanted[0]}x{wanted[1]}", line, doubt)
    return Part("", line, "The part cut out depends on the image's size by a rule that no step expresses.")


def ratio_box(before: tuple[int, int], wanted: tuple[int, int]) -> tuple[int, int]:
    """(height, width) of the largest part of the wanted aspect ratio, as Keras' `keep_aspect_ratio` computes it."""
    height = min(before[0], before[1] * wanted[0] // wanted[1])
    width = min(before[1], before[0] * wanted[1] // wanted[0])
    return height, width


def _pad(row: Sequence[Op], target: tuple[int, int] | None) -> Part:
    line, frames = row[0].line, [tuple(int(n) for n in op.numbers) for op in row]
    near = all(
        abs(2 * top - frame_height + op.before[0]) <= 1 and abs(2 * left - frame_width + op.before[1]) <= 1
        for (top, left, frame_height, frame_width, *_), op in zip(frames, row, strict=True)
    )
    if not near:
        return Part("", line, "The image is not centered in its frame, which no step expresses.")
    centred = all(
        (top, left) == ((frame_height - op.before[0]) // 2, (frame_width - op.before[1]) // 2)
        for (top, left, frame_height, frame_width, *_), op in zip(frames, row, strict=True)
    )
    doubt = "" if centred else "The image lies half a pixel beside the step's middle."
    colour = _colour(frames[0][4:])
    if len({frame[2:4] for frame in frames}) == 1:
        return Part(f"pad {frames[0][2]}x{frames[0][3]}{colour}", line, doubt)
    square = all(frame[2] == frame[3] == max(op.before) for frame, op in zip(frames, row, strict=True))
    if square and (target is None or target[0] == target[1]):
        side = target or (1, 1)
        return Part(f"pad_to_ratio {side[0]}x{side[1]}{colour}", line, doubt)
    return Part("", line, "The frame depends on the image's size by a rule that no step expresses.")


def _colour(numbers: Sequence[int]) -> str:
    """The colour of a border as a step writes it; black is omitted."""
    full = tuple(numbers) * 3 if len(numbers) == 1 else tuple(numbers)
    return f" {','.join(str(n) for n in full)}" if any(full) else ""


def _joined(parts: Sequence[Part]) -> list[Part]:
    """A resize into a box with a border around it becomes a letterbox; some steps include their resize."""
    found: list[Part] = []
    for part in parts:
        before = found[-1] if found else None
        whole = before and (before.text.startswith(RESIZING) or "reducing_gap" in before.text)
        # The resize of a thumbnail is of many sizes.
        own = part.text.startswith("resize ") or (before and before.line == part.line and _follows_ratio(part))
        if whole and own:
            continue
        if before and (box := _letterbox(before, part)):
            found[-1] = box
            continue
        found.append(part)
    lost = "An image resized into a box needs a border for all to be of one size."
    return [msgspec.structs.replace(p, text="", doubt=lost) if p.text.startswith("within ") else p for p in found]


def _follows_ratio(part: Part) -> bool:
    return not part.text or part.text.startswith(("within ", "longer_side ", "shorter_side "))


def _letterbox(resize: Part, border: Part) -> Part | None:
    words, frame = resize.text.split(), border.text.split()
    if not words or not frame or frame[0] != "pad" or words[0] not in ("within", "longer_side"):
        return None
    box = words[1] if words[0] == "within" else f"{words[1]}x{words[1]}"
    if frame[1] != box or (words[0] == "longer_side" and words[2] != "round"):
        return None
    doubt = "" if words[2] == "round" else "letterbox rounds the sides, the code cuts them off."
    return Part(" ".join(["letterbox", *frame[1:]]), border.line, border.doubt or doubt)

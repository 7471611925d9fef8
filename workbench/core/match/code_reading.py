"""How training read its images, from its source code: parsed, interpreted without being run, expressed as settings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from workbench.core.match.code_geometry import SUPPOSED, Part, parts_of
from workbench.core.match.code_interpreter import Interpreter, Kept
from workbench.core.match.code_scaling import Scaling, scaling_of
from workbench.core.match.code_text import parsed
from workbench.core.match.code_values import Op, Picture
from workbench.spec.errors import WorkbenchError
from workbench.spec.reading_found import FoundLine, ReadingFound, SourceLine

_NO_RESIZE: Final = {"cv2": "cv2:linear", "tf": "tf:bilinear", "image_dataset": "image_dataset", "skimage": "skimage:1"}
"""The reader of images that are not resized, by what decodes them; its kernel has no meaning."""

_PILLOW: Final = ("load_img", "pillow")
_TENSORFLOW: Final = ("tf", "tf1", "image_dataset", "keras_resizing")


def reading_from_code(text: str) -> tuple[ReadingFound, ...]:
    """The ways in which training code reads images, the most likely first: what a model is fitted on precedes what it
    predicts on.

    Two results mean that training and prediction differ, or that the code does several things. `text` is Python, or a
    notebook's JSON. Raises `WorkbenchError` NOT_PYTHON, and NO_READING if no image is read.
    """
    module, lines = parsed(text)
    runs = []
    for supposed in SUPPOSED:
        run = Interpreter(supposed)
        run.follow(module)
        runs.append(run)
        if not run.kept:
            hint = "Give the lines that load and scale the images: cv2, PIL, Keras, TensorFlow, skimage or imageio."
            raise WorkbenchError("NO_READING", "No image is read or resized in this text.", hint=hint)
    source = _Source(lines)
    chosen = [_leaves(run.kept) for run in runs]
    count = min(len(leaves) for leaves in chosen)
    found = [_reading([leaves[n] for leaves in chosen], runs[0], source) for n in range(count)]
    return tuple(_distinct(found))


def _leaves(kept: Sequence[Kept]) -> list[Picture]:
    """The images that the code uses, most certain first, without those that are intermediate results of others."""
    surest = max((one.rank for one in kept), default=0)
    ranked = [one for one in kept if one.rank > 0 or surest == 0]
    whole = [one for one in ranked if not any(_leads_to(one.picture, other.picture) for other in ranked)]
    order = sorted(whole, key=lambda one: (-one.rank, not _telling(one.picture)))
    return list({_key(one.picture): one.picture for one in order}.values())


def _telling(picture: Picture) -> bool:
    return any(op.kind in ("resize", "value", "step") for op in picture.ops)


def _key(picture: Picture) -> tuple[tuple[str, int, str], ...]:
    return tuple((op.kind, op.line, op.text) for op in picture.ops)


def _leads_to(picture: Picture, other: Picture) -> bool:
    mine, theirs = _key(picture), _key(other)
    return len(mine) < len(theirs) and theirs[: len(mine)] == mine


def _distinct(found: Sequence[ReadingFound]) -> list[ReadingFound]:
    """The results without duplicates."""
    return list({(tuple(r.settings.items()), r.steps): r for r in reversed(found)}.values())[::-1]


class _Source:
    """The lines of the source, for citing them."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = lines

    def line(self, number: int) -> str:
        """A line by its number from 1, without indentation; empty for 0."""
        return self._lines[number - 1].strip() if 0 < number <= len(self._lines) else ""

    def said(self, number: int, text: str) -> SourceLine:
        """A note on a line."""
        return SourceLine(number, self.line(number), text)

    def found(self, name: str, value: str, number: int) -> FoundLine:
        """A setting or step found in a line."""
        return FoundLine(name, value, number, self.line(number))


def _reading(leaves: Sequence[Picture], run: Interpreter, source: _Source) -> ReadingFound:
    """One way to read images, from the operations on an image of each assumed size."""
    first = leaves[0]
    aligned = all(len(leaf.ops) == len(first.ops) for leaf in leaves)
    rows = list(zip(*(leaf.ops for leaf in leaves), strict=True)) if aligned else [(op,) * 2 for op in first.ops]
    parts = parts_of(rows)
    scaling = scaling_of(first.ops, bgr=first.decoder == "cv2" and not _read_grey(first))
    doubts = [(op.line, op.text) for op in first.ops if op.kind == "doubt"]
    doubts += [(part.line, part.doubt) for part in parts if part.doubt] + list(run.missed) + _greys(first)
    doubts += [] if aligned else [(first.line, "What is done to an image depends on its size.")]
    doubts += _mixed(first)
    notes = [(op.line, op.text) for op in first.ops if op.kind == "note"] + list(run.notes) + _early(first)
    lines = _lines(first, [part for part in parts if part.text], scaling, source)
    return ReadingFound(
        tuple(lines),
        tuple(source.said(*doubt) for doubt in dict.fromkeys(doubts)),
        tuple(source.said(*note) for note in dict.fromkeys(notes)),
    )


def _read_grey(picture: Picture) -> bool:
    return any(op.text == "grey = imread" for op in picture.ops)


def _greys(picture: Picture) -> list[tuple[int, str]]:
    """Conversions to grey with weights that no reader has."""
    text = "Grey by weights that no reader has: TensorFlow's and scikit-image's own."
    return [(op.line, text) for op in picture.ops if op.kind == "grey" and op.text in ("tf", "skimage")]


def _mixed(picture: Picture) -> list[tuple[int, str]]:
    """Two libraries, or two kernels, used one after the other."""
    resizes = [op for op in picture.ops if op.kind == "resize"]
    found = []
    if len({op.text for op in resizes}) > 1:
        found.append((resizes[-1].line, "The image is resized by several kernels: a reader has one."))
    if picture.decoder == "tf" and resizes and resizes[-1].text.partition(":")[0] not in _TENSORFLOW:
        found.append((picture.line, "TensorFlow decodes and another library resizes: no reader does both."))
    return found


def _early(picture: Picture) -> list[tuple[int, str]]:
    """Values scaled before a resize in floats: the same except for float32 rounding."""
    kinds = [op.kind for op in picture.ops]
    if "value" not in kinds or "resize" not in kinds[kinds.index("value") :]:
        return []
    op = picture.ops[kinds.index("value")]
    return [(op.line, "Scaled before the resize: the same as after it within the rounding of float32.")]


def _lines(picture: Picture, parts: Sequence[Part], scaling: Scaling, source: _Source) -> list[FoundLine]:
    """The settings, or `steps` if the settings cannot express them."""
    resize = next((op for op in reversed(picture.ops) if op.kind == "resize"), None)
    reader = resize.text if resize else _NO_RESIZE.get(picture.decoder, "load_img:nearest")
    found = [source.found("reader", reader, resize.line if resize else picture.line)]
    fit = _fit([part.text for part in parts], reader)
    repeated = [op for op in picture.ops if op.kind == "repeat"]
    short = fit is not None and not scaling.steps and not repeated
    found += _size(picture, parts, resize, source)
    if short and fit not in (None, "stretch"):
        found.append(source.found("fit", str(fit), parts[0].line))
    found += _decoding(picture, reader, source)
    if short:
        if picture.channels >= 3 and (scaling.bgr or reader.startswith("cv2")):
            # OpenCV's own order is BGR, so the order is always stated.
            found.append(source.found("colour", "bgr" if scaling.bgr else "rgb", scaling.order_line or picture.line))
        return [*found, source.found("scale", scaling.scale, scaling.line)]
    return found + [source.found("steps", text, line) for text, line in _steps(picture, parts, scaling, repeated)]


def _steps(picture: Picture, parts: Sequence[Part], scaling: Scaling, repeated: Sequence[Op]) -> list[tuple[str, int]]:
    """Geometry, channels, values: each step with its line."""
    found = [(part.text, part.line) for part in parts]
    found += [("grey_to_rgb", op.line) for op in repeated[:1]]
    if scaling.bgr and picture.channels >= 3 and not repeated:
        found.append(("reverse_channels", scaling.order_line or picture.line))
    if scaling.scale and scaling.scale != "0..255":
        found.append((f"scale {scaling.scale}", scaling.line))
    return found + list(scaling.steps)


def _fit(texts: Sequence[str], reader: str) -> str | None:
    """The `fit` that expresses the geometry; `None` if it needs `steps`."""
    words = [text.split() for text in texts]
    sizes = {word[1] for word in words}
    names = [word[0] for word in words]
    if len(sizes) > 1 or any(len(word) > 2 for word in words):
        return None
    family, _, kernel = reader.partition(":")
    if names == ["crop_to_ratio", "resize"] and (family in ("tf", "image_dataset") or kernel == "nearest"):
        return "crop"  # Pillow's other kernels reach over the edge of a box, but not over that of a cropped image.
    if names == ["keep_aspect_ratio"] and family in _PILLOW:
        return "crop"
    if names == ["image_ops_pad"] and family in _PILLOW:
        return "pad"
    if names == ["resize_with_pad"] and family in _TENSORFLOW:
        return "pad"
    return "stretch" if names in ([], ["resize"]) else None


def _size(picture: Picture, parts: Sequence[Part], resize: Op | None, source: _Source) -> list[FoundLine]:
    """The resulting size, if it is the same for all images."""
    words = [(part.text.split(), part.line) for part in parts]
    sized = [(word[1], line) for word, line in words if len(word) > 1 and "x" in word[1]]
    if sized:
        return [source.found("size", *sized[-1])]
    return [] if resize or parts else [source.found("size", "as sent", picture.line)]


def _decoding(picture: Picture, reader: str, source: _Source) -> list[FoundLine]:
    """Settings for decoding: what the code states, and what follows from the use of two libraries."""
    family = reader.partition(":")[0]
    said = {}
    for op in picture.ops:
        if op.kind == "setting":
            name, _, value = op.text.partition(" = ")
            said[name] = source.found(name, value, op.line)
    grey = next((op for op in picture.ops if op.kind == "grey" and op.text == "cvtColor"), None)
    if grey is not None:
        said["grey"] = source.found("grey", "cvtColor", grey.line)
    if family in ("tf", "keras_resizing", "tf1") and picture.decoder not in ("tf", "image_dataset"):
        said.setdefault("dct", source.found("dct", "accurate", picture.line))
    if family == "cv2" and "exif" not in said:
        said["exif"] = source.found("exif", "ignore", picture.line)
    return list(said.values())

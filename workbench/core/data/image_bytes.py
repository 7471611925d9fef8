"""Image bytes for an instance: unchanged if the declared formats allow it, else converted."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, Literal

import msgspec

from workbench.core.instances.error_diagnosis import explain
from workbench.core.instances.image_header import MAX_PIXELS, ImageHeader, look
from workbench.spec.data import Check
from workbench.spec.errors import WorkbenchError
from workbench.spec.opencv import DEFAULT_RELEASE, RELEASES, Release
from workbench.spec.preprocess import UNDECLARED_FORMAT, Alpha, Exif, Formats, Preprocess
from workbench.spec.reader import parse_reader
from workbench.spec.reader_family import Library
from workbench.spec.step_rules import channels_read

if TYPE_CHECKING:
    from PIL import Image

UNTOUCHED: Final[dict[str, tuple[str, ...]]] = {
    "jpeg": ("JPEG",),
    "jpeg+png": ("JPEG", "PNG"),
    "any": ("JPEG", "PNG", "GIF", "BMP"),
}
"""Formats whose bytes go into instances unchanged.

`any` is what `DecodeImage` decodes in every TensorFlow that has it: WebP was added later, and the runtime of a batch
job may be old.
"""

QUALITY: Final = 95
"""Quality of a JPEG converted from another format; with full colour resolution (4:4:4), so that little is lost."""

_DEEP: Final = ("I", "F", "I;16", "I;16L", "I;16B", "I;16N")
"""Pillow's modes with more than 8 bits per channel."""

_NO_REASON: Final = ("PREDICTION_FAILED", UNDECLARED_FORMAT)
"""Error codes that `explain` returns for an image in which it finds nothing wrong."""


class AcceptedImages(msgspec.Struct, frozen=True):
    """The images that an input accepts: declared formats, and how its preprocessing treats EXIF and alpha.

    `library` is the one that training decoded with, empty if unknown, and `opencv` the release of OpenCV. `grey` states
    whether the decoder itself converts to grey.
    """

    formats: Formats = "jpeg"
    exif: Exif = "ignore"
    alpha: Alpha = "drop"
    library: Library | Literal[""] = ""
    opencv: Release = DEFAULT_RELEASE
    grey: bool = False

    @property
    def deep(self) -> bool:
        """Whether it takes PNGs of 16 bits."""
        return self.library == "OpenCV" and "PNG" in UNTOUCHED[self.formats]

    @property
    def ink(self) -> bool:
        """Whether it takes JPEGs of four components."""
        return not self.library or (self.library == "TensorFlow" and not self.grey)


class FittedImage(msgspec.Struct, frozen=True):
    """An image's bytes for an instance; `note` says in a sentence what was changed, empty if nothing was."""

    data: bytes
    note: str = ""


def taken_by(preprocess: Preprocess, channels: int = 3) -> AcceptedImages:
    """The images that a project's image input accepts, for a model that takes so many channels."""
    turned: Exif = "turn" if preprocess.turns else "ignore"
    return AcceptedImages(
        preprocess.formats,
        turned,
        preprocess.alpha,
        parse_reader(preprocess.reader).library,
        preprocess.opencv,
        channels_read(preprocess.expanded(), channels) == 1 and preprocess.grey == "imread",
    )


def fitted(data: bytes, source: str, taken: AcceptedImages, check: Check = "quick") -> FittedImage:
    """The bytes for an instance. A JPEG is never re-encoded.

    `quick` reads the header and looks for the end of the file, `full` decodes every image. Another format is converted
    once: losslessly to PNG if that is declared, else to JPEG. Raises `WorkbenchError` NOT_AN_IMAGE, BAD_IMAGE,
    TOO_LARGE, SIXTEEN_BIT, CMYK, or UNDECLARED_FORMAT for a GIF, BMP or animated PNG that no conversion turns into the
    pixels of training.
    """
    seen = look(data)
    _refuse(seen, data, source, taken)
    if check == "full":
        _refuse_explained(data, source)
    as_it_is = seen.by_ops if taken.library == "TensorFlow" else seen.plain
    if seen.kind in UNTOUCHED[taken.formats] and as_it_is:
        return FittedImage(data)
    _refuse_conversion(seen, source, taken)
    return _converted(data, source, taken)


def _refuse(seen: ImageHeader, data: bytes, source: str, taken: AcceptedImages) -> None:
    if seen.kind and (seen.problem or not seen.pixels):
        _refuse_explained(data, source)
        why = seen.problem or "it has no size"
        raise WorkbenchError("BAD_IMAGE", f"The image is truncated or damaged: {why}.", where=source)
    if seen.pixels > MAX_PIXELS:
        raise WorkbenchError("TOO_LARGE", "The image has too many pixels.", where=source)
    if seen.bits > 8 and not (taken.deep and seen.kind == "PNG"):
        raise _deep(f"{seen.bits} bits", source)
    if seen.components == 4 and not taken.ink:
        text = "The JPEG is in CMYK or YCCK, which TensorFlow converts to other colours than training did."
        raise WorkbenchError("CMYK", text, where=source, hint="Convert it to RGB as training did.")
    if seen.kind and (reason := _unread(seen, taken)):
        hint = "Convert it to JPEG or PNG as training did."
        raise WorkbenchError(UNDECLARED_FORMAT, f"The {seen.kind} cannot be read: {reason}.", where=source, hint=hint)


def _unread(seen: ImageHeader, taken: AcceptedImages) -> str:
    """Why the library reads no image of that kind, or not in one way; empty where it does."""
    if taken.library == "TensorFlow" and taken.grey and seen.kind in ("GIF", "BMP"):
        return "TensorFlow reads none in grey"
    if taken.library != "OpenCV":
        return ""
    release = RELEASES[taken.opencv]
    if seen.kind == "GIF" and not release.gif:
        return f"OpenCV {release.words} reads none"
    unsure = (seen.kind == "BMP" and not release.bmp_grey) or (seen.animated and release.animated_grey == "unknown")
    return f"in grey, the wheels of OpenCV {release.words} differ" if taken.grey and unsure else ""


def _refuse_conversion(seen: ImageHeader, source: str, taken: AcceptedImages) -> None:
    """Pillow converts: what it reads otherwise than the library of training cannot be converted."""
    if seen.plain or taken.library in ("", "Pillow", "scikit-image"):
        return
    what = "is transparent or does not fill its screen" if seen.kind == "GIF" else "is not of plain 24 or 32 bits"
    text = f"The {seen.kind} {what}: Pillow, which would convert it, reads it otherwise than {taken.library}."
    raise WorkbenchError(UNDECLARED_FORMAT, text, where=source, hint="Convert it to JPEG or PNG as training did.")


def _deep(depth: str, source: str) -> WorkbenchError:
    text = f"The image has {depth} per channel; TensorFlow and Pillow reduce them to 8 bits in different ways."
    return WorkbenchError("SIXTEEN_BIT", text, where=source, hint="Convert it to 8 bits as training did.")


def _refuse_explained(data: bytes, source: str) -> None:
    found = explain(data, source, "")
    if found.code not in _NO_REASON:
        raise WorkbenchError(found.code, found.message, where=source, hint=found.hint)


def _converted(data: bytes, source: str, taken: AcceptedImages) -> FittedImage:
    with _opened(data, source) as image:
        if image.mode in _DEEP:
            raise _deep("more than 8 bits", source)
        kind, frames = image.format, getattr(image, "n_frames", 1)
        picture = _upright(image) if taken.exif == "turn" else image
        jpeg = taken.formats == "jpeg"
        made = _as_jpeg(picture, taken.alpha) if jpeg else _as_png(picture)
    way = f"JPEG of quality {QUALITY}" if jpeg else "PNG without loss"
    first = f", the first of its {frames} frames" if frames > 1 else ""
    return FittedImage(made, f"{kind} was converted to {way}{first}.")


@contextmanager
def _opened(data: bytes, source: str) -> Iterator[Image.Image]:
    """The decoded image. Raises the reason as `WorkbenchError` if it cannot be decoded."""
    from PIL import Image, UnidentifiedImageError

    errors = (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's size and EXIF warnings are not about validity.
            with Image.open(io.BytesIO(data)) as image:
                image.load()
                yield image
    except errors as err:
        _refuse_explained(data, source)
        raise WorkbenchError("BAD_IMAGE", f"The image cannot be decoded: {err}.", where=source) from err


def _upright(image: Image.Image) -> Image.Image:
    from PIL import ImageOps

    return ImageOps.exif_transpose(image)


def _has_alpha(image: Image.Image) -> bool:
    return image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info


def _as_png(image: Image.Image) -> bytes:
    """A PNG with every pixel unchanged; palettes are expanded, as decoding does."""
    grey = image.mode in ("1", "L")
    mode = ("RGBA" if _has_alpha(image) else "RGB") if not grey or _has_alpha(image) else "L"
    return _saved(image.convert(mode), "PNG")


def _as_jpeg(image: Image.Image, alpha: Alpha) -> bytes:
    from PIL import Image

    if _has_alpha(image) and alpha != "drop":
        above = image.convert("RGBA")
        below = Image.new("RGBA", above.size, alpha)
        return _saved(Image.alpha_composite(below, above).convert("RGB"), "JPEG")
    grey = image.mode in ("1", "L", "LA")
    return _saved(image.convert("L" if grey else "RGB"), "JPEG")


def _saved(image: Image.Image, kind: str) -> bytes:
    out = io.BytesIO()
    if kind == "JPEG":
        image.save(out, kind, quality=QUALITY, subsampling=0)
    else:
        image.save(out, kind)
    return out.getvalue()

"""The preprocessing graph: a batch of encoded image bytes to the model's input tensor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from workbench.core.export.pixels import alpha, exif_opencv
from workbench.core.export.pixels.as_sent import Sides, of_size, stacked
from workbench.core.export.pixels.decode import decode
from workbench.core.export.pixels.decoders import DecodeOptions, decoder_of
from workbench.core.export.pixels.exif import orientation, turned
from workbench.core.export.pixels.file_bytes import is_format
from workbench.core.export.pixels.geometry import moved
from workbench.core.export.pixels.thumbnail import draft_wanted, drafted
from workbench.core.export.pixels.values import computed
from workbench.core.export.resizes import resizer
from workbench.core.lazy import tensorflow
from workbench.spec.opencv import RELEASES
from workbench.spec.preprocess import Preprocess, check_alpha, check_channels, check_fit, check_opencv
from workbench.spec.reader import parse_reader
from workbench.spec.reader_family import Reader
from workbench.spec.step_rules import channel_and_value_steps, channels_read, check_steps, is_geometry

Tensor = Any

PARALLEL_IMAGES: Final = 4
"""Images decoded at once within one batch; more only cost memory on the machines measured."""


def preprocess_function(settings: Preprocess, channels: int, taken: Sides = (None, None)) -> Callable[[Tensor], Tensor]:
    """A traceable function from strings `(n,)` to float32 `(n, height, width, channels)`.

    `channels` is 1 (grey), 3, or 4 (RGBA); `taken` are the sides that the model fixes, for images used at their own
    size. Paths in the steps are relative to the working folder (`step_files.located`). Raises `WorkbenchError`
    BAD_READER, BAD_SCALE, BAD_FIT, BAD_STEP, BAD_OPENCV, BAD_ALPHA or CHANNELS. The graph itself fails
    with `UNDECLARED_FORMAT: ...`, `SIXTEEN_BIT: ...` or `CMYK: ...` for an image that the runtime would decode
    differently than training did, or only in some of its versions, and with `WRONG_SIZE: ...` for one that a step
    cannot crop or frame.
    """
    check_fit(settings)
    check_opencv(settings)
    check_alpha(settings, channels)
    check_channels(settings, channels)
    check_steps(settings, channels)
    one = _reader(settings, channels, taken)
    values = channel_and_value_steps(settings)
    tf = tensorflow()

    def many(encoded: Tensor) -> Tensor:
        # Strings exist on the CPU only. Pinned here, a GPU runtime neither tries to move them nor computes the exact
        # sums of the resize in fewer bits (TF32).
        with tf.device("/CPU:0"):
            if settings.as_sent:
                pixels = stacked(one, encoded, channels, PARALLEL_IMAGES)
            else:
                spec = tf.TensorSpec((*settings.pixels, channels), tf.float32)
                pixels = tf.map_fn(one, encoded, fn_output_signature=spec, parallel_iterations=PARALLEL_IMAGES)
            return computed(pixels, values)

    return many


def _reader(settings: Preprocess, channels: int, taken: Sides) -> Callable[[Tensor], Tensor]:
    """One image's bytes as float32 pixel values (0-255) after its geometry steps, in RGB order."""
    reader, steps = parse_reader(settings.reader), settings.expanded()
    geometry = tuple(step for step in steps if is_geometry(step))
    wanted = draft_wanted(geometry)
    read = channels_read(steps, channels)
    by = resizer(settings, reader)
    luma = _luma(settings, reader) if read == 1 else None
    reading = DecodeOptions(settings.formats, decoder_of(settings), 3 if luma else read, settings.alpha)
    # Grey is computed per pixel: after the resize there are fewer of them, but only if its kernel does not mix pixels.
    late = reader.kernel == "nearest" or not geometry
    tf = tensorflow()

    def one(encoded: Tensor) -> Tensor:
        made = drafted(encoded, wanted) if wanted else None
        pixels = decode(encoded, reading, made.factor if made else None)
        if settings.turns:
            pixels = turned(pixels, _orientation(encoded, settings, reader))
        pixels = alpha.luma(pixels, luma) if luma and not late else pixels
        pixels = moved(pixels, geometry, by, made)
        pixels = alpha.luma(pixels, luma) if luma and late else pixels
        pixels = tf.tile(pixels, [1, 1, channels]) if read != channels else pixels
        pixels = tf.ensure_shape(tf.cast(pixels, tf.float32), (None, None, channels))
        return of_size(pixels, taken) if settings.as_sent else tf.ensure_shape(pixels, (*settings.pixels, channels))

    return one


def _luma(settings: Preprocess, reader: Reader) -> alpha.Weights | None:
    """Weights of the colours in grey if it is computed from a colour image; `None` if the decoder returns grey."""
    if reader.library in ("Pillow", "scikit-image"):
        return alpha.LUMA
    made = reader.library == "OpenCV" and settings.grey == "cvtColor"
    return alpha.CVT_COLOR[RELEASES[settings.opencv].grey_bits] if made else None


def _orientation(encoded: Tensor, settings: Preprocess, reader: Reader) -> Tensor:
    if reader.library != "OpenCV":
        return orientation(encoded)
    if settings.formats == "jpeg":
        return exif_opencv.jpeg_orientation(encoded)
    tf = tensorflow()
    png = exif_opencv.png_orientation if RELEASES[settings.opencv].png_exif else lambda _: tf.constant(1)

    def other() -> Tensor:
        return tf.cond(is_format(encoded, "PNG"), lambda: png(encoded), lambda: tf.constant(1))

    return tf.cond(is_format(encoded, "JPEG"), lambda: exif_opencv.jpeg_orientation(encoded), other)

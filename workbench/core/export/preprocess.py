"""The preprocessing graph: a batch of encoded image bytes to the model's input tensor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, assert_never

from workbench.core.export.opencv.resize import resize as resize_as_opencv
from workbench.core.export.pillow_resize import Box, ResizeOptions, resize, whole
from workbench.core.export.pixels import alpha, exif_opencv, fit
from workbench.core.export.pixels.as_sent import Sides, of_size, stacked
from workbench.core.export.pixels.decode import DECODERS, DecodeOptions, decode, is_format
from workbench.core.export.pixels.exif import orientation, turned
from workbench.core.lazy import tensorflow
from workbench.spec.opencv import RELEASES
from workbench.spec.preprocess import Preprocess, check_alpha, check_channels, check_fit, check_formats, check_opencv
from workbench.spec.reader import Kernel, Reader, parse_reader
from workbench.spec.scale import Arithmetic, Scale, parse_scale

Tensor = Any

PARALLEL_IMAGES: Final = 4
"""Images decoded at once within one batch; more only costs memory on the machines measured."""


def preprocess_function(settings: Preprocess, channels: int, taken: Sides = (None, None)) -> Callable[[Tensor], Tensor]:
    """A traceable function from strings `(n,)` to float32 `(n, height, width, channels)`.

    `channels` are 1 (grey), 3, or 4 (RGBA); `taken` are the sides that the model fixes, for images taken as sent.
    Raises `WorkbenchError` BAD_READER, BAD_SCALE, BAD_FIT, BAD_FORMATS, BAD_OPENCV, BAD_ALPHA or CHANNELS. The graph
    itself fails with `UNDECLARED_FORMAT: ...`, `SIXTEEN_BIT: ...` or `CMYK: ...` for an image that the runtime would
    read otherwise than training did, or only in some of its versions.
    """
    check_fit(settings)
    check_formats(settings)
    check_opencv(settings)
    check_alpha(settings, channels)
    check_channels(settings, channels)
    scale = parse_scale(settings.scale)
    one = _reader(settings, channels, taken)
    tf = tensorflow()

    def many(encoded: Tensor) -> Tensor:
        # Strings live on the CPU only; pinned here, a GPU runtime does not try to move them, nor to do the
        # exact sums of the resize in fewer bits (TF32).
        with tf.device("/CPU:0"):
            if settings.as_sent:
                pixels = stacked(one, encoded, channels, PARALLEL_IMAGES)
            else:
                spec = tf.TensorSpec((*settings.pixels, channels), tf.float32)
                pixels = tf.map_fn(one, encoded, fn_output_signature=spec, parallel_iterations=PARALLEL_IMAGES)
            return scaled(_ordered(pixels, settings, channels), scale)

    return many


def _reader(settings: Preprocess, channels: int, taken: Sides) -> Callable[[Tensor], Tensor]:
    """One image's bytes as float32 pixel values (0-255) at the size, or at their own, in RGB order."""
    reader = parse_reader(settings.reader)
    tf = tensorflow()
    luma = _luma(settings, reader) if channels == 1 else None
    reading = DecodeOptions(settings.formats, DECODERS[reader.library], 3 if luma else channels, settings.alpha)

    def read(encoded: Tensor) -> Tensor:
        pixels = decode(encoded, reading)
        if settings.turns:
            pixels = turned(pixels, _orientation(encoded, settings, reader))
        if luma and (settings.as_sent or reader.family == "cv2"):
            pixels = alpha.luma(pixels, luma)
        if settings.as_sent:
            return tf.cast(of_size(tf.ensure_shape(pixels, (None, None, channels)), taken), tf.float32)
        return tf.ensure_shape(_resized(pixels, settings, reader, channels), (*settings.pixels, channels))

    return read


def _luma(settings: Preprocess, reader: Reader) -> alpha.Weights | None:
    """What colours count in grey where it is made of the picture in colours; none where the decoder makes it."""
    if reader.library == "Pillow":
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
    return tf.cond(is_format(encoded, "JPEG"), lambda: exif_opencv.jpeg_orientation(encoded), lambda: png(encoded))


def _resized(pixels: Tensor, settings: Preprocess, reader: Reader, channels: int) -> Tensor:
    """Decoded pixels, uint8, at the size as the reader's own functions resize them, as float32."""
    match reader.family:
        case "load_img":
            return _load_img(pixels, settings, reader.kernel, channels)
        case "image_dataset":
            return _tf_resize(pixels, settings, half_pixel_centers=True)
        case "tf1":
            return _tf_resize(pixels, settings, half_pixel_centers=False)
        case "cv2":
            made = resize_as_opencv(pixels, settings.pixels, reader.kernel, settings.opencv)
            return tensorflow().cast(made, tensorflow().float32)
    assert_never(reader.family)


def _load_img(pixels: Tensor, settings: Preprocess, kernel: Kernel, channels: int) -> Tensor:
    """A uint8 image as Keras' `load_img(target_size=...)` resizes it, as float32."""
    tf = tensorflow()
    if channels == 1 and kernel != "nearest":
        pixels = alpha.luma(pixels)
    manner = ResizeOptions(kernel, settings.exact, settings.pillow == "13")

    def resized(box: Box, size: tuple[Tensor, Tensor]) -> Tensor:
        return (_rgba if channels == 4 and kernel != "nearest" else resize)(pixels, box, size, manner)

    shape = tf.shape(pixels)
    if settings.fit == "pad":
        bars = fit.image_ops_pad(shape[0], shape[1], settings.pixels)
        made = fit.barred(bars, settings.pixels, lambda size: resized(whole(pixels), size))
    else:
        crop = settings.fit == "crop"
        box = fit.load_img_crop(shape[0], shape[1], settings.pixels) if crop else whole(pixels)
        made = resized(box, settings.pixels)
    if channels == 1 and kernel == "nearest":
        made = alpha.luma(made)  # Grey pixel by pixel: the few that nearest keeps are enough.
    return tf.cast(made, tf.float32)


def _rgba(pixels: Tensor, box: Box, size: tuple[Tensor, Tensor], manner: ResizeOptions) -> Tensor:
    """Pillow resizes RGBA multiplied by its transparency; a picture of the right size it leaves alone."""
    tf = tensorflow()
    shape = tf.shape(pixels)
    same = tf.reduce_all(tf.equal(tf.stack([*size, box.height, box.width]), tf.tile(shape[:2], [2])))

    def made() -> Tensor:
        return alpha.straight(resize(alpha.premultiplied(pixels), box, size, manner))

    return tf.cond(same, lambda: pixels, made)


def _tf_resize(pixels: Tensor, settings: Preprocess, *, half_pixel_centers: bool) -> Tensor:
    """A uint8 image resized by `tf.image.resize` without antialias, or as TF 1 did, as float32.

    One op does both: `image_dataset_from_directory` has pixel centres halved, TF 1 neither that nor the corners
    aligned.
    """
    tf = tensorflow()

    def resized(part: Tensor, size: Any) -> Tensor:
        return tf.raw_ops.ResizeBilinear(
            images=part[None], size=size, align_corners=False, half_pixel_centers=half_pixel_centers
        )[0]

    shape = tf.shape(pixels)
    if settings.fit == "pad":
        bars = fit.resize_with_pad(shape[0], shape[1], settings.pixels)
        return fit.barred(bars, settings.pixels, lambda size: resized(pixels, tf.stack(size)))
    if settings.fit == "crop":
        box = fit.smart_resize_crop(shape[0], shape[1], settings.pixels)
        pixels = pixels[box.top : box.top + box.height, box.left : box.left + box.width]
    return resized(pixels, list(settings.pixels))


def _ordered(pixels: Tensor, settings: Preprocess, channels: int) -> Tensor:
    """RGB as it is, or blue first; transparency stays last (`cv2.IMREAD_UNCHANGED`)."""
    tf = tensorflow()
    if channels == 1 or settings.order == "rgb":
        return pixels
    if channels == 4:
        return tf.gather(pixels, [2, 1, 0, 3], axis=-1)
    return tf.reverse(pixels, [-1])


def scaled(pixels: Tensor, scale: Scale) -> Tensor:
    """Pixel values 0-255 `(..., channels)` scaled for the model, by the same float32 operations as Keras."""
    found = tensorflow().reverse(pixels, [-1]) if scale.bgr else pixels
    for step in scale.arithmetic:
        found = _computed(found, step)
    return found


def _computed(pixels: Tensor, step: Arithmetic) -> Tensor:
    numbers = step.numbers[0] if len(step.numbers) == 1 else tensorflow().constant(step.numbers)
    match step.operation:
        case "multiply":
            return pixels * numbers
        case "divide":
            return pixels / numbers
        case "subtract":
            return pixels - numbers
    assert_never(step.operation)

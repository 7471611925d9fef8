"""How each family of readers resizes in the graph, by ops that reproduce its library's own functions."""

from __future__ import annotations

from typing import Any, assert_never

from workbench.core.export.opencv.resize import resize as resize_as_opencv
from workbench.core.export.pillow_resize import Box, ResizeOptions, resize, resize_by_gap, whole
from workbench.core.export.pixels import alpha, fit, tf_image
from workbench.core.export.pixels.geometry import Resizer, Sides, cut
from workbench.core.export.pixels.kernels import ratio
from workbench.core.export.pixels.spline_zoom import Zoom, zoomed
from workbench.core.lazy import tensorflow
from workbench.spec.opencv import Release
from workbench.spec.preprocess import Preprocess
from workbench.spec.reader_family import Reader

Tensor = Any


def resizer(settings: Preprocess, reader: Reader) -> Resizer:
    """The resize of a reader with its options."""
    match reader.family:
        case "load_img" | "pillow":
            return _pillow(ResizeOptions(reader.kernel, settings.exact, settings.pillow == "13"))
        case "imresize":
            # SciPy removed the function before Pillow 13 was released, so that release's rule does not apply.
            return _imresize(ResizeOptions(reader.kernel, settings.exact), stretched=reader.variant == "float")
        case "image_dataset":
            return _tensorflow(tf_image.bilinear(half_pixel_centers=True))
        case "tf1":
            return _tensorflow(tf_image.bilinear(half_pixel_centers=False))
        case "tf":
            return _tensorflow(tf_image.METHODS[reader.kernel, reader.variant == "antialias"])
        case "keras_resizing":
            return _tensorflow(tf_image.rounded(tf_image.METHODS[reader.kernel, reader.variant == "antialias"]))
        case "skimage":
            return _skimage(Zoom(int(reader.kernel), smoothed=reader.variant != "aliased"))
        case "cv2":
            return _opencv(reader.kernel, settings.opencv)
    assert_never(reader.family)


def _skimage(how: Zoom) -> Resizer:
    """uint8 to float32, as `skimage.transform.resize`, in pixel values (0-255)."""

    def resized(image: Tensor, size: Sides) -> Tensor:
        return zoomed(image, size, how)

    return Resizer(resized, lambda image, box, size: resized(cut(image, box), size), fit.integer_crop)


def _opencv(kernel: str, release: Release) -> Resizer:
    """uint8 to uint8, as that release's `cv2.resize(image, dsize)`."""

    def resized(image: Tensor, size: Sides) -> Tensor:
        return resize_as_opencv(image, size, kernel, release)

    return Resizer(resized, lambda image, box, size: resized(cut(image, box), size), fit.integer_crop)


def _pillow(manner: ResizeOptions) -> Resizer:
    """uint8 to uint8, as `Image.resize(size, kernel, box)`."""

    def part(image: Tensor, box: Box, size: Sides) -> Tensor:
        act = _rgba if image.shape[-1] == 4 and manner.kernel != "nearest" else resize
        return act(image, box, size, manner)

    def by_gap(image: Tensor, extent: Sides, size: Sides, gap: float) -> Tensor:
        if image.shape[-1] == 4 and manner.kernel != "nearest":
            return part(image, Box(0, 0, *extent), size)  # Pillow forgets the gap where there is transparency.
        return resize_by_gap(image, extent, size, manner, gap)

    return Resizer(lambda image, size: part(image, whole(image), size), part, fit.integer_crop, by_gap)


def _rgba(pixels: Tensor, box: Box, size: Sides, manner: ResizeOptions) -> Tensor:
    """Pillow resizes RGBA with premultiplied alpha; it leaves an image of the right size unchanged."""
    tf = tensorflow()
    shape = tf.shape(pixels)
    wanted = tf.stack([tf.cast(side, tf.float64) for side in (*size, box.height, box.width)])
    same = tf.reduce_all(tf.equal(wanted, tf.cast(tf.tile(shape[:2], [2]), tf.float64)))

    def made() -> Tensor:
        return alpha.straight(resize(alpha.premultiplied(pixels), box, size, manner))

    return tf.cond(same, lambda: pixels, made)


def _imresize(manner: ResizeOptions, *, stretched: bool) -> Resizer:
    """uint8 to uint8, as `scipy.misc.imresize`: Pillow's resize; of float pixels after stretching them to 0..255."""
    by = _pillow(manner)

    def resized(image: Tensor, size: Sides) -> Tensor:
        return by.resize(_bytescaled(image) if stretched else image, size)

    return Resizer(resized, lambda image, box, size: resized(cut(image, box), size), fit.integer_crop)


def _bytescaled(image: Tensor) -> Tensor:
    """SciPy's `bytescale` of float32 pixel values: the smallest of the image becomes 0, the largest 255.

    `((x - min) * (255 / (max - min))).clip(0, 255) + 0.5`, truncated to integers; the quotient is a double, the rest
    float32. An image of a single value becomes 0.
    """
    tf = tensorflow()
    pixels = tf.cast(image, tf.float32)
    low, high = tf.reduce_min(image), tf.reduce_max(image)
    spread = tf.maximum(tf.cast(high, tf.int32) - tf.cast(low, tf.int32), 1)
    factor = tf.cast(ratio(tf.constant(255), spread, tf.float64), tf.float32)
    scaled = (pixels - tf.cast(low, tf.float32)) * factor
    return tf.cast(tf.clip_by_value(scaled, 0.0, 255.0) + 0.5, tf.uint8)


def _tensorflow(method: tf_image.Method) -> Resizer:
    """As one of `tf.image.resize`'s methods, or TF 1's."""
    return Resizer(method, lambda image, box, size: method(cut(image, box), size), fit.smart_resize_crop)
